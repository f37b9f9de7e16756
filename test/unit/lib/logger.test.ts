import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fileLogger } from '../../../electron/lib/logger.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-log-'))
  file = path.join(folder, 'logs', 'keeper.log')
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})
const lines = (from = file): { event: string; level: string; at: string; [key: string]: unknown }[] =>
  readFileSync(from, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ReturnType<typeof lines>[number])

describe('fileLogger', () => {
  it('writes one JSON object a line, also of texts with line breaks and format marks, for the owner only', () => {
    const log = fileLogger(file, { now: () => 0 })
    log.info('post-service.ready', { pid: 7, text: 'a\nb %s %c 100%', big: 10n })
    log.error('ended', { why: undefined })
    log.debug('not worth it')
    expect(lines()).toEqual([
      { at: '1970-01-01T00:00:00.000Z', level: 'info', event: 'post-service.ready', pid: 7, text: 'a\nb %s %c 100%', big: '10' },
      { at: '1970-01-01T00:00:00.000Z', level: 'error', event: 'ended' },
    ])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700)
  })

  it('never writes a private key or a secret, however deep', () => {
    const key = 'ab'.repeat(64)
    const log = fileLogger(file, { minLevel: 'debug' })
    log.warn('x', {
      text: `key ${key} here`,
      deep: { list: [{ passphrase: 'open sesame', token: 't0ken' }] },
      privateKey: key.toUpperCase(),
    })
    log.info(`event ${key}`)
    log.debug('y', { id: 'cd'.repeat(32) })
    const written = readFileSync(file, 'utf8')
    for (const secret of [key, key.toUpperCase(), 'open sesame', 't0ken']) expect(written).not.toContain(secret)
    expect(written).toContain('cd'.repeat(32))
    expect(lines()).toHaveLength(3)
  })

  it('never writes the serial number of a disk, and still tells disks apart', () => {
    const ids = ['disk:naa.5000c500a1b2c3d4', 'disk:nvme.144d-5334-00000001+disk:t10.ATA_ZL2ABCDE', 'disk:nvme0n1', 'disk:dm-0']
    fileLogger(file).info('disk.measured', { ids, serialNumber: 'ZL2ABCDE', said: 'lane disk:naa.5000c500a1b2c3d4, too' })
    const text = readFileSync(file, 'utf8')
    expect(text).not.toMatch(/5000c500a1b2c3d4|5334|ZL2ABCDE/)
    expect(lines()[0]).toMatchObject({ ids: [expect.stringMatching(/^disk:#\w{8}$/), expect.any(String), 'disk:nvme0n1', 'disk:dm-0'] })
    const [short] = /disk:#\w{8}/.exec(text) ?? []
    expect(lines()[0]?.['said']).toBe(`lane ${short ?? ''}, too`)
  })

  it('keeps one predecessor and stays near its cap', () => {
    const log = fileLogger(file, { maxBytes: 10_000 })
    for (let i = 0; i < 1_000; i += 1) log.info('event', { i, pad: 'x'.repeat(100) })
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['keeper.log', 'keeper.log.1'])
    expect(statSync(file).size + statSync(`${file}.1`).size).toBeLessThan(21_000)
    expect(lines().at(-1)?.['i']).toBe(999)
    expect(lines(`${file}.1`).at(-1)?.['i']).toBe(Number(lines()[0]?.['i']) - 1)
  })

  it('goes on with the file of an earlier life', () => {
    fileLogger(file).info('first')
    fileLogger(file).info('second')
    expect(lines().map((line) => line.event)).toEqual(['first', 'second'])
  })

  it('stops nothing and says nothing on the console when it cannot write, and writes again when it can', () => {
    const said = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name))
    const out = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
    writeFileSync(path.join(folder, 'logs'), 'a file in its place')
    const log = fileLogger(file)
    log.info('lost')
    rmSync(path.join(folder, 'logs'))
    log.info('kept')
    rmSync(file)
    mkdirSync(file)
    log.info('lost as well')
    rmSync(file, { recursive: true })
    log.info('kept again')
    expect(lines().map((line) => line.event)).toEqual(['kept again'])
    for (const one of [...said, ...out]) expect(one).not.toHaveBeenCalled()
  })
})
