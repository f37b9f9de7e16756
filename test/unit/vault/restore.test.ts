import { beforeEach, describe, expect, it } from 'vitest'
import { drillBackup, type DrillJob } from '../../../electron/vault/drill.ts'
import { makeBackup } from '../../../electron/vault/make.ts'
import { openBackup, type OpenedBackup } from '../../../electron/vault/open.ts'
import { planRestore, type RestoreHere } from '../../../electron/vault/restore-plan.ts'
import { restoreItems, type RestoreTools } from '../../../electron/vault/restore.ts'
import { ok } from '../../../shared/domain/fault.ts'
import type { CrashFiles } from '../../fakes/crash-files.ts'
import { aHere, aJob, aKey, aMachine, DATA, machineItems, NOW, PASSPHRASE, STICK, tools } from './helpers.ts'

let files: CrashFiles
let file: string
let backup: OpenedBackup

async function open(): Promise<OpenedBackup> {
  const opened = await openBackup(file, { passphrase: PASSPHRASE }, files)
  if (!opened.ok) throw new Error(opened.fault.detail)
  return opened.value
}

beforeEach(async () => {
  files = aMachine()
  files.put('/home/u/wallet.json', 'coins')
  files.put('/srv/notes.txt', 'outside')
  const extra = ['/home/u/wallet.json', '/srv/notes.txt'].map((path, i) => ({
    is: 'file' as const,
    part: 'extra' as const,
    name: `extra/${i}`,
    path,
    bytes: 5,
  }))
  const records = {
    version: 1,
    records: [{ identity: aKey(1).id, atxs: [{ publishEpoch: 7, atxId: 'ab'.repeat(32), seenAt: NOW, by: 'here' }] }],
  }
  const items = [...machineItems().filter((item) => item.name !== 'publication-record.json'), ...extra]
  items.push({ is: 'text', part: 'publication-record', name: 'publication-record.json', text: JSON.stringify(records) })
  const made = await makeBackup(aJob({ items }), tools(files))
  if (!made.ok) throw new Error(made.fault.detail)
  file = made.value.file
  backup = await open()
})

const here = (changes: Partial<RestoreHere> = {}): RestoreHere =>
  aHere({
    keys: [1, 2].map((n) => ({ identity: aKey(n).id, path: `${DATA}/identities/${n === 1 ? 'north' : 'south'}.key` })),
    ...changes,
  })

const states = async (changes: Partial<RestoreHere> = {}): Promise<Record<string, string>> =>
  Object.fromEntries((await planRestore(backup, here(changes), files)).items.map(({ id, is }) => [id, is]))

function restoring(): { readonly tools: RestoreTools; readonly held: Map<string, string> } {
  const held = new Map<string, string>()
  return {
    held,
    tools: {
      files,
      mark: 'here',
      holdKey(bytes, { identity }) {
        held.set(identity, Buffer.from(bytes).toString())
        return ok(undefined)
      },
    },
  }
}

