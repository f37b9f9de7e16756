import type { UnixMs } from './ids.ts'
import { currentGap, epochAt, epochLengthMs, MAINNET, registrationWindow, type NetworkTiming } from './network.ts'
import type { IdentityStatus } from './status.ts'
import { duration, moment } from './words.ts'

/** A node start may take a quarter of an hour on mainnet's two-week epochs; the same share of shorter ones. */
const START_SHARE = 900_000 / epochLengthMs(MAINNET)

/** What a node needs for its start before it is of use again, ms. @source design.md §9.2 */
export const nodeStartMs = (net: NetworkTiming): number => Math.min(900_000, Math.max(2_000, epochLengthMs(net) * START_SHARE))

export interface SafeWindowInput {
  readonly net: NetworkTiming
  readonly now: UnixMs
  /** Time that the action needs. */
  readonly needMs: number
  /** Every identity of the node. */
  readonly statuses: readonly { readonly name: string; readonly status: IdentityStatus }[]
}

/** Whether the node may be away for `needMs` without cost, or why not and until when. */
export type SafeWindow = { readonly is: 'safe' } | { readonly is: 'wait'; readonly why: string; readonly until?: UnixMs }

const ASKED: ReadonlySet<IdentityStatus['kind']> = new Set(['proving', 'handing-over', 'queued', 'proved'])

/**
 * The safe window: nobody proves or is due within the time the action needs, no registration is due, and no proof waits to
 * be published.
 * @source design.md §4, facts/smapp-and-migration.md §5.6 (not in the last hour before a PoET round starts)
 */
export function safeWindow({ net, now, needMs, statuses }: SafeWindowInput): SafeWindow {
  const busy = statuses.filter(({ status }) => ASKED.has(status.kind)).map(({ name }) => name)
  if (busy.length > 0) {
    const who = busy.length > 3 ? `${busy.slice(0, 3).join(', ')} and ${busy.length - 3} more` : busy.join(', ')
    return { is: 'wait', why: `${who} ${busy.length === 1 ? 'is' : 'are'} at a proof: the node must be there to take it` }
  }
  const registration = registrationWindow(net, epochAt(net, now))
  if (now + needMs > registration.opensAt && now < registration.closesAt) {
    return { is: 'wait', why: `registration at the PoETs ends ${moment(registration.closesAt, now)}`, until: registration.closesAt }
  }
  const gap = currentGap(net, now)
  const isNear = !gap.isOpen && now + needMs > gap.opensAt
  if (isNear) return { is: 'wait', why: `the cycle gap opens in ${duration(gap.opensAt - now)}`, until: gap.closesAt }
  return { is: 'safe' }
}
