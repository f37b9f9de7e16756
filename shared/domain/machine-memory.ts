import type { MachineReport } from './machine.ts'
import { proverMemoryBytes } from './odds.ts'
import { bytes, plural } from './words.ts'

/** What is known when memory is judged. */
export interface MemoryFactsOf {
  readonly totalBytes: number
  readonly availableBytes: number
  /** Mode of each service, and whether its RandomX is in memory now. */
  readonly services: readonly { readonly randomx: 'fast' | 'light'; readonly isProving: boolean }[]
  /** A node of ours that is down now takes memory when it runs. */
  readonly isNodeDown: boolean
  /** Set by the user; absent = as many as fit. */
  readonly maxProvers?: number
}

/** Left to the system for what it caches: a reading pass lives from it. */
const RESERVE_SHARE = 0.05
/** What a node that is down will take: an assumption, until it runs and is measured. */
const NODE_BYTES = 4 * 1024 ** 3

/**
 * Memory for provers: what is there, less what system and node use, less a reserve. Provers that run now are taken out
 * of what is used. A prover needs 2,400 MiB in RandomX' fast mode and 270 MiB in the light one.
 * @source design §4; {@link proverMemoryBytes}
 */
export function judgeMemory(facts: MemoryFactsOf): MachineReport['memory'] {
  const { totalBytes, availableBytes, services, isNodeDown } = facts
  const proving = services.filter(({ isProving }) => isProving).reduce((sum, { randomx }) => sum + proverMemoryBytes(randomx, true), 0)
  const used = Math.max(0, totalBytes - availableBytes - proving)
  const systemAndNodeBytes = used + (isNodeDown ? Math.min(NODE_BYTES, totalBytes / 4) : 0)
  const modes = services.length === 0 ? (['fast'] as const) : services.map(({ randomx }) => randomx)
  const perProverBytes = Math.max(...modes.map((mode) => proverMemoryBytes(mode, true)))
  const room = Math.max(0, totalBytes * (1 - RESERVE_SHARE) - systemAndNodeBytes)
  const proversFit = Math.floor(room / perProverBytes)
  const count = services.length
  const proversPlanned = Math.min(facts.maxProvers ?? proversFit, Math.max(count, 1))
  const base = { totalBytes, availableBytes, systemAndNodeBytes, perProverBytes, proversPlanned, proversFit }
  if (count === 0) return { ...base, verdict: 'good', text: `${plural(proversFit, 'prover')} would fit.` }
  if (proversFit === 0) {
    const text = `No prover fits: one needs ${bytes(perProverBytes)}, ${bytes(room)} are left. End other programs, or prove in the light mode.`
    return { ...base, verdict: 'bad', text }
  }
  if (facts.maxProvers !== undefined && facts.maxProvers > proversFit && count > proversFit) {
    const text = `${plural(proversFit, 'prover fits', 'provers fit')}, but up to ${facts.maxProvers} may prove at once (your limit). Lower the limit.`
    return { ...base, verdict: 'bad', text }
  }
  if (facts.maxProvers !== undefined)
    return { ...base, verdict: 'good', text: `Up to ${facts.maxProvers} may prove at once (your limit); ${proversFit} would fit.` }
  if (proversFit >= count) return { ...base, verdict: 'good', text: `All ${count} may prove at once; ${proversFit} would fit.` }
  return { ...base, verdict: 'tight', text: `${proversFit} of ${count} fit at once; the others wait for their turn.` }
}
