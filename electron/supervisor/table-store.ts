import { textOf } from '../../shared/domain/fault.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { saveTable } from './table.ts'
import type { ProcessRecord } from './table.ts'

const SOON_MS = 100
const RETRY_MS = 5000

interface StoreParts {
  readonly file: string
  readonly clock: Clock
  readonly log: Logger
}

/**
 * The process table in memory and on disk. A disk that takes nothing (full, gone) does not stop the work: children carry
 * their marker, so that they are found without a record as well; writing is tried again until it succeeds.
 */
export class TableStore {
  readonly #parts: StoreParts
  readonly #records = new Map<string, ProcessRecord>()
  #cancelSoon: (() => void) | undefined
  #batch: Promise<void> | undefined
  #isFaulty = false

  constructor(parts: StoreParts) {
    this.#parts = parts
  }

  get(name: string): ProcessRecord | undefined {
    return this.#records.get(name)
  }

  /** Resolves when the record is on disk, or could not be put there; records of one turn share a write. */
  putNow(record: ProcessRecord): Promise<void> {
    this.#records.set(record.name, record)
    this.#batch ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#batch = undefined
        this.save()
        resolve()
      })
    })
    return this.#batch
  }

  putSoon(record: ProcessRecord): void {
    this.#records.set(record.name, record)
    this.#saveAfter(SOON_MS)
  }

  removeSoon(name: string): void {
    if (this.#records.delete(name)) this.#saveAfter(SOON_MS)
  }

  /** Writes now; a fault is told once and repaired later. */
  save(): void {
    this.#cancelSoon?.()
    this.#cancelSoon = undefined
    try {
      saveTable(this.#parts.file, this.#records.values())
      if (this.#isFaulty) this.#parts.log.info('supervisor.table-writable-again', { file: this.#parts.file })
      this.#isFaulty = false
    } catch (cause) {
      if (!this.#isFaulty) this.#parts.log.error('supervisor.table-unwritable', { file: this.#parts.file, detail: textOf(cause) })
      this.#isFaulty = true
      this.#saveAfter(RETRY_MS)
    }
  }

  /** Writes what waits to be written; nothing is written afterwards. */
  close(): void {
    const isWaiting = this.#cancelSoon !== undefined
    if (isWaiting) this.save()
    this.#cancelSoon?.()
  }

  #saveAfter(delayMs: number): void {
    this.#cancelSoon ??= this.#parts.clock.after(delayMs, () => {
      this.#cancelSoon = undefined
      this.save()
    })
  }
}
