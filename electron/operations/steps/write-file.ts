import { createHash } from 'node:crypto'
import path from 'node:path'
import { isThere, makeDurableFolder } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { copyWithin, hashOf, removeIfThere } from '../database/scratch.ts'
import { OperationStopped, type StepRule } from '../types.ts'
import { writeFileSchema, type WriteFile } from './data.ts'

export const sha256Of = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

/** Replaces a file by text at once; folders above it are made. */
function replace(
  files: Files,
  { file, text, mode }: { readonly file: string; readonly text: string | Uint8Array; readonly mode: number },
): void {
  makeDurableFolder(files, path.dirname(file))
  const aside = `${file}.smeshkeeper-part`
  removeIfThere(files, aside)
  const fd = files.create(aside, mode)
  try {
    files.write(fd, typeof text === 'string' ? Buffer.from(text) : text)
    files.sync(fd)
  } finally {
    files.close(fd)
  }
  files.rename(aside, file)
  files.syncFolder(path.dirname(file))
}

const changed = (file: string): OperationStopped =>
  new OperationStopped(
    'operation/file-changed',
    `${file} was changed since the plan was made, so it is not written over. Roll back, and plan anew`,
  )

const writeFile: StepRule<WriteFile> = {
  schema: writeFileSchema,
  apply(data, { files, folder }) {
    const kept = path.join(folder, data.keep)
    const now = hashOf(files, data.file)?.sha256 ?? null
    if (now === sha256Of(data.text)) {
      // Of an undo that was cut.
      removeIfThere(files, `${data.file}.smeshkeeper-part`)
      return files.syncFolder(path.dirname(data.file))
    }
    if (now !== data.before) throw changed(data.file)
    if (now !== null && hashOf(files, kept)?.sha256 !== now) {
      removeIfThere(files, kept)
      copyWithin(files, data.file, kept)
      files.syncFolder(folder)
    }
    replace(files, data)
    return undefined
  },
  isDone: (data, { files }) => hashOf(files, data.file)?.sha256 === sha256Of(data.text),
  undo(data, { files, folder }) {
    removeIfThere(files, `${data.file}.smeshkeeper-part`)
    const now = hashOf(files, data.file)?.sha256 ?? null
    if (now === data.before) return isThere(files, path.dirname(data.file)) ? files.syncFolder(path.dirname(data.file)) : undefined
    if (now !== sha256Of(data.text)) return `${data.file} was changed meanwhile and stays; the old one is ${path.join(folder, data.keep)}`
    if (data.before === null) {
      files.unlink(data.file)
      files.syncFolder(path.dirname(data.file))
      return undefined
    }
    const old = Buffer.from(files.readWhole(path.join(folder, data.keep), 256 * 1024 ** 2))
    if (sha256Of(old) !== data.before)
      throw new OperationStopped(
        'operation/snapshot-changed',
        `${path.join(folder, data.keep)} is not what was kept there: bring ${data.file} back from a backup`,
      )
    replace(files, { file: data.file, text: old, mode: data.mode })
    return undefined
  },
  obstacle(data, { files }) {
    return hashOf(files, data.file)?.sha256 === sha256Of(data.text)
      ? undefined
      : `${data.file} was changed since, and what was written then is not taken back`
  },
}

export const fileRules = { 'write-file': writeFile } as const
