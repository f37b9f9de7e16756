import type { HostSystem } from './host.ts'

/** What went over all network cards but the loopback since the system started, bytes. */
export interface Traffic {
  readonly received: number
  readonly sent: number
}

/** Cards that carry again what a real one carries: counted once. */
const IS_INNER = /^(lo|veth|docker|br-|virbr|tun|tap|wg|tailscale|cni|flannel)/

/** Linux: `/proc/net/dev`; elsewhere nobody tells it without a program of its own. */
export function readTraffic(system: HostSystem): Traffic | undefined {
  const text = system.platform === 'linux' ? system.readText('/proc/net/dev') : undefined
  if (text === undefined) return undefined
  let received = 0
  let sent = 0
  for (const line of text.split('\n').slice(2)) {
    const [name = '', rest = ''] = line.split(':')
    const cells = rest.trim().split(/\s+/).map(Number)
    if (cells.length < 9 || IS_INNER.test(name.trim())) continue
    received += cells[0] ?? 0
    sent += cells[8] ?? 0
  }
  return { received, sent }
}

/** Whether a time service of the system keeps its clock, by its own word. macOS tells it to administrators only. */
export async function readTimeService(system: HostSystem): Promise<'yes' | 'no' | 'unknown'> {
  if (system.platform === 'linux') {
    const told = (await system.run('timedatectl', ['show', '--property=NTPSynchronized', '--value']))?.trim()
    return told === 'yes' || told === 'no' ? told : 'unknown'
  }
  if (system.platform === 'win32') {
    const told = await system.run('sc.exe', ['query', 'w32time'])
    if (told !== undefined) return /\bRUNNING\b/.test(told) ? 'yes' : 'no'
  }
  return 'unknown'
}
