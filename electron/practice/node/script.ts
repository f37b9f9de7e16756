import { readFileSync, statSync } from 'node:fs'

/** Ugly behaviour on demand: the key `node` of the script file, which is read again whenever it changes. Ids are 64 hex characters. */
export interface PracticeScript {
  /** Every PoET publishes its proof this much after the end of its round. */
  readonly poetLateMs?: number
  /** What PoETs do when asked: refuse the connection, or accept and never answer. */
  readonly poet?: 'refusing' | 'silent'
  /** Only these PoET addresses behave so; all of them when absent. */
  readonly poetsConcerned?: readonly string[]
  /** Every API call fails with Unavailable, or answers rubbish, until this moment (Unix ms). */
  readonly apiDownUntil?: number
  readonly apiGarbageUntil?: number
  /** The node rejects every proof of these identities. */
  readonly rejectProofs?: readonly string[]
  /** Another node publishes first for these identities. */
  readonly twins?: readonly string[]
  /**
   * Another node runs with these keys: it registers first in every round and publishes an ATX in every epoch, whether this
   * node holds the key or not, until they are taken off the list.
   */
  readonly elsewhere?: readonly string[]
  /** The PoET answers 409 to registrations of these identities. */
  readonly conflictingRegistration?: readonly string[]
  /** Own ATX is refused after being called published. */
  readonly refuseOwnAtx?: readonly string[]
  /** These identities are banned now (event, stream entry, state.sql row). */
  readonly banned?: readonly string[]
  readonly banKind?: 'legacy' | 'v2'
  /** The node's wall clock is off by this much. */
  readonly clockOffsetMs?: number
  /** Extra time before the API opens. */
  readonly slowStartMs?: number
  /** Not synced until this moment (Unix ms). */
  readonly syncingUntil?: number
  readonly crash?: { readonly at: number; readonly how: 'panic' | 'segfault' | 'fatal' }
  /** Ends every events stream with `Canceled: buffer is full`, once for each new number. */
  readonly cancelEvents?: number
}

export interface ScriptReader {
  now(): PracticeScript
}

/** Reads the script file when it has changed; an absent or half-written file changes nothing. */
export function scriptReader(file: string | undefined): ScriptReader {
  let stamp = ''
  let script: PracticeScript = {}
  return {
    now() {
      if (file === undefined) return script
      const stat = statSync(file, { throwIfNoEntry: false })
      const seen = stat === undefined ? '' : `${stat.mtimeMs}:${stat.size}:${stat.ino}`
      if (seen === stamp) return script
      try {
        const value: unknown = seen === '' ? {} : JSON.parse(readFileSync(file, 'utf8'))
        const own: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'node') : undefined
        script = typeof own === 'object' && own !== null ? own : {}
        stamp = seen
      } catch {
        // Written this very moment: the next look reads it whole.
      }
      return script
    },
  }
}

/** Whether `id` is on a list of the script. */
export const concerns = (list: readonly string[] | undefined, id: string): boolean => list?.includes(id) === true
