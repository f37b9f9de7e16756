import { chain, type Chain } from './chain.ts'
import type { LoadedKey } from './keys.ts'
import { idBytes } from './messages.ts'
import { postStateBook, type PostStateBook } from './proving.ts'
import type { Ban } from './state-db.ts'
import { digest, type World } from './world.ts'

/** The running node as its API sees it. */
export interface Node {
  readonly world: World
  readonly chain: Chain
  readonly states: PostStateBook
  /** Identities registered with the ATX builder: the remote ones. */
  readonly ids: readonly string[]
  readonly isSupervised: boolean
  readonly p2pId: string
  keyName(id: string): string
  coinbase(): Uint8Array | undefined
  /** In memory only, as in the real node. */
  setCoinbase(coinbase: Uint8Array): void
  ban(ban: Ban): void
  onBan(run: (ban: Ban) => void): () => void
  cancelEvents(): void
  onCancelEvents(run: () => void): () => void
}

/** Puts the node's parts together. */
export function makeNode(world: World, keys: readonly LoadedKey[]): Node {
  const banWatchers = new Set<(ban: Ban) => void>()
  const cancelWatchers = new Set<() => void>()
  const isSupervised = keys.length === 1 && keys[0]?.filename === 'local.key'
  const names = new Map(keys.map((key) => [key.id, key.filename]))
  let coinbase = world.coinbase
  return {
    world,
    chain: chain(world),
    states: postStateBook(world.log),
    ids: isSupervised ? [] : keys.map((key) => key.id),
    isSupervised,
    p2pId: `12D3KooW${digest('p2p', world.config.dataFolder).toString('hex').slice(0, 44)}`,
    keyName: (id) => names.get(id) ?? '',
    coinbase: () => coinbase,
    setCoinbase(value) {
      coinbase = value
    },
    ban(ban) {
      if (world.state.bans().some((b) => b.smesher === ban.smesher && b.kind === ban.kind)) return
      world.state.ban(ban, world.time.now())
      // From 1.8 on the event carries nothing but the identity.
      const details = world.version.is18 ? {} : { layer: { number: world.time.layer() }, kind: 1 }
      world.events.emit({ case: 'malfeasance', value: { proof: { smesherId: { id: idBytes(ban.smesher) }, ...details } } })
      for (const run of banWatchers) run(ban)
    },
    onBan(run) {
      banWatchers.add(run)
      return () => banWatchers.delete(run)
    },
    cancelEvents() {
      for (const run of cancelWatchers) run()
    },
    onCancelEvents(run) {
      cancelWatchers.add(run)
      return () => cancelWatchers.delete(run)
    },
  }
}
