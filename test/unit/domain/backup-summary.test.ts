import { describe, expect, it } from 'vitest'
import { isBackupDue, nextToDrill, summaryOf, type SummaryInput } from '../../../shared/domain/backup-summary.ts'
import type { BackupEntry, DrillResult } from '../../../shared/domain/backup.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 28)
const id = (n: number): IdentityId => n.toString().repeat(64).slice(0, 64) as IdentityId

const entry = (changes: Partial<BackupEntry> = {}): BackupEntry => ({
  id: 'a',
  madeAt: NOW - 9 * DAY,
  file: '/media/stick/a.zip.age',
  placeLabel: 'KEYS-1',
  bytes: 1000,
  sha256: '0',
  identities: [id(1), id(2)],
  openedBy: 'passphrase',
  isOnOtherDisk: true,
  drills: [],
  lastSeenAt: NOW,
  isThere: true,
  ...changes,
})
const drill = (daysAgo: number, is: DrillResult['is'] = 'passed', isTyped = false): DrillResult => ({
  at: NOW - daysAgo * DAY,
  is,
  sentence: 's',
  isTyped,
})
const settings = { folder: null, everyDays: 7, keep: 10, recipients: [], isRemembered: false, extraFiles: [], withHistory: false }
const input = (changes: Partial<SummaryInput> = {}): SummaryInput => ({
  entries: [entry()],
  settings,
  identities: [id(1), id(2)],
  now: NOW,
  ...changes,
})
const thin = (text: string): string => text.replaceAll('\u2009', ' ')
const told = (changes: Partial<SummaryInput> = {}): string => {
  const { is, sentence } = summaryOf(input(changes))
  return `${is}: ${thin(sentence)}`
}

describe('the standing of backups', () => {
  it('is one sentence with its age', () => {
    expect(told()).toBe('good: Backup 9 d old, read back')
    expect(told({ entries: [entry({ drills: [drill(3)] })] })).toBe('good: Backup 9 d old, drill passed')
    expect(told({ entries: [entry({ madeAt: NOW - 3_600_000 * 5 })] })).toBe('good: Backup 5 h old, read back')
    expect(told({ entries: [entry({ madeAt: NOW - 40_000 })] })).toBe('good: Backup 1 min old, read back')
    expect(told({ entries: [entry({ madeAt: NOW - 59.9 * 60_000 })] })).toBe('good: Backup 59 min old, read back')
    expect(told({ entries: [entry({ madeAt: NOW - 47.9 * 3_600_000 })] })).toBe('good: Backup 47 h old, read back')
  })

  it('names what is worst', () => {
    expect(told({ entries: [] })).toBe('none: No backup: lost keys could not be brought back')
    expect(told({ identities: [id(1), id(3)] })).toBe('incomplete: Backup 9 d old; 1 key is in none: back up now')
    expect(summaryOf(input({ identities: [id(3)] })).missing).toEqual([id(3)])
    expect(told({ entries: [entry({ drills: [drill(1, 'failed')] })] })).toBe('broken: No backup opens: make one now')
    const older = entry({ id: 'b', madeAt: NOW - 12 * DAY })
    expect(told({ entries: [entry({ drills: [drill(1, 'failed')] }), older] })).toMatch(
      /^broken: The newest backup does not open; backup 12 d old is whole/,
    )
    expect(told({ entries: [entry({ madeAt: NOW - 40 * DAY })] })).toBe('old: Backup 40 d old: make a new one')
    expect(told({ settings: { ...settings, folder: '/media/stick' }, entries: [entry({ madeAt: NOW - 10 * DAY })] })).toMatch(/^old/)
    expect(told({ entries: [entry({ isOnOtherDisk: false })] })).toBe(
      'not-elsewhere: Backup 9 d old, on no second disk: put one on another drive',
    )
  })

  it('takes an unplugged stick for what it is', () => {
    const away = entry({ isThere: false, lastSeenAt: NOW - 9 * DAY, drills: [drill(2), drill(1, 'not-reached')] })
    expect(told({ entries: [away] })).toBe('good: Backup 9 d old, drill passed, last seen 9 d ago')
  })

  it('counts a key that any good backup holds', () => {
    expect(told({ entries: [entry({ identities: [id(1)] }), entry({ id: 'b', madeAt: NOW - 20 * DAY, identities: [id(2)] })] })).toMatch(
      /^good/,
    )
  })

  it('wants a drill a month after the last that passed, however many backups were made since', () => {
    const old = entry({ id: 'b', madeAt: NOW - 60 * DAY })
    expect(told({ entries: [entry(), old] })).toBe('drill-due: Backup 9 d old, drill due')
    expect(told({ entries: [entry(), { ...old, drills: [drill(31)] }] })).toMatch(/^drill-due/)
    const summary = summaryOf(input({ entries: [entry(), { ...old, drills: [drill(29)] }] }))
    expect(summary).toMatchObject({ is: 'good', nextDrillAt: NOW + DAY, lastDrill: { is: 'passed' } })
  })

  it('lets the user type the passphrase at every third drill', () => {
    const typed = (...drills: DrillResult[]): boolean => summaryOf(input({ entries: [entry({ drills })] })).mustTypePassphrase
    expect(typed()).toBe(false)
    expect(typed(drill(1))).toBe(false)
    expect(typed(drill(1), drill(2))).toBe(true)
    expect(typed(drill(1), drill(2), drill(3, 'passed', true))).toBe(true)
    expect(typed(drill(1, 'passed', true), drill(2), drill(3))).toBe(false)
    expect(typed(drill(1, 'not-reached'), drill(2))).toBe(false)
    expect(summaryOf(input({ entries: [entry({ openedBy: 'recipients', drills: [drill(1), drill(2)] })] })).mustTypePassphrase).toBe(false)
  })
})

describe('a scheduled backup', () => {
  const scheduled = { ...settings, folder: '/media/stick' }
  const isDue = (changes: Partial<Parameters<typeof isBackupDue>[0]> = {}): boolean =>
    isBackupDue({ ...input({ settings: scheduled }), ...changes })
  const fresh = [entry({ madeAt: NOW - DAY })]

  it('is due when its days are over, when a key is new and when keys changed', () => {
    expect(isDue({ settings })).toBe(false)
    expect(isDue()).toBe(true)
    expect(isDue({ entries: fresh })).toBe(false)
    expect(isDue({ entries: fresh, identities: [id(3)] })).toBe(true)
    expect(isDue({ entries: [entry({ madeAt: NOW - 0.9 * DAY })], identities: [id(3)] })).toBe(false)
    expect(isDue({ entries: fresh, keysChangedAt: NOW - 1000 })).toBe(true)
    expect(isDue({ entries: fresh, keysChangedAt: NOW - 2 * DAY })).toBe(false)
    expect(isDue({ entries: [entry({ madeAt: NOW - DAY, drills: [drill(0, 'failed')] })] })).toBe(true)
  })

  it('is not tried again within the hour', () => {
    expect(isDue({ lastTriedAt: NOW - 60_000 })).toBe(false)
    expect(isDue({ lastTriedAt: NOW - 3_700_000 })).toBe(true)
  })

  it('has its drill at the newest file that is there', () => {
    const entries = [
      entry({ id: 'away', madeAt: NOW, isThere: false }),
      entry({ id: 'there' }),
      entry({ id: 'broken', madeAt: NOW, drills: [drill(1, 'failed')] }),
    ]
    expect(nextToDrill(entries)?.id).toBe('there')
    expect(nextToDrill([])).toBeUndefined()
  })
})
