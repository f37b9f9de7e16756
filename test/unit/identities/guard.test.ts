import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { blindSpots, findConflicts, nodeKeyReader, openOverrides, type OtherNode } from '../../../electron/identities/index.ts'
import type { KeyConflict } from '../../../shared/domain/guard.ts'
import { createCrashFiles } from '../../fakes/crash-files.ts'
import { aKey } from './keys.ts'

const one = aKey(1)
const two = aKey(2)
const smapp = (dataFolder: string): OtherNode => ({ dataFolder, grade: 'configured', by: 'Smapp' })
const running = (dataFolder: string): OtherNode => ({ dataFolder, grade: 'running', by: 'process 4711', pid: 4711 })

function machine(entries: Readonly<Record<string, string>>) {
  const files = createCrashFiles()
  for (const [file, content] of Object.entries(entries)) files.put(file, content)
  return { files, read: nodeKeyReader(files, (folder) => folder) }
}

describe('findConflicts', () => {
  it('finds the same key under another name and another spelling, and names both places and the way out', () => {
    const { read } = machine({ '/ours/identities/a.key': one.hex, '/smapp/identities/local.key': one.hex.toUpperCase() })
    const [conflict, ...more] = findConflicts({ own: { dataFolder: '/ours' }, others: [smapp('/smapp')], read })
    expect(more).toEqual([])
    expect(conflict).toMatchObject({
      identity: one.id,
      grade: 'configured',
      here: '/ours/identities/a.key',
      there: '/smapp/identities/local.key',
      otherFolder: '/smapp',
      by: 'Smapp',
    })
    expect(conflict?.sentence).toMatch(/\/ours\/identities\/a\.key.*\/smapp\/identities\/local\.key.*Smapp.*Disarm/s)
  })

  it('goes by the seed and not by the public half of the file', () => {
    const lying = one.seed.toString('hex') + two.id
    const { read } = machine({ '/ours/identities/a.key': one.hex, '/other/identities/b.key': lying })
    expect(findConflicts({ own: { dataFolder: '/ours' }, others: [smapp('/other')], read })).toHaveLength(1)
    const innocent = machine({ '/ours/identities/a.key': two.hex, '/other/identities/b.key': lying })
    expect(findConflicts({ own: { dataFolder: '/ours' }, others: [smapp('/other')], read: innocent.read })).toEqual([])
  })

  it('puts what runs first, with its pid, and counts a folder that is named twice once', () => {
    const { read } = machine({
      '/ours/identities/a.key': one.hex,
      '/ours/identities/b.key': two.hex,
      '/x/identities/a.key': one.hex,
      '/y/identities/b.key': two.hex,
    })
    const found = findConflicts({ own: { dataFolder: '/ours' }, others: [smapp('/x'), running('/y'), smapp('/y')], read })
    expect(found.map(({ grade, otherFolder, pid }) => [grade, otherFolder, pid])).toEqual([
      ['running', '/y', 4711],
      ['configured', '/x', undefined],
    ])
    expect(found[0]?.sentence).toContain('process 4711')
  })

  it('sees no conflict in copies that no node loads, in doubles of one folder, or in itself', () => {
    const { files, read } = machine({
      '/ours/identities/a.key': one.hex,
      '/ours/identities/a2.key': one.hex,
      '/x/identities/a.key.bak': one.hex,
      '/x/identities/A.KEY': one.hex,
      '/x/identities/bad.key': 'rubbish',
      '/x/a.key': one.hex,
    })
    files.putFolder('/x/identities/folder.key')
    files.putLink('/x/identities/dangling.key', '/nowhere')
    files.putOther('/x/identities/pipe.key')
    expect(findConflicts({ own: { dataFolder: '/ours' }, others: [smapp('/x'), smapp('/ours'), smapp('/none')], read })).toEqual([])
  })

  it('follows a link to a key', () => {
    const { files, read } = machine({ '/ours/identities/a.key': one.hex, '/store/k': one.hex })
    files.putLink('/x/identities/a.key', '/store/k')
    expect(findConflicts({ own: { dataFolder: '/ours' }, others: [smapp('/x')], read })).toHaveLength(1)
  })

  it('looks at keys that are about to be armed', () => {
    const { read } = machine({ '/x/identities/a.key': one.hex })
    const others = [running('/x')]
    expect(findConflicts({ own: { dataFolder: '/ours' }, others, read })).toEqual([])
    expect(findConflicts({ own: { dataFolder: '/ours', arming: [one.id] }, others, read })).toMatchObject([
      { here: '/ours/identities', there: '/x/identities/a.key', grade: 'running' },
    ])
  })

  it('notices a change of a file that it knows', () => {
    const { files, read } = machine({ '/ours/identities/a.key': one.hex, '/x/identities/a.key': two.hex })
    const look = () => findConflicts({ own: { dataFolder: '/ours' }, others: [smapp('/x')], read }).length
    expect(look()).toBe(0)
    files.put('/x/identities/a.key', one.hex)
    expect(look()).toBe(1)
    files.remove('/x/identities/a.key')
    expect(look()).toBe(0)
  })

  it('reads a key that it knows no second time', () => {
    const { files, read } = machine({ '/ours/identities/a.key': one.hex })
    read('/ours')
    const before = files.operations.length
    expect(read('/ours').keys).toEqual([{ path: '/ours/identities/a.key', identity: one.id }])
    expect(files.operations.slice(before).map(({ name }) => name)).toEqual(['list', 'facts'])
  })

  it('says what it cannot see', () => {
    const { files, read } = machine({ '/ours/identities/a.key': one.hex, '/x/identities/a.key': one.hex })
    read('/ours')
    files.errorAt(files.operations.length + 2, 'EACCES')
    expect(blindSpots({ own: { dataFolder: '/ours' }, others: [smapp('/x')], read })).toMatchObject([expect.stringContaining('EACCES')])
  })
})

