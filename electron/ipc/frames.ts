import type { Socket } from 'node:net'

/** One JSON value a line. A line beyond this is an attack or a bug, never an answer. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024

/**
 * Splits a stream into JSON frames. Calls `onBroken` once for a frame that is too long or not JSON; afterwards nothing
 * more is read.
 */
export function frameReader(maxBytes: number, onFrame: (value: unknown) => void, onBroken: (why: string) => void): (chunk: Buffer) => void {
  let held: Buffer[] = []
  let heldBytes = 0
  let isBroken = false
  return (chunk) => {
    let rest = chunk
    while (!isBroken) {
      const end = rest.indexOf(10)
      const piece = end < 0 ? rest : rest.subarray(0, end)
      heldBytes += piece.length
      if (heldBytes > maxBytes) {
        isBroken = true
        held = []
        onBroken('a message is too long')
        return
      }
      held.push(piece)
      if (end < 0) return
      const line = Buffer.concat(held).toString('utf8')
      held = []
      heldBytes = 0
      rest = rest.subarray(end + 1)
      if (line.trim() === '') continue
      let value: unknown
      try {
        value = JSON.parse(line)
      } catch {
        isBroken = true
        onBroken('a message is not JSON')
        return
      }
      onFrame(value)
    }
  }
}

/** @returns false when the peer does not keep up: the caller drops it. */
export function writeFrame(socket: Socket, value: unknown, maxQueuedBytes = 32 * 1024 * 1024): boolean {
  if (socket.destroyed || socket.writableLength > maxQueuedBytes) return false
  socket.write(`${JSON.stringify(value)}\n`)
  return true
}
