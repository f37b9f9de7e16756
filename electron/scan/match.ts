import { homedir } from 'node:os'
import { identityIdFromBase64, parseIdentityId, type IdentityId } from '../../shared/domain/ids.ts'
import type { Inventory, MatchAnswer } from '../../shared/domain/inventory.ts'
import { parseKeyBytes } from '../identities/index.ts'
import { explainIdentity, identityWords, type MatchContext } from './match-words.ts'

/** Hex of so many characters is no id any more: somebody pasted a key, whole or not. */
const KEY_LIKE = /^[0-9a-f]{100,140}$/
/** 64 bytes in base64, with or without padding. */
const RAW_KEY = /^[A-Za-z0-9+/_-]{86}(?:==)?$/

/** Text without what copying adds: blanks, quotes, `0x`, colons between bytes. */
const bare = (text: string): string => text.replaceAll(/[\s"'`:,]/g, '').replace(/^0x/i, '')

/** Base64 as JSON, URLs and people write it. */
const fromBase64 = (text: string): IdentityId | undefined =>
  identityIdFromBase64(`${text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')}=`)

/** What a pasted text is: an id in hex or base64, a nickname, or a key, which must not be pasted anywhere. */
export function matchText(text: string, inventory: Inventory | undefined): MatchAnswer {
  const context: MatchContext = { inventory, homedir: homedir() }
  const plain = bare(text)
  const key = pastedKey(plain, inventory)
  if (key !== undefined) return keyWarning(key.identity, context)
  const id = parseIdentityId(plain) ?? fromBase64(plain)
  if (id !== undefined) return explainIdentity(id, context)
  const wanted = text.trim().toLowerCase()
  const named = inventory?.identities.find((one) => one.nickname?.toLowerCase() === wanted)
  if (named !== undefined) return explainIdentity(named.id, context)
  return {
    is: 'unknown',
    sentences: [
      'This is no identity: an id has 64 hex characters, or 44 characters of base64, and a nickname must be one that is used here.',
    ],
    next: 'none',
  }
}

/** 64 characters may be an id or the secret half of a key: it is a secret when an identity of this machine comes out of it. */
function pastedKey(plain: string, inventory: Inventory | undefined): { readonly identity?: IdentityId } | undefined {
  const lower = plain.toLowerCase()
  const identityOf = (bytes: Uint8Array): { identity?: IdentityId } => {
    const { identity } = parseKeyBytes(bytes)
    return identity === undefined ? {} : { identity }
  }
  if (KEY_LIKE.test(lower)) return identityOf(Buffer.from(lower, 'latin1'))
  if (RAW_KEY.test(plain)) return identityOf(Buffer.from(Buffer.from(plain, 'base64').toString('hex'), 'latin1'))
  const asId = parseIdentityId(lower)
  if (asId === undefined || inventory === undefined || inventory.identities.some((one) => one.id === asId)) return undefined
  const { identity } = identityOf(Buffer.from(lower, 'latin1'))
  return identity !== undefined && inventory.identities.some((one) => one.id === identity) ? { identity } : undefined
}

function keyWarning(identity: IdentityId | undefined, context: MatchContext): MatchAnswer {
  const whose =
    identity === undefined
      ? 'Which identity it belongs to cannot be told: it is not whole.'
      : `It belongs to ${identityWords(identity, context)}, whose public half is ${identity}.`
  return {
    is: 'key',
    ...(identity === undefined ? {} : { identity }),
    sentences: [
      'This is a KEY, a secret. It must not be pasted anywhere: whoever has it can smesh as you and have the identity banned.',
      whose,
      'Smeshkeeper has not kept it. Clear the clipboard, and every place where it was pasted before.',
    ],
    next: 'none',
  }
}
