import koffi from 'koffi'

/** POSIX_FADV_DONTNEED on Linux. */
const DONT_NEED = 4

type Advise = (fd: number, offset: number, length: number, advice: number) => number
type Later = (...args: [...Parameters<Advise>, (error: unknown, result: number) => void]) => void

let advise: (Advise & { readonly async: Later }) | undefined

/**
 * Asks the system to drop a range of an open file from its memory, so that the next read comes from the disk and other
 * programs keep what they have cached. Only what is synced already goes. Linux alone has it; elsewhere nothing happens.
 * Dropping gigabytes takes a while: it is done on another thread.
 *
 * @param length  0 = to the end of the file
 * @source posix_fadvise(2)
 */
export function forgetPages(fd: number, offset: number, length: number): Promise<void> {
  if (process.platform !== 'linux') return Promise.resolve()
  try {
    advise ??= koffi.load(null).func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)') as typeof advise & Advise
  } catch {
    return Promise.resolve() // advice that cannot be given changes nothing but speed
  }
  const later = advise?.async
  return later === undefined ? Promise.resolve() : new Promise((resolve) => later(fd, offset, length, DONT_NEED, () => resolve()))
}
