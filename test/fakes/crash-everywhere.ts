import type { Files } from '../../electron/lib/files.ts'
import { PowerCut, seededRandom, type CrashFiles, type Survival } from './crash-files.ts'

/**
 * When an invariant is looked at. `finished`: no cut came. `settled`: the run came to its end, then the power was cut, and
 * what it promised must still be there. `cut`: right after a cut within the run. `recovered`: after `recover`.
 */
export type CheckAt = 'finished' | 'settled' | 'cut' | 'recovered'

export interface CrashScenario {
  /** The disk before; the same each time. */
  prepare(): CrashFiles
  /** What is crashed. Faults as values are fine; what it throws besides a cut ends the test. */
  run(files: Files): void | Promise<void>
  /** What the next start does; is cut once too, and run again. */
  recover?(files: Files): void | Promise<void>
  /** A sentence when something is broken. */
  check(disk: CrashFiles, at: CheckAt): string | undefined
  /** How many power cuts with a random survival each operation gets, besides "nothing survives" and "everything survives". */
  readonly seeds?: number
  /** Each change is cut with one of the survivals alone, another one in each turn: for campaigns with many turns. */
  readonly turn?: number
  /** Only every n-th change is cut (or operation fails), from this offset on: for a short campaign. */
  readonly sample?: { readonly every: number; readonly from: number }
  /** For planted bugs: one is enough. */
  readonly stopAtFirst?: boolean
  /** A planted bug. */
  readonly sabotage?: (files: Files) => Files
}

export interface CrashCoverage {
  readonly operations: number
  /** Operations that change something, by name: each was cut before it, and the last one after it. */
  readonly kinds: Readonly<Record<string, number>>
  /** Cuts in all, those in `recover` too. */
  readonly cuts: number
  readonly cutsInRecovery: number
  /** Each change that was cut, in order: its place among all operations of the run. */
  readonly cutAt: readonly number[]
  /** What was broken: where the cut came, the seed, and the sentence. */
  readonly failures: readonly string[]
}

/** For the test's output: `31 operations (create 4, link 2 …) × 12 seeds: 372 cuts, 0 failures`. */
export const coverageLine = (name: string, { operations, kinds, cuts, cutsInRecovery, failures }: CrashCoverage): string =>
  `${name}: ${operations} operations (${Object.entries(kinds)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ')}), ${cuts} cuts, ${cutsInRecovery} of them while recovering, ${failures.length} failures`

/** Whether the run ended by a cut, also where the code under test made a fault of it. */
async function untilCut(files: CrashFiles, work: () => void | Promise<void>): Promise<boolean> {
  try {
    await work()
  } catch (cause) {
    if (!(cause instanceof PowerCut) && !files.isCut) throw cause
  }
  return files.isCut
}

/** Cuts the power at every change that `run` makes, in several ways each, and looks at what is left. */
export async function crashEverywhere(scenario: CrashScenario): Promise<CrashCoverage> {
  const sabotaged = scenario.sabotage ?? ((files: Files) => files)
  const failures: string[] = []
  let cuts = 0
  let cutsInRecovery = 0
  const look = (disk: CrashFiles, at: CheckAt, where: string): void => {
    const broken = scenario.check(disk, at)
    if (broken !== undefined) failures.push(`${where}, ${at}: ${broken}`)
  }

  const whole = scenario.prepare()
  await scenario.run(sabotaged(whole))
  look(whole, 'finished', 'no cut')
  for (const [seed, survival] of survivalsOf(scenario).entries())
    look(whole.crash(seededRandom(seed), survival), 'settled', `cut after the end, ${survival} survives, seed ${seed}`)
  const points = cutPoints(whole)
  const survivals = survivalsOf(scenario)
  const cutAt: number[] = []

  for (const [at, { index, when, label }] of points.entries()) {
    if (scenario.sample !== undefined && at % scenario.sample.every !== scenario.sample.from % scenario.sample.every) continue
    if (scenario.stopAtFirst !== true || failures.length === 0) cutAt.push(index)
    for (const [seed, survival] of survivals.entries()) {
      if (scenario.stopAtFirst === true && failures.length > 0) break
      if (scenario.turn !== undefined && (at + scenario.turn) % survivals.length !== seed) continue
      const random = seededRandom(at * 1000 + seed)
      const where = `cut ${when} ${label}, ${survival} survives, seed ${at * 1000 + seed}`
      const files = scenario.prepare()
      files.failAt(index, when)
      if (!(await untilCut(files, () => scenario.run(sabotaged(files)))))
        throw new Error(`${where}: the run did not come to this operation`)
      cuts += 1
      const left = files.crash(random, survival)
      look(left, 'cut', where)
      if (scenario.recover === undefined) continue
      const again = await cutRecovery(scenario, left, random)
      if (again !== undefined) {
        cutsInRecovery += 1
        look(again, 'cut', `${where}, then cut while recovering`)
      }
      const found = again ?? left
      await scenario.recover(sabotaged(found))
      look(found, 'recovered', where)
    }
  }
  return { operations: whole.operations.length, kinds: kindsOf(whole), cuts: cuts + cutsInRecovery, cutsInRecovery, cutAt, failures }
}

