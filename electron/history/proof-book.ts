import { currentGap, epochAt, type NetworkTiming } from '../../shared/domain/network.ts'
import type { UnixMs } from '../../shared/domain/ids.ts'
import type { NodeEvent, Observation } from '../../shared/domain/observation.ts'
import type { ServiceLogFact } from '../../shared/domain/log-facts.ts'
import type { ProofRecord } from '../../shared/ipc/contract.ts'
import { isEnd, withPosition, type Track } from './proof-track.ts'

/** Proofs in progress and the last one of each identity. Immutable: a failed write leaves the old book valid. */
export type ProofBook = ReadonlyMap<string, Track>

export interface Folded {
  readonly book: ProofBook
  /** Tracks to store: a begun, ended or advanced proof. `isMinor`: only figures moved, storing can wait. */
  readonly changed: readonly { readonly track: Track; readonly isMinor: boolean }[]
}

/** Publish epoch that a proof begun at `at` serves; −1 while the network's timing is unknown. */
export function proofEpoch(net: NetworkTiming | undefined, at: UnixMs): number {
  if (net === undefined) return -1
  const gap = currentGap(net, at)
  return gap.isOpen ? gap.epoch : epochAt(net, at)
}

/** An initial proof that the node finds invalid is asked for again within a layer or two. */
const SAME_PROOF_MS = 30 * 60_000

type Step = readonly { readonly track: Track; readonly isMinor?: boolean }[]

/**
 * Folds one observation into the proof records.
 *
 * Only an accepted `post_complete` makes `accepted`; `done` at the operator says nothing. `rejected` = the service's own
 * check or the node refused it; `failed` = it could not be made; `lost` = the work ended with the process or was thrown away.
 * Node events must be given once: the node replays its last 100 at every subscription.
 */
export function foldProof(book: ProofBook, seen: Observation, net: NetworkTiming | undefined): Folded {
  const step = stepOf(book, seen, net)
  if (step.length === 0) return { book, changed: [] }
  const next = new Map(book)
  for (const { track } of step) next.set(track.record.identity, track)
  return { book: next, changed: step.map(({ track, isMinor }) => ({ track, isMinor: isMinor ?? false })) }
}

function stepOf(book: ProofBook, seen: Observation, net: NetworkTiming | undefined): Step {
  switch (seen.kind) {
    case 'node-event':
      return seen.event.event === 'post-start' || seen.event.event === 'post-complete'
        ? onPostEvent(book.get(seen.event.identity), seen.event, net)
        : []
    case 'service-log':
      return onLog({ before: book.get(seen.identity), identity: seen.identity, fact: seen.fact, at: seen.fact.loggedAt ?? seen.at, net })
    case 'operator': {
      if (seen.answer.is !== 'proving') return []
      const before = book.get(seen.identity)
      const isNew = before === undefined || before.record.outcome !== 'running'
      const track = isNew ? begin(before, { identity: seen.identity, at: seen.at, net }) : before
      const after = withPosition(track, seen.answer, seen.at)
      return after === before ? [] : [{ track: after, isMinor: !isNew && after.record.passes === track.record.passes }]
    }
    case 'service-process': {
      const before = book.get(seen.identity)
      const { state } = seen
      if (before?.record.outcome !== 'running') return []
      if (state.at === 'stopped') return [{ track: end(before, 'lost', seen.at, 'its service was stopped') }]
      if (!isEnd(state) || state.last.at < before.record.startedAt) return []
      return [{ track: end(before, 'lost', state.last.at, state.last.cause ?? 'its service ended') }]
    }
    case 'node-log':
      return seen.fact.fact === 'initial-post-invalid' ? refuse(book, seen.fact.idPrefix, seen.fact.loggedAt ?? seen.at) : []
    default:
      return []
  }
}

function onPostEvent(
  before: Track | undefined,
  event: NodeEvent & { readonly event: 'post-start' | 'post-complete' },
  net: NetworkTiming | undefined,
): Step {
  const running = before?.record.outcome === 'running' ? before : undefined
  const at = event.emittedAt
  if (event.event === 'post-start') {
    if (event.failure || (running === undefined && before !== undefined && at < (before.record.finishedAt ?? 0))) return []
    const begun = { identity: event.identity, at, net, challenge: event.challenge }
    if (running === undefined) return [{ track: begin(before, begun) }]
    if (running.challenge === undefined || running.challenge === event.challenge)
      return [{ track: { ...running, challenge: event.challenge } }]
    if (at < running.record.startedAt) return []
    return [
      { track: end(running, 'lost', at, 'the node asked for another proof') },
      { track: { ...begin(running, begun), logChallenge: running.logChallenge } },
    ]
  }
  if (event.failure)
    return running !== undefined && at >= running.record.startedAt ? [{ track: end(running, 'failed', at, event.help) }] : []
  if (running !== undefined && at >= running.record.startedAt) return [{ track: end(running, 'accepted', at) }]
  // It was begun and finished out of our sight; the running one, if any, is a later proof and stays the current one.
  const missed = end(
    begin(undefined, { identity: event.identity, at, net, challenge: event.challenge }),
    'accepted',
    at,
    'its start was not seen',
  )
  return running === undefined ? [{ track: missed }] : [{ track: missed }, { track: running, isMinor: true }]
}

interface LogStep {
  readonly before: Track | undefined
  readonly identity: string
  readonly fact: ServiceLogFact
  readonly at: UnixMs
  readonly net: NetworkTiming | undefined
}

