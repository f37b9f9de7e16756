import path from 'node:path'
import { isWithin, mountOf, NETWORK_FS, windowsRootOf, type Mount } from '../../hardware/index.ts'
import { codeOf, MOST_KEY_BYTES, parseKeyBytes } from '../../identities/index.ts'
import { parseMetadata, type PosMetadata } from '../../pos-data/index.ts'
import type { BulkFacts, BulkFiles } from './bulk-files.ts'
import { asideOf, type MovedFile } from './data.ts'
import { isMountPoint } from './job.ts'
import { METADATA, MOST_METADATA_BYTES } from './verify.ts'

const DATA_FILE = /^postdata_(\d+)\.bin$/

/** What a plan needs to know of the system. None of it touches the volumes. */
export interface MoveSystem {
  readonly platform: NodeJS.Platform
  readonly mounts: readonly Mount[]
  /** Follows links as far as that is possible without touching other volumes. */
  resolve(folder: string): string
}

export interface SourceLook {
  readonly folder: string
  /** What is moved, in the order in which it is copied: the metadata last, so that a half copied folder is no PoS folder. */
  readonly files: readonly MovedFile[]
  /** What the files take on the disk. */
  readonly heldBytes: number
  readonly keys: readonly string[]
  /** Folders, links and special files: they stay as well. */
  readonly others: readonly string[]
  /** Of `others`, what should be data. */
  readonly linkedData: readonly string[]
  readonly metadata?: PosMetadata
  /** Why there is no metadata. */
  readonly problem?: string
}

/** Only looks: names, sizes, the metadata, and whether small files are keys. @throws the system's error */
export async function lookAtSource(bulk: BulkFiles, folder: string): Promise<SourceLook> {
  const files: (MovedFile & { readonly heldBytes: number })[] = []
  const keys: string[] = []
  const others: string[] = []
  for (const name of await bulk.list(folder)) {
    const facts = await bulk.facts(path.join(folder, name))
    if (facts === undefined) continue
    if (facts.is !== 'file') others.push(name)
    else if (await isKey(bulk, path.join(folder, name), facts)) keys.push(name)
    else files.push({ ...movedFile(name, facts), heldBytes: Math.min(facts.heldBytes, facts.bytes) })
  }
  const look = {
    folder,
    files: files.toSorted(inOrder).map(({ heldBytes: _held, ...file }) => file),
    heldBytes: files.reduce((all, { bytes, heldBytes, isSparse }) => all + (isSparse ? heldBytes : bytes), 0),
    keys,
    others,
    linkedData: others.filter((name) => DATA_FILE.test(name)),
  }
  if (!files.some(({ name }) => name === METADATA)) return { ...look, problem: `it has no ${METADATA}` }
  const parsed = parseMetadata(Buffer.from(await bulk.readSmall(path.join(folder, METADATA), MOST_METADATA_BYTES)).toString('utf8'))
  return parsed.ok ? { ...look, metadata: parsed.value } : { ...look, problem: `its metadata is unusable: ${parsed.fault.detail}` }
}

const movedFile = (name: string, { bytes, heldBytes, modifiedAt, mode }: BulkFacts): MovedFile => ({
  name,
  bytes,
  modifiedAt,
  mode,
  // A last block that is not full is no hole.
  isSparse: heldBytes + 4096 < bytes,
})

const numberOf = (name: string): number => Number(DATA_FILE.exec(name)?.[1] ?? (name === METADATA ? Number.POSITIVE_INFINITY : 2 ** 40))
const inOrder = (a: MovedFile, b: MovedFile): number =>
  numberOf(a.name) === numberOf(b.name) ? (a.name < b.name ? -1 : 1) : numberOf(a.name) - numberOf(b.name)

