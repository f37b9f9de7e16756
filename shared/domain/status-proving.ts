import { assertNever } from './fault.ts'
import { forecastFrom, forecastRun } from './forecast.ts'
import type { IdentityStatus } from './status.ts'
import { isRegular } from './status-done.ts'
import { common, deadlineWords, neededWords, type Rule } from './status-rule.ts'
import { timingOf } from './timing.ts'
import type { View } from './view.ts'
import { ago, duration, moment, percent, span, speed } from './words.ts'

type Proving = Extract<IdentityStatus, { kind: 'proving' }>

/** The run is for a challenge that the node does not ask for, or the node asks for nothing any more. */
function outdatedWhy(v: View): string | undefined {
  const { run, asked, postStateSince, postStateSteady } = v.belief
  if (run === undefined) return undefined
  if (run.challenge !== undefined && asked !== undefined && asked.challenge !== run.challenge && asked.at >= run.startedAt) {
    return 'the node asks for another challenge'
  }
  const idleFor = v.post === 'idle' && postStateSteady !== undefined ? v.now - v.world.driftMs - postStateSteady : 0
  return idleFor > v.limits.connectGrace && (postStateSince ?? 0) > run.startedAt ? 'the node no longer asks for this proof' : undefined
}

function proving(v: View, phase: Proving['phase'], since: number, words: (finish: Proving['finish']) => string): IdentityStatus {
  const run = v.belief.run
  const finish = phase === 'outdated' ? undefined : forecastRun(v)
  const timing = timingOf(v.net, v.now, v.due, finish)
  const position = run !== undefined && phase === 'reading' ? run.positionBytes : undefined
  const base = common(v, { sentence: '', since, timing, finish })
  return {
    kind: 'proving',
    phase,
    ...base,
    sentence: `${words(finish)}${phase === 'outdated' ? '' : `${deadlineWords(v, timing, finish)}.`}`,
    ...(run === undefined ? {} : { startedAt: run.startedAt, pass: run.pass }),
    ...(position === undefined ? {} : { positionBytes: position }),
    ...(position === undefined || v.totalBytes === undefined ? {} : { percent: Math.min(100, (position / v.totalBytes) * 100) }),
    ...(v.totalBytes === undefined ? {} : { totalBytes: v.totalBytes }),
    ...(phase !== 'reading' || run?.bytesPerSecond === undefined ? {} : { bytesPerSecond: run.bytesPerSecond }),
    ...(finish === undefined ? {} : { slackMs: v.due.gapEnd - finish.p95 }),
  }
}

const nodeAway = (v: View): string => (v.post === undefined ? ' The node does not answer; the service goes on and hands over later' : '')

function outdated(v: View, why: string): IdentityStatus {
  const status = proving(v, 'outdated', v.belief.run?.startedAt ?? v.now, () => '')
  const sentence =
    `It works on a proof that will be thrown away: ${why}. A restart costs nothing. ${v.post === 'idle' ? '' : neededWords(v)}`.trim()
  return { ...status, sentence, cause: why, causeCode: 'outdated' }
}

/** The service's log has whole seconds: what it did may seem to be that much before what led to it. */
const LOG_GRAIN_MS = 1_000
/** An answer and a log entry of the same moment may be this far apart; the log has whole seconds. */
const SAME_MOMENT_MS = 3_000

