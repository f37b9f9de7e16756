import type { IdentityId, UnixMs } from './ids.ts'
import type { NodeLogFact } from './log-facts.ts'
import { byPrefix, seen, withIdentity, withNode, withPostState } from './believe.ts'
import type { IdentityBelief, NodeBelief, World } from './world.ts'

function foldOfNode(world: World, node: NodeBelief, at: UnixMs, fact: NodeLogFact): NodeBelief {
  switch (fact.fact) {
    case 'version':
      return { ...node, version: seen(world, at, 'node-log', fact.version) }
    case 'start-step': {
      const startStep = { step: fact.step, ...(fact.detail === undefined ? {} : { detail: fact.detail }), at }
      if (fact.step !== 'welcome') return { ...node, startStep }
      const { ended: _ended, stoppingAt: _stopping, ...rest } = node
      return { ...rest, startStep }
    }
    case 'poet-slow':
      return { ...node, poetSlow: { text: fact.text, at } }
    case 'app-started': {
      const { poetSlow: _slow, startStep: _step, ended: _ended, ...rest } = node
      return rest
    }
    case 'start-failed':
    case 'fatal':
      return { ...node, ended: node.ended ?? { text: fact.text, code: fact.code, at } }
    case 'stopping':
    case 'stopped':
      return { ...node, stoppingAt: at }
    case 'no-coinbase':
      return { ...node, noCoinbaseAt: at }
    case 'clock-off':
      return { ...node, clockOff: { text: fact.text, at } }
    case 'initial-proof-failed':
      return { ...node, initialFailed: { text: fact.text, at } }
    case 'twin-sign':
      return { ...node, twin: { sign: fact.sign, text: fact.text, at } }
    case 'got-poet-proof':
      return { ...node, poetProofAt: at }
    default:
      return node
  }
}

/** Facts about one identity. Where the node also sends an event, the event is what counts (it names the challenge). */
function foldOfIdentity(world: World, belief: IdentityBelief, at: UnixMs, fact: NodeLogFact): IdentityBelief {
  switch (fact.fact) {
    case 'post-state':
      return withPostState(belief, seen(world, at, 'node-log', fact.state))
    case 'service-registered':
      return { ...belief, link: { is: 'connected', text: 'the node registered the service', at } }
    case 'service-missing':
      if (belief.link?.is === 'refused') return belief
      return { ...belief, link: { is: 'missing', text: 'the node waits for the service', at } }
    case 'challenge-submitted': {
      const { poetTrouble: _trouble, ...rest } = belief
      const { poet = '', round } = fact
      if (round === undefined || belief.registrations.some((known) => known.roundId === round)) return rest
      return { ...rest, registrations: [...belief.registrations, { poet, roundId: round, at }].slice(-32) }
    }
    case 'poet-registration-failed':
      return { ...belief, poetTrouble: { text: fact.text, at } }
    case 'got-poet-proof':
      return { ...belief, hasPoetProof: { at } }
    case 'initial-post-invalid':
      return { ...belief, initialInvalid: { at, count: (belief.initialInvalid?.count ?? 0) + 1, text: fact.text } }
    case 'atx-failed':
      // What the node says when it drops a challenge that was missed: a consequence, never the cause.
      if (/challenge is stale/i.test(fact.text)) return belief
      return { ...belief, atxFailed: { why: fact.why, text: fact.text, at } }
    case 'atx-published':
      if (belief.saidPublished !== undefined && belief.saidPublished.at >= at - 5_000) return belief
      return { ...belief, saidPublished: { ...(fact.atxId === undefined ? {} : { atxId: fact.atxId }), at } }
    case 'twin-sign':
      return { ...belief, twin: { sign: fact.sign, text: fact.text, at } }
    default:
      return belief
  }
}

function subjectOf(world: World, fact: NodeLogFact): IdentityId | undefined {
  if (fact.fact === 'post-state') return fact.identity
  return 'idPrefix' in fact ? byPrefix(world, fact.idPrefix) : undefined
}

/** Folds one fact of the node's log. A line whose id is not one of ours, or could be of several, says nothing of any. */
export function foldNodeLog(world: World, seenAt: UnixMs, fact: NodeLogFact): World {
  const at = fact.loggedAt ?? seenAt
  const id = subjectOf(world, fact)
  if (id !== undefined) return withIdentity(world, id, (belief) => foldOfIdentity(world, belief, at, fact))
  if (fact.fact === 'twin-sign' && fact.idPrefix !== undefined) return world
  const node = foldOfNode(world, world.node, at, fact)
  return withNode(world, node)
}
