import { assertNever } from './fault.ts'
import type { UnixMs } from './ids.ts'
import type { ServiceLogFact } from './log-facts.ts'
import type { OperatorAnswer } from './observation.ts'
import { endRun, enterPhase, newRun, passOf } from './observe-run.ts'
import type { Failure, IdentityBelief, World } from './world.ts'

type FactOf<F extends ServiceLogFact['fact']> = Extract<ServiceLogFact, { fact: F }>

/** A run that only the operator told of so far belongs to the log's next start when it began this recently. */
const SAME_RUN_MS = 20_000

function foldProofStarted(world: World, belief: IdentityBelief, at: UnixMs, challenge: string): IdentityBelief {
  const asked = belief.asked?.challenge === challenge ? {} : { asked: { challenge, at } }
  // A proof that was thrown away because the node had moved on to another challenge was no failure of the data.
  const wasOutdated = belief.failure?.is === 'rejected' && belief.failure.challenge !== undefined && belief.failure.challenge !== challenge
  const { failure, ...rest } = belief
  // A failed service never begins again by itself: whoever restarted it, the failure is over.
  const isOver = wasOutdated || failure === undefined || failure.is === 'failed'
  const kept: IdentityBelief = isOver ? rest : { ...rest, failure }
  const run = kept.run
  if (run !== undefined && (run.challenge === challenge || run.challenge === undefined) && run.doneAt === undefined && !run.isLogged) {
    if (at - run.startedAt < SAME_RUN_MS) return { ...kept, ...asked, run: { ...run, challenge, isLogged: true } }
  }
  const ended = endRun(kept)
  return { ...ended, ...asked, run: newRun(world, at, { challenge, isLogged: true }) }
}

function fail(belief: IdentityBelief, at: UnixMs, more: Pick<Failure, 'is' | 'text' | 'code'>): IdentityBelief {
  const before = belief.failure?.is === more.is ? belief.failure : undefined
  const challenge = (belief.run ?? belief.lastRun)?.challenge ?? before?.challenge
  const isSameRun = before !== undefined && more.is === 'failed'
  const failure: Failure = {
    ...more,
    at: isSameRun ? before.at : at,
    source: 'service-log',
    round: isSameRun ? before.round : (before?.round ?? 0) + 1,
    ...(challenge === undefined ? {} : { challenge }),
  }
  return { ...belief, failure }
}

/** The service's own check passed: its data is good, whatever was found before. */
function foldValid(belief: IdentityBelief): IdentityBelief {
  const { failure, ...rest } = belief
  const kept: IdentityBelief = failure === undefined || failure.is === 'rejected' ? rest : belief
  return kept.run === undefined ? kept : { ...kept, run: { ...kept.run, isValid: true } }
}

function foldRejected(belief: IdentityBelief, at: UnixMs, text: string): IdentityBelief {
  const { asked } = belief
  // The operator may have said "idle" before this line was read.
  const run = belief.run ?? belief.lastRun
  const wasOutdated = run?.challenge !== undefined && asked !== undefined && asked.challenge !== run.challenge
  return endRun(wasOutdated ? belief : fail(belief, at, { is: 'rejected', text, code: 'proof-wrong' }))
}

function foldProofFailed(world: World, belief: IdentityBelief, at: UnixMs, fact: FactOf<'proof-failed'>): IdentityBelief {
  if (fact.why !== 'different-challenge') {
    return fail(belief, at, { is: 'failed', text: fact.text, code: fact.why === 'nonces-exhausted' ? 'nonces-exhausted' : 'other' })
  }
  const { current, requested } = fact
  const asked = requested === undefined || belief.asked?.challenge === requested ? belief.asked : { challenge: requested, at }
  const run = belief.run ?? newRun(world, at, { isLogged: true })
  return {
    ...belief,
    ...(asked === undefined ? {} : { asked }),
    run: { ...run, ...(current === undefined ? {} : { challenge: current }) },
  }
}

