import { z } from 'zod'
import type { PlanDraft } from '../domain/planner/types.ts'

const bytesPerSecond = z.number().positive().optional()
const mode = z.enum(['fast', 'light'])
const text = z.string().max(500)

const identity = z.object({
  id: text,
  name: text,
  colour: z.number(),
  disk: text,
  numUnits: z.number().positive(),
  totalBytes: z.number().positive(),
  nonces: z.number().positive(),
  threads: z.number().nonnegative(),
  randomx: mode,
})
const disk = z.object({
  id: text,
  label: text,
  detail: text,
  bytesPerSecond,
  spread: z.number().nonnegative(),
  freeBytes: z.number().nonnegative().optional(),
})
const settings = z.object({
  nonces: z.number().positive().optional(),
  threads: z.number().nonnegative().optional(),
  randomx: mode.optional(),
})

const draftSchema = z.object({
  add: identity.optional(),
  addDisk: disk.optional(),
  moves: z.record(text, text).optional(),
  identities: z.record(text, settings).optional(),
  maxProvers: z.number().int().positive().nullable().optional(),
  slowerPercent: z.number().min(0).max(90).optional(),
})

/**
 * A what-if as it was kept by a name: written by a page, perhaps of another release.
 * @param value  the `draft` of a saved plan, as read from disk
 * @returns      `undefined` when it is none; sizes in bytes, speeds in bytes/s
 */
export function planDraftOf(value: unknown): PlanDraft | undefined {
  const parsed = draftSchema.safeParse(value)
  // What crossed as JSON has no member that is there and undefined.
  return parsed.success ? (JSON.parse(JSON.stringify(parsed.data)) as PlanDraft) : undefined
}
