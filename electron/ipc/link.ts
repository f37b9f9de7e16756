import type { z } from 'zod'
import { fail, textOf, type Fault } from '../../shared/domain/fault.ts'
import { inputOf, namesOf, type Api, type Contract } from '../../shared/ipc/define.ts'
import type { Logger } from '../lib/logger.ts'

/** What crosses for every call. Faults are values; nothing is thrown over a wall. */
export type CallResult = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: Fault }

/** The keeper as its faces reach it: in the same process or over the local socket. */
export interface KeeperLink {
  call(name: string, input: unknown): Promise<CallResult>
  /** Every topic of the contract; the returned function ends it. */
  onTopic(listener: (name: string, value: unknown) => void): () => void
}

export type AnyHandlers = Readonly<Record<string, Readonly<Record<string, (input: never) => unknown>>>>

export interface CallHost {
  readonly contract: Contract
  readonly handlers: AnyHandlers
  readonly log: Logger
}

let reference = 0

/** Parses the arguments against the contract, runs the handler, turns bugs into `internal` with a reference id. */
export async function dispatch(host: CallHost, name: string, input: unknown): Promise<CallResult> {
  const { contract, handlers, log } = host
  const schema: z.ZodType | undefined = inputOf(contract, name)
  const [group, member] = name.split('.')
  const handler = group !== undefined && member !== undefined ? handlers[group]?.[member] : undefined
  if (schema === undefined || handler === undefined)
    return fail('bad-arguments', `there is no call '${name.slice(0, 80)}'`, { retry: 'never' })
  const parsed = schema.safeParse(input)
  if (!parsed.success) {
    const first = parsed.error.issues[0]
    return fail('bad-arguments', `${name}: ${first?.path.join('.') ?? ''} ${first?.message ?? 'not valid'}`, { retry: 'never' })
  }
  try {
    return (await handler(parsed.data as never)) as CallResult
  } catch (cause: unknown) {
    reference += 1
    const id = `${Date.now().toString(36)}-${reference}`
    log.error('ipc.bug', { id, call: name, error: textOf(cause), stack: cause instanceof Error ? cause.stack : undefined })
    return fail('internal', `${name}: ${textOf(cause)} (reference ${id})`, { retry: 'now' })
  }
}

/** Derives the typed face from a link: one function a call, one `on…` a topic. */
export function apiOver<C extends Contract>(contract: C, link: KeeperLink): Api<C> {
  const api: Record<string, Record<string, unknown>> = {}
  for (const name of namesOf(contract, 'call')) {
    const [group, member] = name.split('.') as [string, string]
    ;(api[group] ??= {})[member] = (input: unknown) => link.call(name, input)
  }
  for (const name of namesOf(contract, 'topic')) {
    const [group, member] = name.split('.') as [string, string]
    const on = `on${member.charAt(0).toUpperCase()}${member.slice(1)}`
    ;(api[group] ??= {})[on] = (listener: (value: unknown) => void) =>
      link.onTopic((topicName, value) => {
        if (topicName === name) listener(value)
      })
  }
  return api as unknown as Api<C>
}
