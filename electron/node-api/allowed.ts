import type { DescMethod } from '@bufbuild/protobuf'
import type { Listener } from './faults.ts'
import { pathOf } from './grpc.ts'
import { v1, v2alpha1 } from './services.ts'

export interface AllowedCall {
  readonly listener: Listener
  /** Longest silence; for streams until the header (`watch`) or until the end. */
  readonly deadlineMs: number
}

const QUICK_MS = 5_000
const PATIENT_MS = 30_000

type Entry = readonly [DescMethod, Listener, number]

/** Everything that this client may call: reading only. v2 methods stand for both of their packages. */
const ENTRIES: readonly Entry[] = [
  [v1.NodeService.method.version, 'public', QUICK_MS],
  [v1.NodeService.method.build, 'public', QUICK_MS],
  [v1.NodeService.method.status, 'public', QUICK_MS],
  [v1.NodeService.method.nodeInfo, 'public', QUICK_MS],
  [v1.MeshService.method.genesisTime, 'public', QUICK_MS],
  [v1.MeshService.method.genesisID, 'public', QUICK_MS],
  [v1.MeshService.method.currentEpoch, 'public', QUICK_MS],
  [v1.MeshService.method.currentLayer, 'public', QUICK_MS],
  [v1.MeshService.method.epochNumLayers, 'public', QUICK_MS],
  [v1.MeshService.method.layerDuration, 'public', QUICK_MS],
  [v1.MeshService.method.malfeasanceQuery, 'public', QUICK_MS],
  [v1.ActivationService.method.get, 'public', QUICK_MS],
  [v1.ActivationService.method.highest, 'public', QUICK_MS],
  [v2alpha1.NodeService.method.status, 'public', QUICK_MS],
  [v2alpha1.NetworkService.method.info, 'public', QUICK_MS],
  [v2alpha1.ActivationService.method.list, 'public', PATIENT_MS],
  [v2alpha1.RewardService.method.list, 'public', PATIENT_MS],
  [v2alpha1.LayerService.method.list, 'public', PATIENT_MS],
  [v2alpha1.AccountService.method.list, 'public', PATIENT_MS],
  [v2alpha1.MalfeasanceService.method.list, 'public', PATIENT_MS],
  [v2alpha1.MalfeasanceStreamService.method.stream, 'private', PATIENT_MS],
  [v1.SmesherService.method.smesherIDs, 'private', QUICK_MS],
  [v1.SmesherService.method.coinbase, 'private', QUICK_MS],
  [v1.SmesherService.method.postConfig, 'private', QUICK_MS],
  [v1.SmesherService.method.postSetupStatus, 'private', QUICK_MS],
  [v1.AdminService.method.eventsStream, 'private', QUICK_MS],
  [v1.AdminService.method.peerInfoStream, 'private', QUICK_MS],
  [v1.DebugService.method.networkInfo, 'private', QUICK_MS],
  [v1.PostInfoService.method.postStates, 'post', QUICK_MS],
]

/**
 * The methods as they may stand on the wire, with their listener and deadline.
 * @throws when a method that harms a node is among them: one call of LayerStreamService kills it (all versions).
 */
export function allowList(entries: readonly Entry[] = ENTRIES): ReadonlyMap<string, AllowedCall> {
  const list = new Map<string, AllowedCall>()
  for (const [method, listener, deadlineMs] of entries) {
    const path = pathOf(method)
    if (/\.LayerStreamService\//.test(path)) throw new Error(`${path} kills the node and may never be called`)
    if (!/^\/spacemesh\.v(1|2alpha1)\./.test(path)) throw new Error(`${path} is not one of ours`)
    if (/\/(Set|Start|Stop|Recover|Submit|Register|Change)/.test(path)) throw new Error(`${path} changes the node`)
    if (method.methodKind !== 'unary' && method.methodKind !== 'server_streaming') throw new Error(`${path} sends a stream`)
    list.set(path, { listener, deadlineMs })
  }
  return list
}
