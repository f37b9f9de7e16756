import { describe, expect, it } from 'vitest'
import { createKeyStore, readIdentitiesFolder } from '../../../electron/identities/index.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import { createCrashFiles, type CrashFiles, type CrashFilesOptions } from '../../fakes/crash-files.ts'

import { aKey, silentLog } from './keys.ts'

const one = aKey(1)
const two = aKey(2)
const NOW = Date.UTC(2026, 10, 28, 12)
const because: Hold = { code: 'by-user', reason: 'You asked for it.', since: NOW }

function world(options: CrashFilesOptions = {}) {
  const files = createCrashFiles(options)
  files.putFolder('/home/quarantine')
  files.putFolder('/node/identities')
  const logged: string[] = []
  const store = createKeyStore({ files, folder: '/home/quarantine', now: () => NOW, log: silentLog(logged) })
  return { files, store, logged }
}

const paths = (files: CrashFiles): string[] => files.all().map(({ path }) => path)
const whole = (files: CrashFiles, hex: string): string[] =>
  files
    .all()
    .filter(({ bytes }) => bytes.toString().toLowerCase().includes(hex))
    .map(({ path }) => path)
const value = <T>(result: { ok: true; value: T } | { ok: false; fault: { detail: string } }): T => {
  if (!result.ok) throw new Error(result.fault.detail)
  return result.value
}
const noteOf = (files: CrashFiles, file: string): unknown => JSON.parse(files.content(file)?.toString() ?? '')

describe('quarantine', () => {
  it('moves a key with a note that tells what, why, when and from where', () => {
    const { files, store } = world()
    files.put('/node/identities/a.key', one.hex)
    const moved = value(store.quarantine('/node/identities/a.key', { why: 'it would run twice' }))
    const entry = `/home/quarantine/2026-11-28-${one.id.slice(0, 8)}-a.key`
    expect(moved.path).toBe(`${entry}/a.key`)
    expect(paths(files)).toEqual([`${entry}/a.key`, `${entry}/note.json`])
    expect(files.facts(entry)?.mode).toBe(0o700)
    expect(files.facts(moved.path)?.mode).toBe(0o600)
    expect(noteOf(files, `${entry}/note.json`)).toMatchObject({
      why: 'it would run twice',
      from: '/node/identities/a.key',
      identity: one.id,
      at: '2026-11-28T12:00:00.000Z',
    })
    expect(files.content(`${entry}/note.json`)?.toString()).not.toContain(one.seed.toString('hex'))
  })

  it.each<[string, CrashFilesOptions, number]>([
    ['another disk', { devices: { '/home': 2 } }, 0o600],
    ['a file system without links', { hasLinks: false }, 0o600],
    ['a key that others may read', {}, 0o644],
  ])('copies where it must: %s', (_name, options, mode) => {
    const { files, store } = world(options)
    files.put('/node/identities/a.key', one.hex, mode)
    const moved = value(store.quarantine('/node/identities/a.key', { why: 'test' }))
    expect(whole(files, one.hex)).toEqual([moved.path])
    expect(files.facts(moved.path)?.mode).toBe(0o600)
  })

  it('moves what is no key at all, also when it is huge', () => {
    const { files, store } = world()
    files.put('/node/identities/bad.key', Buffer.alloc(3_000_000, 'x'), 0o644)
    expect(value(store.quarantine('/node/identities/bad.key', { why: 'the node would not start' })).path).toBe(
      '/home/quarantine/2026-11-28-unknown-bad.key/bad.key',
    )
    expect(files.list('/node/identities')).toEqual([])
  })

  it('moves a link and not what it points to, a dangling one too', () => {
    const { files, store } = world()
    files.put('/elsewhere/x', one.hex)
    files.putLink('/node/identities/x.key', '/elsewhere/x')
    files.putLink('/node/identities/y.key', '/nothing')
    value(store.quarantine('/node/identities/x.key', { why: 'test' }))
    value(store.quarantine('/node/identities/y.key', { why: 'test' }))
    expect(files.list('/node/identities')).toEqual([])
    expect(whole(files, one.hex)).toEqual(['/elsewhere/x'])
  })

  it('leaves a link on another disk and says what to do', () => {
    const { files, store } = world({ devices: { '/home': 2 } })
    files.putLink('/node/identities/x.key', '/elsewhere/x')
    const before = paths(files)
    expect(store.quarantine('/node/identities/x.key', { why: 'test' })).toMatchObject({
      ok: false,
      fault: { code: 'keys/not-moved', detail: expect.stringContaining('Remove it yourself') },
    })
    expect(files.list('/node/identities')).toEqual(['x.key'])
    expect(paths(files)).toEqual(before)
  })

  it('never overwrites: the same name on the same day gets a place of its own', () => {
    const { files, store } = world()
    const places = [1, 2, 3].map(() => {
      files.put('/node/identities/a.key', one.hex)
      return value(store.quarantine('/node/identities/a.key', { why: 'test' })).path
    })
    expect(new Set(places).size).toBe(3)
    expect(whole(files, one.hex).sort()).toEqual([...places].sort())
  })

  it.each(['x\n;rm -rf.key', '-rf', '..', '...key', `${'k'.repeat(240)}.key`, 'note.json', 'moving.json', 'a.part', '🔑.key', '%00.key'])(
    'stands the name %j',
    (name) => {
      const { files, store } = world()
      if (name === '..') return
      files.put(`/node/identities/${name}`, one.hex)
      const moved = value(store.quarantine(`/node/identities/${name}`, { why: 'test' }))
      expect(moved.path).toMatch(/^\/home\/quarantine\/[A-Za-z0-9._-]{1,90}\/[A-Za-z0-9._-]{1,70}$/)
      expect(whole(files, one.hex)).toEqual([moved.path])
    },
  )

  it('refuses what is not there, a folder and a pipe', () => {
    const { files, store } = world()
    files.putFolder('/node/identities/f.key')
    files.putOther('/node/identities/p.key')
    expect(store.quarantine('/node/identities/none.key', { why: 'test' })).toMatchObject({ fault: { code: 'keys/not-found' } })
    expect(store.quarantine('/node/identities/f.key', { why: 'test' })).toMatchObject({ fault: { code: 'keys/not-moved' } })
    expect(store.quarantine('/node/identities/p.key', { why: 'test' })).toMatchObject({ fault: { code: 'keys/not-moved' } })
    expect(paths(files)).toEqual([])
  })
})

