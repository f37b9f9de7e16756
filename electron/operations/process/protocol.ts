import { z } from 'zod'
import { textOf, type Fault } from '../../../shared/domain/fault.ts'
import type { Leftover, OperationView } from '../../../shared/domain/operation.ts'
import type { PlanRequest } from '../../../shared/ipc/operations-contract.ts'
import type { PlanContext } from '../context.ts'
import type { AcceptedProof } from '../move/index.ts'
import type { Draft } from '../types.ts'

/** Folders that every job needs. */
export interface OperationHome {
  /** `<home>/state/operations` */
  readonly operations: string
  /** `<home>/quarantine` */
  readonly quarantine: string
  /** Scratch, emptied by each job. */
  readonly temporary: string
  /** Pids of the keeper's children: they are no foreign programs. */
  readonly ownPids: readonly number[]
}

/** What the keeper knows of data that was left behind. */
export interface LeftoverFacts {
  readonly context: PlanContext
  readonly proofs: readonly AcceptedProof[]
}

/** One request: the first line on stdin, the only place where a passphrase crosses. A second line `cancel` stops it. */
export type OperationAsk = { readonly home: OperationHome } & (
  | { readonly job: 'plan'; readonly request: PlanRequest; readonly context: PlanContext }
  | { readonly job: 'split-back'; readonly operation: string; readonly context: PlanContext }
  | { readonly job: 'run'; readonly draft: Draft; readonly passphrase?: string }
  | { readonly job: 'finish'; readonly id: string; readonly passphrase?: string }
  | { readonly job: 'roll-back'; readonly id: string }
  | ({ readonly job: 'leftovers' } & LeftoverFacts)
  | ({ readonly job: 'remove-leftover'; readonly operation: string; readonly typed: string } & LeftoverFacts)
)

export interface OperationAnswers {
  readonly plan: Draft
  readonly 'split-back': Draft
  readonly run: OperationView
  readonly finish: OperationView
  readonly 'roll-back': OperationView
  readonly leftovers: readonly Leftover[]
  readonly 'remove-leftover': { readonly text: string }
}
export type OperationJob = keyof OperationAnswers

/** Lines of the process. */
export type OperationLine =
  | { readonly is: 'changed'; readonly view: OperationView }
  | { readonly is: 'answer'; readonly value: unknown }
  | { readonly is: 'fault'; readonly fault: Fault }

const lineSchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('changed'), view: z.looseObject({ id: z.string() }) }),
  z.object({ is: z.literal('answer'), value: z.unknown() }),
  z.object({ is: z.literal('fault'), fault: z.looseObject({ code: z.string(), detail: z.string(), retry: z.string() }) }),
])

/** The other side is our own program: the envelope is checked, its content is what we wrote. */
export function parseLine(line: string): OperationLine | undefined {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(line))
    return parsed.success ? (parsed.data as unknown as OperationLine) : undefined
  } catch {
    return undefined // half a line of a killed process
  }
}

const askSchema = z.looseObject({
  job: z.enum(['plan', 'split-back', 'run', 'finish', 'roll-back', 'leftovers', 'remove-leftover']),
  home: z.looseObject({}),
})

/** A text of what is wrong never quotes the line: it may hold a passphrase. */
export function parseAsk(line: string): OperationAsk | { readonly problem: string } {
  try {
    const parsed = askSchema.safeParse(JSON.parse(line))
    return parsed.success ? (parsed.data as unknown as OperationAsk) : { problem: 'no job of this name' }
  } catch (cause) {
    return { problem: cause instanceof SyntaxError ? 'the request is not JSON' : textOf(cause) }
  }
}
