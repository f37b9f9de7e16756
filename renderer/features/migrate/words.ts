import type { Fault } from '../../../shared/domain/fault.ts'
import type { OperationKind, OperationProgress, OperationView, PlanCheck, PlanRisk, StepState } from '../../../shared/domain/operation.ts'
import { bytes, duration, figure, plural, THIN } from '../../../shared/domain/words.ts'
import { faultText } from '../../components/fault-text.ts'
import type { Look } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'

interface KindWords {
  /** In the crumb. */
  readonly room: string
  /** Button of the plan. */
  readonly start: string
  /** While it goes on: "Merging". */
  readonly doing: string
  /** "The merge" */
  readonly noun: string
}

const words = (room: string, start: string, doing: string, noun: string): KindWords => ({ room, start, doing, noun })

export const KINDS: Readonly<Record<OperationKind, KindWords>> = {
  merge: words('Bring nodes together', 'Start the merge', 'Merging', 'The merge'),
  convert: words('Convert a supervised node', 'Convert it', 'Converting', 'The conversion'),
  unconvert: words('Convert back to supervised', 'Convert it back', 'Converting back', 'The conversion'),
  split: words('Split an identity out', 'Split it out', 'Splitting out', 'The split'),
  retire: words('Retire an identity', 'Retire it', 'Retiring', 'The retirement'),
  'put-back': words('Put a key back', 'Put it back', 'Putting back', 'The return of the key'),
  'take-over': words('Take over from another program', 'Take it over', 'Taking over', 'The take-over'),
  'hand-over': words('Hand over to systemd', 'Hand it over', 'Handing over', 'The hand-over'),
  'move-data': words('Move PoS data', 'Start the move', 'Moving', 'The move'),
  'export-identity': words('To another machine', 'Export and disarm', 'Exporting', 'The export'),
  'import-identity': words('From another machine', 'Import it', 'Importing', 'The import'),
  coinbase: words('Another coinbase', 'Change it', 'Changing', 'The change'),
}

/** A fault of an operation carries its own sentence: what, why and what to do. Others have one by their code. */
export const whyText = (fault: Fault): string =>
  fault.code.includes('/') && !fault.code.startsWith('window/') && fault.detail.includes(' ') ? closed(fault.detail) : faultText(fault)

const RISKS: Readonly<Record<PlanRisk['grade'], Look>> = {
  ban: { shape: 'octagon', tone: 'bad', word: 'a ban for ever' },
  loss: { shape: 'alert', tone: 'bad', word: 'a loss' },
  cost: { shape: 'triangle', tone: 'warn', word: 'costs something' },
  note: { shape: 'info', tone: 'accent', word: 'worth knowing' },
}
export const lookOfRisk = (grade: PlanRisk['grade']): Look => RISKS[grade]

const CHECKS: Readonly<Record<PlanCheck['is'], Look>> = {
  pass: { shape: 'disc-tick', tone: 'ok', word: 'passes' },
  warn: { shape: 'triangle', tone: 'warn', word: 'differs' },
  fail: { shape: 'cross', tone: 'bad', word: 'fails' },
}
export const lookOfCheck = (is: PlanCheck['is']): Look => CHECKS[is]

const STEPS: Readonly<Record<StepState, Look>> = {
  todo: { shape: 'ring', tone: 'dim', word: 'not begun' },
  running: { shape: 'pie', tone: 'accent', word: 'under way', share: 40 },
  done: { shape: 'disc-tick', tone: 'ok', word: 'done' },
  undoing: { shape: 'pie', tone: 'accent', word: 'being undone', share: 40 },
  undone: { shape: 'ring-tick', tone: 'dim', word: 'undone' },
  failed: { shape: 'cross', tone: 'bad', word: 'stopped here' },
}
export const lookOfStep = (state: StepState): Look => STEPS[state]

const STATES: Readonly<Record<OperationView['state'], Look>> = {
  running: { shape: 'pie', tone: 'accent', word: 'under way', share: 40 },
  'rolling-back': { shape: 'pie', tone: 'accent', word: 'being undone', share: 40 },
  unfinished: { shape: 'half', tone: 'warn', word: 'unfinished' },
  done: { shape: 'disc-tick', tone: 'ok', word: 'done' },
  'rolled-back': { shape: 'ring-tick', tone: 'dim', word: 'undone' },
}
export const lookOfState = (state: OperationView['state']): Look => STATES[state]

/** "about 4 m"; a short step in seconds. */
export const aboutWords = (ms: number): string => (ms < 1000 ? `1${THIN}s` : ms >= 60_000 ? `about ${duration(ms)}` : duration(ms))

/** How long a step really took: "0.9 s", "55 s". */
export const tookWords = (ms: number): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)}${THIN}s` : duration(ms))

export function progressWords({ done, total, unit, etaMs }: OperationProgress): string {
  const counts = unit === 'bytes' ? `${bytes(done)} of ${bytes(total)}` : `${figure(done)} of ${figure(total)} ${unit}`
  return etaMs === undefined ? counts : `${counts}, ${aboutWords(etaMs)} left`
}

/** The step that is at work, or where it stopped: from 0; the number of steps at the end. */
export function stepAt({ steps, state }: Pick<OperationView, 'steps' | 'state'>): number {
  const busy = steps.findIndex((step) => step.state === 'running' || step.state === 'undoing' || step.state === 'failed')
  if (busy >= 0) return busy
  const first = steps.findIndex((step) => step.state !== 'done')
  return state === 'done' || first < 0 ? steps.length : first
}

/** The headline of an operation: the answer in one sentence. */
export function headlineOf(operation: OperationView): string {
  const { kind, state, steps, title } = operation
  const at = Math.min(stepAt(operation), steps.length - 1)
  const step = steps[at]?.title ?? ''
  const place = `step ${at + 1} of ${steps.length}`
  switch (state) {
    case 'running':
      return `${KINDS[kind].doing}: ${place}, ${step}`
    case 'rolling-back':
      return `Undoing: ${place}, ${step}`
    case 'unfinished':
      return `${KINDS[kind].noun} is unfinished: it stopped at ${place}`
    case 'done':
      return `Done: ${title}`
    case 'rolled-back':
      return `Undone: all is as before “${title}”`
    default:
      return state satisfies never
  }
}

export const doneWords = ({ steps }: Pick<OperationView, 'steps'>): string =>
  `${steps.filter((step) => step.state === 'done').length} of ${plural(steps.length, 'step')} done`
