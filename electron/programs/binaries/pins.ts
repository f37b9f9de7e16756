import { readFileSync } from 'node:fs'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import { errorCode } from '../error-code.ts'

/** What a file was when it was first used. */
export interface Pin {
  readonly sha256: string
  /** Unix ms. */
  readonly pinnedAt: number
}

export type PinCheck =
  | { readonly is: 'first' }
  | { readonly is: 'same'; readonly pin: Pin }
  | { readonly is: 'changed'; readonly pin: Pin; readonly sha256: string }

/** SHA-256 of every program at its first use; a changed one is not started before the user has seen it. */
export interface Pins {
  /** Pins a file at its first use; tells a changed one and keeps the old pin. */
  check(file: string, sha256: string, now: number): Result<PinCheck, 'pins/not-written'>
  /** The user has accepted the change. */
  accept(file: string, sha256: string, now: number): Result<void, 'pins/not-written'>
}

const HEX_64 = /^[0-9a-f]{64}$/

/** Pins in one JSON file. A damaged file is not overwritten silently: it says so once through `onDamaged`. */
export function openPins(file: string, onDamaged: (detail: string) => void): Pins {
  const pins = readPins(file, onDamaged)
  const save = (path: string, pin: Pin): Result<void, 'pins/not-written'> => {
    const before = pins.get(path)
    pins.set(path, pin)
    try {
      writeFileAtomic(file, `${JSON.stringify({ version: 1, pins: Object.fromEntries(pins) }, null, 2)}\n`)
      return ok(undefined)
    } catch (cause) {
      if (before === undefined) pins.delete(path)
      else pins.set(path, before)
      return fail('pins/not-written', `the list of known programs cannot be written to ${file}: ${textOf(cause)}`)
    }
  }
  return {
    check(path, sha256, now) {
      const pin = pins.get(path)
      if (pin !== undefined) return ok(pin.sha256 === sha256 ? { is: 'same', pin } : { is: 'changed', pin, sha256 })
      const saved = save(path, { sha256, pinnedAt: now })
      return saved.ok ? ok({ is: 'first' }) : saved
    },
    accept: (path, sha256, now) => save(path, { sha256, pinnedAt: now }),
  }
}

function readPins(file: string, onDamaged: (detail: string) => void): Map<string, Pin> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const code = errorCode(cause)
    if (code !== 'ENOENT') onDamaged(`${file} cannot be read: ${textOf(cause)}`)
    return new Map()
  }
  try {
    const value: unknown = JSON.parse(text)
    const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'pins') : undefined
    if (typeof list !== 'object' || list === null) throw new Error('it holds no list')
    return new Map(Object.entries(list).filter((entry): entry is [string, Pin] => isPin(entry[1])))
  } catch (cause) {
    onDamaged(`${file} is damaged (${textOf(cause)}); every program counts as used for the first time`)
    return new Map()
  }
}

function isPin(value: unknown): value is Pin {
  if (typeof value !== 'object' || value === null) return false
  const [sha256, pinnedAt]: unknown[] = [Reflect.get(value, 'sha256'), Reflect.get(value, 'pinnedAt')]
  return typeof sha256 === 'string' && HEX_64.test(sha256) && typeof pinnedAt === 'number'
}
