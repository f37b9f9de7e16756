/** A running program as the system lists it. */
export interface BareProcess {
  readonly pid: number
  readonly parent: number
  readonly argv: readonly string[]
  /** Path of its executable, where the system tells it. */
  readonly exe?: string
}

/** What is asked only of the programs that we know. */
export interface ProcessDetails {
  readonly cwd?: string
  readonly user?: string
  readonly isOtherUser: boolean
  /** Home of its user. */
  readonly home?: string
  readonly startedAt?: number
  /** Text of `/proc/<pid>/cgroup`; Linux only. */
  readonly groups?: string
  /** Files that stdout and stderr go to. */
  readonly stdoutFile?: string
  readonly stderrFile?: string
  /** Paths inside its container to ours; absent when it runs in none. */
  readonly toHost?: (inside: string) => string | undefined
}

/** How one platform tells its processes. */
export interface ProcessSource {
  all(): Promise<readonly BareProcess[]>
  /** Of those that are still there. */
  details(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessDetails>>
}

/** Runs one program by its path, without a shell; empty text when it could not. */
export type RunForText = (file: string, args: readonly string[]) => Promise<string>
