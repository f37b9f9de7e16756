import os from 'node:os'
import type { HostSystem } from './host.ts'

export interface CpuFacts {
  readonly model: string
  /** Physical cores; as many as threads where the system does not tell. */
  readonly cores: number
  readonly threads: number
  /** RandomX is several times slower without it. */
  readonly hasAes: boolean | undefined
  readonly hasAvx2: boolean | undefined
}

/** What Node itself tells; injected so that other machines can be tested here. */
export type CpuList = readonly { readonly model: string }[]

const words = (text: string | undefined): ReadonlySet<string> | undefined =>
  text === undefined ? undefined : new Set(text.toLowerCase().split(/[\s:]+/))

/** Cores are counted by their pair of package and core; a processor without them is a core of its own. */
function fromCpuinfo(text: string): { cores?: number; hasAes?: boolean; hasAvx2?: boolean; model?: string } {
  const pairs = new Set<string>()
  for (const block of text.split(/\n\s*\n/)) {
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1]
    if (core !== undefined) pairs.add(`${/^physical id\s*:\s*(\d+)/m.exec(block)?.[1] ?? '0'}/${core}`)
  }
  // x86 tells `flags`, ARM tells `Features`; AVX2 is x86's alone.
  const flags = words(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1])
  const model = /^model name\s*:\s*(.+)$/m.exec(text)?.[1]?.trim()
  return {
    ...(pairs.size === 0 ? {} : { cores: pairs.size }),
    ...(flags === undefined ? {} : { hasAes: flags.has('aes'), hasAvx2: flags.has('avx2') }),
    ...(model === undefined ? {} : { model }),
  }
}

/** `sysctl` prints `name: value` lines; Apple's own chips tell AES under another name and have no AVX2. */
function fromSysctl(text: string): { cores?: number; hasAes?: boolean; hasAvx2?: boolean } {
  const value = (name: string): string | undefined => new RegExp(`^${name.replaceAll('.', '\\.')}: (.*)$`, 'm').exec(text)?.[1]
  const cores = Number(value('hw.physicalcpu'))
  const features = words(value('machdep.cpu.features'))
  const isArm = value('hw.optional.arm.FEAT_AES')
  return {
    ...(cores > 0 ? { cores } : {}),
    ...(features === undefined
      ? isArm === undefined
        ? {}
        : { hasAes: isArm === '1', hasAvx2: false }
      : { hasAes: features.has('aes'), hasAvx2: words(value('machdep.cpu.leaf7_features'))?.has('avx2') ?? false }),
  }
}

const SYSCTL = ['hw.physicalcpu', 'machdep.cpu.features', 'machdep.cpu.leaf7_features', 'hw.optional.arm.FEAT_AES'] as const
const WINDOWS = ['-NoProfile', '-Command', '(Get-CimInstance Win32_Processor | Measure-Object NumberOfCores -Sum).Sum'] as const

/**
 * Cores and what they can do. Linux: `/proc/cpuinfo`; macOS: `sysctl`; Windows: CIM tells cores, but not AES.
 * (macOS and Windows not yet run there.)
 */
export async function readCpu(system: HostSystem, list: CpuList = os.cpus()): Promise<CpuFacts> {
  const threads = Math.max(1, list.length)
  const basic = { model: list[0]?.model.trim() ?? 'unknown', cores: threads, threads, hasAes: undefined, hasAvx2: undefined }
  if (system.platform === 'linux') return { ...basic, ...fromCpuinfo(system.readText('/proc/cpuinfo') ?? '') }
  // A name that this Mac does not know ends sysctl with a fault, after it has told the others: each is asked alone.
  if (system.platform === 'darwin') {
    const told = await Promise.all(SYSCTL.map((name) => system.run('/usr/sbin/sysctl', [name])))
    return { ...basic, ...fromSysctl(told.join('')) }
  }
  const cores = Number(await system.run('powershell.exe', WINDOWS))
  return Number.isInteger(cores) && cores > 0 ? { ...basic, cores } : basic
}
