import { once } from 'node:events'
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'

/** One file of the archive; its bytes are asked for when its turn comes. */
export interface ZipSource {
  readonly name: string
  open(): AsyncIterable<Uint8Array>
}

/**
 * Bytes of a zip with these files in this order. Stored, not compressed: it is encrypted next, its size is known before,
 * and no secret's length shows in how well it packs. Ends with the error of the first source that fails.
 */
export async function* zipOf(sources: readonly ZipSource[], at: Date): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile()
  const out = zip.outputStream
  let failure: Error | undefined
  const failBy = (cause: unknown): void => {
    failure ??= cause instanceof Error ? cause : new Error(String(cause))
    out.destroy(failure)
  }
  zip.on('error', failBy)
  // Whoever reads it sees the error; without a reader (given up before) it is nobody's.
  out.on('error', () => {})
  let current: Readable | undefined
  for (const source of sources) {
    zip.addReadStreamLazy(source.name, { mtime: at, mode: 0o100600, compress: false }, (answer) => {
      current = Readable.from(source.open(), { objectMode: false })
      current.on('error', failBy)
      answer(null, current)
    })
  }
  zip.end()
  try {
    for await (const chunk of out) yield chunk as Uint8Array
  } finally {
    out.destroy()
    // The source's own clean-up (a descriptor) is done before we are.
    if (current !== undefined && !current.closed) {
      current.destroy()
      await once(current, 'close').catch(() => {})
    }
  }
}
