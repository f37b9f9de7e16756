import { asEpoch } from './ids.ts'
import { cycleGap, epochAt, publishEnd } from './network.ts'
import { isRegular, plannedEpoch } from './status-done.ts'
import { common, type Rule } from './status-rule.ts'
import { deadlinesOf } from './timing.ts'
import type { View } from './view.ts'
import type { TroubleCode } from './world.ts'
import { moment } from './words.ts'

const isRegisteredFor = ({ belief }: View, epoch: number): boolean =>
  belief.registrations.some((known) => Number.parseInt(known.roundId, 10) === epoch - 1) || belief.waitsForRound?.publishEpoch === epoch

/** Whether the node was seen to ask for the proof of `epoch`. */
function wasAsked(v: View, epoch: number): boolean {
  const { belief, net } = v
  const { asked, complete, postStateSince, lastAsking } = belief
  if (lastAsking !== undefined && epochAt(net, lastAsking.from) === epoch && isRegular(v)) return true
  if (asked !== undefined && !/^0*$/.test(asked.challenge) && epochAt(net, asked.at) === epoch) return true
  if (complete !== undefined && epochAt(net, complete.askedAt) === epoch) return true
  return belief.postState?.value === 'proving' && postStateSince !== undefined && epochAt(net, postStateSince) === epoch && isRegular(v)
}

/** Why it was to publish in `epoch`; without such a sign nothing was missed that we know of. */
const tookPart = (v: View, epoch: number): boolean =>
  isRegisteredFor(v, epoch) || wasAsked(v, epoch) || (v.belief.atxs.has(epoch - 1) && v.belief.isListed?.value !== false)

const TROUBLES: readonly (readonly [TroubleCode, string])[] = [
  ['drive', 'the drive with its PoS data was away'],
  ['proof-wrong', 'the proofs were invalid'],
  ['nonces-exhausted', 'the proof failed: no nonce gave one'],
  ['node-said', 'the proof failed, as the node says'],
  ['other', 'the proof failed'],
  ['service-down', 'its service did not run'],
  ['not-connected', 'its service was not connected'],
  ['outdated', 'its service worked on an outdated proof'],
  ['data', 'the PoS data is not whole'],
]

interface Cause {
  readonly code: string
  readonly text: string
}

/** What was seen to stand in the way of the proof while the node asked for it, the weightiest first. */
function troublesIn(v: View, epoch: number): readonly Cause[] {
  const { troubles, atxFailed } = v.belief
  const found: Cause[] = TROUBLES.flatMap(([code, words]) => {
    const trouble = troubles.get(code)
    if (trouble === undefined || epochAt(v.net, trouble.at) < epoch || epochAt(v.net, trouble.from) > epoch) return []
    return [{ code, text: trouble.text === undefined ? words : `${words} (${trouble.text})` }]
  })
  const at = atxFailed === undefined ? undefined : epochAt(v.net, atxFailed.at)
  if (atxFailed !== undefined && (at === epoch || at === epoch + 1)) found.push({ code: atxFailed.why, text: atxFailed.text })
  return found
}

/** Never registered: the round of `epoch` began without it. */
function registrationCauses(v: View, epoch: number): readonly Cause[] {
  const { complete, poetTrouble, atxFailed, atxs } = v.belief
  const round = cycleGap(v.net, asEpoch(epoch - 1))
  const inWindow = (at: number): boolean => epochAt(v.net, at) === epoch - 1
  if ((v.world.firstAt ?? v.now) > round.closesAt - v.net.poet.gracePeriodMs) {
    return [{ code: 'unknown', text: 'nobody watched when it was to be registered' }]
  }
  const found: Cause[] = [{ code: 'not-registered', text: 'it was not registered at a PoET in time' }]
  const late = complete?.at ?? atxs.get(epoch - 1)?.at
  if (late !== undefined && inWindow(late) && late > round.closesAt)
    found.push({ code: 'late-before', text: 'the proof before it came after the gap' })
  if (poetTrouble !== undefined && inWindow(poetTrouble.at)) found.push({ code: 'poet', text: poetTrouble.text })
  if (atxFailed !== undefined && inWindow(atxFailed.at)) found.push({ code: atxFailed.why, text: atxFailed.text })
  return found
}

