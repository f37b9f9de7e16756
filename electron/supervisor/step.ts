import type { Exit, ProcessState } from '../../shared/domain/process.ts'
import { assertNever } from '../../shared/domain/fault.ts'
import type { Desired, Explanation, ProbeResult, ProcessPolicy } from './types.ts'

/** One process: what is wanted, apart from what is. Deadlines are monotonic; those in `observed` are for showing. */
export interface Machine {
  readonly desired: Desired
  readonly observed: ProcessState
  /** Monotonic ms of the next deadline of this state. */
  readonly dueMono?: number
  /** Monotonic ms of the spawn; an adopted process may have one before our own start. */
  readonly startedMono?: number
  readonly adopted: boolean
  /** Whether this run was ever ready. */
  readonly wasReady: boolean
  /** Starts in a row without a healthy run. */
  readonly attempt: number
  /** Monotonic ms of unexpected ends. */
  readonly crashes: readonly number[]
  /** Why we are stopping it, when nobody asked us to. */
  readonly stopCause?: Explanation
}

/** `random` in [0, 1) for the jitter. */
export interface Moment {
  readonly wall: number
  readonly mono: number
  readonly random: number
}

export type MachineEvent =
  | { readonly is: 'desired'; readonly desired: Desired }
  | { readonly is: 'restart' }
  | { readonly is: 'spawned'; readonly pid: number }
  /** Found running. `readyAt`: it was ready before already. */
  | { readonly is: 'adopted'; readonly pid: number; readonly spawnedAt: number; readonly readyAt?: number }
  /** Found ended, at an unknown time with an unknown code. */
  | { readonly is: 'found-gone'; readonly last: Exit }
  | { readonly is: 'probe'; readonly result: ProbeResult }
  | {
      readonly is: 'exited'
      readonly code?: number
      readonly signal?: string
      readonly why?: Explanation
    }
  | { readonly is: 'tick' }

export type Effect = { readonly do: 'spawn' } | { readonly do: 'terminate' } | { readonly do: 'kill' }

export interface Step {
  readonly state: Machine
  readonly effects: readonly Effect[]
}

const RE_KILL_MS = 5000

export const newMachine = (): Machine => ({
  desired: 'down',
  observed: { at: 'stopped' },
  adopted: false,
  wasReady: false,
  attempt: 0,
  crashes: [],
})

/** What happens next. Pure: same input, same answer; effects are only named. */
export function step(state: Machine, event: MachineEvent, policy: ProcessPolicy, now: Moment): Step {
  switch (event.is) {
    case 'desired':
      return desire(state, event.desired, policy, now)
    case 'restart':
      return isLive(state.observed)
        ? stopping({ ...asAsked(state), desired: 'up' }, policy, now)
        : desire({ ...state, desired: 'down' }, 'up', policy, now)
    case 'spawned':
      return spawned(state, event.pid, policy, now)
    case 'adopted':
      return adopted(state, event, policy, now)
    case 'found-gone':
      return isLive(state.observed) ? { state, effects: [] } : { state: rest(state, { at: 'exited', last: event.last }), effects: [] }
    case 'probe':
      return probed(state, event.result, policy, now)
    case 'exited':
      return exited(state, event, policy, now)
    case 'tick':
      return ticked(state, policy, now)
    default:
      return assertNever(event)
  }
}

/** States in which a process exists, or is about to. */
export const isLive = (observed: ProcessState): boolean =>
  observed.at === 'starting' || observed.at === 'ready' || observed.at === 'stopping'

export const pidOf = (observed: ProcessState): number | undefined => ('pid' in observed ? observed.pid : undefined)

/** A state without process and deadline. */
function rest(state: Machine, observed: ProcessState): Machine {
  const { desired, attempt, crashes } = state
  return { desired, observed, adopted: false, wasReady: false, attempt, crashes }
}

function desire(state: Machine, desired: Desired, policy: ProcessPolicy, now: Moment): Step {
  const wanted: Machine = { ...state, desired }
  const at = state.observed.at
  if (desired === 'up') {
    if (at === 'stopping' && state.desired === 'down') return { state: asAsked(wanted), effects: [] }
    // Asking again for what is wanted already changes nothing: only the user restarts what has failed.
    if (isLive(state.observed) || (state.desired === 'up' && at !== 'stopped')) return { state: wanted, effects: [] }
    return starting({ ...wanted, attempt: 0, crashes: [] }, policy, now)
  }
  if (at === 'starting' || at === 'ready') return stopping(wanted, policy, now)
  if (at === 'backoff') return { state: rest(wanted, { at: 'stopped' }), effects: [] }
  return { state: wanted, effects: [] }
}

