import path from 'node:path'
import { fail, textOf, type Fault } from '../../../shared/domain/fault.ts'
import type { UnixMs } from '../../../shared/domain/ids.ts'
import type { OperationPlan, PlanCheck, PlanNode, PlanRisk, PlanStep } from '../../../shared/domain/operation.ts'
import { bytes as sizeOf, duration, moment, speed } from '../../../shared/domain/words.ts'
import { codeOf } from '../../identities/index.ts'
import type { WriteFile } from '../steps/data.ts'
import type { Draft, StepData } from '../types.ts'
import type { BulkFiles } from './bulk-files.ts'
import type { MoveCopy, MoveData, MoveKeep, MoveNames, MoveSwitch, MoveVerify } from './data.ts'
import { lookAtSource, lookAtTarget, volumeOf, type MoveSystem } from './look.ts'
import { isOneVolume, moveRefusals, neededBytes, type MoveFacts } from './refusals.ts'

/** When the service of this identity is needed. */
export type MoveNeed =
  | { readonly is: 'proving'; /** What stopping it now costs, as the user reads it. */ readonly price: string; readonly gapEnd?: UnixMs }
  | { readonly is: 'needed-at'; readonly at: UnixMs; readonly gapEnd?: UnixMs }
  | { readonly is: 'unknown' }

export interface MoveInput {
  readonly id: string
  readonly now: UnixMs
  readonly identity: { readonly id: string; readonly name: string }
  /** Folder of its data in the set-up; null = it has no service. */
  readonly from: string | null
  /** Who runs its service: `smeshkeeper`, or somebody whose service we do not stop. */
  readonly owner: string
  readonly others: readonly { readonly name: string; readonly posFolder: string }[]
  readonly node?: PlanNode
  readonly system: MoveSystem
  readonly bulk: BulkFiles
  /** Bytes per second, as far as they were measured. `isOneDisk`: both volumes are on one physical disk. */
  readonly speeds: { readonly read?: number; readonly write?: number; readonly readBack?: number; readonly isOneDisk?: boolean }
  readonly need: MoveNeed
  /** Our set-up with the new folder in it. */
  readonly setUp: Pick<WriteFile, 'file' | 'before' | 'text' | 'mode'>
  /** After this long without an answer of the disks the plan gives up. */
  readonly patienceMs?: number
}

const ASSUMED_BYTES_PER_SECOND = 120 * 1024 ** 2
const PATIENCE_MS = 20_000
const NAMES_MS = 1000

/**
 * Plans the move of one identity's PoS data to a folder that does not exist yet, or is empty. Only reads.
 *
 * @param request  `to`: the new folder itself, absolute
 */
export async function planMoveData(request: { readonly identity: string; readonly to: string }, input: MoveInput): Promise<Draft> {
  const early = earlyRefusal(request, input)
  if (early !== undefined) return refused(input, [early])
  try {
    const facts = await withinPatience(lookAtBoth(request, input), input.patienceMs ?? PATIENCE_MS)
    if (facts === 'silent')
      return refused(input, [no('no-answer', 'A disk does not answer. See whether both are connected and healthy, then plan again')])
    const refusals = moveRefusals(facts)
    return refusals.length > 0 ? refused(input, refusals) : draftOf(facts, input)
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    const what = code === 'ENOENT' ? 'source-away' : 'unreadable'
    const text =
      code === 'ENOENT'
        ? `${input.from ?? ''} cannot be found. Connect its disk, then plan again`
        : `The folders could not be looked at: ${textOf(cause)}. Mend the cause, then plan again`
    return refused(input, [no(what, text)])
  }
}

const no = (code: string, text: string): Fault => fail(`move/${code}`, text).fault

function earlyRefusal({ to }: { readonly to: string }, { from, owner, identity }: MoveInput): Fault | undefined {
  if (from === null)
    return no('no-source', `${identity.name} has no service with a folder of data, so there is nothing to move. Add the service first`)
  if (owner !== 'smeshkeeper')
    return no(
      'foreign-service',
      `The service of ${identity.name} is run by ${owner}, which would go on reading the old folder. Take it over first`,
    )
  if (!path.isAbsolute(to)) return no('not-absolute', `${to} is no full path. Give the new folder from the root on`)
  return undefined
}

async function withinPatience<T>(work: Promise<T>, ms: number): Promise<T | 'silent'> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<'silent'>((resolve) => {
    timer = setTimeout(() => resolve('silent'), ms)
  })
  try {
    return await Promise.race([work, silence])
  } finally {
    clearTimeout(timer)
    void work.catch(() => undefined)
  }
}

