import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

export const ROOMS = [
  'now',
  'identities',
  'backups',
  'imports',
  'migrate',
  'machine',
  'plan',
  'add',
  'logs',
  'history',
  'settings',
] as const
export type Room = (typeof ROOMS)[number]

/** Where the window is. */
export interface Route {
  readonly room: Room
  /** 64 hex characters: the opened identity; in Migrate the one whose data is to move. */
  readonly identity?: string
  /** The opened log. */
  readonly log?: string
  /** Part of the settings; of the backups `restore`; what is to be done in Migrate; in Machine the opened disk. */
  readonly part?: string
  /** The backup to open; in Migrate the operation. */
  readonly file?: string
}

interface RouteState {
  readonly route: Route
  readonly past: readonly Route[]
}

export const routeStore = createStore<RouteState>()(() => ({ route: { room: 'now' }, past: [] }))

export function go(route: Route): void {
  routeStore.setState(({ route: before, past }) => ({ route, past: [...past.slice(-20), before] }))
}

export function back(): void {
  routeStore.setState(({ route, past }) => ({ route: past.at(-1) ?? { ...route, room: 'now' }, past: past.slice(0, -1) }))
}

/** A room named from outside (a notification, the tray); anything unknown opens Now. */
export function showRoom(asked: { readonly room: string; readonly identity?: string }): void {
  const room = ROOMS.find((one) => one === asked.room) ?? (asked.identity === undefined ? 'now' : 'identities')
  go(asked.identity === undefined ? { room } : { room: 'identities', identity: asked.identity })
}

export const useRoute = (): Route => useStore(routeStore, (state) => state.route)
