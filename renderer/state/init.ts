import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { InitJob, InitState } from '../../shared/domain/initialization.ts'
import { api } from './api.ts'
import { seldom } from './listen.ts'
import { useLive, type Live } from './use-live.ts'

const ask = () => api().init.state()

const listen = seldom<InitState>((told) => api().init.onChanged(told))

/** New PoS data: what is being made, what waits, what arrives from elsewhere. */
export const useInit = (): Live<InitState> => useLive(ask, listen)

/** Jobs that are not at their end, in the order of the queue; the ones at work first. */
export function openJobs(state: InitState | undefined): readonly InitJob[] {
  const open = (state?.jobs ?? []).filter((job) => job.stage.is !== 'done')
  return [...open.filter((job) => job.stage.is !== 'queued'), ...open.filter((job) => job.stage.is === 'queued')]
}

/** What the form of a new identity holds; kept while the window is open. */
export interface AddDraft {
  readonly step: 'key' | 'folder' | 'plan'
  readonly way: 'new' | 'public' | 'existing'
  readonly name: string
  /** 64 hex characters or the same in base64, as typed: for `public` and `existing`. */
  readonly id: string
  readonly lane?: string
  /** As typed; absent: made from the disk and the name. */
  readonly folder?: string | undefined
  readonly numUnits?: number
  /** Absent: as usual. */
  readonly maxFileBytes?: number
  readonly providers: readonly number[]
  /** Absent: as the keeper sets it, 288. */
  readonly nonces?: number
  readonly threads?: number
  readonly randomx?: 'fast' | 'light'
}

export const FRESH: AddDraft = { step: 'key', way: 'new', name: '', id: '', providers: [] }
export const addStore = createStore<{ readonly draft: AddDraft }>()(() => ({ draft: FRESH }))
export const useAddDraft = (): AddDraft => useStore(addStore, (state) => state.draft)

/** Changes part of the form. */
export function changeAdd(parts: Partial<AddDraft>): void {
  addStore.setState(({ draft }) => ({ draft: { ...draft, ...parts } }))
}

/** Begins the form anew, with what is known already. */
export const startAdd = (parts: Partial<AddDraft> = {}): void => addStore.setState({ draft: { ...FRESH, ...parts } })
