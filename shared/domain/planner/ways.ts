import { bytes, duration, plural } from '../words.ts'
import { bestNonces } from './best.ts'
import { withChanges } from './changes.ts'
import { planOf } from './plan.ts'
import type { PlanDraft, PlanIdentity, PlanInputs, PlanOutcome, PlanWay } from './types.ts'

/** Gaps that are drawn for each way: enough to tell one per cent. */
const GAPS = 600
const MOST_TRIED = 16
const MOST_WAYS = 4
/** Worth telling. */
const GAIN = 0.003
const HOUR_MS = 3_600_000

interface Change {
  readonly text: string
  readonly costs: string
  readonly draft: PlanDraft
}

const settingsIn = (
  draft: PlanDraft,
  id: string,
  more: Readonly<{ nonces?: number; threads?: number; randomx?: 'fast' | 'light' }>,
): PlanDraft => ({
  ...draft,
  identities: { ...draft.identities, [id]: { ...draft.identities?.[id], ...more } },
})

/** Identities by what they put at risk, worst first. */
function atRisk(inputs: PlanInputs, outcome: PlanOutcome): readonly PlanIdentity[] {
  const risk = new Map(outcome.identities.map((proof) => [proof.identity, 1 - proof.chance]))
  const weight = (one: PlanIdentity): number => one.numUnits * (risk.get(one.id) ?? 0)
  return inputs.identities.filter((one) => weight(one) > 0).sort((a, b) => weight(b) - weight(a) || (a.id < b.id ? -1 : 1))
}

function nonceChanges(inputs: PlanInputs, draft: PlanDraft, worst: readonly PlanIdentity[]): Change[] {
  const best = new Map(bestNonces(inputs).map((one) => [one.identity, one]))
  return worst.flatMap((one): Change[] => {
    const wanted = best.get(one.id)
    if (wanted === undefined || wanted.nonces === one.nonces) return []
    const before = powOf(inputs, one.id)
    const next = settingsIn(draft, one.id, { nonces: wanted.nonces })
    const after = powOf(withChanges(inputs, { identities: { [one.id]: { nonces: wanted.nonces } } }), one.id)
    const costs = after > before ? `${duration(after - before)} of proof of work` : 'no longer proof of work'
    return [{ text: `${one.name} with ${wanted.nonces} nonces, not ${one.nonces}`, costs, draft: next }]
  })
}

const powOf = (inputs: PlanInputs, id: string): number =>
  planOf({ ...inputs, identities: inputs.identities.filter((one) => one.id === id) }, { gaps: 1 }).identities[0]?.powMs ?? 0

function moveChanges(inputs: PlanInputs, draft: PlanDraft, worst: readonly PlanIdentity[]): Change[] {
  const crowded = new Set(worst.slice(0, 3).map((one) => one.disk))
  const movable = inputs.identities.filter((one) => crowded.has(one.disk) && one.startedAt === undefined)
  return movable.flatMap((one) =>
    inputs.disks
      .filter((disk) => disk.id !== one.disk && (disk.freeBytes ?? 0) >= one.totalBytes)
      .map((disk): Change => {
        const others = inputs.identities.filter((other) => other.disk === disk.id).map((other) => other.name)
        const isNew = draft.add?.id === one.id
        const shares = others.length === 0 ? '' : `shares the disk with ${others.slice(0, 2).join(' and ')}`
        const copy = isNew ? '' : `${bytes(one.totalBytes)} to copy`
        return {
          text: `${one.name} on ${disk.label}`,
          costs: [copy, shares].filter((part) => part !== '').join('; ') || '–',
          draft: { ...draft, moves: { ...draft.moves, [one.id]: disk.id } },
        }
      }),
  )
}

function machineChanges(inputs: PlanInputs, draft: PlanDraft, outcome: PlanOutcome): Change[] {
  const { allowed, most } = outcome.provers
  const lanes = new Set(inputs.identities.map((one) => one.disk)).size
  if (most < allowed || allowed >= lanes) return []
  const memoryAllows = withChanges(inputs, { maxProvers: null }).machine
  const fit = Math.floor(memoryAllows.proverMemoryBytes / Math.max(1, outcome.identities[0]?.memoryBytes ?? 1))
  if (inputs.machine.maxProvers !== undefined && fit > allowed) {
    return [
      {
        text: `${plural(fit, 'prover')} at once, not ${allowed}`,
        costs: 'all the memory kept for provers',
        draft: { ...draft, maxProvers: null },
      },
    ]
  }
  const all = inputs.identities.filter((one) => one.randomx === 'fast')
  if (all.length === 0) return []
  const lightly = all.reduce((changed, one) => settingsIn(changed, one.id, { randomx: 'light' }), draft)
  return [
    { text: 'RandomX in light mode everywhere', costs: 'proof of work some six times as long, a tenth of the memory', draft: lightly },
  ]
}

/**
 * Ways that raise the odds of what is drafted, best first; none when nothing tried is better.
 * @param inputs  as they are, without the draft
 */
export function otherWays(inputs: PlanInputs, draft: PlanDraft = {}): readonly PlanWay[] {
  const drafted = withChanges(inputs, draft)
  const base = planOf(drafted, { gaps: GAPS })
  const worst = atRisk(drafted, base).slice(0, 6)
  const changes = [
    ...nonceChanges(drafted, draft, worst),
    ...machineChanges(drafted, draft, base),
    ...moveChanges(drafted, draft, worst),
  ].slice(0, MOST_TRIED)
  const isBetter = (outcome: PlanOutcome): boolean =>
    outcome.chance > base.chance + GAIN ||
    (outcome.chance >= base.chance && outcome.lostUnits.gap < base.lostUnits.gap - GAIN * base.totalUnits) ||
    (outcome.chance >= base.chance && outcome.last.p95 < base.last.p95 - HOUR_MS / 4)
  return changes
    .map((change) => ({ change, outcome: planOf(withChanges(inputs, change.draft), { gaps: GAPS }) }))
    .filter(({ outcome }) => isBetter(outcome))
    .sort((a, b) => b.outcome.chance - a.outcome.chance || a.outcome.lostUnits.gap - b.outcome.lostUnits.gap)
    .slice(0, MOST_WAYS)
    .map(({ change, outcome }) => ({ ...change, chance: outcome.chance, p95: outcome.last.p95 }))
}
