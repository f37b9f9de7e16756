import { z } from 'zod'
import { textOf } from '../../shared/domain/fault.ts'
import type { PosFolderState } from '../../shared/domain/observation.ts'
import type { PosMetadata } from './metadata.ts'

/** One question to the probe process, one JSON line. */
export type ProbeAsk =
  | { readonly id: number; readonly ask: 'space'; readonly path: string }
  | { readonly id: number; readonly ask: 'folder'; readonly path: string; readonly known?: PosMetadata | undefined }

/** Its answer, one JSON line. `error`: the system's code, e.g. `ENOENT`. */
export type ProbeAnswer =
  | { readonly id: number; readonly is: 'space'; readonly freeBytes: number; readonly totalBytes: number }
  | { readonly id: number; readonly is: 'folder'; readonly state: PosFolderState; readonly metadata?: PosMetadata | undefined }
  | { readonly id: number; readonly is: 'error'; readonly code: string; readonly text: string }

const envelope = z.looseObject({ id: z.number(), is: z.enum(['space', 'folder', 'error']) })

/** The other side is our own program: the envelope is checked, its content is what we wrote. */
export function parseAnswer(line: string): ProbeAnswer | undefined {
  try {
    const parsed = envelope.safeParse(JSON.parse(line))
    return parsed.success ? (parsed.data as unknown as ProbeAnswer) : undefined
  } catch {
    return undefined // half a line of a killed process
  }
}

const askSchema = z.looseObject({ id: z.number(), ask: z.enum(['space', 'folder']), path: z.string() })

export function parseAsk(line: string): ProbeAsk | { readonly problem: string } {
  try {
    const parsed = askSchema.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : { problem: parsed.error.message }
  } catch (cause) {
    return { problem: textOf(cause) }
  }
}
