import { stat } from 'node:fs/promises'
import type { IdentityId, UnixMs } from '../../../shared/domain/ids.ts'
import type { KeyCopy } from '../../../shared/domain/inventory.ts'
import type { Observation } from '../../../shared/domain/observation.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { identitiesOf, readIdentitiesFolder } from '../../identities/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { dataFolderOf } from './context.ts'

const LOOK_MS = 5_000
/** A file that is changed in place does not change its folder: all are read anew after this time. */
const WHOLE_MS = 60_000
/** A disk that hangs keeps nobody waiting longer than this who wants to know now. */
const PATIENCE_MS = 5_000
/** An unchanged answer is told again before it is too old to be relied on. */
const AGAIN_MS = 600_000

type KeyState = Pick<Extract<Observation, { kind: 'key-file' }>, 'is' | 'text' | 'until'>

/** What the key of one identity is, from the node's folder and what is held out of it. Pure. */
export function keyStateOf(id: IdentityId, keyFile: string | undefined, keys: readonly KeyCopy[], hold: Hold | undefined): KeyState {
  const loaded = keys.filter((key) => key.isLoaded === true)
  if (loaded.some((key) => key.identity === id && key.form === 'good')) return { is: 'present' }
  if (hold !== undefined) return { is: 'held', text: hold.reason, ...(hold.until === undefined ? {} : { until: hold.until }) }
  const broken = loaded.find((key) => (key.identity === id || key.path.endsWith(`/${keyFile}`)) && key.form !== 'good')
  if (broken !== undefined) return { is: 'invalid', ...(broken.problem === undefined ? {} : { text: broken.problem }) }
  return { is: 'missing' }
}

interface Options {
  readonly clock: Clock
  readonly setup: () => Setup | undefined
  readonly holds: () => ReadonlyMap<string, Hold>
  readonly emit: (seen: Observation) => void
}

export interface KeyWatch {
  /** Looks now, all anew: what is known afterwards was read after the call. */
  look(): Promise<void>
  /** Keys as last read; undefined where the node's folder cannot be looked into. */
  keys(): readonly KeyCopy[] | undefined
  close(): void
}

/** Tells for every identity of the set-up whether the node would load its key. */
export function watchKeys({ clock, setup, holds, emit }: Options): KeyWatch {
  let known: { readonly stamp: string; readonly readAt: number; readonly keys: readonly KeyCopy[] } | undefined
  const told = new Map<string, { readonly text: string; readonly at: UnixMs }>()
  let isLooking = false
  /** The last look that was asked for: one begins when the one before has ended. */
  let looking: Promise<void> = Promise.resolve()
  let isClosed = false

  /** A disk that hangs is asked by one question at most, off the main thread. */
  const read = async (folder: string, isWhole: boolean): Promise<readonly KeyCopy[] | undefined> => {
    const there = await stat(identitiesOf(folder)).catch(() => undefined)
    const data = there === undefined ? await stat(folder).catch(() => undefined) : undefined
    if (there === undefined && data === undefined) return undefined // the folder itself is away: nothing is known
    const stamp = `${folder}:${there?.mtimeMs}:${there?.ino}`
    const isOld = known === undefined || clock.monotonic() - known.readAt > WHOLE_MS
    if (isWhole || isOld || known?.stamp !== stamp) {
      const { keys, problems } = readIdentitiesFolder(folder)
      if (keys.length === 0 && problems.length > 0) return undefined // not readable
      known = { stamp, readAt: clock.monotonic(), keys }
    }
    return known?.keys
  }
  const lookOnce = async (isWhole: boolean): Promise<void> => {
    const current = setup()
    const folder = dataFolderOf(current)
    if (isClosed || current === undefined || folder === undefined) return
    isLooking = true
    try {
      const keys = await read(folder, isWhole)
      if (keys === undefined) known = undefined
      if (keys === undefined || isClosed) return
      const held = holds()
      for (const { id, keyFile } of current.identities) {
        const state = keyStateOf(id as IdentityId, keyFile, keys, held.get(id))
        const text = JSON.stringify(state)
        const before = told.get(id)
        if (before?.text === text && clock.now() - before.at < AGAIN_MS) continue
        told.set(id, { text, at: clock.now() })
        emit({ at: clock.now(), kind: 'key-file', identity: id as IdentityId, ...state })
      }
    } finally {
      isLooking = false
    }
  }
  const look = (isWhole: boolean): Promise<void> => {
    const next = looking.then(() => lookOnce(isWhole))
    // Whoever asked is told by `next`; the one after only waits for its end.
    looking = next.catch(() => {})
    return next
  }
  const stop = clock.every(LOOK_MS, () => {
    if (!isLooking) void look(false)
  })
  void look(true)
  return {
    look: () =>
      new Promise((resolve, reject) => {
        const cancel = clock.after(PATIENCE_MS, resolve)
        void look(true).then(resolve, reject).finally(cancel)
      }),
    keys: () => known?.keys,
    close: () => {
      isClosed = true
      stop()
    },
  }
}
