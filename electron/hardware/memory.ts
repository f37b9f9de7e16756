import os from 'node:os'
import type { HostSystem } from './host.ts'

export interface MemoryFacts {
  readonly totalBytes: number
  /** What a new program can get without anything being swapped out, as far as the system tells. */
  readonly availableBytes: number
}

const KIB = 1024

const field = (text: string, name: string): number | undefined => {
  const found = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** A limit of the container that we live in is all the memory that there is. */
function cgroupLimit(system: HostSystem): { readonly limit: number; readonly used: number } | undefined {
  const limit = Number(system.readText('/sys/fs/cgroup/memory.max'))
  const used = Number(system.readText('/sys/fs/cgroup/memory.current'))
  return limit > 0 && Number.isFinite(used) ? { limit, used } : undefined
}

function linux(system: HostSystem, basic: MemoryFacts): MemoryFacts {
  const info = system.readText('/proc/meminfo') ?? ''
  const total = field(info, 'MemTotal')
  const available = field(info, 'MemAvailable')
  if (total === undefined || available === undefined) return basic
  const all = { totalBytes: total * KIB, availableBytes: available * KIB }
  const group = cgroupLimit(system)
  if (group === undefined || group.limit >= all.totalBytes) return all
  return { totalBytes: group.limit, availableBytes: Math.min(all.availableBytes, Math.max(0, group.limit - group.used)) }
}

/** macOS calls almost nothing free; what it takes back at once counts too. */
async function mac(system: HostSystem, basic: MemoryFacts): Promise<MemoryFacts> {
  const told = (await system.run('/usr/bin/vm_stat', [])) ?? ''
  const page = Number(/page size of (\d+) bytes/.exec(told)?.[1])
  const pages = ['Pages free', 'Pages inactive', 'Pages speculative', 'Pages purgeable'].map((name) => field(told, name) ?? 0)
  const availableBytes = pages.reduce((sum, count) => sum + count, 0) * page
  return availableBytes > 0 ? { ...basic, availableBytes: Math.min(availableBytes, basic.totalBytes) } : basic
}

/** Linux: `/proc/meminfo` and the limit of a container; macOS: `vm_stat`; Windows: what Node tells. */
export async function readMemory(
  system: HostSystem,
  basic: MemoryFacts = { totalBytes: os.totalmem(), availableBytes: os.freemem() },
): Promise<MemoryFacts> {
  if (system.platform === 'linux') return linux(system, basic)
  return system.platform === 'darwin' ? mac(system, basic) : basic
}
