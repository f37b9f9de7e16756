import path from 'node:path'
import { assertNever, fail, type Fault } from '../../../shared/domain/fault.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { METADATA_FILE, parseMetadata } from '../../pos-data/index.ts'
import type { ExchangeNode, ExportInput, ExportRequest } from './plan-export.ts'
import { recipientProblem, recipientsFile } from './seal.ts'

/** Key, rows and texts of one identity; a sealed file is far smaller. */
export const SEALED_BYTES = 1024 ** 2

export interface ExportFacts {
  readonly request: ExportRequest
  readonly input: ExportInput
  /** The node whose key it is; undefined: no node here has it. */
  readonly node: ExchangeNode | undefined
  /** Further nodes with the same key. */
  readonly others: readonly ExchangeNode[]
  /** Text of its PoS metadata, when there is one. */
  readonly metadata: string | undefined
  readonly name: string
}

const no = (code: string, text: string): Fault => fail(`exchange/${code}`, text).fault

/** Why it cannot be exported; each with what, why, and what to do. */
export async function exportRefusals(facts: ExportFacts): Promise<readonly Fault[]> {
  const recipients = facts.request.recipients.length === 0 ? undefined : await recipientProblem(facts.request.recipients)
  return [
    ...keyRefusals(facts),
    ...placeRefusals(facts),
    ...(recipients === undefined ? [] : [no('bad-recipient', `It cannot be sealed: ${recipients}`)]),
  ]
}

function keyRefusals({ request, input, node, others, metadata, name }: ExportFacts): readonly Fault[] {
  const id = shortId(request.identity)
  if (node === undefined)
    return [
      no(
        'key-not-here',
        `No node on this machine has the key of ${name} (${id}), so there is nothing to export. Search the machine again, or import it first`,
      ),
    ]
  const found: Fault[] = []
  const [other] = others
  if (other !== undefined)
    found.push(
      no(
        'key-twice',
        `${node.name} and ${other.name} both have the key of ${name}: exporting it would leave one of them armed. Disarm one of them first`,
      ),
    )
  const sameKey = node.keys.filter(({ identity }) => identity === request.identity)
  if (sameKey.some(({ form }) => form !== 'good'))
    found.push(
      no(
        'key-damaged',
        `${sameKey[0]?.name ?? 'Its file'} is not in the form that a node loads. Repair the key first (Backups, Keys), then export it`,
      ),
    )
  const holder = input.held.find(({ dataFolder }) => dataFolder === node.dataFolder)
  if (holder !== undefined)
    found.push(no('running', `${holder.by} works on ${node.dataFolder}, and Smeshkeeper does not stop it. Stop it, then plan again`))
  found.push(...databaseRefusals(node))
  const pos = metadata === undefined ? undefined : parseMetadata(metadata)
  if (pos?.ok === true && pos.value.identity !== request.identity)
    found.push(
      no(
        'other-identity',
        `${input.posFolder ?? ''} holds the PoS data of ${shortId(pos.value.identity)}, not of ${name} (${id}). Point its service to its own data first`,
      ),
    )
  if (pos?.ok === false)
    found.push(
      no('bad-metadata', `${METADATA_FILE} in ${input.posFolder ?? ''} is damaged (${pos.fault.detail}). Restore it from a backup first`),
    )
  return found
}

function databaseRefusals({ database, name }: ExchangeNode): readonly Fault[] {
  switch (database.is) {
    case 'read':
    case 'absent':
      return []
    case 'locked':
      return [no('running', `${database.text}: a node works with it. Stop ${name}, then plan again`)]
    case 'unsupported':
    case 'corrupt':
    case 'unreadable':
      return [no('database', `Its rows cannot be taken along: ${database.text}`)]
    default:
      return assertNever(database)
  }
}

const isInside = (file: string, folder: string): boolean => {
  const way = path.relative(folder, file)
  return way !== '' && !way.startsWith('..') && !path.isAbsolute(way)
}

function placeRefusals({ request, input, node, name }: ExportFacts): readonly Fault[] {
  const { file, recipients } = request
  const { files } = input
  if (!path.isAbsolute(file)) return [no('not-absolute', `${file} is no full path. Give the file from the root on`)]
  const folder = path.dirname(file)
  if (files.facts(folder)?.is !== 'folder')
    return [no('no-folder', `${folder} is not there, or is no folder. Connect its disk, or make the folder first`)]
  const found: Fault[] = []
  const all = [file, ...(recipients.length === 0 ? [] : [recipientsFile(file)])]
  const there = all.find((one) => files.facts(one) !== undefined)
  if (there !== undefined) found.push(no('file-exists', `${there} is there already, and nothing is overwritten. Choose another name`))
  if (file.endsWith('.key'))
    found.push(no('key-name', `${file} ends like a key file, which nodes load and people delete. Let it end with .age`))
  if (node !== undefined && isInside(file, node.dataFolder))
    found.push(no('inside-node', `${file} lies in the data folder of ${node.name}, which goes on without ${name}. Choose another folder`))
  if (!input.canWrite(folder))
    found.push(no('read-only', `Nothing can be written in ${folder}. Give your user the right to, or choose another folder`))
  const free = input.freeBytes(folder)
  if (free < SEALED_BYTES)
    found.push(
      no(
        'no-space',
        `The sealed file needs up to ${sizeOf(SEALED_BYTES)} in ${folder}, and ${sizeOf(free)} are free. Make room, or choose another folder`,
      ),
    )
  return found
}
