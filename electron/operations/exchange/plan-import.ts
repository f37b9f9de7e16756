import path from 'node:path'
import { fail, type Fault } from '../../../shared/domain/fault.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import type { LocalDatabase } from '../../../shared/domain/inventory.ts'
import type { PlanCheck, PlanRisk, TableChange } from '../../../shared/domain/operation.ts'
import { ago, bytes as sizeOf, plural } from '../../../shared/domain/words.ts'
import type { Files } from '../../lib/files.ts'
import { hashOf } from '../database/scratch.ts'
import { draftOf, markerOf, planNode, type Pair, type PlanMoment } from '../plans/plan-parts.ts'
import type { Draft } from '../types.ts'
import { arrivalSentence, readArrival } from './arrival.ts'
import type { ImportOpen, ImportRecord, ImportRows, ImportSetUp } from './data.ts'
import { withoutKey, type PublicDocument } from './document.ts'
import { importRefusals, readHere } from './judge.ts'
import type { ExchangeNode } from './plan-export.ts'
import { countOf } from './rows.ts'
import { lookAtSealed, secretOf, unseal, type SealedLook } from './seal.ts'

export interface ImportRequest {
  /** The sealed file, absolute. */
  readonly file: string
  /** Where its PoS data is, or is going to be. */
  readonly posFolder?: string
  /** Age identity file that opens it; else a passphrase, or an AGE-SECRET-KEY line in its place, is given at the run. */
  readonly identityFile?: string
}

export interface ImportInput {
  readonly moment: Omit<PlanMoment, 'setUp' | 'held'>
  /** Only read. */
  readonly files: Files
  /** SQLite works on copies there. */
  readonly temporary: string
  /** Our node; null: there is none yet. */
  readonly node: ExchangeNode | null
  readonly held: readonly { readonly dataFolder: string; readonly by: string }[]
  /** Data folders of every node on this machine. */
  readonly nodeFolders: readonly string[]
  readonly armedElsewhere: ImportOpen['armed']
  /** Identities that are known to be banned. */
  readonly banned: readonly string[]
  /** Our publication file; null: there is none. */
  readonly recordsFile: string | null
  /** Our set-up file; null: nothing is set up. */
  readonly setUpFile: string | null
  /** What a service of ours is made of (binary, operator, nodeAddress …). */
  readonly service: ImportSetUp['service']
  readonly holdUntil: number | null
  readonly freeBytes: (folder: string) => number
  /** Opens it for the plan already, when the caller has it; it is kept nowhere. Without it the content is judged when it runs. */
  readonly passphrase?: string
}

const no = (code: string, text: string): Fault => fail(`exchange/${code}`, text).fault

interface Facts {
  readonly request: ImportRequest
  readonly input: ImportInput
  readonly look: SealedLook
  readonly open: ImportOpen
  /** What is in it, when it could be opened for the plan. */
  readonly document: PublicDocument | undefined
  readonly refusals: readonly Fault[]
}

/** Plans to bring an identity from another machine here, on hold. Only reads. */
export async function planImportIdentity(request: ImportRequest, input: ImportInput): Promise<Draft> {
  const facts = await factsOf(request, input)
  return draftOf(partsOf(facts), { ...input.moment, held: [], setUp: () => undefined })
}

async function factsOf(request: ImportRequest, input: ImportInput): Promise<Facts> {
  const look: SealedLook = path.isAbsolute(request.file)
    ? lookAtSealed(input.files, request.file)
    : { is: 'fault', code: 'exchange/not-there', text: `${request.file} is no full path. Give the file from the root on` }
  const sha256 = look.is === 'sealed' ? (hashOf(input.files, request.file)?.sha256 ?? '') : ''
  const open = openStep(request, input, sha256)
  const outside = [...(look.is === 'fault' ? [no(look.code.slice('exchange/'.length), look.text)] : []), ...placeRefusals(request, input)]
  const canOpen = input.passphrase !== undefined || request.identityFile !== undefined
  if (look.is === 'fault' || !canOpen) return { request, input, look, open, document: undefined, refusals: outside }
  const inside = await judged(open, input)
  return { request, input, look, open, document: inside.document, refusals: [...outside, ...inside.refusals] }
}