function onLog(step: LogStep): Step {
  const { before, fact, at } = step
  // A log that is read again from its start tells nothing new.
  if (before?.lastLogAt !== undefined && fact.loggedAt !== undefined && fact.loggedAt < before.lastLogAt) return []
  if (fact.fact === 'proof-started') return onProofStarted(step, fact.challenge)
  if (before === undefined) return []
  const track = { ...before, lastLogAt: fact.loggedAt ?? before.lastLogAt }
  if (track.record.outcome !== 'running') {
    const isBetterCause = fact.fact === 'proof-failed' && fact.why !== 'different-challenge' && track.record.outcome === 'failed'
    return isBetterCause && !track.hasLogCause
      ? [{ track: { ...track, hasLogCause: true, record: { ...track.record, cause: fact.text } } }]
      : []
  }
  const isOther = track.logChallenge !== undefined && track.challenge !== undefined && track.logChallenge !== track.challenge
  if (isOther) return []
  switch (fact.fact) {
    case 'pow-started': {
      const width = fact.nonces.end - fact.nonces.start
      const pass = width > 0 ? Math.floor(fact.nonces.start / width) + 1 : 1
      return [{ track: { ...track, record: { ...track.record, passes: Math.max(pass, track.record.passes) } } }]
    }
    case 'pow-finished':
      return [{ track: { ...track, record: { ...track.record, powMs: (track.record.powMs ?? 0) + fact.seconds * 1000 } } }]
    case 'reading-finished':
      return [
        {
          track: {
            ...track,
            hasLogRead: true,
            record: { ...track.record, readMs: (track.hasLogRead ? (track.record.readMs ?? 0) : 0) + fact.seconds * 1000 },
          },
        },
      ]
    case 'proof-rejected':
      return [{ track: end(track, 'rejected', at, fact.text) }]
    case 'proof-failed':
      return fact.why === 'different-challenge' ? [] : [{ track: { ...end(track, 'failed', at, fact.text), hasLogCause: true } }]
    default:
      return []
  }
}

function onProofStarted(step: LogStep, challenge: string): Step {
  const { before, fact, at } = step
  const seenAt = fact.loggedAt
  if (before?.logChallenge === challenge && seenAt !== undefined && before.lastLogAt === seenAt) return []
  const fresh = (): Track => ({
    ...begin(before, { identity: step.identity, at, net: step.net, challenge }),
    logChallenge: challenge,
    lastLogAt: seenAt,
  })
  if (before?.record.outcome !== 'running') {
    const isOld = before?.record.finishedAt !== undefined && at + 1000 < before.record.finishedAt
    if (isOld) return []
    const refused = asRefused(before, challenge, at)
    return refused === undefined ? [{ track: fresh() }] : [{ track: refused }, { track: fresh() }]
  }
  if (before.logChallenge === undefined && (before.challenge === undefined || before.challenge === challenge))
    return [{ track: { ...before, challenge, logChallenge: challenge, lastLogAt: seenAt ?? before.lastLogAt } }]
  if (before.logChallenge === undefined) return [{ track: { ...before, logChallenge: challenge, lastLogAt: seenAt ?? before.lastLogAt } }]
  // A service that works on an older challenge ends it and then begins what the node asked for: the same record goes on.
  if (before.challenge === challenge && before.logChallenge !== challenge)
    return [{ track: { ...before, logChallenge: challenge, lastLogAt: seenAt ?? before.lastLogAt } }]
  return [{ track: end(before, 'lost', at, 'the service began again') }, { track: fresh() }]
}

/** Asked for the same proof again right after it was taken: the node did not keep it, though it never said so to us. */
function asRefused(before: Track | undefined, challenge: string, at: UnixMs): Track | undefined {
  if (before?.record.outcome !== 'accepted' || before.challenge !== challenge) return undefined
  if (at - (before.record.finishedAt ?? 0) > SAME_PROOF_MS) return undefined
  return { ...before, record: { ...before.record, outcome: 'rejected', cause: 'the node asked for the same proof again' } }
}

/** The node took the proof and then found it invalid; the log names the identity by a prefix, or not at all. */
function refuse(book: ProofBook, idPrefix: string | undefined, at: UnixMs): Step {
  const fits = [...book.values()].filter(
    ({ record }) =>
      record.outcome === 'accepted' &&
      Math.abs(at - (record.finishedAt ?? 0)) < 120_000 &&
      (idPrefix === undefined || record.identity.startsWith(idPrefix.toLowerCase())),
  )
  const [only] = fits
  if (only === undefined || fits.length > 1) return []
  return [{ track: { ...only, record: { ...only.record, outcome: 'rejected', cause: 'the node found the proof invalid' } } }]
}

function begin(
  before: Track | undefined,
  begun: { readonly identity: string; readonly at: UnixMs; readonly net: NetworkTiming | undefined; readonly challenge?: string },
): Track {
  const record: ProofRecord = {
    identity: begun.identity,
    epoch: proofEpoch(begun.net, begun.at),
    startedAt: begun.at,
    outcome: 'running',
    passes: 0,
  }
  return { record, challenge: begun.challenge, logChallenge: undefined, lastLogAt: before?.lastLogAt, readBytes: 0, readMs: 0 }
}

function end(track: Track, outcome: ProofRecord['outcome'], at: UnixMs, cause?: string): Track {
  return {
    ...track,
    record: { ...track.record, outcome, finishedAt: Math.max(at, track.record.startedAt), ...(cause === undefined ? {} : { cause }) },
  }
}
