import { z } from 'zod'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { OperationKind } from '../../../shared/domain/operation.ts'
import type { DrawnQuestion } from '../../../shared/ipc/keys-contract.ts'
import type { OperationsDesk } from './operations-desk.ts'

const input = z.object({ plan: z.string() })

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
}

/** The words that main draws before an operation is run: from the plan that is kept here, not from what the page said. */
export function runQuestion(desk: OperationsDesk, asked: unknown): Result<DrawnQuestion, 'keys/not-found'> {
  const id = input.safeParse(asked).data?.plan
  const plan = id === undefined ? undefined : desk.plan(id)
  if (plan === undefined) return fail('keys/not-found', 'This plan is not kept any more: make it anew and read it again.')
  const worst = plan.risks.slice(0, 2).map(({ text }) => text)
  const detail = [...plan.asks.map(({ text }) => `You say: ${text}`), ...worst, plan.undo].filter((text) => text !== '')
  return ok({ message: `${plan.title}?`, detail: detail.join('\n'), yes: VERBS[plan.kind] })
}
