import type { PowRates } from './machine.ts'
import type { PostParameters } from './network.ts'
import { expectedHashes } from './proof-rates.ts'

/** Size and settings of an identity, as far as they make its work. */
export interface WorkOf {
  readonly numUnits: number
  readonly nonces: number
  readonly randomx: 'fast' | 'light'
}

/** What the proof of work of one pass takes on this computer. */
export interface ProofWork {
  /** Each size with each number of nonces once, the longest work first. */
  readonly kinds: readonly { readonly numUnits: number; readonly nonces: number; readonly ms: number }[]
  /** One pass of every identity, one after the other, ms; undefined while that of one is not known. */
  readonly totalMs?: number
  readonly identityCount: number
}

/** Expected proof of work of one pass, ms; undefined where RandomX was not measured in the identity's mode. */
export function workMs(one: WorkOf, pow: PowRates | undefined, post: Pick<PostParameters, 'powDifficulty'>): number | undefined {
  const rate = one.randomx === 'fast' ? pow?.fastHashesPerSecond : pow?.lightHashesPerSecond
  return rate === undefined ? undefined : (expectedHashes(post, one.numUnits, one.nonces) / rate) * 1000
}

/** The work of all identities; one whose size nobody has told leaves the sum unknown. */
export function proofWork(
  identities: readonly WorkOf[],
  pow: PowRates | undefined,
  post: Pick<PostParameters, 'powDifficulty'>,
): ProofWork {
  const kinds = new Map<string, ProofWork['kinds'][number]>()
  let totalMs: number | undefined = identities.length === 0 ? undefined : 0
  for (const one of identities) {
    const { numUnits, nonces, randomx } = one
    const ms = numUnits === 0 ? undefined : workMs(one, pow, post)
    totalMs = totalMs === undefined || ms === undefined ? undefined : totalMs + ms
    if (ms !== undefined) kinds.set(`${numUnits}/${nonces}/${randomx}`, { numUnits, nonces, ms })
  }
  return {
    kinds: [...kinds.values()].sort((a, b) => b.ms - a.ms),
    ...(totalMs === undefined ? {} : { totalMs }),
    identityCount: identities.length,
  }
}
