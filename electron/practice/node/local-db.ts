import type { Sql } from './databases.ts'

export interface PostProof {
  readonly nonce: number
  readonly indices: Uint8Array
  readonly pow: bigint
}

export interface PostMeta {
  readonly numUnits: number
  readonly labelsPerUnit: bigint
  readonly commitmentAtx: Uint8Array
  readonly vrfNonce: bigint
}

export interface Challenge {
  readonly epoch: number
  readonly sequence: number
  readonly prevAtx: Uint8Array
  readonly posAtx: Uint8Array
  readonly commitAtx: Uint8Array | undefined
  readonly post: PostProof | undefined
  readonly poetProofRef: Uint8Array | undefined
}

export interface Registration {
  readonly hash: Uint8Array
  readonly address: string
  readonly roundId: string
  /** Unix seconds. */
  readonly roundEnd: number
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
/** SQLite keeps 64-bit values signed. */
const signed = (value: bigint): bigint => BigInt.asIntN(64, value)
const field = (row: unknown, name: string): unknown => Reflect.get(Object(row), name)
const bigOf = (row: unknown, name: string): bigint => {
  const value = field(row, name)
  return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n
}
const blob = (row: unknown, name: string): Uint8Array | undefined => {
  const value = field(row, name)
  return value instanceof Uint8Array ? value : undefined
}

/** The rows of one identity's progress. Ids are hex at this face and 32-byte blobs in the file. */
export interface LocalDb {
  post(id: string): (PostProof & PostMeta) | undefined
  savePost(id: string, post: PostProof, meta: PostMeta, challenge: Uint8Array): void
  challenge(id: string): Challenge | undefined
  saveChallenge(id: string, challenge: Challenge): void
  savePoetProof(id: string, ref: Uint8Array, membership: Uint8Array): void
  registrations(id: string): readonly Registration[]
  saveRegistration(id: string, registration: Registration): void
  nipost(id: string): (PostProof & PostMeta) | undefined
  saveNipost(id: string, post: PostProof, meta: PostMeta, poetProofRef: Uint8Array): void
  /** Rows of `nipost`, `poet_registration`, `challenge`: after publication, expiry or a stale challenge. */
  reset(id: string): void
}

/** Reads and writes local.sql as the node does (facts/local-db.md §5). */
export function localDb(db: Sql): LocalDb {
  return { ...proofTables(db), ...roundTables(db) }
}

const proofOf = (row: unknown): PostProof | undefined => {
  const indices = blob(row, 'post_indices')
  if (row === undefined || indices === undefined) return undefined
  return { nonce: Number(field(row, 'post_nonce')), indices, pow: BigInt.asUintN(64, bigOf(row, 'post_pow')) }
}

type RoundTable = 'challenge' | 'saveChallenge' | 'savePoetProof' | 'registrations' | 'saveRegistration'

function proofTables(db: Sql): Omit<LocalDb, RoundTable> {
  const one = (sql: string, id: string): unknown => db.prepare(sql).safeIntegers(true).get(bytes(id))
  return {
    post(id) {
      const row = one('SELECT * FROM post WHERE id = ?', id)
      const proof = proofOf(row)
      if (proof === undefined) return undefined
      return {
        ...proof,
        numUnits: Number(field(row, 'num_units')),
        labelsPerUnit: 0n,
        commitmentAtx: blob(row, 'commit_atx') ?? new Uint8Array(32),
        vrfNonce: BigInt.asUintN(64, bigOf(row, 'vrf_nonce')),
      }
    },
    savePost(id, post, meta, challenge) {
      db.prepare('INSERT OR REPLACE INTO post VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
        bytes(id),
        post.nonce,
        post.indices,
        signed(post.pow),
        meta.numUnits,
        meta.commitmentAtx,
        signed(meta.vrfNonce),
        challenge,
      )
    },
    nipost(id) {
      const row = one('SELECT * FROM nipost WHERE id = ?', id)
      const proof = proofOf(row)
      if (proof === undefined) return undefined
      return {
        ...proof,
        numUnits: Number(field(row, 'num_units')),
        labelsPerUnit: bigOf(row, 'labels_per_unit'),
        commitmentAtx: new Uint8Array(32),
        vrfNonce: BigInt.asUintN(64, bigOf(row, 'vrf_nonce')),
      }
    },
    saveNipost(id, post, meta, ref) {
      db.prepare('INSERT OR REPLACE INTO nipost VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
        bytes(id),
        post.nonce,
        post.indices,
        signed(post.pow),
        meta.numUnits,
        signed(meta.vrfNonce),
        new Uint8Array(32),
        ref,
        signed(meta.labelsPerUnit),
      )
    },
    reset(id) {
      db.transaction(() => {
        for (const table of ['nipost', 'poet_registration', 'challenge']) db.prepare(`DELETE FROM ${table} WHERE id = ?`).run(bytes(id))
      })()
    },
  }
}

function roundTables(db: Sql): Pick<LocalDb, RoundTable> {
  const one = (sql: string, id: string): unknown => db.prepare(sql).safeIntegers(true).get(bytes(id))
  return {
    challenge(id) {
      const row = one('SELECT * FROM challenge WHERE id = ?', id)
      if (row === undefined) return undefined
      return {
        epoch: Number(field(row, 'epoch')),
        sequence: Number(field(row, 'sequence')),
        prevAtx: blob(row, 'prev_atx') ?? new Uint8Array(32),
        posAtx: blob(row, 'pos_atx') ?? new Uint8Array(32),
        commitAtx: blob(row, 'commit_atx'),
        post: proofOf(row),
        poetProofRef: blob(row, 'poet_proof_ref'),
      }
    },
    saveChallenge(id, c) {
      const post = [c.post?.nonce ?? null, c.post?.indices ?? null, c.post === undefined ? null : signed(c.post.pow)]
      db.prepare(
        'INSERT OR REPLACE INTO challenge (id, epoch, sequence, prev_atx, pos_atx, commit_atx, post_nonce, post_indices, post_pow) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ).run(bytes(id), c.epoch, c.sequence, c.prevAtx, c.posAtx, c.commitAtx ?? null, ...post)
    },
    savePoetProof(id, ref, membership) {
      db.prepare('UPDATE challenge SET poet_proof_ref = ?, poet_proof_membership = ? WHERE id = ?').run(ref, membership, bytes(id))
    },
    registrations(id) {
      return db
        .prepare('SELECT * FROM poet_registration WHERE id = ?')
        .all(bytes(id))
        .map((row) => ({
          hash: blob(row, 'hash') ?? new Uint8Array(32),
          address: String(field(row, 'address')),
          roundId: String(field(row, 'round_id')),
          roundEnd: Number(field(row, 'round_end')),
        }))
    },
    saveRegistration(id, r) {
      db.prepare('INSERT OR REPLACE INTO poet_registration VALUES (?, ?, ?, ?, ?)').run(bytes(id), r.hash, r.address, r.roundId, r.roundEnd)
    },
  }
}
