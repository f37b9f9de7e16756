import path from 'node:path'
import type { BackupPart, BackupPlan } from '../../shared/domain/backup.ts'
import { assertNever, fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { shortId, type IdentityId } from '../../shared/domain/ids.ts'
import type { KeyCopy } from '../../shared/domain/inventory.ts'
import type { PublicationRecord } from '../../shared/domain/publication.ts'
import { plural } from '../../shared/domain/words.ts'
import { isLoadedByNode, publicationText, readKeyFile } from '../identities/index.ts'
import { systemFiles, type Files } from '../lib/files.ts'
import { plainName } from './format.ts'
import { bytesOfLink } from './pieces.ts'

/** What a backup can be made of. Nothing of it is read while planning but the keys, and names and sizes of the rest. */
export interface BackupSources {
  /** Of nodes, held, and found anywhere: the same public key goes in once. In the order of preference. */
  readonly keys: readonly KeyCopy[]
  /** Nicknames, for the plan's list. */
  readonly names: Readonly<Record<IdentityId, string>>
  readonly nodes: readonly { readonly dataFolder?: string; readonly configFile?: string }[]
  readonly posFolders: readonly { readonly path: string; readonly identity?: IdentityId }[]
  readonly records: readonly PublicationRecord[]
  readonly setup?: { readonly path: string; readonly text: string }
  readonly extraFiles: readonly string[]
  readonly offered: readonly { readonly path: string; readonly why: string }[]
  readonly parts: readonly BackupPart[]
}

/** One file of the backup to be, by where it comes from. */
export type CollectItem =
  | { readonly is: 'key'; readonly name: string; readonly identity: IdentityId; readonly path: string }
  | {
      readonly is: 'file'
      readonly part: BackupPart
      readonly name: string
      readonly path: string
      readonly bytes: number
      readonly identity?: IdentityId
    }
  | { readonly is: 'text'; readonly part: BackupPart; readonly name: string; readonly text: string; readonly path?: string }
  /** A node's local.sql, copied whole and consistent. */
  | { readonly is: 'local-database'; readonly name: string; readonly dataFolder: string; readonly bytes: number }
  /** Any other SQLite database, copied the same way: the history. */
  | { readonly is: 'database'; readonly name: string; readonly path: string; readonly bytes: number }

interface Planned {
  readonly items: CollectItem[]
  readonly problems: string[]
  readonly names: Set<string>
  readonly files: Files
}

/**
 * What would be in a backup, and what cannot be.
 * @fault `backup/nothing` when there is no key to back up
 */
export function planBackup(
  sources: BackupSources,
  files: Files = systemFiles,
): Result<{ readonly plan: BackupPlan; readonly items: readonly CollectItem[] }, 'backup/nothing'> {
  const planned: Planned = { items: [], problems: [], names: new Set(), files }
  const wants = (part: BackupPart): boolean => sources.parts.includes(part)
  const identities = addKeys(sources, planned)
  if (identities.length === 0) return fail('backup/nothing', `there is no key that could be read. ${planned.problems.join('. ')}`.trim())
  if (wants('pos-metadata')) addPosMetadata(sources, planned)
  if (wants('node-config') || wants('local-database')) addNodes(sources, planned, wants)
  if (wants('publication-record') && sources.records.length > 0)
    add(planned, {
      is: 'text',
      part: 'publication-record',
      name: 'publication-record.json',
      text: publicationText(sources.records),
    })
  if (wants('setup') && sources.setup !== undefined) add(planned, { is: 'text', part: 'setup', name: 'setup.json', ...sources.setup })
  if (wants('extra')) addExtra(sources, planned)
  return ok({ plan: planOf(sources, planned, identities), items: planned.items })
}

const partOf = (item: CollectItem): BackupPart =>
  item.is === 'key' ? 'keys' : item.is === 'local-database' ? 'local-database' : item.is === 'database' ? 'extra' : item.part
const bytesOf = (item: CollectItem): number => (item.is === 'key' ? 128 : item.is === 'text' ? Buffer.byteLength(item.text) : item.bytes)

/** Bytes that the items will have, as far as that is known before they are read. */
export const plannedBytes = (items: readonly CollectItem[]): number => items.reduce((sum, item) => sum + bytesOf(item), 0)

/** Adds it under its name, or under another that is free. */
function add(planned: Planned, item: CollectItem): void {
  const { dir, name, ext } = path.posix.parse(item.name)
  for (let count = 1; ; count += 1) {
    const free = path.posix.join(dir, `${name}${count === 1 ? '' : `-${count}`}${ext}`)
    if (planned.names.has(free.toLowerCase())) continue
    planned.names.add(free.toLowerCase())
    planned.items.push({ ...item, name: free })
    return
  }
}

/**
 * Of each identity the first copy that still is its key. What a scan saw may be on a stick that was pulled out since: that
 * is told, and keeps no other key from being backed up.
 */
function addKeys(sources: BackupSources, planned: Planned): BackupPlan['identities'][number][] {
  const taken = new Map<IdentityId, string>()
  const gone = new Map<IdentityId, string>()
  for (const key of sources.keys) {
    const { identity } = key
    if (identity === undefined) planned.problems.push(`${key.path} is not in the backup: ${key.problem ?? 'no key can be read from it'}`)
    else if (!taken.has(identity)) {
      const why = whyNotKey(key.path, identity, planned.files)
      if (why === undefined) taken.set(identity, key.path)
      else if (!gone.has(identity)) gone.set(identity, `${key.path} is not in the backup: ${why}`)
    }
  }
  planned.problems.push(...[...gone].flatMap(([identity, why]) => (taken.has(identity) ? [] : [why])))
  return [...taken].map(([identity, keyPath]) => {
    add(planned, { is: 'key', name: `keys/${keyName(keyPath, identity)}`, identity, path: keyPath })
    return { id: identity, name: sources.names[identity] ?? shortId(identity), keyPath }
  })
}

function whyNotKey(file: string, identity: IdentityId, files: Files): string | undefined {
  const reading = readKeyFile(file, files)
  reading.canonical?.fill(0)
  if (reading.identity === identity) return undefined
  return reading.identity === undefined ? (reading.problem ?? 'it holds no key') : 'it holds the key of another identity by now'
}

/** Its own name, unless it says nothing: `local.key` must not lie beside other keys, and every postcli writes `identity.key`. */
function keyName(file: string, identity: IdentityId): string {
  const own = path.basename(file).replace(/\.key$/i, '')
  return /^(local|identity)$/i.test(own) || own === identity ? `${identity.slice(0, 16)}.key` : `${plainName(own)}.key`
}

/** Facts of the file behind links; undefined and a problem when it is no file that can be backed up. */
function fileBytes(file: string, what: string, planned: Planned): number | undefined {
  try {
    const facts = planned.files.facts(file)
    if (facts?.is === 'file') return facts.bytes
    if (facts?.is === 'link') return bytesOfLink(file, planned.files)
    const why = facts === undefined ? 'it is not there' : facts.is === 'folder' ? 'it is a folder; choose files' : 'it is no ordinary file'
    planned.problems.push(`${what} ${file} is not in the backup: ${why}`)
  } catch (cause) {
    planned.problems.push(`${what} ${file} is not in the backup: it cannot be read (${textOf(cause)})`)
  }
  return undefined
}

function addPosMetadata(sources: BackupSources, planned: Planned): void {
  for (const folder of sources.posFolders) {
    const file = path.join(folder.path, 'postdata_metadata.json')
    const bytes = fileBytes(file, 'PoS metadata', planned)
    if (bytes === undefined) continue
    const name = folderName(planned, `pos/${folder.identity ?? plainName(path.basename(folder.path))}`)
    add(planned, {
      is: 'file',
      part: 'pos-metadata',
      name: `${name}/postdata_metadata.json`,
      path: file,
      bytes,
      ...(folder.identity === undefined ? {} : { identity: folder.identity }),
    })
  }
}

function folderName(planned: Planned, wanted: string): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`
    if (![...planned.names].some((taken) => taken.startsWith(`${name.toLowerCase()}/`))) return name
  }
}

function addNodes(sources: BackupSources, planned: Planned, wants: (part: BackupPart) => boolean): void {
  for (const [index, node] of sources.nodes.entries()) {
    const folder = index === 0 ? 'node' : `node-${index + 1}`
    if (wants('node-config') && node.configFile !== undefined) {
      const bytes = fileBytes(node.configFile, 'The node’s config', planned)
      if (bytes !== undefined)
        add(planned, { is: 'file', part: 'node-config', name: `${folder}/config.json`, path: node.configFile, bytes })
    }
    if (!wants('local-database') || node.dataFolder === undefined) continue
    const bytes = databaseBytes(node.dataFolder, planned)
    if (bytes > 0) add(planned, { is: 'local-database', name: `${folder}/local.sql`, dataFolder: node.dataFolder, bytes })
  }
}

/** Of a database and its write-ahead log: most rows are in the log. */
function databaseBytes(dataFolder: string, planned: Planned): number {
  try {
    return ['local.sql', 'local.sql-wal'].reduce((sum, name) => sum + (planned.files.facts(path.join(dataFolder, name))?.bytes ?? 0), 0)
  } catch (cause) {
    planned.problems.push(`local.sql of ${dataFolder} is not in the backup: it cannot be read (${textOf(cause)})`)
    return 0
  }
}

function addExtra(sources: BackupSources, planned: Planned): void {
  for (const file of new Set(sources.extraFiles)) {
    if (isIdentityKey(file, planned.files)) {
      planned.problems.push(`The file ${file} is not in the backup as a file: it is an identity key, and keys are in it by themselves`)
      continue
    }
    const bytes = fileBytes(file, 'The file', planned)
    const { name, ext } = path.parse(file)
    if (bytes !== undefined) add(planned, { is: 'file', part: 'extra', name: `extra/${plainName(`${name}${ext}`)}`, path: file, bytes })
  }
}

/** As a file it would come back under its name, where a node loads it, and not on hold. Other programs have `.key` files too. */
function isIdentityKey(file: string, files: Files): boolean {
  if (!isLoadedByNode(path.basename(file))) return false
  if (path.basename(path.dirname(file)) === 'identities') return true
  const { identity, canonical } = readKeyFile(file, files)
  canonical?.fill(0)
  return identity !== undefined
}

function planOf(sources: BackupSources, planned: Planned, identities: BackupPlan['identities']): BackupPlan {
  const parts = [...new Set(planned.items.map(partOf))].map((part) => {
    const items = planned.items.filter((item) => partOf(item) === part)
    return { part, sentence: sentenceOf(part, items.length, sources), items: items.length, bytes: plannedBytes(items) }
  })
  const offered = sources.offered.flatMap(({ path: file, why }) => {
    const facts = sources.extraFiles.includes(file) ? undefined : tryFacts(planned.files, file)
    return facts?.is === 'file' ? [{ path: file, bytes: facts.bytes, why }] : []
  })
  return { parts, identities, problems: planned.problems, offered }
}

function tryFacts(files: Files, file: string): ReturnType<Files['facts']> {
  try {
    return files.facts(file)
  } catch {
    return undefined // what cannot be seen is not offered
  }
}

function sentenceOf(part: BackupPart, count: number, sources: BackupSources): string {
  switch (part) {
    case 'keys':
      return `${count}, each checked against its public key`
    case 'pos-metadata':
      return `${count} of ${plural(sources.posFolders.length, 'folder')}; not the data itself`
    case 'node-config':
      return plural(count, 'file')
    case 'local-database':
      return count === 1 ? 'copied whole, also while the node runs' : `${count}, copied whole, also while the nodes run`
    case 'publication-record':
      return `of ${plural(sources.records.length, 'identity', 'identities')}`
    case 'setup':
      return 'tokens stay in the keyring'
    case 'extra':
      return plural(count, 'file')
    default:
      return assertNever(part)
  }
}
