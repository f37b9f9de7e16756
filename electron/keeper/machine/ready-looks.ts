import type { ReadyFacts } from '../../../shared/domain/readiness-rules.ts'
import type { HostSystem } from '../../hardware/index.ts'

/** Written by Debian's and Ubuntu's package tools, and by nobody else. */
const REBOOT_FILES = ['/run/reboot-required', '/var/run/reboot-required'] as const
const WINDOWS_KEYS = [
  String.raw`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`,
  String.raw`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`,
] as const

/**
 * Whether the system waits for a restart that it may do by itself.
 * Windows: the registry keys that its update service sets (not yet run there); macOS tells nobody.
 */
export async function osRestart(system: HostSystem): Promise<ReadyFacts['osRestart']> {
  const pending = { is: 'pending', text: 'The system waits for a restart after an update.' } as const
  const none = { is: 'none', text: 'The system waits for no restart.' } as const
  if (system.platform === 'linux') {
    if (REBOOT_FILES.some((file) => system.exists(file))) return pending
    // Only systems with these tools write the file: elsewhere its absence says nothing.
    return system.exists('/usr/share/update-notifier') || system.exists('/etc/debian_version')
      ? none
      : { is: 'unknown', text: 'Whether the system waits for a restart cannot be known here.' }
  }
  if (system.platform === 'win32') {
    for (const key of WINDOWS_KEYS) if ((await system.run('reg', ['query', key])) !== undefined) return pending
    return none
  }
  return { is: 'unknown', text: 'Whether the system waits for a restart cannot be known here.' }
}

/** `yes` while any battery discharges: then the lid and the charge decide, not we. */
function isOnBattery(system: HostSystem): boolean {
  if (system.platform !== 'linux') return false
  return system.list('/sys/class/power_supply').some((name) => {
    const at = `/sys/class/power_supply/${name}`
    return system.readText(`${at}/type`)?.trim() === 'Battery' && system.readText(`${at}/status`)?.trim() === 'Discharging'
  })
}

/** @param canHold whether we can keep the system awake here; @param isWanted the user's setting */
export function sleepLook(system: HostSystem, canHold: boolean, isWanted: boolean): ReadyFacts['sleep'] {
  if (isOnBattery(system))
    return { is: 'may-sleep', text: 'This computer runs on its battery: it may run out or sleep before the proofs are done.' }
  if (!isWanted)
    return { is: 'may-sleep', text: 'Keeping awake is turned off in the settings: the system may sleep while proofs are made.' }
  return canHold
    ? { is: 'kept-awake', text: 'The system is kept awake while proofs are made.' }
    : { is: 'unknown', text: 'Whether the system sleeps cannot be known, and it cannot be kept awake from here.' }
}