async function judged(open: ImportOpen, input: ImportInput): Promise<Pick<Facts, 'document' | 'refusals'>> {
  const { files, passphrase } = input
  const secret = secretOf({ identityFile: open.identityFile, ...(passphrase === undefined ? {} : { passphrase }) }, files)
  if (!secret.ok) return { document: undefined, refusals: [secret.fault] }
  const opened = await unseal(open.file, secret.value, files)
  if (!opened.ok) return { document: undefined, refusals: [opened.fault] }
  const document = withoutKey(opened.value)
  return { document, refusals: importRefusals(document, readHere(open, document.identity, input)) }
}

function openStep(request: ImportRequest, input: ImportInput, sha256: string): ImportOpen {
  return {
    is: 'import-open',
    dataFolder: input.node?.dataFolder ?? null,
    file: request.file,
    sha256,
    identityFile: request.identityFile ?? null,
    nodeFolders: [...input.nodeFolders],
    armed: [...input.armedElsewhere],
    banned: [...input.banned],
    genesisId: input.node?.genesisId ?? null,
    records: input.recordsFile,
    posFolder: request.posFolder ?? null,
    holdUntil: input.holdUntil,
  }
}

function placeRefusals({ posFolder }: ImportRequest, { node, held, freeBytes }: ImportInput): readonly Fault[] {
  const found: Fault[] = []
  if (posFolder !== undefined && !path.isAbsolute(posFolder))
    found.push(no('not-absolute', `${posFolder} is no full path. Give the folder from the root on`))
  if (node === null) return found
  const holder = held.find(({ dataFolder }) => dataFolder === node.dataFolder)
  if (holder !== undefined)
    found.push(no('running', `${holder.by} works on ${node.dataFolder}, and Smeshkeeper does not stop it. Stop it, then plan again`))
  const { database } = node
  if (database.is === 'locked') found.push(no('running', `${database.text}: a node works with it. Stop it, then plan again`))
  if (database.is === 'corrupt' || database.is === 'unreadable' || database.is === 'unsupported')
    found.push(no('database', `Rows cannot come into ${node.name}: ${database.text}`))
  const needed = bytesFor(database)
  const free = freeBytes(node.dataFolder)
  if (free < needed)
    found.push(
      no(
        'no-space',
        `The import needs ${sizeOf(needed)} on the disk of ${node.dataFolder}, and ${sizeOf(free)} are free. Make room, then plan again`,
      ),
    )
  return found
}

/** The new database, its snapshot, and the same folded. */
const bytesFor = (database: LocalDatabase | undefined): number => 1024 ** 2 + (database?.is === 'read' ? database.bytes * 4 : 0)

function partsOf(facts: Facts): Parameters<typeof draftOf>[0] {
  const { request, input, document, refusals } = facts
  const { node, moment } = input
  const what =
    document === undefined ? `the identity in ${path.basename(request.file)}` : `${document.name} (${shortId(document.identity)})`
  const held = document === undefined ? [] : [{ identity: document.identity, name: document.keyFile, change: 'comes, on hold' }]
  const names = document === undefined ? moment.names : { [document.identity]: document.name, ...moment.names }
  return {
    kind: 'import-identity',
    title: `Import ${what}`,
    before: node === null ? [] : [planNode({ names }, node, node.keys)],
    after: node === null ? [] : [planNode({ names }, node, [...node.keys, ...held])],
    pairs: stepsOf(facts),
    risks: risksOf(facts),
    checks: checksOf(facts),
    refusals,
    tables: tablesOf(document, node),
    asks: [{ id: 'given-up', text: 'The machine that it comes from has given the key up, no other has imported it, and none will.' }],
    stops: node === null ? [] : ['the node'],
    bytes: bytesFor(node?.database),
    undo: 'As long as the key is on hold and no node was started on the new rows: the rows go back as they were, and the key goes to the quarantine. Afterwards export it to another machine, or retire it.',
    touches: node === null ? [] : [node],
  }
}

