import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

/** Makes names in `folder` durable. Windows cannot open folders and orders its own journal. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Replaces `file` by `content`: whoever reads sees the old or the new whole, also after a power cut.
 * @throws the system's error; then the old file is untouched and no partial file stays.
 */
export function writeFileAtomic(file: string, content: string | Uint8Array, mode = 0o600): void {
  const folder = path.dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const aside = `${file}.${process.pid}.${Math.random().toString(36).slice(2, 8)}.new`
  try {
    const fd = openSync(aside, 'wx', mode)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(aside, file)
  } catch (cause) {
    rmSync(aside, { force: true })
    throw cause
  }
  syncFolder(folder)
}
