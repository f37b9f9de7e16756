import { assertNever } from '../../shared/domain/fault.ts'
import type { InitJob, InitStage } from '../../shared/domain/initialization.ts'
import { bytes, THIN } from '../../shared/domain/words.ts'
import type { Look } from './glyph.tsx'

/** What a job does now, in words that follow its name. */
export function stageWords(stage: InitStage): string {
  switch (stage.is) {
    case 'queued':
      return 'waits for its turn'
    case 'writing':
      return 'writing'
    case 'paused':
    case 'pausing':
    case 'waiting-for-window':
    case 'failed':
      return stage.text
    case 'merging':
      return 'joining the ranges of several providers'
    case 'searching-nonce':
      return 'looking for the VRF nonce'
    case 'verifying':
      return `checking a sample, ${Math.floor(stage.percent)}${THIN}%`
    case 'arming':
      return 'the key goes into the node'
    case 'done':
      return 'done'
    default:
      return assertNever(stage)
  }
}

/** Shape, colour and word of a stage; `share` in percent for the pie. */
export function lookOfJob(job: InitJob): Look {
  const { stage } = job
  switch (stage.is) {
    case 'queued':
      return { shape: 'ring-dots', tone: 'dim', word: 'queued' }
    case 'writing':
      return { shape: 'pie', tone: 'accent', word: 'writing', share: Math.floor(doneShare(job)) }
    case 'pausing':
      return { shape: 'pie', tone: 'dim', word: 'pausing', share: Math.floor(doneShare(job)) }
    case 'paused':
      return stage.because === 'space' || stage.because === 'drive'
        ? { shape: 'triangle', tone: 'warn', word: 'paused' }
        : { shape: 'ring', tone: 'dim', word: 'paused' }
    case 'merging':
    case 'searching-nonce':
    case 'verifying':
    case 'arming':
      return { shape: 'ring-tick', tone: 'accent', word: 'finishing' }
    case 'waiting-for-window':
      return { shape: 'ring', tone: 'dim', word: 'waiting' }
    case 'done':
      return { shape: 'disc-tick', tone: 'ok', word: 'done' }
    case 'failed':
      return { shape: 'cross', tone: 'bad', word: 'failed' }
    default:
      return assertNever(stage)
  }
}

/** How much is written, 0–100. */
export const doneShare = (job: InitJob): number =>
  job.totalBytes > 0 ? Math.min(100, Math.max(0, (job.doneBytes / job.totalBytes) * 100)) : 0

/** `41.2 %`: the tenth moves where a day moves a percent. */
export const sharePercent = (share: number): string =>
  `${share >= 100 || share === 0 ? share.toFixed(0) : (Math.floor(share * 10 + 1e-6) / 10).toFixed(1)}${THIN}%`

/** `2.0 TiB on South` */
export const whereWords = (job: InitJob): string => `${bytes(job.totalBytes)}${job.disk === undefined ? '' : ` on ${job.disk}`}`

/** Colour of an identity that has no row of its own yet. */
export const jobColour = (id: string): number => (Number.parseInt(id.slice(0, 2), 16) || 0) % 12
