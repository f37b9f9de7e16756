import type { World } from './world.ts'
import { digest } from './world.ts'
import type { Atx } from './state-db.ts'

const SLOTS_PER_IDENTITY = 15
/** A proposal's reward is seen this many layers later. */
const REWARD_AFTER_LAYERS = 2
const REWARD_SMIDGE = 477_618_851n

export interface Chain {
  isSynced(): boolean
  /** Last layer with applied block, as the API tells it. */
  appliedLayer(): number
  run(ids: readonly string[]): Promise<void>
  onLayer(run: (layer: number) => void): () => void
  onReward(run: (reward: { smesher: string; layer: number }) => void): () => void
}

/** First layer that can have blocks. Before it the API gives this number as synced and verified layer. */
export const effectiveGenesis = (world: World): number => world.config.layersPerEpoch * 2 - 1

function slotsIn(atx: Atx, layer: number): number {
  return digest('slots', atx.id, layer).readUInt8(0) % (SLOTS_PER_IDENTITY * 2)
}

function announceEligibilities(world: World, atx: Atx, epoch: number, activeSetSize: number): void {
  const { log, events, config } = world
  const first = epoch * config.layersPerEpoch
  const byLayer = Array.from({ length: config.layersPerEpoch }, (_, i) => first + i)
    .map((layer) => ({ layer, count: slotsIn(atx, layer) }))
    .filter(({ count }) => count > 0)
  const beacon = beaconOf(world, epoch)
  log('INFO', 'node.proposalBuilder', 'proposal eligibilities for an epoch', {
    signer: atx.smesher.slice(0, 6),
    epoch,
    beacon: beacon.toString('hex'),
    atx: atx.id.slice(0, 10),
    weight: Number(atx.weight),
    prev: 0,
    slots: byLayer.reduce((sum, { count }) => sum + count, 0),
    eligible: byLayer.length,
    'eligible by layer': byLayer.map(({ layer, count }) => ({ layer, slots: count })),
  })
  events.emit({
    case: 'eligibilities',
    value: {
      epoch,
      beacon,
      atx: Buffer.from(atx.id, 'hex'),
      activeSetSize,
      eligibilities: byLayer,
      smesher: Buffer.from(atx.smesher, 'hex'),
    },
  })
}

const beaconOf = (world: World, epoch: number): Buffer =>
  epoch <= 2 ? Buffer.from(world.genesisId.slice(0, 8), 'hex') : digest('beacon', world.genesisId, epoch).subarray(0, 4)

function propose(world: World, atx: Atx, layer: number): void {
  const { log, events, config } = world
  const proposal = Buffer.concat([digest('proposal', atx.id, layer).subarray(0, 20), Buffer.alloc(12)])
  log('INFO', 'node.proposalBuilder', 'proposal created', {
    signer: atx.smesher.slice(0, 6),
    proposal_id: proposal.toString('hex').slice(0, 10),
    transactions: 0,
    layer_id: layer,
    epoch_id: Math.floor(layer / config.layersPerEpoch),
    smesher: atx.smesher,
  })
  events.emit({ case: 'proposal', value: { layer, proposal, smesher: Buffer.from(atx.smesher, 'hex') } })
}

/** Layers, beacons, eligibilities, proposals and rewards of our own identities; nobody else is on the network. */
export function chain(world: World): Chain {
  const { time, state, events, log, script } = world
  const layerWatchers = new Set<(layer: number) => void>()
  const rewardWatchers = new Set<(reward: { smesher: string; layer: number }) => void>()
  const genesis = effectiveGenesis(world)

  const working = (epoch: number, ids: readonly string[]): readonly Atx[] => {
    const banned = new Set(state.bans().map((ban) => ban.smesher))
    return state.atxs().filter((atx) => atx.publishEpoch === epoch - 1 && ids.includes(atx.smesher) && !banned.has(atx.smesher))
  }
  const beacon = (epoch: number): void => {
    const value = beaconOf(world, epoch)
    log('INFO', 'node.beacon', 'beacon set for epoch', { epoch, beacon: value.toString('hex') })
    state.saveBeacon(epoch, value)
    events.emit({ case: 'beacon', value: { epoch, beacon: value } })
  }
  const reward = (layer: number, ids: readonly string[]): void => {
    if (layer <= genesis) return
    for (const atx of working(Math.floor(layer / world.config.layersPerEpoch), ids)) {
      const slots = slotsIn(atx, layer)
      if (slots === 0) continue
      state.saveReward({ smesher: atx.smesher, layer, smidge: REWARD_SMIDGE * BigInt(slots), coinbase: atx.coinbase })
      for (const run of rewardWatchers) run({ smesher: atx.smesher, layer })
    }
  }
  const enter = (layer: number, ids: readonly string[]): void => {
    const epoch = Math.floor(layer / world.config.layersPerEpoch)
    if (layer > genesis && (script.now().syncingUntil ?? 0) <= time.now()) {
      const own = working(epoch, ids)
      if (layer % world.config.layersPerEpoch === 0) {
        log('INFO', 'node.beacon', 'processing epoch', { epoch })
        for (const atx of own) announceEligibilities(world, atx, epoch, own.length)
        beacon(epoch + 1)
      }
      for (const atx of own) if (slotsIn(atx, layer) > 0) propose(world, atx, layer)
      state.saveLayer(layer - 1)
      reward(layer - REWARD_AFTER_LAYERS, ids)
    }
    for (const run of layerWatchers) run(layer)
  }
  return {
    isSynced: () => (script.now().syncingUntil ?? 0) <= time.now(),
    appliedLayer: () => Math.max(genesis, time.layer() - 1),
    onLayer(run) {
      layerWatchers.add(run)
      return () => layerWatchers.delete(run)
    },
    onReward(run) {
      rewardWatchers.add(run)
      return () => rewardWatchers.delete(run)
    },
    async run(ids) {
      for (;;) {
        await time.nextLayer()
        enter(time.layer(), ids)
      }
    },
  }
}
