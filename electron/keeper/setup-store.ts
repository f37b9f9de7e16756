import { createHash } from 'node:crypto'
import { closeSync, constants, copyFileSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { parseSetup, type SetupIssue } from '../../shared/setup/parse.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import type { Logger } from '../lib/logger.ts'

const MAX_BYTES = 8 * 1024 * 1024

export interface LoadedSetup {
  readonly setup: Setup | undefined
  readonly issues: readonly SetupIssue[]
  /** Why the file on disk is not what is in use; with the name under which the bad one was kept. */
  readonly problem?: string
}

export interface SetupStore {
  readonly file: string
  load(): LoadedSetup
  save(setup: Setup): Result<void, 'setup/not-written'>
  /** The text of a file that may be a set-up: a file, not too large. */
  readText(file: string): Result<string, 'setup/unreadable'>
  /** Reads and checks a file of the user's; nothing is written. */
  read(file: string): Result<Setup, 'setup/invalid' | 'setup/unreadable' | 'setup/newer'>
}

const NOTHING = Symbol('no such file')

function readText(file: string): Result<string, 'setup/unreadable'> | typeof NOTHING {
  try {
    const stat = statSync(file)
    if (stat.isDirectory()) return fail('setup/unreadable', `${file} is a folder, not a file`)
    if (stat.size > MAX_BYTES) return fail('setup/unreadable', `${file} has ${stat.size} bytes, more than any set-up`)
    return ok(readFileSync(file, 'utf8'))
  } catch (cause: unknown) {
    // A folder that cannot be entered is not an absent set-up.
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return NOTHING
    return fail('setup/unreadable', textOf(cause))
  }
}

/**
 * `config/setup.json` with its last good copy. A file that cannot be used is kept as it is and a copy of it is named in
 * the problem; the last good copy is used meanwhile.
 */
class FileSetupStore implements SetupStore {
  readonly file: string
  readonly #folder: string
  readonly #goodFile: string
  readonly #log: Logger

  constructor(configFolder: string, log: Logger) {
    this.#folder = configFolder
    this.#log = log
    this.file = path.join(configFolder, 'setup.json')
    this.#goodFile = path.join(configFolder, 'setup.last-good.json')
  }

  load(): LoadedSetup {
    const text = readText(this.file)
    if (text === NOTHING) return this.#withoutFile()
    const parsed = text.ok ? parseSetup(text.value) : undefined
    if (text.ok && parsed?.ok === true) {
      this.#keepGood(text.value)
      return { setup: parsed.value, issues: parsed.issues ?? [] }
    }
    const why = !text.ok ? text.fault.detail : parsed !== undefined && !parsed.ok ? parsed.fault.detail : 'not readable'
    const setup = this.#lastGood()
    const inUse = setup === undefined ? 'No earlier good set-up exists, so nothing is started.' : 'The last good copy is in use.'
    const problem = `setup.json cannot be used: ${why}. ${inUse} ${this.#preserve()} Repair it, or save the set-up anew in Settings.`
    return { setup, issues: parsed?.issues ?? [], problem }
  }

  save(setup: Setup): Result<void, 'setup/not-written'> {
    const text = `${JSON.stringify(setup, null, 2)}\n`
    try {
      const there = readText(this.file)
      // Bytes of the user's that we could not use are not lost by ours.
      if (there !== NOTHING && (!there.ok || !parseSetup(there.value).ok)) this.#preserve()
      writeFileAtomic(this.file, text)
    } catch (cause: unknown) {
      return fail('setup/not-written', `${this.file}: ${textOf(cause)}`)
    }
    this.#keepGood(text)
    return ok(undefined)
  }

  readText(from: string): Result<string, 'setup/unreadable'> {
    const text = readText(from)
    return text === NOTHING ? fail('setup/unreadable', `${from} does not exist`) : text
  }

  read(from: string): Result<Setup, 'setup/invalid' | 'setup/unreadable' | 'setup/newer'> {
    const text = this.readText(from)
    if (!text.ok) return text
    const parsed = parseSetup(text.value)
    return parsed.ok ? ok(parsed.value) : { ok: false, fault: parsed.fault }
  }

  #withoutFile(): LoadedSetup {
    const setup = this.#lastGood()
    if (setup === undefined) return { setup, issues: [] }
    return { setup, issues: [], problem: 'setup.json is gone; the last good copy is in use. Save the set-up to write it again.' }
  }

  #lastGood(): Setup | undefined {
    const text = readText(this.#goodFile)
    const parsed = text !== NOTHING && text.ok ? parseSetup(text.value) : undefined
    return parsed?.ok === true ? parsed.value : undefined
  }

  #keepGood(text: string): void {
    try {
      const there = readText(this.#goodFile)
      if (there === NOTHING || !there.ok || there.value !== text) writeFileAtomic(this.#goodFile, text)
    } catch (cause: unknown) {
      this.#log.warn('setup.good-copy-not-written', { error: textOf(cause) })
    }
  }

  /** Keeps a copy of what cannot be used, under a name of its own; the same bytes are kept once. */
  #preserve(): string {
    try {
      const stat = statSync(this.file)
      if (!stat.isFile()) return 'It was left as it is.'
      const name = createHash('sha256').update(`${stat.size} ${stat.mtimeMs}`).update(headOf(this.file)).digest('hex').slice(0, 8)
      const kept = path.join(this.#folder, `setup.unusable-${name}.json`)
      if (!existsSync(kept)) copyFileSync(this.file, kept, constants.COPYFILE_FICLONE)
      return `A copy of it is kept as ${path.basename(kept)}.`
    } catch (cause: unknown) {
      this.#log.error('setup.not-preserved', { error: textOf(cause) })
      return 'It was left as it is.'
    }
  }
}

/** The first bytes: enough to tell one damaged file from another, however large it is. */
function headOf(file: string): Buffer {
  const fd = openSync(file, 'r')
  try {
    const head = Buffer.alloc(1024 * 1024)
    return head.subarray(0, readSync(fd, head, 0, head.length, 0))
  } finally {
    closeSync(fd)
  }
}

export const openSetupStore = (configFolder: string, log: Logger): SetupStore => new FileSetupStore(configFolder, log)
