import path from 'node:path'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { Files } from '../../lib/files.ts'
import { codeOf, isThere } from '../../identities/index.ts'
import { encrypterFor, openAge, readSecret, RecipientError, type OpenSecret } from '../../vault/index.ts'
import { removeIfThere } from '../database/scratch.ts'
import { OperationStopped } from '../types.ts'
import { parseDocument, type DocumentFault, type ExportDocument } from './document.ts'

/** No export comes near it; what is larger is something else. */
const MOST_BYTES = 64 * 1024 ** 2
const MAGIC = 'age-encryption.org/v1\n'
const MOST_HEADER = 256 * 1024

/** A hidden name in the same folder, so that the file gets its own by one link. */
export const asideOf = (file: string): string => path.join(path.dirname(file), `.${path.basename(file)}.smeshkeeper-part`)

/** The one for recipients, when a passphrase opens the first: age allows only one of them in a file. */
export function recipientsFile(file: string): string {
  const { dir, name, ext } = path.parse(file)
  return path.join(dir, `${name}.recipients${ext}`)
}

export interface Sealing {
  readonly file: string
  readonly opener: 'passphrase' | 'recipients'
}

/** The files that a passphrase and recipients make. */
export function sealings(file: string, by: { readonly hasPassphrase: boolean; readonly hasRecipients: boolean }): readonly Sealing[] {
  const both = by.hasPassphrase && by.hasRecipients
  return [
    ...(by.hasPassphrase ? [{ file, opener: 'passphrase' } as const] : []),
    ...(by.hasRecipients ? [{ file: both ? recipientsFile(file) : file, opener: 'recipients' } as const] : []),
  ]
}

interface SealHow {
  readonly passphrase?: string
  readonly recipients: readonly string[]
  readonly opener: Sealing['opener']
  /** log2 of scrypt's work; 18 but in tests. */
  readonly workFactor?: number
}

/** Encrypts to `aside`, durable but for its name, opens it again and compares. @throws OperationStopped, the system's error */
export async function sealTo(files: Files, aside: string, text: string, how: SealHow): Promise<void> {
  const { encrypter, secret } = await encrypterOf(how)
  const sealed = await encrypter.encrypt(Buffer.from(text))
  removeIfThere(files, aside)
  const fd = files.create(aside, 0o600)
  try {
    files.write(fd, sealed)
    files.sync(fd)
  } finally {
    files.close(fd)
  }
  const back = await openText(aside, secret, files)
  if (back.ok && back.value === text) return
  throw new OperationStopped(
    'exchange/not-read-back',
    `The sealed file was written to ${path.dirname(aside)}, but reading it back failed. Nothing was disarmed. Try another disk: roll back, and plan anew`,
  )
}

async function encrypterOf(how: SealHow): ReturnType<typeof encrypterFor> {
  try {
    const { passphrase, recipients } = how
    return await encrypterFor({ recipients, ...(passphrase === undefined ? {} : { passphrase }) }, how.opener, how.workFactor)
  } catch (cause) {
    if (cause instanceof RecipientError) throw new OperationStopped('exchange/bad-recipient', badRecipient(cause))
    throw cause
  }
}

const badRecipient = ({ message }: RecipientError): string => `Nothing was changed: ${message}. Roll back, and plan anew`

/** Why age does not take these recipients; undefined when it does. */
export async function recipientProblem(recipients: readonly string[]): Promise<string | undefined> {
  try {
    await encrypterFor({ recipients }, 'recipients', undefined)
    return undefined
  } catch (cause) {
    if (cause instanceof RecipientError) return cause.message
    throw cause
  }
}

export type UnsealFault = DocumentFault | 'exchange/not-there' | 'exchange/wrong-secret'

