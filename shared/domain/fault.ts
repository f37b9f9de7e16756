/**
 * What can go wrong in normal use, returned as a value. Code branches on `code`, never on text.
 * `detail` is for the *Details* fold and the log; the user's sentence is keyed by `code`.
 */
export interface Fault<Code extends string = string> {
  readonly code: Code
  readonly detail: string
  /** Whether trying again can help: never, at once, or after the user changed something. */
  readonly retry: 'never' | 'now' | 'user'
  readonly context?: Readonly<Record<string, string | number | boolean>>
}

export type Result<T, Code extends string = string> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault<Code> }

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

export function fail<Code extends string>(
  code: Code,
  detail: string,
  more: { retry?: Fault['retry']; context?: Fault['context'] } = {},
): { readonly ok: false; readonly fault: Fault<Code> } {
  return { ok: false, fault: { code, detail, retry: more.retry ?? 'user', ...(more.context ? { context: more.context } : {}) } }
}

/** Ends every `switch` over a union: a case that was forgotten does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}

/** Text of anything thrown, for `detail`. */
export const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
