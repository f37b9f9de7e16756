import { hkdfSync } from 'node:crypto'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { Decrypter } from 'age-encryption'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { codeOf } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import { bytesBehind } from './pieces.ts'
import { isGone, isReadOnly } from './system-codes.ts'

/** What opens an age file: a passphrase, or age identities (`AGE-SECRET-KEY-1…`). */
export type OpenSecret = { readonly passphrase: string } | { readonly identities: readonly string[] }

export type AgeFault = 'backup/not-there' | 'backup/wrong-secret' | 'backup/damaged' | 'backup/foreign'

/** A stretch of the file that is not as it was written. Positions are those of the plain content. */
export class Damage extends Error {
  override readonly name = 'Damage'
  readonly from: number
  readonly to: number
  constructor(message: string, from: number, to: number, options?: ErrorOptions) {
    super(message, options)
    this.from = from
    this.to = to
  }
}

/** The plain content of an encrypted file, decrypted where it is read and nowhere kept but in memory. */
export interface PlainContent {
  readonly bytes: number
  /** @throws Damage where the file is not what was written; the system's error where it cannot be read */
  read(position: number, length: number): Uint8Array
  close(): void
}

/** @source age-encryption.org/v1: the payload is chunks of 64 KiB, each with a tag of 16 bytes */
const CHUNK = 64 * 1024
const TAG = 16
const NONCE = 16
const MAGIC = 'age-encryption.org/v1\n'
const MOST_HEADER = 256 * 1024
/** Chunks that stay decrypted: small files share one, and a reader goes back to their headers. */
const KEPT = 8

/**
 * Opens an age file for reading anywhere in it. The header is age-encryption's work; the chunks are opened here, because
 * a zip is read from its end and that library only streams from the start.
 */
export async function openAge(file: string, secret: OpenSecret, files: Files): Promise<Result<PlainContent, AgeFault>> {
  let fd: number | undefined
  try {
    const facts = files.facts(file)
    if (facts === undefined) return fail('backup/not-there', `${file} is not there: connect the drive that it is on`)
    fd = files.openRead(file)
    const header = headerOf(files.read(fd, MOST_HEADER, 0))
    if (typeof header === 'string') return closing(fd, files, fail(`backup/${header}`, HEADER_FAULTS[header](file)))
    const fileKey = await fileKeyOf(header, secret)
    if (!fileKey.ok) return closing(fd, files, fileKey)
    return contentOf(
      { file, fd, files, start: header.length, fileBytes: facts.is === 'file' ? facts.bytes : bytesBehind(fd, files) },
      fileKey.value,
    )
  } catch (cause) {
    if (fd !== undefined) tryClose(fd, files)
    return readingFault(file, cause)
  }
}

const NO_FILE = ['EISDIR', 'ESPIPE', 'EINVAL', 'ELOOP']

function readingFault(file: string, cause: unknown): Result<never, AgeFault> {
  const code = codeOf(cause)
  if (isGone(code)) return fail('backup/not-there', `${file} is not there: connect the drive that it is on (${textOf(cause)})`)
  if (NO_FILE.includes(code)) return fail('backup/foreign', `${file} is a folder or a pipe, not a file: choose one that ends with .zip.age`)
  const todo = isReadOnly(code) ? 'give yourself the right to read it' : 'try the drive at another port, or use another backup'
  return fail('backup/damaged', `${file} cannot be read (${textOf(cause)}): ${todo}`)
}

const HEADER_FAULTS: Readonly<Record<'damaged' | 'foreign', (file: string) => string>> = {
  damaged: (file) => `${file} ends before its header does: it is cut off. Use another backup`,
  foreign: (file) => `${file} is not a file that age has encrypted: choose one that ends with .zip.age`,
}

const closing = <T>(fd: number, files: Files, result: T): T => {
  tryClose(fd, files)
  return result
}

function tryClose(fd: number, files: Files): void {
  try {
    files.close(fd)
  } catch {
    // It was only read.
  }
}

/** The header with its MAC line, or what the beginning of the file is instead. */
function headerOf(start: Uint8Array): Uint8Array | 'damaged' | 'foreign' {
  const text = Buffer.from(start.buffer, start.byteOffset, start.byteLength).toString('latin1')
  if (!text.startsWith(MAGIC)) return MAGIC.startsWith(text) ? 'damaged' : 'foreign'
  const mac = /\n---(?: [A-Za-z0-9+/]{43})?\n/.exec(text)
  if (mac !== null) return start.subarray(0, mac.index + mac[0].length)
  return start.length < MOST_HEADER ? 'damaged' : 'foreign'
}

