import { readFileSync, renameSync } from 'node:fs'
import { textOf } from '../../shared/domain/fault.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import type { Logger } from '../lib/logger.ts'
import type { OutgoingMessage } from './dispatcher.ts'

export interface Letter {
  readonly message: OutgoingMessage
  readonly attempts: number
}

/** What waits to be sent, kept in one small file so that a restart loses nothing. */
export interface Outbox {
  readonly letters: readonly Letter[]
  replace(letters: readonly Letter[]): void
}

export function openOutbox(file: string, log: Logger): Outbox {
  let letters = readLetters(file, log)
  return {
    get letters() {
      return letters
    },
    replace(next) {
      letters = next
      try {
        writeFileAtomic(file, `${JSON.stringify({ version: 1, letters }, undefined, 2)}\n`)
      } catch (cause) {
        log.warn('outbox.not-written', { detail: textOf(cause) }) // it is still sent, only a restart would lose it
      }
    },
  }
}

function readLetters(file: string, log: Logger): readonly Letter[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return [] // nothing was ever waiting
  }
  try {
    const parsed = JSON.parse(text) as { letters?: unknown }
    if (!Array.isArray(parsed.letters)) throw new Error('no letters')
    return parsed.letters.filter(isLetter)
  } catch (cause) {
    const aside = `${file}.damaged`
    log.warn('outbox.damaged', { detail: textOf(cause), preservedAs: aside })
    try {
      renameSync(file, aside)
    } catch (second) {
      log.warn('outbox.not-preserved', { detail: textOf(second) })
    }
    return []
  }
}

function isLetter(value: unknown): value is Letter {
  if (typeof value !== 'object' || value === null || !('message' in value) || !('attempts' in value)) return false
  const { message, attempts } = value
  if (typeof message !== 'object' || message === null || typeof attempts !== 'number') return false
  return (
    ['title', 'body', 'kind', 'severity'].every((key) => typeof (message as Record<string, unknown>)[key] === 'string') &&
    'at' in message &&
    typeof message.at === 'number'
  )
}
