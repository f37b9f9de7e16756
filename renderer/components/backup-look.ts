import type { BackupSummary, DrillResult } from '../../shared/domain/backup.ts'
import type { Look } from './glyph.tsx'

const LOOKS: Readonly<Record<BackupSummary['is'], Look>> = {
  good: { shape: 'disc-tick', tone: 'ok', word: 'backed up' },
  none: { shape: 'alert', tone: 'bad', word: 'no backup' },
  incomplete: { shape: 'half', tone: 'warn', word: 'not all keys' },
  broken: { shape: 'cross', tone: 'bad', word: 'does not open' },
  old: { shape: 'triangle', tone: 'warn', word: 'old' },
  'drill-due': { shape: 'triangle', tone: 'warn', word: 'drill due' },
  'not-elsewhere': { shape: 'triangle', tone: 'warn', word: 'on one disk only' },
}

/** Shape, colour and word of how the backups stand. */
export const lookOfBackup = (is: BackupSummary['is']): Look => LOOKS[is]

/** The same of one backup's last drill. */
export function lookOfDrill(drill: DrillResult | undefined): Look {
  if (drill === undefined) return { shape: 'ring', tone: 'dim', word: 'not yet' }
  switch (drill.is) {
    case 'passed':
      return { shape: 'disc-tick', tone: 'ok', word: 'passed' }
    case 'failed':
      return { shape: 'cross', tone: 'bad', word: 'failed' }
    case 'not-reached':
      return { shape: 'question', tone: 'dim', word: 'not reached' }
    default:
      return drill.is satisfies never
  }
}