/** The service itself says that it proves: true also when the node is away. */
export const provingNow: Rule = (v) => {
  const answer = v.operator
  if (answer?.is !== 'proving') return undefined
  const why = outdatedWhy(v)
  if (why !== undefined) return outdated(v, why)
  const run = v.belief.run
  // Said a moment before the log that it found one; from then on it checks it and answers nobody.
  const saidAt = v.belief.operator?.at ?? v.now
  if (run?.foundAt !== undefined && saidAt - run.foundAt < SAME_MOMENT_MS) return handingOver(v)
  const since = run?.phaseSince ?? v.now
  const range = (finish: Proving['finish']): string => (finish === undefined ? '' : `, done ${span(finish.p5, finish.p95, v.now)}`)
  if (answer.nonces.end <= answer.nonces.start) {
    return proving(v, 'preparing', since, () => `Preparing the proof of work since ${duration(v.now - since)}${nodeAway(v)}`)
  }
  if (run === undefined || (answer.positionBytes === 0 && run.phase !== 'reading')) {
    const about = v.belief.lastPowMs === undefined ? '' : ` of about ${duration(v.belief.lastPowMs)}`
    return proving(v, 'pow', since, (finish) => `Proof of work for ${duration(v.now - since)}${about}${range(finish)}${nodeAway(v)}`)
  }
  const share = v.totalBytes === undefined ? '' : `, ${percent(Math.min(100, (answer.positionBytes / v.totalBytes) * 100))}`
  const pace = run.bytesPerSecond === undefined ? '' : `, ${speed(run.bytesPerSecond)}`
  const stalledMs = v.now - v.world.driftMs - run.movedAt
  const isStalled = stalledMs > v.limits.stalled
  const stalledWords = isStalled ? `. The position has not moved for ${duration(stalledMs)}: a file may end early or the disk hangs` : ''
  return proving(v, 'reading', since, (finish) => `Reading, pass ${run.pass}${share}${pace}${range(finish)}${stalledWords}${nodeAway(v)}`)
}

function preparingOrSilent(v: View): IdentityStatus | undefined {
  const { belief, limits, now, world } = v
  const steadyNow = now - world.driftMs
  const silentFor = steadyNow - (belief.operatorSince ?? steadyNow)
  const cpu = belief.cpu
  const isIdleCpu = cpu !== undefined && steadyNow - cpu.steady < limits.cpu && cpu.value < 2
  const hadRead = belief.run?.phase === 'reading' || belief.run?.doneAt !== undefined || belief.run?.foundAt !== undefined
  const limit = hadRead ? limits.verifying : limits.preparing
  if (v.alive === 'no' || silentFor > limit || (isIdleCpu && silentFor > limits.connectGrace)) return undefined
  const why = outdatedWhy(v)
  if (why !== undefined) return outdated(v, why)
  if (belief.run?.foundAt !== undefined) return handingOver(v)
  const since = belief.run?.startedAt ?? now - silentFor
  if (hadRead) return proving(v, 'reading', since, () => `Its service is busy and has not answered for ${duration(silentFor)}`)
  return proving(
    v,
    'preparing',
    since,
    () => `Preparing the proof of work since ${duration(now - since)}; the service does not answer meanwhile`,
  )
}

function notConnected(v: View): IdentityStatus | undefined {
  const { belief, limits, now } = v
  const { link, operator, process } = belief
  const from = belief.postStateSince ?? now
  // Counted up to the last answer: only that says that the service was still idle.
  const heard = operator?.steady ?? 0
  const readySteady = process?.value.at === 'ready' ? process.steady : 0
  const waited = heard - Math.max(belief.postStateSteady ?? heard, belief.operatorSince ?? heard, readySteady)
  const isRefused = link?.is === 'refused'
  if (waited <= limits.connectGrace && !isRefused) return undefined
  return {
    kind: 'not-connected',
    ...common(v, {
      sentence: `Its service runs but the node does not reach it: ${linkWords(v)}. ${neededWords(v)}`,
      since: isRefused ? link.at : from,
      timing: timingOf(v.net, now, v.due, undefined),
      cause: link?.text ?? 'nothing was requested',
      causeCode: `link/${link?.why ?? link?.is ?? 'silent'}`,
    }),
  }
}
const world = (v: View): number => v.world.driftMs

