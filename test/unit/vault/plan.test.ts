import { describe, expect, it } from 'vitest'
import { planBackup, type BackupSources } from '../../../electron/vault/collect.ts'
import { backupFileName, isBackupName, plainName, secondFileOf, unsafeName } from '../../../electron/vault/format.ts'
import { parseLine, parseRequest } from '../../../electron/vault/protocol.ts'
import { readSecret } from '../../../electron/vault/secret.ts'
import { suggestPassphrase } from '../../../electron/vault/suggest.ts'
import { BACKUP_PARTS } from '../../../shared/domain/backup.ts'
import type { KeyCopy } from '../../../shared/domain/inventory.ts'
import { createCrashFiles, type CrashFiles } from '../../fakes/crash-files.ts'
import { aKey, aMachine, DATA, NOW } from './helpers.ts'

const copy = (number: number, path: string): KeyCopy => ({ path, identity: aKey(number).id, form: 'good', place: 'node', modifiedAt: NOW })

const sources = (changes: Partial<BackupSources> = {}): BackupSources => ({
  keys: [copy(1, `${DATA}/identities/north.key`), copy(2, `${DATA}/identities/local.key`)],
  names: { [aKey(1).id]: 'North' },
  nodes: [{ dataFolder: DATA, configFile: `${DATA}/config.json` }],
  posFolders: [1, 2].map((n) => ({ path: `/pos/${n}`, identity: aKey(n).id })),
  records: [{ identity: aKey(1).id, atxs: [] }],
  setup: { path: '/home/u/smesh/config/setup.json', text: '{}' },
  extraFiles: [],
  offered: [],
  parts: BACKUP_PARTS,
  ...changes,
})

/** The machine of the helpers; its second key lies under a name that says nothing. */
function withLocalKey(): CrashFiles {
  const files = aMachine()
  files.put(`${DATA}/identities/local.key`, aKey(2).text)
  return files
}

const planned = (changes: Partial<BackupSources> = {}, files = withLocalKey()) => {
  const result = planBackup(sources(changes), files)
  if (!result.ok) throw new Error(result.fault.detail)
  return result.value
}

describe('the plan of a backup', () => {
  it('lists every part with what is in it', () => {
    const { plan, items } = planned()
    expect(items.map(({ name }) => name)).toEqual([
      'keys/north.key',
      `keys/${aKey(2).id.slice(0, 16)}.key`,
      `pos/${aKey(1).id}/postdata_metadata.json`,
      `pos/${aKey(2).id}/postdata_metadata.json`,
      'node/config.json',
      'node/local.sql',
      'publication-record.json',
      'setup.json',
    ])
    expect(plan.parts[0]).toEqual({ part: 'keys', sentence: '2, each checked against its public key', items: 2, bytes: 256 })
    expect(plan.identities[0]).toEqual({ id: aKey(1).id, name: 'North', keyPath: `${DATA}/identities/north.key` })
  })

  it('takes a key once, however many copies there are, and gives each its own name', () => {
    const keys = [copy(1, '/a/key.key'), copy(1, '/b/key.key'), copy(2, '/c/KEY.key'), copy(3, '/d/identity.key')]
    const files = aMachine()
    for (const { path, identity } of keys) files.put(path, [1, 2, 3].map(aKey).find(({ id }) => id === identity)?.text ?? '')
    const names = planned({ keys }, files).items.flatMap(({ is, name }) => (is === 'key' ? [name] : []))
    expect(names).toEqual(['keys/key.key', 'keys/KEY-2.key', `keys/${aKey(3).id.slice(0, 16)}.key`])
  })

  it('tells a key that cannot be read before, and has nothing to do without any', () => {
    const bad: KeyCopy = { path: '/bad.key', form: 'bad', problem: 'it has 12 characters', place: 'loose', modifiedAt: NOW }
    expect(planned({ keys: [copy(1, `${DATA}/identities/north.key`), bad] }).plan.problems).toEqual([
      '/bad.key is not in the backup: it has 12 characters',
    ])
    expect(planBackup(sources({ keys: [bad] }), aMachine())).toMatchObject({ fault: { code: 'backup/nothing' } })
  })

  it('takes another copy of a key that is gone from where the scan saw it, and tells one that is gone for good', () => {
    const files = aMachine()
    files.put('/stick/copy.key', aKey(2).text)
    const keys = [
      copy(1, `${DATA}/identities/north.key`),
      copy(2, '/gone/south.key'),
      copy(2, `${DATA}/identities/north.key`),
      copy(2, '/stick/copy.key'),
      copy(3, '/gone/third.key'),
      copy(3, '/gone/again.key'),
    ]
    const { plan, items } = planned({ keys, parts: [] }, files)
    expect(items).toMatchObject([{ path: `${DATA}/identities/north.key` }, { path: '/stick/copy.key', identity: aKey(2).id }])
    expect(plan.identities.map(({ id }) => id)).toEqual([aKey(1).id, aKey(2).id])
    expect(plan.problems).toEqual([expect.stringMatching(/^\/gone\/third\.key is not in the backup: /)])
  })

  it('offers files that are there and takes those that were chosen', () => {
    const files = withLocalKey()
    files.put('/home/u/wallet 1.json', 'coins')
    files.putLink('/home/u/link', '/home/u/wallet 1.json')
    files.putFolder('/home/u/folder')
    const offered = [
      { path: '/home/u/wallet 1.json', why: 'Smapp’s wallet' },
      { path: '/home/u/away', why: 'Smapp’s wallet' },
    ]
    expect(planned({ offered }, files).plan.offered).toEqual([{ path: '/home/u/wallet 1.json', bytes: 5, why: 'Smapp’s wallet' }])
    const extraFiles = ['/home/u/wallet 1.json', '/home/u/link', '/home/u/folder', '/home/u/away']
    const { plan, items } = planned({ offered, extraFiles }, files)
    expect(plan.offered).toEqual([])
    expect(items.slice(-2)).toMatchObject([
      { name: 'extra/wallet-1.json', bytes: 5 },
      { name: 'extra/link', bytes: 5 },
    ])
    expect(plan.problems).toHaveLength(2)
  })

  it('takes no key for a mere file: it would come back armed', () => {
    const files = withLocalKey()
    files.put('/home/u/copy.key', aKey(1).text)
    files.put(`${DATA}/identities/cut.key`, 'half')
    files.put('/home/u/tls.key', '-----BEGIN PRIVATE KEY-----')
    const extraFiles = [`${DATA}/identities/north.key`, `${DATA}/identities/cut.key`, '/home/u/copy.key', '/home/u/tls.key']
    const { plan, items } = planned({ extraFiles, parts: ['extra'] }, files)
    expect(items.map(({ is, name }) => `${is} ${name}`).slice(2)).toEqual(['file extra/tls.key'])
    expect(plan.problems).toHaveLength(3)
    for (const problem of plan.problems) expect(problem).toContain('keys are in it by themselves')
  })

  it('leaves parts out but never the keys', () => {
    expect(planned({ parts: [] }).items.map(({ is }) => is)).toEqual(['key', 'key'])
  })
})

