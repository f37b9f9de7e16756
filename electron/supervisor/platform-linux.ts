import { fail } from '../../shared/domain/fault.ts'
import type { Result } from '../../shared/domain/fault.ts'
import type { Logger } from '../lib/logger.ts'
import { markerText } from './platform.ts'
import type { Platform, SpawnFault, SpawnRequest, Spawned, Target } from './platform.ts'
import { ProcFs } from './proc-fs.ts'
import { checkBinary, spawnDetached } from './spawn-detached.ts'
import { Systemd, canBeUnit } from './systemd.ts'

interface LinuxParts {
  readonly log: Logger
  /** Undefined: no user manager is reachable; children get a session of their own. */
  readonly systemd?: Systemd
  readonly procFs?: ProcFs
  readonly signal?: (pid: number, signal: NodeJS.Signals) => void
}

/** A signal to a process that may just have ended. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (cause) {
    // ESRCH: it has just ended. EPERM: a member of its tree has changed its user; it is not ours to end.
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code !== 'ESRCH' && code !== 'EPERM') throw cause
  }
}

/** Starting as units for as long as the user's systemd can be used. */
function unitsOf({ log, systemd: given }: LinuxParts) {
  let systemd = given
  /** Starts in a row without an answer in time; what was asked for is told to stop. */
  let unsure = 0
  /** `undefined`: it shall get a session of its own instead. */
  const start = async (request: SpawnRequest): Promise<Result<Spawned, SpawnFault> | undefined> => {
    if (systemd === undefined || !canBeUnit(request)) return undefined
    const started = await systemd.start(request)
    if (started.ok) {
      unsure = 0
      return started
    }
    const { code, detail } = started.fault
    log.warn('supervisor.no-unit', { name: request.marker.name, code, detail })
    unsure = code === 'systemd/unsure' ? unsure + 1 : 0
    // Two of one program are worse than none: it is tried again when the manager has had its time, and once more without it.
    if (unsure === 1) return fail('process/spawn-failed', detail)
    if (code !== 'systemd/refused') systemd = undefined
    return undefined
  }
  return { systemd: () => systemd, start }
}

export function linuxPlatform(parts: LinuxParts): Platform {
  const procFs = parts.procFs ?? new ProcFs()
  const signal = parts.signal ?? sendSignal
  const units = unitsOf(parts)

  const isSame = (target: Target): boolean => {
    const there = procFs.glance(target.pid)
    return there.is === 'alive' && (target.startTime === undefined || there.startTime === target.startTime)
  }
  const sweep = (target: Target): void => {
    const ours = markerText(target.marker)
    for (const pid of procFs.session(target.pid)) {
      if (procFs.marker(pid) === ours) signal(pid, 'SIGKILL')
    }
  }

  return {
    get childrenIn() {
      return units.systemd() === undefined ? 'session' : 'systemd'
    },
    pollMs: 1000,
    bootId: async () => procFs.bootId(),
    glance: (pid) => procFs.glance(pid),
    async identify(pids) {
      const alive = new Map<number, string>()
      for (const pid of pids) {
        const there = procFs.glance(pid)
        if (there.is === 'alive' && there.startTime !== undefined) alive.set(pid, there.startTime)
      }
      return alive
    },
    findMarked: async (scope) => procFs.findMarked(scope),
    async spawn(request) {
      const checked = checkBinary(request.file)
      if (!checked.ok) return checked
      return (await units.start(request)) ?? spawnDetached(request)
    },
    terminate(target) {
      if (isSame(target)) signal(target.pid, 'SIGTERM')
    },
    kill(target) {
      if (isSame(target)) {
        const members = procFs.session(target.pid)
        signal(target.pid, 'SIGKILL')
        for (const pid of members) signal(pid, 'SIGKILL')
      }
      sweep(target)
      if (target.unit !== undefined) void units.systemd()?.kill(target.unit)
    },
    sweep,
    endingOf: async (target) => (target.unit === undefined ? undefined : units.systemd()?.endingOf(target.unit)),
  }
}
