import { describe, expect, it } from 'vitest'
import { asEpoch } from '../../../shared/domain/ids.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import { cycleGap, MAINNET } from '../../../shared/domain/network.ts'
import type { PosFolderState } from '../../../shared/domain/observation.ts'
import type { StatusKind } from '../../../shared/domain/status.ts'
import { dueByItself, fileCells, verifyRun, type VerifyBook, type VerifyTask } from '../../../shared/domain/verify.ts'
import { whyNotNow } from '../../../shared/domain/verify-wait.ts'
import { THIN } from '../../../shared/domain/words.ts'
import { anId, NOW } from '../../builders/snapshot.ts'

const task = (parts: Partial<VerifyTask> = {}): VerifyTask => ({
  is: 'open',
  fractionPercent: 0.1,
  files: null,
  fileCount: 64,
  done: 16,
  bad: [],
  startedAt: NOW,
  spentMs: 16 * 60_000,
  isAsked: true,
  ...parts,
})
const book: VerifyBook = {
  identity: anId(1),
  folder: '/pos',
  results: {
    '0': { is: 'good', at: NOW, fractionPercent: 0.1 },
    '1': { is: 'bad', at: NOW, fractionPercent: 0.1, text: 'A wrong label is in it.' },
    '2': { is: 'good', at: NOW, fractionPercent: 0.1 },
  },
}
const folder: PosFolderState = {
  is: 'present',
  identity: anId(1) as IdentityId,
  numUnits: 1,
  labelsPerUnit: 64,
  expectedBytes: 1000,
  actualBytes: 900,
  hasVrfNonce: true,
  problems: [{ file: 'postdata_2.bin', is: 'short', expectedBytes: 200, actualBytes: 100 }],
}

describe('the map of files', () => {
  it('shows one cell a file: what names and sizes say is newer than a check', () => {
    const cells = fileCells({ count: 5, fileBytes: 200, lastFileBytes: 150 }, folder, book, 3)
    expect(cells.map(({ is }) => is)).toEqual(['good', 'bad', 'short', 'checking', 'unchecked'])
    expect(cells.map(({ sizeBytes }) => sizeBytes)).toEqual([200, 200, 100, 200, 150])
    expect(cells[2]?.text).toBe(`It has 100${THIN}B instead of 200${THIN}B.`)
  })

  it('shows the file that is made anew, and why that failed', () => {
    const rewrite = { file: 1, provider: 0, startedAt: NOW, keptAs: '/kept' } as const
    const cell = (is: 'making' | 'failed', text?: string): unknown =>
      fileCells({ count: 2, fileBytes: 200, lastFileBytes: 200 }, undefined, { ...book, rewrite: { ...rewrite, is, text } }, undefined)[1]
    expect(cell('making')).toMatchObject({ is: 'rewriting' })
    expect(cell('failed', 'the disk is full')).toMatchObject({
      is: 'bad',
      text: 'A wrong label is in it. Making it anew failed: the disk is full.',
    })
  })
})

describe('a run of checks', () => {
  const said = (parts: Partial<VerifyTask>, isRunning = false, why?: string): string =>
    verifyRun(book, task(parts), { name: 'Amber', now: NOW, isRunning, why }).sentence

  it('tells how far it is, when it ends and what is wrong', () => {
    expect(verifyRun(book, task(), { name: 'Amber', now: NOW, isRunning: true })).toMatchObject({ is: 'running', etaAt: NOW + 48 * 60_000 })
    expect(said({}, true)).toBe(`16 of 64 files of Amber checked, done in about 48${THIN}m.`)
    expect(said({ bad: [3] }, false, 'Basalt is at a proof')).toBe(
      '16 of 64 files of Amber checked; it waits: Basalt is at a proof. File 3 is bad.',
    )
    expect(said({ is: 'done', done: 64, bad: [1, 2, 3, 4, 5, 6] })).toBe(
      '64 files of Amber checked; 6 are bad: 1, 2, 3, 4, 5 …. A proof made from them is refused: make them anew.',
    )
    expect(said({ is: 'failed', text: 'postcli is not here any more.' })).toBe(
      'The check of Amber stopped after 16 of 64 files: postcli is not here any more.',
    )
  })
})

describe('data that is sampled by itself', () => {
  const day = 86_400_000
  const folders = [1, 2, 3].map((index) => ({ identity: anId(index), folder: '/pos' }))
  const seen = (index: number, parts: Partial<VerifyBook>): VerifyBook => ({ identity: anId(index), folder: '/pos', results: {}, ...parts })

  it('is that of longest ago, a month at least, when nothing else is open', () => {
    const books = [seen(1, { lastWholeAt: NOW - 40 * day }), seen(2, { lastWholeAt: NOW - 50 * day }), seen(3, { lastWholeAt: NOW - day })]
    expect(dueByItself(folders, books, NOW)?.identity).toBe(anId(2))
    expect(dueByItself(folders, books.slice(0, 2), NOW)?.identity).toBe(anId(3))
    expect(dueByItself(folders, [...books, seen(4, { task: task() })], NOW)).toBeUndefined()
    expect(dueByItself(folders.slice(2), books, NOW)).toBeUndefined()
  })

  it('is not what the user paused, and what is known of another folder does not count', () => {
    expect(dueByItself(folders.slice(0, 1), [seen(1, { task: task({ is: 'paused', startedAt: 0 }) })], NOW)).toBeUndefined()
    expect(dueByItself(folders.slice(0, 1), [seen(1, { folder: '/old', lastWholeAt: NOW })], NOW)?.identity).toBe(anId(1))
  })
})

describe('whether PoS data may be read now', () => {
  const gap = cycleGap(MAINNET, asEpoch(60))
  const why = (kind: StatusKind, parts: Partial<Parameters<typeof whyNotNow>[0]> = {}): string | undefined =>
    whyNotNow({ net: MAINNET, now: gap.opensAt - 86_400_000, identities: [{ name: 'Amber', kind }], isAsked: true, ...parts })

  it('is not while anybody is at a proof, or the gap is open and proofs are missing', () => {
    for (const kind of ['proving', 'handing-over', 'queued'] as const) expect(why(kind)).toBe('Amber is at a proof')
    expect(why('waiting', { now: gap.opensAt + 1 })).toContain('the cycle gap is open until')
    expect(why('published', { now: gap.opensAt + 1 })).toBeUndefined()
    expect(why('eligible')).toBeUndefined()
  })

  it('is not while an operation is open, nor by itself outside the quiet hours', () => {
    expect(why('eligible', { operation: 'Move Amber' })).toContain('(Move Amber)')
    const hours = { from: '22:00', to: '07:00', isNow: false }
    expect(why('eligible', { hours, isAsked: false })).toBe('it goes on in your quiet hours, from 22:00 to 07:00')
    expect(why('eligible', { hours })).toBeUndefined()
  })
})
