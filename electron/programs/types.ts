/** An executable as the supervisor starts it. A simulated program is our own binary with a private switch in `prefixArgs`. */
export interface Launcher {
  readonly file: string
  readonly prefixArgs: readonly string[]
  /** Additions to the allow-listed environment. */
  readonly env: Readonly<Record<string, string>>
}

/** Turns the set-up's `binary` (a path, or `practice:go-spacemesh`, `practice:post-service`) into what is started. */
export type ResolveLauncher = (binary: string) => Launcher

/** Where our own files go. */
export interface ProgramPaths {
  /** Log files, one a process. */
  readonly logs: string
  /** Our own copy of the node's config is written here. */
  readonly config: string
}

/**
 * A process as data. The keeper attaches the readiness probe and the explanation of its exit, the supervisor runs it.
 * `args` and `env` already hold the launcher's own.
 */
export interface ProcessPlan {
  /** `node`, or `service-` and the first 12 hex characters of the identity. */
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** stdout and stderr of the child, by descriptor. */
  readonly logFile: string
  readonly policy: {
    /** ms from spawn until the probe must be green. */
    readonly readyWithinMs: number
    /** ms between the gentle signal and the kill. */
    readonly stopWaitMs: number
  }
}

/** How a process ended, as far as it is known. */
export interface ExitFacts {
  readonly code?: number
  readonly signal?: string
  readonly ranMs?: number
}

/** Why something failed, for the user. */
export interface Explanation {
  /** Stable: branch on this, never on text. */
  readonly causeCode: string
  /** Cause, consequence and action in plain sentences. */
  readonly cause: string
  /** The line of the program that was understood, or its last one. */
  readonly raw: string
  /** Starting again cannot help: the user must change something first. */
  readonly retry?: 'never'
}

/** What a readiness rule says at one moment. */
export type Readiness =
  | { readonly is: 'ready'; readonly remark?: string }
  | { readonly is: 'not-yet'; readonly step: string; readonly cause?: string; readonly causeCode?: string }
  | { readonly is: 'failed'; readonly cause: string; readonly causeCode: string }
