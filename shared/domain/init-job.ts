import { assertNever } from './fault.ts'
import type { UnixMs } from './ids.ts'
import type { InitJob, InitPart, InitStage } from './initialization.ts'
import { bytes, duration, moment, percent, plural, speed } from './words.ts'

/** One range of files, as it is kept over restarts. */
export interface InitPartRecord {
  readonly provider: number
  readonly providerName: string
  readonly fromFile: number
  readonly toFile: number
  readonly totalBytes: number
  /** postcli said that it is complete. */
  readonly isDone: boolean
}

/** A job as it is kept over restarts; what runs now is apart. */
export interface InitRecord {
  readonly id: string
  readonly identity: string
  readonly name: string
  readonly key: 'new' | 'public' | 'existing'
  readonly folder: string
  /** Mount point of the disk that the folder was made on; absent for jobs of older versions. */
  readonly volume?: string | undefined
  /** 64 hex characters. */
  readonly commitmentAtx: string
  readonly numUnits: number
  readonly labelsPerUnit: number
  readonly maxFileBytes: number
  readonly scryptN: number
  readonly totalBytes: number
  readonly fileCount: number
  readonly nonces: number
  readonly threads?: number | undefined
  readonly randomx: 'fast' | 'light'
  readonly createdAt: UnixMs
  readonly parts: readonly InitPartRecord[]
  /** Where it stands. `wanted`: its files are to be written. */
  readonly is: 'wanted' | 'merging' | 'searching-nonce' | 'verifying' | 'waiting-for-window' | 'arming' | 'done' | 'failed'
  /** By the user. */
  readonly pausedAt?: UnixMs | undefined
  readonly endedAt?: UnixMs | undefined
  readonly fault?: { readonly code: string; readonly text: string; readonly fix: string } | undefined
  /** postcli was started on its folder once: what lies there is its own. */
  readonly isBegun: boolean
  /** A sample of every file was compared, and is right. */
  readonly isChecked: boolean
  /** Its key went into the node's folder. */
  readonly isArmed: boolean
  /** One in so many minutes, of the last day. */
  readonly samples: readonly { readonly at: UnixMs; readonly bytesPerSecond: number }[]
}

/** What is seen of a job now. */
export interface InitSight {
  readonly now: UnixMs
  /** Bytes on disk by part. */
  readonly doneBytes: readonly number[]
  readonly filesDone: number
  /** Of each part that runs; 0 = its process is not known. */
  readonly pids: readonly (number | undefined)[]
  /** Bytes/s of each part; undefined = not known yet. */
  readonly speeds: readonly (number | undefined)[]
  /** Why it must not write now. */
  readonly hold?: InitHold | undefined
  readonly verifyPercent: number
  readonly windowText: string
  readonly windowUntil?: UnixMs | undefined
  readonly disk?: { readonly lane: string; readonly label: string } | undefined
  readonly backedUp: boolean
}

export interface InitHold {
  readonly because: Extract<InitStage, { is: 'paused' }>['because']
  readonly text: string
  readonly since: UnixMs
}

const isRunning = ({ pids }: InitSight): boolean => pids.some((pid) => pid !== undefined)

function stageOf(record: InitRecord, sight: InitSight): InitStage {
  const { is } = record
  switch (is) {
    case 'wanted':
    case 'searching-nonce':
      if (sight.hold !== undefined)
        return isRunning(sight)
          ? { is: 'pausing', text: `pauses after the running batch: ${sight.hold.text}`, since: sight.hold.since }
          : { is: 'paused', ...sight.hold }
      if (!isRunning(sight)) return { is: 'queued' }
      return is === 'wanted' ? { is: 'writing' } : { is }
    case 'verifying':
      return sight.hold === undefined ? { is, percent: sight.verifyPercent } : { is: 'paused', ...sight.hold }
    case 'waiting-for-window':
      return { is, text: sight.windowText, ...(sight.windowUntil === undefined ? {} : { until: sight.windowUntil }) }
    case 'merging':
    case 'arming':
      return { is }
    case 'done':
      return { is, at: record.endedAt ?? sight.now }
    case 'failed':
      return {
        is,
        at: record.endedAt ?? sight.now,
        ...(record.fault ?? { code: 'init/unknown-fault', text: 'it ended', fix: 'Resume it.' }),
      }
    default:
      return assertNever(is)
  }
}

