import { createHash } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import { hexToBytes, type IdentityId } from '../../shared/domain/ids.ts'
import type { FileFacts, Files } from '../lib/files.ts'
import type { Logger } from '../lib/logger.ts'
import { isThere, makeDurableFolder, removeDurably, replaceNote, safeName, tryTo, whyNotMoved } from './durable.ts'
import { codeOf, readKeyFile } from './key-file.ts'
import { areSame, bringCopy } from './second-copy.ts'

const MOST_NOTE_BYTES = 65_536
/** The note as long as the move is not finished; afterwards it is called `note.json`. */
const MOVING = 'moving.json'
const NOTE = 'note.json'

const noteSchema = z.object({ version: z.literal(1), from: z.string(), name: z.string() })

export interface QuarantineOptions {
  readonly files: Files
  /** Holds one folder a moved file. */
  readonly folder: string
  readonly now: () => number
  readonly log: Logger
}

export interface QuarantineReason {
  readonly why: string
  /** When the caller knows it; else it is read from the file. */
  readonly identity?: IdentityId
  /** Name that the file gets here, when not its own. */
  readonly name?: string
}

/** What the next start did with what a crash left. Paths and sentences for the user. */
export interface RecoverReport {
  /** Moves that were brought to their end. */
  readonly finished: string[]
  /** Half-written files that were removed. */
  readonly cleaned: string[]
  /** What could not be settled and why. */
  readonly problems: string[]
}

export interface Quarantine {
  /** Moves one file here; when this returns ok it is not there any more, also after a power cut. */
  take(file: string, reason: QuarantineReason): Result<{ readonly path: string }, 'keys/not-found' | 'keys/not-moved'>
  recover(report: RecoverReport): void
}

/**
 * Where keys go instead of being deleted: `<folder>/<yyyy-mm-dd>-<short id>-<name>/` with the file and `note.json`.
 *
 * The file is whole and durable here before it is taken away there, so at every instant it exists at least once. While that
 * goes on the note is called `moving.json`: the next start brings such a move to its end.
 */
export function createQuarantine({ files, folder, now, log }: QuarantineOptions): Quarantine {
  /** @returns where the file will be; its folder and the note are there */
  function begin(file: string, { why, name: wanted }: QuarantineReason, identity: IdentityId | undefined): string {
    const at = new Date(now()).toISOString()
    const name = nameHere(wanted ?? path.basename(file))
    const entry = freeEntry(files, path.join(folder, `${at.slice(0, 10)}-${identity?.slice(0, 8) ?? 'unknown'}-${name}`))
    makeDurableFolder(files, entry)
    const publicKey = identity && { identity, publicKeySha256: createHash('sha256').update(hexToBytes(identity)).digest('hex') }
    replaceNote(files, path.join(entry, MOVING), { version: 1, why, at, from: file, name, ...publicKey })
    return path.join(entry, name)
  }

  return {
    take(file, reason) {
      let target: string | undefined
      const identity = reason.identity ?? readKeyFile(file, files).identity
      try {
        const facts = files.facts(file)
        if (facts === undefined) return fail('keys/not-found', `${file} is not there any more`, { retry: 'never' })
        if (facts.is === 'folder') return fail('keys/not-moved', `${file} is a folder, not a key file: the node skips it, leave it there`)
        if (facts.is === 'other')
          return fail('keys/not-moved', `${file} is a pipe, a socket or a device, not a key file. Remove it yourself`)
        target = begin(file, reason, identity)
        move(files, file, facts, target)
      } catch (cause) {
        if (codeOf(cause) === '') throw cause
        if (target !== undefined) undo(files, file, target)
        log.warn('keys.not-quarantined', { from: file, identity, code: codeOf(cause) })
        return fail('keys/not-moved', `${file} was not moved to the quarantine: ${whyNot(cause)}`)
      }
      const settled = target
      tryTo(() => finish(files, settled))
      log.info('keys.quarantined', { from: file, to: settled, identity, why: reason.why })
      return ok({ path: settled })
    },

    recover(report) {
      forEachEntry(files, folder, report, (entry) => recoverEntry(files, entry, report))
    },
  }
}

/** The name of a moved file here, which is never the one of a note. */
function nameHere(wanted: string): string {
  const name = safeName(wanted)
  return name === MOVING || name === NOTE || name.endsWith('.part') ? `${name}.key` : name
}

/** An interrupted move that was cleaned leaves an empty folder: it is used again. */
function freeEntry(files: Files, wanted: string): string {
  for (let n = 1; ; n += 1) {
    const entry = n === 1 ? wanted : `${wanted}-${n}`
    const facts = files.facts(entry)
    if (facts === undefined || (facts.is === 'folder' && files.list(entry).length === 0)) return entry
  }
}

