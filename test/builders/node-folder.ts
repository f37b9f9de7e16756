import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import type { IdentityId } from '../../shared/domain/ids.ts'
import { LOCAL_SCHEMAS } from '../../electron/operations/facts/local-schemas.ts'
import { aKey } from '../unit/identities/keys.ts'

/** Tables with rows of an identity. `post` is called `initial_post` up to schema 7; certificates begin with 8. */
export const ROW_TABLES = ['post', 'challenge', 'poet_registration', 'nipost', 'poet_certificates'] as const
export type RowTable = (typeof ROW_TABLES)[number]

export interface NodeFolderSpec {
  /** Numbers of test keys by file name; or the bytes of a file that is no proper key. */
  readonly keys?: Readonly<Record<string, number | Uint8Array>>
  /** Known ones: 7, 8, 9; any other gets the tables of 9 and this number. null: no database at all. */
  readonly schema?: number | null
  /** `wal`: as a node leaves it, the file itself is empty; `both`: every second identity is in the file. */
  readonly rowsIn?: 'wal' | 'main' | 'both'
  /** Which tables get rows; default all. */
  readonly tables?: readonly RowTable[]
  /** Numbers of test keys that have rows; default those of `keys`. */
  readonly rowsOf?: readonly number[]
  /** PoETs that every identity is registered at; default one. */
  readonly poets?: readonly string[]
  /** Rows of the node itself, which belong to nobody. */
  readonly activesets?: number
  /** null: no genesis.json. */
  readonly genesis?: { readonly time: string; readonly extra: string } | null
  /** Written as `<data folder>.config.json`, beside it. */
  readonly config?: unknown
  /** Further statements after the rows: drift, bans, whatever is to be tried. */
  readonly sql?: string
}

export interface MadeNodeFolder {
  readonly dataFolder: string
  readonly configFile?: string
  /** Proper keys, in the order of their names. */
  readonly keys: readonly { readonly name: string; readonly n: number; readonly id: IdentityId }[]
}

export const GENESIS = { time: '2026-11-21T00:32:14Z', extra: 'standalone' } as const
export const POET = 'http://poet.one'

const filled = (value: number, bytes = 32): Buffer => Buffer.alloc(bytes, value % 256)

function insert(db: Database, table: string, values: readonly unknown[]): void {
  db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`).run(...values)
}

/** One identity's rows, told apart by its number. */
function writeRows(db: Database, schema: number, n: number, { tables = ROW_TABLES, poets = [POET] }: NodeFolderSpec): void {
  const id = Buffer.from(aKey(n).id, 'hex')
  const has = (table: RowTable): boolean => tables.includes(table)
  if (has('post'))
    insert(db, schema < 8 ? 'initial_post' : 'post', [id, n, filled(n, 8), 7, 4, filled(1), 9, ...(schema < 8 ? [] : [filled(0)])])
  if (has('challenge')) insert(db, 'challenge', [id, 3, n, filled(2), filled(3), null, null, null, null, null, null])
  if (has('poet_registration')) for (const poet of poets) insert(db, 'poet_registration', [id, filled(n), poet, '3', 1_800_000_000])
  if (has('nipost')) insert(db, 'nipost', [id, n, filled(5, 8), 7, 4, 9, filled(6), filled(7), 128])
  if (has('poet_certificates') && schema >= 8) insert(db, 'poet_certificates', [id, filled(8), filled(n), filled(9)])
}

function writeDatabase(dataFolder: string, schema: number, numbers: readonly number[], spec: NodeFolderSpec): void {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'node-folder-'))
  const file = path.join(scratch, 'local.sql')
  const db = new Sqlite(file)
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('wal_autocheckpoint = 0')
    const layout = schema in LOCAL_SCHEMAS ? schema : 9
    const statements = LOCAL_SCHEMAS[layout] ?? []
    const { rowsIn = 'wal' } = spec
    const isEarly = (at: number): boolean => rowsIn === 'both' && at % 2 === 0
    const put = (which: (at: number) => boolean): void =>
      db.transaction(() => numbers.forEach((n, at) => which(at) && writeRows(db, layout, n, spec)))()
    db.transaction(() => {
      for (const sql of statements) db.exec(sql)
      if (layout < 9) db.exec('INSERT INTO malfeasance_sync_state VALUES (0)')
      db.pragma(`user_version = ${schema}`)
    })()
    put(isEarly)
    if (rowsIn === 'both') db.pragma('wal_checkpoint(TRUNCATE)')
    put((at) => !isEarly(at))
    for (let n = 0; n < (spec.activesets ?? 1); n += 1) insert(db, 'prepared_activeset', [0, n, filled(n), 1, filled(n, 64)])
    if (spec.sql !== undefined) db.exec(spec.sql)
    if (rowsIn === 'main') db.pragma('wal_checkpoint(TRUNCATE)')
    const tails = rowsIn === 'main' ? [''] : ['', '-wal', '-shm']
    for (const tail of tails) if (existsSync(file + tail)) copyFileSync(file + tail, path.join(dataFolder, `local.sql${tail}`))
  } finally {
    db.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** A node's data folder with real keys and a real database, as a stopped node leaves it. */
export function makeNodeFolder(dataFolder: string, spec: NodeFolderSpec = {}): MadeNodeFolder {
  mkdirSync(path.join(dataFolder, 'identities'), { recursive: true, mode: 0o700 })
  const entries = Object.entries(spec.keys ?? {}).sort(([one], [other]) => (one < other ? -1 : 1))
  for (const [name, key] of entries)
    writeFileSync(path.join(dataFolder, 'identities', name), typeof key === 'number' ? aKey(key).hex : key, { mode: 0o600 })
  const keys = entries.flatMap(([name, n]) => (typeof n === 'number' ? [{ name, n, id: aKey(n).id }] : []))
  const { schema = 9, genesis = GENESIS } = spec
  if (schema !== null) writeDatabase(dataFolder, schema, spec.rowsOf ?? [...new Set(keys.map(({ n }) => n))], spec)
  if (genesis !== null)
    writeFileSync(
      path.join(dataFolder, 'genesis.json'),
      JSON.stringify({ GenesisTime: genesis.time, ExtraData: genesis.extra, Accounts: {} }),
      { mode: 0o600 },
    )
  if (spec.config === undefined) return { dataFolder, keys }
  const configFile = `${dataFolder}.config.json`
  writeFileSync(configFile, `${JSON.stringify(spec.config, undefined, 2)}\n`)
  return { dataFolder, configFile, keys }
}
