import { readFileSync } from 'node:fs'
import path from 'node:path'
import { assertNever } from '../../shared/domain/fault.ts'
import type { World } from '../../shared/domain/world.ts'
import { resolveNetwork } from '../../shared/setup/network.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { MAINNET_POETS, ownNodeConfig, probePoets, type PoetProbe } from '../programs/index.ts'

/** Asks the PoETs ourselves while the node waits for one, so that the one that holds it can be named. */
export interface PoetWatch {
  /** "https://… refuses connections; …": only those that hold the node, only while it waits. */
  sentence(): string | undefined
  close(): void
}

interface Options {
  readonly clock: Clock
  readonly setup: () => Setup
  readonly configFolder: string
  readonly world: () => World
  readonly probe?: typeof probePoets
}

const ASK_EVERY_MS = 15_000
const DEADLINE_MS = 5_000
/** A step that passes at once is nobody's fault. */
const PATIENCE_MS = 5_000

/** The PoETs of the config that the node runs with; its preset's where it lists none. */
export function poetsOf(setup: Setup, configFolder: string): readonly string[] {
  const { node } = setup
  if (node.mode !== 'managed') return []
  try {
    const file = path.join(configFolder, 'node-config.json')
    const own = ownNodeConfig(readFileSync(file, 'utf8'), file, node)
    if (!own.ok) return []
    if (own.value.poets.length > 0) return own.value.poets
    return resolveNetwork(setup.network).isMainnet ? MAINNET_POETS : []
  } catch {
    return [] // not written yet: the node does not wait for anybody
  }
}

function wordsOf({ poet, is }: PoetProbe): string {
  switch (is) {
    case 'answers':
      return ''
    case 'refuses':
      return `PoET ${poet} refuses connections; the node goes on without it in time.`
    case 'silent':
      return `PoET ${poet} takes the connection and does not answer: the node may wait for it for good.`
    case 'bad-certificate':
      return `PoET ${poet} cannot prove who it is; check this machine's clock.`
    default:
      return assertNever(is)
  }
}

export function watchPoets(options: Options): PoetWatch {
  const { clock, setup, world } = options
  const ask = options.probe ?? probePoets
  let found: readonly PoetProbe[] = []
  let isAsking = false
  let askedAt = Number.NEGATIVE_INFINITY
  const aborting = new AbortController()

  const isWaiting = (): boolean => {
    const { startStep, process } = world().node
    const isPoet = startStep?.step === 'poet-client' || startStep?.step === 'poet-waiting'
    return isPoet && process?.value.at === 'starting' && clock.now() - startStep.at > PATIENCE_MS
  }
  const look = async (): Promise<void> => {
    if (!isWaiting()) {
      found = []
      return
    }
    if (isAsking || clock.monotonic() - askedAt < ASK_EVERY_MS) return
    isAsking = true
    found = await ask(poetsOf(setup(), options.configFolder), DEADLINE_MS, aborting.signal)
    askedAt = clock.monotonic()
    isAsking = false
  }
  const stop = clock.every(1_000, () => void look())

  return {
    sentence() {
      const bad = found.map(wordsOf).filter((words) => words !== '')
      return bad.length === 0 ? undefined : bad.join(' ')
    },
    close() {
      stop()
      aborting.abort()
    },
  }
}
