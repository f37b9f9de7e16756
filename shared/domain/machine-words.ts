import type { Advice, CheckLine, DiskReport, MachineReport } from './machine.ts'
import type { UnixMs } from './ids.ts'
import { duration, plural, speed } from './words.ts'

/** @returns when the oldest figure that counts for the disks with PoS data was measured; undefined while one is missing */
export function measuredAt(disks: readonly DiskReport[]): UnixMs | undefined {
  const used = disks.filter(({ folders }) => folders.length > 0)
  const times = used.map(({ speed }) => speed?.at)
  return times.length === 0 || times.includes(undefined) ? undefined : Math.min(...times.map((at) => at ?? 0))
}

/** One true sentence about this computer: what is bad first, then what is close, then what is unknown. */
export function machineHeadline(disks: readonly DiskReport[], checks: readonly CheckLine[], identities: number, provers: number): string {
  const bad = checks.find(({ verdict }) => verdict === 'bad')
  if (bad !== undefined) return `${bad.what}: ${bad.measured}, needed ${bad.needed}`
  if (identities === 0) return `No identity yet; ${plural(provers, 'prover')} would fit into memory`
  const used = disks.filter(({ folders }) => folders.length > 0)
  const unmeasured = used.filter(({ speed }) => speed === undefined)
  if (used.length === 0) return 'Nothing was measured yet'
  if (unmeasured.length > 0) {
    const names = unmeasured.map(({ label }) => label).join(', ')
    return `Not known whether ${plural(identities, 'proof')} can be made in time: ${names} ${unmeasured.length === 1 ? 'was' : 'were'} never measured`
  }
  const tight = used.find(({ verdict }) => verdict === 'tight')
  const fast = `Fast enough for ${plural(identities, 'proof')}`
  return tight === undefined ? fast : `${fast}; ${tight.label}: ${tight.verdictText}`
}

type Known = Pick<MachineReport, 'clock' | 'memory' | 'opencl' | 'disks' | 'ports'>

/** What is worth doing, the worst first. @param more  what others found beside the report */
export function machineAdvice({ clock, memory, opencl, disks, ports }: Known, more: readonly Advice[] = []): readonly Advice[] {
  const found: Advice[] = [...more]
  if (clock?.verdict === 'bad' || clock?.verdict === 'tight')
    found.push({
      key: 'clock/off',
      severity: clock.verdict === 'bad' ? 'bad' : 'warn',
      title: 'The clock of this computer is not right.',
      text: `It is ${clock.text}. Turn on the time service of the system.`,
      action: 'look-again',
    })
  if (memory.verdict === 'bad') found.push({ key: 'memory/short', severity: 'bad', title: 'Memory is short.', text: memory.text })
  for (const port of ports.filter(({ verdict }) => verdict === 'bad'))
    found.push({
      key: `port/${port.address}`,
      severity: 'bad',
      title: `Port ${port.address} (${port.what}) is a problem.`,
      text: sentence(port.text),
    })
  for (const disk of disks) found.push(...diskAdvice(disk))
  if (opencl.is === 'seen' || opencl.is === 'failed') found.push(...opencl.advice)
  const rank = { bad: 0, warn: 1, info: 2 }
  return found.sort((a, b) => rank[a.severity] - rank[b.severity])
}

function diskAdvice(disk: DiskReport): readonly Advice[] {
  if (disk.folders.length === 0) return []
  const about = disk.id
  const found: Advice[] = []
  if (disk.smart.is === 'failing')
    found.push({
      key: 'disk/failing',
      severity: 'bad',
      title: `${disk.label} says that it is failing.`,
      text: `${sentence(disk.smart.text)} Its PoS data takes weeks to make anew: move it to another disk while it can be read.`,
      about,
      action: 'plan-move',
    })
  if (disk.speed !== undefined && disk.needBytesPerSecond !== undefined && disk.speed.bytesPerSecond < disk.needBytesPerSecond)
    found.push({
      key: 'disk/slow',
      severity: 'bad',
      title: `${disk.label} is too slow for what lies on it.`,
      text: `It reads ${speed(disk.speed.bytesPerSecond)} and must read ${speed(disk.needBytesPerSecond)} to be through in the gap. Move one of its ${plural(disk.folders.length, 'identity', 'identities')} to another disk.`,
      about,
      action: 'plan-move',
    })
  if (disk.sleepsAfterMs !== undefined)
    found.push({
      key: 'disk/sleeps',
      severity: 'warn',
      title: `${disk.label} falls asleep after ${duration(disk.sleepsAfterMs)}.`,
      text: 'Each waking holds a proof up and wears the disk. Turn its sleep off in the settings of the system or of its box.',
      about,
      action: 'keep-awake',
    })
  if (disk.speed === undefined)
    found.push({
      key: 'disk/unmeasured',
      severity: 'info',
      title: `${disk.label} was never measured.`,
      text: 'How long a proof takes is only guessed. A measurement takes ten seconds.',
      about,
      action: 'measure',
    })
  return found
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