/** Why a service and its node do not come together, with what to do. */
export function linkWords(v: View): string {
  switch (v.belief.link?.why) {
    case 'no-coinbase':
      return 'the node has no coinbase. Set one and restart the node'
    case 'already-registered':
      return 'another service serves this identity already. Stop one of the two'
    case 'wrong-listener':
      return "its address leads to another listener of the node. Use the node's post listener"
    case 'not-grpc':
      return 'its address leads to another program. Correct it'
    case 'scheme-missing':
      return 'its address lacks http:// or https://. Correct it'
    case 'unresolvable':
      return "its address's host name cannot be resolved. Correct it"
    case 'refused':
      return 'nobody listens at its address. Check the address and the node'
    default:
      return 'the node requested nothing. Check the address and the identity of the PoS folder'
  }
}

/** The service found a proof; the node has yet to take and accept it. */
function handingOver(v: View): IdentityStatus | undefined {
  const foundAt = v.belief.run?.foundAt
  if (foundAt === undefined) return undefined
  const timing = timingOf(v.net, v.now, v.due, { p5: v.now, p50: v.now, p95: v.now })
  const away = v.post === undefined ? 'it is handed over when the node answers' : 'the node checks it'
  return {
    kind: 'handing-over',
    foundAt,
    ...common(v, { sentence: `Proof found ${moment(foundAt, v.now)}, ${away}.`, since: foundAt, timing }),
  }
}

/** The node had stopped asking before the proof was found: it will not take it. */
const isUnasked = ({ belief, post }: View, foundAt: number): boolean =>
  post === 'idle' && belief.postStateSince !== undefined && belief.postStateSince + 2 * LOG_GRAIN_MS < foundAt

/** Done with a proof: until the node has it; a node that asks no more has just fetched it. */
export const handsOver: Rule = (v) => {
  const foundAt = v.belief.run?.foundAt
  if (v.operator?.is !== 'done' || foundAt === undefined || isUnasked(v, foundAt)) return undefined
  const why = outdatedWhy(v)
  if (why !== undefined && v.post !== 'idle') return outdated(v, why)
  return v.post === 'idle' && v.now - foundAt > v.limits.fetch ? undefined : handingOver(v)
}

/**
 * The service has handed the proof over, and checks it itself or has just done so; the node has not said yet that it took
 * it. What that check found is in its log, which is read a moment after its answer.
 */
export function handedOver(v: View): IdentityStatus | undefined {
  const { lastRun, lastAsking, operatorSince, postStateSince } = v.belief
  const run = v.belief.run?.foundAt === undefined ? lastRun : v.belief.run
  const askedSince = v.post === 'idle' ? lastAsking?.from : postStateSince
  const grace = v.operator?.is === 'silent' ? v.limits.verifying : v.limits.doneGrace
  const isChecked = run?.isValid === true || (operatorSince !== undefined && v.now - v.world.driftMs - operatorSince <= grace)
  const foundAt = isChecked ? run?.foundAt : undefined
  if (run?.challenge !== undefined && v.belief.asked !== undefined && run.challenge !== v.belief.asked.challenge) return undefined
  if (foundAt === undefined || v.now - foundAt > v.limits.fetch || isUnasked(v, foundAt)) return undefined
  if (askedSince === undefined || foundAt < askedSince - LOG_GRAIN_MS) return undefined
  const timing = timingOf(v.net, v.now, v.due, { p5: v.now, p50: v.now, p95: v.now })
  const sentence = `Proof found ${moment(foundAt, v.now)} and handed over; the node checks it.`
  return { kind: 'handing-over', foundAt, ...common(v, { sentence, since: foundAt, timing }) }
}

function withoutService(v: View): IdentityStatus {
  const { belief, now } = v
  const place = v.queue.get(v.id)
  const finish = place?.expectedStart === undefined ? undefined : forecastFrom(v, place.expectedStart)
  const timing = timingOf(v.net, now, v.due, finish)
  const since = belief.postStateSince ?? now
  if (v.isParked && place !== undefined) {
    const when = place.expectedStart === undefined ? '' : `, starts about ${moment(place.expectedStart, now)}`
    const sentence = place.isNow
      ? `Its turn: the service is being started. ${neededWords(v)}`
      : place.isHeldBack
        ? `Waits until another proof gives memory and processor free; its disk is ready. ${neededWords(v)}`
        : `Queued, place ${place.place} on its disk${when}${deadlineWords(v, timing, finish)}.`
    return {
      kind: 'queued',
      place: place.place,
      ...(place.expectedStart === undefined ? {} : { expectedStart: place.expectedStart }),
      ...common(v, { sentence, since, timing, finish }),
    }
  }
  return needsService(v, timing, since)
}