/** By its name, or by what is in it: a key that was renamed must not be doubled either. */
async function isKey(bulk: BulkFiles, file: string, { bytes }: BulkFacts): Promise<boolean> {
  if (/\.key(?:\b|$)/i.test(path.basename(file))) return true
  if (DATA_FILE.test(path.basename(file)) || bytes === 0 || bytes > MOST_KEY_BYTES) return false
  return parseKeyBytes(await bulk.readSmall(file, MOST_KEY_BYTES)).form !== 'bad'
}

export interface TargetLook {
  /** Absolute, links above it resolved. */
  readonly folder: string
  readonly hasParent: boolean
  readonly is: 'absent' | 'empty' | 'taken'
  /** Whose PoS data is there, when some is. */
  readonly identity?: string
  readonly hasLeftover: boolean
  readonly freeBytes: number
  /** It is the source itself, under another name. */
  readonly isSource: boolean
}

export async function lookAtTarget(bulk: BulkFiles, folder: string, source: string): Promise<TargetLook> {
  const parent = await bulk.facts(path.dirname(folder))
  if (parent?.is !== 'folder') return { folder, hasParent: false, is: 'absent', hasLeftover: false, freeBytes: 0, isSource: false }
  const own = await bulk.facts(folder)
  const old = await bulk.facts(source)
  const names = own?.is === 'folder' ? await bulk.list(folder) : []
  const identity = names.includes(METADATA) ? await identityIn(bulk, path.join(folder, METADATA)) : undefined
  return {
    folder,
    hasParent: true,
    is: own === undefined ? 'absent' : own.is === 'folder' && names.length === 0 ? 'empty' : 'taken',
    ...(identity === undefined ? {} : { identity }),
    hasLeftover: (await bulk.facts(asideOf(folder))) !== undefined,
    freeBytes: await bulk.freeBytes(path.dirname(folder)),
    isSource: own !== undefined && own.device === old?.device && own.inode === old.inode,
  }
}

async function identityIn(bulk: BulkFiles, file: string): Promise<string | undefined> {
  try {
    const parsed = parseMetadata(Buffer.from(await bulk.readSmall(file, MOST_METADATA_BYTES)).toString('utf8'))
    return parsed.ok ? parsed.value.identity : undefined
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return undefined // it is taken, whoever's it is
  }
}

export interface VolumeLook {
  /** What tells two volumes apart. */
  readonly id: string
  readonly fsType: string
  readonly isNetwork: boolean
  readonly isReadOnly: boolean
  /** For the steps: to be looked for before anything is written. */
  readonly mountToCheck: string | null
  readonly mountPoint: string
}

export async function volumeOf(bulk: BulkFiles, folder: string, { platform, mounts }: MoveSystem): Promise<VolumeLook> {
  if (platform === 'win32') {
    const root = windowsRootOf(folder) ?? folder
    const isNetwork = root.startsWith('\\\\')
    return { id: root.toLowerCase(), fsType: '', isNetwork, isReadOnly: false, mountToCheck: null, mountPoint: root }
  }
  const mount = mountOf(mounts, folder)
  const mountPoint = mount?.mountPoint ?? '/'
  const isSeen = mountPoint !== '/' && (await isMountPoint(bulk, mountPoint))
  return {
    id: mountPoint,
    fsType: mount?.fsType ?? '',
    isNetwork: NETWORK_FS.test(mount?.fsType ?? ''),
    isReadOnly: /(?:^|[\s,(])(?:ro|read-only)(?:[\s,)]|$)/.test(mount?.superOptions ?? ''),
    mountToCheck: isSeen ? mountPoint : null,
    mountPoint,
  }
}

/** Whether one folder is the other or lies in it. */
export const isInside = (inner: string, outer: string, platform: NodeJS.Platform): boolean =>
  platform === 'win32'
    ? `${inner.toLowerCase()}\\`.startsWith(`${outer.toLowerCase().replace(/\\+$/, '')}\\`)
    : isWithin(path.posix.normalize(inner), path.posix.normalize(outer))