function sentenceOf(
  record: InitRecord,
  stage: InitStage,
  doneBytes: number,
  rate: number | undefined,
  etaAt: UnixMs | undefined,
  now: UnixMs,
): string {
  const { name, totalBytes } = record
  const share = `${percent((doneBytes / totalBytes) * 100)} of ${bytes(totalBytes)}`
  switch (stage.is) {
    case 'queued':
      return doneBytes === 0 ? `${name} waits for its turn.` : `${name} waits for its turn with ${share} written.`
    case 'writing': {
      const at = rate === undefined ? '' : ` at ${speed(rate)}`
      const until = etaAt === undefined ? '' : `, ready ${moment(etaAt, now)} (in ${duration(etaAt - now)})`
      return `${name}: ${share} written${at}${until}.`
    }
    case 'pausing':
    case 'paused':
      return `${name} ${stage.is === 'paused' ? `is paused at ${share}: ${stage.text}` : stage.text}.`
    case 'merging':
      return `The ranges of ${name} are put together.`
    case 'searching-nonce':
      return `The VRF nonce of ${name} is looked for.`
    case 'verifying':
      return `A sample of every file of ${name} is compared with the processor’s own labels: ${percent(stage.percent)}.`
    case 'waiting-for-window':
      return `The data of ${name} is whole; its key goes into the node in the next safe window: ${stage.text}.`
    case 'arming':
      return `The key of ${name} goes into the node.`
    case 'done':
      if (record.key === 'public') return `The data of ${name} is whole in ${record.folder}. Move it to the machine that has the key.`
      return record.isArmed
        ? `${name} is whole and in service.`
        : `The data of ${name} is whole; its key is kept here, because this set-up has no node folder that it could go into.`
    case 'failed':
      return `${name} stopped at ${share}: ${stage.text} ${stage.fix}`
    default:
      return assertNever(stage)
  }
}

/** A job as the window shows it. */
export function jobView(record: InitRecord, sight: InitSight): InitJob {
  const stage = stageOf(record, sight)
  const doneBytes = sight.doneBytes.reduce((sum, one) => sum + one, 0)
  const known = sight.speeds.filter((one) => one !== undefined)
  const rate = stage.is === 'writing' && known.length > 0 ? known.reduce((sum, one) => sum + one, 0) : undefined
  const etaAt = rate === undefined || rate <= 0 ? undefined : etaOf(record, sight)
  const parts = record.parts.map(({ isDone: _isDone, ...part }, at): InitPart => {
    const [pid, own] = [sight.pids[at], sight.speeds[at]]
    return {
      ...part,
      doneBytes: sight.doneBytes[at] ?? 0,
      ...(pid === undefined || pid === 0 ? {} : { pid }),
      ...(own === undefined || stage.is !== 'writing' ? {} : { bytesPerSecond: own }),
    }
  })
  return {
    id: record.id,
    identity: record.identity,
    name: record.name,
    folder: record.folder,
    ...(sight.disk === undefined ? {} : { lane: sight.disk.lane, disk: sight.disk.label }),
    numUnits: record.numUnits,
    totalBytes: record.totalBytes,
    doneBytes,
    fileCount: record.fileCount,
    filesDone: sight.filesDone,
    stage,
    parts,
    ...(rate === undefined ? {} : { bytesPerSecond: rate }),
    ...(etaAt === undefined ? {} : { etaAt }),
    createdAt: record.createdAt,
    samples: record.samples,
    key: record.key === 'public' ? 'none' : record.isArmed ? 'armed' : 'kept',
    backedUp: sight.backedUp,
    sentence: sentenceOf(record, stage, doneBytes, rate, etaAt, sight.now),
  }
}

/** When the slowest of the ranges is whole; undefined while one has no speed. */
function etaOf({ parts }: InitRecord, { now, doneBytes, speeds }: InitSight): UnixMs | undefined {
  let longest = 0
  for (const [at, { totalBytes }] of parts.entries()) {
    const left = totalBytes - (doneBytes[at] ?? 0)
    const rate = speeds[at]
    if (left <= 0) continue
    if (rate === undefined || rate <= 0) return undefined
    longest = Math.max(longest, (left / rate) * 1000)
  }
  return now + longest
}

/** One look at the size of a part. */
export interface SizeLook {
  readonly mono: number
  readonly bytes: number
}

const WINDOW_MS = 600_000

/**
 * Looks at a growing part, without those that say nothing more: postcli writes a whole batch at a time, so only the
 * looks at which it had grown count.
 * @param look  `mono` in monotonic ms
 */
export function withLook(looks: readonly SizeLook[], look: SizeLook): readonly SizeLook[] {
  const last = looks.at(-1)
  if (last !== undefined && look.bytes <= last.bytes) return looks
  return [...looks, look].filter(({ mono }, at, all) => look.mono - mono <= WINDOW_MS || at >= all.length - 3)
}

/** Bytes/s between the first and the last growth of the last ten minutes; undefined before the second growth. */
export function rateOf(looks: readonly SizeLook[]): number | undefined {
  // The first look of all was at no growth: it would count the time before the process began.
  const [first, last] = [looks[1], looks.at(-1)]
  if (first === undefined || last === undefined || last.mono <= first.mono) return undefined
  return ((last.bytes - first.bytes) / (last.mono - first.mono)) * 1000
}

/** `4.0 TiB in 1 024 files` */
export const dataWords = (totalBytes: number, fileCount: number): string => `${bytes(totalBytes)} in ${plural(fileCount, 'file')}`