/** Rows that come; how many of the same identity they replace is known when they are built. */
function tablesOf(document: PublicDocument | undefined, node: ExchangeNode | null): readonly TableChange[] {
  if (document?.rows === null || document === undefined || node === null) return []
  return document.rows.tables.map(({ table, rows }) => ({ table, before: 0, added: rows.length, removed: 0 }))
}

function risksOf({ document, input }: Facts): readonly PlanRisk[] {
  const name = document?.name ?? 'the identity'
  const risks: PlanRisk[] = [
    { grade: 'ban', text: `If any other node still runs ${name}, or the file is imported a second time, it is banned for ever.` },
    { grade: 'cost', text: 'It smeshes here only when it was released from its hold, its PoS data is complete, and its service runs.' },
  ]
  if (input.node === null)
    risks.push({
      grade: 'note',
      text: 'No node is set up here, so its rows stay in the operation’s folder: a registered epoch may be lost.',
    })
  const ours = input.node?.coinbase
  if (document?.coinbase !== undefined && document.coinbase !== null && ours !== undefined && ours !== document.coinbase)
    risks.push({
      grade: 'note',
      text: `Its rewards went to ${document.coinbase}. All identities of a node share one coinbase, here ${ours}.`,
    })
  return risks
}

function checksOf({ request, input, look, document }: Facts): readonly PlanCheck[] {
  const { files, moment } = input
  const checks: PlanCheck[] = []
  if (document === undefined && look.is === 'sealed')
    checks.push({
      is: 'warn',
      text: `${sizeOf(look.bytes)}, sealed; it opens with ${look.opensWith === 'passphrase' ? 'a passphrase' : 'the age identity of a recipient'}. Who is in it, and whether it may come here, is checked before anything is changed`,
    })
  if (document !== undefined) {
    const rows = document.rows === null ? 0 : countOf(document.rows)
    checks.push({
      is: 'pass',
      text: `Opened: key, public key and rows fit; exported by ${document.machine} ${ago(Date.parse(document.madeAt), moment.now)}, ${plural(rows, 'row')}`,
    })
  }
  const metadata = document?.pos?.metadata
  if (request.posFolder !== undefined && metadata !== undefined) {
    const arrival = readArrival(files, request.posFolder, metadata)
    checks.push({ is: arrival.is === 'complete' ? 'pass' : 'warn', text: arrivalSentence(arrival) })
  }
  return checks
}

function stepsOf({ request, input, open }: Facts): readonly Pair[] {
  const { node, recordsFile, setUpFile } = input
  const rows: ImportRows = {
    is: 'import-rows',
    dataFolder: node?.dataFolder ?? null,
    marker: markerOf(input.moment, 1),
    snapshot: 'target',
  }
  const setUp: ImportSetUp | undefined =
    setUpFile === null ? undefined : { is: 'import-set-up', file: setUpFile, posFolder: request.posFolder ?? null, service: input.service }
  const record: ImportRecord | undefined = recordsFile === null ? undefined : { is: 'import-record', records: recordsFile }
  return [
    [
      {
        title: 'Open the file',
        detail: 'key and rows are checked against what is here; the key is put on hold, where no node loads it',
        estimateMs: 3_000,
      },
      open,
    ],
    ...(record === undefined
      ? []
      : [
          [
            { title: 'Add its publications', detail: 'what it is known to have published is known here from now on', estimateMs: 100 },
            record,
          ] as Pair,
        ]),
    ...(node === null
      ? []
      : [
          [
            {
              title: `Bring its rows into ${node.name}`,
              detail: 'a new database is built aside, checked and swapped in; the old one is kept',
              estimateMs: 2_000,
            },
            rows,
          ] as Pair,
        ]),
    ...(setUp === undefined
      ? []
      : [[{ title: 'Add it to our set-up', detail: 'on hold; its service is added, down', estimateMs: 100 }, setUp] as Pair]),
  ]
}
