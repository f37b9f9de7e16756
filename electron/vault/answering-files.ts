import { statfs } from 'node:fs/promises'
import { diskSystem, mountOf, type DiskSystem, type Mount } from '../hardware/index.ts'
import { systemFiles, type Files } from '../lib/files.ts'

/** A drive that has not answered by then is treated as away. */
const DEADLINE_MS = 3000
/** The kernel's own file systems always answer. */
const KERNEL =
  /^(proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|debugfs|tracefs|securityfs|pstore|bpf|configfs|fusectl|autofs|efivarfs|binfmt_misc|nsfs)$/

/** Whether a mounted file system answers; asked with a deadline. */
export type AskMount = (mountPoint: string) => Promise<boolean>

const askMount: AskMount = async (mountPoint) => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), DEADLINE_MS)
  })
  // An error is an answer too: what it is shows where the file is used.
  const answered = statfs(mountPoint).then(
    () => true,
    () => true,
  )
  const result = await Promise.race([late, answered])
  clearTimeout(timer)
  return result
}

/**
 * The real files, but whatever lies on a drive that does not answer fails at once with EHOSTDOWN instead of hanging: one
 * dead PoS disk must not keep the keys from being backed up.
 */
export async function answeringFiles(
  ask: AskMount = askMount,
  system: DiskSystem = diskSystem(),
  files: Files = systemFiles,
): Promise<Files> {
  const mounts = system.mounts()
  const asked = mounts.filter(({ fsType }) => !KERNEL.test(fsType))
  const answers = await Promise.all(asked.map(({ mountPoint }) => ask(mountPoint)))
  const silent = new Set(asked.filter((_mount, i) => answers[i] === false))
  return silent.size === 0 ? files : guarded(files, (file) => isOn(silent, file, { mounts, system }))
}

function isOn(
  silent: ReadonlySet<Mount>,
  file: string,
  { mounts, system }: { readonly mounts: readonly Mount[]; readonly system: DiskSystem },
): boolean {
  const mount = mountOf(mounts, system.resolve(file, mounts))
  return mount !== undefined && silent.has(mount)
}

function guarded(files: Files, isSilent: (file: string) => boolean): Files {
  const check = (file: string): string => {
    if (isSilent(file)) throw Object.assign(new Error(`EHOSTDOWN: the drive of ${file} does not answer`), { code: 'EHOSTDOWN' })
    return file
  }
  return {
    create: (file, mode) => files.create(check(file), mode),
    openRead: (file) => files.openRead(check(file)),
    openAppend: (file) => files.openAppend(check(file)),
    write: (fd, bytes) => files.write(fd, bytes),
    read: (fd, length, position) => files.read(fd, length, position),
    sync: (fd) => files.sync(fd),
    syncFiles: (all) => files.syncFiles(all.map(check)),
    close: (fd) => files.close(fd),
    readWhole: (file, mostBytes) => files.readWhole(check(file), mostBytes),
    rename: (from, to) => files.rename(check(from), check(to)),
    link: (from, to) => files.link(check(from), check(to)),
    unlink: (file) => files.unlink(check(file)),
    removeFolder: (folder) => files.removeFolder(check(folder)),
    makeFolder: (folder, mode) => files.makeFolder(check(folder), mode),
    list: (folder) => files.list(check(folder)),
    facts: (file) => files.facts(check(file)),
    syncFolder: (folder) => files.syncFolder(check(folder)),
  }
}
