import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { LogFields, Logger } from '../../../electron/lib/logger.ts'
import { parseIdentityId, type IdentityId } from '../../../shared/domain/ids.ts'

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

export interface TestKey {
  readonly id: IdentityId
  readonly seed: Buffer
  /** The 128 characters as the node writes them. */
  readonly hex: string
}

/** The same key for the same number. */
export function aKey(number: number): TestKey {
  const seed = createHash('sha256').update(`test key ${number}`).digest()
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  const id = parseIdentityId(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'))
  if (id === undefined) throw new Error('no public key')
  return { id, seed, hex: seed.toString('hex') + id }
}

/** Takes every line, so that a test can look for secrets in it. */
export function silentLog(lines: string[] = []): Logger {
  const take = (event: string, fields: LogFields = {}): void => void lines.push(`${event} ${JSON.stringify(fields)}`)
  return { debug: take, info: take, warn: take, error: take }
}
