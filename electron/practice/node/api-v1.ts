import { status } from '@grpc/grpc-js'
import { ActivationService } from '../../../proto/gen/spacemesh/v1/activation_pb.js'
import { AdminService } from '../../../proto/gen/spacemesh/v1/admin_pb.js'
import { DebugService } from '../../../proto/gen/spacemesh/v1/debug_pb.js'
import { MeshService } from '../../../proto/gen/spacemesh/v1/mesh_pb.js'
import { NodeService } from '../../../proto/gen/spacemesh/v1/node_pb.js'
import { PostInfoService, PostState_State } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { SmesherService } from '../../../proto/gen/spacemesh/v1/smesher_pb.js'
import { addressText, parseAddress } from './bech32.ts'
import { effectiveGenesis } from './chain.ts'
import { hexOf, idBytes } from './messages.ts'
import type { Node } from './node.ts'
import { RpcError, type Route, type Router } from './rpc.ts'
import type { Atx } from './state-db.ts'

const secondsOf = (ms: number): bigint => BigInt(Math.floor(ms / 1000))

function activationOf(
  node: Node,
  atx: Atx,
): {
  id: { id: Uint8Array }
  layer: { number: number }
  smesherId: { id: Uint8Array }
  coinbase: { address: string }
  numUnits: number
  sequence: bigint
} {
  return {
    id: { id: idBytes(atx.id) },
    layer: { number: atx.publishEpoch * node.world.config.layersPerEpoch },
    smesherId: { id: idBytes(atx.smesher) },
    coinbase: { address: addressText(node.world.config.hrp, atx.coinbase) },
    numUnits: atx.numUnits,
    sequence: BigInt(atx.sequence),
  }
}

/** NodeService. */
export function nodeRoutes(node: Node, router: Router): Route[] {
  const { world, chain } = node
  const { method } = NodeService
  const nodeStatus = () => ({
    connectedPeers: 0n,
    isSynced: chain.isSynced(),
    syncedLayer: { number: chain.appliedLayer() },
    topLayer: { number: world.time.layer() },
    verifiedLayer: { number: chain.appliedLayer() },
  })
  return [
    router.unary(method.echo, ({ msg }) => {
      if (msg === undefined) throw new RpcError(status.INVALID_ARGUMENT, 'Must include `Msg`')
      return { msg }
    }),
    router.unary(method.version, () => ({ versionString: { value: world.version.name } })),
    router.unary(method.build, () => ({ buildString: { value: '' } })),
    router.unary(method.status, () => ({ status: nodeStatus() })),
    router.unary(method.nodeInfo, () => ({
      hrp: world.config.hrp,
      firstGenesis: effectiveGenesis(world),
      effectiveGenesis: effectiveGenesis(world),
      epochSize: world.config.layersPerEpoch,
    })),
    router.stream(method.statusStream, (_, out) => out.closed(chain.onLayer(() => void out.send({ status: nodeStatus() })))),
    router.stream(method.errorStream, () => undefined),
  ]
}

/** MeshService and ActivationService. */
export function meshRoutes(node: Node, router: Router): Route[] {
  const { world } = node
  const { config, time, state } = world
  const { method } = MeshService
  const legacy = (smesher: string): { smesherId: { id: Uint8Array }; kind: number } | undefined =>
    state.bans().some((ban) => ban.smesher === smesher && ban.kind === 'legacy')
      ? { smesherId: { id: idBytes(smesher) }, kind: 1 }
      : undefined
  return [
    router.unary(method.genesisTime, () => ({ unixtime: { value: secondsOf(config.genesisMs) } })),
    router.unary(method.currentLayer, () => ({ layernum: { number: time.layer() } })),
    router.unary(method.currentEpoch, () => ({ epochnum: { number: time.epoch() } })),
    router.unary(method.genesisID, () => ({ genesisId: idBytes(world.genesisId) })),
    router.unary(method.epochNumLayers, () => ({ numlayers: { number: config.layersPerEpoch } })),
    router.unary(method.layerDuration, () => ({ duration: { value: secondsOf(config.layerMs) } })),
    router.unary(method.malfeasanceQuery, ({ smesherHex }) => ({ proof: legacy(smesherHex.toLowerCase()) ?? {} })),
    router.stream(method.epochStream, ({ epoch }, out) => {
      for (const atx of state.atxs()) if (atx.publishEpoch === epoch) out.send({ id: { id: idBytes(atx.id) } })
      out.end()
    }),
    router.stream(method.malfeasanceStream, (_, out) => {
      for (const ban of state.bans()) if (ban.kind === 'legacy') out.send({ proof: legacy(ban.smesher) ?? {} })
      out.closed(node.onBan((ban) => void (ban.kind === 'legacy' && out.send({ proof: legacy(ban.smesher) ?? {} }))))
    }),
    router.unary(ActivationService.method.get, ({ id }) => {
      const atx = state.atxs().find((a) => a.id === hexOf(id))
      if (atx === undefined) throw new RpcError(status.NOT_FOUND, 'id was not found')
      const proof = legacy(atx.smesher)
      return { atx: activationOf(node, atx), ...(proof === undefined ? {} : { malfeasanceProof: proof }) }
    }),
    router.unary(ActivationService.method.highest, () => {
      const highest = state.atxs().at(-1)
      return { atx: highest === undefined ? { id: { id: idBytes(world.goldenAtx) } } : activationOf(node, highest) }
    }),
  ]
}

