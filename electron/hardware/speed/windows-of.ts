/** A file of the set that is read. */
export interface SpeedFile {
  readonly path: string
  readonly bytes: number
}

/** A piece of a file that is read from its begin, block after block. */
export interface ReadWindow {
  readonly file: string
  readonly offsetBytes: number
  readonly blocks: number
}

/**
 * Pieces spread evenly over all files, the outer tracks of a disk as well as its inner ones. A piece never crosses from one
 * file into the next and begins at a whole block; files shorter than two blocks are left out.
 *
 * @param count  pieces at most; fewer when the files are small
 */
export function windowsOf(files: readonly SpeedFile[], blockBytes: number, count: number): readonly ReadWindow[] {
  const usable = files.map(({ path, bytes }) => ({ path, blocks: Math.floor(bytes / blockBytes) })).filter(({ blocks }) => blocks >= 2)
  const total = usable.reduce((sum, { blocks }) => sum + blocks, 0)
  const pieces = Math.min(count, Math.floor(total / 2))
  const windows: ReadWindow[] = []
  let [at, before] = [0, 0]
  for (let piece = 0; piece < pieces; piece += 1) {
    const from = Math.floor((piece * total) / pieces)
    const to = Math.floor(((piece + 1) * total) / pieces)
    for (let file = usable[at]; file !== undefined && from >= before + file.blocks; file = usable[at]) {
      before += file.blocks
      at += 1
    }
    const file = usable[at]
    if (file === undefined) break
    const blocks = Math.min(to - from, before + file.blocks - from)
    if (blocks >= 2) windows.push({ file: file.path, offsetBytes: (from - before) * blockBytes, blocks })
  }
  return windows
}
