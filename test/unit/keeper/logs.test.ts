import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallContext } from '../../../electron/keeper/calls/context.ts'
import { levelOf, logCalls } from '../../../electron/keeper/calls/logs.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-logs-'))
  file = path.join(folder, 'node.log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const calls = () => logCalls({ session: () => ({ logFiles: () => [{ name: 'node', label: 'Node', file }] }) } as unknown as CallContext)
const page = (more: object = {}) => calls().page({ name: 'node', lines: 100, ...more })
const GIGABYTE = 1024 ** 3
const error = '{"L":"ERROR","T":"2026-01-05T00:00:00Z","M":"broken"}'
const info = '{"L":"INFO","T":"2026-01-05T00:00:00Z","M":"fine"}'

describe('logs', () => {
  it('of 10 GB are paged and searched from their ends without being loaded', { timeout: 30_000 }, async () => {
    writeFileSync(file, `${error}\n`)
    truncateSync(file, 10 * GIGABYTE)
    appendFileSync(file, `\n${info}\n${error}\n${info}\n`)
    const before = process.memoryUsage().rss
    const end = await page({ lines: 3 })
    expect(end.ok && end.value.lines.map((line) => line.level)).toEqual(['info', 'error', 'info'])
    expect(end.ok && end.value.fileBytes).toBeGreaterThan(10 * GIGABYTE)
    const found = await calls().findError({ name: 'node', from: 10 * GIGABYTE + 1_000, direction: 'back' })
    expect(found.ok && found.value.offset).toBe(10 * GIGABYTE + 1 + info.length + 1)
    const first = await calls().findError({ name: 'node', from: 10, direction: 'forward' })
    expect(first).toEqual({ ok: true, value: { offset: undefined } }) // gives up after its share of one call
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 ** 2)
  })

  it('with lines of a megabyte are cut, not refused', async () => {
    writeFileSync(file, `${'x'.repeat(1024 * 1024)}\n${error}\n${'y'.repeat(3 * 1024 * 1024)}\n${info}\n`)
    const last = await page({ lines: 2 })
    expect(last.ok && last.value.lines.at(-1)?.text).toBe(info)
    expect(last.ok && Math.max(...last.value.lines.map((line) => line.text.length))).toBeLessThanOrEqual(64 * 1024)
    const all = await page({ after: 0, lines: 10 })
    expect(all.ok && all.value.lines.length).toBeGreaterThan(0)
  })

  it('of binary rubbish are shown as they are', async () => {
    writeFileSync(file, Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256)))
    const shown = await page()
    expect(shown.ok && shown.value.lines.length).toBeGreaterThan(0)
    expect(await calls().findError({ name: 'node', from: 90_000, direction: 'back' })).toMatchObject({ ok: true })
  })

  it('can be read back and forth page by page, each line once', async () => {
    writeFileSync(file, Array.from({ length: 1_000 }, (_, i) => `${i % 100 === 0 ? error : info} ${i}\n`).join(''))
    const back: string[] = []
    for (let before: number | undefined; before !== 0;) {
      const one = await page({ lines: 37, ...(before === undefined ? {} : { before }) })
      if (!one.ok) throw new Error(one.fault.detail)
      back.unshift(...one.value.lines.map((line) => line.text))
      before = one.value.startOffset
    }
    expect(back).toHaveLength(1_000)
    expect(new Set(back).size).toBe(1_000)
    const bad = await page({ after: 0, lines: 1_000, minLevel: 'error' })
    expect(bad.ok && bad.value.lines).toHaveLength(10)
  })

  it('that are not there, or are folders, or are unknown are said', async () => {
    expect(await page()).toMatchObject({
      ok: false,
      fault: { code: 'logs/unreadable', detail: expect.stringContaining('does not exist') as string },
    })
    mkdirSync(file)
    expect(await page()).toMatchObject({
      ok: false,
      fault: { code: 'logs/unreadable', detail: expect.stringContaining('is not a file') as string },
    })
    expect(await calls().page({ name: 'nobody', lines: 1 })).toMatchObject({ ok: false, fault: { code: 'logs/unknown' } })
  })

  it.each([
    ['[2026-01-05T00:00:00Z ERROR post_service] boom', 'error'],
    ['[2026-01-05T00:00:00Z TRACE x] y', 'debug'],
    [info, 'info'],
    ['{"L":"FATAL","M":"x"}', 'fatal'],
    ['2026-01-05T00:00:00.000Z\tWARN\tx', 'warn'],
    ["thread 'main' panicked at src/x.rs", 'error'],
    ['Error: no such file', 'error'],
    ['plain words with ERROR inside', 'none'],
    ['', 'none'],
  ])('%s is %s', (text, level) => expect(levelOf(text)).toBe(level))
})
