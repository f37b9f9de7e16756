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
    const steady = now - v.world.driftMs
    const askedAt = Math.max(belief.postStateSteady ?? steady, v.world.node.postUpSteady ?? 0)
    const isLong = steady - askedAt > 2 * v.limits.connectGrace && steady - (belief.operatorSince ?? steady) > v.limits.connectGrace
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
  // Up to the last position that was heard: silence says nothing about the reading.
  const heardTo = v.operator?.is === 'proving' ? (belief.operator?.steady ?? 0) : 0
  const isStalled = status.phase === 'reading' && heardTo - run.movedAt > v.limits.stalled
  if (luck >= UNLIKELY && !isStalled) return []
  const what = isStalled ? 'Its reading does not move on' : `Pass ${run.pass} with ${nonces} nonces is hardly bad luck`
  const sentence = `${what}: a PoS file may be missing, short or unreadable. ${neededWords(v)} Check the PoS data.`
  return [{ code: 'data-incomplete', severity: 'warn', since: isStalled ? now : run.startedAt, sentence, actBy: actBy(v) }]
}
