import type { OperationPlan, OperationView, PlanNode } from '../../../shared/domain/operation.ts'
import { bytes, duration, figure, moment, plural } from '../../../shared/domain/words.ts'

const GRADES: Readonly<Record<OperationPlan['risks'][number]['grade'], string>> = {
  ban: 'a ban for ever',
  loss: 'lost rewards',
  cost: 'it takes time',
  note: 'to know',
}
const CHECKS = { pass: 'ok', warn: '!', fail: 'X' } as const

const nodeLines = ({ name, folder, version, note, identities }: PlanNode): readonly string[] => [
  `  ${name}  ${folder}${version === '' ? '' : `  ${version}`}`,
  ...(note === undefined ? [] : [`    ${note}`]),
  ...identities.map(
    ({ name: called, keyFile, change }) => `    ${called.padEnd(16)} ${keyFile}${change === undefined ? '' : `  (${change})`}`,
  ),
]

/** Below a second nobody asks. */
const took = (ms: number | undefined): string => (ms === undefined || ms < 1000 ? '' : `  ${duration(ms)}`)

/** A plan as lines for a terminal: what is, what will be, the steps, the risks, what only the user knows. */
export function planLines(plan: OperationPlan): readonly string[] {
  const part = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', title, ...lines])
  return [
    plan.title,
    ...part('Before', plan.before.flatMap(nodeLines)),
    ...part('After', plan.after.flatMap(nodeLines)),
    ...part(
      `Steps, about ${duration(plan.needs.ms)}`,
      plan.steps.flatMap(({ title, detail, estimateMs }, index) => [
        `  ${String(index + 1).padStart(2)} ${title}${took(estimateMs)}`,
        ...(detail === '' ? [] : [`     ${detail}`]),
      ]),
    ),
    ...part(
      'Rows',
      plan.tables.map(
        ({ table, before, added, removed }) =>
          `  ${table.padEnd(20)} ${figure(before)}${added > 0 ? ` + ${figure(added)}` : ''}${removed > 0 ? ` - ${figure(removed)}` : ''}`,
      ),
    ),
    ...part(
      'Risks',
      plan.risks.map(({ grade, text }) => `  ${GRADES[grade]}: ${text}`),
    ),
    ...part(
      'Checks',
      plan.checks.map(({ is, text }) => `  ${CHECKS[is].padEnd(2)} ${text}`),
    ),
    ...part(
      'Stopped meanwhile',
      plan.stops.map((text) => `  ${text}`),
    ),
    ...(plan.needs.bytes > 0 ? ['', `Needs ${bytes(plan.needs.bytes)} of space.`] : []),
    ...(plan.undo === '' ? [] : ['', `Undo: ${plan.undo}`]),
  ]
}

const STATES: Readonly<Record<OperationView['state'], string>> = {
  running: 'runs',
  'rolling-back': 'is rolled back',
  unfinished: 'is not at its end: `finish` or `roll-back` it',
  done: 'done',
  'rolled-back': 'rolled back',
}
const MARKS = { todo: ' ', running: '>', done: '+', undoing: '<', undone: '-', failed: 'X' } as const

/** One operation with its steps. */
export const operationLines = (view: OperationView, now: number, isLong: boolean): readonly string[] => [
  `${view.id}  ${view.title}: ${STATES[view.state]} (${moment(view.beganAt, now)})`,
  ...(view.fault === undefined ? [] : [`  ! ${view.fault.detail}`]),
  ...(isLong
    ? view.steps.map(
        ({ state, title, note, tookMs }) => `  ${MARKS[state]} ${title}${took(tookMs)}${note === undefined ? '' : `  ${note}`}`,
      )
    : []),
]

export const progressText = (view: OperationView): string => {
  const at = view.steps.findIndex(({ state }) => state === 'running' || state === 'undoing')
  const step = view.steps[at]
  if (step === undefined) return view.title
  const { progress } = view
  const unit = (count: number): string => (progress?.unit === 'bytes' ? bytes(count) : figure(count))
  const far = progress === undefined ? '' : `: ${unit(progress.done)} of ${unit(progress.total)}`
  const left = progress?.etaMs === undefined ? '' : `, ${duration(progress.etaMs)} left`
  return `Step ${at + 1} of ${plural(view.steps.length, 'step').split(' ')[0]}, ${step.title}${far}${left}`
}
