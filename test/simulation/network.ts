import type { NetworkTiming } from '../../shared/domain/network.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long things take on one network. */
export interface SimTiming extends NetworkTiming {
  readonly name: 'compressed' | 'mainnet'
  /** Least and most of one pass over the data, proof of work and preparing. */
  readonly passMs: readonly [number, number]
  readonly powMs: readonly [number, number]
  readonly prepareMs: readonly [number, number]
  readonly nodeStartMs: readonly [number, number]
  readonly poetRetryMs: number
  /** PoET's proof comes this long after the round ends. */
  readonly poetLagMs: readonly [number, number]
  /** The machine is looked at without a pause; else in naps of this length while nothing happens. */
  readonly napMs: number
}

/** An epoch of four minutes. */
export const COMPRESSED: SimTiming = {
  name: 'compressed',
  genesisMs: Date.UTC(2026, 0, 1),
  layerDurationMs: 10_000,
  layersPerEpoch: 24,
  poet: { phaseShiftMs: 150_000, cycleGapMs: 60_000, gracePeriodMs: 15_000 },
  passMs: [5_000, 28_000],
  powMs: [800, 4_000],
  prepareMs: [300, 3_000],
  nodeStartMs: [3_000, 20_000],
  poetRetryMs: 5_000,
  poetLagMs: [500, 4_000],
  napMs: 0,
}

/** Two weeks, a gap of twelve hours, proofs of hours. */
export const MAINNET_LENGTH: SimTiming = {
  name: 'mainnet',
  genesisMs: Date.UTC(2023, 6, 14, 8),
  layerDurationMs: 300_000,
  layersPerEpoch: 4032,
  poet: { phaseShiftMs: 10 * DAY, cycleGapMs: 12 * HOUR, gracePeriodMs: HOUR },
  passMs: [HOUR, 6 * HOUR],
  powMs: [4 * MINUTE, 40 * MINUTE],
  prepareMs: [MINUTE, 4 * MINUTE],
  nodeStartMs: [MINUTE, 12 * MINUTE],
  poetRetryMs: 10 * MINUTE,
  poetLagMs: [20_000, 5 * MINUTE],
  napMs: 15 * MINUTE,
}

export const epochMs = (net: SimTiming): number => net.layerDurationMs * net.layersPerEpoch
/** Start of `epoch` in true ms since the simulation began (which is genesis). */
export const startOf = (net: SimTiming, epoch: number): number => epoch * epochMs(net)
export const roundStart = (net: SimTiming, epoch: number): number => startOf(net, epoch) + net.poet.phaseShiftMs
/** PoET round `epoch` ends: the gap of `epoch + 1` opens. */
export const roundEnd = (net: SimTiming, round: number): number => roundStart(net, round + 1) - net.poet.cycleGapMs
