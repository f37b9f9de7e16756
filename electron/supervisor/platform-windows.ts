import type { Found, Platform, Target } from './platform.ts'
import { isStill, pidExists } from './platform-macos.ts'
import { checkBinary, spawnDetached } from './spawn-detached.ts'
import { runProgram } from './systemd.ts'
import type { Run } from './systemd.ts'
import type { ProcessRecord } from './table.ts'

interface WindowsParts {
  readonly run?: Run
  /** `C:\\Windows` */
  readonly systemRoot: string
  readonly isAlive?: (pid: number) => boolean
  /** Sends CTRL_BREAK to a process group; false when it has no console to receive it. */
  readonly sendBreak?: (pid: number) => boolean
}

interface CimProcess {
  readonly pid: number
  readonly startTime: string
  readonly exe: string
  readonly commandLine: string
}

const QUERY =
  'Get-CimInstance Win32_Process | Select-Object ProcessId,ExecutablePath,CommandLine,' +
  "@{n='Start';e={$_.CreationDate.ToUniversalTime().ToString('o')}} | ConvertTo-Json -Compress"
const BOOT = "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('o')"

export const powershellArgs = (command: string): string[] => ['-NoProfile', '-NonInteractive', '-Command', command]

const textField = (value: unknown): string => (typeof value === 'string' ? value : '')

/** One process or a list of them, as ConvertTo-Json gives it. */
export function parseCim(text: string): CimProcess[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return []
  }
  const all: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return all.flatMap((item) => {
    if (typeof item !== 'object' || item === null || !('ProcessId' in item) || typeof item.ProcessId !== 'number') return []
    const fields: Record<string, unknown> = { ...item }
    return [
      {
        pid: item.ProcessId,
        startTime: textField(fields['Start']),
        exe: textField(fields['ExecutablePath']),
        commandLine: textField(fields['CommandLine']),
      },
    ]
  })
}

/** The environment of another process cannot be read: an intent is matched by binary, arguments and time. */
export function matchIntents(processes: readonly CimProcess[], scope: string, intents: readonly ProcessRecord[]): Found[] {
  return intents.flatMap((intent) => {
    const match = processes.find(
      (p) =>
        p.exe.toLowerCase() === intent.file.toLowerCase() &&
        Date.parse(p.startTime) >= intent.spawnedAt - 1000 &&
        intent.args.every((argument) => p.commandLine.includes(argument)),
    )
    if (match === undefined) return []
    const { name, generation, file, args } = intent
    const startedAt = Date.parse(match.startTime)
    return [{ scope, name, generation, pid: match.pid, startTime: match.startTime, startedAt, exe: file, args: [file, ...args] }]
  })
}

/** Windows: a process group outside our job, without a console of ours. */
export function windowsPlatform(parts: WindowsParts): Platform {
  const run = parts.run ?? runProgram
  const isAlive = parts.isAlive ?? pidExists
  const system = `${parts.systemRoot}\\System32`
  const powershell = async (command: string): Promise<string> =>
    (await run(`${system}\\WindowsPowerShell\\v1.0\\powershell.exe`, powershellArgs(command))).stdout
  const list = async (): Promise<CimProcess[]> => parseCim(await powershell(QUERY))
  const identify = async (pids: readonly number[]): Promise<Map<number, string>> => {
    if (pids.length === 0) return new Map()
    const all = await list()
    // There is always some process: an empty list is no answer, and no answer is not "nobody".
    if (all.length === 0) return new Map(pids.filter(isAlive).map((pid) => [pid, '']))
    return new Map(all.filter((p) => pids.includes(p.pid)).map((p) => [p.pid, p.startTime]))
  }
  const killTree = (pid: number): void => void run(`${system}\\taskkill.exe`, ['/PID', String(pid), '/T', '/F'])
  return {
    childrenIn: 'session',
    pollMs: 1000,
    // The boot time below moves whenever the clock is set right.
    hasDatedStarts: true,
    bootId: async () => (await powershell(BOOT)).trim(),
    glance: (pid) => (isAlive(pid) ? { is: 'alive' } : { is: 'gone' }),
    identify,
    findMarked: async (scope, intents) => (intents.length === 0 ? [] : matchIntents(await list(), scope, intents)),
    async spawn(request) {
      const checked = checkBinary(request.file)
      return checked.ok ? spawnDetached(request) : checked
    },
    terminate(target) {
      // Without a console nothing gentle exists; the kill follows when the wait is over.
      if (isAlive(target.pid)) parts.sendBreak?.(target.pid)
    },
    // Pids are given out again within seconds here.
    kill: (target: Target) => void isStill(target, identify).then((isSame) => isSame && isAlive(target.pid) && killTree(target.pid)),
    sweep: () => undefined, // taskkill /T has taken the tree; orphans of an ended root keep no link to it
    endingOf: async () => undefined,
  }
}
