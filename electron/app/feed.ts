import { applyDelta, type AppSnapshot, type SnapshotDelta } from '../../shared/ipc/snapshot.ts'
import type { KeeperLink } from '../ipc/index.ts'

interface Options {
  readonly connect: () => Promise<KeeperLink>
  /** Every topic of the keeper, for the page. */
  readonly relay: (name: string, value: unknown) => void
  readonly onSnapshot: (snapshot: AppSnapshot) => void
}

export interface Feed {
  /** Usable at once: calls wait until the keeper is there. */
  readonly link: KeeperLink
  readonly snapshot: () => AppSnapshot | undefined
  readonly connected: Promise<unknown>
}

/** What the keeper says, kept whole for tray and questions, and passed on to the page. */
export function followKeeper({ connect, relay, onSnapshot }: Options): Feed {
  let snapshot: AppSnapshot | undefined
  const take = (next: AppSnapshot): void => {
    snapshot = next
    onSnapshot(next)
  }
  const refresh = async (keeper: KeeperLink): Promise<void> => {
    const whole = await keeper.call('app.snapshot', undefined)
    if (whole.ok) take(whole.value as AppSnapshot)
  }
  const connected = connect().then((keeper) => {
    keeper.onTopic((name, value) => {
      relay(name, value)
      if (name !== 'app.changed') return
      const merged = snapshot === undefined ? undefined : applyDelta(snapshot, value as SnapshotDelta)
      if (merged === undefined) void refresh(keeper)
      else take(merged)
    })
    void refresh(keeper)
    return keeper
  })
  return {
    link: { call: async (name, input) => (await connected).call(name, input), onTopic: () => () => {} },
    snapshot: () => snapshot,
    connected,
  }
}