describe('a restore', () => {
  it('finds everything here on the machine that was backed up', async () => {
    files.put('/home/u/smesh/config/setup.json', '{"version":1}')
    expect(await states()).toEqual({
      'keys/north.key': 'same',
      'keys/south.key': 'same',
      [`pos/${aKey(1).id}/postdata_metadata.json`]: 'same',
      'node/config.json': 'same',
      'node/local.sql': 'differs',
      'publication-record.json': 'missing',
      'setup.json': 'same',
      'extra/0': 'same',
      'extra/1': 'same',
    })
  })

  it('writes no file where a node would load it as a key', async () => {
    const target = `${DATA}/identities/crafted.key`
    files.put(target, aKey(3).text)
    const item = { is: 'file' as const, part: 'extra' as const, name: 'extra/0', path: target, bytes: 128 }
    const made = await makeBackup(aJob({ items: [item] }), tools(files))
    if (!made.ok) throw new Error(made.fault.detail)
    files.remove(target)
    const opened = await openBackup(made.value.file, { passphrase: PASSPHRASE }, files)
    if (!opened.ok) throw new Error(opened.fault.detail)
    const outcome = await restoreItems(opened.value, { ids: ['extra/0'], here: here() }, restoring().tools)
    expect(outcome.report.refused).toMatchObject([{ id: 'extra/0', sentence: expect.stringContaining('on hold only') as string }])
    expect(files.content(target)).toBeUndefined()
  })

  it('brings back what is missing and nothing else', async () => {
    for (const gone of ['identities/north.key', 'config.json', 'local.sql', 'identities/south.key']) files.remove(`${DATA}/${gone}`)
    files.put('/home/u/smesh/config/setup.json', '{"version":1,"mine":true}')
    files.remove('/pos/1/postdata_metadata.json')
    files.remove('/home/u/wallet.json')
    files.put('/srv/notes.txt', 'changed')
    const { tools: by, held } = restoring()
    const ids = backup.manifest.entries.map(({ name }) => name)
    const outcome = await restoreItems(backup, { ids, here: here({ keys: [] }) }, by)
    expect(outcome.report.refused.map(({ id }) => id)).toEqual(['extra/1'])
    expect(held).toEqual(new Map([1, 2].map((n) => [aKey(n).id, aKey(n).text])))
    expect(outcome.keys).toEqual([aKey(1).id, aKey(2).id])
    expect(outcome.databases).toEqual([{ dataFolder: DATA, madeAt: NOW }])
    expect(outcome.records).toMatchObject([{ identity: aKey(1).id, atxs: [{ publishEpoch: 7 }] }])
    expect(files.content(`${DATA}/local.sql`)?.toString()).toBe('local database')
    expect(files.content('/home/u/wallet.json')?.toString()).toBe('coins')
    expect(files.content('/pos/1/postdata_metadata.json')?.toString()).toBe('{"n":1}')
    expect(files.content('/srv/notes.txt')?.toString()).toBe('changed')
    expect(files.content('/home/u/smesh/config/setup.json')?.toString()).toBe('{"version":1,"mine":true}')
    expect(files.content('/home/u/smesh/config/setup.restored-2026-11-28.json')?.toString()).toBe('{"version":1}')
    expect(files.all().filter(({ path }) => path.includes('partial'))).toEqual([])
    const again = await restoreItems(backup, { ids, here: here({ keys: [] }) }, by)
    expect(again.report.refused.map(({ id }) => id)).toEqual(['extra/1', 'node/local.sql'])
  })

  it('refuses a key that is armed elsewhere', async () => {
    files.remove(`${DATA}/identities/north.key`)
    const where = here({ refused: [{ identity: aKey(1).id, why: 'A node of Smapp would start with it: disarm it there first.' }] })
    const { tools: by, held } = restoring()
    const outcome = await restoreItems(backup, { ids: ['keys/north.key'], here: where }, by)
    expect(outcome.report.refused).toEqual([
      { id: 'keys/north.key', sentence: 'A node of Smapp would start with it: disarm it there first.' },
    ])
    expect(held.size).toBe(0)
  })

  it('never puts a database under a key that a node would load, nor beside a leftover log', async () => {
    files.remove(`${DATA}/local.sql`)
    const { tools: by } = restoring()
    const armed = await restoreItems(backup, { ids: ['node/local.sql'], here: here() }, by)
    expect(armed.report.refused[0]?.sentence).toMatch(/north\.key and go on from an old database/)
    expect(armed.databases).toEqual([])
    for (const key of ['north', 'south']) files.remove(`${DATA}/identities/${key}.key`)
    files.put(`${DATA}/local.sql-wal`, 'leftover')
    expect((await states())['node/local.sql']).toBe('differs')
    files.remove(`${DATA}/local.sql-wal`)
    expect((await restoreItems(backup, { ids: ['node/local.sql'], here: here() }, by)).report.done).toHaveLength(1)
  })

  it('makes folders below the own one only: elsewhere a drive is away', async () => {
    const fresh = aMachine()
    const bytes = files.readWhole(file, 1024 ** 2)
    files = fresh
    fresh.put(file, bytes)
    for (const n of [1, 2]) fresh.remove(`/pos/${n}/postdata_metadata.json`)
    fresh.remove('/pos/1')
    backup = await open()
    const { tools: by } = restoring()
    const ids = ['extra/0', 'extra/1', `pos/${aKey(1).id}/postdata_metadata.json`, 'setup.json']
    const outcome = await restoreItems(backup, { ids, here: here() }, by)
    expect(outcome.report.done.map(({ id }) => id)).toEqual(['setup.json', 'extra/0'])
    expect(outcome.report.refused.map(({ id }) => id).sort()).toEqual(['extra/1', `pos/${aKey(1).id}/postdata_metadata.json`])
  })

  it('says what failed and goes on when a place cannot be written', async () => {
    files.remove('/home/u/wallet.json')
    files.remove(`${DATA}/config.json`)
    const { tools: by } = restoring()
    const create = files.create.bind(files)
    files.create = (at, mode) => {
      if (at.startsWith(DATA)) throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })
      return create(at, mode)
    }
    const outcome = await restoreItems(backup, { ids: ['node/config.json', 'extra/0', 'nonsense'], here: here() }, by)
    expect(outcome.report.done.map(({ id }) => id)).toEqual(['extra/0'])
    expect(outcome.report.refused).toMatchObject([
      { id: 'node/config.json', sentence: expect.stringMatching(/write protection/) as string },
      { id: 'nonsense' },
    ])
  })

  it.each(['', '{', '[]', '{"version":9,"records":[]}', '{"version":1,"records":[{"identity":"x"}]}'])(
    'goes on without the publication record when it is %j',
    async (text) => {
      const item = { is: 'text' as const, part: 'publication-record' as const, name: 'publication-record.json', text }
      const made = await makeBackup(aJob({ items: [...machineItems().slice(0, 1), item], madeAt: NOW + 1 }), tools(files))
      const opened = await openBackup(made.ok ? made.value.file : '', { passphrase: PASSPHRASE }, files)
      if (!opened.ok) throw new Error(opened.fault.detail)
      files.remove(`${DATA}/identities/north.key`)
      const ids = ['publication-record.json', 'keys/north.key']
      const { report, records } = await restoreItems(opened.value, { ids, here: here({ keys: [] }) }, restoring().tools)
      expect(report.done.map(({ id }) => id)).toEqual(['keys/north.key'])
      expect(report.refused).toEqual([
        { id: 'publication-record.json', sentence: expect.stringContaining('asked of the network') as string },
      ])
      expect(records).toEqual([])
    },
  )

  it('tells the risks before', async () => {
    for (const name of ['local.sql', 'identities/north.key', 'identities/south.key']) files.remove(`${DATA}/${name}`)
    const { risks, items } = await planRestore(backup, here({ keys: [], genesisId: 'a', holdUntil: { [aKey(1).id]: NOW + 9 } }), files)
    expect(risks.join('\n')).toMatch(/publishes a second time[^]*2 keys would be here again/)
    expect(items[0]).toMatchObject({ id: 'keys/north.key', holdUntil: NOW + 9, target: `/home/u/smesh/quarantine/held/${aKey(1).id}.key` })
  })
})

