import type { Observation } from '../../shared/domain/observation.ts'
import { epochMs, roundEnd, roundStart } from './network.ts'
import { SimKeeper } from './keeper.ts'
import { newFigures, Referee, type Figures, type Violation } from './referee.ts'
import { scenarioOf, type Scenario } from './scenario.ts'
import type { ProcessTable } from './supervisor.ts'
import { Truth } from './truth.ts'
import { SimWorld } from './world.ts'

export interface SimOptions {
  readonly seed: number
  readonly network?: 'compressed' | 'mainnet'
  readonly epochs?: number
  readonly figures?: Figures
  readonly trace?: (line: string) => void
  /** Everything that the keeper sees, too. */
  readonly observed?: (line: string) => void
  /** The same as a value, beside the truth of that moment. */
  readonly onObservation?: (seen: Observation, world: SimWorld) => void
}
export interface SimReport {
  readonly scenario: Scenario
  readonly violations: readonly Violation[]
  readonly figures: Figures
}

/** An attentive user starts again what gave up, after this long. */
const USER_MS = 150_000
const STEP_MS = 5_000

/** Runs one world from genesis through its epochs with the real keeper code in it. */
export function simulate(options: SimOptions): SimReport {
  const scenario = scenarioOf(options.seed, options.network, options.epochs)
  const figures = options.figures ?? newFigures()
  const world = new SimWorld(scenario)
  const truth = new Truth(world)
  const { trace } = options
  const referee = new Referee({ world, truth, figures, ...(trace === undefined ? {} : { trace }) })
  for (const fault of scenario.faults) trace?.(`planned ${JSON.stringify(fault)}`)
  const table: ProcessTable = new Map()
  let keeper: SimKeeper | undefined
  const begin = (): void => {
    keeper = new SimKeeper({
      world,
      table,
      onDecision: (decision) => referee.decided(decision),
      onObservation: (seen) => {
        options.observed?.(`${Math.round(world.now)} ${JSON.stringify(seen)}`)
        options.onObservation?.(seen, world)
      },
      onEffect: (name, what) => referee.effect(name, what),
    })
    referee.keeper = keeper
  }
  world.onKeeper = (forMs) => {
    if (keeper === undefined) return
    trace?.(`keeper ends for ${Math.round(forMs)} ms`)
    keeper.close()
    keeper = undefined
    referee.keeper = undefined
    world.clock.after(Math.max(50, forMs), begin)
  }
  world.clock.every(USER_MS, () => {
    for (const [name, state] of keeper?.supervisor.states() ?? []) if (state.at === 'failed') keeper?.supervisor.restart(name)
  })
  begin()
  run(world, referee)
  keeper?.close()
  return { scenario, violations: referee.violations, figures }
}

/** Moves the clock from event to event; where nothing happens on a network of weeks the machine naps in between. */
function run(world: SimWorld, referee: Referee): void {
  const { net, epochs } = world.scenario
  const length = epochMs(net)
  // The last answer about an epoch may come half an epoch later.
  const settles = Array.from({ length: epochs }, (_, epoch) => (epoch + 1) * length + Math.min(net.poet.phaseShiftMs * 0.6, length / 2))
  const end = epochs * length + Math.min(net.poet.phaseShiftMs * 0.6, length / 2) + 1
  let settled = 0
  while (world.now < end) {
    world.clock.advance(STEP_MS)
    while (settled < epochs && world.now >= (settles[settled] ?? Number.POSITIVE_INFINITY)) {
      referee.epochSettled(settled)
      settled += 1
    }
    if (net.napMs > 0) nap(world)
  }
}

const AWAKE_MS = 45_000

/** Sleeps up to the next thing that is known to come; a while awake before and after. */
function nap(world: SimWorld): void {
  const { net, faults } = world.scenario
  const epoch = Math.floor(world.now / epochMs(net))
  const moments = [
    ...faults.flatMap((fault) => [fault.at, 'forMs' in fault ? fault.at + fault.forMs : fault.at]),
    ...[epoch - 1, epoch, epoch + 1].flatMap((one) => [
      one * epochMs(net),
      roundStart(net, one) - net.poet.gracePeriodMs,
      roundStart(net, one),
      roundEnd(net, one),
    ]),
  ]
  if (moments.some((at) => Math.abs(at - world.now) < AWAKE_MS)) return
  if (world.now % (net.napMs + AWAKE_MS) < AWAKE_MS) return
  const next = Math.min(...moments.filter((at) => at > world.now))
  const ms = Math.min(net.napMs, next - world.now - AWAKE_MS)
  if (ms <= STEP_MS) return
  world.clock.stall(ms)
  // Who has slept has heard nobody meanwhile.
  world.last.api = world.now
}
