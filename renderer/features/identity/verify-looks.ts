import { assertNever } from '../../../shared/domain/fault.ts'
import type { Rehearsal, VerifyRun } from '../../../shared/domain/initialization.ts'
import type { Look } from '../../components/glyph.tsx'

/** Shape, colour and word of a check of PoS data. */
export function lookOfRun(run: VerifyRun): Look {
  switch (run.is) {
    case 'queued':
    case 'waiting':
      return { shape: 'ring-dots', tone: 'dim', word: 'waits' }
    case 'running':
      return { shape: 'pie', tone: 'accent', word: 'being checked', share: Math.floor((run.filesDone / Math.max(1, run.fileCount)) * 100) }
    case 'paused':
      return { shape: 'ring', tone: 'dim', word: 'paused' }
    case 'done':
      return run.badFiles.length === 0
        ? { shape: 'disc-tick', tone: 'ok', word: 'good' }
        : { shape: 'cross', tone: 'bad', word: 'bad files' }
    case 'failed':
      return { shape: 'alert', tone: 'bad', word: 'stopped' }
    case 'cancelled':
      return { shape: 'ring', tone: 'dim', word: 'cancelled' }
    default:
      return assertNever(run.is)
  }
}

const REHEARSALS: Readonly<Record<Rehearsal['is'], Look>> = {
  running: { shape: 'pie', tone: 'accent', word: 'rehearsing', share: 40 },
  passed: { shape: 'disc-tick', tone: 'ok', word: 'passed' },
  failed: { shape: 'cross', tone: 'bad', word: 'failed' },
  cancelled: { shape: 'ring', tone: 'dim', word: 'cancelled' },
}
export const lookOfRehearsal = (is: Rehearsal['is']): Look => REHEARSALS[is]

const STEPS: Readonly<Record<Rehearsal['steps'][number]['is'], Look>> = {
  pass: { shape: 'disc-tick', tone: 'ok', word: 'passes' },
  fail: { shape: 'cross', tone: 'bad', word: 'fails' },
  running: { shape: 'pie', tone: 'accent', word: 'under way', share: 40 },
  waiting: { shape: 'ring', tone: 'dim', word: 'not begun' },
}
export const lookOfRehearsalStep = (is: Rehearsal['steps'][number]['is']): Look => STEPS[is]
