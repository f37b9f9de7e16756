import type { Files } from '../lib/files.ts'

const PIECE = 256 * 1024

/** A file piece by piece: memory stays flat however large it is. @throws the system's error */
export async function* piecesOf(file: string, files: Files): AsyncGenerator<Uint8Array> {
  const fd = files.openRead(file)
  try {
    for (let at = 0; ;) {
      const piece = files.read(fd, PIECE, at)
      if (piece.length === 0) return
      at += piece.length
      yield piece
    }
  } finally {
    files.close(fd)
  }
}

/** Size of what an open file holds, found by reading: facts do not look behind links. */
export function bytesBehind(fd: number, files: Files): number {
  const isWithin = (bytes: number): boolean => files.read(fd, 1, bytes - 1).length > 0
  let [below, above] = [0, 1]
  while (isWithin(above)) [below, above] = [above, above * 2]
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (isWithin(middle)) below = middle
    else above = middle
  }
  return below
}

/** @throws the system's error, also for a link that leads nowhere */
export function bytesOfLink(file: string, files: Files): number {
  const fd = files.openRead(file)
  try {
    return bytesBehind(fd, files)
  } finally {
    files.close(fd)
  }
}
