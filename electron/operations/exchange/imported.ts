import path from 'node:path'
import { z } from 'zod'
import type { PublicationRecord } from '../../../shared/domain/publication.ts'
import { parsePublication } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { getJson } from '../database/scratch.ts'
import { OperationStopped, type StepTools } from '../types.ts'
import { publicSchema } from './document.ts'

/** What was opened, kept in the operation's folder: everything but the key. */
export const importedSchema = z.object({
  document: publicSchema,
  /** The key was held here before: an undo leaves it. */
  wasHeld: z.boolean(),
  /** The key is on hold, and everything else of this step is durable. */
  isHeld: z.boolean(),
  /** SHA-256 of the small database with its rows; null: it has none. */
  rows: z.string().nullable(),
})
export type Imported = z.output<typeof importedSchema>

export const importedFile = (folder: string): string => path.join(folder, 'import.json')
/** Data folder with the rows that came, and nothing else. */
export const rowsFolder = (folder: string): string => path.join(folder, 'rows')

const reading = (files: Files, folder: string): Imported | undefined => importedSchema.safeParse(getJson(files, importedFile(folder))).data

/** What this import opened; undefined before it did. */
export const findImported = ({ files, folder }: Pick<StepTools, 'files' | 'folder'>): Imported | undefined => reading(files, folder)

/** The same where it must be there. @throws OperationStopped */
export function readImported(tools: Pick<StepTools, 'files' | 'folder'>): Imported {
  const found = findImported(tools)
  if (found?.isHeld === true) return found
  throw new OperationStopped('exchange/not-opened', 'The sealed file was not opened yet. Roll back, and import it anew')
}

/** Records that an import brought: whoever has the publication file open merges them there as well. */
export function importedRecords(files: Files, operationFolder: string): readonly PublicationRecord[] {
  const found = reading(files, operationFolder)
  const parsed = found === undefined ? undefined : parsePublication(found.document.publication)
  return parsed?.ok === true ? parsed.value : []
}
