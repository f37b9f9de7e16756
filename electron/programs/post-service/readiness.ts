import { assertNever } from '../../../shared/domain/fault.ts'
import type { ServiceLogFact } from '../../../shared/domain/log-facts.ts'
import type { OperatorAnswer } from '../../../shared/domain/observation.ts'
import type { PortOwner } from '../port-owner.ts'
import type { Readiness } from '../types.ts'

/** Everything that says whether one service is ready. */
export interface ServiceSigns {
  readonly pid: number
  /** ms since it was started. */
  readonly ranMs: number
  readonly operator: string
  readonly answer: OperatorAnswer
  readonly owner: PortOwner
  /** Facts of its log since this start, oldest first; `undefined` when its log is not read. */
  readonly facts: readonly ServiceLogFact[] | undefined
}

/** A start takes well under a second; a busy disk may make it a few. */
const OPERATOR_GRACE_MS = 5_000
/** Of a service that runs longer (an adopted one) we may not have read the first lines. */
const LOG_IS_WHOLE_MS = 120_000

/**
 * Whether the service can be watched and proves when asked: it runs, and its own operator API answers. A time-out of
 * the API after a proof began is RandomX being prepared, not death.
 *
 * 0.8.5 swallows an operator port that is busy and runs on blind: seen by the missing line `running operator service
 * on`, and by another process behind the port.
 * @source facts/post-service.md §3
 */
export function serviceReadiness(signs: ServiceSigns): Readiness {
  const startError = signs.facts?.find((fact) => fact.fact === 'start-error')
  if (startError !== undefined) return { is: 'failed', cause: startError.text, causeCode: startError.code }
  // It already works for its node: stopping it for the sake of being watched would lose the proof.
  if (isBlind(signs) && isProving(signs.facts))
    return { is: 'ready', remark: 'proves without an operator API: its port was in use when it started' }
  const answersItself = signs.owner.is === 'process' ? !isForeign(signs.owner, signs.pid) : !isBlind(signs)
  if (signs.answer.is !== 'none' && !answersItself) return portTaken(signs)
  switch (signs.answer.is) {
    case 'idle':
    case 'proving':
    case 'done':
      return { is: 'ready' }
    case 'silent':
      return isProving(signs.facts)
        ? { is: 'ready', remark: 'preparing RandomX' }
        : waiting(signs, 'waiting for the operator API to answer')
    case 'garbage':
      return signs.owner.is === 'process'
        ? { is: 'ready', remark: `its operator API answers in a way that this version does not know: ${signs.answer.text}` }
        : portTaken(signs)
    case 'none':
      return isBlind(signs) ? operatorMissing(signs) : waiting(signs, 'opening the operator API')
    default:
      return assertNever(signs.answer)
  }
}

const isForeign = (owner: PortOwner, pid: number): boolean => owner.is === 'process' && !owner.pids.includes(pid)

const isProving = (facts: ServiceSigns['facts']): boolean => facts?.some((fact) => fact.fact === 'proof-started') === true

/** It runs for a while, has said something else, and never that its operator API runs. A log that is empty could not be written. */
const isBlind = (signs: ServiceSigns): boolean =>
  signs.ranMs > OPERATOR_GRACE_MS &&
  signs.ranMs < LOG_IS_WHOLE_MS &&
  signs.facts !== undefined &&
  signs.facts.length > 0 &&
  !signs.facts.some((fact) => fact.fact === 'operator-running')

function portTaken(signs: ServiceSigns): Readiness {
  return {
    is: 'failed',
    cause:
      `The operator port ${signs.operator} of this service is used by another program. The service may run, but nobody can ` +
      'see what it does. Give it another operator port, or stop the program that uses this one.',
    causeCode: 'service/operator-port-in-use',
  }
}

function operatorMissing(signs: ServiceSigns): Readiness {
  return {
    is: 'failed',
    cause:
      `This service runs without its operator API: ${signs.operator} was in use, or is no address of this machine, when it ` +
      'started. Nobody can see what it does. Give it another operator port, then start it again.',
    causeCode: 'service/operator-missing',
  }
}

function waiting(signs: ServiceSigns, step: string): Readiness {
  const trouble = signs.facts?.findLast((fact) => fact.fact === 'connect-failed')
  return trouble === undefined
    ? { is: 'not-yet', step }
    : { is: 'not-yet', step, cause: trouble.text, causeCode: 'service/node-not-reached' }
}

/** How the service stands with its node, from its log: it says nothing when a connection is good. */
export type Connection =
  | { readonly is: 'unknown' }
  | { readonly is: 'probably' }
  | { readonly is: 'trouble'; readonly cause: string; readonly causeCode: string; readonly lastsForEver: boolean }

/**
 * The last word of the log about the connection. `obtained metadata` also comes before a refusal, so a refusal within
 * the same breath wins.
 */
export function serviceConnection(facts: readonly ServiceLogFact[]): Connection {
  for (const fact of facts.toReversed()) {
    if (fact.fact === 'connect-failed') return connectTrouble(fact)
    if (fact.fact === 'disconnected') return disconnectTrouble(fact)
    if (fact.fact === 'proof-started' || fact.fact === 'metadata-sent') return { is: 'probably' }
  }
  return { is: 'unknown' }
}

function connectTrouble(fact: Extract<ServiceLogFact, { fact: 'connect-failed' }>): Connection {
  switch (fact.why) {
    case 'refused':
      return trouble('service/node-not-reached', 'The node does not listen at the address that this service was given.', false)
    case 'scheme-missing':
      return trouble('service/no-scheme', 'The node’s address has no http:// before it, so this service never connects.', true)
    case 'unresolvable':
      return trouble('service/node-name-unknown', 'The name in the node’s address is not known here.', false)
    case 'other':
      return trouble('service/node-not-reached', fact.text, false)
    default:
      return assertNever(fact.why)
  }
}

function disconnectTrouble(fact: Extract<ServiceLogFact, { fact: 'disconnected' }>): Connection {
  switch (fact.why) {
    case 'node-closed':
    case 'node-gone':
      return trouble(
        'service/node-gone',
        'The node went away; the service connects again by itself and delivers what it has proved.',
        false,
      )
    case 'no-coinbase':
      return trouble(
        'service/no-coinbase',
        'The node refuses PoST services: its config has no coinbase. Set it and restart the node.',
        true,
      )
    case 'already-registered':
      return trouble('service/duplicate', 'Another PoST service is connected for the same identity; this one only stands by.', true)
    case 'wrong-listener':
      return trouble('service/wrong-listener', 'The address is another listener of the node, not its PoST listener.', true)
    case 'not-grpc':
      return trouble('service/not-a-node', 'Whoever answers at the node’s address is not a Spacemesh node.', true)
    case 'other':
      return trouble('service/disconnected', fact.text, false)
    default:
      return assertNever(fact.why)
  }
}

const trouble = (causeCode: string, cause: string, lastsForEver: boolean): Connection => ({ is: 'trouble', cause, causeCode, lastsForEver })
