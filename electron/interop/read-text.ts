import { textOf } from '../../shared/domain/fault.ts'
import type { FileFacts } from '../lib/files.ts'
import type { InteropFiles } from './types.ts'

/** Configs and unit files are small; Smapp's merged config with all genesis accounts has some hundred KiB. */
const MOST_BYTES = 4 * 1024 * 1024

export type TextAnswer =
  { readonly is: 'text'; readonly text: string } | { readonly is: 'absent' } | { readonly is: 'unreadable'; readonly why: string }

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined)

/** Why a file could not be read, in words that need no manual. */
function whyNot(cause: unknown): string {
  switch (codeOf(cause)) {
    case 'EACCES':
    case 'EPERM':
      return 'it belongs to another user and may not be read'
    case 'EFBIG':
      return 'it is far larger than any file of its kind'
    case 'EISDIR':
    case 'EINVAL':
      return 'it is not a file'
    default:
      return textOf(cause)
  }
}

/** Text of one small file of another program. Links are followed: people link their configs. */
export function readText(files: InteropFiles, file: string): TextAnswer {
  try {
    return { is: 'text', text: new TextDecoder().decode(files.readWhole(file, MOST_BYTES)) }
  } catch (cause: unknown) {
    const code = codeOf(cause)
    return code === 'ENOENT' || code === 'ENOTDIR' ? { is: 'absent' } : { is: 'unreadable', why: whyNot(cause) }
  }
}

/** Names in a folder, sorted; none when it is not there or may not be listed. */
export function namesIn(files: InteropFiles, folder: string): readonly string[] {
  try {
    return files.list(folder).toSorted()
  } catch {
    return []
  }
}

/** What a name is, links not followed; undefined when it is not there or may not be looked at. */
export function kindOf(files: InteropFiles, file: string): FileFacts['is'] | undefined {
  try {
    return files.facts(file)?.is
  } catch {
    return undefined
  }
}

/** Whether a name is there, whatever it is. */
export const isThere = (files: InteropFiles, file: string): boolean => kindOf(files, file) !== undefined
