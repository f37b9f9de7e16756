import type { BulkFacts, BulkFiles, BulkHandle } from '../../../../electron/operations/move/index.ts'
import type { Files } from '../../../../electron/lib/files.ts'

/**
 * `BulkFiles` over the injected `Files`, so that one power cut hits the volumes and the operation's folder together. What
 * `Files` lacks is played more harshly than a disk does it: a file that is shortened or changed in place is a new one, which
 * loses what was synced before.
 */
export function bulkOver(files: Files, free: () => number = () => 2 ** 50): BulkFiles {
  const facts = (file: string): BulkFacts | undefined => {
    const found = files.facts(file)
    return found === undefined ? undefined : { ...found, heldBytes: found.bytes }
  }
  const handleOf = (file: string, first: number): BulkHandle => {
    let fd = first
    const size = (): number => files.facts(file)?.bytes ?? 0
    const anew = (bytes: Uint8Array): void => {
      const mode = files.facts(file)?.mode ?? 0o600
      files.close(fd)
      files.unlink(file)
      fd = files.create(file, mode)
      files.write(fd, bytes)
    }
    return {
      read: async (into, position) => {
        const got = files.read(fd, into.length, position)
        into.set(got)
        return got.length
      },
      write: async (bytes, position) => {
        const end = size()
        if (position < end) {
          const whole = Buffer.from(files.readWhole(file, 2 ** 30))
          const changed = Buffer.alloc(Math.max(end, position + bytes.length))
          whole.copy(changed)
          changed.set(bytes, position)
          anew(changed)
        } else {
          if (position > end) files.write(fd, Buffer.alloc(position - end))
          files.write(fd, bytes)
        }
      },
      truncate: async (bytes) => {
        const end = size()
        if (bytes > end) files.write(fd, Buffer.alloc(bytes - end))
        if (bytes < end) anew(Buffer.from(files.readWhole(file, 2 ** 30)).subarray(0, bytes))
      },
      sync: async () => files.sync(fd),
      forget: () => Promise.resolve(),
      close: async () => files.close(fd),
    }
  }
  return {
    openRead: async (file) => handleOf(file, files.openRead(file)),
    create: async (file, mode) => handleOf(file, files.create(file, mode)),
    openWrite: async (file) => handleOf(file, files.openAppend(file)),
    readSmall: async (file, mostBytes) => files.readWhole(file, mostBytes),
    facts: async (file) => facts(file),
    list: async (folder) => files.list(folder),
    makeFolder: async (folder, mode) => files.makeFolder(folder, mode),
    link: async (from, to) => files.link(from, to),
    rename: async (from, to) => files.rename(from, to),
    unlink: async (file) => files.unlink(file),
    removeFolder: async (folder) => files.removeFolder(folder),
    syncFolder: async (folder) => files.syncFolder(folder),
    freeBytes: async () => free(),
  }
}
