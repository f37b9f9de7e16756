import { epochAt, layerAt } from './network.ts'
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

/** Node and keeper look at one clock, or at two that agree within seconds. */
const FUTURE_MS = 10_000

/** Accepted by the node for this epoch's challenge, and the node asks for nothing more. */
export const proved: Rule = (v) => {
  const complete = v.belief.complete
  if (complete === undefined || v.post !== 'idle' || !complete.matchesAsked) return undefined
  if (epochAt(v.net, complete.askedAt) !== v.epoch) return undefined
  // Stamped by a clock that was ahead: which epoch it was for cannot be told from it.
  if (complete.at > v.now + FUTURE_MS) return undefined
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
