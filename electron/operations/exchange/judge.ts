import path from 'node:path'
import { fail, type Fault } from '../../../shared/domain/fault.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import type { PublicationRecord } from '../../../shared/domain/publication.ts'
import { isThere, parsePublication } from '../../identities/index.ts'
import { METADATA_FILE, MOST_METADATA_BYTES, parseMetadata } from '../../pos-data/index.ts'
import { knownKeys } from '../steps/key-moves.ts'
import type { StepTools } from '../types.ts'
import type { ImportOpen } from './data.ts'
import type { PublicDocument } from './document.ts'
import { challengeEpoch, countOf, isKnownSchema, readRows, schemaIn, type IdentityRows } from './rows.ts'

/** What is here that speaks for or against an identity that comes. */
export interface ImportHere {
  /** Where its key is armed, or would be. */
  readonly armed: readonly string[]
  readonly isBanned: boolean
  readonly genesisId: string | null
  /** Version of our node's database; undefined: it has none yet. */
  readonly schema: number | undefined
  /** Its rows in our node's database. */
  readonly rows: IdentityRows | null
  readonly record: PublicationRecord | undefined
  /** Whose PoS data lies in the chosen folder; undefined: none is known. */
  readonly posIdentity: string | undefined
}

const MOST_RECORD_BYTES = 256 * 1024 ** 2

type Here = Pick<StepTools, 'files' | 'temporary'>

/** Looks at this machine again, just before the key is put on hold. @throws OperationStopped for a damaged database */
export function readHere(data: ImportOpen, identity: string, tools: Here): ImportHere {
  const { files } = tools
  const inNodes = data.nodeFolders.flatMap((folder) => knownKeys(files, folder).filter((key) => key.identity === identity))
  const rows = data.dataFolder === null ? null : readRowsHere(tools, data.dataFolder, identity)
  return {
    armed: [
      ...inNodes.map(({ file }) => `it is in a node as ${file}`),
      ...data.armed.flatMap((one) => (one.identity === identity ? [one.why] : [])),
    ],
    isBanned: data.banned.includes(identity),
    genesisId: data.genesisId,
    schema: data.dataFolder === null ? undefined : schemaIn(tools, data.dataFolder),
    rows,
    record: data.records === null ? undefined : recordOf(tools, data.records, identity),
    posIdentity: data.posFolder === null ? undefined : posIdentityIn(tools, data.posFolder),
  }
}

/** Of a version that we do not know nothing can be said; the versions are compared all the same. */
function readRowsHere(tools: Here, dataFolder: string, identity: string): IdentityRows | null {
  const schema = schemaIn(tools, dataFolder)
  return schema === undefined || !isKnownSchema(schema) ? null : readRows(tools, dataFolder, identity)
}

function recordOf({ files }: Here, file: string, identity: string): PublicationRecord | undefined {
  if (!isThere(files, file)) return undefined
  const parsed = parsePublication(Buffer.from(files.readWhole(file, MOST_RECORD_BYTES)).toString('utf8'))
  // A damaged one is told where it is opened; here it only says nothing.
  return parsed.ok ? parsed.value.find((one) => one.identity === identity) : undefined
}

function posIdentityIn({ files }: Here, folder: string): string | undefined {
  const file = path.join(folder, METADATA_FILE)
  if (files.facts(file)?.is !== 'file') return undefined
  const parsed = parseMetadata(Buffer.from(files.readWhole(file, MOST_METADATA_BYTES)).toString('utf8'))
  return parsed.ok ? parsed.value.identity : undefined
}

const no = (code: string, text: string): Fault => fail(`exchange/${code}`, text).fault

/** Why this identity cannot come here now; empty when it can. */
export function importRefusals(document: PublicDocument, here: ImportHere): readonly Fault[] {
  const { identity, machine, name } = document
  const id = shortId(identity)
  const found: Fault[] = []
  const [armed] = here.armed
  if (armed !== undefined)
    found.push(
      no(
        'armed-here',
        `${name} (${id}) is armed on this machine already: ${armed}. One key in two places is banned for ever. Take it out there first, or do not import it`,
      ),
    )
  if (here.isBanned)
    found.push(no('banned', `${name} (${id}) is banned for ever: it cannot earn anything on any machine. There is nothing to do with it`))
  if (document.genesisId !== null && here.genesisId !== null && document.genesisId !== here.genesisId)
    found.push(
      no(
        'other-network',
        `${name} is of another network (genesis ${document.genesisId.slice(0, 8)}…) than the node here (${here.genesisId.slice(0, 8)}…). Import it where a node of its network runs`,
      ),
    )
  if (here.posIdentity !== undefined && here.posIdentity !== identity)
    found.push(
      no(
        'other-identity',
        `The chosen folder holds the PoS data of ${shortId(here.posIdentity)}, not of ${name} (${id}). Choose the folder that its data goes to`,
      ),
    )
  const older = olderThanHere(document, here)
  if (older !== undefined)
    found.push(
      no(
        'older-than-here',
        `This export is from ${document.madeAt.slice(0, 16).replace('T', ' ')} UTC, and ${older}. With older rows it would publish a second time, which bans it. Export it anew on ${machine}, or wherever it ran last`,
      ),
    )
  return [...found, ...schemaRefusal(document, here)]
}

function schemaRefusal({ rows, name }: PublicDocument, { schema }: ImportHere): readonly Fault[] {
  if (rows === null || countOf(rows) === 0) return []
  if (schema === undefined) {
    if (isKnownSchema(rows.schema)) return []
    return [
      no(
        'schema',
        `The rows of ${name} have version ${rows.schema}, which this Smeshkeeper does not know. Update Smeshkeeper here, then import it`,
      ),
    ]
  }
  if (schema === rows.schema) return []
  const isOlderHere = schema < rows.schema
  const todo = isOlderHere
    ? 'Run the newer node release here once, so that it brings its database up to that version, then import it'
    : 'Start the node release of this machine once on the other one, before the export, or put the key back there and export it anew'
  return [
    no(
      'schema',
      `The rows of ${name} have database version ${rows.schema}, the node here has ${schema}, and rows only go between equal ones. ${todo}`,
    ),
  ]
}

/** What shows that the key went on after this export, as the middle of a sentence. */
function olderThanHere({ madeAt, rows }: PublicDocument, here: ImportHere): string | undefined {
  const at = Date.parse(madeAt)
  const { record } = here
  if ((record?.watchedUntil ?? 0) > at || (record?.registered?.at ?? 0) > at) return 'the key was armed on this machine after that'
  const [theirs, ours] = [challengeEpoch(rows), challengeEpoch(here.rows)]
  if (theirs === undefined) return undefined
  if (ours !== undefined && ours > theirs) return `the node here has worked for its epoch ${ours} already, the export only for ${theirs}`
  const isPublished = record?.atxs.some(({ publishEpoch }) => publishEpoch >= theirs) === true
  return isPublished ? `it is known here to have published for epoch ${theirs} or later` : undefined
}
