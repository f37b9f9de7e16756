import { createHash } from 'node:crypto'
import path from 'node:path'
import type { BackupPart, RestoreItem } from '../../shared/domain/backup.ts'
import { assertNever } from '../../shared/domain/fault.ts'
import type { IdentityId, UnixMs } from '../../shared/domain/ids.ts'
import { shortId } from '../../shared/domain/ids.ts'
import { moment, plural } from '../../shared/domain/words.ts'
import { isLoadedByNode, readKeyFile } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import type { ManifestEntry } from './format.ts'
import type { OpenedBackup } from './open.ts'
import { piecesOf } from './pieces.ts'

/** What is on this machine now, for a restore to be compared with. */
export interface RestoreHere {
  /** Every known file of a key: in a node's `identities` or held. */
  readonly keys: readonly { readonly identity: IdentityId; readonly path: string }[]
  /** Armed where another node may start with it; the sentence says where and what to do. */
  readonly refused: readonly { readonly identity: IdentityId; readonly why: string }[]
  /** Where keys are put on hold; shown only. */
  readonly heldFolder: string
  /** Of the node that is ours. */
  readonly dataFolder?: string
  readonly configFile?: string
  readonly posFolders: readonly { readonly identity: IdentityId; readonly path: string }[]
  readonly setupFile: string
  /** The user's own folder: only below it are missing folders made. */
  readonly home: string
  readonly genesisId?: string
  /** Until when the keeper would hold a key that comes back. */
  readonly holdUntil?: Readonly<Record<IdentityId, UnixMs>>
  readonly now: UnixMs
}

/** Items with what would be done for each, and what the user must know before. */
export interface RestoreOutlook {
  readonly madeAt: UnixMs
  readonly madeBy: string
  readonly items: readonly RestoreItem[]
  readonly risks: readonly string[]
}

type Verdict = Pick<RestoreItem, 'is' | 'sentence' | 'target'>

const missing = (target: string, sentence: string): Verdict => ({ is: 'missing', target, sentence })
const refused = (target: string, sentence: string): Verdict => ({ is: 'refused', target, sentence })

/** Compares every entry with what is here. Reads only. */
export async function planRestore(backup: OpenedBackup, here: RestoreHere, files: Files): Promise<RestoreOutlook> {
  const items: RestoreItem[] = []
  for (const entry of backup.manifest.entries) items.push(itemOf(entry, await verdictOf(entry, { here, files }), here))
  const madeAt = Date.parse(backup.manifest.madeAt)
  return { madeAt, madeBy: backup.manifest.madeBy, items, risks: risksOf(backup, items, here) }
}

function itemOf(entry: ManifestEntry, verdict: Verdict, here: RestoreHere): RestoreItem {
  const until =
    entry.identity !== undefined && entry.part === 'keys' && verdict.is === 'missing' ? here.holdUntil?.[entry.identity] : undefined
  return {
    id: entry.name,
    part: partOf(entry),
    ...(entry.identity === undefined ? {} : { identity: entry.identity }),
    name: path.posix.basename(entry.name),
    bytes: entry.bytes,
    ...verdict,
    ...(until === undefined ? {} : { holdUntil: until }),
  }
}

/** A history comes back like any other file that was chosen. */
const partOf = ({ part }: ManifestEntry): BackupPart => (part === 'history' ? 'extra' : part)

interface Compare {
  readonly here: RestoreHere
  readonly files: Files
}

async function verdictOf(entry: ManifestEntry, compare: Compare): Promise<Verdict> {
  const { here, files } = compare
  const part = partOf(entry)
  switch (part) {
    case 'keys':
      return keyVerdict(entry, here, files)
    case 'pos-metadata':
      return metadataVerdict(entry, compare)
    case 'node-config': {
      const isOurs = entry.name.startsWith('node/')
      return await fileVerdict(entry, isOurs ? (here.configFile ?? entry.path) : entry.path, compare)
    }
    case 'local-database':
      return databaseVerdict(entry, compare)
    case 'publication-record':
      return missing('', 'The epochs in which these identities are known to have published are added to what is known here.')
    case 'setup':
      return await setupVerdict(entry, compare)
    case 'extra':
      return await fileVerdict(entry, entry.path, compare)
    default:
      return assertNever(part)
  }
}

function keyVerdict(entry: ManifestEntry, here: RestoreHere, files: Files): Verdict {
  const { identity } = entry
  const target = path.join(here.heldFolder, `${identity ?? 'unknown'}.key`)
  if (identity === undefined) return refused(target, 'The manifest does not say whose key this is.')
  const why = here.refused.find((other) => other.identity === identity)?.why
  if (why !== undefined) return refused(target, why)
  const present = here.keys.filter((key) => key.identity === identity)
  for (const key of present) {
    const reading = readKeyFile(key.path, files)
    reading.canonical?.fill(0)
    if (reading.identity === identity) return { is: 'same', target: key.path, sentence: `The key is here: ${key.path}.` }
  }
  const other = present.find((key) => exists(key.path, files))
  const note = other === undefined ? '' : ` What lies at ${other.path} is not this key; it stays as it is.`
  return missing(target, `The key comes back on hold: no node loads it until the network was asked whether it is active elsewhere.${note}`)
}

async function metadataVerdict(entry: ManifestEntry, compare: Compare): Promise<Verdict> {
  const { here, files } = compare
  const before = entry.path === undefined ? undefined : path.dirname(entry.path)
  const known = here.posFolders.find(({ identity }) => identity === entry.identity)?.path
  const folder = [before, known].find((one) => one !== undefined && isFolder(one, files))
  if (folder === undefined)
    return refused(entry.path ?? '', `Its PoS folder ${before ?? ''} is not here: connect its drive, then open the backup again.`)
  return await fileVerdict(entry, path.join(folder, 'postdata_metadata.json'), compare)
}

