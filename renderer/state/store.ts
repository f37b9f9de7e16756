import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { textOf } from '../../shared/domain/fault.ts'
import type { WindowApi } from '../../shared/ipc/contract.ts'
import type { UnixMs } from '../../shared/domain/ids.ts'
import { applyDelta, diffSnapshots, type AppSnapshot, type IdentitySnapshot, type SnapshotDelta } from '../../shared/ipc/snapshot.ts'

/** What the page knows of the keeper. `heardAt` = the last answer or change of any kind. */
export interface KeeperState {
  readonly phase: 'loading' | 'ready' | 'no-keeper'
  readonly snapshot: AppSnapshot | undefined
  readonly heardAt: UnixMs
  /** Why there is no keeper, for the details. */
  readonly problem?: string
}

export const initialState = (): KeeperState => ({ phase: 'loading', snapshot: undefined, heardAt: Date.now() })

export const keeperStore = createStore<KeeperState>()(initialState)

/** At most four updates a second reach the page. */
export const UPDATE_EVERY_MS = 250
/** With nothing heard for this long the page asks by itself. */
export const ASK_AFTER_MS = 10_000
/** Values older than this are shown as stale. */
export const STALE_AFTER_MS = 30_000

/** The newer snapshot, with the objects of all identities that did not change kept. */
export function adopt(before: AppSnapshot | undefined, after: AppSnapshot): AppSnapshot {
  if (before === undefined || before.host.pid !== after.host.pid) return after
  if (after.revision <= before.revision) return before
  return applyDelta(before, diffSnapshots(before, after)) ?? after
}

/** Applies what fits. `isWhole` is false when a delta was missed and the whole must be taken again. */
export function applyAll(
  snapshot: AppSnapshot,
  deltas: readonly SnapshotDelta[],
): { readonly snapshot: AppSnapshot; readonly isWhole: boolean } {
  let current = snapshot
  for (const delta of deltas) {
    if (delta.revision <= current.revision) continue
    const next = applyDelta(current, delta)
    if (next === undefined) return { snapshot: current, isWhole: false }
    current = next
  }
  return { snapshot: current, isWhole: true }
}

export interface Connection {
  /** Ask for the whole again, now. */
  readonly retry: () => Promise<void>
  readonly stop: () => void
}

/** Subscribes first, then takes the snapshot, so that no change is lost between the two. */
export function connect(api: Pick<WindowApi, 'app'>): Connection {
  let waiting: SnapshotDelta[] = []
  let flushTimer: ReturnType<typeof setTimeout> | undefined
  let isAsking = false

  const flush = (): void => {
    flushTimer = undefined
    const deltas = waiting
    const { snapshot } = keeperStore.getState()
    if (snapshot === undefined || isAsking) return
    waiting = []
    const applied = applyAll(snapshot, deltas)
    keeperStore.setState({ snapshot: applied.snapshot, heardAt: Date.now() })
    if (!applied.isWhole) void retry()
  }
  const flushLater = (): void => {
    flushTimer ??= setTimeout(flush, UPDATE_EVERY_MS)
  }
  const retry = async (): Promise<void> => {
    if (isAsking) return
    isAsking = true
    try {
      const answer = await api.app.snapshot()
      if (answer.ok) {
        const before = keeperStore.getState().snapshot
        const { snapshot } = applyAll(adopt(before, answer.value), waiting)
        waiting = []
        keeperStore.setState({ phase: 'ready', snapshot, heardAt: Date.now() })
      } else {
        keeperStore.setState({ phase: 'no-keeper', problem: `${answer.fault.code}: ${answer.fault.detail}` })
      }
    } catch (cause: unknown) {
      keeperStore.setState({ phase: 'no-keeper', problem: textOf(cause) })
    } finally {
      isAsking = false
    }
  }
  const off = api.app.onChanged((delta) => {
    waiting.push(delta)
    flushLater()
  })
  const asker = setInterval(() => {
    const { phase, heardAt } = keeperStore.getState()
    if (phase === 'no-keeper' || Date.now() - heardAt >= ASK_AFTER_MS) void retry()
  }, ASK_AFTER_MS / 2)
  void retry()
  return {
    retry,
    stop: () => {
      off()
      clearInterval(asker)
      clearTimeout(flushTimer)
    },
  }
}

export const useKeeper = <T>(select: (state: KeeperState) => T): T => useStore(keeperStore, select)

/** Part of the snapshot; `undefined` until there is one. */
export const useSnapshot = <T>(select: (snapshot: AppSnapshot) => T): T | undefined =>
  useStore(keeperStore, (state) => (state.snapshot === undefined ? undefined : select(state.snapshot)))

/** One identity: renders again only when that identity changed. */
export const useIdentity = (id: string): IdentitySnapshot | undefined =>
  useSnapshot((snapshot) => snapshot.identities.find((identity) => identity.id === id))
