/** One whole line of a log. `offset` is where it begins in its file; `cutBytes` of it were too long and left out. */
export interface TailLine {
  readonly text: string
  readonly offset: number
  readonly cutBytes: number
}

const NEWLINE = 10
const RETURN = 13
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: false })

const textOfLine = (bytes: Buffer): string => decoder.decode(bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes)

/** Cuts a stream of bytes into lines, holding at most `maxLineBytes` of an unfinished one. Rubbish becomes U+FFFD. */
export class LineCutter {
  readonly #maxLineBytes: number
  #held: Buffer[] = []
  #heldBytes = 0
  #cutBytes = 0
  #lineOffset: number

  constructor(maxLineBytes: number, offset: number) {
    this.#maxLineBytes = maxLineBytes
    this.#lineOffset = offset
  }

  /** Where the unfinished line begins: everything before it was handed out. */
  get lineOffset(): number {
    return this.#lineOffset
  }
  get readTo(): number {
    return this.#lineOffset + this.#heldBytes + this.#cutBytes
  }

  push(chunk: Buffer): TailLine[] {
    const lines: TailLine[] = []
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, end))
      lines.push(this.#take(1))
      from = end + 1
    }
    this.#hold(chunk.subarray(from))
    return lines
  }

  /** The unfinished line, when its file gets no more bytes. */
  flush(): TailLine | undefined {
    return this.#heldBytes + this.#cutBytes === 0 ? undefined : this.#take(0)
  }

  #hold(piece: Buffer): void {
    const fits = piece.subarray(0, Math.max(0, this.#maxLineBytes - this.#heldBytes))
    // A copy: the chunk's memory is used again by the reader.
    if (fits.length > 0) this.#held.push(Buffer.from(fits))
    this.#heldBytes += fits.length
    this.#cutBytes += piece.length - fits.length
  }

  #take(newlineBytes: number): TailLine {
    const line = { text: textOfLine(Buffer.concat(this.#held)), offset: this.#lineOffset, cutBytes: this.#cutBytes }
    this.#lineOffset += this.#heldBytes + this.#cutBytes + newlineBytes
    this.#held = []
    this.#heldBytes = 0
    this.#cutBytes = 0
    return line
  }
}