describe('held keys', () => {
  it('are kept in canonical form with their reason, and told again', () => {
    const { files, store } = world()
    const held = value(store.hold(Buffer.from(`${one.hex.toUpperCase()}\r\n`), { identity: one.id, hold: because, name: 'attic' }))
    expect(held).toEqual({ identity: one.id, path: `/home/quarantine/held/${one.id}.key`, hold: because, name: 'attic' })
    expect(files.content(held.path)?.toString()).toBe(one.hex)
    expect(files.facts(held.path)?.mode).toBe(0o600)
    expect(store.held()).toEqual([held])
  })

  it('take the same key twice with a new reason, and no other key under its id', () => {
    const { files, store } = world()
    value(store.hold(Buffer.from(one.hex), { identity: one.id, hold: because, name: 'a' }))
    const until = { ...because, until: NOW + 1 }
    value(store.hold(Buffer.from(one.hex), { identity: one.id, hold: until, name: 'a' }))
    expect(store.held()).toMatchObject([{ hold: until }])
    expect(store.hold(Buffer.from(two.hex), { identity: one.id, hold: because, name: 'a' })).toMatchObject({
      fault: { code: 'keys/conflict' },
    })
    expect(store.hold(Buffer.from('rubbish'), { identity: one.id, hold: because, name: 'a' })).toMatchObject({
      fault: { code: 'keys/conflict' },
    })
    files.put(`/home/quarantine/held/${two.id}.key`, 'damaged')
    expect(store.hold(Buffer.from(two.hex), { identity: two.id, hold: because, name: 'b' })).toMatchObject({
      fault: { code: 'keys/conflict' },
    })
    expect(files.content(`/home/quarantine/held/${two.id}.key`)?.toString()).toBe('damaged')
  })

  it('change their reason, and only when they are there', () => {
    const { store } = world()
    value(store.hold(Buffer.from(one.hex), { identity: one.id, hold: because, name: 'a' }))
    const other: Hold = { code: 'active-elsewhere', reason: 'Another node published with it.', since: NOW, until: NOW + 5 }
    value(store.setHold(one.id, other))
    expect(store.held()).toMatchObject([{ hold: other }])
    expect(store.setHold(two.id, other)).toMatchObject({ fault: { code: 'keys/not-held' } })
  })

  it.each(['', '{', '{"version":2}', 'x'.repeat(100_000)])('stay held when their note is %j', (text) => {
    const { files, store } = world()
    value(store.hold(Buffer.from(one.hex), { identity: one.id, hold: because, name: 'a' }))
    files.put(`/home/quarantine/held/${one.id}.json`, text.slice(0, 70_000))
    expect(store.held()).toMatchObject([{ identity: one.id, hold: { code: 'not-yet-checked' } }])
  })

  it('come out of a node', () => {
    const { files, store } = world()
    files.put('/node/identities/attic.key', one.hex)
    const held = value(store.holdFile('/node/identities/attic.key', { identity: one.id, hold: because }))
    expect(held.name).toBe('attic')
    expect(files.list('/node/identities')).toEqual([])
    expect(whole(files, one.hex)).toEqual([held.path])
    expect(store.held()).toEqual([held])
  })

  it('come out of a node through a link, which goes to the quarantine', () => {
    const { files, store } = world()
    files.put('/elsewhere/x', one.hex)
    files.putLink('/node/identities/x.key', '/elsewhere/x')
    value(store.holdFile('/node/identities/x.key', { identity: one.id, hold: because }))
    expect(files.list('/node/identities')).toEqual([])
    expect(whole(files, one.hex)).toHaveLength(2)
  })

  it('are not taken from a file of another key or of none', () => {
    const { files, store } = world()
    files.put('/node/identities/a.key', two.hex)
    files.put('/node/identities/b.key', 'rubbish')
    expect(store.holdFile('/node/identities/a.key', { identity: one.id, hold: because })).toMatchObject({
      fault: { code: 'keys/conflict' },
    })
    expect(store.holdFile('/node/identities/b.key', { identity: one.id, hold: because })).toMatchObject({
      fault: { code: 'keys/conflict' },
    })
    expect(store.holdFile('/node/identities/c.key', { identity: one.id, hold: because })).toMatchObject({
      fault: { code: 'keys/not-found' },
    })
    expect(files.list('/node/identities')).toEqual(['a.key', 'b.key'])
    expect(store.held()).toEqual([])
  })
})