/** The user has asked for this stop by now: its end is no failure. */
function asAsked(state: Machine): Machine {
  const { stopCause: _, ...others } = state
  return others
}

function starting(state: Machine, policy: ProcessPolicy, now: Moment): Step {
  const attempt = state.attempt + 1
  const observed = { at: 'starting', attempt, since: now.wall, readyBy: now.wall + policy.readyWithinMs } as const
  return {
    state: { ...rest(state, observed), attempt, dueMono: now.mono + policy.readyWithinMs, startedMono: now.mono },
    effects: [{ do: 'spawn' }],
  }
}

function stopping(state: Machine, policy: ProcessPolicy, now: Moment, stopCause?: Explanation): Step {
  if (state.observed.at === 'stopping') return { state, effects: [] }
  const pid = pidOf(state.observed)
  const observed = { at: 'stopping', killAt: now.wall + policy.stopWaitMs, ...(pid === undefined ? {} : { pid }) } as const
  return {
    state: { ...state, observed, dueMono: now.mono + policy.stopWaitMs, ...(stopCause ? { stopCause } : {}) },
    effects: pid === undefined ? [] : [{ do: 'terminate' }],
  }
}

function spawned(state: Machine, pid: number, policy: ProcessPolicy, now: Moment): Step {
  const { observed } = state
  if (observed.at === 'starting') return { state: { ...state, observed: { ...observed, pid }, startedMono: now.mono }, effects: [] }
  // Unwanted while it was being started: only now it can be told to end, and the wait begins.
  if (observed.at === 'stopping') {
    const killed = { at: 'stopping', killAt: now.wall + policy.stopWaitMs, pid } as const
    return { state: { ...state, observed: killed, dueMono: now.mono + policy.stopWaitMs }, effects: [{ do: 'terminate' }] }
  }
  return { state, effects: [] }
}

function adopted(state: Machine, event: Extract<MachineEvent, { is: 'adopted' }>, policy: ProcessPolicy, now: Moment): Step {
  if (isLive(state.observed)) return { state, effects: [] }
  const { pid, spawnedAt, readyAt } = event
  const observed: ProcessState =
    readyAt === undefined
      ? { at: 'starting', attempt: 1, since: spawnedAt, readyBy: now.wall + policy.readyWithinMs, pid }
      : { at: 'ready', since: readyAt, pid, adopted: true }
  const startedMono = now.mono - Math.max(0, now.wall - spawnedAt)
  return {
    state: { ...rest(state, observed), desired: 'up', adopted: true, wasReady: readyAt !== undefined, attempt: 1, startedMono },
    effects: [],
  }
}

function probed(state: Machine, result: ProbeResult, policy: ProcessPolicy, now: Moment): Step {
  const { observed } = state
  if (observed.at !== 'starting' || observed.pid === undefined) return { state, effects: [] }
  if (result.is === 'ready') {
    const { pid } = observed
    const ready = { at: 'ready', since: now.wall, pid, ...(state.adopted ? { adopted: true } : {}) } as const
    const { dueMono: _, ...others } = state
    return { state: { ...others, observed: ready, wasReady: true }, effects: [] }
  }
  if (result.is === 'failed' && !state.adopted) return stopping(state, policy, now, result)
  const text = result.is === 'failed' ? result.cause : result.step
  if (text === undefined || text === observed.step) return { state, effects: [] }
  return { state: { ...state, observed: { ...observed, step: text } }, effects: [] }
}

function exited(state: Machine, event: Extract<MachineEvent, { is: 'exited' }>, policy: ProcessPolicy, now: Moment): Step {
  const { observed, stopCause } = state
  if (!isLive(observed)) return { state, effects: [] }
  if (observed.at === 'stopping' && stopCause === undefined) {
    return state.desired === 'up'
      ? starting({ ...state, attempt: 0, crashes: [] }, policy, now)
      : { state: rest(state, { at: 'stopped' }), effects: [] }
  }
  const last = exitOf(state, event, now)
  if (state.desired === 'down') return { state: rest(state, { at: 'stopped' }), effects: [] }
  if (policy.mode === 'once') {
    const at = event.code === 0 && stopCause === undefined ? 'exited' : 'failed'
    return { state: rest(state, { at, last }), effects: [] }
  }
  return crashed(state, last, policy, { now, isFinal: (stopCause ?? event.why)?.retry === 'never' })
}

