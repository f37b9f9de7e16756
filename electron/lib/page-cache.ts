import koffi from 'koffi'

/** POSIX_FADV_DONTNEED on Linux. */
const DONT_NEED = 4

type Advise = (fd: number, offset: number, length: number, advice: number) => number
let advise: Advise | undefined

/**
 * Asks the system to drop a range of an open file from its memory, so that the next read comes from the disk and other
 * programs keep what they have cached. Only what is synced already goes. Linux alone has it; elsewhere nothing happens.
 *
 * @param length  0 = to the end of the file
 * @source posix_fadvise(2)
 */
export function forgetPages(fd: number, offset: number, length: number): void {
  if (process.platform !== 'linux') return
  try {
    advise ??= koffi.load(null).func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)') as Advise
    advise(fd, offset, length, DONT_NEED)
  } catch {
    // Advice that is not taken changes nothing but speed.
  }
}
