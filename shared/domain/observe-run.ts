import { assertNever } from './fault.ts'
import type { UnixMs } from './ids.ts'
import type { NonceRange } from './log-facts.ts'
import type { OperatorAnswer } from './observation.ts'
import type { ProcessState } from './process.ts'
import { seen } from './believe.ts'
import { withExperience } from './observe-experience.ts'
import type { IdentityBelief, ProofRun, World } from './world.ts'

/** A log line may be folded a little after the operator's answer of the same moment, or before an older one. */
const RACE_MS = 3_000
/** Samples of speed lose half of their weight in about this time. */
const SPEED_HALF_LIFE_MS = 20_000
/** An answer after a longer silence says nothing about the speed of the moment. */
const LONGEST_SAMPLE_MS = 120_000

export const newRun = (world: World, at: UnixMs, more: Partial<ProofRun> = {}): ProofRun => ({
  startedAt: at,
  phase: 'preparing',
  phaseSince: at,
  pass: 1,
  positionBytes: 0,
  movedAt: at - world.driftMs,
  samples: 0,
  isLogged: false,
  ...more,
})

/** The running proof is over, whatever came of it. */
export function endRun(belief: IdentityBelief): IdentityBelief {
  if (belief.run === undefined) return belief
  const { run, ...rest } = belief
  return { ...rest, lastRun: run }
}

/** 1 for the first pass: passes are counted from the nonces. `undefined` before the first range is set. */
export function passOf(nonces: NonceRange): number | undefined {
  const width = nonces.end - nonces.start
  return width > 0 ? Math.floor(nonces.start / width) + 1 : undefined
}

/** Enters a phase, keeping the time that the one before took for later estimates. */
export function enterPhase(belief: IdentityBelief, run: ProofRun, phase: ProofRun['phase'], at: UnixMs): IdentityBelief {
  if (run.phase === phase) return { ...belief, run }
  const took = at - run.phaseSince
  const learned = run.phase === 'preparing' && took > 0 ? { lastPreparingMs: took } : {}
  return { ...belief, ...learned, run: { ...run, phase, phaseSince: at } }
}

function withPosition(run: ProofRun, steady: number, positionBytes: number): ProofRun {
  const gained = positionBytes - run.positionBytes
  if (gained < 0) return { ...run, positionBytes, movedAt: steady, sampledAt: steady }
  const base = { ...run, positionBytes, movedAt: gained > 0 ? steady : run.movedAt, sampledAt: steady }
  if (run.sampledAt === undefined || run.positionBytes === 0) return base
  const took = steady - run.sampledAt
  if (took <= 0) return { ...run, positionBytes: Math.max(positionBytes, run.positionBytes) }
  if (took > LONGEST_SAMPLE_MS) return base
  const speed = (gained / took) * 1000
  const weight = run.bytesPerSecond === undefined ? 1 : Math.max(1 - 0.5 ** (took / SPEED_HALF_LIFE_MS), 1 / (run.samples + 1))
  return { ...base, samples: run.samples + 1, bytesPerSecond: (run.bytesPerSecond ?? 0) * (1 - weight) + speed * weight }
}

function foldProving(world: World, belief: IdentityBelief, at: UnixMs, answer: Extract<OperatorAnswer, { is: 'proving' }>): IdentityBelief {
  const steady = at - world.driftMs
  const pass = passOf(answer.nonces)
  const known = belief.run
  const isAnother =
    known === undefined ||
    known.doneAt !== undefined ||
    known.isValid === true ||
    (known.nonces !== undefined && pass !== undefined && answer.nonces.start < known.nonces.start)
  let run = isAnother ? newRun(world, at) : known
  if (isAnother && known !== undefined) belief = { ...belief, lastRun: known }
  if (pass === undefined) return { ...belief, run }
  if (run.nonces === undefined || answer.nonces.start !== run.nonces.start) {
    const { bytesPerSecond: _speed, sampledAt: _sampled, ...kept } = run
    belief = enterPhase(belief, { ...kept, nonces: answer.nonces, pass, positionBytes: 0, samples: 0, movedAt: steady }, 'pow', at)
    run = belief.run ?? run
  }
  if (answer.positionBytes === 0) return run.phase === 'reading' ? { ...belief, run } : enterPhase(belief, run, 'pow', at)
  const moved = withPosition(run, steady, answer.positionBytes)
  const speed = moved.bytesPerSecond !== undefined && moved.bytesPerSecond > 0 ? { lastSpeed: moved.bytesPerSecond } : {}
  const powMs = run.phase === 'pow' && belief.lastPowMs === undefined ? { lastPowMs: at - run.phaseSince } : {}
  return enterPhase({ ...belief, ...speed, ...powMs }, moved, 'reading', at)
}

/** The service's own answer moves the run on; the answer itself is kept as it is. */
export function foldOperator(world: World, before: IdentityBelief, at: UnixMs, answer: OperatorAnswer): IdentityBelief {
  const steady = at - world.driftMs
  const since = before.operator?.value.is === answer.is ? (before.operatorSince ?? steady) : steady
  const belief: IdentityBelief = { ...before, operator: seen(world, at, 'operator', answer), operatorSince: since }
  switch (answer.is) {
    case 'proving':
      return foldProving(world, belief, at, answer)
    case 'done': {
      const run = belief.run ?? newRun(world, at)
      return run.doneAt === undefined ? { ...withExperience(belief, run, at), run: { ...run, doneAt: steady } } : belief
    }
    case 'idle': {
      const ended = belief.run !== undefined && at - belief.run.startedAt > RACE_MS ? endRun(belief) : belief
      // A failed service stays "done" until it is restarted: idle means that somebody did.
      if (ended.failure?.is !== 'failed' || at - ended.failure.at < RACE_MS) return ended
      const { failure: _failure, ...rest } = ended
      return rest
    }
    case 'none':
      return belief.process?.value.at === 'ready' ? belief : endRun(belief)
    case 'silent':
    case 'garbage':
      return belief
    default:
      return assertNever(answer)
  }
}

const isOver = (state: ProcessState): boolean =>
  state.at === 'stopped' || state.at === 'exited' || state.at === 'failed' || state.at === 'backoff'

/** A service that ended or began anew has lost its run: nothing is persisted. */
export function foldServiceProcess(world: World, before: IdentityBelief, at: UnixMs, state: ProcessState): IdentityBelief {
  const last = before.process?.value
  const isNewStart = state.at === 'starting' && (last?.at !== 'starting' || last.since !== state.since)
  const isNewReady =
    state.at === 'ready' &&
    last?.at === 'ready' &&
    last.since !== state.since &&
    (last.pid === undefined || state.pid === undefined || last.pid !== state.pid)
  const belief: IdentityBelief = { ...before, process: seen(world, at, 'supervisor', state) }
  if (!isOver(state) && !isNewStart && !isNewReady) return belief
  const { operator: _answer, operatorSince: _since, link: _link, failure, startError, cpu: _cpu, ...kept } = endRun(belief)
  const ended: IdentityBelief = {
    ...kept,
    operator: seen(world, at, 'supervisor', { is: 'none' }),
    operatorSince: at - world.driftMs,
  }
  if (isOver(state)) {
    const said = { ...(failure === undefined ? {} : { failure }), ...(startError === undefined ? {} : { startError }) }
    return { ...ended, ...said }
  }
  return failure === undefined ? ended : { ...ended, retries: [...ended.retries, at].slice(-12) }
}
