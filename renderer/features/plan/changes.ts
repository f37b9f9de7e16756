import type { PlanDisk, PlanDraft, PlanIdentity, PlanInputs } from '../../../shared/domain/planner/index.ts'
import { bytes } from '../../../shared/domain/words.ts'
import type { ParsedPlanChanges } from '../../../shared/ipc/machine-contract.ts'

export interface PlannedMove {
  readonly identity: PlanIdentity
  readonly to: PlanDisk
  /** Why it cannot go there as things are. */
  readonly why?: string
}

/** What a what-if asks for, apart by who does it. */
export interface PlannedChanges {
  /** For the set-up, at once. */
  readonly use: ParsedPlanChanges
  /** The same in sentences. */
  readonly lines: readonly string[]
  /** Operations of their own. */
  readonly moves: readonly PlannedMove[]
  readonly add?: PlanIdentity
  readonly addDisk?: PlanDisk
}

const threadsIn = (threads: number, inputs: PlanInputs): number => (threads <= 0 ? inputs.machine.threads : threads)

type Settings = ParsedPlanChanges['identities'][number]

/** What is other than today; `undefined` when nothing is. */
function settingsOf(one: PlanIdentity, wanted: NonNullable<PlanDraft['identities']>[string], inputs: PlanInputs): Settings | undefined {
  const { nonces, threads, randomx } = wanted
  const changed: Settings = {
    identity: one.id,
    ...(nonces === undefined || nonces === one.nonces ? {} : { nonces }),
    ...(threads === undefined || threadsIn(threads, inputs) === threadsIn(one.threads, inputs)
      ? {}
      : { threads: threadsIn(threads, inputs) }),
    ...(randomx === undefined || randomx === one.randomx ? {} : { randomx }),
  }
  return Object.keys(changed).length > 1 ? changed : undefined
}

function lineOf(one: PlanIdentity, settings: Settings, inputs: PlanInputs): string {
  const parts = [
    settings.nonces === undefined ? '' : `${settings.nonces} nonces, not ${one.nonces}`,
    settings.threads === undefined ? '' : `${settings.threads} threads, not ${threadsIn(one.threads, inputs)}`,
    settings.randomx === undefined ? '' : `RandomX ${settings.randomx}, not ${one.randomx}`,
  ]
  return `${one.name}: ${parts.filter((part) => part !== '').join('; ')}`
}

const limitWords = (limit: number | undefined): string => (limit === undefined ? 'as many as memory allows' : `${limit}`)

/**
 * What has to be done so that a what-if becomes true.
 * @param inputs  as they are today, without the draft
 */
export function changesOf(inputs: PlanInputs, draft: PlanDraft): PlannedChanges {
  const named = new Map(inputs.identities.map((one) => [one.id, one]))
  const identities: Settings[] = []
  const lines: string[] = []
  for (const [id, wanted] of Object.entries(draft.identities ?? {})) {
    const one = named.get(id)
    const settings = one === undefined ? undefined : settingsOf(one, wanted, inputs)
    if (one === undefined || settings === undefined) continue
    identities.push(settings)
    lines.push(lineOf(one, settings, inputs))
  }
  const today = inputs.machine.maxProvers
  const isLimited = draft.maxProvers !== undefined && (draft.maxProvers ?? undefined) !== today
  if (isLimited) lines.push(`Provers at once, at most: ${limitWords(draft.maxProvers ?? undefined)}, not ${limitWords(today)}`)
  const disks = [...inputs.disks, ...(draft.addDisk === undefined ? [] : [draft.addDisk])]
  const moves = Object.entries(draft.moves ?? {}).flatMap(([id, disk]): PlannedMove[] => {
    const identity = named.get(id)
    const to = disks.find((one) => one.id === disk)
    if (identity === undefined || to === undefined || identity.disk === disk) return []
    const why =
      to.id === draft.addDisk?.id
        ? 'The disk is not here yet.'
        : to.freeBytes !== undefined && to.freeBytes < identity.totalBytes
          ? `${to.label} has ${bytes(to.freeBytes)} free; ${identity.name} takes ${bytes(identity.totalBytes)}.`
          : undefined
    return [{ identity, to, ...(why === undefined ? {} : { why }) }]
  })
  return {
    use: { identities, ...(isLimited ? { maxProvers: draft.maxProvers } : {}) },
    lines,
    moves,
    ...(draft.add === undefined ? {} : { add: draft.add }),
    ...(draft.addDisk === undefined ? {} : { addDisk: draft.addDisk }),
  }
}

/** Whether anything is other than today. Slower disks are weather, not a change. */
export const isChanged = ({ lines, moves, add, addDisk }: PlannedChanges): boolean =>
  lines.length > 0 || moves.length > 0 || add !== undefined || addDisk !== undefined
