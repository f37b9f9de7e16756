import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { codeOf } from '../../identities/index.ts'
import type { RowsData } from '../steps/data.ts'
import { runTool, toolHash, whyFailed, type MergeTool, type ToolRun } from '../tool/merge-program.ts'
import { assertAlone, countRows, fold, MAIN, type Built, type Scratch } from './build.ts'
import { requireComing, requireKept, requireSameTables, toolStopped, withOther, type Coming } from './tool-checks.ts'

const DEADLINE_MS = 300_000

export interface ToolUse {
  readonly tool: MergeTool
  /** Gets the runs that were made, also when the last of them failed. */
  readonly keep: (runs: readonly ToolRun[]) => void
  readonly deadlineMs?: number
}

/**
 * The same as `buildRows` for a schema that we do not know: the merge-nodes of that release works on the scratch copies,
 * which have no keys, and what it made is believed only when everything of both sides is in it.
 * @throws OperationStopped with what the tool said, or what is missing
 */
export function buildByTool(data: RowsData, use: ToolUse, { base, sources }: Scratch): Built {
  requireSameTool(use.tool)
  const beside = path.join(path.dirname(base), 'tool')
  const folder = isPlain(beside) ? beside : mkdtempSync(path.join(plainTemporary(), 'smeshkeeper-tool-'))
  try {
    const to = folderFor(folder, 'to')
    const before = existsSync(base) ? copyFolded(base, { into: to, kept: path.join(folder, 'before.sql'), of: data.dataFolder }) : undefined
    const comings = sources.flatMap((source, index) => {
      const bring = data.bring[index]
      if (source === undefined || bring === undefined) return []
      const from = folderFor(folder, `from-${index}`)
      const kept = copyFolded(source, { into: from, kept: path.join(folder, `source-${index}.sql`), of: bring.dataFolder })
      return [{ from, kept, dataFolder: bring.dataFolder, ids: bring.ids }]
    })
    runAll(use, { folder, to, comings })
    return finish(data, { made: path.join(to, MAIN), base, before, comings })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function requireSameTool({ file, sha256 }: MergeTool): void {
  try {
    if (toolHash(file) === sha256) return
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    throw toolStopped('tool-changed', `${file} cannot be read any more (${code}). Bring it back and finish, or roll back`)
  }
  throw toolStopped('tool-changed', `${file} is not the program that the plan saw. Roll back, and plan anew`)
}

/** With one of these in its path, merge-nodes works on another file. @source facts/merge-nodes.md §5 */
const isPlain = (folder: string): boolean => !/[#?%]/.test(folder)

function plainTemporary(): string {
  const folder = os.tmpdir()
  if (isPlain(folder)) return folder
  throw toolStopped(
    'tool-failed',
    `merge-nodes cannot work in ${folder}: the path has a “#”, “?” or “%”. Nothing was changed. Roll back, set TMPDIR to a folder without them, start Smeshkeeper again, and plan anew`,
  )
}

/** A data folder for the tool, with an empty place for keys. */
function folderFor(folder: string, name: string): string {
  const made = path.join(folder, name)
  mkdirSync(path.join(made, 'identities'), { recursive: true, mode: 0o700 })
  return made
}

/** Folds a scratch database, and copies it for the tool and for the look afterwards. @returns the latter */
function copyFolded(real: string, { into, kept, of }: { readonly into: string; readonly kept: string; readonly of: string }): string {
  fold(real, `the database of ${of}`)
  copyFileSync(real, path.join(into, MAIN))
  copyFileSync(real, kept)
  return kept
}

interface Runs {
  readonly folder: string
  readonly to: string
  readonly comings: readonly (Coming & { readonly from: string })[]
}

/** merge-nodes may also end with 0 and have done nothing, which is seen afterwards. */
function runAll({ tool, keep, deadlineMs = DEADLINE_MS }: ToolUse, { folder, to, comings }: Runs): void {
  const runs: ToolRun[] = []
  for (const { from, dataFolder } of comings) {
    const run = runTool(tool, { from, to, folder }, deadlineMs)
    runs.push(run)
    keep(runs)
    const why = whyFailed(run)
    if (why === undefined) continue
    const hint = why.includes('object exists')
      ? 'the node that stays has rows of an identity that comes, left from before'
      : 'see whether it is of the release of these nodes'
    throw toolStopped(
      'tool-failed',
      `${tool.file} did not merge the copy of ${dataFolder}: ${why}. Nothing was changed. Roll back: ${hint}`,
    )
  }
}

interface Made {
  /** Where the tool left its result, with a log beside it. */
  readonly made: string
  readonly base: string
  /** The target as it was; undefined: it had no database. */
  readonly before: string | undefined
  readonly comings: readonly Coming[]
}

function finish(data: RowsData, { made, base, before, comings }: Made): Built {
  if (!existsSync(made))
    throw toolStopped('tool-failed', 'The tool made no database, although it ended well. Nothing was changed. Roll back')
  fold(made, 'what the tool made')
  copyFileSync(made, base)
  const db = new Sqlite(base, { fileMustExist: true })
  try {
    const version = Number(db.pragma('user_version', { simple: true }))
    if (version !== data.schema)
      throw toolStopped(
        'tool-failed',
        `What the tool made has version ${version} instead of ${data.schema}. Nothing was changed. Roll back, and see whether it is of the release of these nodes`,
      )
    const rowsBefore = before === undefined ? 0 : withOther(db, before, () => lookAtTarget(db))
    for (const coming of comings)
      withOther(db, coming.kept, () => {
        requireSameTables(db, `The tables of ${coming.dataFolder} are not those of the new database`)
        requireComing(db, coming)
      })
    db.pragma(`application_id = ${data.marker}`)
    db.pragma('wal_checkpoint(TRUNCATE)')
    const rows = countRows(db)
    return { rows, added: sum(rows) - rowsBefore, removed: 0 }
  } finally {
    db.close()
    assertAlone(base, 'The database that the tool made')
  }
}

function lookAtTarget(db: Database): number {
  requireSameTables(db, 'The tool changed the tables of the node that stays')
  requireKept(db)
  return sum(countRows(db, 'other'))
}

const sum = (rows: Readonly<Record<string, number>>): number => Object.values(rows).reduce((all, one) => all + one, 0)
