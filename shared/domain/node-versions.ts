import type { Network } from '../setup/network.ts'
import type { AlarmCode, Severity } from './status.ts'

interface VersionAlarm {
  readonly code: AlarmCode
  readonly severity: Severity
  readonly sentence: string
}

export interface NodeVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** `v1.8.3`, `1.8.3-rc1`, `v1.7.6+dirty`; `undefined` for anything else. */
export function parseVersion(text: string): NodeVersion | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text.trim())
  return found === null ? undefined : { major: Number(found[1]), minor: Number(found[2]), patch: Number(found[3]) }
}

export const isBefore = (version: NodeVersion, major: number, minor: number): boolean =>
  version.major < major || (version.major === major && version.minor < minor)

/**
 * First mainnet epoch whose ATXs must be of version 2, which nodes make from 1.8.0 on.
 * @source facts/node-config-and-cli.md §2 `atx-versions`, design.md §9.16
 */
export const MAINNET_ATX_V2_EPOCH = 45

/** On mainnet from {@link MAINNET_ATX_V2_EPOCH} on: no ATX that this node makes is accepted. */
export const earnsNothing = (version: NodeVersion, network: { readonly isMainnet: boolean; readonly epoch: number | undefined }): boolean =>
  network.isMainnet && network.epoch !== undefined && network.epoch >= MAINNET_ATX_V2_EPOCH && isBefore(version, 1, 8)

/** Newer than every minor release that was recorded. */
export const isUnknownNewer = (version: NodeVersion): boolean => !isBefore(version, 1, 9)

/** What the node's version alone means on this network; `undefined` when it is known and fine, or nobody said it. */
export function nodeTooOld(version: string | undefined, net: Network, epoch: number): VersionAlarm | undefined {
  const parsed = version === undefined ? undefined : parseVersion(version)
  if (parsed === undefined) return undefined
  if (earnsNothing(parsed, { isMainnet: net.isMainnet, epoch })) {
    return {
      code: 'node-too-old',
      severity: 'bad',
      sentence: `This node (${version ?? ''}) earns nothing: since epoch ${MAINNET_ATX_V2_EPOCH} the network takes ATXs of 1.8.0 and later only. Upgrade it before the next registration.`,
    }
  }
  if (isUnknownNewer(parsed)) {
    return {
      code: 'node-version-unknown',
      severity: 'info',
      sentence: `This node (${version ?? ''}) is newer than what this version of Smeshkeeper was checked with. It is watched; what it says anew is shown as unknown.`,
    }
  }
  return undefined
}
