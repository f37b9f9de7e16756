import { createHash } from 'node:crypto'
import type { NodeConfig } from './config.ts'
import { Stopped } from './exits.ts'
import type { EventBus } from './events.ts'
import type { LocalDb } from './local-db.ts'
import type { NodeLog } from './log.ts'
import type { PoetNetwork } from './poet.ts'
import type { ScriptReader } from './script.ts'
import type { StateDb } from './state-db.ts'
import type { NodeVersion } from './versions.ts'

/** Time of the node: the wall clock (with the script's offset), layers, epochs, and waits that end with the node. */
export interface NodeTime {
  now(): number
  layer(): number
  epoch(): number
  layerStart(layer: number): number
  epochStart(epoch: number): number
  /** Real duration, shortened by the time scale: for the waits that no configuration sets. */
  sleep(ms: number): Promise<void>
  /** Until the node's clock reads `unixMs`. @throws Stopped */
  until(unixMs: number): Promise<void>
  nextLayer(): Promise<void>
}

/** All that the parts of the simulated node share. */
export interface World {
  readonly config: NodeConfig
  readonly version: NodeVersion
  readonly log: NodeLog
  readonly time: NodeTime
  readonly events: EventBus
  readonly script: ScriptReader
  readonly local: LocalDb
  readonly state: StateDb
  readonly poet: PoetNetwork
  readonly coinbase: Uint8Array | undefined
  /** 40 and 64 hex characters. */
  readonly genesisId: string
  readonly goldenAtx: string
}

/** Deterministic 32 bytes from words: ids, references, draws. */
export const digest = (...words: readonly (string | number)[]): Buffer => createHash('sha256').update(words.join('\n')).digest()

/** How often a long wait looks at the clock again, so that a jump of the clock is noticed. */
const LOOK_MS = 1000

export interface TimeOptions {
  readonly config: NodeConfig
  readonly script: ScriptReader
  readonly stop: AbortSignal
  /** 1 = real time; 0.1 = the built-in pauses take a tenth. */
  readonly scale: number
}

/** Time as the node sees it. */
export function nodeTime({ config, script, stop, scale }: TimeOptions): NodeTime {
  const now = (): number => Date.now() + (script.now().clockOffsetMs ?? 0)
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve, reject) => {
      if (stop.aborted) {
        reject(new Stopped('context canceled'))
        return
      }
      const give = (): void => {
        clearTimeout(timer)
        reject(new Stopped('context canceled'))
      }
      const timer = setTimeout(
        () => {
          stop.removeEventListener('abort', give)
          resolve()
        },
        Math.max(0, ms),
      )
      stop.addEventListener('abort', give, { once: true })
    })
  const until = async (unixMs: number): Promise<void> => {
    for (let left = unixMs - now(); left > 0; left = unixMs - now()) await pause(Math.min(left, LOOK_MS))
  }
  const layer = (): number => Math.max(0, Math.floor((now() - config.genesisMs) / config.layerMs))
  const layerStart = (index: number): number => config.genesisMs + index * config.layerMs
  return {
    now,
    layer,
    epoch: () => Math.floor(layer() / config.layersPerEpoch),
    layerStart,
    epochStart: (epoch) => layerStart(epoch * config.layersPerEpoch),
    sleep: (ms) => pause(ms * scale),
    until,
    nextLayer: () => until(now() < config.genesisMs ? config.genesisMs : layerStart(layer() + 1)),
  }
}
