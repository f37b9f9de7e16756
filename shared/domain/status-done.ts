import { asEpoch } from './ids.ts'
import { epochAt, layerAt, publishEnd } from './network.ts'
import { common, type Rule } from './status-rule.ts'
import { deadlinesOf, timingOfDone } from './timing.ts'
import type { View } from './view.ts'
import { moment, plural } from './words.ts'

/** Publish epoch that this identity is known to take part in, if any; the latest. */
export function plannedEpoch(v: View): number | undefined {
  const rounds = v.belief.registrations.map((known) => Number.parseInt(known.roundId, 10) + 1).filter((epoch) => Number.isFinite(epoch))
  const waits = v.belief.waitsForRound?.publishEpoch
  const all = waits === undefined ? rounds : [...rounds, waits]
  return all.length === 0 ? undefined : Math.max(...all)
}

/** Known to be beyond its initial proof: an identity without any ATX misses nothing by proving late. */
export const isRegular = ({ belief }: View): boolean =>
  belief.registrations.length > 0 || belief.atxs.size > 0 || belief.complete !== undefined || /[1-9a-f]/.test(belief.asked?.challenge ?? '')

/** Why it was to publish in `epoch`; without such a sign nothing was missed that we know of. */
function tookPart(v: View, epoch: number): boolean {
  const { belief, net } = v
  if (belief.registrations.some((known) => Number.parseInt(known.roundId, 10) === epoch - 1)) return true
  if (belief.waitsForRound?.publishEpoch === epoch) return true
  const { asked, complete, postStateSince, lastAsking } = belief
  if (lastAsking !== undefined && epochAt(net, lastAsking.from) === epoch && isRegular(v)) return true
  if (asked !== undefined && !/^0*$/.test(asked.challenge) && epochAt(net, asked.at) === epoch) return true
  if (complete !== undefined && epochAt(net, complete.askedAt) === epoch) return true
  return belief.postState?.value === 'proving' && postStateSince !== undefined && epochAt(net, postStateSince) === epoch && isRegular(v)
}

