/** Settings of a unit by `Section.Key`, in order; an empty assignment has emptied the list before it. */
export type UnitSettings = Map<string, string[]>

/**
 * Adds the text of a unit file or drop-in to `settings`. A line that ends in a backslash goes on in the next; comments
 * between such lines are skipped.
 * @source systemd.syntax(7)
 */
export function addUnitText(text: string, settings: UnitSettings): void {
  let section = ''
  let held: string[] = []
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line) || (held.length === 0 && line.trim() === '')) continue
    if (line.endsWith('\\')) {
      held.push(line.slice(0, -1))
      continue
    }
    const whole = [...held, line].join(' ').trimStart()
    held = []
    const header = /^\[(.+)\]\s*$/.exec(whole)
    if (header !== null) {
      section = header[1] ?? ''
      continue
    }
    const cut = whole.indexOf('=')
    if (cut < 0) continue
    const key = `${section}.${whole.slice(0, cut).trim()}`
    const value = whole.slice(cut + 1).trim()
    if (value === '') settings.set(key, [])
    else settings.set(key, [...(settings.get(key) ?? []), value])
  }
}

/** Last value of a key. */
export const lastOf = (settings: UnitSettings, key: string): string | undefined => settings.get(key)?.at(-1)

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', s: ' ' }

export interface Word {
  readonly text: string
  /** It was written in quotes: `"$A"` is not split. */
  readonly isQuoted: boolean
}

/**
 * Splits at spaces; quotes hold together, a backslash escapes as in C, `\s` is a space.
 * @source systemd.syntax(7), "Quoting"
 */
export function unitWords(text: string): readonly Word[] {
  const words: Word[] = []
  let [word, quote, hasWord, isQuoted] = ['', '', false, false]
  const end = (): void => {
    if (hasWord) words.push({ text: word, isQuoted })
    ;[word, hasWord, isQuoted] = ['', false, false]
  }
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (char === '\\') {
      const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(at + 1))?.[1]
      const next = text[at + 1] ?? ''
      word += hex === undefined ? (ESCAPES[next] ?? next) : String.fromCharCode(Number.parseInt(hex, 16))
      at += hex === undefined ? 1 : 3
      hasWord = true
    } else if (quote !== '') {
      if (char === quote) quote = ''
      else word += char
    } else if (char === '"' || char === "'") {
      ;[quote, hasWord, isQuoted] = [char, true, true]
    } else if (/\s/.test(char)) end()
    else {
      word += char
      hasWord = true
    }
  }
  end()
  return words
}

/** `KEY=value` lines of an EnvironmentFile; quotes and comments as in a shell, nothing is expanded. */
export function environmentLines(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of text.replaceAll(/\\\r?\n/g, '').split(/\r?\n/)) {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    const trimmed = value.trim()
    const quoted = /^(["'])(.*)\1$/.exec(trimmed)
    values.set(name, quoted?.[2] ?? trimmed)
  }
  return values
}
