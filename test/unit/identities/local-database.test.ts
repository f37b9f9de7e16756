import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLocalDatabase } from '../../../electron/identities/local-database.ts'
import type { LocalDatabase } from '../../../shared/domain/inventory.ts'

const RECORDED = path.resolve('test/fixtures/recordings/data-folders')
const FOLDERS = readdirSync(RECORDED).filter((name) => existsSync(path.join(RECORDED, name, 'local.sql')))
const CHECKPOINTED = readdirSync(path.join(RECORDED, 'checkpointed')).filter(
  (name) => name.startsWith('local-') && !name.endsWith('.dump.sql'),
)

let base = ''
let temporary = ''
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'local-database-'))
  temporary = path.join(base, 'temporary')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const read = (folder: string): LocalDatabase => readLocalDatabase(folder, { temporary })
/** A copy of a recorded data folder that may be spoilt. */
function folderLike(name: string, as = 'node'): string {
  const folder = path.join(base, as)
  cpSync(path.join(RECORDED, name), folder, { recursive: true })
  return folder
}
function folderWith(file: string): string {
  const folder = path.join(base, 'node')
  mkdirSync(folder, { recursive: true })
  cpSync(path.join(RECORDED, 'checkpointed', file), path.join(folder, 'local.sql'))
  return folder
}
const treeOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const stat = statSync(path.join(folder, name), { bigint: true })
      return `${name} ${stat.size} ${stat.mtimeNs} ${stat.isFile() ? readFileSync(path.join(folder, name)).toString('base64').slice(0, 64) : ''}`
    })
/** `INSERT INTO "challenge" VALUES(X'6B…',7,…` of the dump that lies beside a recording. */
const dumpedIds = (dump: string, table: string): readonly string[] =>
  [...dump.matchAll(new RegExp(`INSERT INTO "?${table}"? VALUES\\(X'([0-9A-F]{64})'`, 'g'))]
    .map((found) => (found[1] ?? '').toLowerCase())
    .sort()

describe('local.sql of the recorded nodes', () => {
  it.each(FOLDERS)('is read whole from the log of %s', (name) => {
    const database = read(path.join(RECORDED, name))
    expect(database.is).toBe('read')
    if (database.is !== 'read') return
    expect(database.isInWal).toBe(true)
    expect(database.rows.length).toBeGreaterThan(0)
    for (const row of database.rows) {
      expect(row.hasPost).toBe(true)
      expect(row.registrations.length, row.identity).toBeGreaterThan(0)
      expect(row.challenge?.previousAtx).toMatch(/^[0-9a-f]{64}$/)
      // Registered in the round before the publish epoch.
      for (const { roundId } of row.registrations) expect(Number(roundId)).toBe((row.challenge?.publishEpoch ?? 0) - 1)
    }
  })

  it.each(CHECKPOINTED)('of %s gives the rows of its dump', (name) => {
    const database = read(folderWith(name))
    const dump = readFileSync(path.join(RECORDED, 'checkpointed', `${name}.dump.sql`), 'utf8')
    expect(database.is).toBe('read')
    if (database.is !== 'read') return
    expect(database.isInWal).toBe(false)
    expect(database.schema).toBe(Number(/user_version=(\d+)/.exec(dump)?.[1]))
    const challenged = database.rows.filter((row) => row.challenge !== undefined).map((row) => row.identity)
    expect(challenged).toEqual(dumpedIds(dump, 'challenge'))
    const posts = database.rows.filter((row) => row.hasPost).map((row) => row.identity)
    expect(posts).toEqual(dumpedIds(dump, database.schema < 8 ? 'initial_post' : 'post'))
    const registered = database.rows.flatMap((row) => row.registrations.map(() => row.identity))
    expect(registered).toEqual(dumpedIds(dump, 'poet_registration'))
  })

  it('says which identity must prove and which waits for its round', () => {
    const database = read(path.join(RECORDED, '1.6.8-remote-after-sigterm'))
    const states = database.is === 'read' ? database.rows.map((row) => [row.challenge?.publishEpoch, row.challenge?.hasPoetProof]) : []
    expect(states).toEqual([
      [5, false],
      [4, true],
    ])
  })

  it('lists an identity that has nothing but a certificate', () => {
    const folder = folderWith('local-v9-1.7.6-registered.sql')
    const db = new Sqlite(path.join(folder, 'local.sql'))
    db.prepare('INSERT INTO poet_certificates VALUES (?, ?, ?, ?)').run(
      Buffer.alloc(32, 0xfe),
      Buffer.alloc(32),
      Buffer.alloc(9),
      Buffer.alloc(64),
    )
    db.close()
    const database = read(folder)
    const own = database.is === 'read' ? database.rows.at(-1) : undefined
    expect(own).toEqual({ identity: 'fe'.repeat(32), hasPost: false, hasProof: false, registrations: [] })
  })

  it('also of a version 5, which no recording has', () => {
    const folder = folderWith('local-v7-1.4.6.sql')
    const db = new Sqlite(path.join(folder, 'local.sql'))
    db.exec('DROP TABLE prepared_activeset; DROP TABLE malfeasance_sync_state')
    db.pragma('user_version = 5')
    db.close()
    expect(read(folder)).toMatchObject({ is: 'read', schema: 5 })
  })
})

