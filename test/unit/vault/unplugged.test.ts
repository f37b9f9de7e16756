import { describe, expect, it } from 'vitest'
import type { Files } from '../../../electron/lib/files.ts'
import { drillBackup } from '../../../electron/vault/drill.ts'
import { isBackupName } from '../../../electron/vault/format.ts'
import { makeBackup } from '../../../electron/vault/make.ts'
import type { CrashFiles } from '../../fakes/crash-files.ts'
import { aJob, aKey, aMachine, DATA, NOW, PASSPHRASE, STICK, tools } from './helpers.ts'

const error = (code: string): Error => Object.assign(new Error(code), { code })

/** The stick is pulled out at its n-th operation: what is open gives EIO from then on, and its folder is not there. */
function pulledOut(files: CrashFiles, n: number): { readonly files: Files; readonly operations: () => number } {
  const onStick = new Set<number>()
  let count = 0
  const isOut = (): boolean => (count += 1) > n
  const byPath = <T>(file: string, gone: () => T, work: () => T): T => (file.startsWith(STICK) && isOut() ? gone() : work())
  const absent = (): never => {
    throw error('ENOENT')
  }
  const byFd = <T>(fd: number, work: () => T): T => {
    if (onStick.has(fd) && isOut()) throw error('EIO')
    return work()
  }
  const remember = (file: string, fd: number): number => {
    if (file.startsWith(STICK)) onStick.add(fd)
    return fd
  }
  return {
    operations: () => count,
    files: {
      create: (file, mode) => byPath(file, absent, () => remember(file, files.create(file, mode))),
      openRead: (file) => byPath(file, absent, () => remember(file, files.openRead(file))),
      write: (fd, bytes) => byFd(fd, () => files.write(fd, bytes)),
      openAppend: (file) => byPath(file, absent, () => remember(file, files.openAppend(file))),
      syncFiles: (all) => files.syncFiles(all),
      removeFolder: (folder) => byPath(folder, absent, () => files.removeFolder(folder)),
      read: (fd, length, position) => byFd(fd, () => files.read(fd, length, position)),
      sync: (fd) => byFd(fd, () => files.sync(fd)),
      close: (fd) => {
        onStick.delete(fd)
        files.close(fd)
      },
      readWhole: (file, most) => byPath(file, absent, () => files.readWhole(file, most)),
      rename: (from, to) => byPath(to, absent, () => files.rename(from, to)),
      link: (from, to) => byPath(to, absent, () => files.link(from, to)),
      unlink: (file) => byPath(file, absent, () => files.unlink(file)),
      makeFolder: (folder, mode) => byPath(folder, absent, () => files.makeFolder(folder, mode)),
      list: (folder) => byPath(folder, absent, () => files.list(folder)),
      facts: (file) =>
        byPath(
          file,
          () => undefined,
          () => files.facts(file),
        ),
      syncFolder: (folder) => byPath(folder, absent, () => files.syncFolder(folder)),
    },
  }
}

describe('a stick that is pulled out', () => {
  it('while a backup is written gets a fault that says so, and holds no partial file under the final name', async () => {
    const whole = pulledOut(aMachine(), Infinity)
    const made = await makeBackup(aJob(), tools(whole.files))
    const bytes = made.ok ? made.value.bytes : 0
    const told = new Set<string>()
    for (let n = 0; n < whole.operations(); n += 1) {
      const disk = aMachine()
      const stick = pulledOut(disk, n)
      const result = await makeBackup(aJob(), tools(stick.files))
      for (const file of disk.all().filter(({ path }) => isBackupName(path.slice(STICK.length + 1)))) expect(file.bytes).toHaveLength(bytes)
      expect(disk.content(`${DATA}/identities/north.key`)?.toString()).toBe(aKey(1).text)
      if (result.ok) continue
      told.add(result.fault.code)
      expect(result.fault.detail, `at ${n}`).toMatch(/connect|another/)
    }
    expect([...told].sort()).toEqual(['backup/no-place', 'backup/not-read-back'])
  })

  it('while a drill reads it is no broken backup', async () => {
    const disk = aMachine()
    const made = await makeBackup(aJob(), tools(disk))
    if (!made.ok) throw new Error(made.fault.detail)
    const job = { file: made.value.file, sha256: made.value.sha256, live: [], isTyped: true, at: NOW }
    const drilled = async (files: Files) => (await drillBackup(job, { passphrase: PASSPHRASE }, { files })).result
    const whole = pulledOut(disk, Infinity)
    expect((await drilled(whole.files)).is).toBe('passed')
    for (let n = 0; n < whole.operations(); n += 1) {
      const result = await drilled(pulledOut(disk, n).files)
      expect(result, `at ${n}`).toMatchObject({ is: 'not-reached', sentence: expect.stringContaining('connect') as string })
    }
  })
})
