import type { UnixMs } from './ids.ts'
import { currentGap, type NetworkTiming } from './network.ts'
import type { StatusKind } from './status.ts'
import { moment } from './words.ts'

export interface VerifyMoment {
  readonly net: NetworkTiming
  readonly now: UnixMs
  /** Every identity of this computer. */
  readonly identities: readonly { readonly name: string; readonly kind: StatusKind }[]
  /** Title of an operation that is not at its end. */
  readonly operation?: string | undefined
  /** The user's quiet hours for tests, and whether it is one of them; absent = at any time. */
  readonly hours?: { readonly from: string; readonly to: string; readonly isNow: boolean } | undefined
  /** By the user himself: quiet hours do not hold it. */
  readonly isAsked: boolean
}

const AT_PROOF: ReadonlySet<StatusKind> = new Set(['proving', 'handing-over', 'queued', 'needs-service'])
/** Nothing more comes of them in this gap. */
const SETTLED: ReadonlySet<StatusKind> = new Set([
  'proved',
  'published',
  'eligible',
  'missed',
  'banned',
  'held',
  'stopped',
  'twin-suspected',
])

/**
 * Why PoS data is not read now, as the end of a sentence; undefined = it may be. Proofs come first, on every disk: the check
 * needs the processor as well.
 */
export function whyNotNow({ net, now, identities, operation, hours, isAsked }: VerifyMoment): string | undefined {
  const busy = identities.find(({ kind }) => AT_PROOF.has(kind))
  if (busy !== undefined) return `${busy.name} is at a proof`
  if (operation !== undefined) return `an operation is not at its end (${operation})`
  const gap = currentGap(net, now)
  if (gap.isOpen && identities.some(({ kind }) => !SETTLED.has(kind)))
    return `the cycle gap is open until ${moment(gap.closesAt, now)}, and not all proofs are made`
  if (!isAsked && hours !== undefined && !hours.isNow) return `it goes on in your quiet hours, from ${hours.from} to ${hours.to}`
  return undefined
}