describe('reading changes nothing', () => {
  it.each(FOLDERS.slice(0, 3))('in %s, and leaves nothing in the temporary folder', (name) => {
    const folder = folderLike(name)
    const before = treeOf(folder)
    expect(read(folder).is).toBe('read')
    expect(treeOf(folder)).toEqual(before)
    expect(readdirSync(temporary)).toEqual([])
  })

  it('works without -shm, on a read-only folder, and makes none', () => {
    const folder = folderLike('1.7.6-supervised')
    rmSync(path.join(folder, 'local.sql-shm'))
    chmodSync(path.join(folder, 'local.sql'), 0o400)
    chmodSync(folder, 0o500)
    try {
      expect(read(folder).is).toBe('read')
      expect(existsSync(path.join(folder, 'local.sql-shm'))).toBe(false)
    } finally {
      chmodSync(folder, 0o700)
    }
  })

  it.each(['a b', 'c#1', 'what?mode=memory', '100%20', 'file:x', "it's", 'ñ–日本'])('works in a folder called %s', (name) => {
    const folder = folderLike('1.8.3-remote-after-sigterm', name)
    temporary = path.join(base, `temporary ${name}`)
    expect(read(folder)).toMatchObject({ is: 'read', schema: 9 })
  })

  it('keeps its copy from others', () => {
    read(path.join(RECORDED, '1.7.6-supervised'))
    expect(statSync(temporary).mode & 0o777).toBe(0o700)
  })
})

