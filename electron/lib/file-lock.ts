import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import koffi from 'koffi'
import { fail, ok, textOf } from '../../shared/domain/fault.ts'
import type { Result } from '../../shared/domain/fault.ts'

export interface HeldLock {
  /** Gives the lock back; the file stays, as its existence says nothing. Calling twice is harmless. */
  release(): void
}

/** The two native calls, so that each platform's rule can be tested without it. */
export interface LockCalls {
  /** Opens (and makes) the file and tries to lock it. `busy` when someone else holds it. @throws when it cannot be tried */
  open(file: string): { readonly took: true; readonly close: () => void; readonly isStill: () => boolean } | { readonly took: false }
}

const LOCK_EX = 2
const LOCK_NB = 4
const LOCKFILE_FAIL_IMMEDIATELY = 1
const LOCKFILE_EXCLUSIVE_LOCK = 2
const ERROR_LOCK_VIOLATION = 33
const ERROR_SHARING_VIOLATION = 32

/** flock(2): belongs to the open file; ends with the process, also when it is killed. Children lose it at exec (O_CLOEXEC). */
export function unixCalls(): LockCalls {
  const flock = koffi.load(process.platform === 'darwin' ? '/usr/lib/libSystem.B.dylib' : null).func('int flock(int fd, int operation)')
  return {
    open(file) {
      const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)
      try {
        while (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
          const errno = koffi.errno()
          if (errno === koffi.os.errno['EINTR']) continue
          closeSync(fd)
          if (errno === koffi.os.errno['EWOULDBLOCK'] || errno === koffi.os.errno['EAGAIN']) return { took: false }
          throw new Error(`flock ${file}: errno ${errno}`)
        }
      } catch (cause) {
        throw new Error(`cannot lock ${file}`, { cause })
      }
      const isStill = (): boolean => {
        const [mine, there] = [fstatSync(fd), statSync(file, { throwIfNoEntry: false })]
        return there !== undefined && there.ino === mine.ino && there.dev === mine.dev
      }
      return { took: true, close: () => closeSync(fd), isStill }
    },
  }
}

/** LockFileEx over the first byte, as gofrs/flock does; the handle is our own, as file numbers of Node are not Windows handles. */
export function windowsCalls(): LockCalls {
  const kernel = koffi.load('kernel32.dll')
  const createFile = kernel.func(
    'void* __stdcall CreateFileW(str16 name, uint32 access, uint32 share, void* security, uint32 disposition, uint32 flags, void* template)',
  )
  const lockFile = kernel.func(
    'bool __stdcall LockFileEx(void* handle, uint32 flags, uint32 reserved, uint32 low, uint32 high, void* overlapped)',
  )
  const closeHandle = kernel.func('bool __stdcall CloseHandle(void* handle)')
  const lastError = kernel.func('uint32 __stdcall GetLastError()')
  const invalid = 0xffffffffffffffffn
  return {
    open(file) {
      // GENERIC_READ, shared for reading and writing (not for deleting: the name keeps its file), OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL
      const handle: unknown = createFile(file, 0x80000000, 0x3, null, 4, 0x80, null)
      if (handle === null || koffi.address(handle) === invalid) throw new Error(`cannot open ${file}: error ${String(lastError())}`)
      const overlapped = Buffer.alloc(32)
      if (lockFile(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, overlapped) !== true) {
        const error: unknown = lastError()
        closeHandle(handle)
        if (error === ERROR_LOCK_VIOLATION || error === ERROR_SHARING_VIOLATION) return { took: false }
        throw new Error(`cannot lock ${file}: error ${String(error)}`)
      }
      return { took: true, close: () => void closeHandle(handle), isStill: () => true }
    },
  }
}

let shared: LockCalls | undefined
const systemCalls = (): LockCalls => (shared ??= process.platform === 'win32' ? windowsCalls() : unixCalls())

/**
 * Takes the lock on `file` at once or not at all, the way go-spacemesh does (flock(2) / LockFileEx).
 * The file and its folder are made when missing and never removed.
 *
 * @fault `lock/held` someone has it; `context.pid` names the holder where the system tells
 * @fault `lock/unavailable` it cannot be tried: no permission, no such volume, a file system without locks
 * @source facts/identity-and-keys.md §7
 */
export function tryLock(file: string, calls: () => LockCalls = systemCalls): Result<HeldLock, 'lock/held' | 'lock/unavailable'> {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    for (let attempt = 0; attempt < 5; attempt++) {
      const tried = calls().open(file)
      if (!tried.took) {
        const pid = holderOf(file)
        return fail('lock/held', `${file} is locked${pid === undefined ? '' : ` by process ${pid}`}`, {
          retry: 'user',
          ...(pid === undefined ? {} : { context: { pid } }),
        })
      }
      if (tried.isStill()) return ok(released(tried.close))
      tried.close() // the name got another file while we locked: what we hold protects nothing
    }
    return fail('lock/unavailable', `${file} is replaced again and again`)
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause !== undefined ? `: ${textOf(cause.cause)}` : ''
    return fail('lock/unavailable', `${textOf(cause)}${inner}`)
  }
}

function released(close: () => void): HeldLock {
  let open = true
  return {
    release() {
      if (open) close()
      open = false
    },
  }
}

/**
 * Process that holds a flock on `file`, from /proc/locks; undefined where the system does not tell
 * (not Linux, another container, the holder's parent ended).
 */
export function holderOf(file: string, locksFile = '/proc/locks'): number | undefined {
  try {
    const { ino, dev } = statSync(file, { bigint: true })
    return holderIn(readFileSync(locksFile, 'utf8'), { ino, dev })
  } catch {
    return undefined // no such file or no /proc: nobody to name
  }
}

/**
 * Reads lines like `3: FLOCK  ADVISORY  WRITE 4711 fd:01:1234 0 EOF` (device in hex, inode in decimal).
 * File systems with a device number of their own (overlay, btrfs) are matched by inode when only one lock has it.
 */
export function holderIn(locks: string, of: { ino: bigint; dev: bigint }): number | undefined {
  const major = ((of.dev >> 8n) & 0xfffn) | ((of.dev >> 32n) & ~0xfffn)
  const minor = (of.dev & 0xffn) | ((of.dev >> 12n) & ~0xffn)
  const sameInode: number[] = []
  for (const line of locks.split('\n')) {
    const found = /^\d+: FLOCK\s+\S+\s+\S+\s+(\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)\s/.exec(line)
    const [, pid, lockMajor, lockMinor, ino] = found ?? []
    if (pid === undefined || ino === undefined || BigInt(ino) !== of.ino || Number(pid) <= 0) continue
    if (BigInt(`0x${lockMajor}`) === major && BigInt(`0x${lockMinor}`) === minor) return Number(pid)
    sameInode.push(Number(pid))
  }
  return sameInode.length === 1 ? sameInode[0] : undefined
}
