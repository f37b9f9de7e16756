import path from 'node:path'
import { fail, ok, textOf, type Fault, type Result } from '../../shared/domain/fault.ts'
import type { Leftover, OperationKind } from '../../shared/domain/operation.ts'
import { codeOf, isThere, readIdentitiesFolder } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import { METADATA_FILE } from '../pos-data/index.ts'
import type { PlanContext } from './context.ts'
import { keptSources, mayRemoveSource, removeMovedSource, type AcceptedProof, type BulkFiles, type MoveRecord } from './move/index.ts'
import { posFolderOf } from './plan-inputs/services.ts'
import { realPath } from './plan-inputs/moment.ts'
import { nameIn } from './planning.ts'
import { readQuarantine } from './plans/quarantine.ts'
import { removeRetiredData, retiredData, type RetiredData } from './plans/retired-data.ts'
import { keysOutSchema } from './steps/data.ts'
import { setUpSchema } from './steps/set-up.ts'
import type { StepData } from './types.ts'

/** An operation that is done and was not taken back. */
export interface EndedOperation {
  readonly id: string
  readonly kind: OperationKind
  readonly endedAt: number
  readonly steps: readonly StepData[]
}

/** What is looked at to find data that was left behind. */
export interface LeftoverSources {
  readonly files: Files
  readonly bulk: BulkFiles
  readonly context: PlanContext
  readonly proofs: readonly AcceptedProof[]
  readonly ended: readonly EndedOperation[]
}

/** Data that operations left behind, newest first. Only reads. */
export function findLeftovers(sources: LeftoverSources): readonly Leftover[] {
  const moved = movesOf(sources).map(({ operation, record }) => movedLeftover(operation, record, sources))
  const retired = retirementsOf(sources).flatMap((one) => retiredLeftover(one, sources) ?? [])
  return [...moved, ...retired].sort((a, b) => b.since - a.since)
}

type RemoveFault = 'operation/unknown' | 'operation/not-typed' | 'operation/refused' | 'operation/not-removed'

/**
 * Removes what one operation left behind, after everything was looked at again.
 *
 * @fault `operation/not-typed`, `operation/refused` when something still needs it, `operation/not-removed` with how far it came
 */
export async function removeLeftover(
  asked: { readonly operation: string; readonly typed: string },
  sources: LeftoverSources,
): Promise<Result<{ readonly text: string }, RemoveFault>> {
  const { files, bulk, context, proofs } = sources
  const moved = movesOf(sources).find(({ operation }) => operation === asked.operation)
  if (moved !== undefined) {
    const { may, why } = movedLeftover(moved.operation, moved.record, sources)
    if (!may) return fail('operation/refused', why)
    const folder = path.join(context.operations, moved.operation)
    const inUse = usersOf(moved.record.from, context).map(() => moved.record.from)
    const removed = await removeMovedSource(moved.record, asked.typed, { bulk, files, folder, proofs, inUse })
    return removed.ok ? ok({ text: removed.value }) : { ok: false, fault: plainFault(removed.fault) }
  }
  const retired = retirementsOf(sources).find(({ id }) => id === asked.operation)
  if (retired === undefined || retiredLeftover(retired, sources) === undefined)
    return fail('operation/unknown', 'There is nothing left of this operation. Look again.')
  const armed = armedElsewhere(retired.data.identity, context)
  if (armed !== undefined) return fail('operation/refused', armed)
  const removed = removeRetiredData(files, retired.data, asked.typed)
  return removed.ok ? removed : { ok: false, fault: plainFault(removed.fault) }
}

function plainFault(fault: Fault): Fault<RemoveFault> {
  const [, what] = fault.code.split('/')
  const code = what === 'not-typed' ? 'operation/not-typed' : what === 'not-removed' ? 'operation/not-removed' : 'operation/refused'
  return { ...fault, code }
}

/** Whoever works with the data in this folder, or would when he is started, in words. */
function usersOf(folder: string, context: PlanContext): readonly string[] {
  const is = (other: string | undefined): boolean => other !== undefined && realPath(other) === realPath(folder)
  const { setUp, setups, processes } = context
  return [
    ...(setUp?.expanded.services ?? [])
      .filter(({ posFolder }) => is(posFolder))
      .map(({ identity }) => `The service of ${nameIn(context, identity)}`),
    ...setups.filter(({ services }) => services.some(({ posFolder }) => is(posFolder))).map(({ label }) => label),
    ...processes
      .filter(({ program, folder: at }) => program !== 'go-spacemesh' && is(at))
      .map(({ pid, program, ownerLabel }) => `${program} (process ${pid}${ownerLabel === undefined ? '' : `, ${ownerLabel}`})`),
  ]
}

interface KeptMove {
  readonly operation: string
  readonly record: MoveRecord
}

