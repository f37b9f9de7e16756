import type { DiskReport } from '../../../shared/domain/machine.ts'
import type { HostSystem } from '../host.ts'
import type { LaneParts } from '../lanes.ts'
import type { PlatformFacts } from './look.ts'
import { shingledByName } from './shingled.ts'

/** One row a volume with a drive letter, with each disk below it. Needs no rights. */
const SCRIPT = [
  '$ErrorActionPreference = "SilentlyContinue"',
  '$rows = Get-Partition | Where-Object DriveLetter | ForEach-Object { $p = $_',
  '  $d = $p | Get-Disk',
  '  $d | Get-PhysicalDisk | ForEach-Object { [pscustomobject]@{ Letter = "$($p.DriveLetter)"; Number = $d.Number; Name = $_.FriendlyName; Serial = "$($_.SerialNumber)".Trim()',
  '    MediaType = [int]$_.CimInstanceProperties["MediaType"].Value; BusType = [int]$_.CimInstanceProperties["BusType"].Value',
  '    Size = $_.Size; Health = [int]$_.CimInstanceProperties["HealthStatus"].Value } } }',
  'ConvertTo-Json -Compress @($rows)',
].join('\n')

/** From Windows' storage management, through PowerShell. */
export async function windowsFacts(lanes: readonly LaneParts[], host: HostSystem): Promise<readonly PlatformFacts[]> {
  const rows = parseStorage((await host.run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', SCRIPT])) ?? '')
  const sleepsAfterMs = parsePowercfg((await host.run('powercfg.exe', ['/query', 'SCHEME_CURRENT', 'SUB_DISK', 'DISKIDLE'])) ?? '')
  return lanes.map(({ lane, disks }) => {
    const letters = disks.flatMap(({ id }) => /^volume:([A-Z]):\\$/.exec(id)?.[1] ?? [])
    const below = rows.filter(({ letter }) => letters.includes(letter))
    return laneFacts(lane.id, below, othersOn(rows, below, letters), sleepsAfterMs)
  })
}

/** A physical disk below a drive letter. */
export interface WindowsDisk {
  readonly letter: string
  readonly number: number
  readonly name: string
  readonly media: DiskReport['media']
  readonly bus: DiskReport['bus']
  readonly sizeBytes: number
  readonly isHealthy: boolean | undefined
}

/** @source MSFT_PhysicalDisk: BusType 7 USB, 10 SAS, 11 SATA, 14 and 15 virtual, 16 storage spaces, 17 NVMe */
const BUSES: Readonly<Record<number, DiskReport['bus']>> = {
  7: 'usb',
  10: 'sas',
  11: 'sata',
  14: 'virtual',
  15: 'virtual',
  16: 'virtual',
  17: 'nvme',
}
/** @source MSFT_PhysicalDisk: MediaType 3 HDD, 4 SSD */
const mediaOf = (media: number, bus: number): DiskReport['media'] =>
  bus === 17 ? 'nvme' : bus === 12 || bus === 13 ? 'card' : media === 3 ? 'hdd' : media === 4 ? 'ssd' : 'unknown'

/** Output of the script; rows that do not fit are left out. */
export function parseStorage(text: string): readonly WindowsDisk[] {
  let rows: unknown
  try {
    rows = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return [] // no PowerShell, or it said something else
  }
  return (Array.isArray(rows) ? rows : [rows]).flatMap((row: unknown) => {
    if (typeof row !== 'object' || row === null) return []
    const of = row as Readonly<Record<string, unknown>>
    const words = (key: string): string => (typeof of[key] === 'string' ? of[key] : '')
    const letter = words('Letter').toUpperCase()
    if (!/^[A-Z]$/.test(letter)) return []
    const health = Number(of['Health'] ?? 5)
    const disk: WindowsDisk = {
      letter,
      number: Number(of['Number'] ?? -1),
      name: words('Name'),
      media: mediaOf(Number(of['MediaType']), Number(of['BusType'])),
      bus: BUSES[Number(of['BusType'])] ?? 'unknown',
      sizeBytes: Number(of['Size'] ?? 0),
      // 0 healthy, 1 warning, 2 unhealthy, 5 unknown.
      isHealthy: health === 0 ? true : health === 1 || health === 2 ? false : undefined,
    }
    return [disk]
  })
}

function othersOn(rows: readonly WindowsDisk[], below: readonly WindowsDisk[], own: readonly string[]): readonly string[] {
  const numbers = below.map(({ number }) => number)
  return [...new Set(rows.filter(({ number, letter }) => numbers.includes(number) && !own.includes(letter)).map(({ letter }) => letter))]
}

function laneFacts(
  id: string,
  disks: readonly WindowsDisk[],
  others: readonly string[],
  sleepsAfterMs: number | undefined,
): PlatformFacts & { readonly detail?: string } {
  const [first] = disks
  if (first === undefined) {
    const is = id.startsWith('volume:\\\\') ? 'network' : 'unknown'
    const text =
      is === 'network'
        ? 'The disk is in another machine: its health is known there only.'
        : 'The system does not tell the health of this disk.'
    return { media: is, bus: is, shingled: 'unknown', smart: { is: 'unreadable', text } }
  }
  const sizeBytes = disks.reduce((sum, disk) => sum + disk.sizeBytes, 0)
  const media = disks.some((disk) => disk.media === 'hdd') ? 'hdd' : first.media
  const shared = others.length === 0 ? '' : `, shared with ${others.map((letter) => `${letter}:`).join(' and ')}`
  return {
    media,
    bus: first.bus,
    ...(sizeBytes > 0 ? { sizeBytes } : {}),
    shingled: media === 'hdd' ? shingledByName(first.name) : media === 'unknown' ? 'unknown' : 'no',
    smart: healthOf(disks),
    ...(sleepsAfterMs === undefined || media !== 'hdd' ? {} : { sleepsAfterMs }),
    detail: `${disks.map(({ name }) => name).join(' + ')}${shared}`,
  }
}

function healthOf(disks: readonly WindowsDisk[]): DiskReport['smart'] {
  if (disks.some(({ isHealthy }) => isHealthy === false))
    return {
      is: 'failing',
      text: 'Windows says that this drive is not healthy: what is on it may be gone any day. Move its PoS data to another disk.',
    }
  if (disks.every(({ isHealthy }) => isHealthy === true)) return { is: 'good', text: 'Windows finds the drive healthy' }
  return { is: 'unreadable', text: 'Windows does not tell the health of this disk.' }
}

/** Seconds on mains power, as the last hexadecimal number but one of the answer; the words around it are in the user's language. */
export function parsePowercfg(text: string): number | undefined {
  const numbers = [...text.matchAll(/:\s*0x([0-9a-f]{8})\s*$/gim)].map(([, hex]) => Number.parseInt(hex ?? '0', 16))
  const seconds = numbers.at(-2) ?? 0
  return seconds > 0 ? seconds * 1000 : undefined
}
