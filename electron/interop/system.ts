import { linuxPathsIn, linuxProcesses } from './processes-linux.ts'
import { macosProcesses } from './processes-macos.ts'
import { windowsProcesses } from './processes-windows.ts'
import type { ProcessSource } from './process-source.ts'
import type { InteropPlatform } from './types.ts'
import { assertNever } from '../../shared/domain/fault.ts'

/** How this machine tells its processes. */
export function systemProcesses(platform: InteropPlatform): ProcessSource {
  switch (platform.os) {
    case 'linux':
      return linuxProcesses(platform)
    case 'darwin':
      return macosProcesses(platform)
    case 'win32':
      return windowsProcesses(platform.env['SystemRoot'] ?? 'C:\\Windows', platform)
    default:
      return assertNever(platform.os)
  }
}

/** Paths in the container of a process to this machine's; only Linux runs containers among its own processes. */
export const systemPathsIn = (pid: number): ((inside: string) => string | undefined) | undefined =>
  process.platform === 'linux' ? linuxPathsIn(pid) : undefined
