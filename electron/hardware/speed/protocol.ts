import { markedLines } from '../marked-line.ts'

/** What the process that measures is asked, as JSON on its input. The input ends when the asker does: then it stops. */
export interface SpeedRequest {
  readonly what: 'read' | 'write'
  /** Read: all PoS files in them. Write: a file of our own beside the first. */
  readonly folders: readonly string[]
  /** Time for reading or writing itself. */
  readonly budgetMs: number
}

/** Why there is no figure. `few`: not enough data to measure; `holes`: files without bytes behind them; `full`: no room to write. */
export type SpeedFaultCode = 'gone' | 'no-files' | 'few' | 'holes' | 'full' | 'not-allowed' | 'read-error' | 'write-error'

/** A place that the disk did not give back. */
export interface BadPlace {
  readonly file: string
  readonly offsetBytes: number
  readonly code: string
}

export interface SpeedFigure {
  readonly bytesPerSecond: number
  /** Slowest tenth of the samples. */
  readonly lowBytesPerSecond: number
  readonly bytes: number
  readonly ms: number
}

/** What it tells, a line at a time. */
export type SpeedLine =
  | { readonly is: 'progress'; readonly percent: number; readonly bytesPerSecond?: number }
  | ({ readonly is: 'bad' } & BadPlace)
  /** `isDirect`: past the system's memory. */
  | ({ readonly is: 'done'; readonly isDirect: boolean } & SpeedFigure)
  | { readonly is: 'fault'; readonly code: SpeedFaultCode; readonly text: string }

export const speedLines = markedLines<SpeedLine>('smeshkeeper-speed ', ['progress', 'bad', 'done', 'fault'])
