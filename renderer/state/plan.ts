import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { Result } from '../../shared/domain/fault.ts'
import type { PlanDraft, PlanInputs } from '../../shared/domain/planner/index.ts'
import { api } from './api.ts'
import { useLive, type Live } from './use-live.ts'

/** A whole gap, as it comes every epoch: how far this one is, is no part of what-ifs. */
const wholeGap = (inputs: PlanInputs): PlanInputs => ({
  ...inputs,
  at: Math.min(inputs.at, inputs.gapOpensAt),
  identities: [...inputs.identities, ...(inputs.proved ?? [])].map(({ startedAt: _begun, ...one }) => one),
  proved: [],
})

const ask = async (): Promise<Result<PlanInputs>> => {
  const answer = await api().plan.inputs()
  return answer.ok ? { ok: true, value: wholeGap(answer.value) } : answer
}
const listenToNothing = () => () => undefined

/** All that the planner needs, as it was when the page opened or asked again. */
export const usePlanInputs = (): Live<PlanInputs> => useLive(ask, listenToNothing)

interface PlanState {
  readonly draft: PlanDraft
  /** Drafts before it, the newest last. */
  readonly past: readonly PlanDraft[]
  /** What was changed last: a slider that moves on is one change. */
  readonly touched?: string | undefined
}

const MOST_PAST = 100
const TODAY: PlanDraft = {}
export const planStore = createStore<PlanState>()(() => ({ draft: TODAY, past: [] }))
export const usePlanDraft = (): PlanState => useStore(planStore)

/** Another draft; `touched` names what changed, so that moving it on is not a further step of the undo. */
export function setPlan(draft: PlanDraft, touched?: string): void {
  planStore.setState((state) => ({
    draft,
    past: touched !== undefined && touched === state.touched ? state.past : [...state.past.slice(1 - MOST_PAST), state.draft],
    touched,
  }))
}

/** Changes part of the draft. */
export const changePlan = (parts: Partial<PlanDraft>, touched?: string): void =>
  setPlan({ ...planStore.getState().draft, ...parts }, touched)

/** Nonces, threads or mode of one identity. */
export function changeIdentity(id: string, parts: NonNullable<PlanDraft['identities']>[string], touched?: string): void {
  const { draft } = planStore.getState()
  changePlan({ identities: { ...draft.identities, [id]: { ...draft.identities?.[id], ...parts } } }, touched)
}

/** One identity to another disk. */
export const movePlanned = (id: string, disk: string): void => {
  const { draft } = planStore.getState()
  changePlan({ moves: { ...draft.moves, [id]: disk } })
}

const without = <T>(record: Readonly<Record<string, T>> | undefined, gone: (id: string, value: T) => boolean): Record<string, T> =>
  Object.fromEntries(Object.entries(record ?? {}).filter(([id, value]) => !gone(id, value)))

/** Without the new identity and what was changed of it. */
export function dropAdded(): void {
  const { add, ...rest } = planStore.getState().draft
  if (add === undefined) return
  setPlan({ ...rest, moves: without(rest.moves, (id) => id === add.id), identities: without(rest.identities, (id) => id === add.id) })
}

/** Without the new disk; what was moved to it stays where it is today, a new identity goes to `instead`. */
export function dropDisk(instead: string | undefined): void {
  const { addDisk, add, ...rest } = planStore.getState().draft
  if (addDisk === undefined) return
  const kept = add?.disk === addDisk.id && instead !== undefined ? { ...add, disk: instead } : add
  setPlan({ ...rest, ...(kept === undefined ? {} : { add: kept }), moves: without(rest.moves, (_, disk) => disk === addDisk.id) })
}

/** The set-up has its part of the draft now; what is left are moves, a new identity and a new disk. */
export function settledPlan(): void {
  const { identities, maxProvers: _limit, ...rest } = planStore.getState().draft
  setPlan({ ...rest, identities: without(identities, (id) => id !== rest.add?.id) })
}

/** One step back. */
export function undoPlan(): void {
  planStore.setState((state) => ({ draft: state.past.at(-1) ?? state.draft, past: state.past.slice(0, -1), touched: undefined }))
}

/** As it is today. */
export const resetPlan = (): void => setPlan(TODAY)
