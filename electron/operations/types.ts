import type { z } from 'zod'
import type { OperationPlan } from '../../shared/domain/operation.ts'
import type { Files } from '../lib/files.ts'
import type { Logger } from '../lib/logger.ts'

/** What a step needs to know, as it stands in the journal: JSON, complete, without secrets. */
export interface StepData {
  /** Which rule does it. */
  readonly is: string
}

/** What steps work with. Everything that must survive a power cut goes through `files`. */
export interface StepTools {
  readonly files: Files
  /** Private folder of this operation: `<home>/state/operations/<id>`. Durable; snapshots are kept here. */
  readonly folder: string
  /** `<home>/quarantine` */
  readonly quarantine: string
  /** Scratch on the real file system, emptied after the operation: SQLite works here on copies. */
  readonly temporary: string
  readonly id: string
  readonly log: Logger
  readonly now: () => number
  /** Of long steps, at most a few times a second. */
  readonly onProgress: (done: number, total: number, unit: 'bytes' | 'files' | 'rows' | 'keys') => void
  /** Set when the user cancels: long steps stop at the next safe point by throwing `OperationStopped`. */
  readonly signal: AbortSignal
  /** A secret of this run only (a passphrase); never written anywhere. */
  readonly passphrase?: string
}

/** A step cannot go on: what, why, what to do. The operation stays unfinished and can be finished or rolled back. */
export class OperationStopped extends Error {
  override readonly name = 'OperationStopped'
  readonly code: string
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
  }
}

/**
 * One kind of step. `apply` and `undo` find every state that a crash within either of them can leave, also one in which a
 * node was started meanwhile; when they return, what they did is durable. Both are repeated after a crash.
 */
export interface StepRule<D extends StepData = StepData> {
  readonly schema: z.ZodType<D>
  /** @returns evidence for the user @throws OperationStopped, or the system's error */
  apply(data: D, tools: StepTools): string | void | Promise<string | void>
  isDone(data: D, tools: StepTools): boolean | Promise<boolean>
  undo(data: D, tools: StepTools): string | void | Promise<string | void>
  /** Why an operation that is at its end cannot be taken back exactly any more; absent rule = it always can. */
  obstacle?(data: D, tools: StepTools): string | undefined | Promise<string | undefined>
}

/** A plan with what the engine needs to run it. */
export interface Draft {
  readonly plan: OperationPlan
  /** In the order of `plan.steps`, one each. */
  readonly steps: readonly StepData[]
  /** Data folders that are locked while it runs, with the lock file that their config names. */
  readonly touches: readonly TouchedFolder[]
  /** Whether the operation ends with a node that is to be started, and what it must list then. */
  readonly startsNode?: boolean
  readonly expects?: readonly string[]
}

export interface TouchedFolder {
  readonly dataFolder: string
  /** `main.filelock` of its config. */
  readonly lockFile?: string
  /** Noted when the operation begins: then it must be there at every step. */
  readonly wasThere?: boolean
}
