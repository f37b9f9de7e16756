import { createRequire } from 'node:module'

type Koffi = typeof import('koffi')

const PR_SET_DUMPABLE = 4
/** Of macOS. */
const RLIMIT_CORE = 4

/**
 * For a process that reads keys: if it crashes, the system writes no image of its memory anywhere, and on Linux no other
 * process of the same user may look into it. Where it cannot be had (Windows, no koffi) the process works all the same.
 * @returns whether it was had
 * @source prctl(2), setrlimit(2)
 */
export function forbidDumps(): boolean {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return false
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi
    if (process.platform === 'darwin') {
      const setrlimit = koffi.load('/usr/lib/libSystem.B.dylib').func('int setrlimit(int resource, const uint64_t *limits)')
      return setrlimit(RLIMIT_CORE, [0n, 0n]) === 0
    }
    const prctl = koffi.load('libc.so.6').func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)')
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) === 0
  } catch {
    return false
  }
}
