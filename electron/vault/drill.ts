import { createHash } from 'node:crypto'
import type { DrillResult, VaultProgress } from '../../shared/domain/backup.ts'
import type { IdentityId, UnixMs } from '../../shared/domain/ids.ts'
import { shortId } from '../../shared/domain/ids.ts'
import { plural } from '../../shared/domain/words.ts'
import { readKeyFile } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import type { OpenSecret } from './age-reader.ts'
import { checkContents, openBackup, type OpenedBackup } from './open.ts'
import { piecesOf } from './pieces.ts'

export interface DrillJob {
  readonly file: string
  /** As it was when the file was written, hex; tells a damaged file from a wrong passphrase. */
  readonly sha256?: string
  /** Keys that it held when it was made. */
  readonly identities?: readonly IdentityId[]
  /** Keys that are armed or held here now. */
  readonly live: readonly { readonly identity: IdentityId; readonly path: string; readonly name?: string }[]
  readonly isTyped: boolean
  readonly at: UnixMs
}

export interface DrillOutcome {
  readonly result: DrillResult
  /** Live identities that are not in it. */
  readonly missing: readonly IdentityId[]
  /** Live key files that are not what they were: sentences. The backup has the keys. */
  readonly broken: readonly string[]
}

interface DrillTools {
  readonly files: Files
  readonly onProgress?: (step: VaultProgress['step'], doneBytes: number, totalBytes: number) => void
}

/** Decrypts the whole backup, compares it with its manifest, and its public keys with the live ones. Writes nothing. */
export async function drillBackup(job: DrillJob, secret: OpenSecret, tools: DrillTools): Promise<DrillOutcome> {
  const ended = (is: DrillResult['is'], sentence: string, more: Partial<DrillOutcome> = {}): DrillOutcome => ({
    result: { at: job.at, is, sentence, isTyped: job.isTyped },
    missing: [],
    broken: [],
    ...more,
  })
  tools.onProgress?.('decrypting', 0, 0)
  const opened = await openBackup(job.file, secret, tools.files)
  if (!opened.ok) {
    const { code, detail } = opened.fault
    if (code === 'backup/not-there' || isAway(job.file, tools.files))
      return ended('not-reached', 'The backup could not be reached: connect the drive that it is on, then drill again.')
    if (code === 'backup/wrong-secret') return ended('failed', await whyNotOpened(job, detail, tools.files))
    return ended('failed', `The backup cannot be used: ${asSentence(detail)}`)
  }
  try {
    return await judge(opened.value, job, { tools, ended })
  } finally {
    opened.value.close()
  }
}

async function judge(
  backup: OpenedBackup,
  job: DrillJob,
  by: {
    readonly tools: DrillTools
    readonly ended: (is: DrillResult['is'], sentence: string, more?: Partial<DrillOutcome>) => DrillOutcome
  },
): Promise<DrillOutcome> {
  const { tools, ended } = by
  const total = backup.manifest.entries.reduce((sum, { bytes }) => sum + bytes, 0)
  const checked = await checkContents(backup, (bytes) => tools.onProgress?.('decrypting', bytes, total))
  if (!checked.ok) {
    if (checked.fault.code === 'backup/not-there' || isAway(job.file, tools.files))
      return ended('not-reached', 'The drive with the backup went away during the drill: connect it, then drill again.')
    return ended('failed', asSentence(checked.fault.detail))
  }
  const held = new Set(checked.value.identities)
  const lost = (job.identities ?? []).filter((id) => !held.has(id))
  if (lost.length > 0)
    return ended(
      'failed',
      `${plural(lost.length, 'key')} that it held when it was made ${lost.length === 1 ? 'is' : 'are'} not in it: make a new backup.`,
    )
  tools.onProgress?.('comparing', total, total)
  const missing = job.live.map(({ identity }) => identity).filter((id) => !held.has(id))
  const broken = job.live.flatMap((live) => brokenKey(live, held, tools.files))
  const others = backup.manifest.entries.length - held.size
  const all = `${plural(held.size, 'key')} and ${plural(others, 'other file')} are as they were written`
  const more =
    missing.length === 0 ? '.' : `; ${plural(missing.length, 'key')} of this machine ${missing.length === 1 ? 'is' : 'are'} not in it.`
  return ended('passed', `${all}${more}`, { missing, broken })
}

/** A stick that is pulled out while it is read gives errors of a failing one first. */
function isAway(file: string, files: Files): boolean {
  try {
    return files.facts(file) === undefined
  } catch {
    return true
  }
}

/** A live key file that holds something else than its identity's key, while the backup has that key. */
function brokenKey(live: DrillJob['live'][number], held: ReadonlySet<IdentityId>, files: Files): string[] {
  if (!held.has(live.identity)) return []
  const reading = readKeyFile(live.path, files)
  reading.canonical?.fill(0)
  if (reading.identity === live.identity) return []
  const name = live.name ?? shortId(live.identity)
  const why = reading.identity === undefined ? (reading.problem ?? 'it holds no key') : 'it holds the key of another identity'
  return [`The key of ${name} at ${live.path} is not as it was: ${why}. The backup has it: restore it from there.`]
}

/** Whether it is the file or the passphrase that is wrong: the file's SHA-256 is known since it was written. */
async function whyNotOpened(job: DrillJob, detail: string, files: Files): Promise<string> {
  if (job.sha256 === undefined) return asSentence(detail)
  const hash = createHash('sha256')
  try {
    for await (const piece of piecesOf(job.file, files)) hash.update(piece)
  } catch {
    return asSentence(detail)
  }
  return hash.digest('hex') === job.sha256
    ? 'The file is as it was written, but this is not what opens it: check the passphrase, each word and the dashes between them.'
    : 'The file is not as it was written: its first lines are damaged and nothing in it can be opened. Make a new backup now.'
}

/** A first word that is a path stays as it is. */
function asSentence(detail: string): string {
  const isPath = /^\S*[./]/.test(detail)
  return `${isPath ? detail : `${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}`}${/[.!?]$/.test(detail) ? '' : '.'}`
}
