import type { Epoch } from '../../shared/domain/ids.ts'
import {
  earnsNothing,
  isBefore,
  isUnknownNewer,
  MAINNET_ATX_V2_EPOCH,
  parseVersion,
  type NodeVersion,
} from '../../shared/domain/node-versions.ts'

export { isBefore, parseVersion, type NodeVersion }

/**
 * - `run-ok`: behaves as recorded (1.7 and 1.8).
 * - `attach-only`: older; watched, but neither started nor changed by us.
 * - `earns-nothing`: mainnet, epoch 45 or later, below 1.8.0: its ATXs are not accepted.
 * - `unknown-newer`: watched; what we do not know of it is said.
 * - `unreadable`: the version is not one.
 */
export interface VersionVerdict {
  readonly kind: 'run-ok' | 'attach-only' | 'earns-nothing' | 'unknown-newer' | 'unreadable'
  readonly sentence: string
}

/** What may be done with a node of this version. `epoch`: the current one, when it is known. */
export function judge(version: string, network: { readonly isMainnet: boolean; readonly epoch: Epoch | undefined }): VersionVerdict {
  const parsed = parseVersion(version)
  if (parsed === undefined) {
    return { kind: 'unreadable', sentence: `The node calls its version "${version}", which cannot be read: it is only watched.` }
  }
  const name = `${parsed.major}.${parsed.minor}.${parsed.patch}`
  const isOld = isBefore(parsed, 1, 8)
  if (earnsNothing(parsed, network)) {
    return {
      kind: 'earns-nothing',
      sentence:
        `Node ${name} earns nothing: since epoch ${MAINNET_ATX_V2_EPOCH} mainnet accepts only ATXs made by 1.8.0 or newer. ` +
        'Upgrade the node now, before its next PoET registration: one that an older node made is lost.',
    }
  }
  if (isBefore(parsed, 1, 7)) {
    return {
      kind: 'attach-only',
      sentence: `Node ${name} is watched only. Smeshkeeper starts and changes nodes from 1.7 on: upgrade to run it here.`,
    }
  }
  if (isUnknownNewer(parsed)) {
    return {
      kind: 'unknown-newer',
      sentence:
        `Node ${name} is newer than this version of Smeshkeeper, which knows 1.7 and 1.8. It is watched; events and states ` +
        'that it does not know are shown as the node names them.',
    }
  }
  const warning = isOld && network.isMainnet ? ` From mainnet epoch ${MAINNET_ATX_V2_EPOCH} on it earns nothing: upgrade to 1.8.` : ''
  return { kind: 'run-ok', sentence: `Node ${name} is known and may be run.${warning}` }
}
