import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPublicationStore, type PublicationStore } from '../../../electron/identities/index.ts'
import type { LogFields } from '../../../electron/lib/logger.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { KnownAtx, PublicationRecord } from '../../../shared/domain/publication.ts'

const A = 'a'.repeat(64) as IdentityId
const B = 'b'.repeat(64) as IdentityId
const atx = (publishEpoch: number, by: KnownAtx['by'] = 'here'): KnownAtx => ({
  publishEpoch,
  atxId: publishEpoch.toString(16).padStart(64, '0'),
  seenAt: publishEpoch * 1000,
  by,
})
const full: PublicationRecord = {
  identity: A,
  atxs: [atx(3), atx(4, 'network')],
  registered: { publishEpoch: 5, roundId: '4', at: 4_500 },
  watchedUntil: 4_900,
  twin: { at: 4_100, text: '409 Conflict' },
}

let folder = ''
let file = ''
let told: string[] = []
const say = (event: string, _fields?: LogFields): void => void told.push(event)
const log = { debug: say, info: say, warn: say, error: say }
const open = (): PublicationStore => openPublicationStore(file, { log })
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'publication-'))
  file = path.join(folder, 'publication.json')
  told = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the publication record on disk', () => {
  it('is empty, without a file, until something is noted', () => {
    const store = open()
    expect(store.trouble).toBe(undefined)
    expect(store.record(A)).toEqual({ identity: A, atxs: [] })
    expect(store.all()).toEqual([])
    expect(store.flush()).toEqual({ ok: true, value: undefined })
    expect(readdirSync(folder)).toEqual([])
  })

  it('is the same after the next start', () => {
    const store = open()
    store.note(A, full)
    store.note(B, { watchedUntil: 7 })
    expect(store.flush().ok).toBe(true)
    const again = open()
    expect(again.record(A)).toEqual(full)
    expect(again.all().map(({ identity }) => identity)).toEqual([A, B])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['publication.json'])
  })

  it('only ever grows', () => {
    const store = open()
    store.note(A, full)
    store.note(A, { atxs: [atx(6)], registered: { publishEpoch: 2, roundId: '1', at: 9_999 }, watchedUntil: 1 })
    expect(store.record(A)).toEqual({ ...full, atxs: [...full.atxs, atx(6)] })
  })

  it('takes the union of a backup', () => {
    const store = open()
    store.note(A, { atxs: [atx(4, 'here'), atx(5)] })
    store.merge([full, { identity: B, atxs: [atx(1)] }])
    expect(store.record(A).atxs).toEqual([atx(3), atx(4, 'here'), atx(5)])
    expect(store.record(B).atxs).toEqual([atx(1)])
    store.flush()
    expect(open().record(A).atxs.length).toBe(3)
  })

  it('is not written when nothing changed', () => {
    const store = open()
    store.note(A, full)
    store.flush()
    rmSync(file)
    store.note(A, full)
    store.flush()
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a file that cannot be used', () => {
  const bad: readonly (readonly [string, string])[] = [
    ['empty', ''],
    ['cut', '{"version":1,"records":[{"identity":"aa'],
    ['of another kind', '{"name":"package"}'],
    ['a list', '[]'],
    ['with a foreign id', `{"version":1,"records":[{"identity":"xyz","atxs":[]}]}`],
    [
      'with a negative epoch',
      `{"version":1,"records":[{"identity":"${A}","atxs":[{"publishEpoch":-1,"atxId":"${A}","seenAt":1,"by":"here"}]}]}`,
    ],
    ['bytes', '\u0000\u0001\uFFFF'],
  ]
  it.each(bad)('because it is %s is kept aside, and that is told', (_what, text) => {
    writeFileSync(file, text)
    const store = open()
    expect(store.trouble).toContain('is damaged')
    expect(told).toEqual(['publication.set-aside'])
    const [kept] = readdirSync(folder)
    expect(kept).toMatch(/^publication\.json\.damaged-/)
    expect(readFileSync(path.join(folder, kept ?? ''), 'utf8')).toBe(text)
    store.note(A, full)
    expect(store.flush().ok).toBe(true)
    expect(open().record(A)).toEqual(full)
  })

  it('because it is newer is kept aside as newer', () => {
    writeFileSync(file, '{"version":2,"records":{"better":true}}')
    const store = open()
    expect(store.trouble).toContain('newer Smeshkeeper')
    expect(readdirSync(folder)[0]).toMatch(/\.newer-/)
  })

  it('because it is a folder is never written over', () => {
    mkdirSync(file)
    const store = open()
    expect(store.trouble).toContain('cannot be read')
    store.note(A, full)
    expect(store.record(A)).toEqual(full)
    expect(store.flush()).toMatchObject({ ok: false, fault: { code: 'publication/not-written' } })
    expect(statSync(file).isDirectory()).toBe(true)
  })

  it.skipIf(process.getuid?.() === 0)('because it may not be read is never written over', () => {
    writeFileSync(file, 'secret', { mode: 0o000 })
    const store = open()
    store.note(A, full)
    expect(store.flush().ok).toBe(false)
    chmodSync(file, 0o600)
    expect(readFileSync(file, 'utf8')).toBe('secret')
  })

  it('keeps what is known when the disk does not take it, and tries again', () => {
    const place = path.join(folder, 'state')
    file = path.join(place, 'publication.json')
    const store = open()
    writeFileSync(place, 'in the way')
    store.note(A, full)
    expect(store.flush()).toMatchObject({ ok: false, fault: { code: 'publication/not-written' } })
    rmSync(place)
    expect(store.flush().ok).toBe(true)
    expect(open().record(A)).toEqual(full)
  })
})
