import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyLocalDatabase } from '../../../electron/identities/local-database-copy.ts'
import { readLocalDatabase } from '../../../electron/identities/local-database.ts'

const RECORDED = path.resolve('test/fixtures/recordings/data-folders')
const FOLDERS = readdirSync(RECORDED).filter((name) => existsSync(path.join(RECORDED, name, 'local.sql')))
const isRoot = process.getuid?.() === 0

let base = ''
let temporary = ''
let target = ''
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'local-database-copy-'))
  temporary = path.join(base, 'temporary')
  mkdirSync(path.join(base, 'out'))
  target = path.join(base, 'out', 'local.sql')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const copy = (folder: string) => copyLocalDatabase(folder, target, { temporary })
/** Every row of every table, and the text of every table, as one text. */
function contentOf(file: string): string {
  const db = new Sqlite(file, { readonly: true })
  const schema = db
    .prepare<[], { name: string; sql: string; type: string }>('SELECT type, name, sql FROM sqlite_master ORDER BY name')
    .all()
  const rows = schema
    .filter(({ type }) => type === 'table')
    .map(({ name }) => db.prepare(`SELECT * FROM "${name}"`).raw().safeIntegers().all())
  const text = JSON.stringify([db.pragma('user_version'), schema, rows], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  db.close()
  return text
}

describe('a copy of local.sql', () => {
  it.each(FOLDERS)('holds all of %s in one file', (name) => {
    const copied = copy(path.join(RECORDED, name))
    expect(copied.ok).toBe(true)
    expect(readdirSync(path.dirname(target))).toEqual(['local.sql'])
    const mine = path.join(base, 'opened')
    cpSync(path.join(RECORDED, name), mine, { recursive: true })
    expect(contentOf(target)).toBe(contentOf(path.join(mine, 'local.sql')))
    const [before, after] = [path.join(RECORDED, name), path.dirname(target)].map((folder) => readLocalDatabase(folder, { temporary }))
    expect(after).toMatchObject({ is: 'read', rows: before?.is === 'read' ? before.rows : [], isInWal: false })
  })

  it('tells version, size and rows', () => {
    const copied = copy(path.join(RECORDED, '1.7.6-remote-after-sigterm'))
    expect(copied).toMatchObject({
      ok: true,
      value: { schema: 9, bytes: statSync(target).size, rows: { challenge: 3, poet_registration: 3, nipost: 0, post: 3 } },
    })
    expect(copied.ok && copied.value.problem).toBe(undefined)
  })

  it('is for its owner only', () => {
    copy(path.join(RECORDED, '1.7.6-supervised'))
    expect(statSync(target).mode & 0o777).toBe(0o600)
  })

  it.each(['a b.sql', 'c#1.sql', 'what?mode=memory', '100%20.sql', 'file:x.sql', "it's.sql"])('can be called %s', (name) => {
    target = path.join(base, 'out', name)
    expect(copy(path.join(RECORDED, '1.7.6-supervised')).ok).toBe(true)
    expect(readdirSync(path.join(base, 'out'))).toEqual([name])
  })

  it('is made of a newer version too, which is said', () => {
    const folder = path.join(base, 'node')
    mkdirSync(folder)
    cpSync(path.join(RECORDED, 'checkpointed', 'local-v9-1.8.3-registered.sql'), path.join(folder, 'local.sql'))
    const db = new Sqlite(path.join(folder, 'local.sql'))
    db.exec('CREATE TABLE "new table" (id); INSERT INTO "new table" VALUES (1), (2)')
    db.pragma('user_version = 11')
    db.close()
    const copied = copy(folder)
    expect(copied).toMatchObject({ ok: true, value: { schema: 11, rows: { 'new table': 2 } } })
    expect(copied.ok && copied.value.problem).toContain('Update Smeshkeeper')
  })
})

describe('no copy is made', () => {
  const codeOf = (folder: string): string | undefined => {
    const copied = copy(folder)
    expect(readdirSync(path.dirname(target)).filter((name) => name !== 'local.sql')).toEqual([])
    return copied.ok ? undefined : copied.fault.code
  }
  const folderLike = (name: string): string => {
    const folder = path.join(base, 'node')
    cpSync(path.join(RECORDED, name), folder, { recursive: true })
    return folder
  }

  it('of what is not there, empty, damaged or no database', () => {
    expect(codeOf(path.join(base, 'nowhere'))).toBe('database/absent')
    const folder = folderLike('1.7.6-supervised')
    rmSync(path.join(folder, 'local.sql-wal'))
    expect(codeOf(folder)).toBe('database/unsupported')
    writeFileSync(path.join(folder, 'local.sql'), 'rubbish'.repeat(1000))
    expect(codeOf(folder)).toBe('database/corrupt')
    expect(existsSync(target)).toBe(false)
  })

  it('over a file that exists', () => {
    writeFileSync(target, 'mine')
    expect(codeOf(path.join(RECORDED, '1.7.6-supervised'))).toBe('database/not-written')
    expect(readFileSync(target, 'utf8')).toBe('mine')
  })

  it('where the folder is missing', () => {
    target = path.join(base, 'nowhere', 'local.sql')
    const copied = copy(path.join(RECORDED, '1.7.6-supervised'))
    expect(!copied.ok && copied.fault.code).toBe('database/not-written')
  })

  it.skipIf(isRoot)('where the folder cannot be written', () => {
    chmodSync(path.dirname(target), 0o500)
    try {
      expect(codeOf(path.join(RECORDED, '1.7.6-supervised'))).toBe('database/not-written')
    } finally {
      chmodSync(path.dirname(target), 0o700)
    }
  })
})
