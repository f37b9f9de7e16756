import path from 'node:path'
import type { Fault } from '../../../shared/domain/fault.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import type { LocalDatabase } from '../../../shared/domain/inventory.ts'
import type { PlanCheck, PlanRisk } from '../../../shared/domain/operation.ts'
import type { PublicationRecord } from '../../../shared/domain/publication.ts'
import { plural } from '../../../shared/domain/words.ts'
import { isThere, publicationText } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { METADATA_FILE, MOST_METADATA_BYTES, parseMetadata } from '../../pos-data/index.ts'
import { windowCheck } from '../foreign/window.ts'
import { draftOf, entryName, planNode, type Pair, type PlanMoment } from '../plans/plan-parts.ts'
import type { KeysOut, WriteFile } from '../steps/data.ts'
import type { Draft } from '../types.ts'
import type { ExportPublish, ExportSeal, ExportSetUp, Proving } from './data.ts'
import { exportRefusals, SEALED_BYTES, type ExportFacts } from './export-refusals.ts'
import { readmeName, readmeText } from './readme-text.ts'
import { asideOf } from './seal.ts'

/** The node that has the key, as it is on disk. */
export interface ExchangeNode {
  readonly name: string
  readonly dataFolder: string
  readonly version: string
  readonly keys: readonly { readonly name: string; readonly identity?: string; readonly form: 'good' | 'repairable' | 'bad' }[]
  readonly database: LocalDatabase
  readonly genesisId?: string
  readonly lockFile?: string
  readonly coinbase?: string
}

export interface ExportRequest {
  readonly identity: string
  /** The sealed file, absolute. */
  readonly file: string
  /** `age1…`; with a passphrase at the run as well, a second file is made. */
  readonly recipients: readonly string[]
}

export interface ExportInput {
  readonly moment: Omit<PlanMoment, 'setUp' | 'held'>
  /** Only read. */
  readonly files: Pick<Files, 'facts' | 'readWhole' | 'list'>
  /** Every node of this machine that was found. */
  readonly nodes: readonly ExchangeNode[]
  /** Who else works on a data folder now, and cannot be stopped by us; by data folder. */
  readonly held: readonly { readonly dataFolder: string; readonly by: string }[]
  /** Folder of its PoS data; null: it is not known. */
  readonly posFolder: string | null
  readonly proving: Proving | null
  readonly record: PublicationRecord | undefined
  /** Our set-up file, when the identity is in it. */
  readonly setUpFile: string | null
  readonly isInBackup: boolean
  readonly isBanned: boolean
  readonly machine: string
  /** "Smeshkeeper 0.1.0" */
  readonly madeBy: string
  readonly freeBytes: (folder: string) => number
  readonly canWrite: (folder: string) => boolean
}

const metadataIn = (files: ExportInput['files'], folder: string): string | undefined => {
  const file = path.join(folder, METADATA_FILE)
  return files.facts(file)?.is === 'file' ? Buffer.from(files.readWhole(file, MOST_METADATA_BYTES)).toString('utf8') : undefined
}

function factsOf(request: ExportRequest, input: ExportInput): ExportFacts {
  const has = (node: ExchangeNode): boolean => node.keys.some(({ identity }) => identity === request.identity)
  const found = input.nodes.filter(has)
  const metadata = input.posFolder === null ? undefined : metadataIn(input.files, input.posFolder)
  return {
    request,
    input,
    node: found[0],
    others: found.slice(1),
    metadata,
    name: input.moment.names[request.identity] ?? shortId(request.identity),
  }
}

/** Plans to seal an identity into a file and give it up here. Only reads. */
export async function planExportIdentity(request: ExportRequest, input: ExportInput): Promise<Draft> {
  const facts = factsOf(request, input)
  const refusals = await exportRefusals(facts)
  const { node } = facts
  const key = node?.keys.find(({ identity }) => identity === request.identity)
  return draftOf(
    partsOf(facts, refusals, refusals.length > 0 || node === undefined || key === undefined ? [] : stepsOf(facts, node, key.name)),
    {
      ...input.moment,
      held: [],
      setUp: () => undefined,
    },
  )
}

function partsOf(facts: ExportFacts, refusals: readonly Fault[], pairs: readonly Pair[]): Parameters<typeof draftOf>[0] {
  const { request, input, node, name } = facts
  const { moment: at } = input
  const left = node?.keys.map((one) => (one.identity === request.identity ? { ...one, change: 'leaves, to the quarantine' } : one)) ?? []
  const before = node === undefined ? [] : [planNode(at, node, node.keys)]
  const isLast = node?.keys.length === 1
  const note = isLast ? 'disarmed: no key, cannot smesh; nothing deleted' : undefined
  return {
    kind: 'export-identity',
    title: `Export ${name} to ${request.file} and disarm it here`,
    before,
    after: node === undefined ? [] : [planNode(at, node, left, note)],
    pairs,
    risks: risksOf(facts),
    checks: checksOf(facts),
    refusals,
    asks: [
      { id: 'gives-up', text: `${name} leaves this machine: it is disarmed here, and I will arm it on one other machine only.` },
      { id: 'can-open', text: 'I keep the passphrase, or the age identity of the recipient: nobody opens the file without it.' },
    ],
    stops: ['the node', `the service of ${name}`],
    bytes: SEALED_BYTES + databaseBytes(node?.database),
    undo: 'Until the sealed file has its name, rolling back brings everything to where it was. Afterwards it holds the key wherever it was copied: destroy every copy, then put the key back from the quarantine.',
    touches: node === undefined ? [] : [node],
  }
}

const databaseBytes = (database: LocalDatabase | undefined): number => (database?.is === 'read' ? database.bytes : 0)

