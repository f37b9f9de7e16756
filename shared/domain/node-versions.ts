import type { Network } from '../setup/network.ts'
import type { AlarmCode, Severity } from './status.ts'

interface VersionAlarm {
  readonly code: AlarmCode
  readonly severity: Severity
  readonly sentence: string
}

/** `v1.7.6`, `1.8.3-fork+abc` → [1, 7, 6] */
export function parseVersion(text: string): readonly [number, number, number] | undefined {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text)
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])]
}

/** Epoch from which mainnet takes only ATX V2. @source design.md §9.16 */
const ATX_V2_EPOCH = 45
/** The newest minor release that was recorded. */
const KNOWN: readonly [number, number] = [1, 8]

/** What the node's version alone means on this network; `undefined` when it is known and fine, or nobody said it. */
export function nodeTooOld(version: string | undefined, net: Network, epoch: number): VersionAlarm | undefined {
  const parsed = version === undefined ? undefined : parseVersion(version)
  if (parsed === undefined) return undefined
  const [major, minor] = parsed
  if (net.isMainnet && epoch >= ATX_V2_EPOCH && (major < 1 || (major === 1 && minor < 8))) {
    return {
      code: 'node-too-old',
      severity: 'bad',
      sentence: `This node (${version ?? ''}) earns nothing: since epoch ${ATX_V2_EPOCH} the network takes ATXs of 1.8.0 and later only. Upgrade it before the next registration.`,
    }
  }
  if (major > KNOWN[0] || (major === KNOWN[0] && minor > KNOWN[1])) {
    return {
      code: 'node-version-unknown',
      severity: 'info',
      sentence: `This node (${version ?? ''}) is newer than what this version of Smeshkeeper was checked with. It is watched; what it says anew is shown as unknown.`,
    }
  }
  return undefined
}
