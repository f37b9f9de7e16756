import { readFileSync, rmSync, writeFileSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, truncateSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemFiles } from '../../../../electron/lib/files.ts'
import { readBans } from '../../../../electron/operations/facts/bans.ts'
import { isSupervised, readFolderFacts, type FolderFacts } from '../../../../electron/operations/facts/folder-facts.ts'
import { GENESIS, makeNodeFolder } from '../../../builders/node-folder.ts'
import { aKey } from '../../identities/keys.ts'

const RECORDED = path.join(import.meta.dirname, '../../../fixtures/recordings/data-folders')

let folder = ''
const at = (name: string): string => path.join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'folder-facts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const facts = (dataFolder: string, configFile?: string): FolderFacts =>
  readFolderFacts({ dataFolder, ...(configFile === undefined ? {} : { configFile }) }, { files: systemFiles, temporary: at('temporary') })

describe('facts of a data folder', () => {
  it('tell keys, rows of every table, genesis and place', () => {
    const made = makeNodeFolder(at('node'), { keys: { 'a.key': 1, 'b.key': 2 }, activesets: 3 })
    const read = facts(made.dataFolder)
    expect(read).toMatchObject({
      name: 'node',
      place: { is: 'folder', realPath: at('node'), canWrite: true },
      keys: [
        { name: 'a.key', identity: aKey(1).id, form: 'good' },
        { name: 'b.key', identity: aKey(2).id, form: 'good' },
      ],
      genesis: { is: 'known', time: GENESIS.time },
      config: { is: 'unknown' },
      database: {
        is: 'read',
        schema: 9,
        isInWal: true,
        tables: { post: 2, poet_registration: 2, poet_certificates: 2, prepared_activeset: 3 },
      },
    })
    expect(read.database.is === 'read' && read.database.drift).toBe(undefined)
    expect(read.database.is === 'read' && read.database.perId['nipost']?.get(aKey(2).id)).toBe(1)
    expect(isSupervised(read)).toBe(false)
  })

  it('change nothing in the folder', () => {
    makeNodeFolder(at('node'), { keys: { 'a.key': 1 }, rowsIn: 'both' })
    const all = (): string => readdirSync(at('node'), { recursive: true }).map(String).sort().join()
    const bytes = (): string => ['', '-wal', '-shm'].map((tail) => readFileSync(at(`node/local.sql${tail}`)).toString('base64')).join()
    const before = all() + bytes()
    facts(at('node'))
    expect(all() + bytes()).toBe(before)
  })

  it.each(readdirSync(path.join(RECORDED, 'checkpointed')).filter((name) => /^local.*\.sql$/.test(name) && !name.includes('dump')))(
    'find no drift in what a real node made: %s',
    (name) => {
      mkdirSync(at('node'))
      writeFileSync(at('node/local.sql'), readFileSync(path.join(RECORDED, 'checkpointed', name)))
      const { database } = facts(at('node'))
      expect(database).toMatchObject({ is: 'read' })
      expect(database.is === 'read' && database.drift).toBe(undefined)
    },
  )

  it.each([
    ['an extra index', 'CREATE INDEX mine ON post (num_units)', /it has “CREATE INDEX mine/],
    ['an extra table', 'CREATE TABLE mine (a INT)', /it has “CREATE TABLE mine/],
    ['a column more', 'ALTER TABLE post ADD COLUMN mine INT', /“CREATE TABLE "post".*is missing/],
    ['an index less', 'DROP INDEX idx_poet_certificates', /is missing/],
    ['a trigger', 'CREATE TRIGGER mine AFTER INSERT ON post BEGIN SELECT 1; END', /CREATE TRIGGER mine/],
  ])('find %s', (_what, sql, text) => {
    makeNodeFolder(at('node'), { keys: { 'a.key': 1 }, sql })
    const { database } = facts(at('node'))
    expect(database.is === 'read' ? database.drift : '').toMatch(text)
  })

  it('do not mind statistics that ANALYZE left', () => {
    makeNodeFolder(at('node'), { keys: { 'a.key': 1 }, sql: 'ANALYZE' })
    const { database } = facts(at('node'))
    expect(database.is === 'read' && database.drift).toBe(undefined)
  })

  it('tell a copy without its log, a damaged file and one of a newer node apart', () => {
    makeNodeFolder(at('no-log'), { keys: { 'a.key': 1 } })
    rmSync(at('no-log/local.sql-wal'))
    expect(facts(at('no-log')).database).toMatchObject({ is: 'unsupported', schema: 0 })
    makeNodeFolder(at('cut'), { keys: { 'a.key': 1 }, rowsIn: 'main' })
    truncateSync(at('cut/local.sql'), 20_000)
    expect(facts(at('cut')).database).toMatchObject({ is: 'corrupt' })
    makeNodeFolder(at('newer'), { keys: { 'a.key': 1 }, schema: 10 })
    expect(facts(at('newer')).database).toMatchObject({ is: 'unsupported', schema: 10, name: 'local.sql' })
  })

  it('read what matters of a config, whatever the case of its keys', () => {
    const config = {
      MAIN: { 'Poet-Servers': [{ address: 'http://poet.one', pubkey: '' }], filelock: 'LOCK' },
      smeshing: { 'smeshing-coinbase': 'sm1abc', 'smeshing-start': 'true' },
      api: { 'grpc-post-listener': '127.0.0.1:9094' },
    }
    const made = makeNodeFolder(at('node'), { keys: { 'local.key': 1 }, config })
    const read = facts(made.dataFolder, made.configFile)
    expect(read.values).toMatchObject({ poets: ['http://poet.one'], coinbase: 'sm1abc', isSmeshing: true, postListener: '127.0.0.1:9094' })
    expect(read.lockFile).toBe(at('node/LOCK'))
    expect(isSupervised(read)).toBe(true)
    writeFileSync(at('broken.json'), '{"smeshing": {')
    expect(facts(made.dataFolder, at('broken.json')).config).toMatchObject({
      is: 'unreadable',
      why: `${at('broken.json')} is no valid JSON`,
    })
    expect(facts(made.dataFolder, at('none.json')).config).toMatchObject({ is: 'unreadable' })
  })

  it('see through links, and know a folder that is not there yet', () => {
    makeNodeFolder(at('real'), { keys: { 'a.key': 1 } })
    symlinkSync(at('real'), at('link'))
    expect(facts(at('link')).place).toMatchObject({ realPath: at('real'), marks: facts(at('real')).place.marks })
    expect(facts(at('new/deep')).place).toMatchObject({ is: 'absent', realPath: at('new/deep'), canWrite: true })
  })
})