function risksOf({ input, metadata, node, name }: ExportFacts): readonly PlanRisk[] {
  const keysBeside = input.posFolder === null ? [] : listed(input.files, input.posFolder).filter((file) => /\.key/.test(file))
  const risks: PlanRisk[] = [
    {
      grade: 'ban',
      text: `Whoever imports the file arms ${name}. Imported on two machines, or put back here while another runs it, it is banned for ever.`,
    },
    {
      grade: 'loss',
      text: 'Without the passphrase or the recipient’s identity nobody opens the file. The key itself stays in the quarantine here.',
    },
  ]
  if (keysBeside.length > 0)
    risks.push({
      grade: 'note',
      text: `${keysBeside.join(', ')} lies beside the PoS data in clear. The prepared rsync command leaves it out.`,
    })
  if (node?.keys.length === 1)
    risks.push({
      grade: 'note',
      text: `${node.name} has no other key: started again it would make itself a fresh local.key, which earns nothing.`,
    })
  if (metadata === undefined)
    risks.push({
      grade: 'note',
      text: 'The PoS data is not known here, so its metadata does not go along. Copy its whole folder to the other machine.',
    })
  if (input.isBanned) risks.push({ grade: 'note', text: `${name} is banned already: it earns nothing on the other machine either.` })
  return risks
}

function listed(files: ExportInput['files'], folder: string): readonly string[] {
  return files.facts(folder)?.is === 'folder' ? files.list(folder) : []
}

function checksOf({ request, input, node, name }: ExportFacts): readonly PlanCheck[] {
  const rows = node?.database.is === 'read' ? node.database.rows.find(({ identity }) => identity === request.identity) : undefined
  const registered = rows?.registrations.length ?? 0
  return [
    input.isInBackup
      ? { is: 'pass', text: `The key of ${name} is in a backup that was read back` }
      : { is: 'warn', text: `The key of ${name} is in no backup: make one first` },
    windowCheck(input.moment.window),
    ...(registered === 0
      ? []
      : [
          {
            is: 'pass' as const,
            text: `${plural(registered, 'registration')} at PoETs go along: it proves on the other machine this epoch`,
          },
        ]),
  ]
}

const handOut = (data: ExportPublish): Pair => [
  { title: 'Hand the sealed file out', detail: `${data.file}: when you see it, this machine has given the key up`, estimateMs: 100 },
  data,
]

function stepsOf(facts: ExportFacts, node: ExchangeNode, keyFile: string): readonly Pair[] {
  const { request, input, name } = facts
  const { identity, file } = request
  const at = input.moment
  const entry = entryName(at, 1, `exported-${name}`)
  const text = readmeText({
    identity,
    name,
    file,
    hasRecipients: request.recipients.length > 0,
    machine: input.machine,
    madeAt: at.now,
    posFolder: input.posFolder,
  })
  const readme = freeReadme(input.files, path.dirname(file), identity)
  const day = new Date(at.now).toISOString().slice(0, 10)
  const out: KeysOut = {
    is: 'keys-out',
    dataFolder: node.dataFolder,
    entry,
    why: `Exported to ${file} on ${day}. Arm it here again only when that file and every copy of it are destroyed`,
    keys: [{ identity, name: keyFile }],
  }
  const note: WriteFile = { is: 'write-file', file: readme, before: null, keep: 'readme.txt', text, mode: 0o644 }
  const setUp: ExportSetUp | undefined =
    input.setUpFile === null
      ? undefined
      : {
          is: 'export-set-up',
          file: input.setUpFile,
          identity,
          reason: `It was exported to ${path.basename(file)} on ${day} for another machine`,
        }
  return [
    [
      {
        title: 'Seal key and rows',
        detail: `${asideOf(file)}, opened again and compared; nothing is disarmed before that`,
        estimateMs: 3_000,
      },
      sealOf(facts, node, { keyFile, entry, instructions: text }),
    ],
    [
      { title: `Disarm ${name} here`, detail: `${keyFile} goes to the quarantine, with a note where it was exported to`, estimateMs: 200 },
      out,
    ],
    ...(setUp === undefined
      ? []
      : [[{ title: 'Note it in our set-up', detail: `${name} is held, its service stays down`, estimateMs: 100 }, setUp] as Pair]),
    [{ title: 'Write the instructions', detail: `${readme}: no secret, with the rsync command`, estimateMs: 100 }, note],
    handOut({ is: 'export-publish', dataFolder: node.dataFolder, identity, file }),
  ]
}

function sealOf(
  { request, input, metadata, name }: ExportFacts,
  node: ExchangeNode,
  { keyFile, entry, instructions }: { readonly keyFile: string; readonly entry: string; readonly instructions: string },
): ExportSeal {
  const pos = input.posFolder === null || metadata === undefined ? null : { folder: input.posFolder, metadata }
  return {
    is: 'export-seal',
    dataFolder: node.dataFolder,
    identity: request.identity,
    keyFile,
    entry,
    file: request.file,
    recipients: [...request.recipients],
    about: {
      madeBy: input.madeBy,
      machine: input.machine,
      name,
      genesisId: node.genesisId ?? null,
      coinbase: node.coinbase ?? null,
      proving: input.proving,
      pos: pos !== null && parseMetadata(pos.metadata).ok ? pos : null,
      publication: publicationText(input.record === undefined ? [] : [input.record]),
      instructions,
    },
  }
}

/** An earlier export may have left one. */
function freeReadme(files: ExportInput['files'], folder: string, identity: string): string {
  for (let count = 1; ; count += 1) {
    const file = path.join(folder, readmeName(identity, count))
    if (!isThere(files as Files, file)) return file
  }
}
