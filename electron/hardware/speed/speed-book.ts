import { existsSync, readFileSync } from 'node:fs'
import { textOf } from '../../../shared/domain/fault.ts'
import {
  addMeasurement,
  NO_DISK_HISTORY,
  NO_SPEED_HISTORY,
  parseSpeedHistory,
  type DiskHistory,
  type NewMeasurement,
  type SpeedHistory,
} from '../../../shared/domain/speed-history.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import type { Logger } from '../../lib/logger.ts'

/** What was measured of each disk, in one small file. */
export interface SpeedBook {
  of(lane: string): DiskHistory
  /** A disk that does not take it is logged, and the measurement is kept in memory. */
  add(lane: string, measurement: NewMeasurement): void
}

/** A damaged file is left aside under another name, and measuring begins anew. */
export function openSpeedBook(file: string, log: Logger): SpeedBook {
  let history = read(file, log)
  return {
    of: (lane) => history.disks[lane] ?? NO_DISK_HISTORY,
    add(lane, measurement) {
      history = addMeasurement(history, lane, measurement)
      try {
        writeFileAtomic(file, JSON.stringify(history))
      } catch (cause) {
        log.error('speed.book-not-written', { error: textOf(cause) })
      }
    },
  }
}

function read(file: string, log: Logger): SpeedHistory {
  if (!existsSync(file)) return NO_SPEED_HISTORY
  try {
    const text = readFileSync(file, 'utf8')
    const history = parseSpeedHistory(text)
    if (history !== undefined) return history
    writeFileAtomic(`${file}.damaged`, text)
    log.warn('speed.book-damaged', { keptAs: `${file}.damaged` })
  } catch (cause) {
    log.warn('speed.book-unreadable', { error: textOf(cause) })
  }
  return NO_SPEED_HISTORY
}
