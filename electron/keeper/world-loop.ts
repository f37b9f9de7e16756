import { decide, type Decision } from '../../shared/domain/decide.ts'
import type { UnixMs } from '../../shared/domain/ids.ts'
import type { MachineLimits } from '../../shared/domain/lane-problem.ts'
import { observe } from '../../shared/domain/observe.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import { emptyWorld, type World } from '../../shared/domain/world.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import type { Clock } from '../lib/clock.ts'

/** Decisions come at most this often when much happens, and once a second when nothing does. */
const FEWEST_MS = 500
const MOST_MS = 1_000
/** We did not run for this long: the machine or this process was frozen. */
const ASLEEP_MS = 10_000
/** After that the watches are heard first: what was last seen before is old, not wrong. */
const WAKE_MS = 2_500
/** A wall clock that moved this much more or less than the monotonic one has jumped. */
const JUMP_MS = 2_000

export interface WorldLoop {
  /** `isPast`: read back from a log; history has it already. */
  emit(observation: Observation, isPast?: boolean): void
  /** Judges at once, without waiting for its turn. */
  judge(): void
  setSetup(setup: Setup): void
  setLanes(lanes: ReadonlyMap<string, string>): void
  /** What this computer can do at once. */
  setLimits(limits: MachineLimits): void
  readonly world: World
  close(): void
}

interface Options {
  readonly clock: Clock
  readonly setup: Setup
  /** Everything that was observed, for history. */
  readonly onObservation: (observation: Observation) => void
  readonly onDecision: (decision: Decision, now: UnixMs) => void
}

/** Asked again and again: tells by how much the wall clock jumped since the last time, when it did. */
function jumpWatch(clock: Clock): (onJump: (byMs: number) => void) => void {
  let wall = clock.now()
  let monotonic = clock.monotonic()
  return (onJump) => {
    const [nowWall, nowMonotonic] = [clock.now(), clock.monotonic()]
    const byMs = nowWall - wall - (nowMonotonic - monotonic)
    wall = nowWall
    monotonic = nowMonotonic
    if (Math.abs(byMs) > JUMP_MS) onJump(Math.round(byMs))
  }
}

/** Folds observations into the world and judges it, on every change and once a second. */
export function startWorldLoop({ clock, setup: first, onObservation, onDecision }: Options): WorldLoop {
  let world = emptyWorld()
  let setup = first
  let lanes: ReadonlyMap<string, string> = new Map()
  let limits: MachineLimits | undefined
  let lastRun = Number.NEGATIVE_INFINITY
  let cancelPending: (() => void) | undefined
  let isClosed = false

  const fold = (observation: Observation, isPast: boolean): void => {
    world = observe(world, observation)
    if (!isPast) onObservation(observation)
  }
  // Before anything is stamped or judged: what is seen after a jump must not look as old as the jump is wide.
  const jumpOf = jumpWatch(clock)
  const watchClock = (): void => jumpOf((byMs) => fold({ at: clock.now(), kind: 'clock-jump', byMs }, false))
  const run = (): void => {
    cancelPending = undefined
    if (isClosed) return
    watchClock()
    const sinceMs = clock.monotonic() - lastRun
    lastRun = clock.monotonic()
    if (Number.isFinite(sinceMs) && sinceMs > ASLEEP_MS) {
      cancelPending = clock.after(WAKE_MS, run)
      return
    }
    onDecision(decide(setup, world, clock.now(), { lanes, ...(limits === undefined ? {} : { limits }) }), clock.now())
  }
  const schedule = (): void => {
    if (cancelPending !== undefined || isClosed) return
    cancelPending = clock.after(Math.max(0, FEWEST_MS - (clock.monotonic() - lastRun)), run)
  }
  const emit = (observation: Observation, isPast = false): void => {
    watchClock()
    fold(observation, isPast)
    schedule()
  }
  const stopTicks = clock.every(MOST_MS, () => {
    if (cancelPending === undefined && clock.monotonic() - lastRun >= MOST_MS - 50) run()
  })
  schedule()

  return {
    emit,
    judge: () => {
      cancelPending?.()
      run()
    },
    setSetup: (next) => {
      setup = next
      schedule()
    },
    setLanes: (next) => {
      lanes = next
      schedule()
    },
    setLimits: (next) => {
      limits = next
      schedule()
    },
    get world() {
      return world
    },
    close: () => {
      isClosed = true
      cancelPending?.()
      stopTicks()
    },
  }
}
