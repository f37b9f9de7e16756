import path from 'node:path'
import { shortId } from '../../../shared/domain/ids.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import { plural } from '../../../shared/domain/words.ts'
import {
  createKeyStore,
  isThere,
  makeDurableFolder,
  openPublicationStore,
  parsePublication,
  readKeyFile,
  type KeyStore,
} from '../../identities/index.ts'
import { hashOf, putJson, removeIfThere } from '../database/scratch.ts'
import { swapIn, swapObstacle, swapOut, isSwapped } from '../database/swap.ts'
import { databaseFiles } from '../database/snapshot.ts'
import type { RowsData } from '../steps/data.ts'
import { loadedKeys, unlinkAll } from '../steps/key-moves.ts'
import { OperationStopped, type StepRule, type StepTools } from '../types.ts'
import { arrivalSentence, readArrival } from './arrival.ts'
import { importOpenSchema, importRecordSchema, importRowsSchema, type ImportOpen, type ImportRecord, type ImportRows } from './data.ts'
import { withoutKey, type ExportDocument, type PublicDocument } from './document.ts'
import { findImported, importedFile, readImported, rowsFolder, type Imported } from './imported.ts'
import { importRefusals, readHere } from './judge.ts'
import { countOf, writeRowsDatabase } from './rows.ts'
import { secretOf, unseal } from './seal.ts'

const storeOf = ({ files, quarantine, now, log }: StepTools): KeyStore => createKeyStore({ files, folder: quarantine, now, log })
const heldFolder = ({ quarantine }: StepTools): string => path.join(quarantine, 'held')
const heldFile = (tools: StepTools, identity: string): string => path.join(heldFolder(tools), `${identity}.key`)
const isHeld = (tools: StepTools, identity: string): boolean => readKeyFile(heldFile(tools, identity), tools.files).identity === identity

/** @throws OperationStopped */
async function opened(data: ImportOpen, tools: StepTools): Promise<ExportDocument> {
  const { files, passphrase } = tools
  const hash = hashOf(files, data.file)?.sha256
  if (hash !== undefined && hash !== data.sha256)
    throw new OperationStopped('exchange/file-changed', `${data.file} is another file than the plan saw. Roll back, and plan anew`)
  const secret = secretOf({ identityFile: data.identityFile, ...(passphrase === undefined ? {} : { passphrase }) }, files)
  if (!secret.ok) throw stopped(secret.fault)
  const document = await unseal(data.file, secret.value, files)
  if (!document.ok) throw stopped(document.fault)
  const [refusal] = importRefusals(document.value, readHere(data, document.value.identity, tools))
  if (refusal !== undefined) throw stopped(refusal)
  return document.value
}

const stopped = ({ code, detail }: { readonly code: string; readonly detail: string }): OperationStopped =>
  new OperationStopped(code, `${detail}. Nothing was changed: roll back`)

const holdOf = ({ machine }: PublicDocument, { holdUntil }: ImportOpen, now: number): Hold => ({
  code: 'not-yet-checked',
  reason: `It came from ${machine}. Until the network was asked whether it is active elsewhere, no node loads it`,
  since: now,
  ...(holdUntil === null ? {} : { until: holdUntil }),
})

/** Everything but the key first, then the key, then that it is held: what a crash leaves is told apart by that. */
function keep(data: ImportOpen, document: ExportDocument, tools: StepTools): void {
  const { files, folder } = tools
  const { identity, rows } = document
  const before = findImported(tools)
  const wasHeld = before?.wasHeld ?? isHeld(tools, identity)
  let sha256: string | null = null
  if (rows !== null && countOf(rows) > 0) {
    makeDurableFolder(files, rowsFolder(folder))
    sha256 = writeRowsDatabase(tools, rowsFolder(folder), rows).sha256
  }
  const imported: Imported = { document: withoutKey(document), wasHeld, isHeld: false, rows: sha256 }
  putJson(files, importedFile(folder), imported)
  const bytes = Buffer.from(document.key)
  try {
    const name = path.basename(document.keyFile).replace(/\.key$/, '') || identity.slice(0, 8)
    const held = storeOf(tools).hold(bytes, { identity, name, hold: holdOf(document, data, tools.now()) })
    if (!held.ok) throw new OperationStopped(held.fault.code, `${held.fault.detail}. Finish it, or roll back`)
  } finally {
    bytes.fill(0)
  }
  putJson(files, importedFile(folder), { ...imported, isHeld: true } satisfies Imported)
}

const isOpened = (tools: StepTools): boolean => {
  const found = findImported(tools)
  if (found?.isHeld !== true) return false
  return found.rows === null || hashOf(tools.files, databaseFiles(rowsFolder(tools.folder)).main) !== undefined
}

