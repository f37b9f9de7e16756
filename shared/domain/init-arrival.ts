import { assertNever } from './fault.ts'
import type { UnixMs } from './ids.ts'
import type { Arrival } from './initialization.ts'
import { bytes, figure, moment, percent, plural } from './words.ts'

/** Figures of data that arrives; bytes and files. */
export interface ArrivalFigures {
  readonly doneBytes: number
  readonly totalBytes: number
  readonly fileCount: number
  /** Whole files whose sample was compared already. */
  readonly checkedFiles: number
  readonly problem: string | undefined
  readonly etaAt: UnixMs | undefined
  readonly now: UnixMs
}

/** What is so with data made elsewhere, in a sentence. */
export function arrivalSentence(is: Arrival['is'], figures: ArrivalFigures): string {
  const { doneBytes, totalBytes, fileCount, checkedFiles, problem, etaAt, now } = figures
  const share = `${percent((doneBytes / totalBytes) * 100)} of ${bytes(totalBytes)}`
  const checked = checkedFiles === 0 ? '' : ` ${figure(checkedFiles)} of ${plural(fileCount, 'file')} are compared already.`
  switch (is) {
    case 'arriving':
      return `${share} has come${etaAt === undefined ? '' : `, whole ${moment(etaAt, now)}`}.${checked}`
    case 'whole':
      return checkedFiles >= fileCount
        ? `${bytes(totalBytes)} has come whole, and a sample of every file is right.`
        : `${bytes(totalBytes)} has come.${checked}`
    case 'stalled':
      return `${share} has come, and nothing more for two minutes: look whether the copy still runs.`
    case 'bad':
      return problem ?? 'Something is wrong with it.'
    case 'unreadable':
      return 'It cannot be read.'
    default:
      return assertNever(is)
  }
}
