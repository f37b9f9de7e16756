import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs'
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
  /** Reads and checks a file of the user's; nothing is written. */
  read(file: string): Result<Setup, 'setup/invalid' | 'setup/unreadable' | 'setup/newer'>
}

function readText(file: string): Result<string, 'setup/unreadable'> {
  try {
    const size = statSync(file).size
    if (size > MAX_BYTES) return fail('setup/unreadable', `${file} has ${size} bytes, more than any set-up`)
    return ok(readFileSync(file, 'utf8'))
  } catch (cause: unknown) {
    return fail('setup/unreadable', textOf(cause))
  }
}

/**
 * `config/setup.json` with its last good copy. A file that cannot be used is kept as it is and a copy of it is named in
 * the problem; the last good copy is used meanwhile.
 */
export function openSetupStore(configFolder: string, log: Logger): SetupStore {
  const file = path.join(configFolder, 'setup.json')
  const goodFile = path.join(configFolder, 'setup.last-good.json')

  const lastGood = (): Setup | undefined => {
    const text = existsSync(goodFile) ? readText(goodFile) : undefined
    const parsed = text?.ok === true ? parseSetup(text.value) : undefined
    return parsed?.ok === true ? parsed.value : undefined
  }

  /** Damaged files may be overwritten by the next save: the user's bytes stay under another name. */
  const preserve = (): string => {
    try {
      const kept = path.join(
        configFolder,
        `setup.unusable-${createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 8)}.json`,
      )
      if (!existsSync(kept)) copyFileSync(file, kept)
      return `A copy of it is kept as ${path.basename(kept)}.`
    } catch (cause: unknown) {
      log.error('setup.not-preserved', { error: textOf(cause) })
      return 'It was left as it is.'
    }
  }

  const load = (): LoadedSetup => {
    if (!existsSync(file)) {
      const setup = lastGood()
      return setup === undefined
        ? { setup, issues: [] }
        : { setup, issues: [], problem: 'setup.json is gone; the last good copy is in use. Save the set-up to write it again.' }
    }
    const text = readText(file)
    const parsed = text.ok ? parseSetup(text.value) : undefined
    if (parsed?.ok === true) {
      try {
        if (!existsSync(goodFile) || readFileSync(goodFile, 'utf8') !== readFileSync(file, 'utf8'))
          writeFileAtomic(goodFile, readFileSync(file))
      } catch (cause: unknown) {
        log.warn('setup.good-copy-not-written', { error: textOf(cause) })
      }
      return { setup: parsed.value, issues: parsed.issues ?? [] }
    }
    const why = !text.ok ? text.fault.detail : parsed !== undefined && !parsed.ok ? parsed.fault.detail : 'not readable'
    const setup = lastGood()
    const kept = text.ok ? preserve() : 'It was left as it is.'
    const inUse = setup === undefined ? 'No earlier good set-up exists, so nothing is started.' : 'The last good copy is in use.'
    return { setup, issues: parsed?.issues ?? [], problem: `setup.json cannot be used: ${why}. ${inUse} ${kept}` }
  }

  return {
    file,
    load,
    save(setup) {
      const text = `${JSON.stringify(setup, null, 2)}\n`
      try {
        writeFileAtomic(file, text)
        writeFileAtomic(goodFile, text)
        return ok(undefined)
      } catch (cause: unknown) {
        return fail('setup/not-written', `${file}: ${textOf(cause)}`)
      }
    },
    read(from) {
      const text = readText(from)
      if (!text.ok) return text
      const parsed = parseSetup(text.value)
      return parsed.ok ? ok(parsed.value) : { ok: false, fault: parsed.fault }
    },
  }
}
