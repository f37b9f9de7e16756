import { hexToBytes, identityIdFromBase64, parseIdentityId, shortId, type IdentityId } from '../../../shared/domain/ids.ts'

/** Whoever can be named: what the set-up and the scan call it. */
export interface Named {
  readonly id: string
  readonly nickname?: string
}

export const base64Of = (id: string): string => Buffer.from(hexToBytes(id)).toString('base64')

/** `Amber (ab12…cd34)`, or the short id alone. */
export const titleOf = ({ id, nickname }: Named): string => (nickname === undefined ? shortId(id) : `${nickname} (${shortId(id)})`)

const LEAST_BEGINNING = 4

/** A whole id in hex or base64, a nickname, or the beginning of an id that only one of the known has. */
export function identityNamed(text: string, known: readonly Named[]): IdentityId | undefined {
  const whole = parseIdentityId(text) ?? identityIdFromBase64(text)
  if (whole !== undefined) return whole
  const lower = text.toLowerCase()
  const called = known.filter(({ nickname }) => nickname?.toLowerCase() === lower)
  const begun = lower.length < LEAST_BEGINNING ? [] : known.filter(({ id }) => id.startsWith(lower))
  const ids = new Set((called.length > 0 ? called : begun).map(({ id }) => id))
  const [only] = ids
  return ids.size === 1 && only !== undefined ? parseIdentityId(only) : undefined
}
