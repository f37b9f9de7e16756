import { asEpoch, asLayer, type Epoch, type Layer, type UnixMs } from './ids.ts'

/**
 * Timing of one Spacemesh network. Never a constant in code: mainnet's values are a preset of the set-up.
 * @source facts/node-config-and-cli.md §7
 */
export interface NetworkTiming {
  readonly genesisMs: UnixMs
  readonly layerDurationMs: number
  readonly layersPerEpoch: number
  readonly poet: { readonly phaseShiftMs: number; readonly cycleGapMs: number; readonly gracePeriodMs: number }
}

/** Half-open window [opensAt, closesAt), Unix ms. */
export interface Window {
  readonly opensAt: UnixMs
  readonly closesAt: UnixMs
}

export const epochLengthMs = (net: NetworkTiming): number => net.layerDurationMs * net.layersPerEpoch

/** First moment of `epoch`. */
export const epochStart = (net: NetworkTiming, epoch: Epoch): UnixMs => net.genesisMs + epoch * epochLengthMs(net)

/** Epoch at `now`; 0 before genesis. */
export const epochAt = (net: NetworkTiming, now: UnixMs): Epoch =>
  asEpoch(Math.max(0, Math.floor((now - net.genesisMs) / epochLengthMs(net))))

/** Layer at `now`; 0 before genesis. */
export const layerAt = (net: NetworkTiming, now: UnixMs): Layer =>
  asLayer(Math.max(0, Math.floor((now - net.genesisMs) / net.layerDurationMs)))

/**
 * The cycle gap in which an identity should prove for publish epoch `epoch`: PoET round `epoch − 1` has ended, round
 * `epoch` has not begun. A proof after it still counts for `epoch + 1` but misses the next round.
 */
export function cycleGap(net: NetworkTiming, epoch: Epoch): Window {
  const closesAt = epochStart(net, epoch) + net.poet.phaseShiftMs
  return { opensAt: closesAt - net.poet.cycleGapMs, closesAt }
}

/** Window in which the node registers at PoETs in `epoch` (for publish epoch `epoch + 1`); it ends with the gap. */
export function registrationWindow(net: NetworkTiming, epoch: Epoch): Window {
  const closesAt = epochStart(net, epoch) + net.poet.phaseShiftMs
  return { opensAt: closesAt - net.poet.gracePeriodMs, closesAt }
}

/** Last moment at which an ATX of publish epoch `epoch` still earns `epoch + 1`. */
export const publishEnd = (net: NetworkTiming, epoch: Epoch): UnixMs => epochStart(net, asEpoch(epoch + 1))

/** PoET round `round` runs from start(round)+S to start(round+1)+S−C. */
export const poetRound = (net: NetworkTiming, round: number): Window => ({
  opensAt: epochStart(net, asEpoch(round)) + net.poet.phaseShiftMs,
  closesAt: epochStart(net, asEpoch(round + 1)) + net.poet.phaseShiftMs - net.poet.cycleGapMs,
})

/** The gap that is open at `now`, or the next to open. */
export function currentGap(net: NetworkTiming, now: UnixMs): Window & { readonly epoch: Epoch; readonly isOpen: boolean } {
  const epoch = epochAt(net, now)
  const gap = cycleGap(net, epoch)
  if (now < gap.closesAt) return { ...gap, epoch, isOpen: now >= gap.opensAt }
  const next = asEpoch(epoch + 1)
  const nextGap = cycleGap(net, next)
  return { ...nextGap, epoch: next, isOpen: now >= nextGap.opensAt }
}

/** PoST parameters of the network; with `labelsPerUnit` × 16 bytes a Space Unit. */
export interface PostParameters {
  readonly labelsPerUnit: number
  readonly minNumUnits: number
  readonly maxNumUnits: number
  readonly k1: number
  readonly k2: number
  /** 32 bytes as 64 hex characters, big endian. */
  readonly powDifficulty: string
  readonly scrypt: { readonly n: number; readonly r: number; readonly p: number }
}

/** @source facts/node-config-and-cli.md §2 and §6 (checked against the built-in config of v1.8.3) */
export const MAINNET: NetworkTiming & { readonly post: PostParameters; readonly addressPrefix: string } = {
  genesisMs: Date.UTC(2023, 6, 14, 8, 0, 0),
  layerDurationMs: 300_000,
  layersPerEpoch: 4032,
  poet: { phaseShiftMs: 864_000_000, cycleGapMs: 43_200_000, gracePeriodMs: 3_600_000 },
  post: {
    labelsPerUnit: 4_294_967_296,
    minNumUnits: 4,
    maxNumUnits: 4_294_967_295,
    k1: 26,
    k2: 37,
    powDifficulty: '000dfb23b0979b4b000000000000000000000000000000000000000000000000',
    scrypt: { n: 8192, r: 1, p: 1 },
  },
  addressPrefix: 'sm',
}
