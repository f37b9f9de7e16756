import path from 'node:path'
import { systemFiles, type Files } from './files.ts'

/**
 * Replaces `file` by `content`, for its owner only: whoever reads sees the old or the new whole, also after a power cut, and
 * after the return it is the new. Folders that are missing above it are made, and are as durable.
 * @throws the system's error; then the old or the new is there and no partial file, as far as the disk lets us
 */
export function writeFileAtomic(file: string, content: string | Uint8Array, files: Files = systemFiles): void {
  makeDurable(path.dirname(file), files)
  const aside = `${file}.${process.pid}.${Math.random().toString(36).slice(2, 8)}.new`
  try {
    const fd = files.create(aside, 0o600)
    try {
      files.write(fd, typeof content === 'string' ? Buffer.from(content) : content)
      files.sync(fd)
    } finally {
      files.close(fd)
    }
    files.rename(aside, file)
  } catch (cause) {
    removeIfThere(aside, files)
    throw cause
  }
  files.syncFolder(path.dirname(file))
}

/** A folder whose name was lost in a power cut would take its files along. */
function makeDurable(folder: string, files: Files): void {
  const parent = path.dirname(folder)
  if (parent === folder || files.facts(folder) !== undefined) return
  makeDurable(parent, files)
  files.makeFolder(folder, 0o700)
  files.syncFolder(parent)
}

function removeIfThere(file: string, files: Files): void {
  try {
    files.unlink(file)
  } catch {
    // It was never made, or its disk is gone with it.
  }
}