async function fileKeyOf(header: Uint8Array, secret: OpenSecret): Promise<Result<Uint8Array, AgeFault>> {
  const decrypter = new Decrypter()
  try {
    if ('passphrase' in secret) decrypter.addPassphrase(secret.passphrase)
    else for (const identity of secret.identities) decrypter.addIdentity(identity)
  } catch {
    // Its own text could quote the key.
    return fail('backup/wrong-secret', 'the age identity file holds something that is no age identity (AGE-SECRET-KEY-1…)')
  }
  try {
    return ok(await decrypter.decryptHeader(header))
  } catch (cause) {
    const text = textOf(cause)
    if (/no identity matched/.test(text)) return fail('backup/wrong-secret', wrongSecret(header, secret))
    if (/work factor is too high/.test(text))
      return fail('backup/foreign', 'its passphrase was made so costly that no backup of ours has it: it is not opened')
    return fail('backup/damaged', `its header is damaged (${text}): use another backup`)
  }
}

function wrongSecret(header: Uint8Array, secret: OpenSecret): string {
  const wantsPassphrase = Buffer.from(header).toString('latin1').includes('\n-> scrypt ')
  if ('passphrase' in secret)
    return wantsPassphrase
      ? 'this passphrase does not open it: check the spelling, each word and the dashes between them. If it is right, the first lines of the file are damaged'
      : 'it opens with an age identity file, not with a passphrase: choose the identity file'
  return wantsPassphrase
    ? 'it opens with a passphrase, not with an identity file: type the passphrase'
    : 'none of the identities in this file opens it: choose another identity file'
}

interface Encrypted {
  readonly file: string
  readonly fd: number
  readonly files: Files
  readonly start: number
  readonly fileBytes: number
}

function contentOf(at: Encrypted, fileKey: Uint8Array): Result<PlainContent, AgeFault> {
  const { fd, files } = at
  const payloadAt = at.start + NONCE
  const payload = at.fileBytes - payloadAt
  const chunks = Math.ceil(payload / (CHUNK + TAG))
  const lastBytes = payload - (chunks - 1) * (CHUNK + TAG)
  if (payload < TAG || lastBytes < TAG || (lastBytes === TAG && chunks > 1))
    return closing(fd, files, fail('backup/damaged', `${at.file} is cut off: its end is missing. Use another backup`))
  const key = new Uint8Array(hkdfSync('sha256', fileKey, files.read(fd, NONCE, at.start), 'payload', 32))
  fileKey.fill(0)
  const bytes = payload - chunks * TAG

  const openChunk = (index: number, isLast: boolean): Uint8Array | undefined => {
    const sealed = files.read(fd, CHUNK + TAG, payloadAt + index * (CHUNK + TAG))
    try {
      return chacha20poly1305(key, nonceOf(index, isLast)).decrypt(sealed)
    } catch {
      return undefined
    }
  }
  const damage = (index: number): Damage => {
    const [from, to] = [index * CHUNK, Math.min(bytes, (index + 1) * CHUNK)]
    // A chunk that is whole but not marked as the last: whatever followed it is gone.
    if (index === chunks - 1 && openChunk(index, false) !== undefined) return new Damage('its end is missing: it was cut off', from, to)
    return new Damage('bytes of it are not as they were written', from, to)
  }
  const kept = new Map<number, Uint8Array>()
  const chunk = (index: number): Uint8Array => {
    const known = kept.get(index)
    if (known !== undefined) return known
    const plain = openChunk(index, index === chunks - 1)
    if (plain === undefined) throw damage(index)
    kept.set(index, plain)
    const oldest = kept.keys().next()
    if (kept.size > KEPT && !oldest.done) kept.delete(oldest.value)
    return plain
  }
  return ok({
    bytes,
    read(position, length) {
      const end = Math.min(bytes, position + length)
      const parts: Uint8Array[] = []
      for (let from = position; from < end;) {
        const index = Math.floor(from / CHUNK)
        const part = chunk(index).subarray(from - index * CHUNK, end - index * CHUNK)
        parts.push(part)
        from += part.length
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    },
    close() {
      key.fill(0)
      for (const plain of kept.values()) plain.fill(0)
      kept.clear()
      tryClose(fd, files)
    },
  })
}

/** Eleven bytes of counter, big endian, and one that marks the last chunk. */
function nonceOf(index: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(index, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}