function movesOf({ files, context, ended }: LeftoverSources): readonly KeptMove[] {
  const done = new Set(ended.filter(({ kind }) => kind === 'move-data').map(({ id }) => id))
  return keptSources(files, context.operations).filter(({ operation }) => done.has(operation))
}

function movedLeftover(operation: string, record: MoveRecord, { context, proofs }: LeftoverSources): Leftover {
  const { identity, from, to, movedAt, files } = record
  const [user] = usersOf(from, context)
  const now = context.setUp?.expanded.services.find((one) => one.identity === identity)?.posFolder
  const verdict =
    user !== undefined
      ? { may: false, why: `${user} works with ${from}, so it stays. Point that service to ${to} first.` }
      : now !== undefined && realPath(now) !== realPath(to)
        ? { may: false, why: `The service proves from ${now} now, no longer from ${to}. Remove ${from} yourself when you are sure.` }
        : mayRemoveSource(record, proofs)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return { operation, kind: 'moved-source', identity, name: nameIn(context, identity), folder: from, bytes, since: movedAt, ...verdict }
}

interface Retirement {
  readonly id: string
  readonly at: number
  readonly data: RetiredData
}

/** Of each identity the newest: an earlier one was taken back by a put-back. */
function retirementsOf(sources: LeftoverSources): readonly Retirement[] {
  const newest = [...sources.ended].filter(({ kind }) => kind === 'retire').sort((a, b) => b.endedAt - a.endedAt)
  const all = newest.flatMap((one) => retirementOf(one, sources) ?? [])
  return all.filter(({ data }, index) => all.findIndex((other) => other.data.identity === data.identity) === index)
}

function retirementOf({ id, endedAt, steps }: EndedOperation, { files, context }: LeftoverSources): Retirement | undefined {
  const out = steps.flatMap((step) => keysOutSchema.safeParse(step).data ?? [])[0]
  const identity = out?.keys[0]?.identity
  if (out === undefined || identity === undefined) return undefined
  const folder = folderIn(steps, identity, context.homedir) ?? posFolderOf(context, identity)
  // One that came back has its service again: its data is no leftover.
  if (folder === undefined || context.setUp?.expanded.services.some((one) => one.identity === identity) === true) return undefined
  const nodes = [out.dataFolder, context.setUp?.expanded.node.dataFolder ?? out.dataFolder, ...context.nodes.map((one) => one.dataFolder)]
  const armedAt = [...new Set(nodes.map(realPath))].flatMap((node) =>
    readIdentitiesFolder(node, files)
      .keys.filter((key) => key.identity === identity && key.isLoaded === true)
      .map((key) => key.path),
  )
  const isQuarantined = readQuarantine(files, context.quarantine, new Map()).some(({ keys }) =>
    keys.some((key) => key.identity === identity),
  )
  const keyIsKept = isQuarantined || context.backup.holds.includes(identity)
  const data = { identity, name: nameIn(context, identity), folder, armedAt, usedBy: usersOf(folder, context), keyIsKept }
  return { id, at: endedAt, data }
}

/** Where its service proved from, as the operation that took the service out of the set-up noted it. */
function folderIn(steps: readonly StepData[], identity: string, homedir: string): string | undefined {
  const services = steps.flatMap((step) => setUpSchema.safeParse(step).data?.services ?? [])
  const folder = services.find(({ id }) => id === identity)?.before?.['posFolder']
  return typeof folder === 'string' ? folder.replace(/^~(?=[/\\])/, homedir) : undefined
}

const armedElsewhere = (identity: string, context: PlanContext): string | undefined =>
  context.armedElsewhere.find((one) => one.identity === identity)?.why

/** @returns nothing when its data is gone */
function retiredLeftover({ id, at, data }: Retirement, { files, context }: LeftoverSources): Leftover | undefined {
  const { identity, name, folder } = data
  const common = { operation: id, kind: 'retired-data' as const, identity, name, folder, since: at }
  const stays = (why: string): Leftover => ({ ...common, bytes: 0, may: false, why })
  try {
    // Without the folder above it, its disk is away: whether something is left there is not known.
    if (!isThere(files, path.dirname(folder))) return stays(`${folder} is not there. Connect its disk, then look again.`)
    if (!isThere(files, path.join(folder, METADATA_FILE))) return undefined
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return stays(`${folder} cannot be read: ${textOf(cause)}. Mend the cause, then look again.`)
  }
  const removable = retiredData(files, data)
  const why = removable.ok ? armedElsewhere(identity, context) : `${removable.fault.detail}.`
  if (why !== undefined || !removable.ok) return stays(why ?? '')
  return { ...common, bytes: removable.value.bytes, may: true, why: `${name} is retired and its key is kept, so nothing needs its data.` }
}