async function lookAtBoth({ to }: { readonly to: string }, input: MoveInput): Promise<MoveFacts> {
  const { bulk, system, identity, others } = input
  const from = system.resolve(path.resolve(input.from ?? ''))
  const parent = system.resolve(path.dirname(path.resolve(to)))
  const target = path.join(parent, path.basename(path.resolve(to)))
  const source = await lookAtSource(bulk, from)
  return {
    identity: identity.id,
    name: identity.name,
    source,
    target: await lookAtTarget(bulk, target, from),
    fromVolume: await volumeOf(bulk, from, system),
    toVolume: await volumeOf(bulk, target, system),
    platform: system.platform,
    others: others.map(({ name, posFolder }) => ({ name, posFolder: system.resolve(path.resolve(posFolder)) })),
  }
}

function planOf(input: MoveInput, rest: Omit<OperationPlan, 'id' | 'kind' | 'madeAt' | 'before' | 'tables'>): OperationPlan {
  const before = input.node === undefined ? [] : [input.node]
  return { id: input.id, kind: 'move-data', madeAt: input.now, before, tables: [], ...rest }
}

function refused(input: MoveInput, refusals: readonly Fault[]): Draft {
  const plan = planOf(input, {
    title: `Move the PoS data of ${input.identity.name}`,
    after: input.node === undefined ? [] : [input.node],
    steps: [],
    risks: [],
    checks: refusals.map(({ detail }) => ({ is: 'fail', text: detail })),
    refusals,
    asks: [],
    stops: [],
    needs: { bytes: 0, ms: 0 },
    undo: 'Nothing is done, so there is nothing to undo.',
  })
  return { plan, steps: [], touches: [] }
}

function draftOf(facts: MoveFacts, input: MoveInput): Draft {
  const { name } = facts
  const to = facts.target.folder
  const pairs = isOneVolume(facts) ? namesSteps(facts, input) : copySteps(facts, input)
  const steps = pairs.map(([step]) => step)
  const ms = steps.reduce((all, { estimateMs }) => all + estimateMs, 0)
  const timing = timingOf(input, ms)
  const plan = planOf(input, {
    title: `Move the PoS data of ${name} to ${to}`,
    after: input.node === undefined ? [] : [{ ...input.node, note: `the data of ${name} is in ${to}` }],
    steps,
    risks: [...timing.risks, ...risksOf(facts)],
    checks: [...checksOf(facts, input), timing.check],
    refusals: [],
    asks: timing.asks,
    stops: [`the service of ${name}`],
    needs: { bytes: neededBytes(facts), ms },
    undo: isOneVolume(facts)
      ? 'It can be undone as long as the files are where they were moved to.'
      : `It can be undone as long as ${facts.source.folder} is whole: the service goes back to it and the copy is removed. When the old data was removed, move it back instead.`,
  })
  return { plan, steps: pairs.map(([, data]) => data), touches: [] }
}

type Pair = readonly [PlanStep, StepData]

const dataOf = ({ identity, source, target, fromVolume, toVolume }: MoveFacts): MoveData => ({
  identity,
  from: source.folder,
  to: target.folder,
  fromMount: fromVolume.mountToCheck,
  toMount: toVolume.mountToCheck,
  files: [...source.files],
})

function setUpStep({ name, target }: MoveFacts, { setUp }: MoveInput): Pair {
  const data: WriteFile = { is: 'write-file', keep: 'setup.json', ...setUp }
  return [{ title: `Point the service of ${name} to it`, detail: `${target.folder} is written into the set-up`, estimateMs: 100 }, data]
}

function copySteps(facts: MoveFacts, input: MoveInput): readonly Pair[] {
  const data = dataOf(facts)
  const { copyMs, verifyMs } = estimate(facts, input)
  const what = `${sizeOf(allBytes(facts))} in ${data.files.length} files`
  const place: MoveSwitch = { is: 'move-switch', ...data, hadEmptyFolder: facts.target.is === 'empty' }
  return [
    [
      { title: 'Copy the data', detail: `${what}, hashed while it is read; goes on where it stopped`, estimateMs: copyMs },
      { is: 'move-copy', ...data } satisfies MoveCopy,
    ],
    [
      { title: 'Read the copy back', detail: 'every file is compared with what was read at the source', estimateMs: verifyMs },
      { is: 'move-verify', ...data } satisfies MoveVerify,
    ],
    [{ title: 'Give the copy its place', detail: data.to, estimateMs: 100 }, place],
    setUpStep(facts, input),
    [
      { title: 'Keep the old data', detail: `${data.from} stays until a proof from the new place was accepted`, estimateMs: 100 },
      { is: 'move-keep', ...data } satisfies MoveKeep,
    ],
  ]
}

