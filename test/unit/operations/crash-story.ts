import { rmSync } from 'node:fs'
import path from 'node:path'
import { textOf } from '../../../shared/domain/fault.ts'
import { createEngine, type Engine } from '../../../electron/operations/engine.ts'
import { openJournal } from '../../../electron/operations/journal.ts'
import { stepRules } from '../../../electron/operations/registry.ts'
import type { Draft, StepRule } from '../../../electron/operations/types.ts'
import type { Files } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { CrashScenario } from '../../fakes/crash-everywhere.ts'
import { createCrashFiles, type CrashFiles, type CrashFilesOptions } from '../../fakes/crash-files.ts'
import { scratchFolder } from '../../fakes/scratch.ts'
import { armedPlaces, newestRows, rowsOf, startNodes, wouldLoad, type NodeKey } from '../../fakes/crash-nodes.ts'

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
  /** Rows that must be gone from these folders when it is done. */
  readonly goneRows?: readonly { readonly dataFolder: string; readonly identity: string }[]
  /** What these files must say when it is done. */
  readonly texts?: Readonly<Record<string, string>>
  /** Files of the quarantine that were there before. */
  readonly atRest?: readonly string[]
  /** It cannot be finished, as something is in the way; it can always be rolled back. */
  readonly stops?: boolean
}

export interface Repair {
  readonly by: 'finish' | 'roll back'
  /** Whether nodes are started on all folders after the crash and before the repair. */
  readonly nodesStart: boolean
  /** What is crashed is not only the operation: it is taken back as soon as it is done. */
  readonly ofUndo?: boolean
}
export const REPAIRS: readonly Repair[] = (['finish', 'roll back'] as const).flatMap((by) => [
  { by, nodesStart: false },
  { by, nodesStart: true },
])

export const repairName = ({ by, nodesStart, ofUndo }: Repair): string =>
  `${ofUndo === true ? 'and its undo, ' : ''}then ${by}${nodesStart ? ' after nodes were started' : ''}`

/** Every repair of every story; also of its undo, whose writes are cut in the same way. */
export const casesOf = (
  stories: readonly OperationStory[],
): readonly { readonly story: OperationStory; readonly repair: Repair; readonly name: string }[] =>
  stories.flatMap((story) =>
    [...REPAIRS, ...REPAIRS.map((repair) => ({ ...repair, ofUndo: true }))]
      .filter(({ by, ofUndo }) => story.stops !== true || (by === 'roll back' && ofUndo !== true))
      .map((repair) => ({ story, repair, name: `${story.name}, ${repairName(repair)}` })),
  )

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
    .filter(({ path: file }) => folders.some((folder) => file.startsWith(`${folder}/`)))
    .map(({ path: file, bytes }) => `${file} ${bytes.toString('base64')}`)
    .join('\n')

/** The story as a scenario for `crashEverywhere`; `settle` removes its scratch. */
export function scenarioOf(story: OperationStory, repair: Repair, rules?: Rules): CrashScenario & { settle(): void } {
  const temporary = scratchFolder('crash-operation-')
  const model = createCrashFiles(story.options)
  model.putFolder('/home/keeper/state')
  story.put(model)
  // SQLite salts its logs: each disk is a copy of one.
  const fresh = (): CrashFiles => model.crash(() => 0, 'everything')
  const before = bytesIn(model, story.folders)
  const places = armedPlaces(model, story.folders)
  const id = story.draft().plan.id
  let broken: string | undefined
  return {
    prepare: fresh,
    async run(files) {
      const engine = engineOn(files, temporary, rules)
      const begun = engine.begin(story.draft())
      const ended = begun.ok ? await engine.finish(id) : begun
      if (ended.ok && repair.ofUndo === true) await engine.rollBack(id)
    },
    async recover(files) {
      const disk = files as CrashFiles
      if (repair.nodesStart) broken ??= startNodes(disk, story.folders)
      try {
        broken ??= await repaired(engineOn(files, temporary, rules), id, repair)
      } catch (cause) {
        if (disk.isCut) throw cause
        broken ??= `it throws: ${textOf(cause)}`
      }
      // Whatever a dead disk said is the cut itself.
      if (disk.isCut) broken = undefined
    },
    check(disk, at) {
      const told = broken
      broken = undefined
      try {
        return told ?? keysProblem(disk, story) ?? (at === 'cut' ? undefined : endProblem(disk, { story, repair, before, places, at }))
      } catch (cause) {
        return `it cannot be looked at: ${textOf(cause)}`
      }
    },
    settle: () => rmSync(temporary, { recursive: true, force: true }),
  }
}

/** @returns why it did not come to an end */
async function repaired(engine: Engine, id: string, { by }: Repair): Promise<string | undefined> {
  const { operations, problems } = await engine.state()
  if (problems[0] !== undefined) return problems[0]
  const open = operations.find((one) => one.state !== 'done' && one.state !== 'rolled-back')
  if (open === undefined) return undefined
  const ended = by === 'finish' ? await engine.finish(id) : await engine.rollBack(id)
  return ended.ok ? undefined : `stuck: ${ended.fault.detail}`
}

