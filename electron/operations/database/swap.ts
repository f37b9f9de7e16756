import path from 'node:path'
import { z } from 'zod'
import { isThere, makeDurableFolder } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import type { RowsData } from '../steps/data.ts'
import { requireFolder } from '../steps/key-moves.ts'
import { OperationStopped, type StepTools } from '../types.ts'
import { buildRows, checkBuilt, rowsSentence, takeOut, type Inputs } from './build.ts'
import { buildByTool } from './tool.ts'
import type { ToolRun } from '../tool/merge-program.ts'
import { copyIn, copyWithin, dropScratch, freshScratch, getJson, hashOf, putJson, removeIfThere } from './scratch.ts'
import { databaseFiles, isOfSnapshot, newestSnapshot, takeSnapshot, type Snapshot } from './snapshot.ts'

const builtSchema = z.object({
  /** Hashes of everything that it was made of: another one, and it is made again. */
  inputs: z.string(),
  sha256: z.string(),
  rows: z.record(z.string(), z.number()),
  added: z.number(),
  removed: z.number(),
})
type BuiltNote = z.output<typeof builtSchema>

type Swap = Pick<RowsData, 'dataFolder' | 'marker'>
const asideOf = (data: Swap): string => path.join(data.dataFolder, `.smeshkeeper-${data.marker.toString(16)}.sql`)
const foldOf = (data: Swap): string => path.join(data.dataFolder, `.smeshkeeper-${data.marker.toString(16)}.old`)
const noteOf = (tools: StepTools, data: RowsData): string => path.join(tools.folder, `${data.snapshot}-built.json`)

/** SQLite's application_id of the file itself, big-endian at byte 68; a log in use does not take it away. */
function markerOf(files: Files, file: string): number | undefined {
  if (!isThere(files, file)) return undefined
  const fd = files.openRead(file)
  try {
    const head = Buffer.from(files.read(fd, 72, 0))
    return head.length < 72 ? 0 : head.readUInt32BE(68)
  } finally {
    files.close(fd)
  }
}

/** Whether the database that was built is in place, whatever a node has written to it since. */
export const isSwapped = (files: Files, data: RowsData): boolean => markerOf(files, databaseFiles(data.dataFolder).main) === data.marker

const inputsText = (base: Inputs, sources: readonly Inputs[]): string =>
  [base, ...sources].map(({ main, wal }) => `${main?.sha256 ?? '-'}+${wal === null || wal.bytes === 0 ? '-' : wal.sha256}`).join(' ')

const inputsNow = (files: Files, dataFolder: string): Inputs => {
  const { main, wal } = databaseFiles(dataFolder)
  return { main: hashOf(files, main) ?? null, wal: hashOf(files, wal) ?? null }
}

/** What a snapshot stands for, without looking at the folder again. */
const inputsOf = ({ main, wal }: Snapshot): Inputs => ({ main, wal })

/** What the plan saw, and what a snapshot holds, must still be there: rows are never silently left out. */
function requireDatabases(tools: StepTools, data: RowsData): void {
  for (const { dataFolder } of data.bring) requireFolder(tools.files, dataFolder)
  const had = newestSnapshot(tools, data.snapshot)
  if (had === undefined || had.main === null || isThere(tools.files, databaseFiles(data.dataFolder).main)) return
  throw databaseGone(data.dataFolder)
}

const databaseGone = (dataFolder: string): OperationStopped =>
  new OperationStopped(
    'operation/folder-gone',
    `${databaseFiles(dataFolder).main} vanished: its folder was renamed, or its disk is away. Bring it back under this name, then finish or roll back`,
  )

/** Builds the new database aside from the snapshot and the sources as they are now, and checks it. One that still fits stays. */
export function buildAside(tools: StepTools, data: RowsData): BuiltNote {
  const { files } = tools
  requireDatabases(tools, data)
  makeDurableFolder(files, data.dataFolder)
  const snapshot = takeSnapshot(tools, data.dataFolder, data.snapshot)
  const aside = asideOf(data)
  const inputs = inputsText(
    inputsOf(snapshot),
    data.bring.map(({ dataFolder }) => inputsNow(files, dataFolder)),
  )
  const known = builtSchema.safeParse(getJson(files, noteOf(tools, data)))
  if (known.success && known.data.inputs === inputs && hashOf(files, aside)?.sha256 === known.data.sha256) return known.data
  removeIfThere(files, aside)
  const scratch = freshScratch(tools.temporary, 'build')
  try {
    const base = path.join(scratch, 'base.sql')
    takeOut(files, { main: path.join(snapshot.folder, 'main'), wal: path.join(snapshot.folder, 'wal') }, base)
    const sources = data.bring.map(({ dataFolder }, index) => {
      const real = path.join(scratch, `source-${index}.sql`)
      return takeOut(files, databaseFiles(dataFolder), real).main === null ? undefined : real
    })
    const { rows, added, removed } =
      data.tool === undefined
        ? buildRows(data, { base, sources })
        : buildByTool(data, { tool: data.tool, keep: (runs) => keepRuns(tools, data, runs) }, { base, sources })
    const { sha256 } = copyIn(files, base, aside)
    files.syncFolder(data.dataFolder)
    const check = path.join(scratch, 'check.sql')
    takeOut(files, { main: aside, wal: `${aside}-wal` }, check)
    checkBuilt(check, data, rows)
    const note = { inputs, sha256, rows, added, removed }
    putJson(files, noteOf(tools, data), note)
    return note
  } finally {
    dropScratch(scratch)
  }
}

