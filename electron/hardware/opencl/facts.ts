import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { RegisteredDriver } from './protocol.ts'
import { registeredDrivers, type Environment } from './registered.ts'

export type GpuVendor = 'nvidia' | 'amd' | 'intel' | 'other'
export type Distribution = 'debian' | 'ubuntu' | 'fedora' | 'arch' | 'suse' | 'other'

/** A graphics card as the system sees it, whether or not OpenCL does. */
export interface GraphicsCard {
  readonly vendor: GpuVendor
  /** Of the kernel; absent = no driver took the card. */
  readonly kernelDriver?: string
}

/** A device file that this user may not open. */
export interface ClosedFile {
  readonly path: string
  readonly group?: string
  /** The user was put into the group already, and this session began before that. */
  readonly isMember: boolean
}

/** What the system tells beside the drivers, for the advice. */
export interface OpenclFacts {
  readonly platform: NodeJS.Platform
  readonly distribution: Distribution
  readonly memoryBytes: number
  /** Linux only; elsewhere the system's drivers bring OpenCL along. */
  readonly cards: readonly GraphicsCard[]
  readonly deviceFiles: readonly string[]
  readonly closed: readonly ClosedFile[]
  readonly registered: readonly RegisteredDriver[]
  readonly isRemoteDesktop: boolean
  readonly isContainer: boolean
}

/** What is asked of the system; everything unreadable is `undefined` or empty. */
export interface FactSource {
  readonly platform: NodeJS.Platform
  readonly env: Environment
  readonly memoryBytes: number
  readonly userName: string
  readText(file: string): string | undefined
  realPath(link: string): string | undefined
  list(folder: string): readonly string[]
  mayOpen(file: string): boolean
  groupIdOf(file: string): number | undefined
  registered(): readonly RegisteredDriver[]
}

const VENDORS: Readonly<Record<string, GpuVendor>> = { '0x10de': 'nvidia', '0x1002': 'amd', '0x8086': 'intel' }
/** PCI class of display controllers. */
const DISPLAY = /^0x03/
const PCI = '/sys/bus/pci/devices'

function cardsOf(source: FactSource): readonly GraphicsCard[] {
  return source.list(PCI).flatMap((slot) => {
    const at = path.posix.join(PCI, slot)
    if (!DISPLAY.test(source.readText(`${at}/class`) ?? '')) return []
    const driver = source.realPath(`${at}/driver`)
    return [
      {
        vendor: VENDORS[source.readText(`${at}/vendor`)?.trim() ?? ''] ?? 'other',
        ...(driver === undefined ? {} : { kernelDriver: path.posix.basename(driver) }),
      },
    ]
  })
}

/** The files through which drivers reach a card: NVIDIA's own, AMD's `kfd`, and render nodes. */
function deviceFilesOf(source: FactSource): readonly string[] {
  const own = source.list('/dev').filter((name) => /^(kfd|nvidiactl|nvidia\d+)$/.test(name))
  const nodes = source.list('/dev/dri').filter((name) => /^renderD\d+$/.test(name))
  return [...own.map((name) => `/dev/${name}`), ...nodes.map((name) => `/dev/dri/${name}`)].toSorted()
}

interface Group {
  readonly name: string
  readonly id: number
  readonly members: readonly string[]
}

const groupsIn = (text: string): readonly Group[] =>
  text.split('\n').flatMap((line) => {
    const [name, , id, members = ''] = line.split(':')
    return name === undefined || id === undefined ? [] : [{ name, id: Number(id), members: members.split(',') }]
  })

function closedOf(source: FactSource, files: readonly string[]): readonly ClosedFile[] {
  const closed = files.filter((file) => !source.mayOpen(file))
  if (closed.length === 0) return []
  const groups = groupsIn(source.readText('/etc/group') ?? '')
  return closed.map((file) => {
    const id = source.groupIdOf(file)
    const group = groups.find((one) => one.id === id)
    if (group === undefined) return { path: file, isMember: false }
    return { path: file, group: group.name, isMember: group.members.includes(source.userName) }
  })
}

function distributionOf(source: FactSource): Distribution {
  const text = source.readText('/etc/os-release') ?? ''
  const words = [...text.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap((found) => (found[1] ?? '').split(' '))
  if (words.includes('ubuntu')) return 'ubuntu'
  if (words.includes('debian')) return 'debian'
  if (words.some((word) => ['fedora', 'rhel', 'centos'].includes(word))) return 'fedora'
  if (words.includes('arch')) return 'arch'
  return words.some((word) => word.includes('suse')) ? 'suse' : 'other'
}

const isContainer = (source: FactSource): boolean =>
  source.env['container'] !== undefined ||
  source.readText('/.dockerenv') !== undefined ||
  source.readText('/run/.containerenv') !== undefined

export function openclFacts(source: FactSource = factSource()): OpenclFacts {
  const { platform, memoryBytes } = source
  const isLinux = platform === 'linux'
  const deviceFiles = isLinux ? deviceFilesOf(source) : []
  return {
    platform,
    memoryBytes,
    distribution: isLinux ? distributionOf(source) : 'other',
    cards: isLinux ? cardsOf(source) : [],
    deviceFiles,
    closed: closedOf(source, deviceFiles),
    registered: source.registered(),
    // Windows names a session that came over the network like this.
    isRemoteDesktop: platform === 'win32' && /^rdp-/i.test(source.env['SESSIONNAME'] ?? ''),
    isContainer: isLinux && isContainer(source),
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined // what the system does not have or show is an answer too
  }
}

/** @param probeEnv  variables that the drivers' process gets */
export const factSource = (probeEnv: Environment = process.env): FactSource => ({
  platform: process.platform,
  env: process.env,
  memoryBytes: os.totalmem(),
  userName: attempt(() => os.userInfo().username) ?? '',
  readText: (file) => attempt(() => readFileSync(file, 'utf8').trim()),
  realPath: (link) => attempt(() => realpathSync(link)),
  list: (folder) => attempt(() => readdirSync(folder)) ?? [],
  mayOpen: (file) => attempt(() => (accessSync(file, constants.R_OK | constants.W_OK), true)) ?? false,
  groupIdOf: (file) => attempt(() => statSync(file).gid),
  registered: () => registeredDrivers(probeEnv),
})
