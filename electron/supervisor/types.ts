import type { Exit, Owner, ProcessState } from '../../shared/domain/process.ts'

export type Desired = 'up' | 'down'

export type ProbeResult =
  | { readonly is: 'ready' }
  /** `step` names what it is doing, for the window. */
  | { readonly is: 'not-yet'; readonly step?: string }
  | { readonly is: 'failed'; readonly cause: string; readonly causeCode: string }

export interface ProcessPolicy {
  /** How long a start may take until the probe is green. */
  readonly readyWithinMs: number
  /** From the gentle signal to the kill. */
  readonly stopWaitMs: number
  /** Doubles from `firstMs` to `maxMs`; `jitter` 0.2 spreads each pause by ± 20 %. */
  readonly backoff: { readonly firstMs: number; readonly maxMs: number; readonly jitter: number }
  /** So many unexpected ends within the time, and we give up. A run at least as long as `withinMs` that was ready starts a new count. */
  readonly budget: { readonly crashes: number; readonly withinMs: number }
  /** The log is copied and emptied when it grows over this while running. */
  readonly logCapBytes: number
  /** Older logs kept beside it: `<log>.1` is the youngest. */
  readonly keepLogs: number
  /** `keep` (the default) restarts it whenever it ends; `once` is done when it ends with code 0. */
  readonly mode?: 'keep' | 'once'
  /** After `readyWithinMs`: `restart` (the default) or `wait` on. An adopted process is always waited for. */
  readonly whenNotReady?: 'restart' | 'wait'
  readonly probeEveryMs?: number
}

/** Why a process ended, in the words of its program. `retry: 'never'`: starting again cannot help. */
export interface Explanation {
  readonly cause: string
  readonly causeCode: string
  readonly retry?: 'never'
}

/** A program as data: what to run, how to know it is ready, how to stop it, where its log goes. */
export interface ProcessSpec {
  readonly name: string
  /** Only `smeshkeeper` is started and stopped; any other is left alone. */
  readonly owner: Owner
  /** Absolute path of the binary. */
  readonly file: string
  readonly args: readonly string[]
  /** The whole environment: nothing is inherited but what the platform needs to run a program at all. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logFile: string
  readonly policy: ProcessPolicy
  probe(pid: number): Promise<ProbeResult>
  explain(exit: Exit, logTail: string): Explanation | undefined
  /** How far our reader has read `logFile`; without it the log is emptied at the cap regardless. */
  readonly logReadTo?: () => number | undefined
}

/** What became of each record of the process table. */
export interface AdoptionReport {
  /** Runs on, now watched by us. */
  readonly adopted: readonly string[]
  /** Ended while nobody watched; its state tells the cause where the log does. */
  readonly gone: readonly string[]
  /** Its pid or name belongs to something that is not ours. */
  readonly foreign: readonly string[]
  /** Adopted as well, but no spec asked for it any more. */
  readonly unlisted: readonly string[]
  /** Where a damaged table was put aside. */
  readonly damagedTable?: string
}

export interface Supervisor {
  /** Once, before anything else: takes over what an earlier keeper left running. */
  adopt(specs: readonly ProcessSpec[]): Promise<AdoptionReport>
  /** Adds or changes a spec. A running process is not restarted by that: see `needsRestart`. */
  put(spec: ProcessSpec): void
  /** Stops the process, then forgets it. */
  remove(name: string): void
  setDesired(name: string, desired: Desired): void
  restart(name: string): void
  state(name: string): ProcessState | undefined
  states(): ReadonlyMap<string, ProcessState>
  needsRestart(name: string): boolean
  onChange(listener: (name: string, state: ProcessState) => void): () => void
  /** Of one core, over the last seconds; undefined when not running or the platform does not tell cheaply. */
  cpuPercent(name: string): number | undefined
  /** Stops watching; every child goes on and can be adopted. */
  leaveRunning(): Promise<void>
  /** Stops every child of ours with its tree; resolves when all are down. */
  stopAll(): Promise<void>
  /** How children are kept apart from this process. */
  readonly childrenIn: 'systemd' | 'session'
}
