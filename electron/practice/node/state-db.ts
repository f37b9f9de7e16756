import type { Sql } from './databases.ts'

/** One activation as the API tells it. */
export interface Atx {
  /** 64 hex characters. */
  readonly id: string
  readonly smesher: string
  readonly publishEpoch: number
  readonly numUnits: number
  readonly sequence: number
  readonly weight: bigint
  readonly height: bigint
  /** 24 bytes. */
  readonly coinbase: Uint8Array
}

export interface Reward {
  readonly smesher: string
  readonly layer: number
  readonly smidge: bigint
  readonly coinbase: Uint8Array
}

/** A ban: `legacy` proofs are seen by every call, `v2` ones only by the newer services. */
export interface Ban {
  readonly smesher: string
  readonly kind: 'legacy' | 'v2'
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const field = (row: unknown, name: string): unknown => Reflect.get(Object(row), name)
const hexOf = (row: unknown, name: string): string => {
  const value = field(row, name)
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : ''
}
const big = (row: unknown, name: string): bigint => {
  const value = field(row, name)
  return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n
}
const blob = (row: unknown, name: string): Uint8Array => {
  const value = field(row, name)
  return value instanceof Uint8Array ? value : new Uint8Array()
}

export interface StateDb {
  saveAtx(atx: Atx, receivedMs: number): void
  atxs(): readonly Atx[]
  /** The newest one of an identity. */
  latestAtx(smesher: string): Atx | undefined
  saveReward(reward: Reward): void
  rewards(): readonly Reward[]
  ban(ban: Ban, receivedMs: number): void
  bans(): readonly Ban[]
  saveBeacon(epoch: number, beacon: Uint8Array): void
  saveLayer(layer: number): void
}

/** The few tables of state.sql that the simulated chain keeps; all the others exist and are empty. */
export function stateDb(db: Sql): StateDb {
  return { ...chainTables(db), ...peopleTables(db) }
}

type PeopleTable = 'saveReward' | 'rewards' | 'ban' | 'bans'

function chainTables(db: Sql): Omit<StateDb, PeopleTable> {
  const all = (sql: string): unknown[] => db.prepare(sql).safeIntegers(true).all()
  const atxOf = (row: unknown): Atx => ({
    id: hexOf(row, 'id'),
    smesher: hexOf(row, 'pubkey'),
    publishEpoch: Number(field(row, 'epoch')),
    numUnits: Number(field(row, 'effective_num_units')),
    sequence: Number(field(row, 'sequence')),
    weight: big(row, 'weight'),
    height: big(row, 'base_tick_height') + big(row, 'tick_count'),
    coinbase: blob(row, 'coinbase'),
  })
  return {
    saveAtx(atx, receivedMs) {
      const ticks = atx.weight / BigInt(Math.max(1, atx.numUnits))
      db.prepare(
        'INSERT OR IGNORE INTO atxs (id, epoch, effective_num_units, base_tick_height, tick_count, sequence, pubkey, coinbase, received, validity, weight) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)',
      ).run(
        bytes(atx.id),
        atx.publishEpoch,
        atx.numUnits,
        atx.height - ticks,
        ticks,
        atx.sequence,
        bytes(atx.smesher),
        atx.coinbase,
        BigInt(Math.round(receivedMs)) * 1_000_000n,
        atx.weight,
      )
    },
    atxs: () => all('SELECT * FROM atxs ORDER BY epoch, id').map(atxOf),
    latestAtx(smesher) {
      const row = db
        .prepare('SELECT * FROM atxs WHERE pubkey = ? ORDER BY epoch DESC, received DESC LIMIT 1')
        .safeIntegers(true)
        .get(bytes(smesher))
      return row === undefined ? undefined : atxOf(row)
    },
    saveBeacon(epoch, beacon) {
      db.prepare('INSERT OR IGNORE INTO beacons VALUES (?, ?)').run(epoch, beacon)
    },
    saveLayer(layer) {
      db.prepare('INSERT OR IGNORE INTO layers (id, processed, applied_block) VALUES (?, 1, ?)').run(layer, Buffer.alloc(20))
    },
  }
}

function peopleTables(db: Sql): Pick<StateDb, PeopleTable> {
  const all = (sql: string): unknown[] => db.prepare(sql).safeIntegers(true).all()
  return {
    saveReward(r) {
      db.prepare('INSERT OR IGNORE INTO rewards VALUES (?, ?, ?, ?, ?)').run(bytes(r.smesher), r.coinbase, r.layer, r.smidge, r.smidge)
    },
    rewards: () =>
      all('SELECT * FROM rewards ORDER BY layer, pubkey').map((row) => ({
        smesher: hexOf(row, 'pubkey'),
        layer: Number(field(row, 'layer')),
        smidge: big(row, 'total_reward'),
        coinbase: blob(row, 'coinbase'),
      })),
    ban(ban, receivedMs) {
      const at = BigInt(Math.round(receivedMs)) * 1_000_000n
      const proof = Buffer.from('practice')
      if (ban.kind === 'legacy') db.prepare('INSERT OR IGNORE INTO identities VALUES (?, ?, ?)').run(bytes(ban.smesher), proof, at)
      else db.prepare('INSERT OR IGNORE INTO malfeasance VALUES (?, NULL, ?, 1, ?)').run(bytes(ban.smesher), at, proof)
    },
    bans: () => [
      ...all('SELECT pubkey FROM identities').map((row) => ({ smesher: hexOf(row, 'pubkey'), kind: 'legacy' as const })),
      ...all('SELECT pubkey FROM malfeasance').map((row) => ({ smesher: hexOf(row, 'pubkey'), kind: 'v2' as const })),
    ],
  }
}
