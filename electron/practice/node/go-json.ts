const quote = (char: string): string => (char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${char}'`)

/** Finds the first error of a JSON text, worded as Go's encoding/json does; undefined when it is valid. */
export function goJsonError(text: string): string | undefined {
  try {
    new Scanner(text).document()
    return undefined
  } catch (cause: unknown) {
    if (cause instanceof SyntaxError) return cause.message
    throw cause
  }
}

const fault = (message: string): never => {
  throw new SyntaxError(message)
}

/** Walks over a JSON text and stops at the first character that cannot be there. */
class Scanner {
  private at = 0
  private readonly text: string
  constructor(text: string) {
    this.text = text
  }

  document(): void {
    this.value('looking for beginning of value')
    this.space()
    if (this.at < this.text.length) this.bad('after top-level value')
  }

  private peek(): string {
    const char = this.text[this.at]
    return char ?? fault('unexpected end of JSON input')
  }

  private bad(where: string): never {
    return fault(`invalid character ${quote(this.peek())} ${where}`)
  }

  private space(): void {
    while (/[ \t\r\n]/.test(this.text[this.at] ?? 'x')) this.at += 1
  }

  private value(where: string): void {
    this.space()
    const char = this.peek()
    if (char === '{') return this.object()
    if (char === '[') return this.array()
    if (char === '"') return this.string()
    const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.text.slice(this.at))?.[0]
    if (number !== undefined) {
      this.at += number.length
      return
    }
    const word = ['true', 'false', 'null'].find((w) => w.startsWith(char))
    if (word === undefined) this.bad(where)
    for (const expected of word ?? '') {
      if (this.peek() !== expected) this.bad(`in literal ${word} (expecting ${quote(expected)})`)
      this.at += 1
    }
  }

  private string(): void {
    this.at += 1
    for (;;) {
      const char = this.peek()
      if (char < ' ') fault(`invalid character '${JSON.stringify(char).slice(1, -1)}' in string literal`)
      this.at += char === '\\' ? 2 : 1
      if (char === '"') return
    }
  }

  private object(): void {
    this.at += 1
    this.space()
    if (this.peek() === '}') return void (this.at += 1)
    for (;;) {
      this.space()
      if (this.peek() !== '"') this.bad('looking for beginning of object key string')
      this.string()
      this.space()
      if (this.peek() !== ':') this.bad('after object key')
      this.at += 1
      this.value('looking for beginning of value')
      this.space()
      const next = this.peek()
      if (next !== ',' && next !== '}') this.bad('after object key:value pair')
      this.at += 1
      if (next === '}') return
    }
  }

  private array(): void {
    this.at += 1
    this.space()
    if (this.peek() === ']') return void (this.at += 1)
    for (;;) {
      this.value('looking for beginning of value')
      this.space()
      const next = this.peek()
      if (next !== ',' && next !== ']') this.bad('after array element')
      this.at += 1
      if (next === ']') return
    }
  }
}
