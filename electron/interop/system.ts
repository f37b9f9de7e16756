import { linuxProcesses } from './processes-linux.ts'
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
