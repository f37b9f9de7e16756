import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'

/** As the contract of the keeper takes it. */
export const MOST_CHARACTERS = 1024
/** A line of the most characters, each of four bytes, and its end. */
const MOST_BYTES = 4 * MOST_CHARACTERS + 8
const PIPE_WAIT_MS = 20_000
const PIPE_LOOK_MS = 25

/** Why a text cannot be a passphrase, in words that do not repeat it. */
export function unfit(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (text.length > MOST_CHARACTERS) return `is longer than ${MOST_CHARACTERS} characters`
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]/.test(text) ? 'holds a line end or another character that cannot be typed' : undefined
}

/** Takes a passphrase out of the variable that the user named, and the variable out of the environment: children need not know. */
export function passphraseFromVariable(name: string, env: Record<string, string | undefined>): Result<string, 'passphrase/unfit'> {
  const value = env[name]
  delete env[name]
  // The name is not repeated: it may be the passphrase itself.
  if (value === undefined)
    return fail('passphrase/unfit', '--passphrase-env takes the name of an environment variable, and there is none of that name')
  const why = unfit(value)
  return why === undefined ? ok(value) : fail('passphrase/unfit', `the environment variable's text ${why}`)
}

/** Until the end of the first line, the end, or the most bytes. A pipe may still be filling: it is asked again. */
async function firstBytes(file: FileHandle): Promise<Buffer> {
  const bytes = Buffer.alloc(MOST_BYTES)
  const giveUpAt = performance.now() + PIPE_WAIT_MS
  let filled = 0
  while (filled < bytes.length && !bytes.subarray(0, filled).includes(10)) {
    try {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, null)
      if (bytesRead === 0) break
      filled += bytesRead
    } catch (cause: unknown) {
      if (codeOf(cause) !== 'EAGAIN' || performance.now() > giveUpAt) throw cause
      await new Promise((resolve) => setTimeout(resolve, PIPE_LOOK_MS))
    }
  }
  return bytes.subarray(0, filled)
}

const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown')

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by you',
  EPERM: 'may not be read by you',
  EISDIR: 'is a folder',
  ENOTDIR: 'does not exist',
  ELOOP: 'is a link that leads to itself',
  ENXIO: 'cannot be opened',
  EAGAIN: 'is a pipe into which nobody wrote',
}

function lineOf(bytes: Buffer): Result<string, 'passphrase/unfit'> {
  const end = bytes.indexOf(10)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(end < 0 ? bytes : bytes.subarray(0, end)) // drops a byte order mark
  } catch {
    return fail(
      'passphrase/unfit',
      bytes.length === MOST_BYTES ? 'is no passphrase file: its first line is too long' : 'is not text in UTF-8',
    )
  }
  const line = text.endsWith('\r') ? text.slice(0, -1) : text
  const why = unfit(line)
  return why === undefined ? ok(line) : fail('passphrase/unfit', `has a first line that ${why}`)
}

/**
 * The first line of a file, or of a pipe (`<(pass show backup)`).
 * `isOpen`: other users of this machine can read the file.
 */
export async function passphraseFromFile(
  file: string,
): Promise<Result<{ readonly passphrase: string; readonly isOpen: boolean }, 'passphrase/unfit'>> {
  let handle: FileHandle | undefined
  try {
    // Without waiting: a named pipe that nobody fills would hold this process for ever.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await handle.stat()
    if (stats.isDirectory()) return fail('passphrase/unfit', 'is a folder')
    if (!stats.isFile() && !stats.isFIFO()) return fail('passphrase/unfit', 'is a device, not a file')
    const line = lineOf(await firstBytes(handle))
    if (!line.ok) return line
    return ok({ passphrase: line.value, isOpen: process.platform !== 'win32' && stats.isFile() && (stats.mode & 0o044) !== 0 })
  } catch (cause: unknown) {
    return fail('passphrase/unfit', WHY[codeOf(cause)] ?? `cannot be read (${codeOf(cause)})`)
  } finally {
    await handle?.close()
  }
}
