import type { OperationProgress, OperationState, OperationStepView, OperationView, StepState } from '../../shared/domain/operation.ts'
import { lastFault, type Journal } from './journal.ts'

interface StepSeen {
  readonly state: StepState
  readonly tookMs?: number
  readonly note?: string
}

/** Whether the journal's operation came to an end, forward or back. */
export const isAtEnd = ({ entries }: Journal): boolean => entries.at(-1)?.is === 'ended'

/** What the journal says of each step, in order. */
export function stepStates({ header, entries }: Journal): readonly StepSeen[] {
  const seen: StepSeen[] = header.steps.map(() => ({ state: 'todo' }))
  for (const entry of entries) {
    if (entry.is !== 'step') continue
    const { step, tookMs, note } = entry
    const before = seen[step]
    // A failed step may have done a part: it is to be undone as well.
    const state: StepState = entry.state === 'begun' ? 'running' : entry.state
    seen[step] = {
      state,
      ...(tookMs === undefined ? {} : { tookMs }),
      ...(note === undefined ? (state === 'failed' && before?.note !== undefined ? { note: before.note } : {}) : { note }),
    }
  }
  return seen
}

interface Now {
  readonly folder: string
  readonly running: { readonly direction: 'forward' | 'back'; readonly progress?: OperationProgress } | undefined
  /** Why an operation that is done cannot be undone exactly. */
  readonly obstacle: string | undefined
}

/** A journal as the user sees it. */
export function viewOf(journal: Journal, { folder, running, obstacle }: Now): OperationView {
  const { plan, at, startsNode, expects } = journal.header
  const last = journal.entries.at(-1)
  const state: OperationState =
    running === undefined ? (last?.is === 'ended' ? last.as : 'unfinished') : running.direction === 'forward' ? 'running' : 'rolling-back'
  const states = stepStates(journal)
  const steps: OperationStepView[] = plan.steps.map((step, index) => {
    const seen = states[index] ?? { state: 'todo' as const }
    const isHalf = running === undefined && (seen.state === 'running' || seen.state === 'undoing')
    return { ...step, ...seen, ...(isHalf ? { state: 'failed' as const } : {}) }
  })
  const fault = running === undefined ? lastFault(journal.entries) : undefined
  return {
    id: plan.id,
    kind: plan.kind,
    title: plan.title,
    state,
    beganAt: at,
    ...(last?.is === 'ended' ? { endedAt: last.at } : {}),
    steps,
    ...(fault === undefined ? {} : { fault }),
    ...(running?.progress === undefined ? {} : { progress: running.progress }),
    undo: undoOf(state, obstacle, plan.undo),
    before: plan.before,
    after: plan.after,
    // Journals of plans without a database have none.
    ...(plan.tables === undefined || plan.tables.length === 0 ? {} : { tables: plan.tables }),
    folder,
    ...(startsNode === undefined ? {} : { startsNode }),
    ...(expects === undefined ? {} : { expects }),
  }
}

function undoOf(state: OperationState, obstacle: string | undefined, words: string): OperationView['undo'] {
  if (state === 'done') return obstacle === undefined ? { is: 'exact', why: words } : { is: 'no', why: obstacle }
  if (state === 'rolled-back') return { is: 'no', why: 'It is rolled back.' }
  return { is: 'exact', why: 'Rolling back brings everything to where it was.' }
}
