import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { status } from '@grpc/grpc-js'
import { AccountService } from '../../../proto/gen/spacemesh/v2alpha1/account_pb.js'
import { ActivationService, ActivationStreamService } from '../../../proto/gen/spacemesh/v2alpha1/activation_pb.js'
import { LayerService } from '../../../proto/gen/spacemesh/v2alpha1/layer_pb.js'
import { MalfeasanceService, MalfeasanceStreamService } from '../../../proto/gen/spacemesh/v2alpha1/malfeasance_pb.js'
import { SortOrder } from '../../../proto/gen/spacemesh/v2alpha1/common_pb.js'
import { NetworkService } from '../../../proto/gen/spacemesh/v2alpha1/network_pb.js'
import { NodeService, NodeStatusResponse_SyncStatus } from '../../../proto/gen/spacemesh/v2alpha1/node_pb.js'
import { RewardService, RewardStreamService } from '../../../proto/gen/spacemesh/v2alpha1/reward_pb.js'
import { TransactionService } from '../../../proto/gen/spacemesh/v2alpha1/transaction_pb.js'
import { addressText } from './bech32.ts'
import { effectiveGenesis } from './chain.ts'
import { durationOf, hexOf, idBytes } from './messages.ts'
import type { Node } from './node.ts'
import { RpcError, type Route, type Router } from './rpc.ts'
import type { Atx, Ban, Reward } from './state-db.ts'

interface Page {
  readonly offset: bigint
  readonly limit: bigint
}

function page<T>(items: readonly T[], { offset, limit }: Page): T[] {
  if (limit === 0n) throw new RpcError(status.INVALID_ARGUMENT, 'limit must be set to <= 100')
  if (limit > 100n) throw new RpcError(status.INVALID_ARGUMENT, 'limit is capped at 100')
  return items.slice(Number(offset), Number(offset + limit))
}

/** Both bounds inclusive; 0 = no bound. */
const within = (value: number, from: number, to: number): boolean => (from === 0 || value >= from) && (to === 0 || value <= to)
const chosen = (ids: readonly Uint8Array[], id: string): boolean => ids.length === 0 || ids.some((bytes) => hexOf(bytes) === id)

const activationOf = (node: Node, atx: Atx) => ({
  id: idBytes(atx.id),
  smesherId: idBytes(atx.smesher),
  publishEpoch: atx.publishEpoch,
  coinbase: addressText(node.world.config.hrp, atx.coinbase),
  weight: atx.weight,
  height: atx.height,
  numUnits: atx.numUnits,
})

const rewardOf = (node: Node, reward: Reward) => ({
  layer: reward.layer,
  total: reward.smidge,
  layerReward: reward.smidge,
  coinbase: addressText(node.world.config.hrp, reward.coinbase),
  smesher: idBytes(reward.smesher),
})

/** A legacy entry has a numeric type; a v2 entry names it in its properties. */
const proofOf = (ban: Ban) =>
  ban.kind === 'legacy'
    ? { smesher: idBytes(ban.smesher), type: 1, properties: { smesher_id: ban.smesher } }
    : { smesher: idBytes(ban.smesher), domain: 1, type: 0, properties: { type: 'InvalidPreviousATXProofV2', node_id: ban.smesher } }

/** Services of the public listener, under v2alpha1 and (from 1.8 on) v2beta1. */
export function publicV2Routes(node: Node, router: Router): Route[] {
  const { world, chain } = node
  const { config, time, state } = world
  return [
    router.unary(NodeService.method.status, () => ({
      connectedPeers: 0n,
      status: chain.isSynced() ? NodeStatusResponse_SyncStatus.SYNCED : NodeStatusResponse_SyncStatus.SYNCING,
      latestLayer: chain.appliedLayer(),
      appliedLayer: chain.appliedLayer(),
      processedLayer: chain.appliedLayer(),
      currentLayer: time.layer(),
    })),
    router.unary(NetworkService.method.info, () => ({
      genesisTime: timestampFromMs(config.genesisMs),
      layerDuration: durationOf(config.layerMs),
      genesisId: idBytes(world.genesisId),
      hrp: config.hrp,
      effectiveGenesisLayer: effectiveGenesis(world),
      layersPerEpoch: config.layersPerEpoch,
      labelsPerUnit: config.post.labelsPerUnit,
    })),
    router.unary(ActivationService.method.list, (request) => {
      const found = state
        .atxs()
        .filter(
          (a) =>
            within(a.publishEpoch, request.startEpoch, request.endEpoch) &&
            chosen(request.id, a.id) &&
            chosen(request.smesherId, a.smesher),
        )
        .map((atx) => activationOf(node, atx))
      const kept = request.coinbase === '' ? found : found.filter((a) => a.coinbase === request.coinbase)
      return { activations: page(kept, request) }
    }),
    router.unary(ActivationService.method.activationsCount, ({ epoch }) => ({
      count: state.atxs().filter((atx) => epoch === undefined || atx.publishEpoch === epoch).length,
    })),
    ...(world.version.is18
      ? [
          router.unary(ActivationService.method.highest, () => {
            const highest = state.atxs().at(-1)
            return { activation: highest === undefined ? { id: idBytes(world.goldenAtx) } : activationOf(node, highest) }
          }),
        ]
      : []),
    ...publicListRoutes(node, router),
  ]
}