describe('names', () => {
  it('are plain inside the archive', () => {
    expect(plainName('Jürgen’s wallet (1).json')).toBe('Ju-rgen-s-wallet-1-.json')
    expect([plainName('..'), plainName('con'), plainName('')]).toEqual(['x-', 'x-con', 'x-'])
  })

  it('of backups are told from all others', () => {
    const name = backupFileName({ kind: 'backup', madeAt: NOW, count: 2, isSecond: false })
    expect(name).toMatch(/^smeshkeeper-backup-2026-11-2\d-\d{4}-2\.zip\.age$/)
    expect([name, secondFileOf(name), 'mine.zip.age', 'smeshkeeper-backup-2026.zip.age'].map(isBackupName)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('that lead anywhere else are unsafe', () => {
    for (const name of ['../a', '/a', 'a//b', 'a/../b', 'a\\b', 'C:a', 'a/nul', 'a.', 'a/b ', 'a\u0000', '', 'x'.repeat(401)])
      expect(`${name}: ${String(unsafeName(name))}`).not.toContain('undefined')
    for (const name of ['README.txt', 'keys/a-b_c.key', 'pos/ab/postdata_metadata.json', 'extra/ä.txt'])
      expect(unsafeName(name)).toBeUndefined()
  })
})

describe('a suggested passphrase', () => {
  it('has five words of a list of 7,776', async () => {
    expect(await suggestPassphrase(5, () => 0)).toEqual({ passphrase: 'abacus-abacus-abacus-abacus-abacus', bits: 64 })
    expect((await suggestPassphrase()).passphrase).not.toBe((await suggestPassphrase()).passphrase)
    const below: number[] = []
    await suggestPassphrase(1, (n) => (below.push(n), n - 1))
    expect(below).toEqual([7776])
  })
})

describe('what goes to the vault process', () => {
  it('is never quoted when it is wrong', () => {
    const problem = parseRequest('{"job":"backup","make":{"passphrase":"harvest pebble" oops')
    expect(JSON.stringify(problem)).not.toContain('harvest')
    expect(parseRequest('{"job":"nonsense","passphrase":"harvest"}')).toEqual({ problem: 'no job of this name' })
    expect([parseLine('{"is":"answer","value":1}'), parseLine('{"is":"ans'), parseLine('{"is":"x"}')]).toEqual([
      { is: 'answer', value: 1 },
      undefined,
      undefined,
    ])
  })

  it('reads what opens a file and never tells it', () => {
    const files = createCrashFiles()
    const secret = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX'
    files.put('/good.txt', `# created: today\r\n# public key: age1…\r\n${secret}\r\n`)
    files.put('/half.txt', 'AGE-SECRET-KEY-1half-of-it')
    files.put('/sealed.txt', 'age-encryption.org/v1\n-> scrypt')
    files.putFolder('/folder')
    expect(readSecret({ identityFile: '/good.txt' }, files)).toEqual({ ok: true, value: { identities: [secret] } })
    expect(readSecret({ passphrase: 'x' }, files)).toEqual({ ok: true, value: { passphrase: 'x' } })
    for (const source of [
      {},
      { passphrase: '' },
      ...['/half.txt', '/sealed.txt', '/folder', '/away'].map((identityFile) => ({ identityFile })),
    ]) {
      const result = readSecret(source, files)
      expect(result).toMatchObject({ fault: { code: 'backup/no-secret' } })
      expect(JSON.stringify(result)).not.toContain('half-of-it')
    }
  })
})
