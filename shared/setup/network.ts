import { MAINNET, type NetworkTiming, type PostParameters } from '../domain/network.ts'
import type { SetupNetwork } from './schema.ts'

export interface Network extends NetworkTiming {
  readonly post: PostParameters
  readonly addressPrefix: string
  readonly isMainnet: boolean
}

/** The network of a set-up with its preset filled in; what the set-up gives wins. */
export function resolveNetwork(network: SetupNetwork): Network {
  if (network.preset === 'custom') {
    return { ...network, genesisMs: Date.parse(network.genesisTime), isMainnet: false }
  }
  return {
    genesisMs: network.genesisTime === undefined ? MAINNET.genesisMs : Date.parse(network.genesisTime),
    layerDurationMs: network.layerDurationMs ?? MAINNET.layerDurationMs,
    layersPerEpoch: network.layersPerEpoch ?? MAINNET.layersPerEpoch,
    poet: network.poet ?? MAINNET.poet,
    post: network.post ?? MAINNET.post,
    addressPrefix: network.addressPrefix ?? MAINNET.addressPrefix,
    isMainnet: true,
  }
}