/** The chain of causes, first cause first, as far as it was seen. */
function causesOf(v: View, epoch: number): readonly Cause[] {
  const { complete } = v.belief
  if (complete !== undefined && epochAt(v.net, complete.askedAt) === epoch) {
    return [{ code: 'not-published', text: 'the proof was accepted but no ATX appeared' }, ...troublesIn(v, epoch).slice(-1)]
  }
  if (wasAsked(v, epoch)) {
    const troubles = troublesIn(v, epoch)
    return troubles.length === 0 ? [{ code: 'too-late', text: 'no proof was finished in time' }] : troubles
  }
  if (!isRegisteredFor(v, epoch)) return registrationCauses(v, epoch)
  const failed = troublesIn(v, epoch).filter(({ code }) => code === 'poet' || code === 'expired')
  return failed.length === 0 ? [{ code: 'poet', text: 'no PoET proof came in time' }] : failed
}

/** A whole answer of a synced node after the end lacks the ATX. */
function isListedWithout(v: View, epoch: number, end: number): boolean {
  const absentAt = v.belief.absent.get(epoch)
  return absentAt !== undefined && absentAt >= end && v.world.node.sync?.value.isSynced !== false
}

/** The node asked for the proof until the end: without it there was no ATX. */
function isAskedToTheEnd(v: View, epoch: number, end: number): boolean {
  const { postState, postStateSince, lastAsking, complete } = v.belief
  if (complete !== undefined && epochAt(v.net, complete.askedAt) === epoch) return false
  const asked = postState?.value === 'proving' && postStateSince !== undefined ? { from: postStateSince, to: postState.at } : lastAsking
  return asked !== undefined && epochAt(v.net, asked.from) === epoch && asked.to >= end - v.limits.settle && isRegular(v)
}

/** The next proof has begun to matter: what is lost stays in history. */
function isOverBy(v: View, epoch: number, end: number): boolean {
  const { atxs, complete, postStateSince } = v.belief
  // What a clock that was ahead has stamped lies in the future and says nothing here.
  if (atxs.has(v.epoch) || (complete !== undefined && complete.askedAt >= end && complete.askedAt <= v.now)) return true
  if (v.post === 'proving' && postStateSince !== undefined && postStateSince >= end && postStateSince <= v.now) return true
  return (plannedEpoch(v) ?? 0) > epoch && v.now >= v.due.gapOpens
}

/** Publish end passed without an ATX, and a whole answer after it shows that there is none. */
export const missed: Rule = (v) => {
  const epoch = v.epoch - 1
  if (epoch < 1) return undefined
  const end = publishEnd(v.net, asEpoch(epoch))
  if (v.now < end + v.limits.settle || v.belief.atxs.has(epoch) || !tookPart(v, epoch)) return undefined
  if (isOverBy(v, epoch, end)) return undefined
  if (!isAskedToTheEnd(v, epoch, end) && !isListedWithout(v, epoch, end)) return undefined
  const causes = causesOf(v, epoch)
  const cause = causes.map(({ text }) => text).join('; ')
  const isOn = (plannedEpoch(v) ?? 0) > epoch
  const next = isOn ? 'It is registered for the next round.' : 'It goes on with the next registration.'
  return {
    kind: 'missed',
    ...common(v, {
      sentence: `Epoch ${epoch + 1} earns nothing: no ATX by ${moment(end, v.now)} (${cause}). ${next}`,
      since: end,
      timing: 'lost',
      due: deadlinesOf(v.net, asEpoch(epoch)),
      cause,
      causeCode: `missed/${causes[0]?.code ?? 'unknown'}`,
    }),
  }
}