describe('on real folders', () => {
  let folder: string
  const at = (...parts: string[]) => path.join(folder, ...parts)
  const node = (name: string, keys: Readonly<Record<string, string>>) => {
    mkdirSync(at(name, 'identities'), { recursive: true })
    for (const [file, content] of Object.entries(keys)) writeFileSync(at(name, 'identities', file), content)
    return at(name)
  }
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'guard-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('knows one folder under two names', () => {
    const ours = node('ours', { 'a.key': one.hex })
    symlinkSync(ours, at('alias'))
    const read = nodeKeyReader()
    expect(findConflicts({ read, own: { dataFolder: ours }, others: [running(at('alias')), running(`${ours}/../ours/`)] })).toEqual([])
    // Two nodes that share only the folder of keys are two nodes.
    mkdirSync(at('other'))
    symlinkSync(at('ours', 'identities'), at('other', 'identities'))
    expect(findConflicts({ read, own: { dataFolder: ours }, others: [running(at('other'))] })).toHaveLength(1)
  })

  it('guards 1,000 keys against 1,000 others', () => {
    const contents = Array.from({ length: 2000 }, (_, n) => aKey(n).hex)
    const ours = node('ours', Object.fromEntries(contents.slice(0, 1000).map((hex, n) => [`${n}.key`, hex])))
    const other = node('other', Object.fromEntries(contents.slice(999, 1999).map((hex, n) => [`${n}.key`, hex])))
    const read = nodeKeyReader()
    const times = [0, 1].map(() => {
      const began = performance.now()
      expect(findConflicts({ read, own: { dataFolder: ours }, others: [smapp(other)] })).toHaveLength(1)
      return performance.now() - began
    })
    console.log(`guard over 1,000 own and 1,000 other keys: cold ${times[0]?.toFixed(0)} ms, warm ${times[1]?.toFixed(0)} ms`)
  })

  describe('overrides', () => {
    const file = () => at('state', 'overrides.json')
    const conflict = (change: Partial<KeyConflict> = {}): KeyConflict => {
      const there = path.join(node('x', { 'a.key': one.hex }), 'identities', 'a.key')
      return {
        key: 'k1',
        identity: one.id,
        grade: 'configured',
        here: '/h',
        there,
        otherFolder: at('x'),
        by: 'Smapp',
        sentence: 's',
        ...change,
      }
    }

    it('are remembered over a restart, for this conflict only', () => {
      expect(openOverrides(file()).add(conflict(), 5)).toEqual({ ok: true, value: undefined })
      const [said, other] = openOverrides(file()).apply([conflict(), conflict({ key: 'k2' })])
      expect(said?.overriddenAt).toBe(5)
      expect(other?.overriddenAt).toBeUndefined()
    })

    it('do not exist for a running copy, and end when the copy runs', () => {
      const overrides = openOverrides(file())
      expect(overrides.add(conflict({ grade: 'running' }), 5)).toMatchObject({ ok: false, fault: { code: 'keys/running' } })
      overrides.add(conflict(), 5)
      expect(overrides.apply([conflict({ grade: 'running' })])[0]?.overriddenAt).toBeUndefined()
      expect(overrides.apply([conflict()])[0]?.overriddenAt).toBeUndefined()
      expect(openOverrides(file()).apply([conflict()])[0]?.overriddenAt).toBeUndefined()
    })

    it('end when the copy is not at its place any more, and not when nobody asked for it', () => {
      const overrides = openOverrides(file())
      const known = conflict()
      overrides.add(known, 5)
      overrides.apply([])
      expect(overrides.apply([known])[0]?.overriddenAt).toBe(5)
      renameSync(known.there, `${known.there}.away`)
      overrides.apply([])
      renameSync(`${known.there}.away`, known.there)
      expect(overrides.apply([known])[0]?.overriddenAt).toBeUndefined()
    })

    it.each(['', '{', '[]', '{"version":9}', '{"version":1,"overrides":{"k1":{}}}'])('count as never said when the file is %j', (text) => {
      mkdirSync(at('state'))
      writeFileSync(file(), text)
      const overrides = openOverrides(file())
      expect(overrides.apply([conflict()])[0]?.overriddenAt).toBeUndefined()
      overrides.add(conflict(), 7)
      expect(openOverrides(file()).apply([conflict()])[0]?.overriddenAt).toBe(7)
    })

    it('are not given when they cannot be written', () => {
      writeFileSync(at('state'), 'a file where the folder should be')
      const overrides = openOverrides(file())
      expect(overrides.add(conflict(), 5)).toMatchObject({ ok: false, fault: { code: 'keys/not-written' } })
      expect(overrides.apply([conflict()])[0]?.overriddenAt).toBeUndefined()
    })
  })
})