/** @throws the system's error; ECHANGED when someone wrote to the file meanwhile */
function move(files: Files, file: string, facts: FileFacts, target: string): void {
  if (facts.is === 'link') {
    // As it is, not what it points to.
    files.rename(file, target)
    files.syncFolder(path.dirname(target))
    files.syncFolder(path.dirname(file))
    return
  }
  bringCopy(files, file, target)
  if (!areSame(files, file, target)) throw Object.assign(new Error(`${file} changed`), { code: 'ECHANGED' })
  removeDurably(files, file)
}

function whyNot(cause: unknown): string {
  const code = codeOf(cause)
  if (code === 'EXDEV') return 'it is a link, and a link cannot be moved to another disk. Remove it yourself'
  if (code === 'ECHANGED') return 'something wrote to it meanwhile. Stop what uses it and try again'
  return whyNotMoved(cause)
}

/** After a fault: everything as before, as far as the disk lets us. */
function undo(files: Files, file: string, target: string): void {
  const entry = path.dirname(target)
  tryTo(() => {
    if (!isThere(files, entry)) return
    // Without its source this is the only copy: it stays, and so does the note that tells of it.
    if (isThere(files, target) && !areSame(files, file, target)) return
    removeLeft(files, entry, [`${target}.part`, path.join(entry, `${MOVING}.part`), target])
  })
}

/** The finished note first, then the unfinished one goes: no cut leaves a key without a note. */
function finish(files: Files, target: string): void {
  const entry = path.dirname(target)
  if (isThere(files, `${target}.part`)) removeDurably(files, `${target}.part`)
  const moving = path.join(entry, MOVING)
  replaceNote(files, path.join(entry, NOTE), JSON.parse(Buffer.from(files.readWhole(moving, MOST_NOTE_BYTES)).toString('utf8')))
  removeDurably(files, moving)
}

/** The note goes last: as long as it is there, the next start knows of the rest. */
function removeLeft(files: Files, entry: string, left: readonly string[]): void {
  for (const file of left) if (isThere(files, file)) files.unlink(file)
  files.syncFolder(entry)
  if (isThere(files, path.join(entry, MOVING))) removeDurably(files, path.join(entry, MOVING))
}

function forEachEntry(files: Files, folder: string, report: RecoverReport, settle: (entry: string) => void): void {
  let names: readonly string[] = []
  tryTo(() => (names = isThere(files, folder) ? files.list(folder) : []))
  for (const name of names) {
    const entry = path.join(folder, name)
    try {
      if (name !== 'held' && files.facts(entry)?.is === 'folder') settle(entry)
    } catch (cause) {
      if (codeOf(cause) === '') throw cause
      report.problems.push(`What an interrupted move left in ${entry} could not be settled: ${whyNotMoved(cause)}`)
    }
  }
}

function readNote(files: Files, file: string): z.infer<typeof noteSchema> | undefined {
  try {
    return noteSchema.safeParse(JSON.parse(Buffer.from(files.readWhole(file, MOST_NOTE_BYTES)).toString('utf8'))).data
  } catch (cause) {
    if (cause instanceof SyntaxError || codeOf(cause) === 'EFBIG') return undefined
    throw cause
  }
}

function recoverEntry(files: Files, entry: string, report: RecoverReport): void {
  const noteFile = path.join(entry, MOVING)
  if (isThere(files, `${noteFile}.part`)) {
    removeDurably(files, `${noteFile}.part`)
    report.cleaned.push(`${noteFile}.part`)
  }
  if (!isThere(files, noteFile)) return
  const note = readNote(files, noteFile)
  // A note that names the moved file as its own source would make the only copy look like a second one.
  if (note === undefined || path.dirname(path.resolve(note.from)) === entry) {
    report.problems.push(`${noteFile} was changed by something else, so it is not known what was moved. Look at the files beside it`)
    return
  }
  const target = path.join(entry, path.basename(note.name))
  const hasSource = isThere(files, note.from)
  const hasSourceFolder = isThere(files, path.dirname(note.from))
  if (isThere(files, target)) {
    // A killed process may have left names that no sync has made durable yet.
    files.syncFolder(entry)
    if (hasSource && areSame(files, note.from, target)) {
      removeDurably(files, note.from)
      report.finished.push(target)
    } else if (hasSourceFolder) files.syncFolder(path.dirname(note.from))
    finish(files, target)
  } else if (hasSource) {
    removeLeft(files, entry, [`${target}.part`])
    report.cleaned.push(entry)
  } else if (hasSourceFolder) {
    report.problems.push(`${entry} tells of ${note.from}, and the file is at neither place. Look for its key in a backup`)
  }
}