function publicListRoutes(node: Node, router: Router): Route[] {
  const { world, chain } = node
  const { state } = world
  return [
    router.unary(RewardService.method.list, (request) => {
      const { filterBy } = request
      const found = state
        .rewards()
        .filter((r) => within(r.layer, request.startLayer, request.endLayer))
        .filter((r) => filterBy.case !== 'smesher' || hexOf(filterBy.value) === r.smesher)
        .map((r) => rewardOf(node, r))
        .filter((r) => filterBy.case !== 'coinbase' || filterBy.value === r.coinbase)
      return { rewards: page(request.sortOrder === SortOrder.DESC ? found.reverse() : found, request) }
    }),
    router.unary(LayerService.method.list, (request) => {
      const top = chain.appliedLayer()
      const from = Math.max(effectiveGenesis(world), request.startLayer)
      const to = request.endLayer === 0 ? top : Math.min(top, request.endLayer)
      const layers = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({ number: from + i, status: 2 }))
      return { layers: page(request.sortOrder === SortOrder.DESC ? layers.reverse() : layers, request) }
    }),
    router.unary(AccountService.method.list, (request) => ({
      accounts: page(request.addresses, request).map((address) => ({ address, current: { layer: chain.appliedLayer() } })),
    })),
    router.unary(MalfeasanceService.method.list, (request) => {
      // The real node counts the legacy rows of everybody, whatever the filter says: with a small limit a v2 ban is not seen.
      const all = state.bans()
      const found = all.filter((ban) => chosen(request.smesherId, ban.smesher))
      const legacyRows = all.filter((ban) => ban.kind === 'legacy').length
      page(found, request)
      const seen = Number(request.offset + request.limit) >= legacyRows ? found : found.filter((ban) => ban.kind === 'legacy')
      return { proofs: page(seen, request).map(proofOf) }
    }),
    router.unary(TransactionService.method.list, (request) => {
      page([], { offset: 0n, limit: request.limit })
      return {}
    }),
  ]
}

/** Streams of the private listener. LayerStreamService is served apart: calling it kills the node. */
export function privateV2Routes(node: Node, router: Router): Route[] {
  const { world, chain } = node
  return [
    router.stream(ActivationStreamService.method.stream, ({ startEpoch, endEpoch, watch }, out) => {
      const sent = new Set<string>()
      const sendNew = (): void => {
        for (const atx of world.state.atxs()) {
          if (sent.has(atx.id) || !within(atx.publishEpoch, startEpoch, endEpoch)) continue
          sent.add(atx.id)
          out.send(activationOf(node, atx))
        }
      }
      sendNew()
      if (!watch) return out.end()
      out.closed(chain.onLayer(sendNew))
    }),
    router.stream(RewardStreamService.method.stream, ({ startLayer, endLayer, watch }, out) => {
      let last = -1
      const sendNew = (): void => {
        for (const reward of world.state.rewards()) {
          if (reward.layer <= last || !within(reward.layer, startLayer, endLayer)) continue
          out.send(rewardOf(node, reward))
        }
        last = world.state.rewards().at(-1)?.layer ?? last
      }
      sendNew()
      if (!watch) return out.end()
      out.closed(chain.onReward(sendNew))
    }),
    router.stream(MalfeasanceStreamService.method.stream, ({ smesherId, watch }, out) => {
      for (const ban of world.state.bans()) if (chosen(smesherId, ban.smesher)) out.send(proofOf(ban))
      if (!watch) return out.end()
      out.closed(node.onBan((ban) => void (chosen(smesherId, ban.smesher) && out.send(proofOf(ban)))))
    }),
  ]
}
