import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { loadTable, parseTable, saveTable } from '../../../electron/supervisor/table.ts'
import type { ProcessRecord } from '../../../electron/supervisor/table.ts'
import { TableStore } from '../../../electron/supervisor/table-store.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'table-'))
  file = path.join(folder, 'processes.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const aRecord = (name: string): ProcessRecord => ({
  name,
  owner: 'smeshkeeper',
  generation: 'g',
  file: '/f',
  args: ['x'],
  cwd: '/',
  logFile: '/l',
  specHash: 'h',
  bootId: 'b',
  spawnedAt: 1,
})

describe('the process table', () => {
  it('comes back as it was written, for its owner alone', () => {
    const records = [{ ...aRecord('a'), pid: 5, startTime: '7', sha256: 'ff', unit: 'u.service', readyAt: 3 }, aRecord('b')]
    saveTable(file, records)
    expect(loadTable(file, 1)).toEqual({ records })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('is empty when it is missing', () => {
    expect(loadTable(file, 1)).toEqual({ records: [] })
  })

  it.each([
    ['cut off', '{"version":1,"records":[{"name":"a"'],
    ['rubbish', '\u0000\u0001'],
    ['empty', ''],
    ['of a newer version', '{"version":2,"records":[]}'],
    ['of another shape', '[]'],
  ])('that is %s is put aside whole', (_, text) => {
    writeFileSync(file, text)
    const loaded = loadTable(file, 42)
    expect(loaded).toEqual({ records: [], damaged: `${file}.damaged-42` })
    expect(readFileSync(`${file}.damaged-42`, 'utf8')).toBe(text)
    expect(existsSync(file)).toBe(false)
  })

  it('with one bad record keeps the good ones', () => {
    const bad = [
      { ...aRecord('pid'), pid: 'no' },
      { ...aRecord('init'), pid: 1 },
      { ...aRecord('owner'), owner: 'nobody' },
      null,
      { name: 'short' },
    ]
    const { records, isWhole } = parseTable(JSON.stringify({ version: 1, records: [aRecord('a'), ...bad] }))
    expect(records.map((r) => r.name)).toEqual(['a'])
    expect(isWhole).toBe(false)
  })
})

describe('the store', () => {
  it('shares one write among the records of one turn, and is on disk when it says so', async () => {
    const store = new TableStore({ file, clock: new FakeClock(), log: silentLogger })
    const [a, b] = [store.putNow(aRecord('a')), store.putNow(aRecord('b'))]
    expect(a).toBe(b)
    await a
    expect(loadTable(file, 1).records.map((r) => r.name)).toEqual(['a', 'b'])
  })

  it('writes soon what may wait', () => {
    const clock = new FakeClock()
    const store = new TableStore({ file, clock, log: silentLogger })
    store.putSoon(aRecord('a'))
    expect(existsSync(file)).toBe(false)
    clock.advance(100)
    expect(loadTable(file, 1).records.length).toBe(1)
    store.removeSoon('a')
    store.close()
    expect(loadTable(file, 1).records.length).toBe(0)
  })

  it('tries again until the disk takes it', async () => {
    const clock = new FakeClock()
    mkdirSync(file) // a folder in its place: the rename fails
    const store = new TableStore({ file, clock, log: silentLogger })
    await store.putNow(aRecord('a'))
    expect(readdirSync(folder)).toEqual(['processes.json'])
    rmSync(file, { recursive: true })
    clock.advance(5000)
    expect(loadTable(file, 1).records.length).toBe(1)
  })
})