function foldLink(belief: IdentityBelief, at: UnixMs, fact: FactOf<'connect-failed' | 'disconnected'>): IdentityBelief {
  const isRefused =
    fact.why === 'no-coinbase' ||
    fact.why === 'already-registered' ||
    fact.why === 'wrong-listener' ||
    fact.why === 'not-grpc' ||
    fact.why === 'scheme-missing' ||
    fact.why === 'unresolvable'
  const link = { is: isRefused ? ('refused' as const) : ('lost' as const), why: fact.why, text: fact.text, at }
  return { ...belief, link, ...(fact.why === 'already-registered' ? { duplicateAt: at } : {}) }
}

/** A new process: what the old one did or failed to do is gone with it. */
function restarted(belief: IdentityBelief, at: UnixMs): IdentityBelief {
  const { failure, startError: _error, ...rest } = endRun(belief)
  if (failure === undefined || failure.at > at) return belief.run === undefined ? belief : endRun(belief)
  const isCounted = (rest.retries.at(-1) ?? 0) > failure.at
  return isCounted ? rest : { ...rest, retries: [...rest.retries, at].slice(-12) }
}

/** The log tells of something newer than the operator's last answer, which holds no more. */
function overtaken(world: World, belief: IdentityBelief, seenAt: UnixMs, is: OperatorAnswer['is']): IdentityBelief {
  const { operator, ...rest } = belief
  if (operator?.value.is !== is || operator.source !== 'operator' || operator.at > seenAt + 1_000) return belief
  return { ...rest, operatorSince: seenAt - world.driftMs }
}

/** What one entry of the service's log changes. `at` of the entry itself orders; it is that of the observation when absent. */
export function foldServiceLog(world: World, before: IdentityBelief, seenAt: UnixMs, fact: ServiceLogFact): IdentityBelief {
  const at = fact.loggedAt ?? seenAt
  const run = before.run
  const belief = run === undefined || run.isLogged ? before : { ...before, run: { ...run, isLogged: true } }
  const logged = belief.run
  switch (fact.fact) {
    case 'operator-running':
      return overtaken(world, restarted(before, at), seenAt, 'none')
    case 'affinity-failed':
      return before
    case 'connect-failed':
    case 'disconnected':
      return foldLink(before, at, fact)
    case 'metadata-sent': {
      const { startError: _error, ...rest } = before
      const units = fact.numUnits === undefined ? {} : { numUnits: fact.numUnits }
      return { ...rest, ...units, link: { is: 'connected', text: 'the node asked for the metadata', at } }
    }
    case 'proof-started':
      return foldProofStarted(world, { ...before, link: { is: 'connected', text: 'the node asked for a proof', at } }, at, fact.challenge)
    case 'pow-started': {
      const next = logged ?? newRun(world, at, { isLogged: true })
      const pass = passOf(fact.nonces) ?? next.pass
      const isNewPass = next.nonces?.start !== fact.nonces.start
      if (!isNewPass) return enterPhase(belief, next, 'pow', at)
      const { bytesPerSecond: _speed, sampledAt: _sampled, ...kept } = next
      return enterPhase(belief, { ...kept, nonces: fact.nonces, pass, positionBytes: 0, samples: 0 }, 'pow', at)
    }
    case 'pow-finished':
      return { ...belief, lastPowMs: fact.seconds * 1000 }
    case 'reading-started': {
      // A long proof of work is no stalled reading: the position counts from here.
      const run = logged ?? newRun(world, at, { isLogged: true })
      return enterPhase(belief, { ...run, movedAt: Math.max(run.movedAt, at - world.driftMs) }, 'reading', at)
    }
    case 'reading-finished':
      return belief
    case 'proof-found':
      return { ...belief, run: { ...(logged ?? newRun(world, at, { isLogged: true })), foundAt: at } }
    case 'proof-valid':
      return foldValid(belief)
    case 'proof-rejected':
      return overtaken(world, foldRejected(belief, at, fact.text), seenAt, 'done')
    case 'proof-failed':
      return foldProofFailed(world, belief, at, fact)
    case 'file-size-wrong':
      return { ...belief, dataTrouble: { text: fact.path, at } }
    case 'file-read-failed':
      return { ...belief, dataTrouble: { text: `${fact.path}: ${fact.text}`, at } }
    case 'k2pow-unreachable':
      return { ...belief, k2powTroubleAt: at }
    case 'start-error':
      return { ...endRun(before), startError: { text: fact.text, code: fact.code, at } }
    case 'shutting-down':
      return endRun(before)
    default:
      return assertNever(fact)
  }
}
