import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import { codeOf } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import type { OpenSecret } from './age-reader.ts'
import type { SecretSource } from './protocol.ts'

const MOST_IDENTITY_FILE = 64 * 1024
const IDENTITY = /^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/

/** Reads what opens the file. No fault quotes a line of an identity file. */
export function readSecret(source: SecretSource, files: Files): Result<OpenSecret, 'backup/no-secret'> {
  if (source.passphrase !== undefined && source.passphrase !== '') return ok({ passphrase: source.passphrase })
  const file = source.identityFile
  if (file === undefined) return fail('backup/no-secret', 'type the passphrase, or choose the age identity file that opens it')
  let text: string
  try {
    text = Buffer.from(files.readWhole(file, MOST_IDENTITY_FILE)).toString('utf8')
  } catch (cause) {
    const why = codeOf(cause) === 'EFBIG' ? 'it is too large for one' : codeOf(cause)
    return fail('backup/no-secret', `the identity file ${file} cannot be read (${why}): choose another`)
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const identities = lines.filter((line) => IDENTITY.test(line))
  if (identities.length > 0) return ok({ identities })
  return fail(
    'backup/no-secret',
    lines[0]?.startsWith('age-encryption.org/') === true || lines[0]?.includes('BEGIN AGE ENCRYPTED FILE') === true
      ? `${file} is encrypted itself: decrypt it with age first`
      : `${file} holds no line AGE-SECRET-KEY-1…: choose the file that age-keygen wrote`,
  )
}
