import { z } from 'zod'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { OperationKind } from '../../../shared/domain/operation.ts'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import type { DrawnCall, DrawnQuestion } from '../../../shared/ipc/keys-contract.ts'
import type { OperationsDesk } from './operations-desk.ts'

const input = z.object({ plan: z.string() })
const leftoverInput = z.object({ operation: z.string() })

const VERBS: Readonly<Record<OperationKind, string>> = {
  merge: 'Merge',
  convert: 'Convert',
  unconvert: 'Convert back',
  split: 'Split out',
  retire: 'Retire',
  'put-back': 'Put back',
  'take-over': 'Take over',
  'hand-over': 'Hand over',
  'move-data': 'Move',
  'export-identity': 'Export and disarm',
  'import-identity': 'Import',
  coinbase: 'Change it',
}

/**
 * The words that main draws before an operation is run or what it left is removed: from what is known here, not from what the
 * page said. @returns nothing for calls that are about something else
 */
export function operationQuestion(
  desk: OperationsDesk,
  asked: { readonly call: DrawnCall; readonly input?: unknown },
): Result<DrawnQuestion, 'keys/not-found'> | Promise<Result<DrawnQuestion, 'keys/not-found'>> | undefined {
  if (asked.call === 'operations.run') return runQuestion(desk, asked.input)
  return asked.call === 'operations.removeLeftover' ? leftoverQuestion(desk, asked.input) : undefined
}

async function leftoverQuestion(desk: OperationsDesk, asked: unknown): Promise<Result<DrawnQuestion, 'keys/not-found'>> {
  const id = leftoverInput.safeParse(asked).data?.operation
  const leftover = id === undefined ? undefined : await desk.leftover(id)
  if (leftover === undefined) return fail('keys/not-found', 'What this was about is not there any more. Look again.')
  const { kind, name, folder, bytes, why } = leftover
  const isMoved = kind === 'moved-source'
  const rest = isMoved
    ? 'Its copy stays. Keys and everything else in that folder stay too.'
    : `Without it ${name} can only smesh again after weeks of initialization. Keys and everything else in that folder stay.`
  return ok({
    message: `Remove ${sizeOf(bytes)} of ${isMoved ? 'moved' : 'retired'} PoS data of ${name}?`,
    detail: [folder, why, rest, 'This cannot be undone.'].join('\n'),
    yes: 'Remove it',
  })
}

function runQuestion(desk: OperationsDesk, asked: unknown): Result<DrawnQuestion, 'keys/not-found'> {
  const id = input.safeParse(asked).data?.plan
  const plan = id === undefined ? undefined : desk.plan(id)
  if (plan === undefined) return fail('keys/not-found', 'This plan is not kept any more: make it anew and read it again.')
  const worst = plan.risks.slice(0, 2).map(({ text }) => text)
  const detail = [...plan.asks.map(({ text }) => `You say: ${text}`), ...worst, plan.undo].filter((text) => text !== '')
  return ok({ message: `${plan.title}?`, detail: detail.join('\n'), yes: VERBS[plan.kind] })
}
