import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fail, ok } from '../../shared/domain/fault.ts'
import type { Result } from '../../shared/domain/fault.ts'
import type { Ending, Marker, SpawnRequest, Spawned } from './platform.ts'

/** Runs one program by its path, without a shell; `code` is undefined when it was not started or ran too long. */
export type Run = (
  file: string,
  args: readonly string[],
) => Promise<{ readonly code: number | undefined; readonly stdout: string; readonly stderr: string }>

const RUN_WITHIN_MS = 20_000

export const runProgram: Run = (file, args) =>
  new Promise((resolve) => {
    execFile(
      file,
      [...args],
      { timeout: RUN_WITHIN_MS, encoding: 'utf8', windowsHide: true, maxBuffer: 16 * 1024 * 1024 },
      (fault, stdout, stderr) => {
        const code = fault === null ? 0 : typeof fault.code === 'number' ? fault.code : undefined
        resolve({ code, stdout, stderr: stderr === '' ? (fault?.message ?? '') : stderr })
      },
    )
  })

export const SYSTEMD_RUN = '/usr/bin/systemd-run'
export const SYSTEMCTL = '/usr/bin/systemctl'
const ENV = '/usr/bin/env'

/** Whether the user's systemd is there to be asked: its private socket, and the tool. Nothing is started. */
export function isSystemdReachable(
  env: Readonly<Record<string, string | undefined>>,
  exists: (file: string) => boolean = existsSync,
): boolean {
  const runtime = env['XDG_RUNTIME_DIR']
  return runtime !== undefined && [`${runtime}/systemd/private`, SYSTEMD_RUN, SYSTEMCTL, ENV].every((file) => exists(file))
}

/** One name a child, without the generation: systemd itself then refuses a second one. */
export function unitName(marker: Pick<Marker, 'scope' | 'name'>): string {
  const plain = [...Buffer.from(marker.name)].map((byte) => {
    const char = String.fromCharCode(byte)
    return /[A-Za-z0-9_.]/.test(char) ? char : `-${byte.toString(16).padStart(2, '0')}`
  })
  return `smeshkeeper-${marker.scope}-${plain.join('').slice(0, 180)}.service`
}

/**
 * A transient service, not a scope: a scope would be forked by us and stay our child in our session.
 * No `--no-block` and type `exec`: we learn at once that it could not start. No `--collect`: a failed unit
 * keeps its exit code until we asked for it. `env -i` keeps the manager's environment out; it replaces itself, so MainPID is the program's.
 */
export function systemdRunArgs(request: SpawnRequest): string[] {
  const properties = [
    'KillMode=mixed', // the gentle signal to the program alone, the last one to its whole tree
    'SendSIGKILL=yes',
    'Restart=no', // restarts are ours
    'OOMPolicy=continue',
    `TimeoutStopSec=${Math.max(1, Math.ceil(request.stopWaitMs / 1000))}`,
    'StandardInput=null',
    `StandardOutput=append:${request.logFd === undefined ? '/dev/null' : request.logFile}`,
    `StandardError=append:${request.logFd === undefined ? '/dev/null' : request.logFile}`,
  ]
  return [
    '--user',
    '--quiet',
    '--no-ask-password',
    `--unit=${unitName(request.marker)}`,
    `--description=Smeshkeeper: ${request.marker.name}`,
    '--service-type=exec',
    `--working-directory=${request.cwd}`,
    ...properties.map((p) => `--property=${p}`),
    '--',
    ENV,
    '-i',
    ...Object.entries(request.env).map(([name, value]) => literal(`${name}=${value}`)),
    literal(request.file),
    ...request.args.map(literal),
  ]
}

/** The manager would expand `$NAME` in arguments. */
const literal = (argument: string): string => argument.replaceAll('$', '$$$$')

/** `env` would take a path with `=` for a variable. */
export const canBeUnit = (request: SpawnRequest): boolean => !request.file.includes('=') && request.cwd.startsWith('/')

export interface UnitStatus {
  readonly mainPid: number
  /** The last one, also after its end. */
  readonly lastPid: number
  readonly isLoaded: boolean
  readonly ending?: Ending
}

export function parseShow(text: string): UnitStatus {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const))
  const [code, status] = [Number(fields.get('ExecMainCode') ?? 0), Number(fields.get('ExecMainStatus') ?? 0)]
  // CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3
  const ending: Ending | undefined = code === 1 ? { code: status } : code === 2 || code === 3 ? { signal: signalName(status) } : undefined
  return {
    mainPid: Number(fields.get('MainPID') ?? 0),
    lastPid: Number(fields.get('ExecMainPID') ?? 0),
    isLoaded: fields.get('LoadState') === 'loaded',
    ...(ending ? { ending } : {}),
  }
}

const signalName = (number: number): string => Object.entries(constants.signals).find(([, n]) => n === number)?.[0] ?? `signal ${number}`

type SystemdFault = 'systemd/refused' | 'systemd/unsure' | 'systemd/failed'

/** The user's systemd, asked only when something starts, is killed or has ended. */
export class Systemd {
  readonly #run: Run

  constructor(run: Run = runProgram) {
    this.#run = run
  }

  /**
   * The pid of the program in its new unit, or of the one that runs in it already (of a keeper that died just then).
   * @fault `systemd/refused` this one program cannot run as a unit; `systemd/unsure` it may still be started, so nothing
   *        else may be; `systemd/failed` the manager cannot be used
   */
  async start(request: SpawnRequest): Promise<Result<Spawned, SystemdFault>> {
    const unit = unitName(request.marker)
    await this.#run(SYSTEMCTL, ['--user', 'reset-failed', unit])
    const started = await this.#run(SYSTEMD_RUN, systemdRunArgs(request))
    const status = await this.show(unit)
    if (status.mainPid > 1) return ok({ pid: status.mainPid, unit })
    // It ended before we could ask for its pid.
    if (started.code === 0) return ok({ pid: status.lastPid, unit, ended: this.endingOf(unit).then((ending) => ending ?? {}) })
    const said = started.stderr.trim().slice(0, 500)
    if (started.code === undefined) {
      await this.#run(SYSTEMCTL, ['--user', 'stop', '--no-block', unit])
      return fail('systemd/unsure', `systemd did not answer in time: ${said}`)
    }
    if (!status.isLoaded) return fail('systemd/failed', said)
    await this.#run(SYSTEMCTL, ['--user', 'reset-failed', unit])
    return fail('systemd/refused', said)
  }

  async show(unit: string): Promise<UnitStatus> {
    const shown = await this.#run(SYSTEMCTL, [
      '--user',
      'show',
      '--property=LoadState,MainPID,ExecMainPID,ExecMainCode,ExecMainStatus',
      unit,
    ])
    return parseShow(shown.stdout)
  }

  async kill(unit: string): Promise<void> {
    await this.#run(SYSTEMCTL, ['--user', 'kill', '--signal=SIGKILL', unit])
  }

  /** The exit code of a failed unit; a clean end leaves nothing to ask. The unit is then forgotten. */
  async endingOf(unit: string): Promise<Ending | undefined> {
    const { isLoaded, ending } = await this.show(unit)
    if (isLoaded) await this.#run(SYSTEMCTL, ['--user', 'reset-failed', unit])
    return ending
  }
}