function databaseVerdict(entry: ManifestEntry, { here, files }: Compare): Verdict {
  const isOurs = entry.name.startsWith('node/')
  const folder = (isOurs ? here.dataFolder : undefined) ?? (entry.path === undefined ? undefined : path.dirname(entry.path))
  if (folder === undefined || !isWhole(folder)) return refused('', 'It is not known where this database belongs.')
  const target = path.join(folder, 'local.sql')
  const there = DATABASE_FILES.map((name) => path.join(folder, name)).find((file) => exists(file, files))
  if (there !== undefined)
    return { is: 'differs', target, sentence: `${there} is here and stays: a database is never replaced by an older one.` }
  return (
    folderVerdict(target, here, files) ??
    missing(
      target,
      'The node’s own records come back; the keys that they are about stay on hold until the network was asked what was published since.',
    )
  )
}

export const DATABASE_FILES = ['local.sql', 'local.sql-wal', 'local.sql-shm'] as const

async function setupVerdict(entry: ManifestEntry, compare: Compare): Promise<Verdict> {
  const { here, files } = compare
  const verdict = await fileVerdict(entry, here.setupFile, compare)
  if (verdict.is !== 'differs') return verdict
  const day = new Date(here.now).toISOString().slice(0, 10)
  for (let count = 1; ; count += 1) {
    const target = path.join(path.dirname(here.setupFile), `setup.restored-${day}${count === 1 ? '' : `-${count}`}.json`)
    const other = await fileVerdict(entry, target, compare)
    if (other.is === 'differs') continue
    if (other.is !== 'missing') return other
    if (!exists(target, files))
      return missing(target, `A set-up is here and stays. The one of the backup is put beside it as ${path.basename(target)}.`)
  }
}

/** A file that comes back to one path, and only when nothing is there. */
async function fileVerdict(entry: ManifestEntry, target: string | undefined, { here, files }: Compare): Promise<Verdict> {
  if (target === undefined || !isWhole(target))
    return refused(target ?? '', 'The backup does not name a place for it on this system: take it out with age and unzip.')
  if (isLoadedByNode(path.basename(target)) && path.basename(path.dirname(target)) === 'identities')
    return refused(target, 'A node would load it there, and keys come back on hold only: take it out with age and unzip.')
  if (exists(target, files)) {
    const same = await isSame(entry, target, files)
    return same
      ? { is: 'same', target, sentence: 'It is here, byte for byte.' }
      : { is: 'differs', target, sentence: `Something else is at ${target} and stays. The backup’s can be taken out with age and unzip.` }
  }
  return folderVerdict(target, here, files) ?? missing(target, `It comes back to ${target}.`)
}

/** Folders are made below the user's own only: elsewhere an absent folder is a drive that is not connected. */
function folderVerdict(target: string, here: RestoreHere, files: Files): Verdict | undefined {
  const folder = path.dirname(target)
  if (isFolder(folder, files)) return undefined
  if (isBelow(folder, here.home) && !exists(folder, files)) return undefined
  return refused(target, `Its folder ${folder} is not here: connect the drive or make the folder, then open the backup again.`)
}

const isBelow = (folder: string, home: string): boolean => {
  const relative = path.relative(home, folder)
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative))
}

/** An absolute path of this system without steps back. */
const isWhole = (file: string): boolean => path.isAbsolute(file) && path.normalize(file) === file && !file.includes('\0')

function exists(file: string, files: Files): boolean {
  try {
    return files.facts(file) !== undefined
  } catch {
    return true // what cannot be seen is not written over
  }
}

function isFolder(folder: string, files: Files): boolean {
  try {
    files.list(folder)
    return true
  } catch {
    return false
  }
}

async function isSame(entry: ManifestEntry, file: string, files: Files): Promise<boolean> {
  try {
    const facts = files.facts(file)
    if (facts?.is === 'file' && facts.bytes !== entry.bytes) return false
    if (facts?.is !== 'file' && facts?.is !== 'link') return false
    const hash = createHash('sha256')
    for await (const piece of piecesOf(file, files)) hash.update(piece)
    return hash.digest('hex') === entry.sha256
  } catch {
    return false
  }
}

function risksOf(backup: OpenedBackup, items: readonly RestoreItem[], here: RestoreHere): string[] {
  const { manifest } = backup
  const back = items.filter(({ is }) => is === 'missing')
  const madeAt = moment(Date.parse(manifest.madeAt), here.now)
  const risks: string[] = []
  if (back.some(({ part }) => part === 'local-database'))
    risks.push(
      `The node’s database is from ${madeAt}. If its keys have published since, a node that goes on from it publishes a second time, which bans them for ever. So its identities stay on hold until the network was asked and the risk has passed.`,
    )
  const keys = back.filter(({ part }) => part === 'keys')
  if (keys.length > 0)
    risks.push(
      `${plural(keys.length, 'key')} would be here again. Make sure that no other machine still has ${keys.length === 1 ? 'it' : 'them'} in a node: one key in two nodes is banned for ever.`,
    )
  const armed = items.filter(({ part, is }) => part === 'keys' && is === 'refused')
  if (armed.length > 0)
    risks.push(`${armed.map(({ identity }) => shortId(identity ?? '')).join(', ')} will not come back: armed elsewhere.`)
  if (here.genesisId !== undefined && manifest.genesisId !== undefined && here.genesisId !== manifest.genesisId)
    risks.push('The backup is of another network than the node here.')
  const outside = back.filter(({ part, target }) => part === 'extra' && !isBelow(path.dirname(target), here.home))
  if (outside.length > 0) risks.push(`${plural(outside.length, 'file')} would go outside your own folder: ${outside[0]?.target ?? ''}.`)
  return risks
}
