import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  ftruncateSync,
  writeSync,
  closeSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { LineCutter } from '../../../electron/lib/tail-lines.ts'
import { createTail, readPageAfter, readPageBefore } from '../../../electron/lib/tail.ts'
import type { Tail, TailLine, TailOptions } from '../../../electron/lib/tail.ts'

let folder: string
let file: string
let lines: TailLine[]
let gaps: { kind: string; bytes: number }[]
const tails: Tail[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tail-'))
  file = path.join(folder, 'a.log')
  lines = []
  gaps = []
})
afterEach(async () => {
  await Promise.all(tails.splice(0).map((t) => t.stop()))
  rmSync(folder, { recursive: true })
})

function follow(more: Partial<TailOptions> = {}): Tail {
  const tail = createTail({ file, clock: new FakeClock(), onLines: (l) => lines.push(...l), onGap: (g) => gaps.push(g), ...more })
  tails.push(tail)
  return tail
}
const texts = (): string[] => lines.map((l) => l.text)

describe('tail', () => {
  it('hands out whole lines only, as they are completed', async () => {
    writeFileSync(file, 'one\ntw')
    const tail = follow()
    await tail.poll()
    expect(texts()).toEqual(['one'])
    appendFileSync(file, 'o\r\nthree')
    await tail.poll()
    expect(texts()).toEqual(['one', 'two'])
    expect(lines[1]?.offset).toBe(4)
  })

  it('waits for a file that is not there yet', async () => {
    const tail = follow()
    await tail.poll()
    expect(tail.position()).toBeUndefined()
    writeFileSync(file, 'late\n')
    await tail.poll()
    expect(texts()).toEqual(['late'])
  })

  it('goes on at a remembered position, with a half line read again', async () => {
    writeFileSync(file, 'one\ntwo\nhal')
    const first = follow()
    await first.poll()
    const from = first.position()
    await first.stop()
    appendFileSync(file, 'f\nlast\n')
    lines = []
    const second = follow(from ? { from } : {})
    await second.poll()
    expect(texts()).toEqual(['half', 'last'])
  })

  it('starts anew when the remembered file was replaced by a longer one under the same inode', async () => {
    writeFileSync(file, 'old line one\nold line two\n')
    const first = follow()
    await first.poll()
    const from = first.position()
    await first.stop()
    truncateSync(file)
    writeFileSync(file, 'new and much longer first line of all\nsecond\n')
    lines = []
    const second = follow(from ? { from } : {})
    await second.poll()
    expect(texts()).toEqual(['new and much longer first line of all', 'second'])
  })

  it('reads the old file to its end when it was rotated, then the new one', async () => {
    writeFileSync(file, 'one\n')
    const tail = follow()
    await tail.poll()
    appendFileSync(file, 'two\nunfinished')
    renameSync(file, `${file}.1`)
    writeFileSync(file, 'three\n')
    await tail.poll()
    expect(texts()).toEqual(['one', 'two', 'unfinished', 'three'])
  })

  it('notices a truncation, also when the file has outgrown the old offset already', async () => {
    const fd = openSync(file, 'a')
    writeSync(fd, 'aaaa\nbbbb\n')
    const tail = follow()
    await tail.poll()
    copyFileSync(file, `${file}.1`)
    ftruncateSync(fd)
    writeSync(fd, 'c\n')
    await tail.poll()
    ftruncateSync(fd)
    writeSync(fd, 'a whole lot of other text\nend\n')
    closeSync(fd)
    await tail.poll()
    expect(texts()).toEqual(['aaaa', 'bbbb', 'c', 'a whole lot of other text', 'end'])
    expect(gaps.map((g) => g.kind)).toEqual(['truncated', 'truncated'])
  })

  it('reads only the last window of a 10 GB file and says how much it left out', async () => {
    writeFileSync(file, '')
    truncateSync(file, 10 * 1024 ** 3)
    appendFileSync(file, '\nlast but one\nlast\n')
    const tail = follow({ startWindowBytes: 64 * 1024 })
    await tail.poll()
    expect(texts().slice(-2)).toEqual(['last but one', 'last'])
    expect(gaps[0]?.kind).toBe('skipped')
    expect(gaps[0]?.bytes).toBeGreaterThan(10 * 1024 ** 3 - 65 * 1024)
  })

  it('cuts a line of 1 MB and tolerates binary rubbish', async () => {
    writeFileSync(
      file,
      Buffer.concat([Buffer.alloc(1024 * 1024, 'x'), Buffer.from('\n'), Buffer.from([0, 255, 254, 10]), Buffer.from('ok\n')]),
    )
    const tail = follow({ startWindowBytes: 4 * 1024 * 1024 })
    await tail.poll()
    expect(lines[0]?.text.length).toBe(64 * 1024)
    expect(lines[0]?.cutBytes).toBe(1024 * 1024 - 64 * 1024)
    expect(texts().slice(1)).toEqual(['\u0000\uFFFD\uFFFD', 'ok'])
    expect(lines[2]?.offset).toBe(1024 * 1024 + 5)
  })
})

describe('LineCutter', () => {
  it('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 20 })), fc.array(fc.nat({ max: 12 })), (words, cuts) => {
        const all = Buffer.from(words.join('\n'))
        const whole = new LineCutter(8, 0)
        const expected = [...whole.push(all), whole.flush()]
        const parts = new LineCutter(8, 0)
        const got: (TailLine | undefined)[] = []
        let at = 0
        for (const cut of cuts) {
          got.push(...parts.push(all.subarray(at, at + cut)))
          at = Math.min(all.length, at + cut)
        }
        got.push(...parts.push(all.subarray(at)), parts.flush())
        expect(got).toEqual(expected)
        expect(parts.readTo).toBe(all.length)
      }),
    )
  })
})

describe('pages of a log', () => {
  it('walks a file backwards and forwards without losing a line', async () => {
    const all = Array.from({ length: 5000 }, (_, i) => `line ${i} ${'·'.repeat(i % 50)}`)
    writeFileSync(file, `${all.join('\n')}\n`)
    const back: string[] = []
    let offset: number | undefined
    for (;;) {
      const page = await readPageBefore({ file, lines: 700, ...(offset === undefined ? {} : { offset }) })
      back.unshift(...page.lines.map((l) => l.text))
      offset = page.from
      if (page.isAtStart) break
    }
    expect(back).toEqual(all)
    const forth: string[] = []
    for (let at = 0; ;) {
      const page = await readPageAfter({ file, offset: at, lines: 700 })
      forth.push(...page.lines.map((l) => l.text))
      at = page.to
      if (page.isAtEnd) break
    }
    expect(forth).toEqual(all)
  })

  it('reads no more than it may of a giant line and of a missing file nothing', async () => {
    writeFileSync(file, 'z'.repeat(3 * 1024 * 1024))
    const page = await readPageBefore({ file, lines: 10, maxBytes: 128 * 1024 })
    expect(page.from).toBe(3 * 1024 * 1024 - 128 * 1024)
    const after = await readPageAfter({ file, offset: 0, lines: 10, maxBytes: 128 * 1024 })
    expect(after.to).toBe(128 * 1024)
    expect((await readPageAfter({ file: `${file}.none`, offset: 0, lines: 1 })).sizeBytes).toBe(0)
  })
})