function missedCause(v: View, epoch: number): { cause: string; causeCode: string } {
  const { failure, atxFailed, complete, dataTrouble } = v.belief
  const inEpoch = (at: number): boolean => epochAt(v.net, at) === epoch || epochAt(v.net, at) === epoch + 1
  const chain: string[] = []
  let causeCode = 'missed/unknown'
  if (failure !== undefined && inEpoch(failure.at)) {
    chain.push(failure.is === 'rejected' ? 'the proofs were invalid' : 'the proof failed')
    causeCode = `missed/${failure.code}`
  }
  if (dataTrouble !== undefined && inEpoch(dataTrouble.at)) chain.push('the PoS data is not whole')
  if (complete !== undefined && epochAt(v.net, complete.askedAt) === epoch) {
    chain.push('the proof was accepted but no ATX appeared')
    causeCode = 'missed/not-published'
  }
  if (atxFailed !== undefined && inEpoch(atxFailed.at)) {
    chain.push(atxFailed.text)
    if (causeCode === 'missed/unknown') causeCode = `missed/${atxFailed.why}`
  }
  return { cause: chain.join('; ') || 'no proof was finished in time', causeCode }
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

/** Publish end passed without an ATX, and a whole answer after it shows that there is none. */
export const missed: Rule = (v) => {
  const epoch = v.epoch - 1
  if (epoch < 1) return undefined
  const end = publishEnd(v.net, asEpoch(epoch))
  if (v.now < end + v.limits.settle || v.belief.atxs.has(epoch) || !tookPart(v, epoch)) return undefined
  if ((plannedEpoch(v) ?? 0) > epoch || v.belief.atxs.has(v.epoch)) return undefined
  if (!isAskedToTheEnd(v, epoch, end) && !isListedWithout(v, epoch, end)) return undefined
  const why = missedCause(v, epoch)
  return {
    kind: 'missed',
    ...common(v, {
      sentence: `Epoch ${epoch + 1} earns nothing: no ATX by ${moment(end, v.now)} (${why.cause}). It goes on with the next registration.`,
      since: end,
      timing: 'lost',
      due: deadlinesOf(v.net, asEpoch(epoch)),
      ...why,
    }),
  }
}

/** Confirmed by `Activation.List`, for the current publish epoch. */
export const published: Rule = (v) => {
  const atx = v.belief.atxs.get(v.epoch)
  if (atx === undefined || v.post !== 'idle') return undefined
  const due = deadlinesOf(v.net, v.epoch)
  const complete = v.belief.complete
  const provedAt = complete !== undefined && epochAt(v.net, complete.askedAt) === v.epoch ? complete.at : undefined
  const timing = timingOfDone(due, provedAt ?? atx.at)
  const proved = provedAt === undefined ? '' : `Proved ${moment(provedAt, v.now)}, `
  const tail = timing === 'late' ? ' It came after the gap end: the next PoET round is missed.' : ''
  return {
    kind: 'published',
    atxId: atx.atxId,
    publishedAt: atx.at,
    ...(provedAt === undefined ? {} : { provedAt }),
    ...common(v, {
      sentence: `${proved}${proved === '' ? 'Published' : 'published'}: it earns epoch ${v.epoch + 1}.${tail}`,
      since: atx.at,
      timing: provedAt === undefined && timing === 'late' ? 'unknown' : timing,
      due,
    }),
  }
}

/** Accepted by the node for this epoch's challenge, and the node asks for nothing more. */
export const proved: Rule = (v) => {
  const complete = v.belief.complete
  if (complete === undefined || v.post !== 'idle' || !complete.matchesAsked) return undefined
  if (epochAt(v.net, complete.askedAt) !== v.epoch) return undefined
  const asked = v.belief.asked
  if (asked !== undefined && asked.at > complete.at && asked.challenge !== complete.challenge) return undefined
  const due = deadlinesOf(v.net, v.epoch)
  const timing = timingOfDone(due, complete.at)
  const isDoubtful = isPublicationFalse(v)
  const next = isDoubtful
    ? 'The node said that it published, but the ATX is not in its list: it is not published.'
    : `The node publishes the ATX; it counts until ${moment(due.publishEnd ?? due.gapEnd, v.now)}.`
  return {
    kind: 'proved',
    provedAt: complete.at,
    ...common(v, {
      sentence: `Proved ${moment(complete.at, v.now)}. ${next}`,
      since: complete.at,
      timing,
      due,
      ...(isDoubtful ? { cause: 'the node refused its own ATX', causeCode: 'atx/not-confirmed' } : {}),
    }),
  }
}

/** "atx published" was said, time enough passed, and a whole answer since then lacks it. */
export function isPublicationFalse(v: View): boolean {
  const said = v.belief.saidPublished
  if (said === undefined) return false
  const epoch = said.epoch ?? epochAt(v.net, said.at)
  if (v.belief.atxs.has(epoch) || epoch !== v.epoch) return false
  const absentAt = v.belief.absent.get(epoch)
  return absentAt !== undefined && absentAt > said.at + Math.min(v.limits.publishedLag, 20_000)
}

/** Layers of the current epoch, from the ATX of the epoch before. */
export const eligible: Rule = (v) => {
  const { eligible: layers, atxs } = v.belief
  if (layers === undefined || layers.epoch !== v.epoch || v.post !== 'idle' || v.operator?.is !== 'idle') return undefined
  const atx = atxs.get(v.epoch - 1)
  if (atx === undefined || v.now >= v.due.gapOpens) return undefined
  const current = layerAt(v.net, v.now)
  const open = layers.layers.filter((entry) => entry.layer >= current)
  const next = open[0]?.layer
  const count = layers.layers.length
  const rest = next === undefined ? 'all of them past' : `next in layer ${next}`
  return {
    kind: 'eligible',
    atxId: atx.atxId,
    layers: count,
    ...(next === undefined ? {} : { nextLayer: next }),
    ...common(v, {
      sentence: `Earns in ${plural(count, 'layer')} of epoch ${v.epoch}, ${rest}. Next proof from ${moment(v.due.gapOpens, v.now)}.`,
      since: layers.at,
    }),
  }
}
