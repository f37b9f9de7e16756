import path from 'node:path'
import { z } from 'zod'
import { shortId, type IdentityId } from '../../../shared/domain/ids.ts'
import { bytes as sizeOf, plural } from '../../../shared/domain/words.ts'
import { codeOf, identitiesOf, isThere, readKeyFile } from '../../identities/index.ts'
import { copyWithin, getJson, hashOf, putJson, removeIfThere } from '../database/scratch.ts'
import { canonicalOf, knownKeys } from '../steps/key-moves.ts'
import { OperationStopped, type StepRule, type StepTools } from '../types.ts'
import { exportPublishSchema, exportSealSchema, type ExportPublish, type ExportSeal } from './data.ts'
import { documentText } from './document.ts'
import { countOf, readRows, rowsDigest, type IdentityRows } from './rows.ts'
import { asideOf, sealings, sealTo, type Sealing } from './seal.ts'

/** What was sealed, for whoever goes on after a crash; nothing of it is secret. */
const noteSchema = z.object({
  files: z.array(z.object({ file: z.string(), sha256: z.string(), bytes: z.number() })).min(1),
  /** Of the rows that are in it: when a node moved on since, it is sealed anew. */
  rows: z.string(),
  /** It is being taken back. */
  undoing: z.literal(true).exactOptional(),
  /** The name was free, and a copy is being written under it. */
  copying: z.literal(true).exactOptional(),
})
type SealedNote = z.output<typeof noteSchema>

const noteFile = (tools: StepTools): string => path.join(tools.folder, 'sealed.json')
const readNote = (tools: StepTools): SealedNote | undefined => noteSchema.safeParse(getJson(tools.files, noteFile(tools))).data

const holdsIt = (tools: StepTools, at: string, sha256: string): boolean => hashOf(tools.files, at)?.sha256 === sha256

/** Whether every sealed file is there as it was written, hidden or under its name. */
const isWhole = (tools: StepTools, { files }: SealedNote): boolean =>
  files.every(({ file, sha256 }) => holdsIt(tools, asideOf(file), sha256) || holdsIt(tools, file, sha256))

/** Its file in the node's folder, or the copy in the quarantine once it was disarmed. */
function keyOf({ dataFolder, identity, keyFile, entry }: ExportSeal, tools: StepTools): Uint8Array {
  const armed = path.join(identitiesOf(dataFolder), keyFile)
  const kept = path.join(tools.quarantine, entry, keyFile)
  const file = readKeyFile(armed, tools.files).identity === identity ? armed : kept
  return canonicalOf(tools.files, file, identity)
}

function textOf(data: ExportSeal, tools: StepTools, rows: IdentityRows | null): string {
  const { identity, keyFile, about } = data
  const key = keyOf(data, tools)
  const hex = Buffer.from(key).toString('latin1')
  key.fill(0)
  return documentText({ madeAt: new Date(tools.now()).toISOString(), identity: identity as IdentityId, keyFile, ...about, rows, key: hex })
}

/** An earlier try may have had a passphrase, or none. */
const allAsides = (file: string): readonly string[] =>
  sealings(file, { hasPassphrase: true, hasRecipients: true }).map((one) => asideOf(one.file))

/** What may be sealed with now. @throws OperationStopped */
function wanted({ file, recipients }: ExportSeal, { passphrase }: StepTools): readonly Sealing[] {
  const found = sealings(file, { hasPassphrase: passphrase !== undefined && passphrase !== '', hasRecipients: recipients.length > 0 })
  if (found.length > 0) return found
  throw new OperationStopped(
    'exchange/no-secret',
    'A key is never written in clear: give a passphrase, or an age recipient. Nothing was changed. Finish it with one, or roll back',
  )
}

const sealRule = (workFactor: number | undefined): StepRule<ExportSeal> => ({
  schema: exportSealSchema,
  async apply(data, tools) {
    const rows = readRows(tools, data.dataFolder, data.identity)
    const known = readNote(tools)
    if (known !== undefined && known.rows === rowsDigest(rows) && isWhole(tools, known)) return 'sealed already'
    const { files, passphrase } = tools
    const text = textOf(data, tools, rows)
    const sealed: SealedNote['files'] = []
    for (const aside of allAsides(data.file)) removeIfThere(files, aside)
    for (const { file, opener } of wanted(data, tools)) {
      // A sealed file with older rows must not get the name afterwards.
      if (known?.files.some((one) => one.file === file && holdsIt(tools, file, one.sha256)) === true) files.unlink(file)
      if (isThere(files, file)) throw taken(file)
      const how = { opener, recipients: data.recipients, ...(passphrase === undefined ? {} : { passphrase }) }
      await sealTo(files, asideOf(file), text, { ...how, ...(workFactor === undefined ? {} : { workFactor }) })
      const hashed = hashOf(files, asideOf(file))
      if (hashed !== undefined) sealed.push({ file, ...hashed })
    }
    files.syncFolder(path.dirname(data.file))
    putJson(files, noteFile(tools), { files: sealed, rows: rowsDigest(rows) } satisfies SealedNote)
    const brought = rows === null ? 'no rows' : plural(countOf(rows), 'row')
    return `${sizeOf(sealed[0]?.bytes ?? 0)}, opened again and compared; the key and ${brought}`
  },
  isDone(data, tools) {
    const known = readNote(tools)
    return known !== undefined && isWhole(tools, known) && known.rows === rowsDigest(readRows(tools, data.dataFolder, data.identity))
  },
  undo({ file }, tools) {
    const { files } = tools
    for (const aside of allAsides(file)) removeIfThere(files, aside)
    removeIfThere(files, noteFile(tools))
    if (isThere(files, path.dirname(file))) files.syncFolder(path.dirname(file))
    return 'the sealed file is removed'
  },
})