/** SmesherService. */
export function smesherRoutes(node: Node, router: Router): Route[] {
  const { world } = node
  const { post } = world.config
  const { method } = SmesherService
  const supervisedOnly = (): never => {
    throw new RpcError(status.FAILED_PRECONDITION, 'node is not configured for supervised smeshing')
  }
  return [
    router.unary(method.smesherIDs, () => ({ publicKeys: node.ids.map(idBytes) })),
    router.unary(method.isSmeshing, () => (node.isSupervised ? { isSmeshing: true } : supervisedOnly())),
    router.unary(method.coinbase, () => ({ accountId: { address: addressText(world.config.hrp, node.coinbase() ?? new Uint8Array(24)) } })),
    router.unary(method.setCoinbase, ({ id }) => {
      if (id === undefined) throw new RpcError(status.INVALID_ARGUMENT, '`Id` must be provided')
      const parsed = parseAddress(id.address, world.config.hrp)
      if (!('bytes' in parsed)) throw new RpcError(status.UNKNOWN, `failed to parse in.Id.Address \`${id.address}\`: ${parsed.complaint}`)
      node.setCoinbase(parsed.bytes)
      return { status: { code: 0 } }
    }),
    router.unary(method.postConfig, () => ({
      bitsPerLabel: 128,
      labelsPerUnit: post.labelsPerUnit,
      minNumUnits: post.minUnits,
      maxNumUnits: post.maxUnits,
      k1: post.k1,
      k2: post.k2,
    })),
    router.unary(method.postSetupProviders, () => ({ providers: [{ id: 4294967295, model: '[CPU] scrypt-jane', deviceType: 1 }] })),
    router.unary(method.postSetupStatus, () => ({ status: { state: 1 } })),
    router.stream(method.postSetupStatusStream, (_, out) => void out.send({ status: { state: 1 } })),
  ]
}

const MAX_PENDING = 1000

/** AdminService and DebugService. */
export function adminRoutes(node: Node, router: Router): Route[] {
  const { world } = node
  return [
    router.stream(AdminService.method.eventsStream, (_, out) => {
      let pending = 0
      const leave = world.events.subscribe((event) => {
        pending = out.send(event) ? 0 : pending + 1
        if (pending > MAX_PENDING) out.fail(new RpcError(status.CANCELLED, 'buffer is full'))
      })
      const forget = node.onCancelEvents(() => out.fail(new RpcError(status.CANCELLED, 'buffer is full')))
      out.closed(() => {
        leave()
        forget()
      })
    }),
    router.stream(AdminService.method.peerInfoStream, (_, out) => out.end()),
    router.unary(DebugService.method.networkInfo, () => ({
      id: node.p2pId,
      listenAddresses: [world.config.listeners.p2p],
      dhtServerEnabled: true,
    })),
    router.unary(DebugService.method.activeSet, ({ epoch }) => {
      const ids = world.state.atxs().filter((atx) => atx.publishEpoch === epoch - 1)
      if (epoch > world.time.epoch() + 1) {
        throw new RpcError(status.INTERNAL, `active set for epoch ${epoch}: get beacon: beacon is not calculated for this epoch`)
      }
      if (ids.length === 0) throw new RpcError(status.INTERNAL, `active set for epoch ${epoch}: empty active set`)
      return { ids: ids.map((atx) => ({ id: idBytes(atx.id) })) }
    }),
  ]
}

/** PostInfoService; the order of the states changes at every call, as the real node's does. */
export function postInfoRoutes(node: Node, router: Router): Route[] {
  return [
    router.unary(PostInfoService.method.postStates, () => ({
      states: [...node.states.all()]
        .map(([id, state]) => ({
          id: idBytes(id),
          state: state === 'proving' ? PostState_State.PROVING : PostState_State.IDLE,
          name: node.keyName(id),
        }))
        .sort(() => Math.random() - 0.5),
    })),
  ]
}
