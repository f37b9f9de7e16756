import type { UnixMs } from './ids.ts'
import type { ClockReport, Verdict } from './machine.ts'
import { ago, THIN } from './words.ts'

/** The node ends itself when its peers stay further from it than this, ms. @source facts/node-config-and-cli.md §2, max-clock-offset */
export const NODE_LIMIT_MS = 10_000
/** Half of it is left for what drifts until somebody looks again. */
const TIGHT_MS = 2_000
const BAD_MS = 8_000
/** A complaint of the node counts for so long: it asks its peers every half hour. */
const COMPLAINT_MS = 30 * 60_000

/** `+0.03 s`: ours minus true, from ms. */
export const clockOffset = (ms: number): string =>
  `${ms < 0 ? '−' : '+'}${(Math.abs(ms) / 1000).toFixed(Math.abs(ms) < 9_995 ? 2 : 0)}${THIN}s`

/** Everything that was seen of the clock. */
export interface ClockFacts {
  readonly now: UnixMs
  /** Absent: no server was asked yet. */
  readonly look?: Pick<ClockReport, 'at' | 'offsetMs' | 'uncertaintyMs' | 'servers'>
  readonly isSynchronised: ClockReport['isSynchronised']
  /** The node's last complaint. */
  readonly complaint?: { readonly text: string; readonly at: UnixMs }
  /** Peers that the node is connected with and compares itself with; absent: nobody knows. */
  readonly peers?: number
}

function nodeWords({ complaint, peers, now }: ClockFacts): { readonly isBad: boolean; readonly text: string } {
  if (complaint !== undefined && now - complaint.at < COMPLAINT_MS)
    return { isBad: true, text: `the node complains (${ago(complaint.at, now)}): ${complaint.text}` }
  if (peers === undefined || peers === 0) return { isBad: false, text: 'no node compares it with peers now' }
  return { isBad: false, text: 'node is content' }
}

const byOffset = (offsetMs: number, uncertaintyMs: number): Verdict => {
  const worst = Math.abs(offsetMs) + uncertaintyMs
  return worst < TIGHT_MS ? 'good' : worst < BAD_MS ? 'tight' : 'bad'
}

/**
 * Whether the clock is good enough for the node. Servers and the node's own complaints both count; who contradicts
 * everybody is not believed, and without a majority nobody is.
 */
export function judgeClock(facts: ClockFacts): ClockReport {
  const { look, now, isSynchronised } = facts
  const node = nodeWords(facts)
  const base = { at: look?.at ?? now, servers: look?.servers ?? [], node: node.text, isSynchronised }
  const offset = look?.offsetMs
  if (node.isBad && offset === undefined) return { ...base, verdict: 'bad', text: 'the node finds it wrong, and it stops when it stays so' }
  if (look === undefined) return { ...base, verdict: 'unknown', text: 'not compared yet' }
  if (offset === undefined) return { ...base, verdict: 'unknown', text: withoutOffset(look.servers) }
  const uncertaintyMs = look.uncertaintyMs ?? 0
  const measured = { ...base, offsetMs: offset, uncertaintyMs }
  if (node.isBad) return { ...measured, verdict: 'bad', text: `${clockOffset(offset)} by time servers, but ${node.text}` }
  const verdict = byOffset(offset, uncertaintyMs)
  if (verdict === 'good') {
    const text = isSynchronised === 'no' ? `in step (${clockOffset(offset)}), but no time service keeps it so` : 'in step'
    return { ...measured, verdict: isSynchronised === 'no' ? 'tight' : 'good', text }
  }
  const limit = NODE_LIMIT_MS / 1000
  return { ...measured, verdict, text: `${clockOffset(offset)}; the node gives up at ±${limit}${THIN}s` }
}

function withoutOffset(servers: ClockReport['servers']): string {
  if (servers.length === 0) return 'no time server is set'
  if (servers.some(({ is }) => is === 'answered')) return 'the time servers contradict each other'
  return 'no time server answered'
}
