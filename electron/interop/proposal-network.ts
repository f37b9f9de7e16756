import { MAINNET } from '../../shared/domain/network.ts'
import type { FoundNetwork } from '../../shared/domain/inventory.ts'
import type { SetupNetwork } from '../../shared/setup/schema.ts'
import { toldParameters, type ToldParameters } from './service-reading.ts'

/** @source facts/identity-and-keys.md §2 */
export const MAINNET_GENESIS = '9eebff023abb17ccb775c602daade8ed708f0a50'

export interface NetworkProposal {
  /** Absent when it is not known whole. */
  readonly network?: SetupNetwork
  readonly sentence?: string
  readonly problems: readonly string[]
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** What a node on mainnet does otherwise than the preset, its PoETs' timing above all. */
function mainnet(found: FoundNetwork | undefined): SetupNetwork {
  if (found === undefined) return { preset: 'mainnet' }
  return {
    preset: 'mainnet',
    ...(found.layerDurationMs === MAINNET.layerDurationMs ? {} : { layerDurationMs: found.layerDurationMs }),
    ...(found.layersPerEpoch === MAINNET.layersPerEpoch ? {} : { layersPerEpoch: found.layersPerEpoch }),
    ...(equal(found.poet, MAINNET.poet) ? {} : { poet: found.poet }),
    ...(equal(found.post, MAINNET.post) ? {} : { post: found.post }),
    ...(found.addressPrefix === MAINNET.addressPrefix ? {} : { addressPrefix: found.addressPrefix }),
  }
}

/** One value that all services were told, or that none was; two different ones are nobody's. */
function agreed<T>(values: readonly (T | undefined)[]): { readonly value?: T; readonly isSplit: boolean } {
  const given = values.filter((value) => value !== undefined)
  const [first] = given
  return { ...(first === undefined ? {} : { value: first }), isSplit: given.some((value) => !equal(value, first)) }
}

/** Outside mainnet scrypt and difficulty are the services' own business: what they were told made their data and proofs. */
function custom(found: FoundNetwork, told: readonly ToldParameters[]): NetworkProposal {
  const difficulty = agreed(told.map(({ powDifficulty }) => powDifficulty))
  const scrypt = agreed(told.map((one) => one.scrypt))
  const problems =
    difficulty.isSplit || scrypt.isSplit
      ? [
          'Its services were given different proof-of-work difficulties or scrypt parameters: only one of them can be right for this network.',
        ]
      : []
  const { isMainnet: _no, genesisMs, post, ...rest } = found
  return {
    network: {
      preset: 'custom',
      ...rest,
      genesisTime: new Date(genesisMs).toISOString(),
      post: {
        ...post,
        ...(difficulty.value === undefined || difficulty.isSplit ? {} : { powDifficulty: difficulty.value }),
        ...(scrypt.value === undefined || scrypt.isSplit ? {} : { scrypt: scrypt.value }),
      },
    },
    sentence: `It is on a network of its own, with the genesis ${new Date(genesisMs).toISOString()}.`,
    problems,
  }
}

/**
 * The network of a found node for the set-up: mainnet by the genesis of its data folder or by its config, else custom with
 * everything its config says.
 * @param genesisId of the data folder, where it could be read
 * @param services  command lines of its services
 */
export function proposeNetwork(
  found: FoundNetwork | undefined,
  genesisId: string | undefined,
  services: readonly (readonly string[])[],
): NetworkProposal {
  const isMainnetFolder = genesisId === MAINNET_GENESIS
  if (genesisId !== undefined && found !== undefined && isMainnetFolder !== found.isMainnet) {
    const [folder, config] = isMainnetFolder ? ['mainnet', 'another network'] : ['another network', 'mainnet']
    return {
      problems: [`Its data folder is of ${folder}, its config of ${config}: the node would refuse to start. Correct the config first.`],
    }
  }
  if (isMainnetFolder || found?.isMainnet === true) {
    const isOwnTiming = found !== undefined && !equal(found.poet, MAINNET.poet)
    const unread =
      found === undefined
        ? ['Its config was not read: the timing of its PoETs is taken as the usual one of mainnet. Check it if yours are others.']
        : []
    return {
      network: mainnet(found),
      sentence: isOwnTiming ? 'It is on mainnet, with PoETs of another timing than the usual.' : 'It is on mainnet.',
      problems: unread,
    }
  }
  if (found !== undefined) return custom(found, services.map(toldParameters))
  const why =
    genesisId === undefined ? 'neither its config nor a genesis.json was read' : 'it is not mainnet, and its config was not read whole'
  return {
    problems: [
      `Which network the node is on is not known: ${why}. Without it no deadline can be told, so that it cannot be brought in as it is. Name its config by hand in Settings.`,
    ],
  }
}