/** Every key whole somewhere, armed in one place at most. */
function keysProblem(disk: CrashFiles, { keys, folders }: OperationStory): string | undefined {
  const armed = armedPlaces(disk, folders)
  const texts = disk.all().flatMap(({ bytes }) => (bytes.length <= 200 ? [bytes.toString('latin1').toLowerCase()] : []))
  for (const { identity, name, hex } of keys) {
    const places = armed.get(identity) ?? []
    if (places.length > 1) return `${name} is armed twice: ${places.join(' and ')}`
    if (!texts.includes(hex.toLowerCase())) return `${name} is lost`
  }
  return undefined
}

interface End {
  readonly story: OperationStory
  readonly repair: Repair
  readonly before: string
  /** Where each key was armed before. */
  readonly places: ReadonlyMap<string, readonly string[]>
  readonly at: 'finished' | 'settled' | 'recovered' | 'cut'
}

function endProblem(disk: CrashFiles, end: End): string | undefined {
  const { story, repair, at } = end
  const journal = openJournal(disk, `/home/keeper/state/operations/${story.draft().plan.id}`)
  if ('is' in journal && journal.is === 'problem') return journal.text
  // A torn line behind the end tells of nothing.
  const last = 'header' in journal ? journal.entries.at(-1) : undefined
  const ended = last?.is === 'ended' ? last.as : undefined
  if (story.stops === true && at !== 'recovered') return ended === undefined ? undefined : 'it came to an end over what is in the way'
  if ('header' in journal && ended === undefined) return 'it did not come to an end'
  const isDone = ended === 'done'
  if (at !== 'recovered' && isDone === (repair.ofUndo === true)) return 'it did not come to its end'
  return isDone ? doneProblem(disk, story) : backProblem(disk, end)
}

const isAside = (file: string): boolean => path.posix.basename(file).startsWith('.smeshkeeper-') || file.endsWith('part')

/** Where each key is armed with which rows, and whether a node would start there. */
function placesProblem(disk: CrashFiles, story: OperationStory, wantedOf: (identity: string) => string | undefined): string | undefined {
  const armed = armedPlaces(disk, story.folders)
  const rows = new Map(story.folders.map((folder) => [folder, rowsOf(disk, folder)]))
  const ledger = newestRows(disk)
  for (const { identity, name } of story.keys) {
    const [place] = armed.get(identity) ?? []
    const wanted = wantedOf(identity)
    if (place !== wanted) return `${name} is armed at ${place ?? 'no place'} instead of ${wanted ?? 'none'}`
    const folder = place === undefined ? undefined : path.posix.dirname(path.posix.dirname(place))
    const sequence = folder === undefined ? undefined : rows.get(folder)?.get(identity)
    if (folder !== undefined && sequence !== ledger[identity])
      return `${name} has rows ${sequence ?? 'none'} in ${folder} instead of ${ledger[identity]}`
  }
  const left = disk.all().find(({ path: file }) => story.folders.some((folder) => file.startsWith(`${folder}/`)) && isAside(file))
  if (left !== undefined) return `${left.path} is left over`
  const dead = story.folders.find((folder) => disk.facts(folder) !== undefined && wouldLoad(disk, folder) === undefined)
  return dead && `a node would not start on ${dead}`
}

function doneProblem(disk: CrashFiles, story: OperationStory): string | undefined {
  const wrong = placesProblem(disk, story, (identity) => story.done[identity])
  if (wrong !== undefined) return wrong
  for (const { dataFolder, identity } of story.goneRows ?? [])
    if (rowsOf(disk, dataFolder).has(identity)) return `rows of ${identity.slice(0, 8)} are still in ${dataFolder}`
  for (const [file, text] of Object.entries(story.texts ?? {}))
    if (disk.content(file)?.toString() !== text) return `${file} says ${disk.content(file)?.toString() ?? 'nothing'}`
  return undefined
}

function backProblem(disk: CrashFiles, { story, repair, before, places, at }: End): string | undefined {
  if (!(at === 'recovered' && repair.nodesStart)) {
    const now = bytesIn(disk, story.folders)
    if (now !== before) return `not as before: ${difference(before, now)}`
    const left = disk.all().find(({ path: file }) => file.startsWith('/home/keeper/quarantine/') && !(story.atRest ?? []).includes(file))
    if (left !== undefined) return `rolled back, but ${left.path} is still in the quarantine`
  }
  return placesProblem(disk, story, (identity) => places.get(identity)?.[0])
}

function difference(before: string, now: string): string {
  const [old, fresh] = [new Set(before.split('\n')), new Set(now.split('\n'))]
  const name = (line: string): string => line.split(' ')[0] ?? ''
  const gone = [...old].filter((line) => !fresh.has(line)).map(name)
  const extra = [...fresh].filter((line) => !old.has(line)).map(name)
  return `gone or changed ${gone.join(', ')}; new or changed ${extra.join(', ')}`
}