describe('place', () => {
  const holding = (options: CrashFilesOptions = {}) => {
    const made = world(options)
    value(made.store.hold(Buffer.from(one.hex), { identity: one.id, hold: because, name: 'attic' }))
    return made
  }

  it.each<[string, CrashFilesOptions]>([
    ['with links', {}],
    ['without links', { hasLinks: false }],
    ['on another disk', { devices: { '/node': 2 } }],
  ])('arms the key and leaves its copy at rest, %s', (_name, options) => {
    const { files, store, logged } = holding(options)
    expect(value(store.place({ identity: one.id, dataFolder: '/node', name: 'attic' }))).toEqual({ placed: '/node/identities/attic.key' })
    expect(readIdentitiesFolder('/node', files)).toMatchObject({ keys: [{ identity: one.id, form: 'good' }], problems: [] })
    expect(files.list('/node/identities')).toEqual(['attic.key'])
    expect(files.facts('/node/identities/attic.key')?.mode).toBe(0o600)
    expect(store.held()).toEqual([])
    expect(files.list('/home/quarantine/held')).toEqual([])
    expect(files.list('/home/quarantine').filter((name) => name !== 'held')).toHaveLength(1)
    expect(logged.join('\n')).not.toContain(one.seed.toString('hex'))
  })

  it('finds another name when one is taken, and is never called local', () => {
    const { files, store } = holding()
    files.put('/node/identities/attic.key', two.hex)
    expect(value(store.place({ identity: one.id, dataFolder: '/node', name: 'attic' })).placed).toBe(
      `/node/identities/attic-${one.id.slice(0, 8)}.key`,
    )
    expect(files.content('/node/identities/attic.key')?.toString()).toBe(two.hex)
    const again = holding()
    expect(value(again.store.place({ identity: one.id, dataFolder: '/node', name: 'Local.key' })).placed).toBe(
      `/node/identities/Local-${one.id.slice(0, 8)}.key`,
    )
  })

  it('counts a key that is there already under another name as placed', () => {
    const { files, store } = holding()
    files.put('/node/identities/other.key', one.hex)
    expect(value(store.place({ identity: one.id, dataFolder: '/node', name: 'attic' })).placed).toBe('/node/identities/other.key')
    expect(files.list('/node/identities')).toEqual(['other.key'])
    expect(store.held()).toEqual([])
  })

  it('refuses where the node would not start: a misspelt copy, a local.key', () => {
    const { files, store } = holding()
    files.put('/node/identities/other.key', `${one.hex}\n`)
    expect(store.place({ identity: one.id, dataFolder: '/node', name: 'attic' })).toMatchObject({
      fault: { code: 'keys/conflict', detail: expect.stringContaining('line break') },
    })
    files.remove('/node/identities/other.key')
    files.put('/node/identities/local.key', two.hex)
    expect(store.place({ identity: one.id, dataFolder: '/node', name: 'attic' })).toMatchObject({ fault: { code: 'keys/conflict' } })
    expect(store.setAsideLocalKey('/node', () => false)).toMatchObject({ fault: { code: 'keys/conflict' } })
    const aside = value(store.setAsideLocalKey('/node', (identity) => identity === two.id))
    expect(whole(files, two.hex)).toEqual([aside.quarantined])
    expect(value(store.setAsideLocalKey('/node', () => false))).toEqual({})
    value(store.place({ identity: one.id, dataFolder: '/node', name: 'attic' }))
  })

  it('is refused while an earlier placing, whose end the disk did not take, has armed it elsewhere', () => {
    const trial = holding()
    const before = trial.files.operations.length
    value(trial.store.place({ identity: one.id, dataFolder: '/node', name: 'attic' }))
    const retiring = trial.files.operations.findIndex(({ path }, at) => at > before && path.includes('moving.json'))

    const { files, store } = holding()
    files.putFolder('/fresh')
    files.errorAt(retiring, 'EIO', { forGood: true })
    expect(value(store.place({ identity: one.id, dataFolder: '/node', name: 'attic' })).placed).toBe('/node/identities/attic.key')
    files.errorAt(-1, 'EIO')
    expect(files.list('/home/quarantine/held')).toHaveLength(2)
    expect(store.held()).toEqual([])
    expect(store.place({ identity: one.id, dataFolder: '/fresh', name: 'attic' })).toMatchObject({ fault: { code: 'keys/conflict' } })
    expect(store.recover(['/node']).problems).toEqual([])
    expect(files.list('/home/quarantine/held')).toEqual([])
    expect(whole(files, one.hex)).toEqual([
      `/home/quarantine/2026-11-28-${one.id.slice(0, 8)}-attic.key/attic.key`,
      '/node/identities/attic.key',
    ])
  })

  it('makes the folder of a node that never started, and none of a node that is not there', () => {
    const { files, store } = holding()
    files.putFolder('/fresh')
    expect(store.place({ identity: one.id, dataFolder: '/gone', name: 'attic' })).toMatchObject({ fault: { code: 'keys/no-node' } })
    expect(store.place({ identity: two.id, dataFolder: '/fresh', name: 'attic' })).toMatchObject({ fault: { code: 'keys/not-held' } })
    expect(value(store.place({ identity: one.id, dataFolder: '/fresh', name: 'attic' })).placed).toBe('/fresh/identities/attic.key')
    expect(files.facts('/fresh/identities')?.mode).toBe(0o700)
  })
})

