import path from 'node:path'
import { z } from 'zod'
import { isThere, makeDurableFolder } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { fold, MAIN, takeOut } from './build.ts'
import { copyIn, copyWithin, dropScratch, freshScratch, getJson, hashOf, putJson, removeIfThere, type Hashed } from './scratch.ts'
import type { StepTools } from '../types.ts'

const hashed = z.object({ sha256: z.string(), bytes: z.number() }).nullable()
const schema = z.object({ main: hashed, wal: hashed, shm: hashed, folded: hashed })

/** The three files of a database as they were, and the same with its log folded in. */
export interface Snapshot extends z.output<typeof schema> {
  /** Its folder: `main`, `wal`, `shm`, `folded`, as far as there are such. */
  readonly folder: string
}

const PARTS = { main: '', wal: '-wal', shm: '-shm' } as const
export const databaseFiles = (dataFolder: string): Readonly<Record<keyof typeof PARTS, string>> => {
  const main = path.join(dataFolder, MAIN)
  return { main, wal: `${main}-wal`, shm: `${main}-shm` }
}

const isSame = (one: Hashed | null | undefined, other: Hashed | null | undefined): boolean => (one?.sha256 ?? '') === (other?.sha256 ?? '')

/** A log of 0 bytes says nothing. */
const walOf = (files: Files, dataFolder: string): Hashed | null => {
  const wal = hashOf(files, databaseFiles(dataFolder).wal)
  return wal === undefined || wal.bytes === 0 ? null : wal
}

/**
 * Whether the folder's database is still the one of this snapshot: untouched, or in one of the states between which our own
 * swap goes (folded in, with or without the old log).
 */
export function isOfSnapshot(files: Files, dataFolder: string, snapshot: Snapshot): boolean {
  const main = hashOf(files, databaseFiles(dataFolder).main) ?? null
  const wal = walOf(files, dataFolder)
  const oldWal = snapshot.wal?.bytes === 0 ? null : snapshot.wal
  if (isSame(main, snapshot.main) && isSame(wal, oldWal)) return true
  return snapshot.folded !== null && isSame(main, snapshot.folded) && (wal === null || isSame(wal, oldWal))
}

/** The newest complete snapshot of this name. */
export function newestSnapshot(tools: StepTools, name: string): Snapshot | undefined {
  let newest: Snapshot | undefined
  for (let n = 1; n <= 1000; n += 1) {
    const folder = folderOf(tools, name, n)
    const parsed = schema.safeParse(getJson(tools.files, path.join(folder, 'snapshot.json')))
    if (!parsed.success) return newest
    newest = { ...parsed.data, folder }
  }
  return newest
}

const folderOf = (tools: StepTools, name: string, n: number): string => path.join(tools.folder, n === 1 ? name : `${name}-${n}`)

/**
 * The snapshot of what is in the data folder now: the newest one when that still fits, else a further one. None is ever
 * overwritten, and nothing in the data folder is changed.
 */
export function takeSnapshot(tools: StepTools, dataFolder: string, name: string): Snapshot {
  const { files } = tools
  const newest = newestSnapshot(tools, name)
  if (newest !== undefined && isOfSnapshot(files, dataFolder, newest)) return newest
  let n = 1
  while (schema.safeParse(getJson(files, path.join(folderOf(tools, name, n), 'snapshot.json'))).success) n += 1
  const folder = folderOf(tools, name, n)
  makeDurableFolder(files, folder)
  for (const left of ['main', 'wal', 'shm', 'folded', 'snapshot.json.part']) removeIfThere(files, path.join(folder, left))
  const at = databaseFiles(dataFolder)
  const copied = Object.fromEntries(
    Object.entries(at).map(([part, file]) => [part, isThere(files, file) ? copyWithin(files, file, path.join(folder, part)) : null]),
  ) as Record<keyof typeof PARTS, Hashed | null>
  const snapshot = { ...copied, folded: foldedCopy(tools, folder, copied) }
  files.syncFolder(folder)
  putJson(files, path.join(folder, 'snapshot.json'), snapshot)
  return { ...snapshot, folder }
}

/** The same database alone in one file; null when it is that already. */
function foldedCopy(tools: StepTools, folder: string, { main, wal }: Record<keyof typeof PARTS, Hashed | null>): Hashed | null {
  if (main === null || wal === null || wal.bytes === 0) return null
  const scratch = freshScratch(tools.temporary, 'fold')
  try {
    const real = path.join(scratch, 'copy.sql')
    takeOut(tools.files, { main: path.join(folder, 'main'), wal: path.join(folder, 'wal') }, real)
    fold(real, path.join(folder, 'main'))
    return copyIn(tools.files, real, path.join(folder, 'folded'))
  } finally {
    dropScratch(scratch)
  }
}
