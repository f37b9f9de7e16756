import type { z } from 'zod'
import type { Result } from '../domain/fault.ts'

/** A request with an answer. `I` is what crosses, `O` the value, `Code` the faults it may return besides `internal`. */
export interface Call<I, O, Code extends string> {
  readonly is: 'call'
  readonly input: z.ZodType<I>
  readonly _types?: { readonly output: O; readonly code: Code }
}
export interface Topic<T> {
  readonly is: 'topic'
  readonly _types?: { readonly value: T }
}

/** `call(schema).returns<Value, 'fault/code'>()` */
export const call = <I>(input: z.ZodType<I>): { returns<O, Code extends string = never>(): Call<I, O, Code> } => ({
  returns: () => ({ is: 'call', input }),
})
export const topic = <T>(): Topic<T> => ({ is: 'topic' })

interface AnyCall {
  readonly is: 'call'
  readonly input: z.ZodType
}
export type Contract = Record<string, Record<string, AnyCall | Topic<unknown>>>

export type Answer<C> = C extends Call<infer _I, infer O, infer Code> ? Result<O, Code | 'internal' | 'bad-arguments' | 'no-keeper'> : never
type Input<C> = C extends Call<infer I, infer _O, infer _Code> ? I : never
type Asker<C> = [Input<C>] extends [void] ? () => Promise<Answer<C>> : (input: Input<C>) => Promise<Answer<C>>
type CallsOf<G> = { [K in keyof G as G[K] extends AnyCall ? K : never]: G[K] }
type TopicsOf<G> = { [K in keyof G as G[K] extends AnyCall ? never : K]: G[K] }

/** What a client of the contract sees: a function a call, and `on<Topic>` a topic. */
export type Api<C extends Contract> = {
  readonly [G in keyof C]: { readonly [K in keyof CallsOf<C[G]>]: Asker<C[G][K]> } & {
    readonly [K in keyof TopicsOf<C[G]> as `on${Capitalize<string & K>}`]: (
      listener: (value: C[G][K] extends Topic<infer T> ? T : never) => void,
    ) => () => void
  }
}

/** What a host must provide: every call of a group, none more. Topics are published through `Publish`. */
export type Handlers<C extends Contract> = {
  readonly [G in keyof C]: {
    readonly [K in keyof CallsOf<C[G]>]: (input: Input<C[G][K]>) => Promise<Answer<C[G][K]>> | Answer<C[G][K]>
  }
}

/** `publish('app.changed', value)` */
export type TopicName<C extends Contract> = {
  [G in keyof C & string]: `${G}.${keyof TopicsOf<C[G]> & string}`
}[keyof C & string]

/** All calls or topics as `group.name`, for deriving channels, preload and fakes. */
export function namesOf(contract: Contract, kind: 'call' | 'topic'): string[] {
  return Object.entries(contract).flatMap(([group, members]) =>
    Object.entries(members)
      .filter(([, member]) => member.is === kind)
      .map(([name]) => `${group}.${name}`),
  )
}

/** The schema of `group.name`'s input; `undefined` when there is no such call. */
export function inputOf(contract: Contract, name: string): z.ZodType | undefined {
  const [group, member, more] = name.split('.')
  if (group === undefined || member === undefined || more !== undefined || !Object.hasOwn(contract, group)) return undefined
  const members = contract[group]
  const entry = members !== undefined && Object.hasOwn(members, member) ? members[member] : undefined
  return entry?.is === 'call' ? entry.input : undefined
}