function processWords(v: View): { readonly words: string; readonly code: string } {
  const state = v.belief.process?.value
  const error = v.belief.startError
  if (state?.at === 'starting') return { words: 'Its service is starting', code: 'service/starting' }
  if (state?.at === 'backoff') {
    return {
      words: `Its service ended (${state.last.cause ?? 'cause unknown'}) and starts again ${moment(state.until, v.now)}`,
      code: state.last.causeCode ?? 'service/crashed',
    }
  }
  if (state?.at === 'failed' || state?.at === 'exited') {
    return {
      words: `Its service ended: ${state.last.cause ?? error?.text ?? 'cause unknown'}`,
      code: state.last.causeCode ?? error?.code ?? 'service/ended',
    }
  }
  if (state?.at === 'ready' || state?.at === 'stopping') {
    return state.at === 'ready'
      ? { words: 'Its service has just started', code: 'service/starting' }
      : { words: 'Its service is stopping', code: 'service/stopping' }
  }
  if (error !== undefined) return { words: `Its service ended: ${error.text}`, code: error.code }
  return { words: 'Its service does not run', code: 'service/down' }
}

export function needsService(v: View, timing: ReturnType<typeof timingOf>, since: number): IdentityStatus {
  const { words, code } = processWords(v)
  return {
    kind: 'needs-service',
    ...common(v, { sentence: `${words.replace(/\.$/, '')}. ${neededWords(v)}`, since, timing, cause: words, causeCode: code }),
  }
}

/** How soon after the node's question the service's answer is there: it is asked at once. */
const BEGINS_MS = 3_000

/** The service's last own answer is older than the node's question: it says nothing about it. */
export const isBeforeRequest = ({ belief, post }: View): boolean =>
  post === 'proving' &&
  belief.operator?.source === 'operator' &&
  belief.postStateSteady !== undefined &&
  belief.operator.steady < belief.postStateSteady

/** The node asks for a proof: what the service says about it. */
export const provingWanted: Rule = (v) => {
  if (v.post !== 'proving') return undefined
  const since = v.belief.postStateSince ?? v.now
  const isBefore = isBeforeRequest(v)
  const answer = isBefore ? undefined : v.operator
  switch (answer?.is) {
    case undefined:
      if (isBefore && v.operator?.is === 'idle' && v.now - since <= BEGINS_MS) return begins(v, since)
      return v.alive === 'no' || (v.isParked && v.alive === 'unknown') || v.belief.link?.is === 'missing' ? withoutService(v) : undefined
    case 'none':
      return v.alive === 'yes' && v.now - world(v) - (v.belief.operatorSince ?? 0) > v.limits.connectGrace ? undefined : withoutService(v)
    case 'idle':
      return handedOver(v) ?? notConnected(v) ?? begins(v, since)
    case 'silent':
      return preparingOrSilent(v)
    case 'done':
    case 'proving':
    case 'garbage':
      return undefined
    default:
      return assertNever(answer)
  }
}

/** The moment between the node's question and the service's first sign of work. */
function begins(v: View, since: number): IdentityStatus {
  const phase = v.isInitial || !isRegular(v) ? 'initial-proof' : 'poet-proof'
  const sentence = `The node asked for the proof ${ago(since, v.now)}; its service is about to begin. ${neededWords(v)}`
  return { kind: 'waiting', phase, ...common(v, { sentence, since, timing: timingOf(v.net, v.now, v.due, undefined) }) }
}
