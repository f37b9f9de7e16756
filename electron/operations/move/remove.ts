import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import { codeOf } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { putJson } from '../database/scratch.ts'
import type { BulkFiles } from './bulk-files.ts'
import type { MovedFile, MoveRecord } from './data.ts'
import { isAsPlanned, isMountPoint } from './job.ts'
import { MOVE_RECORD } from './keep.ts'
import { chunkCount, chunkRange, hashChunk } from './pump.ts'
import { METADATA } from './verify.ts'

/** A proof that the node accepted. */
export interface AcceptedProof {
  readonly identity: string
  /** Unix ms. */
  readonly acceptedAt: number
  /** When its service began with it, where that is known. */
  readonly startedAt?: number
  /** From which folder, where that is known. */
  readonly posFolder?: string
}

const isFromNewPlace = ({ identity, to, movedAt }: MoveRecord, proof: AcceptedProof): boolean =>
  proof.identity === identity && (proof.startedAt ?? proof.acceptedAt) > movedAt && (proof.posFolder ?? to) === to

/** Whether the data at the old place may go: only after a proof that was made at the new place was accepted. */
export function mayRemoveSource(record: MoveRecord, proofs: readonly AcceptedProof[]): { readonly may: boolean; readonly why: string } {
  if (record.removal === 'done') return { may: false, why: `${record.from} was removed already.` }
  if (!proofs.some((proof) => isFromNewPlace(record, proof)))
    return { may: false, why: `${record.from} stays until a proof that was made from ${record.to} is accepted.` }
  return { may: true, why: `A proof that was made from ${record.to} was accepted, so ${record.from} is not needed any more.` }
}

export type RemoveFault = 'move/not-typed' | 'move/still-needed' | 'move/copy-not-whole' | 'move/source-changed' | 'move/not-removed'

export interface RemoveTools {
  readonly bulk: BulkFiles
  readonly files: Files
  /** Folder of the operation: the record is kept there. */
  readonly folder: string
  readonly proofs: readonly AcceptedProof[]
  /** PoS folders that services use now. */
  readonly inUse: readonly string[]
}

/** Files up to this size are hashed before they go; larger ones go by size and time, since their copy was proved from. */
const HASHED_BYTES = 64 * 1024 ** 2
const BLOCK_BYTES = 4 * 1024 ** 2
const STALL_MS = 5 * 60_000

/**
 * Removes the data at the old place: only files that are still as they were copied, only while the new place has every one of
 * them. Keys and everything else there stay, and with them the folder. The metadata goes first, so that a half removed folder
 * is never taken for data. It may be repeated after a crash.
 *
 * @param typed  what the user typed: the last 8 characters of the identity
 * @returns      what was done, in words
 */
export async function removeMovedSource(record: MoveRecord, typed: string, tools: RemoveTools): Promise<Result<string, RemoveFault>> {
  if (typed.trim().toLowerCase() !== record.identity.slice(-8))
    return fail('move/not-typed', `Type the last 8 characters of the identity whose old data is to go.`)
  const { may, why } = mayRemoveSource(record, tools.proofs)
  if (!may) return fail('move/still-needed', why)
  if (tools.inUse.some((folder) => path.resolve(folder) === path.resolve(record.from)))
    return fail('move/still-needed', `A service uses ${record.from}, so nothing is removed. Point it to ${record.to} first.`)
  try {
    const copy = await wrongWithCopy(record, tools)
    if (copy !== undefined) return fail('move/copy-not-whole', copy)
    const source = await wrongWithSource(record, tools)
    if (source !== undefined) return fail('move/source-changed', source)
    return ok(await removeAll(record, tools))
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return fail('move/not-removed', `Not everything could be removed: ${textOf(cause)}. Mend the cause and try again`)
  }
}

async function wrongWithCopy(record: MoveRecord, { bulk }: RemoveTools): Promise<string | undefined> {
  const { from, to, toMount } = record
  if (toMount !== null && !(await isMountPoint(bulk, toMount)))
    return `The disk of ${to} is not there, so it cannot be seen whether it has everything. Connect it and try again.`
  for (const { name, bytes } of record.files) {
    const copy = await bulk.facts(path.join(to, name))
    if (copy?.is !== 'file' || copy.bytes !== bytes) return `${path.join(to, name)} is missing or has another size, so nothing is removed.`
    const source = await bulk.facts(path.join(from, name))
    if (source !== undefined && source.device === copy.device && source.inode === copy.inode)
      return `${path.join(from, name)} and ${path.join(to, name)} are the same file, so nothing is removed.`
  }
  return undefined
}

async function wrongWithSource(record: MoveRecord, { bulk }: RemoveTools): Promise<string | undefined> {
  for (const [index, file] of record.files.entries()) {
    const at = path.join(record.from, file.name)
    const facts = await bulk.facts(at)
    if (facts === undefined && record.removal === 'begun') continue
    if (facts === undefined) return `${at} is not there, so this is not the folder that was moved, or its disk is away. Nothing is removed.`
    if (!isAsPlanned(facts, file) || !(await hasHashes(record, { bulk, at, file, index })))
      return `${at} was changed since it was copied, so nothing is removed. See what is in it.`
  }
  return undefined
}

async function hasHashes(
  { chunkBytes, chunks }: MoveRecord,
  { bulk, at, file, index }: { readonly bulk: BulkFiles; readonly at: string; readonly file: MovedFile; readonly index: number },
): Promise<boolean> {
  if (file.bytes > HASHED_BYTES) return true
  const handle = await bulk.openRead(at)
  try {
    for (let chunk = 0; chunk < chunkCount(file.bytes, chunkBytes); chunk += 1) {
      const patience = { signal: new AbortController().signal, stallMs: STALL_MS }
      const asked = {
        file: { handle, file: at },
        side: 'source' as const,
        blockBytes: BLOCK_BYTES,
        patience,
        pace: () => Promise.resolve(),
        onBytes: () => undefined,
      }
      if ((await hashChunk(asked, chunkRange(file.bytes, chunkBytes, chunk))) !== chunks[index]?.[chunk]) return false
    }
    return true
  } finally {
    await handle.close()
  }
}

async function removeAll(record: MoveRecord, { bulk, files, folder }: RemoveTools): Promise<string> {
  const note = path.join(folder, MOVE_RECORD)
  putJson(files, note, { ...record, removal: 'begun' } satisfies MoveRecord)
  const names = record.files.map(({ name }) => name).sort((a, b) => Number(b === METADATA) - Number(a === METADATA))
  let removed = 0
  for (const name of names) {
    const at = path.join(record.from, name)
    if ((await bulk.facts(at)) !== undefined) {
      await bulk.unlink(at)
      removed += 1
    }
    if (name === METADATA) await bulk.syncFolder(record.from)
  }
  const left = await bulk.list(record.from)
  await bulk.syncFolder(record.from)
  if (left.length === 0) {
    await bulk.removeFolder(record.from)
    await bulk.syncFolder(path.dirname(record.from))
  }
  putJson(files, note, { ...record, removal: 'done' } satisfies MoveRecord)
  return left.length === 0
    ? `${removed} files and the folder ${record.from} are removed.`
    : `${removed} files are removed. What was never copied stays in ${record.from}: ${left.slice(0, 3).join(', ')}${left.length > 3 ? ' and more' : ''}.`
}
