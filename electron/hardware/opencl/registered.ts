import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { textOf } from '../../../shared/domain/fault.ts'
import type { RegisteredDriver } from './protocol.ts'

/** Variables of the process that asks. */
export type Environment = Readonly<Record<string, string | undefined>>

const MOST_DRIVERS = 32
const MOST_CHARACTERS = 400

/** Where the loader of Linux looks: a folder, or one file. */
const vendors = (env: Environment): string => env['OCL_ICD_VENDORS'] ?? env['OPENCL_VENDOR_PATH'] ?? '/etc/OpenCL/vendors'

function icdFiles(place: string): readonly string[] {
  if (place.endsWith('.icd')) return [place]
  try {
    const names = readdirSync(place).filter((name) => name.endsWith('.icd'))
    return names.toSorted().map((name) => path.join(place, name))
  } catch {
    return [] // no driver was ever installed
  }
}

function registered(file: string): RegisteredDriver {
  try {
    const library = (readFileSync(file, 'utf8').split('\n')[0] ?? '').trim().slice(0, MOST_CHARACTERS)
    return library === '' ? { file, library, problem: 'the file names no library' } : { file, library }
  } catch (cause: unknown) {
    return { file, library: '', problem: textOf(cause).slice(0, MOST_CHARACTERS) }
  }
}

/**
 * The drivers that are registered on Linux; nothing is loaded. Elsewhere the system keeps its own list.
 * @source cl_khr_icd: a text file `*.icd` whose first line is the driver's library
 */
export function registeredDrivers(env: Environment = process.env): readonly RegisteredDriver[] {
  return process.platform === 'linux' ? icdFiles(vendors(env)).slice(0, MOST_DRIVERS).map(registered) : []
}

/** Loads it as the loader does; in the probe's process only. */
export function tryDriver(driver: RegisteredDriver): RegisteredDriver {
  if (driver.problem !== undefined) return driver
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    koffi.load(driver.library)
    return driver
  } catch (cause: unknown) {
    return { ...driver, problem: textOf(cause).slice(0, MOST_CHARACTERS) }
  }
}