function namesSteps(facts: MoveFacts, input: MoveInput): readonly Pair[] {
  const data: MoveNames = { is: 'move-names', ...dataOf(facts), hadEmptyFolder: facts.target.is === 'empty' }
  const detail = `${facts.source.files.length} files; both folders are on one volume, so nothing is copied`
  return [[{ title: 'Give the files their new place', detail, estimateMs: NAMES_MS }, data], setUpStep(facts, input)]
}

const allBytes = ({ source }: MoveFacts): number => source.files.reduce((all, { bytes }) => all + bytes, 0)

function estimate(
  facts: MoveFacts,
  { speeds }: Pick<MoveInput, 'speeds'>,
): { readonly copyMs: number; readonly verifyMs: number; readonly rate: number } {
  const { read = ASSUMED_BYTES_PER_SECOND, write = ASSUMED_BYTES_PER_SECOND } = speeds
  const rate = Math.min(read, write) / (speeds.isOneDisk === true ? 2 : 1)
  const back = speeds.readBack ?? ASSUMED_BYTES_PER_SECOND
  const bytes = allBytes(facts)
  return { copyMs: Math.ceil((bytes / rate) * 1000), verifyMs: Math.ceil((bytes / back) * 1000), rate }
}

/** Whether it ends before the service is needed, with the price when it does not. */
function timingOf({ now, need, identity }: MoveInput, ms: number): { risks: PlanRisk[]; check: PlanCheck; asks: OperationPlan['asks'] } {
  const end = now + ms
  const ends = `It ends about ${moment(end, now)}`
  const gap = need.is === 'unknown' || need.gapEnd === undefined ? '' : ` The gap ends ${moment(need.gapEnd, now)}.`
  const price = (text: string): OperationPlan['asks'] => [{ id: 'price', text }]
  if (need.is === 'proving') {
    const text = `${identity.name} is proving, and its service is stopped for the move. ${need.price}${gap}`
    return {
      risks: [{ grade: 'cost', text }],
      check: { is: 'warn', text: `${ends}.` },
      asks: price(`Stop the proof of ${identity.name} for this.`),
    }
  }
  if (need.is === 'unknown') {
    const text = `It is not known when ${identity.name} has to prove next: until ${moment(end, now)} its service is stopped.`
    return {
      risks: [{ grade: 'cost', text }],
      check: { is: 'warn', text: `${ends}.` },
      asks: price(`${identity.name} need not prove before then.`),
    }
  }
  if (end <= need.at)
    return { risks: [], check: { is: 'pass', text: `${ends}, ${duration(need.at - end)} before ${identity.name} has to prove.` }, asks: [] }
  const isLate = need.gapEnd !== undefined && end > need.gapEnd
  const text = `${ends}, but ${identity.name} has to prove from ${moment(need.at, now)} on.${gap} ${isLate ? 'An epoch is lost unless the move is stopped in time.' : 'The proof begins later by so much.'}`
  return {
    risks: [{ grade: isLate ? 'loss' : 'cost', text }],
    check: { is: 'warn', text },
    asks: price(`${identity.name} may prove late for this.`),
  }
}

function risksOf({ source, fromVolume, toVolume }: MoveFacts): readonly PlanRisk[] {
  const risks: PlanRisk[] = []
  if (fromVolume.isNetwork || toVolume.isNetwork) {
    const which = toVolume.isNetwork ? 'The new folder' : 'The old folder'
    risks.push({
      grade: 'note',
      text: `${which} is on a network share: the copy goes at the speed of the network, and so does every proof from there.`,
    })
  }
  if (source.keys.length > 0)
    risks.push({
      grade: 'note',
      text: `${source.keys.join(', ')} in ${source.folder} stays where it is: a key is never doubled, and no service needs it there.`,
    })
  return risks
}

function checksOf(facts: MoveFacts, { speeds }: MoveInput): readonly PlanCheck[] {
  const { source, target, name } = facts
  const checks: PlanCheck[] = [
    { is: 'pass', text: `The data of ${name} is complete: ${source.files.length} files, ${sizeOf(allBytes(facts))}.` },
  ]
  if (source.others.length > 0)
    checks.push({ is: 'warn', text: `Folders and links are not moved and stay: ${source.others.slice(0, 5).join(', ')}.` })
  if (isOneVolume(facts)) return checks
  checks.push({ is: 'pass', text: `${sizeOf(target.freeBytes)} are free at the new place, ${sizeOf(neededBytes(facts))} are needed.` })
  const measured = speeds.read !== undefined && speeds.write !== undefined
  const rate = estimate(facts, { speeds })
  checks.push({
    is: measured ? 'pass' : 'warn',
    text: `${measured ? 'Measured' : 'Not measured, so assumed'}: ${speed(rate.rate)}. The copy takes ${duration(rate.copyMs)}, reading it back ${duration(rate.verifyMs)}.`,
  })
  return checks
}
