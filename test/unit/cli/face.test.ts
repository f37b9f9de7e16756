import { describe, expect, it } from 'vitest'
import { face } from '../../../electron/cli/face.ts'
import { cellsOf } from '../../../electron/cli/text.ts'
import type { AppSnapshot, IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import { anIdentity, aSnapshot } from '../keeper/builders.ts'

const HOUR = 3_600_000
const now = Date.UTC(2025, 10, 24, 1, 42)
const gapEnd = now + 6.3 * HOUR
const evidence = [{ what: 'operator', value: 'Proving', source: 'operator', at: now - 900 }]

const proving = (name: string, sentence: string, more: object = {}): IdentitySnapshot =>
  anIdentity({
    id: name.padEnd(64, '0'),
    name,
    disk: 'South',
    sizeBytes: 3 * 1024 ** 4,
    evidence,
    status: {
      kind: 'proving',
      phase: 'reading',
      timing: 'on-time',
      sentence,
      since: 0,
      gapEnd,
      finish: { p5: now + HOUR, p50: now + 2 * HOUR, p95: now + 3 * HOUR },
      ...more,
    },
  })

const night = (more: Partial<AppSnapshot> = {}): AppSnapshot =>
  aSnapshot({
    headline: '5 of 7 on time. Basalt is tight, Fjord needs you.',
    identities: [
      anIdentity({
        name: 'Juniper',
        evidence,
        status: {
          kind: 'published',
          timing: 'on-time',
          sentence: 'Proved 00:06, published 00:09.',
          since: 0,
          provedAt: now - HOUR,
          atxId: 'ab',
          gapEnd,
        },
      }),
      proving('Amber', 'Reading, pass 1: 63 %, 148 MiB/s.'),
      proving('Basalt', 'Reading, pass 2: 45 %, 232 MiB/s.', { timing: 'tight' }),
      anIdentity({
        name: 'Fjord',
        status: { kind: 'drive-missing', timing: 'late', sentence: 'The drive with its PoS data is gone.', since: 0 },
      }),
    ],
    alarms: [
      {
        key: 'drive',
        code: 'drive-gone',
        severity: 'bad',
        since: 0,
        sentence: 'Drive West disappeared 31 min ago. Fjord misses this epoch unless it reads again by 04:10. Nothing is deleted.',
      },
    ],
    ribbon: {
      epoch: 61,
      epochStart: now - 240 * HOUR,
      epochEnd: now + 96 * HOUR,
      gapOpens: now - 5.7 * HOUR,
      gapCloses: gapEnd,
      isGapOpen: true,
      lanes: ['East', 'North', 'South', 'West'].map((label) => ({
        id: label,
        label,
        detail: '',
        segments: [
          { identity: 'a', is: 'pow' as const, from: now - 5 * HOUR, to: now - 4 * HOUR },
          { identity: 'a', is: 'reading' as const, from: now - 4 * HOUR, to: now },
          { identity: 'a', is: 'expected' as const, from: now, to: now + HOUR, p5: now + HOUR, p95: now + 3 * HOUR },
        ],
      })),
    },
    ...more,
  })

const SIZES = [
  [80, 24],
  [120, 40],
  [40, 10],
  [60, 12],
  [200, 60],
] as const

const many = Array.from({ length: 200 }, (_, i) =>
  proving(`Identity number ${i}`, 'Reading, pass 1: 63 %, a rather long sentence that never ends, never.'),
)
const WORLDS: readonly (readonly [string, AppSnapshot])[] = [
  ['a night in the gap', night()],
  ['practice', night({ mode: 'practice' })],
  ['nothing', aSnapshot({ mode: 'none', identities: [], headline: 'Nothing is set up yet.' })],
  ['a set-up that cannot be used', aSnapshot({ identities: [], setupProblem: 'setup.json cannot be used: it is not JSON. '.repeat(10) })],
  ['two hundred identities', night({ identities: many })],
  [
    'names of all scripts',
    night({ identities: [proving('山田太郎の証明書は長い', 'Прочитано ✔ 🚀🚀'), proving('e\u0301\u0301\u0301', 'ﷺ')] }),
  ],
  ['a hostile name', night({ identities: [proving('\u001b[2J\u0007evil\n', '\u001b]0;title\u0007 \u202e reversed')], headline: 'a\r\nb' })],
]

describe('the terminal face', () => {
  for (const [what, snapshot] of WORLDS) {
    for (const [columns, rows] of SIZES) {
      it.each([
        ['Unicode', true],
        ['ASCII', false],
      ])(`of ${what} fits ${columns}×${rows} in %s`, (_name, isUnicode) => {
        const lines = face(snapshot, { columns, rows, isUnicode, now })
        expect(lines.length).toBeLessThanOrEqual(rows)
        for (const line of lines) {
          expect(cellsOf(line)).toBeLessThanOrEqual(columns)
          // oxlint-disable-next-line no-control-regex
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
          if (!isUnicode) expect(line).toMatch(/^[\x20-\x7e]*$/)
        }
        expect(new Set(lines.map(cellsOf)).size).toBe(1)
        expect(lines.join('\n')).toContain('Ctrl-C leaves')
      })
    }
  }

  const at = (columns: number, rows: number, snapshot = night()): string[] => face(snapshot, { columns, rows, isUnicode: true, now })
  const text = (...args: Parameters<typeof at>): string => at(...args).join('\n')

  it('puts who needs somebody first, and the alarm in full', () => {
    const lines = at(80, 24)
    const row = (name: string): number => lines.findIndex((line) => line.includes(`${name} `) && /[▲◔✔]/.test(line))
    expect(row('Fjord')).toBeLessThan(row('Basalt'))
    expect(row('Basalt')).toBeLessThan(row('Amber'))
    expect(row('Amber')).toBeLessThan(row('Juniper'))
    expect(text(80, 24)).toContain('Nothing is deleted.')
    expect(text(80, 24)).toContain('gap closes in 6 h 18 m')
  })

  it('gives size, disk and the age of the evidence their own columns at 120, with a legend', () => {
    const wide = text(120, 40)
    for (const word of ['size', 'disk', 'evidence', '3.0 TiB', 'South', '1 s', '▓ reading', '░ will run']) expect(wide).toContain(word)
    expect(text(80, 24)).not.toContain('▓ reading')
    expect(text(80, 24)).not.toContain('3.0 TiB')
  })

  it('says to whom no fresh evidence belongs', () => {
    const stale = night({
      identities: [proving('Amber', 'x', {}), anIdentity({ evidence: [{ what: 'a', value: 'b', source: 'c', at: 0, isFresh: false }] })],
    })
    expect(text(120, 40, stale)).toMatch(/none/)
  })

  it('marks practice, tight finishes and what does not fit', () => {
    expect(at(80, 24, night({ mode: 'practice' }))[0]).toContain('PRACTICE')
    expect(text(80, 24)).not.toContain('PRACTICE')
    expect(text(80, 24)).toMatch(/Basalt.* !/)
    expect(text(80, 24, night({ identities: many }))).toMatch(/19\d more/)
  })
})
