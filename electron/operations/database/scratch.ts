import { createHash } from 'node:crypto'
import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { isThere } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'

const CHUNK_BYTES = 4 * 1024 ** 2

export interface Hashed {
  /** 64 hex characters. */
  readonly sha256: string
  readonly bytes: number
}

/** A private folder on the real file system for SQLite to work in, empty. */
export function freshScratch(temporary: string, name: string): string {
  const folder = path.join(temporary, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

export const dropScratch = (folder: string): void => rmSync(folder, { recursive: true, force: true })

/** Copies `from` (of the injected files) to a real scratch file. @throws the system's error */
export function copyOut(files: Files, from: string, real: string): Hashed {
  const out = openSync(real, 'w', 0o600)
  try {
    return eachChunk(files, from, (bytes) => {
      for (let done = 0; done < bytes.length;) done += writeSync(out, bytes, done)
    })
  } finally {
    closeSync(out)
  }
}

/** Copies a real scratch file to `to`, which must not be there, and syncs its bytes; its name is not durable. */
export function copyIn(files: Files, real: string, to: string): Hashed {
  const hash = createHash('sha256')
  const source = openSync(real, 'r')
  const fd = files.create(to, 0o600)
  let bytes = 0
  try {
    const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(1, fstatSync(source).size)))
    for (;;) {
      const got = readSync(source, buffer, 0, buffer.length, null)
      if (got === 0) break
      const chunk = buffer.subarray(0, got)
      hash.update(chunk)
      files.write(fd, chunk)
      bytes += got
    }
    files.sync(fd)
  } finally {
    files.close(fd)
    closeSync(source)
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Copies within the injected files: `to` must not be there; bytes are synced, its name is not durable. */
export function copyWithin(files: Files, from: string, to: string): Hashed {
  const fd = files.create(to, 0o600)
  try {
    const hashed = eachChunk(files, from, (bytes) => files.write(fd, bytes))
    files.sync(fd)
    return hashed
  } finally {
    files.close(fd)
  }
}

/** Size and hash of a file; undefined when there is none. */
export function hashOf(files: Files, file: string): Hashed | undefined {
  return isThere(files, file) ? eachChunk(files, file, () => {}) : undefined
}

function eachChunk(files: Files, file: string, take: (bytes: Uint8Array) => void): Hashed {
  const hash = createHash('sha256')
  const fd = files.openRead(file)
  let bytes = 0
  try {
    for (;;) {
      const chunk = files.read(fd, CHUNK_BYTES, bytes)
      if (chunk.length === 0) break
      hash.update(chunk)
      take(chunk)
      bytes += chunk.length
    }
  } finally {
    files.close(fd)
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Removes a leftover of ours. */
export function removeIfThere(files: Files, file: string): void {
  if (isThere(files, file)) files.unlink(file)
}

/** Replaces a small JSON file: whoever reads sees the old or the new. */
export function putJson(files: Files, file: string, value: unknown, indent?: number): void {
  const aside = `${file}.part`
  removeIfThere(files, aside)
  const fd = files.create(aside, 0o600)
  try {
    files.write(fd, Buffer.from(`${JSON.stringify(value, undefined, indent)}\n`))
    files.sync(fd)
  } finally {
    files.close(fd)
  }
  files.rename(aside, file)
  files.syncFolder(path.dirname(file))
}

/** A JSON file of ours; undefined when it is not there or torn. */
export function getJson(files: Files, file: string): unknown {
  if (!isThere(files, file)) return undefined
  try {
    return JSON.parse(Buffer.from(files.readWhole(file, 16 * 1024 ** 2)).toString('utf8')) as unknown
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
