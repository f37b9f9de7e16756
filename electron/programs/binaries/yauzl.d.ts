/** The part of yauzl that we use; it ships no types. */
declare module 'yauzl' {
  import type { Readable } from 'node:stream'

  export interface Entry {
    readonly fileName: string
    readonly crc32: number
    readonly compressedSize: number
    readonly uncompressedSize: number
    /** Unix mode in the upper 16 bits, when made on Unix. */
    readonly externalFileAttributes: number
    isEncrypted(): boolean
  }
  export interface ZipFile {
    readonly entryCount: number
    eachEntry(): AsyncIterable<Entry>
    openReadStreamPromise(entry: Entry): Promise<Readable>
    close(): void
  }
  export function openPromise(
    path: string,
    options?: { autoClose?: boolean; strictFileNames?: boolean; validateEntrySizes?: boolean },
  ): Promise<ZipFile>
}
