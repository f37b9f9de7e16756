import type { OperationPlan, PlanNode } from '../../../shared/domain/operation.ts'
import { bytes, figure } from '../../../shared/domain/words.ts'
import { aboutWords } from './words.ts'

const nodeLines = (node: PlanNode): readonly string[] => [
  `- ${node.name}  ${node.folder}  ${node.version}${node.note === undefined ? '' : `  (${node.note})`}`,
  ...node.identities.map((one) => `    ${one.name}  ${one.keyFile}  ${one.id}${one.change === undefined ? '' : `  (${one.change})`}`),
]

const part = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', title, ...lines])

/** The plan as text, to keep or to show to somebody. */
export const planText = (plan: OperationPlan): string =>
  [
    plan.title,
    `Planned ${new Date(plan.madeAt).toISOString()}, nothing changed yet. Plan ${plan.id}`,
    ...part('Before', plan.before.flatMap(nodeLines)),
    ...part('After', plan.after.flatMap(nodeLines)),
    ...part(
      'It cannot be run yet',
      plan.refusals.map((fault) => `- ${fault.detail} (${fault.code})`),
    ),
    ...part(
      'Steps',
      plan.steps.map((step, i) => `${i + 1}. ${step.title}: ${step.detail} (${aboutWords(step.estimateMs)})`),
    ),
    ...part(
      'Risks, worst first',
      plan.risks.map((risk) => `- [${risk.grade}] ${risk.text}`),
    ),
    ...part(
      'Checks',
      plan.checks.map((check) => `- [${check.is}] ${check.text}`),
    ),
    ...part(
      'Rows of local.sql',
      plan.tables.map((one) => `- ${one.table}: ${figure(one.before)} + ${figure(one.added)} - ${figure(one.removed)}`),
    ),
    ...part(
      'Only you can say',
      plan.asks.map((ask) => `- [ ] ${ask.text}`),
    ),
    ...part('Undo', [plan.undo]),
    ...part('Needs', [`${bytes(plan.needs.bytes)}, ${aboutWords(plan.needs.ms)}`]),
    '',
  ].join('\n')