function crashed(state: Machine, last: Exit, policy: ProcessPolicy, more: { now: Moment; isFinal: boolean }): Step {
  const { now, isFinal } = more
  const { budget } = policy
  const wasHealthy = state.wasReady && (last.ranMs ?? 0) >= budget.withinMs
  const attempt = wasHealthy ? 1 : Math.max(1, state.attempt)
  const crashes = [...(wasHealthy ? [] : state.crashes.filter((at) => now.mono - at < budget.withinMs)), now.mono]
  // A start that is never ready takes longer than the window: then the starts in a row are counted.
  const isSpent = crashes.length >= budget.crashes || (!state.wasReady && attempt >= budget.crashes)
  const counted: Machine = { ...state, attempt, crashes }
  if (isFinal || isSpent) return { state: rest(counted, { at: 'failed', last }), effects: [] }
  const pauseMs = backoffMs(attempt, policy, now.random)
  return {
    state: { ...rest(counted, { at: 'backoff', attempt, until: now.wall + pauseMs, last }), dueMono: now.mono + pauseMs },
    effects: [],
  }
}

/** Pause before the start after `attempt` failed ones. */
export function backoffMs(attempt: number, policy: ProcessPolicy, random: number): number {
  const { firstMs, maxMs, jitter } = policy.backoff
  const plain = Math.min(maxMs, firstMs * 2 ** Math.min(30, attempt - 1))
  return Math.round(plain * (1 - jitter + 2 * jitter * random))
}

const AT_ONCE_MS = 10_000

function exitOf(state: Machine, event: Extract<MachineEvent, { is: 'exited' }>, now: Moment): Exit {
  const ranMs = state.startedMono === undefined ? undefined : Math.max(0, Math.round(now.mono - state.startedMono))
  const why = state.stopCause ?? event.why ?? plainWhy(ranMs, event)
  return {
    at: now.wall,
    ...(event.code === undefined ? {} : { code: event.code }),
    ...(event.signal === undefined ? {} : { signal: event.signal }),
    ...(ranMs === undefined ? {} : { ranMs }),
    cause: why.cause,
    causeCode: why.causeCode,
  }
}

function plainWhy(ranMs: number | undefined, event: { code?: number; signal?: string }): Explanation {
  const how = event.signal ?? (event.code === undefined ? 'exit code unknown' : `exit code ${event.code}`)
  return ranMs !== undefined && ranMs < AT_ONCE_MS
    ? { cause: `It ended at once (${how}).`, causeCode: 'process/ended-at-once' }
    : { cause: `It ended unexpectedly (${how}).`, causeCode: 'process/ended' }
}

function ticked(state: Machine, policy: ProcessPolicy, now: Moment): Step {
  const { observed, dueMono } = state
  if (dueMono === undefined || now.mono < dueMono) return { state, effects: [] }
  switch (observed.at) {
    case 'starting': {
      if (policy.whenNotReady === 'wait' || state.adopted) return { state: withoutDue(state), effects: [] }
      const during = observed.step === undefined ? '' : ` It was still at: ${observed.step}.`
      const cause = `It was not ready within ${Math.round(policy.readyWithinMs / 1000)} s.${during}`
      return stopping(state, policy, now, { cause, causeCode: 'process/not-ready' })
    }
    case 'backoff':
      return state.desired === 'up' ? starting(state, policy, now) : { state: rest(state, { at: 'stopped' }), effects: [] }
    case 'stopping':
      // Again and again: a process in an uninterruptible read dies only when the disk answers.
      return { state: { ...state, dueMono: now.mono + RE_KILL_MS }, effects: observed.pid === undefined ? [] : [{ do: 'kill' }] }
    case 'stopped':
    case 'ready':
    case 'exited':
    case 'failed':
      return { state: withoutDue(state), effects: [] }
    default:
      return assertNever(observed)
  }
}

function withoutDue(state: Machine): Machine {
  const { dueMono: _, ...others } = state
  return others
}
