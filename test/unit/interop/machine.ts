import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { InteropFiles, InteropPlatform } from '../../../electron/interop/index.ts'
import { systemFiles } from '../../../electron/lib/files.ts'

export const fixtures = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../fixtures/interop')

const noEntry = (file: string): Error => Object.assign(new Error(`ENOENT: ${file}`), { code: 'ENOENT' })

/** The made-up machine of the fixtures; `more` adds files or takes some away (`undefined`). */
export function machineFiles(more: Readonly<Record<string, string | undefined>> = {}): InteropFiles {
  const root = path.join(fixtures, 'machine')
  const added = Object.keys(more).filter((file) => more[file] !== undefined)
  return {
    readWhole(file, mostBytes) {
      if (!(file in more)) return systemFiles.readWhole(path.join(root, file), mostBytes)
      const text = more[file]
      if (text === undefined) throw noEntry(file)
      if (text.length > mostBytes) throw Object.assign(new Error('EFBIG'), { code: 'EFBIG' })
      return Buffer.from(text)
    },
    list(folder) {
      const below = added.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1).split('/')[0] ?? '')
      let there: readonly string[] = []
      try {
        there = systemFiles.list(path.join(root, folder))
      } catch (cause: unknown) {
        if (below.length === 0) throw cause
      }
      return [...new Set([...there.filter((name) => !(`${folder}/${name}` in more)), ...below])]
    },
    facts(file) {
      if (more[file] !== undefined) return { is: 'file', bytes: 1, modifiedAt: 0, mode: 0o600, device: 1, inode: 1 }
      return file in more ? undefined : systemFiles.facts(path.join(root, file))
    },
  }
}

/** Only these files. */
export const bareFiles = (files: Readonly<Record<string, string>>): InteropFiles => ({
  readWhole(file) {
    const text = files[file]
    if (text === undefined) throw noEntry(file)
    return Buffer.from(text)
  },
  list: (folder) => [
    ...new Set(
      Object.keys(files)
        .filter((file) => file.startsWith(`${folder}/`))
        .map((file) => file.slice(folder.length + 1).split('/')[0] ?? ''),
    ),
  ],
  facts: (file) =>
    Object.keys(files).some((one) => one === file || one.startsWith(`${file}/`))
      ? { is: file in files ? 'file' : 'folder', bytes: 1, modifiedAt: 0, mode: 0o600, device: 1, inode: 1 }
      : undefined,
})

export const linux: InteropPlatform = {
  os: 'linux',
  home: '/home/u',
  userName: 'u',
  uid: 1000,
  hostName: 'mesh.home',
  temporary: '/tmp',
  env: {},
}