const taken = (file: string): OperationStopped =>
  new OperationStopped(
    'exchange/file-exists',
    `${file} appeared meanwhile, and nothing is overwritten. Move it away, then finish or roll back`,
  )

/** The sentence for whoever wants the exported key back. */
export const exportedObstacle = (file: string): string =>
  `The sealed file still holds the key: destroy ${file} and every copy of it before this machine arms it again. Then put the key back from the quarantine, which asks the network first`

const publish: StepRule<ExportPublish> = {
  schema: exportPublishSchema,
  apply({ dataFolder, identity }, tools) {
    const { files } = tools
    const armed = knownKeys(files, dataFolder).find((key) => key.identity === identity)
    if (armed !== undefined)
      throw new OperationStopped(
        'exchange/armed-again',
        `${armed.file} holds the key of ${shortId(identity)} again, so the sealed file is not handed out. Roll back, and plan anew`,
      )
    const note = readNote(tools)
    if (note === undefined || !isWhole(tools, note))
      throw new OperationStopped('exchange/sealed-gone', 'The sealed file was removed or changed meanwhile. Roll back, and plan anew')
    for (const sealed of note.files) {
      const { file, sha256 } = sealed
      if (!holdsIt(tools, file, sha256)) giveName(tools, note, sealed)
      files.syncFolder(path.dirname(file))
      if (!holdsIt(tools, file, sha256)) throw taken(file)
      removeIfThere(files, asideOf(file))
      files.syncFolder(path.dirname(file))
    }
    return note.files.map(({ file }) => path.basename(file)).join(' and ')
  },
  isDone(_data, tools) {
    const note = readNote(tools)
    return note !== undefined && note.files.every(({ file, sha256 }) => holdsIt(tools, file, sha256))
  },
  undo(_data, tools) {
    const { files } = tools
    const note = readNote(tools)
    if (note === undefined) return
    if (note.undoing !== true) {
      const away = note.files.find(({ file, sha256 }) => !holdsIt(tools, file, sha256) && !holdsIt(tools, asideOf(file), sha256))
      if (away !== undefined) throw takenAway(away.file)
      // From here on a file that is missing was removed by us.
      putJson(files, noteFile(tools), { ...note, undoing: true } satisfies SealedNote)
    }
    for (const one of note.files) if (holdsIt(tools, one.file, one.sha256) || isTorn(tools, note, one)) files.unlink(one.file)
    for (const { file } of note.files) files.syncFolder(path.dirname(file))
  },
  // Copying the file to the other machine is what it is made for, and a copy leaves no trace here.
  obstacle: ({ file }) => exportedObstacle(file),
}

const takenAway = (file: string): OperationStopped =>
  new OperationStopped(
    'exchange/taken-away',
    `${file} was taken away already, and it holds the key. So the key does not come back here: finish the export instead`,
  )

/** Whether what lies under the name is a copy of ours that a power cut left: torn, so by its bytes nobody can tell. */
const isTorn = ({ files }: StepTools, note: SealedNote, { file, bytes }: SealedNote['files'][number]): boolean =>
  note.copying === true && isThere(files, file) && (files.facts(file)?.bytes ?? 0) <= bytes

/** Never over another file. A second name where the file system has such, so that none of both is ever missing; else a copy. */
function giveName(tools: StepTools, note: SealedNote, sealed: SealedNote['files'][number]): void {
  const { files } = tools
  const { file } = sealed
  try {
    files.link(asideOf(file), file)
    return
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw taken(file)
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(cause))) throw cause
  }
  if (isThere(files, file) && !isTorn(tools, note, sealed)) throw taken(file)
  putJson(files, noteFile(tools), { ...note, copying: true } satisfies SealedNote)
  removeIfThere(files, file)
  copyWithin(files, asideOf(file), file)
}

interface ExportRules {
  readonly 'export-seal': StepRule<ExportSeal>
  readonly 'export-publish': StepRule<ExportPublish>
}

/** @param workFactor  log2 of scrypt's work, for tests */
export const exportRules = (workFactor?: number): ExportRules => ({ 'export-seal': sealRule(workFactor), 'export-publish': publish })
