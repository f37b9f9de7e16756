import { readFileSync, renameSync } from 'node:fs'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import { textOf } from '../../shared/domain/fault.ts'
import { OWNERS } from '../../shared/domain/process.ts'
import type { Owner } from '../../shared/domain/process.ts'

/** One child, written before it is spawned (`pid` unknown) and again after. */
export interface ProcessRecord {
  readonly name: string
  readonly owner: Owner
  /** Random, one a spawn; also in the child's environment. */
  readonly generation: string
  readonly file: string
  /** SHA-256 of the binary, hex; missing when it could not be read. */
  readonly sha256?: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly logFile: string
  /** Tells whether the set-up has changed since the spawn. */
  readonly specHash: string
  readonly bootId: string
  readonly spawnedAt: number
  readonly pid?: number
  /** As the system tells it, compared as text only. */
  readonly startTime?: string
  /** systemd unit it runs in. */
  readonly unit?: string
  readonly readyAt?: number
}

export const TABLE_VERSION = 1

export interface LoadedTable {
  readonly records: readonly ProcessRecord[]
  /** New place of a table that could not be used, whole or in part. */
  readonly damaged?: string
}

/** Reads the table; a missing one is empty, a damaged one is put aside and what is sound in it used. */
export function loadTable(file: string, stamp: number): LoadedTable {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return { records: [] }
    return { records: [], damaged: putAside(file, stamp) }
  }
  const { records, isWhole } = parseTable(text)
  return isWhole ? { records } : { records, damaged: putAside(file, stamp) }
}

const isMissing = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'

function putAside(file: string, stamp: number): string {
  const aside = `${file}.damaged-${stamp}`
  try {
    renameSync(file, aside)
    return aside
  } catch (cause) {
    return `${file} (could not be moved: ${textOf(cause)})`
  }
}

/** The sound records of a table's text. */
export function parseTable(text: string): { records: ProcessRecord[]; isWhole: boolean } {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return { records: [], isWhole: false }
  }
  if (!isObject(parsed) || parsed['version'] !== TABLE_VERSION || !Array.isArray(parsed['records'])) return { records: [], isWhole: false }
  const listed: readonly unknown[] = parsed['records']
  const records = listed.filter(isRecord)
  return { records, isWhole: records.length === listed.length }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isOptional = (value: unknown, type: 'string' | 'number'): boolean => value === undefined || typeof value === type

function isRecord(value: unknown): value is ProcessRecord {
  if (!isObject(value)) return false
  const texts = ['name', 'generation', 'file', 'cwd', 'logFile', 'specHash', 'bootId']
  const { args, owner, pid } = value
  return (
    texts.every((key) => typeof value[key] === 'string') &&
    typeof value['spawnedAt'] === 'number' &&
    (OWNERS as readonly unknown[]).includes(owner) &&
    Array.isArray(args) &&
    args.every((a: unknown) => typeof a === 'string') &&
    (pid === undefined || (typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1)) &&
    ['sha256', 'startTime', 'unit'].every((key) => isOptional(value[key], 'string')) &&
    isOptional(value['readyAt'], 'number')
  )
}

/** @throws the system's error; the old table is then untouched */
export function saveTable(file: string, records: Iterable<ProcessRecord>): void {
  writeFileAtomic(file, `${JSON.stringify({ version: TABLE_VERSION, records: [...records] }, null, 1)}\n`)
}
