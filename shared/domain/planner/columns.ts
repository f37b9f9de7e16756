import type { Job } from './jobs.ts'

/** What a disk gives to more than one reader: heads move. */
export const SEVERAL_READERS = 0.85
/** A disk of which no more is taken has room for another reader, whoever it is. */
export const IDLE_DISK = 0.6

/** What the inner loops read of the jobs, in plain columns. */
export interface Columns {
  readonly lane: Int32Array
  readonly threads: Float64Array
  readonly readingThreads: Float64Array
  readonly memory: Float64Array
  readonly ready: Float64Array
  readonly isFree: Uint8Array
  readonly isRunning: Uint8Array
  readonly leastThreads: number
  readonly leastMemory: number
  readonly laneShare: Float64Array
  /** Somebody may begin on a disk that another holds. */
  readonly mayShare: boolean
  /** None begins by itself, none has to wait for a time. */
  readonly isPlain: boolean
}

/** @returns the jobs in columns; durations in ms, memory in bytes */
export function columnsOf(jobs: readonly Job[]): Columns {
  const numbers = (of: (job: Job) => number): Float64Array => Float64Array.from(jobs, of)
  const flags = (of: (job: Job) => boolean): Uint8Array => Uint8Array.from(jobs, (job) => (of(job) ? 1 : 0))
  return {
    lane: Int32Array.from(jobs, (job) => job.lane),
    threads: numbers((job) => job.costs.threads),
    readingThreads: numbers((job) => job.costs.readingThreads),
    memory: numbers((job) => job.costs.memoryBytes),
    ready: numbers((job) => job.readyMs),
    isFree: flags((job) => job.isFree),
    isRunning: flags((job) => job.run !== undefined),
    leastThreads: Math.min(...jobs.map((job) => job.costs.threads)),
    leastMemory: Math.min(...jobs.map((job) => job.costs.memoryBytes)),
    laneShare: numbers((job) => job.laneShare),
    mayShare: jobs.some((job) => job.laneShare <= IDLE_DISK),
    isPlain: jobs.every((job) => !job.isFree && job.readyMs <= 0),
  }
}
