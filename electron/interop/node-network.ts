import { MAINNET, type NetworkTiming, type PostParameters } from '../../shared/domain/network.ts'
import type { FoundNetwork } from '../../shared/domain/inventory.ts'
import { numberAt, textAt, type ConfigValues } from './config-values.ts'
import { durationMs } from './duration.ts'

/** What a preset gives. Genesis of `standalone` is near its start, so it has none of its own. */
type Base = Partial<Omit<NetworkTiming, 'poet'>> & {
  readonly poet: NetworkTiming['poet']
  readonly post: PostParameters
  readonly addressPrefix: string
}

/** @source facts/node-config-and-cli.md §8 */
const STANDALONE: Base = {
  layerDurationMs: 6_000,
  layersPerEpoch: 10,
  poet: { phaseShiftMs: 30_000, cycleGapMs: 30_000, gracePeriodMs: 12_000 },
  post: {
    labelsPerUnit: 64,
    minNumUnits: 1,
    maxNumUnits: 2,
    k1: 12,
    k2: 4,
    powDifficulty: 'f'.repeat(64),
    scrypt: { n: 8192, r: 1, p: 1 },
  },
  addressPrefix: 'standalone',
}

const MAINNET_EXTRA = '00000000000000000001a6bc150307b5c1998045752b3c87eccf3c013036f3cc'
export interface NetworkAnswer {
  readonly network?: FoundNetwork
  /** What is missing or wrong, as sentences. */
  readonly problems: readonly string[]
}

function timeAt(values: ConfigValues): number | undefined {
  const text = textAt(values, 'genesis.genesis-time')
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

function scryptOf(values: ConfigValues, base: Base | undefined): PostParameters['scrypt'] | undefined {
  const at = (letter: 'n' | 'r' | 'p'): number | undefined =>
    numberAt(values, `smeshing.smeshing-opts.smeshing-opts-scrypt.${letter}`) ?? base?.post.scrypt[letter]
  const [n, r, p] = [at('n'), at('r'), at('p')]
  return n === undefined || r === undefined || p === undefined ? undefined : { n, r, p }
}

function difficultyOf(values: ConfigValues, base: Base | undefined): string | undefined {
  const text = textAt(values, 'post.post-pow-difficulty')
  if (text === undefined) return base?.post.powDifficulty
  return /^[0-9a-fA-F]{64}$/.test(text) ? text.toLowerCase() : undefined
}

/**
 * The network that a node runs on: its preset, and what its config and command line put over it. Without a preset the
 * node's built-in values are mainnet's.
 * @param genesisMs from the data folder's genesis.json: decides when the config gives none
 * @returns no network when one value is not known, with its name in `problems`
 */
export function networkOf(values: ConfigValues, genesisMs?: number): NetworkAnswer {
  const preset = textAt(values, 'preset')
  const base: Base | undefined = preset === undefined ? MAINNET : preset === 'standalone' ? STANDALONE : undefined
  const missing: string[] = []
  /** Notes a value that nobody gives; the stand-in is never used, because then there is no network. */
  const need = <T>(name: string, standIn: T, ...given: readonly (T | undefined)[]): T => {
    const value = given.find((one) => one !== undefined)
    if (value === undefined) missing.push(name)
    return value ?? standIn
  }
  const network = {
    genesisMs: need('genesis time', 0, timeAt(values), genesisMs, base?.genesisMs),
    layerDurationMs: need('layer duration', 0, durationMs(values.get('main.layer-duration')), base?.layerDurationMs),
    layersPerEpoch: need('layers per epoch', 0, numberAt(values, 'main.layers-per-epoch'), base?.layersPerEpoch),
    poet: {
      phaseShiftMs: need('PoET phase shift', 0, durationMs(values.get('poet.phase-shift')), base?.poet.phaseShiftMs),
      cycleGapMs: need('PoET cycle gap', 0, durationMs(values.get('poet.cycle-gap')), base?.poet.cycleGapMs),
      gracePeriodMs: need('PoET grace period', 0, durationMs(values.get('poet.grace-period')), base?.poet.gracePeriodMs),
    },
    post: {
      labelsPerUnit: need('labels per unit', 0, numberAt(values, 'post.post-labels-per-unit'), base?.post.labelsPerUnit),
      minNumUnits: need('smallest number of units', 0, numberAt(values, 'post.post-min-numunits'), base?.post.minNumUnits),
      maxNumUnits: need('largest number of units', 0, numberAt(values, 'post.post-max-numunits'), base?.post.maxNumUnits),
      k1: need('K1', 0, numberAt(values, 'post.post-k1'), base?.post.k1),
      k2: need('K2', 0, numberAt(values, 'post.post-k2'), base?.post.k2),
      powDifficulty: need('proof-of-work difficulty', '', difficultyOf(values, base)),
      scrypt: need('scrypt parameters', { n: 0, r: 0, p: 0 }, scryptOf(values, base)),
    },
    addressPrefix: need('address prefix', '', textAt(values, 'main.network-hrp'), base?.addressPrefix),
  }
  if (missing.length > 0) return { problems: [missingSentence(missing, preset)] }
  const hasOwnExtra = (textAt(values, 'genesis.genesis-extra-data') ?? MAINNET_EXTRA) !== MAINNET_EXTRA
  return {
    network: { ...network, isMainnet: preset === undefined && network.genesisMs === MAINNET.genesisMs && !hasOwnExtra },
    problems: [],
  }
}

const missingSentence = (missing: readonly string[], preset: string | undefined): string =>
  `The node's network is not known whole: its config does not give ${missing.join(', ')}` +
  `${preset === undefined ? '' : `, and Smeshkeeper does not know its preset ${preset}`}. Without it no deadline can be told; ` +
  'write it into the node’s config, or set Smeshkeeper up by hand.'
