import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSetupStore } from '../../../electron/keeper/index.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { aSetup } from './builders.ts'

let folder = ''
const file = (): string => path.join(folder, 'setup.json')
const store = () => openSetupStore(folder, silentLogger)
const kept = (): string[] => readdirSync(folder).filter((name) => name.startsWith('setup.unusable-'))

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-setup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the set-up on disk', () => {
  it('is read back as it was saved, with a last good copy beside it', () => {
    expect(store().load()).toEqual({ setup: undefined, issues: [] })
    expect(store().save(aSetup())).toMatchObject({ ok: true })
    expect(store().load().setup).toEqual(aSetup())
    rmSync(file())
    expect(store().load()).toMatchObject({ setup: aSetup(), problem: expect.stringContaining('setup.json is gone') as string })
  })

  const text = JSON.stringify(aSetup())
  it.each([
    ['is no JSON', 'hello', 'it is not JSON'],
    ['was cut off', text.slice(0, text.length / 2), 'it is not JSON'],
    ['is empty', '', 'the file is empty'],
    ['is newer', JSON.stringify({ ...aSetup(), version: 99 }), 'update Smeshkeeper'],
    ['has a misspelt key', JSON.stringify({ ...aSetup(), servces: [] }), "did you mean 'services'"],
    ['is binary rubbish', '\u0000\u0001\ufffd\u0002', 'it is not JSON'],
  ])('that %s is preserved and named, and the last good copy is used', (_what, bad, why) => {
    store().save(aSetup())
    writeFileSync(file(), bad)
    const loaded = store().load()
    expect(loaded.setup).toEqual(aSetup())
    expect(loaded.problem).toContain(why)
    expect(loaded.problem).toContain('The last good copy is in use.')
    expect(loaded.problem).toContain(kept()[0])
    expect(readFileSync(path.join(folder, kept()[0] ?? ''), 'utf8')).toBe(bad)
    expect(readFileSync(file(), 'utf8')).toBe(bad)
    store().load()
    expect(kept()).toHaveLength(1)
  })

  it('that is huge is not read, but not lost either when it is saved anew', () => {
    store().save(aSetup())
    truncateSync(file(), 50_000_000)
    expect(store().load()).toMatchObject({ setup: aSetup(), problem: expect.stringContaining('more than any set-up') as string })
    expect(store().save(aSetup())).toMatchObject({ ok: true })
    expect(kept()).toHaveLength(1)
    expect(store().load().problem).toBeUndefined()
  })

  it('with a folder in its place is said, kept and cannot be written', () => {
    store().save(aSetup())
    rmSync(file())
    mkdirSync(file())
    expect(store().load()).toMatchObject({ setup: aSetup(), problem: expect.stringContaining('is a folder') as string })
    const saved = store().save(aSetup())
    expect(!saved.ok && saved.fault.code).toBe('setup/not-written')
    expect(readdirSync(file())).toEqual([])
  })

  it('broken after it was loaded is preserved by the next save', () => {
    store().save(aSetup())
    writeFileSync(file(), '{ "version": 1, half')
    expect(store().save(aSetup())).toMatchObject({ ok: true })
    expect(readFileSync(path.join(folder, kept()[0] ?? ''), 'utf8')).toBe('{ "version": 1, half')
  })

  it('without a good copy starts nothing and says so', () => {
    writeFileSync(file(), '{')
    expect(store().load()).toMatchObject({ setup: undefined, problem: expect.stringContaining('nothing is started') as string })
  })

  it('that cannot be written keeps the old one', () => {
    const blocked = openSetupStore(path.join(folder, 'file', 'config'), silentLogger)
    writeFileSync(path.join(folder, 'file'), '')
    expect(blocked.save(aSetup())).toMatchObject({ ok: false, fault: { code: 'setup/not-written' } })
    expect(blocked.load().problem ?? '').not.toContain('No earlier good set-up exists, so nothing is started. A copy')
  })

  it('is imported only when it can be used', () => {
    expect(store().read(path.join(folder, 'none.json'))).toMatchObject({ ok: false, fault: { code: 'setup/unreadable' } })
    expect(store().read(folder)).toMatchObject({ ok: false, fault: { code: 'setup/unreadable' } })
    writeFileSync(path.join(folder, 'newer.json'), JSON.stringify({ ...aSetup(), version: 2 }))
    expect(store().read(path.join(folder, 'newer.json'))).toMatchObject({ ok: false, fault: { code: 'setup/newer' } })
    expect(existsSync(file())).toBe(false)
  })
})
