import { z } from 'zod'
import type { FoundNode, FoundPosFolder, FoundProcess, FoundSetup, KeyCopy } from '../../shared/domain/inventory.ts'
import { textOf } from '../../shared/domain/fault.ts'
import type { LookedAt } from './looked-at.ts'
import type { Hints, WalkOrder } from './request.ts'
import type { WalkCounts } from './walk.ts'

/** To the process, one line each. It serves one after the other and ends when its input does. */
export type ScanAsk =
  | ({ readonly ask: 'programs'; readonly ownPids: readonly number[] } & Hints)
  | ({ readonly ask: 'walk' } & WalkOrder)
  | { readonly ask: 'look'; readonly path: string; readonly temporary: string; readonly platform: NodeJS.Platform }

/** How a root ended. `ended`: everything was seen that may be seen; `time`: the time was over. */
export type RootEnd = { readonly is: 'ended' | 'time' } | { readonly is: 'unreadable'; readonly code: string }

/** From the process, one line each. */
export type ScanLine =
  | { readonly is: 'at'; readonly root: string }
  | { readonly is: 'beat'; readonly folders: number; readonly files: number }
  | { readonly is: 'key'; readonly key: KeyCopy }
  | { readonly is: 'pos-folder'; readonly folder: FoundPosFolder }
  | { readonly is: 'node'; readonly node: FoundNode }
  | { readonly is: 'hint'; readonly hint: keyof Hints; readonly path: string }
  | { readonly is: 'backup'; readonly file: string }
  | { readonly is: 'root'; readonly root: string; readonly end: RootEnd; readonly counts: WalkCounts; readonly unreadable: number }
  | { readonly is: 'processes'; readonly processes: readonly FoundProcess[] }
  | { readonly is: 'setups'; readonly setups: readonly FoundSetup[] }
  | { readonly is: 'looked'; readonly looked: LookedAt }
  /** One ask is served. */
  | { readonly is: 'end' }
  /** A bug in the process, in words for the log. */
  | { readonly is: 'broken'; readonly text: string }

const KINDS = [
  'at',
  'beat',
  'key',
  'pos-folder',
  'node',
  'hint',
  'backup',
  'root',
  'processes',
  'setups',
  'looked',
  'end',
  'broken',
] as const
const lineSchema = z.looseObject({ is: z.enum(KINDS) })

/** A name may hold separators of lines that readers of lines break at, though JSON lets them stand. */
export const asLine = (value: ScanAsk | ScanLine): string =>
  `${JSON.stringify(value)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)}\n`

/** The other side is our own program: the kind of a line is checked, its content is what we wrote. */
export function parseLine(line: string): ScanLine | undefined {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(line))
    return parsed.success ? (parsed.data as unknown as ScanLine) : undefined
  } catch {
    return undefined // half a line of a killed process
  }
}

const root = z.object({ path: z.string(), volume: z.string(), label: z.string(), is: z.enum(['folder', 'volume', 'maybe']) })
const platform = z.string() as unknown as z.ZodType<NodeJS.Platform>
const askSchema = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('programs'),
    ownPids: z.array(z.number()),
    composeFiles: z.array(z.string()),
    psmFiles: z.array(z.string()),
    smappFolders: z.array(z.string()),
  }),
  z.object({
    ask: z.literal('walk'),
    roots: z.array(root),
    stops: z.array(z.string()),
    depth: z.number().int().positive(),
    ms: z.number(),
    temporary: z.string(),
    quarantine: z.string(),
    platform,
    hangAt: z.string().optional(),
  }),
  z.object({ ask: z.literal('look'), path: z.string(), temporary: z.string(), platform }),
])

export function parseAsk(line: string): ScanAsk | { readonly problem: string } {
  try {
    const parsed = askSchema.safeParse(JSON.parse(line))
    return parsed.success ? (parsed.data as ScanAsk) : { problem: parsed.error.message }
  } catch (cause: unknown) {
    return { problem: textOf(cause) }
  }
}