const importOpen: StepRule<ImportOpen> = {
  schema: importOpenSchema,
  async apply(data, tools) {
    if (!isOpened(tools)) keep(data, await opened(data, tools), tools)
    const { document } = readImported(tools)
    const arrival =
      data.posFolder === null || document.pos === null ? undefined : readArrival(tools.files, data.posFolder, document.pos.metadata)
    return [
      `${document.name} (${shortId(document.identity)}) from ${document.machine}, on hold`,
      ...(arrival === undefined ? [] : [arrivalSentence(arrival)]),
    ].join('. ')
  },
  isDone: (_data, tools) => isOpened(tools),
  undo(data, tools) {
    const { files, folder } = tools
    const found = findImported(tools)
    const said = found === undefined ? undefined : letGo(found, tools)
    unlinkAll(files, rowsFolder(folder), ['local.sql', 'local.sql-wal', 'local.sql-shm'])
    removeIfThere(files, importedFile(folder))
    files.syncFolder(folder)
    return said ?? `${data.file} stays as it is`
  },
  obstacle(data, tools) {
    const found = findImported(tools)
    if (found === undefined || isHeld(tools, found.document.identity)) return undefined
    const where = armedIn(data, found.document.identity, tools)
    return `The key was ${where === undefined ? 'taken out of the held ones' : `armed as ${where}`} since: retire the identity, or export it to another machine`
  },
}

const armedIn = ({ nodeFolders }: ImportOpen, identity: string, { files }: StepTools): string | undefined =>
  nodeFolders.flatMap((folder) => loadedKeys(files, folder).filter((key) => key.identity === identity))[0]?.file

/** The held copy goes to the quarantine: the sealed file may be gone by now, and a key is never thrown away. */
function letGo({ document: { identity }, wasHeld }: Imported, tools: StepTools): string {
  const { files } = tools
  if (wasHeld) return 'the key stays on hold, as it was before'
  if (isHeld(tools, identity)) {
    const taken = storeOf(tools).quarantine(heldFile(tools, identity), {
      why: 'Its import was rolled back. The other machine gave it up: arm it in one place only',
      identity,
    })
    if (!taken.ok) throw new OperationStopped(taken.fault.code, taken.fault.detail)
  }
  if (!isThere(files, heldFile(tools, identity))) unlinkAll(files, heldFolder(tools), [`${identity}.json`])
  return 'the key is in the quarantine'
}

/** The generic swap with the rows that came; undefined when there are none, or no node for them. */
function rowsData(
  { dataFolder, marker, snapshot }: ImportRows,
  { document, rows }: Imported,
  tools: StepTools,
): (RowsData & { is: 'swap-rows' }) | undefined {
  if (dataFolder === null || rows === null || document.rows === null) return undefined
  return {
    is: 'swap-rows',
    dataFolder,
    marker,
    snapshot,
    schema: document.rows.schema,
    bring: [{ dataFolder: rowsFolder(tools.folder), ids: [document.identity], all: false }],
    drop: [],
    movedTo: null,
    withCertificates: true,
  }
}

const importRows: StepRule<ImportRows> = {
  schema: importRowsSchema,
  apply(data, tools) {
    const rows = rowsData(data, readImported(tools), tools)
    return rows === undefined ? 'there are none' : swapIn(tools, rows)
  },
  isDone(data, tools) {
    const found = findImported(tools)
    if (found === undefined) return false
    const rows = rowsData(data, found, tools)
    return rows === undefined || isSwapped(tools.files, rows)
  },
  undo(data, tools) {
    const found = findImported(tools)
    const rows = found === undefined ? undefined : rowsData(data, found, tools)
    return rows === undefined ? undefined : swapOut(tools, rows)
  },
  obstacle(data, tools) {
    const found = findImported(tools)
    const rows = found === undefined ? undefined : rowsData(data, found, tools)
    return rows === undefined || swapObstacle(tools, rows) === undefined ? undefined : movedOn(rows.dataFolder)
  },
}

const movedOn = (folder: string): string =>
  `A node was started on ${folder} since, so its database has moved on and an older one is never put back. Retire the identity, or export it to another machine`

const importRecord: StepRule<ImportRecord> = {
  schema: importRecordSchema,
  apply({ records }, tools) {
    const parsed = parsePublication(readImported(tools).document.publication)
    if (!parsed.ok || parsed.value.length === 0) return 'nothing was recorded there'
    const store = openPublicationStore(records, { files: tools.files, log: tools.log })
    store.merge(parsed.value)
    const flushed = store.flush()
    if (!flushed.ok) throw new OperationStopped(flushed.fault.code, `${flushed.fault.detail}. Mend the cause, then finish or roll back`)
    return plural(parsed.value[0]?.atxs.length ?? 0, 'publication')
  },
  // Adding it again changes nothing.
  isDone: () => false,
  // What is known of publications only grows.
  undo: () => undefined,
}

export const importRules = { 'import-open': importOpen, 'import-rows': importRows, 'import-record': importRecord } as const
