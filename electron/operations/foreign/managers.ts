import type { FoundProcess } from '../../../shared/domain/inventory.ts'
import { OperationStopped } from '../types.ts'

/** One command by its arguments: no shell, and an end at its deadline. */
export interface Command {
  readonly program: 'systemctl' | 'loginctl' | 'docker'
  readonly args: readonly string[]
  readonly withinMs: number
}

/** `code` is undefined when it was not started or ran into its deadline; `stderr` then says why. */
export interface Ran {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** The machine with the managers of other people's set-ups, injected so that tests can hold their state. */
export interface ForeignManagers {
  run(command: Command): Promise<Ran>
  /** Programs of the network that run now. @throws when the system does not tell */
  programs(): Promise<readonly FoundProcess[]>
  /** Command line of a process; undefined when there is none, or nobody tells. */
  commandOf(pid: number): readonly string[] | undefined
  /** Whether a command that names this unit or container still runs: of a process of ours that was killed, or of the user. */
  isChanging(program: Command['program'], name: string): boolean
  /** The gentle signal. A process that is gone is no fault. @throws the system's error */
  terminate(pid: number): void
  /** Whether our user may read, or make files in it. */
  may(what: 'read' | 'write', path: string): boolean
  /** Target of a link; undefined when it is none. */
  linkTarget(file: string): string | undefined
  wait(ms: number): Promise<void>
  /** Monotonic, ms. */
  elapsed(): number
  readonly isRoot: boolean
  readonly hasSystemd: boolean
}

/** What the command said when it failed, in one line for the user. */
export const saidBy = ({ code, stdout, stderr }: Ran): string => {
  const text = (stderr.trim() === '' ? stdout : stderr).trim().replaceAll(/\s*\n\s*/g, ' / ')
  return text === '' ? (code === undefined ? 'it did not answer in time' : `it ended with code ${code}`) : text.slice(0, 400)
}

const SETTLE_MS = 200
/** Longer than any deadline of a quick command. */
const LEFT_OVER_MS = 60_000

/**
 * Waits for what a killed process of ours left running: its command would be done after ours, and undo it. The second look
 * is for one that was forked but not yet told by its name.
 */
export async function settle(managers: ForeignManagers, program: Command['program'], name: string): Promise<void> {
  const isQuiet = (): Promise<boolean> => Promise.resolve(!managers.isChanging(program, name))
  const look = { withinMs: LEFT_OVER_MS, everyMs: SETTLE_MS }
  await until(managers, look, isQuiet)
  await managers.wait(SETTLE_MS)
  if (await until(managers, look, isQuiet)) return
  throw new OperationStopped(
    'foreign/manager-busy',
    `A command (${program}) for ${name} still runs from before, and its end would change what is done now. Wait for it, then finish it or roll it back`,
  )
}

/** @returns whether `is` came true within `withinMs`; looked at at once, and then every `everyMs` */
export async function until(
  managers: Pick<ForeignManagers, 'wait' | 'elapsed'>,
  { withinMs, everyMs, signal }: { readonly withinMs: number; readonly everyMs: number; readonly signal?: AbortSignal },
  is: () => Promise<boolean>,
): Promise<boolean> {
  const end = managers.elapsed() + withinMs
  for (;;) {
    if (await is()) return true
    if (managers.elapsed() >= end || signal?.aborted === true) return false
    await managers.wait(everyMs)
  }
}
