import type { Logger } from '../lib/logger.ts'
import type { Platform } from './platform.ts'
import { linuxPlatform } from './platform-linux.ts'
import { macosPlatform } from './platform-macos.ts'
import { windowsPlatform } from './platform-windows.ts'
import { Systemd, isSystemdReachable } from './systemd.ts'

/** The platform we run on. */
export function systemPlatform(log: Logger): Platform {
  if (process.platform === 'win32') return windowsPlatform({ systemRoot: process.env['SystemRoot'] ?? 'C:\\Windows' })
  if (process.platform === 'darwin') return macosPlatform()
  return linuxPlatform({ log, ...(isSystemdReachable(process.env) ? { systemd: new Systemd() } : {}) })
}
