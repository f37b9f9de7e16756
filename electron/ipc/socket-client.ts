import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import { LONG_CALLS } from '../../shared/ipc/keys-contract.ts'
import { CONTRACT_VERSION } from '../../shared/ipc/contract.ts'
import { frameReader, MAX_FRAME_BYTES, writeFrame } from './frames.ts'
import type { CallResult, KeeperLink } from './link.ts'

const welcome = z.object({ welcome: z.object({ contract: z.number(), version: z.string(), pid: z.number() }) })
const refusal = z.object({ error: z.string() })
const answer = z.object({
  id: z.number(),
  result: z.union([
    z.object({ ok: z.literal(true), value: z.unknown().optional() }),
    z.object({
      ok: z.literal(false),
      fault: z.object({ code: z.string(), detail: z.string(), retry: z.enum(['never', 'now', 'user']) }).loose(),
    }),
  ]),
})
const topic = z.object({ topic: z.string(), value: z.unknown() })

export interface RemoteKeeper extends KeeperLink {
  readonly version: string
  readonly pid: number
  /** Called once when the keeper goes away. */
  onGone(listener: () => void): void
  close(): void
}

const CALL_DEADLINE_MS = 30_000

function remote(socket: Socket, about: { version: string; pid: number }, frames: { handle: (value: unknown) => void }): RemoteKeeper {
  const pending = new Map<number, (result: CallResult) => void>()
  const topics = new Set<(name: string, value: unknown) => void>()
  const goneListeners = new Set<() => void>()
  const gone: CallResult = fail('no-keeper', 'the keeper went away', { retry: 'now' })
  let next = 1
  frames.handle = (value) => {
    const told = topic.safeParse(value)
    if (told.success) {
      for (const listener of topics) listener(told.data.topic, told.data.value)
      return
    }
    const answered = answer.safeParse(value)
    if (!answered.success) return
    pending.get(answered.data.id)?.(answered.data.result as CallResult)
    pending.delete(answered.data.id)
  }
  socket.on('close', () => {
    for (const settle of pending.values()) settle(gone)
    pending.clear()
    for (const listener of goneListeners) listener()
  })
  return {
    ...about,
    call: (name, input) =>
      new Promise((resolve) => {
        const id = next++
        const onDeadline = (): void => {
          pending.delete(id)
          resolve(fail('internal', `${name}: no answer in ${CALL_DEADLINE_MS / 1000} s`, { retry: 'now' }))
        }
        const timer = LONG_CALLS.has(name) ? undefined : setTimeout(onDeadline, CALL_DEADLINE_MS)
        pending.set(id, (result) => {
          clearTimeout(timer)
          resolve(result)
        })
        if (!writeFrame(socket, { id, call: name, input })) {
          clearTimeout(timer)
          pending.delete(id)
          resolve(gone)
        }
      }),
    onTopic: (listener) => {
      topics.add(listener)
      return () => void topics.delete(listener)
    },
    onGone: (listener) => void goneListeners.add(listener),
    close: () => socket.destroy(),
  }
}

/** Opens the local socket and greets. `no-keeper`: nobody hosts; `other-version`: a keeper of another build does. */
export function connectKeeper(
  socketPath: string,
  version: string,
  deadlineMs = 5_000,
): Promise<Result<RemoteKeeper, 'no-keeper' | 'other-version'>> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    const frames = { handle: (_value: unknown): void => {} }
    let isSettled = false
    const settle = (result: Result<RemoteKeeper, 'no-keeper' | 'other-version'>): void => {
      if (isSettled) return
      isSettled = true
      clearTimeout(timer)
      if (!result.ok) socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => settle(fail('no-keeper', 'the keeper does not answer', { retry: 'now' })), deadlineMs)
    frames.handle = (value) => {
      const greeted = welcome.safeParse(value)
      if (greeted.success) return settle(ok(remote(socket, greeted.data.welcome, frames)))
      const refused = refusal.safeParse(value)
      settle(
        fail('other-version', refused.success ? refused.data.error : 'another program answers on the keeper’s socket', { retry: 'never' }),
      )
    }
    const read = frameReader(
      MAX_FRAME_BYTES,
      (value) => frames.handle(value),
      () => socket.destroy(),
    )
    socket.on('data', (chunk) => read(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)))
    socket.on('error', (cause) => settle(fail('no-keeper', cause.message, { retry: 'now' })))
    socket.on('close', () => settle(fail('no-keeper', 'the connection was closed', { retry: 'now' })))
    socket.on('connect', () => writeFrame(socket, { hello: { contract: CONTRACT_VERSION, version } }))
  })
}
