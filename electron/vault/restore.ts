import path from 'node:path'
import type { RestoreItem, RestoreReport, VaultProgress } from '../../shared/domain/backup.ts'
import { textOf, type Result } from '../../shared/domain/fault.ts'
import type { IdentityId, UnixMs } from '../../shared/domain/ids.ts'
import type { Hold, PublicationRecord } from '../../shared/domain/publication.ts'
import { codeOf, isLoadedByNode, parsePublication } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import type { ManifestEntry } from './format.ts'
import { createPartial, discard, publish, sweepPartials } from './new-file.ts'
import { contentFault, identityOf, type OpenedBackup } from './open.ts'
import { DATABASE_FILES, planRestore, type RestoreHere } from './restore-plan.ts'

export interface RestoreTools {
  readonly files: Files
  /** Puts a key where no node loads it. */
  readonly holdKey: (
    bytes: Uint8Array,
    about: { readonly identity: IdentityId; readonly hold: Hold; readonly name: string },
  ) => Result<unknown>
  readonly mark: string
  readonly onProgress?: (step: VaultProgress['step'], doneBytes: number, totalBytes: number) => void
}

export interface RestoreOutcome {
  readonly report: RestoreReport
  /** Keys that are held now; the keeper asks the network before one of them is armed. */
  readonly keys: readonly IdentityId[]
  /** Databases that came back; the keeper holds every identity in them. */
  readonly databases: readonly { readonly dataFolder: string; readonly madeAt: UnixMs }[]
  /** To be merged into the publication records here. */
  readonly records: readonly PublicationRecord[]
}

/** Keys before all else, and a database only when nothing is left that could come between. */
const ORDER: readonly RestoreItem['part'][] = [
  'publication-record',
  'keys',
  'pos-metadata',
  'node-config',
  'setup',
  'extra',
  'local-database',
]

/**
 * Brings the chosen items back. Each is compared with what is here once more; nothing is overwritten, and doing it again
 * finds what is done. What fails is in the report and stops none of the others.
 */
export async function restoreItems(
  backup: OpenedBackup,
  chosen: { readonly ids: readonly string[]; readonly here: RestoreHere },
  tools: RestoreTools,
): Promise<RestoreOutcome> {
  const { items } = await planRestore(backup, chosen.here, tools.files)
  const wanted = items.filter(({ id }) => chosen.ids.includes(id)).sort((a, b) => ORDER.indexOf(a.part) - ORDER.indexOf(b.part))
  const entries = new Map(backup.manifest.entries.map((entry) => [entry.name, entry]))
  const outcome = { done: [] as { id: string; sentence: string }[], refused: [] as { id: string; sentence: string }[] }
  const found: Found = { keys: [], databases: [], records: [] }
  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0)
  let bytes = 0
  const folders = new Set(
    wanted.filter(({ part }) => part !== 'keys' && part !== 'publication-record').map(({ target }) => path.dirname(target)),
  )
  for (const folder of folders) sweepPartials(folder, { mark: tools.mark, now: chosen.here.now, files: tools.files })
  for (const item of wanted) {
    const entry = entries.get(item.id)
    const { isDone, sentence } =
      entry === undefined
        ? { isDone: false, sentence: 'It is not in the backup.' }
        : await restoreOne(item, entry, { backup, here: chosen.here, tools, found })
    outcome[isDone ? 'done' : 'refused'].push({ id: item.id, sentence })
    bytes += item.bytes
    tools.onProgress?.('placing', bytes, total)
  }
  const unknown = chosen.ids.filter((id) => !items.some((item) => item.id === id))
  for (const id of unknown) outcome.refused.push({ id, sentence: 'It is not in the backup.' })
  return { report: outcome, ...found }
}

interface Found {
  readonly keys: IdentityId[]
  readonly databases: { readonly dataFolder: string; readonly madeAt: UnixMs }[]
  readonly records: PublicationRecord[]
}

interface Restoring {
  readonly backup: OpenedBackup
  readonly here: RestoreHere
  readonly tools: RestoreTools
  readonly found: Found
}

interface Outcome {
  readonly isDone: boolean
  readonly sentence: string
}

const done = (sentence: string): Outcome => ({ isDone: true, sentence })
const refused = (sentence: string): Outcome => ({ isDone: false, sentence })

async function restoreOne(item: RestoreItem, entry: ManifestEntry, restoring: Restoring): Promise<Outcome> {
  if (item.is === 'same') return done(item.sentence)
  if (item.is !== 'missing') return refused(item.sentence)
  try {
    if (item.part === 'keys') return await restoreKey(entry, restoring)
    if (item.part === 'publication-record') return await restoreRecords(entry, restoring)
    if (item.part === 'local-database') return await restoreDatabase(item, entry, restoring)
    return (await writeNew(item.target, entry, restoring))
      ? done(`Brought back to ${item.target}.`)
      : refused(`Meanwhile something appeared at ${item.target}; it stays.`)
  } catch (cause) {
    if (cause instanceof TargetError) return refused(cause.message)
    const fault = contentFault(cause, entry.name)
    return refused(`Not brought back: ${fault.ok ? '' : fault.fault.detail}.`)
  }
}

