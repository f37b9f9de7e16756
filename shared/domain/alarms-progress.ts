import { actBy, type Judged, type Told } from './alarm-told.ts'
import { passChance } from './odds.ts'
import { neededWords } from './status-rule.ts'
import { tightMarginMs } from './timing.ts'
import { duration } from './words.ts'

/** Chance below which "bad luck" is no explanation for one more pass. */
const UNLIKELY = 0.01

/** Work that goes on and will hardly end: nothing says so but the figures. */
export function ofProgress({ view: v, status }: Judged): readonly Told[] {
  const { belief, now } = v
  if (status.kind === 'unknown' && v.post === 'proving') {
    const isLong = now - (belief.postStateSince ?? now) > 2 * v.limits.connectGrace && now - status.since > v.limits.connectGrace
    return isLong
      ? [
          {
            code: 'service-not-connected',
            severity: 'bad',
            since: status.since,
            actBy: actBy(v),
            sentence: `${status.sentence} ${neededWords(v)}`,
          },
        ]
      : []
  }
  const tightMs = Math.max(tightMarginMs(v.net), v.limits.connectGrace)
  const poetProofAt = Math.max(belief.hasPoetProof?.at ?? 0, v.world.node.poetProofAt ?? 0)
  if (
    status.kind === 'waiting' &&
    status.phase === 'poet-proof' &&
    v.post === 'idle' &&
    poetProofAt < v.due.gapOpens &&
    now > v.due.gapOpens + tightMs &&
    now < v.due.gapEnd + tightMs
  ) {
    const sentence = `No PoET has given its proof ${duration(now - v.due.gapOpens)} after its round ended; nothing can be proved before. Check the PoETs.`
    return [{ code: 'poet-trouble', severity: 'warn', since: v.due.gapOpens, sentence }]
  }
  const run = belief.run
  if (status.kind !== 'proving' || status.phase === 'outdated' || run === undefined) return []
  const nonces = run.nonces === undefined ? 0 : run.nonces.end - run.nonces.start
  const luck = (1 - passChance(v.net.post, nonces)) ** (run.pass - 1)
  const isStalled = status.phase === 'reading' && now - v.world.driftMs - run.movedAt > v.limits.stalled
  if (luck >= UNLIKELY && !isStalled) return []
  const what = isStalled ? 'Its reading does not move on' : `Pass ${run.pass} with ${nonces} nonces is hardly bad luck`
  const sentence = `${what}: a PoS file may be missing, short or unreadable. ${neededWords(v)} Check the PoS data.`
  return [{ code: 'data-incomplete', severity: 'warn', since: isStalled ? now : run.startedAt, sentence, actBy: actBy(v) }]
}
