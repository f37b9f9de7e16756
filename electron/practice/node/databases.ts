import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { StartError } from './exits.ts'
import type { NodeLog } from './log.ts'
import { LOCAL_SCHEMA, STATE_26, STATE_SCHEMA } from './schemas.ts'
import type { NodeVersion } from './versions.ts'

export type Sql = Database.Database

const userVersion = (db: Sql): number => Number(db.pragma('user_version', { simple: true }))

/** The tables as one text, white space collapsed, without SQLite's own. */
function shapeOf(db: Sql): readonly string[] {
  const rows = db
    .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite_%' ORDER BY tbl_name, name")
    .all()
  return rows.map((row) =>
    String(Reflect.get(Object(row), 'sql'))
      .replace(/\s+/g, ' ')
      .trim(),
  )
}

function expectedShape(schema: string): readonly string[] {
  const db = new Database(':memory:')
  db.exec(schema)
  const shape = shapeOf(db)
  db.close()
  return shape
}

function driftOf(db: Sql, schema: string): string | undefined {
  const [have, want] = [shapeOf(db), expectedShape(schema)]
  const added = have.filter((sql) => !want.includes(sql)).map((sql) => `+ \t${JSON.stringify(`; ${sql}`)},`)
  const gone = want.filter((sql) => !have.includes(sql)).map((sql) => `- \t${JSON.stringify(`; ${sql}`)},`)
  return added.length + gone.length === 0 ? undefined : ['  strings.Join({', ...gone, ...added, '  }, "")', ''].join('\n')
}

const sqliteText = (cause: unknown): string => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return `${code}: ${cause instanceof Error ? cause.message : String(cause)}`
}

/** Refuses what only a node before 1.5 can upgrade, and files that are no database. @throws StartError */
export function verifyUpgrade(dataFolder: string): void {
  const file = path.join(dataFolder, 'local.sql')
  if (!existsSync(file)) return
  const lead = 'version upgrade verification failed: '
  const head = Buffer.alloc(16)
  const fd = openSync(file, 'r')
  const read = readSync(fd, head, 0, 16, 0)
  closeSync(fd)
  if (read > 0 && head.toString('latin1') !== 'SQLite format 3\0') {
    const step = 'read user_version step 0: sqlite.Stmt.Step: SQLITE_NOTADB: file is not a database (PRAGMA user_version;)'
    throw new StartError(`${lead}failed to get db version: ${step}`, false)
  }
  try {
    const db = openWal(file)
    const version = userVersion(db)
    if (version === 1 || version === 2) {
      throw new StartError(`${lead}to use node version 1.5 or newer, please upgrade to v1.4 first`, false)
    }
  } catch (cause: unknown) {
    if (cause instanceof StartError) throw cause
    throw new StartError(`${lead}failed to get db version: ${sqliteText(cause)}`, false)
  }
}

/** Opened handles stay open to the end: closing the last one would fold the WAL into the file, which the real node never does. */
const handles = new Map<string, Sql>()

function openWal(file: string): Sql {
  const known = handles.get(file)
  if (known !== undefined) return known
  const db = new Database(file, { timeout: 10_000 })
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  handles.set(file, db)
  return db
}

interface Wanted {
  readonly file: string
  readonly version: number
  readonly schema: string
  readonly allowDrift: boolean
}

function openDatabase(wanted: Wanted, log: NodeLog): Sql {
  const uri = `file:${wanted.file}`
  try {
    const db = openWal(wanted.file)
    const version = userVersion(db)
    const isEmpty = shapeOf(db).length === 0
    if (version > wanted.version) {
      log('ERROR', 'node.stateDb', 'database version is newer than expected - downgrade is not supported', {
        uri,
        'current version': version,
        'target version': wanted.version,
      })
      throw new StartError(`open sqlite db: check db version: database version is too new: ${version} > ${wanted.version}`, false)
    }
    if (isEmpty) {
      db.transaction(() => {
        db.exec(wanted.schema)
        db.pragma(`user_version = ${wanted.version}`)
      })()
    } else if (version < wanted.version) migrate(db, version, wanted, log)
    const drift = driftOf(db, wanted.schema)
    if (drift !== undefined && !wanted.allowDrift)
      throw new StartError(`open sqlite db: schema drift detected (uri ${uri}):\n${drift}`, false)
    if (drift !== undefined) log('WARN', 'node.stateDb', 'database schema drift detected', { uri, diff: drift })
    return db
  } catch (cause: unknown) {
    if (cause instanceof StartError) throw cause
    throw new StartError(`open sqlite db: ${sqliteText(cause)}`, false)
  }
}

/** Only the one step that needs no rebuild of data is played: state 25 → 26; local 8 → 9 is a rebuilt one-row table. */
function migrate(db: Sql, from: number, wanted: Wanted, log: NodeLog): void {
  log('INFO', 'node.stateDb', 'running migrations in-place', {
    uri: `file:${wanted.file}`,
    'current version': from,
    'target version': wanted.version,
  })
  if (wanted.version === 26 && from === 25) db.exec(STATE_26)
  if (wanted.version === 9 && from === 8) {
    db.exec('DROP TABLE IF EXISTS malfeasance_sync_state')
    db.exec('CREATE TABLE malfeasance_sync_state\n(\n  id INT NOT NULL PRIMARY KEY,\n  timestamp INT NOT NULL\n)')
  }
  db.pragma(`user_version = ${wanted.version}`)
}

/** state.sql, opened before local.sql as the node does. @throws StartError */
export function openState(dataFolder: string, version: NodeVersion, allowDrift: boolean, log: NodeLog): Sql {
  const schema = version.is18 ? `${STATE_SCHEMA}${STATE_26}` : STATE_SCHEMA
  return openDatabase({ file: path.join(dataFolder, 'state.sql'), version: version.stateSchema, schema, allowDrift }, log)
}

/** local.sql. @throws StartError */
export function openLocal(dataFolder: string, version: NodeVersion, allowDrift: boolean, log: NodeLog): Sql {
  return openDatabase({ file: path.join(dataFolder, 'local.sql'), version: version.localSchema, schema: LOCAL_SCHEMA, allowDrift }, log)
}