describe('bans in state.sql', () => {
  const state = (sql: string): void => {
    mkdirSync(at('node'), { recursive: true })
    const db = new Sqlite(at('node/state.sql'))
    db.pragma('journal_mode = WAL')
    db.exec(sql)
    db.close()
  }
  const ask = (...ids: string[]): ReturnType<typeof readBans> => readBans(at('node'), ids, { isInUse: false })
  const recorded = readFileSync(path.join(RECORDED, 'checkpointed/state-v26-1.8.3-malfeasance.dump.sql'), 'utf8')
  const hexOf = (n: number): string => `X'${aKey(n).id}'`

  it('are found where a real node saw them', () => {
    state(recorded)
    const db = new Sqlite(at('node/state.sql'), { readonly: true })
    const guilty = db.prepare<[], string>('SELECT lower(hex(pubkey)) FROM malfeasance').pluck().all()
    const clean =
      db
        .prepare<[], string>('SELECT lower(hex(pubkey)) FROM atxs')
        .pluck()
        .all()
        .find((id) => !guilty.includes(id)) ?? ''
    db.close()
    expect(guilty.length).toBeGreaterThan(0)
    expect(ask(...guilty, clean)).toMatchObject({ is: 'read', banned: guilty })
  })

  const modern =
    'CREATE TABLE identities (pubkey CHAR(32) PRIMARY KEY, proof BLOB NOT NULL, received INT NOT NULL);' +
    'CREATE TABLE malfeasance (pubkey CHAR(32) PRIMARY KEY, marriage_id INT, received INT NOT NULL, domain INT, proof BLOB);' +
    'CREATE TABLE marriages (pubkey CHAR(32) PRIMARY KEY, id INT NOT NULL);'

  it('are told with the whole equivocation set, also when only another member is banned', () => {
    state(`${modern} INSERT INTO marriages VALUES (${hexOf(1)}, 7), (${hexOf(2)}, 7), (${hexOf(3)}, 8);
      INSERT INTO malfeasance VALUES (${hexOf(2)}, 7, 1, 1, NULL);`)
    expect(ask(aKey(1).id, aKey(4).id)).toEqual({
      is: 'read',
      banned: [aKey(2).id],
      sets: [expect.arrayContaining([aKey(1).id, aKey(2).id])],
    })
  })

  it('are read in older files, where a row without proof is no ban', () => {
    state(`CREATE TABLE identities (pubkey CHAR(32) PRIMARY KEY, proof BLOB, received INT, marriage_atx CHAR(32));
      INSERT INTO identities VALUES (${hexOf(1)}, NULL, 1, X'aa'), (${hexOf(2)}, X'01', 1, X'aa'), (${hexOf(3)}, NULL, 1, NULL);`)
    expect(ask(aKey(1).id, aKey(3).id)).toEqual({
      is: 'read',
      banned: [aKey(2).id],
      sets: [expect.arrayContaining([aKey(1).id, aKey(2).id])],
    })
  })

  it('stay unknown while a node runs, without the file, and in a file of something else', () => {
    expect(ask(aKey(1).id)).toEqual({ is: 'absent' })
    state(modern)
    expect(readBans(at('node'), [aKey(1).id], { isInUse: true })).toMatchObject({ is: 'unknown' })
    writeFileSync(at('node/state.sql'), 'nothing of the kind, and long enough to be looked at as a database'.repeat(20))
    expect(ask(aKey(1).id)).toMatchObject({ is: 'unknown' })
    rmSync(at('node'), { recursive: true })
    state('CREATE TABLE other (a INT)')
    expect(ask(aKey(1).id)).toMatchObject({ is: 'unknown' })
  })
})
