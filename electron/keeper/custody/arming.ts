import { stat } from 'node:fs/promises'
import path from 'node:path'
import { judgeArming, judgeRelease, type ArmingInput, type ArmingVerdict, type NetworkWord } from '../../../shared/domain/arming-check.ts'
import { isFresh, limitsFor } from '../../../shared/domain/freshness.ts'
import { asEpoch, type IdentityId, type UnixMs } from '../../../shared/domain/ids.ts'
import type { LocalRows } from '../../../shared/domain/inventory.ts'
import type { Hold, PublicationRecord } from '../../../shared/domain/publication.ts'
import type { World } from '../../../shared/domain/world.ts'
import { resolveNetwork, type Network } from '../../../shared/setup/network.ts'
import { nodeAt } from '../../scan/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { dataFolderOf, type CustodyContext } from './context.ts'

/** What the network says of one identity, from the evidence of the running session; undefined when nobody has asked. */
export function networkWord(world: World, identity: IdentityId, net: Network, now: UnixMs): NetworkWord | undefined {
  const belief = world.identities.get(identity)
  const limits = limitsFor(net)
  if (belief?.listedAt === undefined || !isFresh(world, now, belief.listedAt, limits.activations)) return undefined
  const sync = world.node.sync
  return {
    atxs: [...belief.atxs]
      .map(([epoch, { atxId }]) => ({ identity, atxId, publishEpoch: asEpoch(epoch) }))
      .sort((a, b) => b.publishEpoch - a.publishEpoch),
    isSynced: sync !== undefined && sync.value.isSynced && isFresh(world, now, sync, limits.nodeSync),
    askedAt: belief.listedAt.at,
    ...(belief.ban === undefined ? {} : { isBanned: belief.ban.value.isBanned }),
  }
}

interface KnownRows {
  readonly stamp: string
  readonly rows: ReadonlyMap<string, LocalRows>
  readonly writtenAt: UnixMs
}

/** Reads the rows of the node's local.sql when the file changed; in a process that can be killed. */
export function rowsReader(context: CustodyContext): () => Promise<KnownRows | 'none' | undefined> {
  let known: KnownRows | undefined
  let asking: Promise<KnownRows | 'none' | undefined> | undefined
  const read = async (): Promise<KnownRows | 'none' | undefined> => {
    const folder = dataFolderOf(context.setup())
    if (folder === undefined) return undefined
    const facts = await Promise.all(['local.sql', 'local.sql-wal'].map((name) => stat(path.join(folder, name)).catch(() => undefined)))
    if (facts[0] === undefined) return 'none'
    const stamp = [folder, ...facts.map((one) => `${one?.size}:${one?.mtimeMs}`)].join(' ')
    if (known?.stamp === stamp) return known
    const node = await nodeAt(folder, {
      launch: () => context.launch('scan'),
      clock: context.clock,
      temporary: context.home.state,
      inventory: undefined,
    })
    if (node?.local.is === 'absent') return 'none'
    if (node?.local.is !== 'read') return undefined
    const writtenAt = Math.max(...facts.map((one) => one?.mtimeMs ?? 0))
    known = { stamp, rows: new Map(node.local.rows.map((row) => [row.identity, row])), writtenAt }
    return known
  }
  return () => (asking ??= read().finally(() => (asking = undefined)))
}

export interface Judging {
  readonly identity: IdentityId
  /** The hold that it is under now. */
  readonly hold?: Hold
  readonly record: PublicationRecord | undefined
  /** The database that it would use came from a backup of this time. */
  readonly backupMadeAt?: UnixMs
  /** Since when no node of ours has its key. */
  readonly outSince?: UnixMs
}

/** Whether the key may go into our node, by what the network, the record and the node's database say. */
export function judgeBy(context: CustodyContext, readRows: ReturnType<typeof rowsReader>): (asked: Judging) => Promise<ArmingVerdict> {
  const { clock } = context
  return async ({ identity, hold, record, backupMadeAt, outSince }) => {
    const setup = context.setup()
    const world = context.session()?.world
    if (setup === undefined || world === undefined) return { is: 'unknown', why: 'no node is set up that could be asked' }
    const net = resolveNetwork(setup.network)
    const known = await readRows()
    if (known === undefined) return { is: 'unknown', why: 'the local.sql of the node cannot be read' }
    const now = clock.now()
    const rows = known === 'none' ? undefined : known.rows.get(identity)
    const network = networkWord(world, identity, net, now)
    const input: ArmingInput = {
      identity,
      databaseFrom: known === 'none' ? 'none' : backupMadeAt === undefined ? 'live' : 'backup',
      // What the running node has loaded is armed: keeping its file away would change nothing but its next start.
      isAlreadyPublishing: world.identities.get(identity)?.isListed?.value === true,
      net,
      now,
      ...(record === undefined ? {} : { record }),
      ...(rows === undefined ? {} : { rows }),
      ...(network === undefined ? {} : { network }),
      ...(backupMadeAt === undefined ? {} : { backupMadeAt }),
      ...(outSince === undefined ? {} : { outSince }),
    }
    return hold === undefined ? judgeArming(input) : judgeRelease(hold, input)
  }
}

/** Calls `tick` again and again, never twice at a time. */
export function repeat(clock: Clock, everyMs: number, tick: () => Promise<void>): () => void {
  let isRunning = false
  return clock.every(everyMs, () => {
    if (isRunning) return
    isRunning = true
    void tick().finally(() => (isRunning = false))
  })
}
