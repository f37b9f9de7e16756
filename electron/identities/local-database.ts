import type { Database } from 'better-sqlite3'
import { assertNever, fail, ok, type Result } from '../../shared/domain/fault.ts'
import { identityIdFromBytes, type IdentityId } from '../../shared/domain/ids.ts'
import type { LocalDatabase, LocalRows } from '../../shared/domain/inventory.ts'
import { withSnapshot, type Snapshot, type SnapshotFault } from './database-snapshot.ts'

/** Schemas of local.sql that v1.4 to v1.8 nodes use. @source facts/local-db.md §1 */
export const OLDEST_SCHEMA = 3
export const NEWEST_SCHEMA = 9
/** From this schema on `initial_post` is called `post` and there are `poet_certificates`. */
const RENAMED_POST = 8

type Unsupported = Extract<LocalDatabase, { is: 'unsupported' }>

/** Why rows of this schema are not read, with what to do; `undefined` for those that are. */
export function schemaProblem(schema: number, name: Snapshot['name']): string | undefined {
  if (schema === 0)
    return 'local.sql has no tables: either the node is new, or the file was copied without local.sql-wal, which holds all rows. Look for that file where this one came from'
  if (name === 'node_state.sql' || schema < OLDEST_SCHEMA)
    return `the database (${name}, version ${schema}) is from a node before v1.4: newer nodes refuse it. Start go-spacemesh v1.4.6 on this folder once, then come back`
  if (schema > NEWEST_SCHEMA)
    return `local.sql has version ${schema}; this Smeshkeeper knows versions up to ${NEWEST_SCHEMA}. Update Smeshkeeper before anything is done with this node`
  return undefined
}

const field = (row: unknown, name: string): unknown => Reflect.get(Object(row), name)
const numberOf = (row: unknown, name: string): number => Number(field(row, name) ?? 0)
const hexOf = (value: unknown): string => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '')
const idOf = (row: unknown): IdentityId | undefined => {
  const id = field(row, 'id')
  return id instanceof Uint8Array ? identityIdFromBytes(id) : undefined
}

/** Rows of every identity that the database knows, in the order of their ids. Ids of any other length belong to nobody. */
function rowsOf(db: Database, schema: number): LocalRows[] {
  const all = (sql: string): unknown[] => db.prepare(sql).all()
  const ids = (table: string, column = 'id'): ReadonlySet<IdentityId> =>
    new Set(all(`SELECT ${column} AS id FROM ${table}`).flatMap((row) => idOf(row) ?? []))
  const posts = ids(schema < RENAMED_POST ? 'initial_post' : 'post')
  const proofs = ids('nipost')
  const challenges = new Map<IdentityId, NonNullable<LocalRows['challenge']>>()
  for (const row of all('SELECT id, epoch, prev_atx, poet_proof_ref FROM challenge')) {
    const id = idOf(row)
    if (id === undefined) continue
    const hasPoetProof = field(row, 'poet_proof_ref') !== null
    challenges.set(id, { publishEpoch: numberOf(row, 'epoch'), previousAtx: hexOf(field(row, 'prev_atx')), hasPoetProof })
  }
  const registrations = new Map<IdentityId, LocalRows['registrations'][number][]>()
  for (const row of all('SELECT id, address, round_id, round_end FROM poet_registration ORDER BY address')) {
    const id = idOf(row)
    if (id === undefined) continue
    const one = {
      address: String(field(row, 'address')),
      roundId: String(field(row, 'round_id')),
      roundEndsAt: numberOf(row, 'round_end') * 1000,
    }
    registrations.set(id, [...(registrations.get(id) ?? []), one])
  }
  // An identity that is between two challenges may have nothing here but its certificates.
  const certified = schema < RENAMED_POST ? [] : ids('poet_certificates', 'node_id')
  const known = new Set([...posts, ...proofs, ...challenges.keys(), ...registrations.keys(), ...certified])
  return [...known].sort().map((identity) => {
    const challenge = challenges.get(identity)
    return {
      identity,
      hasPost: posts.has(identity),
      ...(challenge === undefined ? {} : { challenge }),
      hasProof: proofs.has(identity),
      registrations: registrations.get(identity) ?? [],
    }
  })
}

/** What the database of a snapshot says, or why it says nothing. */
export function localDatabaseOf({ db, schema, bytes, isInWal, name }: Snapshot): Result<LocalDatabase, SnapshotFault> {
  const problem = schemaProblem(schema, name)
  if (problem !== undefined) return ok({ is: 'unsupported', schema, text: problem } satisfies Unsupported)
  const tables = new Set(db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all())
  const own = schema < RENAMED_POST ? ['initial_post'] : ['post', 'poet_certificates']
  const wanted = [...own, 'challenge', 'nipost', 'poet_registration']
  const missing = wanted.filter((table) => !tables.has(table))
  if (missing.length > 0)
    return fail('database/corrupt', `local.sql has no table ${missing.join(', ')}, so it is not a node's database. Look for the right file`)
  return ok({ is: 'read', schema, bytes, rows: rowsOf(db, schema), isInWal })
}

/**
 * What a node's local.sql says of its identities, read through SQLite with the write-ahead log, from a private copy in
 * `temporary`: works on read-only folders and beside a running node, and changes nothing in the data folder.
 * Synchronous, as long as the file is large: meant for child processes.
 */
export function readLocalDatabase(dataFolder: string, { temporary }: { readonly temporary: string }): LocalDatabase {
  const read = withSnapshot(dataFolder, temporary, localDatabaseOf)
  if (read.ok) return read.value
  const { code, detail: text } = read.fault
  switch (code) {
    case 'database/absent':
      return { is: 'absent' }
    case 'database/locked':
      return { is: 'locked', text }
    case 'database/corrupt':
      return { is: 'corrupt', text }
    case 'database/unreadable':
      return { is: 'unreadable', text }
    default:
      return assertNever(code)
  }
}