describe('what cannot be read', () => {
  const textOf = (database: LocalDatabase): string => ('text' in database ? database.text : '')

  it('is told apart from what is not there', () => {
    mkdirSync(path.join(base, 'empty'))
    expect(read(path.join(base, 'empty'))).toEqual({ is: 'absent' })
    expect(read(path.join(base, 'nowhere'))).toEqual({ is: 'absent' })
  })

  it('names the missing log when the main file is empty', () => {
    const folder = folderLike('1.7.6-supervised')
    rmSync(path.join(folder, 'local.sql-wal'))
    const database = read(folder)
    expect(database).toMatchObject({ is: 'unsupported', schema: 0 })
    expect(textOf(database)).toContain('local.sql-wal')
    truncateSync(path.join(folder, 'local.sql'))
    expect(read(folder)).toMatchObject({ is: 'unsupported', schema: 0 })
  })

  it.each([1, 2, 10, 4_000])('says what to do with version %i', (version) => {
    const folder = folderWith('local-v9-1.7.6-registered.sql')
    const db = new Sqlite(path.join(folder, 'local.sql'))
    db.pragma(`user_version = ${version}`)
    db.close()
    const database = read(folder)
    expect(database).toMatchObject({ is: 'unsupported', schema: version })
    expect(textOf(database)).toContain(version < 3 ? 'v1.4.6' : 'Update Smeshkeeper')
  })

  it('knows the file name of v1.3', () => {
    const folder = folderWith('local-v7-1.4.6.sql')
    const db = new Sqlite(path.join(folder, 'local.sql'))
    db.pragma('user_version = 2')
    db.close()
    cpSync(path.join(folder, 'local.sql'), path.join(folder, 'node_state.sql'))
    rmSync(path.join(folder, 'local.sql'))
    expect(read(folder)).toMatchObject({ is: 'unsupported', schema: 2 })
  })

  it('is corrupt when a page of the file is damaged', () => {
    const folder = folderWith('local-v9-1.7.6-registered.sql')
    const file = path.join(folder, 'local.sql')
    const bytes = readFileSync(file)
    for (let page = 2; page < 13; page += 1) {
      const spoilt = Buffer.from(bytes)
      spoilt.fill(0xff, page * 4096, page * 4096 + 200)
      writeFileSync(file, spoilt)
      const database = read(folder)
      expect(database.is, `page ${page}`).toBe('corrupt')
      expect(textOf(database)).toContain('backup')
    }
  })

  it('is never read as less than it holds when the file is cut', () => {
    const folder = folderWith('local-v9-1.7.6-registered.sql')
    const bytes = readFileSync(path.join(folder, 'local.sql'))
    for (let cut = bytes.length - 1; cut > 0; cut -= 1_777) {
      writeFileSync(path.join(folder, 'local.sql'), bytes.subarray(0, cut))
      expect(read(folder).is, `${cut} bytes`).toBe('corrupt')
    }
  })

  it('is corrupt when the log is damaged before its end, instead of silently older', () => {
    const folder = folderLike('1.7.6-supervised')
    const file = path.join(folder, 'local.sql-wal')
    const bytes = readFileSync(file)
    for (let at = 40; at < bytes.length - 3 * 4120; at += 9_973) {
      const spoilt = Buffer.from(bytes)
      spoilt.writeUInt8((spoilt[at] ?? 0) ^ 0x10, at)
      writeFileSync(file, spoilt)
      expect(read(folder).is, `byte ${at}`).toBe('corrupt')
    }
    writeFileSync(file, Buffer.concat([Buffer.from('no log at all'), bytes.subarray(13)]))
    expect(read(folder).is).toBe('corrupt')
  })

  it('is read to the last whole commit when the log was torn at its end', () => {
    const folder = folderLike('1.7.6-supervised')
    truncateSync(path.join(folder, 'local.sql-wal'), statSync(path.join(folder, 'local.sql-wal')).size - 100)
    expect(read(folder).is).toBe('read')
  })

  it('is corrupt when an emptied file would make SQLite drop its log', () => {
    const folder = folderLike('1.7.6-supervised')
    truncateSync(path.join(folder, 'local.sql'))
    const database = read(folder)
    expect(database.is).toBe('corrupt')
    expect(statSync(path.join(folder, 'local.sql-wal')).size).toBeGreaterThan(0)
  })

  it("is corrupt when it is no database, or not a node's", () => {
    const folder = path.join(base, 'node')
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'local.sql'), 'this is no database'.repeat(400))
    expect(textOf(read(folder))).toContain('no SQLite database')
    writeFileSync(path.join(folder, 'local.sql'), 'short')
    expect(textOf(read(folder))).toContain('no SQLite database')
    rmSync(path.join(folder, 'local.sql'))
    const db = new Sqlite(path.join(folder, 'local.sql'))
    db.exec('CREATE TABLE songs (id)')
    db.pragma('user_version = 9')
    db.close()
    expect(textOf(read(folder))).toContain("not a node's database")
  })

  it('is unreadable when it is a folder, a fifo or a dangling link', () => {
    const folder = path.join(base, 'node')
    const file = path.join(folder, 'local.sql')
    mkdirSync(file, { recursive: true })
    expect(read(folder).is).toBe('unreadable')
    rmSync(file, { recursive: true })
    symlinkSync(path.join(base, 'gone'), file)
    expect(read(folder).is).toBe('unreadable')
    rmSync(file)
    if (process.platform === 'win32') return
    execFileSync('mkfifo', [file])
    expect(read(folder).is).toBe('unreadable')
    rmSync(file)
    cpSync(path.join(RECORDED, '1.7.6-supervised'), folder, { recursive: true })
    rmSync(`${file}-wal`)
    execFileSync('mkfifo', [`${file}-wal`])
    expect(read(folder).is).toBe('unreadable')
  })

  it('is found through a link', () => {
    const folder = folderLike('1.7.6-supervised', 'real')
    symlinkSync(folder, path.join(base, 'link'))
    expect(read(path.join(base, 'link')).is).toBe('read')
  })

  it("counts an id of another length as nobody's", () => {
    const folder = folderWith('local-v9-1.7.6-registered.sql')
    const db = new Sqlite(path.join(folder, 'local.sql'))
    db.prepare("INSERT INTO poet_registration VALUES (x'00', x'00', 'a', '1', 5)").run()
    db.close()
    const database = read(folder)
    expect(database.is === 'read' && database.rows.every(({ identity }) => identity.length === 64)).toBe(true)
  })
})
