import { textOf } from '../../../shared/domain/fault.ts'
import { duration } from '../../../shared/domain/words.ts'
import { codeOf } from '../../identities/index.ts'
import { OperationStopped } from '../types.ts'

const AGAIN = 'then finish the move (what is copied stays) or roll it back'

/** What the system's error on one side of a move means, as a fault of the operation. Bugs and power cuts pass as they are. */
export function stoppedBy(cause: unknown, side: 'source' | 'target', file: string): unknown {
  const code = codeOf(cause)
  if (cause instanceof OperationStopped || code === '') return cause
  const [is, text] = side === 'source' ? sourceWords(code, file) : targetWords(code, file)
  return new OperationStopped(`move/${is}`, `${text} (${textOf(cause)})`, cause)
}

const GONE = new Set(['ENOENT', 'ENODEV', 'ENXIO', 'ENOTCONN', 'ESTALE', 'EHOSTDOWN', 'ENOTDIR'])

function sourceWords(code: string, file: string): readonly [string, string] {
  if (GONE.has(code)) return ['source-away', `${file} cannot be found any more. Connect its disk, ${AGAIN}`]
  if (code === 'EIO')
    return [
      'source-failing',
      `The disk reports an error while ${file} is read. Look at its health; data that cannot be read can be neither moved nor proved`,
    ]
  if (code === 'EACCES' || code === 'EPERM') return ['source-denied', `There is no permission to read ${file}. Allow it, ${AGAIN}`]
  return ['source-unreadable', `${file} could not be read. Mend the cause, ${AGAIN}`]
}

function targetWords(code: string, file: string): readonly [string, string] {
  if (code === 'ENOSPC' || code === 'EDQUOT') return ['target-full', `The disk of ${file} is full. Make room there, ${AGAIN}`]
  if (code === 'EROFS') return ['target-read-only', `The disk of ${file} is read-only. Make it writable, ${AGAIN}`]
  if (code === 'EIO') return ['target-failing', `The disk reports an error at ${file}. Roll the move back and choose another disk`]
  if (code === 'EFBIG')
    return ['target-file-size', `The file system cannot hold a file as large as ${file}. Roll the move back and choose another disk`]
  if (code === 'EACCES' || code === 'EPERM') return ['target-denied', `There is no permission to write ${file}. Allow it, ${AGAIN}`]
  if (GONE.has(code)) return ['target-away', `${file} cannot be reached any more. Connect its disk, ${AGAIN}`]
  if (code === 'EEXIST' || code === 'ENOTEMPTY')
    return ['target-taken', `Something is at ${file} that was not there before, and nothing is written over. Move it away, ${AGAIN}`]
  return ['target-failing', `${file} could not be written. Mend the cause, ${AGAIN}`]
}

export const cancelled = (): OperationStopped =>
  new OperationStopped('operation/cancelled', 'It was cancelled. What is copied stays: finish the move, or roll it back.')

const stalled = (ms: number, file: string): OperationStopped =>
  new OperationStopped('move/stalled', `The disk of ${file} has not answered for ${duration(ms)}. Look at it and its cable, ${AGAIN}`)

export const awayFrom = (side: 'source' | 'target', mount: string): OperationStopped =>
  new OperationStopped(`move/${side}-away`, `The disk of ${mount} is not there. Connect it, ${AGAIN}`)

export const sourceChanged = (file: string): OperationStopped =>
  new OperationStopped(
    'move/source-changed',
    `${file} is not as it was when the move was planned, so the copy would be a mixture. Roll the move back, see who writes there, and plan anew`,
  )

/** How one wait ends. */
export interface Patience {
  readonly signal: AbortSignal
  readonly stallMs: number
}

/**
 * Waits for one piece of work on a disk, but neither beyond a cancel nor for a disk that has gone silent. The work itself
 * cannot be called back: whatever it still does later must do no harm.
 */
export async function patiently<T>(work: Promise<T>, file: string, { signal, stallMs }: Patience): Promise<T> {
  if (signal.aborted) {
    void work.catch(() => undefined)
    throw cancelled()
  }
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  const given = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(stalled(stallMs, file)), stallMs)
    onAbort = () => reject(cancelled())
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, given])
  } finally {
    clearTimeout(timer)
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
