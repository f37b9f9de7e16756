import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import type { RowsData } from '../steps/data.ts'
import { OperationStopped } from '../types.ts'
import { assertAlone, countRows, fold, MAIN, type Built, type Scratch } from './build.ts'

const DEADLINE_MS = 300_000
const MOST_TOLD = 400
/** Columns that name an identity, in every release that we have seen. */
const ID_COLUMN = /^(id|node_id|pubkey|smesher_id)$/

/** Another release's merge-nodes, as the plan saw it. */
export interface MergeTool {
  readonly file: string
  readonly sha256: string
}

export const toolHash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

/**
 * The same as `buildRows` for a schema that we do not know: the merge-nodes of that release works on the scratch copies,
 * which have no keys, and what it made is believed only when everything of both sides is in it.
 * @throws OperationStopped with what the tool said, or what is missing
 */
export function buildByTool(data: RowsData, tool: MergeTool, { base, sources }: Scratch): Built {
  if (toolHash(tool.file) !== tool.sha256)
    throw stopped('tool-changed', `${tool.file} is not the program that the plan saw. Roll back, and plan anew`)
  const folder = path.join(path.dirname(base), 'tool')
  const to = folderOf(folder, 'to', base)
  fold(path.join(to, MAIN), `the database of ${data.dataFolder}`)
  const before = path.join(folder, 'before.sql')
  copyDatabase(path.join(to, MAIN), before)
  const froms = sources.flatMap((source, index) => {
    const ids = data.bring[index]?.ids ?? []
    if (source === undefined) return []
    fold(source, `the database of ${data.bring[index]?.dataFolder ?? ''}`)
    const kept = path.join(folder, `source-${index}.sql`)
    copyDatabase(source, kept)
    return [{ from: folderOf(folder, `from-${index}`, source), kept, ids }]
  })
  for (const { from } of froms) runTool(tool, from, to)
  renameSync(path.join(to, MAIN), base)
  for (const tail of ['-wal', '-shm']) if (existsSync(path.join(to, MAIN + tail))) renameSync(path.join(to, MAIN + tail), base + tail)
  return finish(data, base, { before, froms })
}

/** A data folder for the tool: the database alone, and an empty place for keys. */
function folderOf(folder: string, name: string, real: string): string {
  const made = path.join(folder, name)
  mkdirSync(path.join(made, 'identities'), { recursive: true, mode: 0o700 })
  for (const tail of ['', '-wal']) if (existsSync(real + tail)) renameSync(real + tail, path.join(made, MAIN + tail))
  return made
}

function copyDatabase(from: string, to: string): void {
  const db = new Sqlite(from, { fileMustExist: true })
  try {
    db.prepare('VACUUM INTO ?').run(to)
  } finally {
    db.close()
  }
}

const stopped = (code: string, text: string): OperationStopped => new OperationStopped(`operation/${code}`, text)

/** What it says is evidence: merge-nodes may end with 0 and have done nothing, which is seen afterwards. */
function runTool({ file }: MergeTool, from: string, to: string): void {
  const ran = spawnSync(file, ['--from', from, '--to', to], {
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    cwd: path.dirname(to),
    env: { PATH: process.env['PATH'] ?? '', HOME: path.dirname(to) },
    windowsHide: true,
  })
  if (ran.status === 0) return
  const said = `${ran.stderr ?? ''}`.trim().split('\n')[0]?.slice(0, MOST_TOLD) ?? ''
  const how = ran.error === undefined ? `it ended with ${ran.signal ?? ran.status ?? 'nothing'}` : ran.error.message
  throw stopped(
    'tool-failed',
    `${file} did not merge the copies: ${said === '' ? how : `${said} (${how})`}. Nothing was changed. Roll back, and see whether it is of the release of these nodes`,
  )
}

interface Compared {
  readonly before: string
  readonly froms: readonly { readonly kept: string; readonly ids: readonly string[] }[]
}

function finish(data: RowsData, base: string, { before, froms }: Compared): Built {
  const db = new Sqlite(base, { fileMustExist: true })
  try {
    const problem = String(db.pragma('integrity_check(1)', { simple: true }))
    if (problem !== 'ok') throw stopped('tool-failed', `What the tool made has damaged pages (${problem}). Nothing was changed. Roll back`)
    const version = Number(db.pragma('user_version', { simple: true }))
    if (version !== data.schema)
      throw stopped('tool-failed', `What the tool made has version ${version} instead of ${data.schema}. Nothing was changed. Roll back`)
    const rowsBefore = attached(db, before, () => {
      mustHaveAll(db, countRows(db, 'other'))
      return sum(countRows(db, 'other'))
    })
    for (const { kept, ids } of froms) attached(db, kept, () => bringRest(db, ids))
    db.pragma(`application_id = ${data.marker}`)
    db.pragma('wal_checkpoint(TRUNCATE)')
    const rows = countRows(db)
    return { rows, added: sum(rows) - rowsBefore, removed: 0 }
  } finally {
    db.close()
    assertAlone(base, 'The database that the tool made')
  }
}

const sum = (rows: Readonly<Record<string, number>>): number => Object.values(rows).reduce((all, one) => all + one, 0)

function attached<T>(db: Database, file: string, work: () => T): T {
  db.prepare('ATTACH ? AS other').run(file)
  try {
    return work()
  } finally {
    db.exec('DETACH other')
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Nothing that was at the target is gone. */
function mustHaveAll(db: Database, tables: Readonly<Record<string, number>>): void {
  for (const table of Object.keys(tables)) {
    const missing = Number(
      db
        .prepare(`SELECT count(*) FROM (SELECT * FROM other.${quoted(table)} EXCEPT SELECT * FROM main.${quoted(table)})`)
        .pluck()
        .get(),
    )
    if (missing > 0)
      throw stopped('tool-failed', `The tool lost ${missing} rows of ${table} of the node that stays. Nothing was changed. Roll back`)
  }
}

/** Every row of every identity that moves; certificates, which merge-nodes leaves behind, are brought along. */
function bringRest(db: Database, ids: readonly string[]): void {
  for (const table of Object.keys(countRows(db, 'other')))
    for (const column of columnsOf(db, table).filter((name) => ID_COLUMN.test(name)))
      for (const id of ids) {
        const key = Buffer.from(id, 'hex')
        if (table === 'poet_certificates')
          db.prepare(`INSERT OR IGNORE INTO main.poet_certificates SELECT * FROM other.poet_certificates WHERE ${quoted(column)} = ?`).run(
            key,
          )
        const missing = Number(
          db
            .prepare(
              `SELECT count(*) FROM (SELECT * FROM other.${quoted(table)} WHERE ${quoted(column)} = ? EXCEPT SELECT * FROM main.${quoted(table)})`,
            )
            .pluck()
            .get(key),
        )
        if (missing > 0)
          throw stopped(
            'tool-failed',
            `The tool left ${missing} rows of ${table} behind, although it ended well. Nothing was changed. Roll back`,
          )
      }
}

const columnsOf = (db: Database, table: string): readonly string[] =>
  db.prepare<[string], string>("SELECT name FROM pragma_table_info(?, 'other')").pluck().all(table)
