/** The `code` of a thrown system error, for example `ENOENT`; `undefined` for anything else. */
export function errorCode(cause: unknown): string | undefined {
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}