async function restoreKey(entry: ManifestEntry, { backup, here, tools, found }: Restoring): Promise<Outcome> {
  const bytes = await backup.whole(entry)
  try {
    const identity = identityOf(entry, Buffer.from(bytes))
    const until = here.holdUntil?.[identity]
    const hold: Hold = {
      code: 'not-yet-checked',
      reason: 'It came back from a backup. Until the network was asked whether it is active elsewhere, no node loads it.',
      since: here.now,
      ...(until === undefined ? {} : { until }),
    }
    const held = tools.holdKey(bytes, { identity, hold, name: path.posix.basename(entry.name) })
    if (!held.ok) return refused(`The key could not be put on hold: ${held.fault.detail}`)
    found.keys.push(identity)
    return done('The key is here again, on hold: no node loads it yet.')
  } finally {
    bytes.fill(0)
  }
}

async function restoreRecords(entry: ManifestEntry, { backup, found }: Restoring): Promise<Outcome> {
  const parsed = parsePublication((await backup.whole(entry)).toString('utf8'))
  if (!parsed.ok) return refused('The publication record in it cannot be read: what these keys published is asked of the network only.')
  found.records.push(...parsed.value)
  return done('What is known of their publications is added to what is known here.')
}

/** Never under a key that a node would load: with an old database it would publish a second time. */
async function restoreDatabase(item: RestoreItem, entry: ManifestEntry, restoring: Restoring): Promise<Outcome> {
  const dataFolder = path.dirname(item.target)
  const { files } = restoring.tools
  const mayPlace = (): string | undefined => {
    const armed = armedIn(dataFolder, files)
    if (armed !== undefined)
      return `Not brought back: the node would load ${armed} and go on from an old database. Its keys must be put on hold first.`
    const there = DATABASE_FILES.map((name) => path.join(dataFolder, name)).find((file) => files.facts(file) !== undefined)
    return there === undefined ? undefined : `Meanwhile ${there} appeared; it stays.`
  }
  const before = mayPlace()
  if (before !== undefined) return refused(before)
  let after: string | undefined
  const isWritten = await writeNew(item.target, entry, restoring, () => (after = mayPlace()) === undefined)
  if (!isWritten) return refused(after ?? `Meanwhile something appeared at ${item.target}; it stays.`)
  restoring.found.databases.push({ dataFolder, madeAt: Date.parse(restoring.backup.manifest.madeAt) })
  return done(`The node’s database is back at ${item.target}.`)
}

function armedIn(dataFolder: string, files: Files): string | undefined {
  const folder = path.join(dataFolder, 'identities')
  try {
    const name = files.list(folder).find(isLoadedByNode)
    return name === undefined ? undefined : path.join(folder, name)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    return folder // what cannot be seen may be armed
  }
}

/** The place could not be written: cause and action. */
class TargetError extends Error {
  override readonly name = 'TargetError'
}

/** @returns false when something has the name by now, or `mayPlace` says no */
async function writeNew(
  target: string,
  entry: ManifestEntry,
  { backup, tools }: Restoring,
  mayPlace: () => boolean = () => true,
): Promise<boolean> {
  const { files } = tools
  const folder = path.dirname(target)
  const partial = orTargetError(target, () => {
    makeFolders(folder, files)
    return createPartial(folder, tools.mark, files)
  })
  let isOpen = true
  let isNamed = false
  try {
    for await (const piece of backup.contents(entry)) orTargetError(target, () => files.write(partial.fd, piece))
    orTargetError(target, () => files.sync(partial.fd))
    isOpen = false
    orTargetError(target, () => files.close(partial.fd))
    isNamed = mayPlace() && orTargetError(target, () => publish(partial.file, target, files))
    return isNamed
  } finally {
    if (isOpen) closeQuietly(partial.fd, files)
    if (!isNamed) discard(partial.file, files)
  }
}

function closeQuietly(fd: number, files: Files): void {
  try {
    files.close(fd)
  } catch {
    // The drive is gone; so is the unfinished file.
  }
}

function orTargetError<T>(target: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new TargetError(
      `${target} could not be written (${textOf(cause)}): make room or take off the write protection, then repeat it.`,
      { cause },
    )
  }
}

/** Each folder that is made is durable before something is put into it. */
function makeFolders(folder: string, files: Files): void {
  if (files.facts(folder) !== undefined) return
  const parent = path.dirname(folder)
  if (parent !== folder) makeFolders(parent, files)
  files.makeFolder(folder, 0o700)
  files.syncFolder(parent)
}