describe('recover', () => {
  it('has nothing to do on a machine without leftovers', () => {
    const { store } = world()
    expect(store.recover(['/node', '/gone'])).toEqual({ finished: [], cleaned: [], problems: [] })
  })

  it('leaves a key alone that the user put back by hand', () => {
    const { files, store } = world()
    files.put('/node/identities/a.key', one.hex)
    value(store.quarantine('/node/identities/a.key', { why: 'test' }))
    files.put('/node/identities/a.key', one.hex)
    value(store.hold(Buffer.from(two.hex), { identity: two.id, hold: because, name: 'b' }))
    files.put('/node/identities/b.key', two.hex)
    expect(store.recover(['/node'])).toEqual({ finished: [], cleaned: [], problems: [] })
    expect(files.list('/node/identities')).toEqual(['a.key', 'b.key'])
  })

  it('keeps a whole key that is nowhere else', () => {
    const { files, store } = world()
    files.put(`/node/identities/.smeshkeeper-${one.id}.part`, one.hex)
    files.put(`/home/quarantine/held/${two.id}.key.part`, two.hex)
    files.put(`/home/quarantine/held/${aKey(3).id}.key.part`, 'torn')
    const report = store.recover(['/node'])
    expect(report.problems).toEqual([])
    expect(files.list('/node/identities')).toEqual([])
    expect(whole(files, one.hex)).toHaveLength(1)
    expect(store.held()).toMatchObject([{ identity: two.id }])
    expect(store.recover(['/node'])).toEqual({ finished: [], cleaned: [], problems: [] })
  })

  it('does not take the only copy for a second one when a note was tampered with', () => {
    const { files, store } = world()
    files.put('/home/quarantine/x/a.key', one.hex)
    files.put('/home/quarantine/x/moving.json', '{"version":1,"from":"/home/quarantine/x/a.key","name":"a.key"}')
    expect(store.recover([]).problems).toHaveLength(1)
    expect(whole(files, one.hex)).toEqual(['/home/quarantine/x/a.key'])
  })

  it.each(['', '[]', '{"version":1,"from":"/node/identities/a.key","name":"../../../node/identities/a.key"}'])(
    'stands a hostile note %j',
    (note) => {
      const { files, store } = world()
      files.put('/node/identities/a.key', one.hex)
      files.put('/home/quarantine/x/moving.json', note)
      store.recover(['/node'])
      expect(files.content('/node/identities/a.key')?.toString()).toBe(one.hex)
    },
  )
})
