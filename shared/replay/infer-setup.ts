import type { UnixMs } from '../domain/ids.ts'
import { setupSchema, type Setup } from '../setup/schema.ts'
import { record, text, time } from './json-lines.ts'
import type { Hints } from './types.ts'

const DAY_MS = 86_400_000

/** Go durations as the configs have them: `30s`, `12h`, `1m30s`. */
function goDuration(value: unknown): number | undefined {
  const found = [...(text(value) ?? '').matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)]
  if (found.length === 0) return undefined
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
  return found.reduce((sum, [, figure, unit]) => sum + Number(figure) * (units[unit ?? 's'] ?? 0), 0)
}

interface Timing {
  readonly layerDurationMs: number
  readonly layersPerEpoch: number
  readonly poet: { readonly phaseShiftMs: number; readonly cycleGapMs: number; readonly gracePeriodMs: number }
}
/** Preset `standalone` of the node. @source facts/node-config-and-cli.md §8 */
const STANDALONE: Timing = {
  layerDurationMs: 6_000,
  layersPerEpoch: 10,
  poet: { phaseShiftMs: 30_000, cycleGapMs: 30_000, gracePeriodMs: 12_000 },
}

export interface ConfigHints extends Hints {
  readonly timing?: Timing
}

/** Whether a JSON text is a node's configuration. */
export const isConfig = (value: unknown): boolean =>
  record(record(value)?.['genesis']) !== undefined || text(record(value)?.['preset']) !== undefined

/** Timing from a node's config: what it gives over the preset that it names. */
export function readConfig(value: unknown): ConfigHints {
  const config = record(value)
  const genesisMs = time(record(config?.['genesis'])?.['genesis-time'])
  const main = record(config?.['main'])
  const poet = record(config?.['poet'])
  const base = text(config?.['preset']) === 'standalone' ? STANDALONE : undefined
  const layerDurationMs = goDuration(main?.['layer-duration']) ?? base?.layerDurationMs
  const layers = main?.['layers-per-epoch']
  const layersPerEpoch = typeof layers === 'number' ? layers : base?.layersPerEpoch
  const phaseShiftMs = goDuration(poet?.['phase-shift']) ?? base?.poet.phaseShiftMs
  const cycleGapMs = goDuration(poet?.['cycle-gap']) ?? base?.poet.cycleGapMs
  const gracePeriodMs = goDuration(poet?.['grace-period']) ?? base?.poet.gracePeriodMs
  const isWhole =
    layerDurationMs !== undefined &&
    layersPerEpoch !== undefined &&
    phaseShiftMs !== undefined &&
    cycleGapMs !== undefined &&
    gracePeriodMs !== undefined
  return {
    ...(genesisMs === undefined ? {} : { genesisMs }),
    ...(isWhole ? { timing: { layerDurationMs, layersPerEpoch, poet: { phaseShiftMs, cycleGapMs, gracePeriodMs } } } : {}),
  }
}

/** A case with one service and no node has no epochs: one long gap is taken, so that only the service is judged. */
function loneService(from: UnixMs): { readonly genesisMs: UnixMs; readonly timing: Timing } {
  const timing = {
    layerDurationMs: 300_000,
    layersPerEpoch: 4032,
    poet: { phaseShiftMs: 10 * DAY_MS, cycleGapMs: DAY_MS / 2, gracePeriodMs: 3_600_000 },
  }
  return { genesisMs: from - 14 * DAY_MS - 9.5 * DAY_MS - 3_600_000, timing }
}

/**
 * The set-up that a recording implies: everything is somebody else's and only watched.
 * @param from first moment of the recording
 */
export function inferSetup(hints: ConfigHints, from: UnixMs): Setup {
  const lone = loneService(from)
  const timing = hints.timing ?? (hints.isServiceOnly === true ? lone.timing : STANDALONE)
  const genesisMs = hints.genesisMs ?? lone.genesisMs
  const services = [...(hints.services ?? new Map<string, { nonces?: number }>())]
  const ids = new Set([...(hints.names ?? new Map<string, string>()).keys(), ...services.map(([id]) => id)])
  return setupSchema.parse({
    version: 1,
    network: {
      preset: 'custom',
      genesisTime: new Date(genesisMs).toISOString(),
      ...timing,
      post: {
        labelsPerUnit: hints.labelsPerUnit ?? 64,
        minNumUnits: hints.minNumUnits ?? 1,
        maxNumUnits: hints.maxNumUnits ?? 64,
        k1: hints.k1 ?? 12,
        k2: hints.k2 ?? 4,
        powDifficulty: hints.powDifficulty ?? 'f'.repeat(64),
        scrypt: hints.scrypt ?? { n: 8192, r: 1, p: 1 },
      },
      addressPrefix: 'standalone',
    },
    node: { mode: 'attached', public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
    identities: [...ids].map((id) => ({ id, ...(hints.names?.get(id) === undefined ? {} : { nickname: hints.names.get(id) }) })),
    services: services.map(([identity, { nonces }]) => ({
      identity,
      owner: 'someone',
      binary: 'post-service',
      posFolder: 'recorded',
      threads: 1,
      operator: '127.0.0.1:50051',
      nodeAddress: 'http://127.0.0.1:9094',
      ...(nonces === undefined ? {} : { nonces: Math.max(16, nonces) }),
    })),
  })
}
