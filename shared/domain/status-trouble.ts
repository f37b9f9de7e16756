import { nextRetry } from './policy.ts'
import { common, neededWords, type Rule } from './status-rule.ts'
import { timingOf } from './timing.ts'
import type { View } from './view.ts'
import { moment } from './words.ts'

const untilThen = (v: View): ReturnType<typeof timingOf> => timingOf(v.net, v.now, v.due, undefined)

/** Accepted initial proofs that the node then finds invalid, again and again. */
function flappingRound(v: View): number | undefined {
  const { initial, initialInvalid, registrations, atxs, complete } = v.belief
  const from = initial?.at ?? initialInvalid?.at
  if (from === undefined || atxs.size > 0 || complete !== undefined) return undefined
  if (registrations.some((known) => known.at > from)) return undefined
  const waits = v.belief.waitsForWindow
  const rounds = Math.max(initial?.count ?? 0, initialInvalid?.count ?? 0)
  const lastInvalid = initialInvalid?.at ?? 0
  if (waits !== undefined && waits.at >= Math.max(from, lastInvalid)) return undefined
  if (initialInvalid !== undefined) return Math.max(1, rounds)
  return (initial?.count ?? 0) >= 3 || ((initial?.count ?? 0) === 2 && v.post === 'proving') ? rounds : undefined
}

/** Proofs are made and found wrong; it goes on like this for ever. */
export const failing: Rule = (v) => {
  const flapping = flappingRound(v)
  if (flapping !== undefined) {
    const at = v.belief.initialInvalid?.at ?? v.belief.initial?.at ?? v.now
    return {
      kind: 'failing',
      round: flapping,
      ...common(v, {
        sentence: `The node finds its initial proof invalid (round ${flapping}) and asks anew, for ever. Compare the service's parameters with the network's, then verify the PoS data.`,
        since: at,
        timing: untilThen(v),
        cause: v.belief.initialInvalid?.text ?? 'accepted initial proofs are not used',
        causeCode: 'initial-post-invalid',
      }),
    }
  }
  const again = v.belief.complete
  if (again !== undefined && again.count > 1 && v.post === 'proving') {
    const sentence = `The node threw away ${again.count} accepted proofs and asks for the same again. ${neededWords(v)} Verify the PoS data.`
    return {
      kind: 'failing',
      round: again.count,
      ...common(v, {
        sentence,
        since: again.at,
        timing: untilThen(v),
        cause: 'accepted proofs are thrown away',
        causeCode: 'proof-thrown-away',
      }),
    }
  }
  const failure = v.belief.failure
  if (failure?.is !== 'rejected' || v.post === 'idle') return undefined
  if (v.post === undefined && v.operator === undefined) return undefined
  return {
    kind: 'failing',
    round: failure.round,
    ...common(v, {
      sentence: `Its proof was made and is wrong (round ${failure.round}): the PoS data is damaged or the parameters are not the network's. It repeats for ever. ${neededWords(v)} Verify the PoS data.`,
      since: failure.at,
      timing: untilThen(v),
      cause: failure.text,
      causeCode: failure.code,
    }),
  }
}

/** No proof came out; the service stays like this until it is restarted. */
export const failed: Rule = (v) => {
  const { failure, run } = v.belief
  const isDone = v.operator?.is === 'done'
  if (failure?.is === 'failed' && (isDone || (v.operator === undefined && v.post === 'proving'))) {
    if (run?.foundAt !== undefined && run.foundAt > failure.at) return undefined
    const restartAt = nextRetry(v)
    const plan =
      restartAt === undefined
        ? 'Find the cause, then restart the service.'
        : `It is started anew ${moment(Math.max(restartAt, v.now), v.now)}.`
    const what = failure.code === 'nonces-exhausted' ? 'No nonce gave a proof' : 'The proof failed'
    return {
      kind: 'failed',
      ...(restartAt === undefined ? {} : { restartAt }),
      ...common(v, {
        sentence: `${what}; the service does nothing more until it is restarted. ${neededWords(v)} ${plan}`,
        since: failure.at,
        timing: untilThen(v),
        cause: failure.text,
        causeCode: failure.code,
      }),
    }
  }
  if (!isDone || run?.doneAt === undefined || run.foundAt !== undefined || v.post !== 'proving') return undefined
  // A node that was away, or has just asked, fetches it at its next question.
  const waited = v.now - v.world.driftMs - Math.max(run.doneAt, v.belief.postStateSteady ?? 0, v.world.node.postUpSteady ?? 0)
  const limit = run.isLogged ? v.limits.doneGrace : v.limits.fetch
  if (waited < limit) return undefined
  return {
    kind: 'failed',
    ...common(v, {
      sentence: `Its service has ended the proof without one that the node could fetch. ${neededWords(v)} Restart the service.`,
      since: v.now - waited,
      timing: untilThen(v),
      cause: 'the service says done, the node goes on asking',
      causeCode: 'done-not-fetched',
    }),
  }
}

export const notKnown: Rule = (v) => {
  const listed = v.belief.isListed
  if (listed === undefined || listed.value || v.world.node.postStatesAt?.steady !== listed.steady) return undefined
  if (v.now - v.world.driftMs - listed.steady > v.limits.postStates) return undefined
  return {
    kind: 'not-known-to-node',
    ...common(v, {
      sentence: `The node does not know this identity: its key is not in the node, or the node was not restarted since. ${neededWords(v)}`,
      since: listed.at,
      causeCode: 'key/not-loaded',
    }),
  }
}
