import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createEngine, type Engine } from '../../../electron/operations/engine.ts'
import { stepRules } from '../../../electron/operations/registry.ts'
import type { Draft, StepRule } from '../../../electron/operations/types.ts'
import type { Files } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { CrashScenario } from '../../fakes/crash-everywhere.ts'
import { createCrashFiles, type CrashFiles, type CrashFilesOptions } from '../../fakes/crash-files.ts'
import { armedPlaces, newestRows, rowsOf, startNodes, type NodeKey } from '../../fakes/crash-nodes.ts'

/** One operation on a small machine, and what must hold when it is finished or rolled back. */
export interface OperationStory {
  readonly name: string
  readonly options?: CrashFilesOptions
  readonly folders: readonly string[]
  readonly keys: readonly NodeKey[]
  put(files: CrashFiles): void
  draft(): Draft
  /** Folder and file name where each key is armed when it is done; undefined: nowhere (the quarantine). */
  readonly done: Readonly<Record<string, string | undefined>>
}

export interface Repair {
  readonly by: 'finish' | 'roll back'
  /** Whether nodes are started on all folders after the crash and before the repair. */
  readonly nodesStart: boolean
}
export const REPAIRS: readonly Repair[] = (['finish', 'roll back'] as const).flatMap((by) => [
  { by, nodesStart: false },
  { by, nodesStart: true },
])

/** Rules of a planted bug replace those of the same name. */
export type Rules = Readonly<Record<string, StepRule>>

export const engineOn = (files: Files, temporary: string, rules: Rules = stepRules()): Engine =>
  createEngine({
    files,
    folder: '/home/keeper/state/operations',
    quarantine: '/home/keeper/quarantine',
    temporary,
    rules,
    hold: () => Promise.resolve({ ok: true, value: { release: () => {} } }),
    log: silentLogger,
    now: () => Date.UTC(2026, 10, 28),
    monotonic: () => 0,
  })

const bytesIn = (files: CrashFiles, folders: readonly string[]): string =>
  files
    .all()
    .filter(({ path: file }) => folders.some((folder) => file.startsWith(`${folder}/`)) && !file.endsWith('.part'))
    .map(({ path: file, bytes }) => `${file} ${bytes.toString('base64')}`)
    .join('\n')

/** The story as a scenario for `crashEverywhere`; `settle` removes its scratch. */
export function scenarioOf(story: OperationStory, repair: Repair, rules?: Rules): CrashScenario & { settle(): void } {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'crash-operation-'))
  const model = createCrashFiles(story.options)
  model.putFolder('/home/keeper/state')
  story.put(model)
  // SQLite salts its logs: each disk is a copy of one.
  const fresh = (): CrashFiles => model.crash(() => 0, 'everything')
  const before = bytesIn(model, story.folders)
  const id = story.draft().plan.id
  let broken: string | undefined
  return {
    prepare: fresh,
    async run(files) {
      const engine = engineOn(files, temporary, rules)
      const begun = engine.begin(story.draft())
      if (begun.ok) await engine.finish(id)
    },
    async recover(files) {
      const disk = files as CrashFiles
      if (repair.nodesStart) broken ??= startNodes(disk, story.folders)
      const engine = engineOn(files, temporary, rules)
      const { operations, problems } = await engine.state()
      broken ??= problems[0]
      const open = operations.find((one) => one.state !== 'done' && one.state !== 'rolled-back')
      if (open === undefined) return
      const ended = repair.by === 'finish' ? await engine.finish(id) : await engine.rollBack(id)
      if (!ended.ok && !disk.isCut) broken ??= `stuck: ${ended.fault.detail}`
    },
    check(disk, at) {
      const told = broken
      broken = undefined
      return told ?? keysProblem(disk, story) ?? (at === 'cut' ? undefined : endProblem(disk, { story, repair, before, at }))
    },
    settle: () => rmSync(temporary, { recursive: true, force: true }),
  }
}

/** Every key whole somewhere, armed in one place at most. */
function keysProblem(disk: CrashFiles, { keys, folders }: OperationStory): string | undefined {
  const armed = armedPlaces(disk, folders)
  const texts = disk.all().map(({ bytes }) => bytes.toString('latin1'))
  for (const { identity, name, hex } of keys) {
    const places = armed.get(identity) ?? []
    if (places.length > 1) return `${name} is armed twice: ${places.join(' and ')}`
    if (!texts.some((text) => text.toLowerCase() === hex.toLowerCase())) return `${name} is lost`
  }
  return undefined
}

interface End {
  readonly story: OperationStory
  readonly repair: Repair
  readonly before: string
  readonly at: 'finished' | 'settled' | 'recovered' | 'cut'
}

function endProblem(disk: CrashFiles, { story, repair, before, at }: End): string | undefined {
  const journal = disk.content(`/home/keeper/state/operations/${story.draft().plan.id}/journal.jsonl`)?.toString() ?? ''
  const ended = /"is":"ended","at":\d+,"as":"([a-z-]+)"[^\n]*\n?$/.exec(journal.trimEnd())?.[1]
  const hasBegun = journal.includes('\n')
  if (hasBegun && ended === undefined) return 'it did not come to an end'
  const isDone = ended === 'done'
  if (at !== 'recovered' && !isDone) return 'it did not come to its end'
  if (!isDone && !(at === 'recovered' && repair.nodesStart)) {
    const now = bytesIn(disk, story.folders)
    if (now !== before) return `not as before: ${difference(before, now)}`
  }
  const armed = armedPlaces(disk, story.folders)
  const ledger = newestRows(disk)
  for (const { identity, name } of story.keys) {
    const [place] = armed.get(identity) ?? []
    const wanted = isDone ? story.done[identity] : undefined
    if (isDone && place !== wanted) return `${name} is armed at ${place ?? 'no place'} instead of ${wanted ?? 'none'}`
    if (!isDone && place === undefined) return `${name} is armed nowhere after it was rolled back`
    const folder = place === undefined ? undefined : path.posix.dirname(path.posix.dirname(place))
    const sequence = folder === undefined ? undefined : rowsOf(disk, folder).get(identity)
    if (folder !== undefined && sequence !== ledger[identity])
      return `${name} has rows ${sequence ?? 'none'} in ${folder} instead of ${ledger[identity]}`
  }
  return undefined
}

function difference(before: string, now: string): string {
  const [old, fresh] = [new Set(before.split('\n')), new Set(now.split('\n'))]
  const name = (line: string): string => line.split(' ')[0] ?? ''
  const gone = [...old].filter((line) => !fresh.has(line)).map(name)
  const extra = [...fresh].filter((line) => !old.has(line)).map(name)
  return `gone or changed ${gone.join(', ')}; new or changed ${extra.join(', ')}`
}
