/** The parts of yazl and yauzl that we use; they ship no types. */
declare module 'yazl' {
  import type { Readable } from 'node:stream'

  export interface EntryOptions {
    readonly mtime?: Date
    readonly mode?: number
    readonly compress?: boolean
  }
  export class ZipFile {
    readonly outputStream: Readable
    /** The stream is asked for when its turn comes; its errors are the caller's to pass on. */
    addReadStreamLazy(name: string, options: EntryOptions, open: (answer: (fault: Error | null, stream?: Readable) => void) => void): void
    end(): void
    on(event: 'error', listener: (cause: Error) => void): this
    emit(event: 'error', cause: Error): boolean
  }
}

declare module 'yauzl' {
  import type { Readable } from 'node:stream'

  export interface Entry {
    readonly relativeOffsetOfLocalHeader: number
  }
  /** Reads bytes from anywhere; `end` is exclusive. */
  export class RandomAccessReader {
    _readStreamForRange(start: number, end: number): Readable
  }
  export function fromRandomAccessReaderPromise(
    reader: RandomAccessReader,
    totalSize: number,
    options?: { autoClose?: boolean; strictFileNames?: boolean; validateEntrySizes?: boolean },
  ): Promise<ZipFile>
}