/** What another release's merge-nodes said stays with the journal. */
const keepRuns = (tools: StepTools, data: RowsData, runs: readonly ToolRun[]): void =>
  putJson(tools.files, path.join(tools.folder, `${data.snapshot}-tool.json`), { tool: data.tool, runs }, 1)

/**
 * Puts the database that was built in the place of the old one. Between any two changes the folder has a whole database:
 * the old one; the old one with its log folded in (its old log beside it changes nothing); that alone; the new one. So a
 * node that is started in between never runs on an older state, and a leftover log never meets a new file.
 */
export function swapIn(tools: StepTools, data: RowsData): string {
  const { files } = tools
  const { main, wal, shm } = databaseFiles(data.dataFolder)
  if (isSwapped(files, data)) {
    removeAsides(files, data)
    return 'it was in place already'
  }
  const built = buildAside(tools, data)
  const snapshot = takeSnapshot(tools, data.dataFolder, data.snapshot)
  if (snapshot.folded !== null && hashOf(files, main)?.sha256 !== snapshot.folded.sha256)
    replaceBy(files, { from: path.join(snapshot.folder, 'folded'), aside: foldOf(data), to: main })
  files.syncFolder(data.dataFolder)
  for (const old of [wal, shm]) removeIfThere(files, old)
  files.syncFolder(data.dataFolder)
  files.rename(asideOf(data), main)
  files.syncFolder(data.dataFolder)
  verify(tools, data, built)
  removeAsides(files, data)
  return `${rowsSentence(built.added)} came in${built.removed === 0 ? '' : `, ${rowsSentence(built.removed)} left`}; the old files are kept in the snapshot`
}

function verify(tools: StepTools, data: RowsData, built: BuiltNote): void {
  const now = inputsNow(tools.files, data.dataFolder)
  if (now.main?.sha256 === built.sha256 && now.wal === null) return
  throw new OperationStopped(
    'operation/not-as-written',
    `${databaseFiles(data.dataFolder).main} is not what was swapped in: a node was started meanwhile, or the disk lies. Roll back`,
  )
}

/** A copy takes the place of `to` at once: `to` is at every instant the old or the new file, whole. */
function replaceBy(files: Files, { from, aside, to }: { readonly from: string; readonly aside: string; readonly to: string }): void {
  removeIfThere(files, aside)
  copyWithin(files, from, aside)
  files.rename(aside, to)
  files.syncFolder(path.dirname(to))
}

/** Leaves nothing of ours beside the database, and all names in its folder durable. */
function removeAsides(files: Files, data: Swap): void {
  for (const left of [asideOf(data), foldOf(data)]) removeIfThere(files, left)
  if (isThere(files, data.dataFolder)) files.syncFolder(data.dataFolder)
}

/** Why the exact undo is over: a node has worked with the new database. */
export function swapObstacle(tools: StepTools, data: RowsData): string | undefined {
  const built = builtSchema.safeParse(getJson(tools.files, noteOf(tools, data)))
  const now = inputsNow(tools.files, data.dataFolder)
  if (built.success && now.main?.sha256 === built.data.sha256 && (now.wal === null || now.wal.bytes === 0)) return undefined
  if (data.tool !== undefined)
    return `A node was started on ${data.dataFolder} since. Its database has version ${data.schema}, which this Smeshkeeper does not know, so single rows cannot be carried back, and an older database is never put back. Leave the identities there, or update Smeshkeeper and split them out`
  return `A node was started on ${data.dataFolder} since, so its database has moved on and an older one is never put back. Undo it by a split, which carries the current rows`
}

