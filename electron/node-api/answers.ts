import { PostState_State, type PostStatesResponse } from '../../proto/gen/spacemesh/v1/post_pb.js'
import type { NodeStatus } from '../../proto/gen/spacemesh/v1/node_pb.js'
import type { SmesherIDsResponse } from '../../proto/gen/spacemesh/v1/smesher_pb.js'
import type { Activation } from '../../proto/gen/spacemesh/v2alpha1/activation_pb.js'
import { MalfeasanceProof_MalfeasanceDomain as Domain, type MalfeasanceProof } from '../../proto/gen/spacemesh/v2alpha1/malfeasance_pb.js'
import { NodeStatusResponse_SyncStatus as SyncStatus, type NodeStatusResponse } from '../../proto/gen/spacemesh/v2alpha1/node_pb.js'
import { asEpoch, asLayer, bytesToHex, identityIdFromBytes, type IdentityId } from '../../shared/domain/ids.ts'
import type { ActivationEntry, NodeSync, PostStateEntry } from '../../shared/domain/observation.ts'

/** Answers of the node → payloads of observations. Pure; entries whose id is not 32 bytes long are left out. */

function stateOf(state: PostState_State): PostStateEntry['state'] {
  if (state === PostState_State.IDLE) return 'idle'
  if (state === PostState_State.PROVING) return 'proving'
  return { unknown: state }
}

/** In order of the ids: the node's own order is random. */
export const postStates = (answer: PostStatesResponse): PostStateEntry[] =>
  answer.states
    .flatMap((entry) => {
      const identity = identityIdFromBytes(entry.id)
      return identity === undefined ? [] : [{ identity, state: stateOf(entry.state), name: entry.name }]
    })
    .sort((a, b) => (a.identity < b.identity ? -1 : 1))

export const smesherIds = (answer: SmesherIDsResponse): IdentityId[] =>
  answer.publicKeys.flatMap((key) => identityIdFromBytes(key) ?? []).sort()

/** `undefined` when the node says a sync state that we do not know: then v1 is asked, which says yes or no. */
export function syncFromV2(answer: NodeStatusResponse): NodeSync | undefined {
  const known: readonly number[] = [SyncStatus.OFFLINE, SyncStatus.SYNCING, SyncStatus.SYNCED]
  if (!known.includes(answer.status)) return undefined
  return {
    isSynced: answer.status === SyncStatus.SYNCED,
    connectedPeers: Number(answer.connectedPeers),
    currentLayer: asLayer(answer.currentLayer),
    latestLayer: asLayer(answer.latestLayer),
    appliedLayer: asLayer(answer.appliedLayer),
  }
}

export const syncFromV1 = (status: NodeStatus): NodeSync => ({
  isSynced: status.isSynced,
  connectedPeers: Number(status.connectedPeers),
  currentLayer: asLayer(status.topLayer?.number ?? 0),
  latestLayer: asLayer(status.syncedLayer?.number ?? 0),
  appliedLayer: asLayer(status.verifiedLayer?.number ?? 0),
})

export function activation(entry: Activation): ActivationEntry | undefined {
  const identity = identityIdFromBytes(entry.smesherId)
  if (identity === undefined) return undefined
  return { identity, atxId: bytesToHex(entry.id), publishEpoch: asEpoch(entry.publishEpoch), numUnits: entry.numUnits }
}

const LEGACY: Readonly<Record<number, string>> = {
  1: 'published two ATXs for one epoch',
  2: 'made two ballots in one layer',
  3: 'sent contradicting consensus messages',
  4: 'published an ATX with an invalid proof',
  5: 'published an ATX that points to a wrong previous ATX',
}
const BY_NAME: Readonly<Record<string, string>> = {
  InvalidPreviousATXProofV2: 'published two ATXs with the same previous ATX',
  InvalidPreviousATXProofV1: 'published two ATXs with the same previous ATX, an old and a new one',
  InvalidPoSTProof: 'published an ATX with an invalid proof',
  DoubleMarryProof: 'joined two equivocation sets',
  DoubleMergeProof: 'published two merged ATXs for one epoch',
}

/** Why the network banned it, in plain words; a kind that we do not know is named as the node names it. */
export function banReason(proof: Pick<MalfeasanceProof, 'domain' | 'type' | 'properties'>): string {
  const name = proof.properties['type']
  const known = name !== undefined ? BY_NAME[name] : proof.domain === Domain.DOMAIN_UNSPECIFIED ? LEGACY[proof.type] : undefined
  if (known !== undefined) return known
  return name !== undefined ? `proof of kind ${name}` : `proof of kind ${proof.type} in domain ${proof.domain}`
}