async function openText(file: string, secret: OpenSecret, files: Files): Promise<Result<string, UnsealFault>> {
  const opened = await openAge(file, secret, files)
  if (!opened.ok) {
    const { code, detail } = opened.fault
    if (code === 'backup/wrong-secret') return fail('exchange/wrong-secret', `It was not opened: ${detail}`)
    if (code === 'backup/not-there') return fail('exchange/not-there', notThere(file))
    return code === 'backup/foreign' ? fail('exchange/foreign', foreign(file)) : fail('exchange/damaged', damaged(file))
  }
  const plain = opened.value
  try {
    if (plain.bytes > MOST_BYTES) return fail('exchange/foreign', foreign(file))
    const bytes = plain.read(0, plain.bytes)
    return ok(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch (cause) {
    // What is thrown here is of this file's reading: damage, or a disk that fails.
    if (cause instanceof Error && cause.name !== 'Damage' && codeOf(cause) === '') throw cause
    return fail('exchange/damaged', damaged(file))
  } finally {
    plain.close()
  }
}

const notThere = (file: string): string => `${file} is not there. Connect the drive that it is on, or choose another file`
const foreign = (file: string): string =>
  `${file} is no identity that Smeshkeeper exported: choose the file that ends as the export named it, usually .age`
const damaged = (file: string): string =>
  `${file} is damaged or cut off, so it was not copied whole. Copy it again from the other machine, and compare the sizes`

/** Opens a sealed file and checks what is in it. Nothing is written anywhere. */
export async function unseal(file: string, secret: OpenSecret, files: Files): Promise<Result<ExportDocument, UnsealFault>> {
  const text = await openText(file, secret, files)
  return text.ok ? parseDocument(text.value) : text
}

/** What opens it: a passphrase, a line AGE-SECRET-KEY-1… in its place, or a file of such lines. */
export function secretOf(
  given: { readonly passphrase?: string; readonly identityFile?: string | null },
  files: Files,
): Result<OpenSecret, 'exchange/no-secret'> {
  const line = given.passphrase?.trim() ?? ''
  if (/^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/.test(line)) return ok({ identities: [line] })
  const { passphrase, identityFile } = given
  const read = readSecret(
    { ...(passphrase === undefined ? {} : { passphrase }), ...(typeof identityFile === 'string' ? { identityFile } : {}) },
    files,
  )
  return read.ok ? read : fail('exchange/no-secret', `It was not opened: ${read.fault.detail}`)
}

/** What the outside of a sealed file says, without opening it. */
export type SealedLook =
  | { readonly is: 'sealed'; readonly opensWith: 'passphrase' | 'recipients'; readonly bytes: number }
  | { readonly is: 'fault'; readonly code: 'exchange/not-there' | 'exchange/foreign' | 'exchange/damaged'; readonly text: string }

/** @source age-encryption.org/v1: header lines, `---` with the MAC, a nonce of 16 bytes, chunks with a tag of 16 */
export function lookAtSealed(files: Files, file: string): SealedLook {
  try {
    if (!isThere(files, file)) return { is: 'fault', code: 'exchange/not-there', text: notThere(file) }
    const fd = files.openRead(file)
    try {
      const start = Buffer.from(files.read(fd, MOST_HEADER, 0)).toString('latin1')
      if (start.length > 0 && !start.startsWith(MAGIC.slice(0, start.length)))
        return { is: 'fault', code: 'exchange/foreign', text: foreign(file) }
      const end = /\n---[^\n]*\n/.exec(start)
      const bytes = files.facts(file)?.bytes ?? 0
      if (end === null || bytes < end.index + end[0].length + 32) return { is: 'fault', code: 'exchange/damaged', text: damaged(file) }
      const opensWith = start.slice(0, end.index).includes('\n-> scrypt ') ? 'passphrase' : 'recipients'
      return { is: 'sealed', opensWith, bytes }
    } finally {
      files.close(fd)
    }
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    const isNoFile = ['EISDIR', 'EINVAL', 'ENXIO', 'ELOOP'].includes(code)
    return isNoFile ? { is: 'fault', code: 'exchange/foreign', text: foreign(file) } : unreadable(file, code)
  }
}

const unreadable = (file: string, code: string): SealedLook => ({
  is: 'fault',
  code: 'exchange/not-there',
  text: `${file} cannot be read (${code}): give your user the right to read it, or try the drive at another port`,
})