const survivalsOf = ({ seeds = 8 }: CrashScenario): readonly Survival[] => [
  'nothing',
  'everything',
  ...Array.from({ length: seeds }, () => 'random' as const),
]

/** Before each change and after the last: after one change is before the next. */
function cutPoints(files: CrashFiles): { index: number; when: 'before' | 'after'; label: string }[] {
  const changes = files.operations.flatMap((operation, index) =>
    operation.changes ? [{ index, when: 'before' as const, label: `${operation.name} ${operation.path} (${index})` }] : [],
  )
  const last = changes.at(-1)
  return last === undefined ? [] : [...changes, { ...last, when: 'after' }]
}

/** Recovers a copy to learn what it changes, then cuts a second copy at one of these changes; undefined when it changes nothing. */
async function cutRecovery(scenario: CrashScenario, left: CrashFiles, random: () => number): Promise<CrashFiles | undefined> {
  const sabotaged = scenario.sabotage ?? ((files: Files) => files)
  const trial = left.crash(random, 'everything')
  await scenario.recover?.(sabotaged(trial))
  const points = cutPoints(trial)
  const point = points[Math.floor(random() * points.length)]
  if (point === undefined) return undefined
  const second = left.crash(random, 'everything')
  second.failAt(point.index, point.when)
  await untilCut(second, () => scenario.recover?.(sabotaged(second)))
  return second.crash(random)
}

function kindsOf(files: CrashFiles): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (const { name, changes } of files.operations) if (changes) kinds[name] = (kinds[name] ?? 0) + 1
  return kinds
}

/** Every operation of `run` fails once with each code, first alone and then for good; the power stays on. */
export async function failEverywhere(
  scenario: Omit<CrashScenario, 'seeds'>,
  codes: readonly string[],
): Promise<{ readonly errors: number; readonly failures: readonly string[] }> {
  const failures: string[] = []
  let errors = 0
  const whole = scenario.prepare()
  await scenario.run(whole)
  for (const [index, operation] of whole.operations.entries()) {
    if (scenario.sample !== undefined && index % scenario.sample.every !== scenario.sample.from % scenario.sample.every) continue
    for (const code of codes) {
      for (const forGood of [false, true]) {
        const files = scenario.prepare()
        files.errorAt(index, code, { forGood })
        await scenario.run(files)
        errors += 1
        const where = `${code} at ${operation.name} ${operation.path} (${index})${forGood ? ', for good' : ''}`
        const broken = scenario.check(files, 'cut')
        if (broken !== undefined) failures.push(`${where}: ${broken}`)
        if (scenario.recover === undefined) continue
        const later = files.crash(seededRandom(index), 'everything')
        await scenario.recover(later)
        const stillBroken = scenario.check(later, 'recovered')
        if (stillBroken !== undefined) failures.push(`${where}, recovered: ${stillBroken}`)
      }
    }
  }
  return { errors, failures }
}
