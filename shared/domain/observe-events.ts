import type { IdentityId, UnixMs } from './ids.ts'
import type { NodeEvent } from './observation.ts'
import { seen, withIdentity, withNode } from './believe.ts'
import type { IdentityBelief, World } from './world.ts'

type EventOf<E extends NodeEvent['event']> = Extract<NodeEvent, { event: E }>

/** The challenge of an initial proof. */
export const ZERO_CHALLENGE = '0'.repeat(64)

function foldPostStart(belief: IdentityBelief, event: EventOf<'post-start' | 'post-complete'>): IdentityBelief {
  const { challenge, emittedAt } = event
  if (challenge === '' || belief.asked?.challenge === challenge || (belief.asked !== undefined && belief.asked.at > emittedAt))
    return belief
  return { ...belief, asked: { challenge, at: emittedAt } }
}

function foldPostFailed(belief: IdentityBelief, event: EventOf<'post-start' | 'post-complete'>): IdentityBelief {
  const known = belief.failure
  if (known !== undefined && known.source === 'events' && known.at >= event.emittedAt) return belief
  if (known?.source === 'service-log') return belief
  // Its service is busy with another challenge: no proof failed.
  const { run, asked } = belief
  if (run?.challenge !== undefined && asked !== undefined && run.challenge !== asked.challenge) return belief
  const lastEnd = Math.max(belief.complete?.at ?? 0, belief.run?.startedAt ?? 0, belief.retries.at(-1) ?? 0)
  if (event.emittedAt < lastEnd) return belief
  const failure = {
    is: 'failed' as const,
    at: known?.at ?? event.emittedAt,
    source: 'events' as const,
    text: event.help,
    code: 'node-said' as const,
    round: known?.round ?? 1,
  }
  return { ...belief, failure }
}

function foldPostComplete(belief: IdentityBelief, event: EventOf<'post-start' | 'post-complete'>): IdentityBelief {
  const { challenge, emittedAt, failure } = event
  if (failure) return foldPostFailed(belief, event)
  if (challenge === '' || challenge === ZERO_CHALLENGE) {
    if (belief.initial !== undefined && belief.initial.at >= emittedAt) return belief
    return { ...withoutFailure(belief, emittedAt), initial: { at: emittedAt, count: (belief.initial?.count ?? 0) + 1 } }
  }
  if (belief.complete !== undefined && belief.complete.at >= emittedAt) return belief
  const asked = belief.asked
  const matchesAsked = asked === undefined || asked.challenge === challenge
  const count = belief.complete?.challenge === challenge ? belief.complete.count + 1 : 1
  const askedAt = asked?.challenge === challenge ? asked.at : emittedAt
  return { ...withoutFailure(belief, emittedAt), complete: { challenge, at: emittedAt, askedAt, matchesAsked, count } }
}

/** An accepted proof ends what failed before it; the stream also replays what is long past. */
function withoutFailure(belief: IdentityBelief, acceptedAt: UnixMs): IdentityBelief {
  if (belief.failure === undefined || belief.failure.at > acceptedAt) return belief
  const { failure: _failure, ...rest } = belief
  return rest
}

function foldRegistered(belief: IdentityBelief, event: EventOf<'registered-in-poet'>): IdentityBelief {
  const { poet, roundId, emittedAt } = event
  if (belief.registrations.some((known) => known.poet === poet && known.roundId === roundId)) return belief
  const { initialInvalid: _invalid, poetTrouble: _trouble, ...rest } = belief
  return { ...rest, registrations: [...belief.registrations, { poet, roundId, at: emittedAt }].slice(-32) }
}

/** What one event of the stream says of its identity. */
function foldOwnEvent(world: World, belief: IdentityBelief, at: UnixMs, event: NodeEvent): IdentityBelief {
  switch (event.event) {
    case 'post-start':
      return foldPostStart(belief, event)
    case 'post-complete':
      return foldPostComplete(belief, event)
    case 'registered-in-poet':
      return foldRegistered(belief, event)
    case 'waiting-for-registration':
      if (belief.waitsForWindow !== undefined && belief.waitsForWindow.at >= event.emittedAt) return belief
      return { ...belief, waitsForWindow: { publishEpoch: event.publishEpoch, opensAt: event.windowOpensAt, at: event.emittedAt } }
    case 'waiting-for-round-end':
      if (belief.waitsForRound !== undefined && belief.waitsForRound.at >= event.emittedAt) return belief
      return { ...belief, waitsForRound: { publishEpoch: event.publishEpoch, endsAt: event.roundEndsAt, at: event.emittedAt } }
    case 'best-proof-selected':
      return { ...belief, hasPoetProof: { roundId: event.roundId, at: event.emittedAt } }
    case 'atx-published':
      if (event.failure) return { ...belief, atxFailed: { why: 'other', text: event.help, at: event.emittedAt } }
      // The log's own line does not name the epoch.
      if (belief.saidPublished?.epoch !== undefined && belief.saidPublished.at >= event.emittedAt) return belief
      return { ...belief, saidPublished: { epoch: event.publishEpoch, atxId: event.atxId, at: event.emittedAt } }
    case 'eligibilities':
      if (belief.eligible !== undefined && belief.eligible.at > event.emittedAt) return belief
      return { ...belief, eligible: { epoch: event.epoch, layers: event.layers, at: event.emittedAt } }
    case 'malfeasance':
      return {
        ...belief,
        ban:
          belief.ban?.value.isBanned === true
            ? belief.ban
            : seen(world, at, 'events', { isBanned: true, reason: event.help || 'malfeasance' }),
      }
    default:
      return belief
  }
}

const smesherOf = (event: NodeEvent): IdentityId | undefined => ('identity' in event ? event.identity : undefined)

/** Folds one event. The stream replays its last 100 entries after each connection: repeats change nothing. */
export function foldNodeEvent(before: World, at: UnixMs, event: NodeEvent): World {
  const world = withNode(before, { ...before.node, heardAt: at })
  const id = smesherOf(event)
  if (id !== undefined) return withIdentity(world, id, (belief) => foldOwnEvent(world, belief, at, event))
  if (event.event === 'poet-proof-downloaded') return withNode(world, { ...world.node, poetProofAt: event.emittedAt })
  if (event.event === 'malfeasance') return withNode(world, { ...world.node, namelessMalfeasanceAt: event.emittedAt })
  return world
}