describe('a drill', () => {
  const job = (changes: Partial<DrillJob> = {}): DrillJob => ({ file, live: here().keys, isTyped: true, at: NOW, ...changes })
  const drill = (changes: Partial<DrillJob> = {}, passphrase = PASSPHRASE) => drillBackup(job(changes), { passphrase }, { files })

  it('passes when every key and file is as it was', async () => {
    expect(await drill()).toEqual({
      result: { at: NOW, is: 'passed', sentence: '2 keys and 7 other files are as they were written.', isTyped: true },
      missing: [],
      broken: [],
    })
  })

  it('tells keys that are not in it and live keys that are broken', async () => {
    files.put(`${DATA}/identities/south.key`, 'zz')
    const outcome = await drill({ live: [...here().keys, { identity: aKey(3).id, path: '/x.key' }] })
    expect(outcome).toMatchObject({
      result: { is: 'passed' },
      missing: [aKey(3).id],
      broken: [expect.stringMatching(/south\.key is not as it was/)],
    })
  })

  it('does not fail because a stick is away', async () => {
    files.remove(STICK)
    expect((await drill()).result).toMatchObject({ is: 'not-reached', sentence: expect.stringMatching(/connect the drive/) as string })
  })

  it('tells a wrong passphrase from a damaged file by the SHA-256 of the file', async () => {
    const { createHash } = await import('node:crypto')
    const bytes = Buffer.from(files.readWhole(file, 1024 ** 2))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect((await drill({ sha256 }, 'wrong')).result).toMatchObject({
      is: 'failed',
      sentence: expect.stringMatching(/as it was written, but this is not what opens it/) as string,
    })
    bytes[40] = (bytes[40] ?? 0) ^ 4
    files.put(file, bytes)
    expect((await drill({ sha256 })).result).toMatchObject({
      is: 'failed',
      sentence: expect.stringMatching(/its first lines are damaged|header is damaged/) as string,
    })
  })
})
