import { parseIdentityId, type IdentityId } from '../../../shared/domain/ids.ts'

export function asIdentityId(text: string): IdentityId {
  const id = parseIdentityId(text)
  if (id === undefined) throw new Error(`${text} is no identity`)
  return id
}