/** Takes the swap back: exactly, or with the rows as they are now when a node was started meanwhile. */
export function swapOut(tools: StepTools, data: RowsData): string | undefined {
  const { files } = tools
  const snapshot = newestSnapshot(tools, data.snapshot)
  if (snapshot === undefined) return undefined // nothing was begun
  if (snapshot.main !== null && !isThere(files, databaseFiles(data.dataFolder).main)) throw databaseGone(data.dataFolder)
  if (!isSwapped(files, data)) {
    for (const one of [data, ...backSwaps(data)]) removeAsides(files, one)
    if (!isOfSnapshot(files, data.dataFolder, snapshot)) return 'a node was started meanwhile: its database stays as it is'
    putBack(tools, data, snapshot)
    return undefined
  }
  const obstacle = swapObstacle(tools, data)
  if (obstacle === undefined) {
    putBack(tools, data, snapshot)
    return 'the old files are back as they were'
  }
  if (data.tool !== undefined) throw new OperationStopped('operation/not-undoable', `${obstacle}. Finish it now`)
  // What an exact undo that was cut has copied, before a node was started.
  removeAsides(files, data)
  carryBack(tools, data)
  return 'a node was started meanwhile: the current rows went back'
}

/** The three files as they were. Each state on the way is whole: the folded one takes the place first, its log comes before its file. */
function putBack(tools: StepTools, data: RowsData, snapshot: Snapshot): void {
  const { files } = tools
  const at = databaseFiles(data.dataFolder)
  const kept = (part: string): string => path.join(snapshot.folder, part)
  const aside = foldOf(data)
  if (snapshot.main === null) {
    for (const file of Object.values(at)) removeIfThere(files, file)
    if (isThere(files, data.dataFolder)) files.syncFolder(data.dataFolder)
    return
  }
  const isMain = hashOf(files, at.main)?.sha256 === snapshot.main.sha256
  if (snapshot.folded !== null && !(isMain && hashOf(files, at.wal)?.sha256 === snapshot.wal?.sha256)) {
    replaceBy(files, { from: kept('folded'), aside, to: at.main })
    replaceBy(files, { from: kept('wal'), aside, to: at.wal })
  }
  if (snapshot.folded === null && !isMain) {
    // Whatever log lies here belongs to the database that goes.
    for (const file of [at.wal, at.shm]) removeIfThere(files, file)
    files.syncFolder(data.dataFolder)
  }
  if (hashOf(files, at.main)?.sha256 !== snapshot.main.sha256) replaceBy(files, { from: kept('main'), aside, to: at.main })
  if (snapshot.folded === null && snapshot.wal !== null) replaceBy(files, { from: kept('wal'), aside, to: at.wal })
  if (snapshot.shm !== null) replaceBy(files, { from: kept('shm'), aside, to: at.shm })
  else if (isThere(files, at.shm)) files.unlink(at.shm)
  removeAsides(files, data)
}

/** A further swap within an undo has a marker and a snapshot of its own, the same at every try. */
const derived = (data: RowsData, index: number): Pick<RowsData, 'marker' | 'snapshot'> => ({
  marker: ((data.marker + 7919 * (index + 1)) % 0x7ffffffe) + 1,
  snapshot: `${data.snapshot}-back-${index}`,
})

/** Those of `carryBack`: a power cut can leave the name of a file that took its place. */
function backSwaps(data: RowsData): readonly Swap[] {
  const folders = [...data.bring.filter(({ ids }) => ids.length > 0), data].map(({ dataFolder }) => dataFolder)
  return folders.map((dataFolder, index) => ({ dataFolder, marker: derived(data, index).marker }))
}

/** Rows that came here go home as they are now; rows that left come back from where they went. */
function carryBack(tools: StepTools, data: RowsData): void {
  const base = { is: 'swap-rows' as const, schema: data.schema, withCertificates: data.withCertificates, drop: [], movedTo: null }
  const brought = data.bring.filter(({ ids }) => ids.length > 0)
  for (const [index, { dataFolder, ids }] of brought.entries())
    swapIn(tools, { ...base, ...derived(data, index), dataFolder, bring: [{ dataFolder: data.dataFolder, ids, all: false }] })
  const single = data.movedTo === null || data.drop.length === 0 ? [] : [{ dataFolder: data.movedTo, ids: data.drop }]
  const returning = (data.moved ?? single).map((one) => ({ ...one, all: false }))
  swapIn(tools, {
    ...base,
    ...derived(data, brought.length),
    dataFolder: data.dataFolder,
    bring: returning,
    drop: brought.flatMap(({ ids }) => ids),
    movedTo: null,
  })
}
