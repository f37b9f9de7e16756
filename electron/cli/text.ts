/** Text for terminals: cells instead of characters, and nothing that could move the cursor. */

// C0, DEL, C1, line and paragraph separators, and marks that turn the writing direction.
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Without control characters: a name or a log line must not command the terminal. Tabs become spaces. */
export const safe = (text: string): string => text.replaceAll('\t', ' ').replaceAll(UNSAFE, '')

const ASCII: Readonly<Record<string, string>> = {
  '–': '-',
  '—': '-',
  '‑': '-',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '…': '...',
  '·': '.',
  '×': 'x',
  '±': '+-',
  '→': '->',
  '\u00a0': ' ',
  '\u202f': ' ',
  '✔': '#',
  '✓': '+',
}

/** For terminals that are not UTF-8: known marks in plain characters, accents dropped, the rest as `?`. */
export const toAscii = (text: string): string =>
  Array.from(text.normalize('NFKD').replaceAll(/\p{M}/gu, ''))
    .map((char) => ASCII[char] ?? (/[\x20-\x7e]/.test(char) ? char : '?'))
    .join('')

const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u
/** East Asian wide and fullwidth, and emoji: two cells. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]$/u

const cellsOfChar = (char: string): number => (ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1)

/** Latin, and the marks of our own sentences and frames: one cell each, none of them combining. */
const PLAIN = /^[\x20-\x7e\u00a0-\u02ff\u2010-\u2027\u2500-\u25ff]*$/

export function cellsOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let cells = 0
  for (const char of text) cells += cellsOfChar(char)
  return cells
}

/** Exactly `cells` wide: cut with `mark` or filled with spaces. */
export function fit(text: string, cells: number, mark = '…'): string {
  if (cells <= 0) return ''
  const own = cellsOf(text)
  if (own <= cells) return text + ' '.repeat(cells - own)
  let cut = ''
  let used = 0
  for (const char of text) {
    const more = cellsOfChar(char)
    if (used + more > cells - 1) break
    cut += char
    used += more
  }
  return cut + mark + ' '.repeat(cells - used - 1)
}

export const fitRight = (text: string, cells: number): string => {
  const own = cellsOf(text)
  return own >= cells ? fit(text, cells) : ' '.repeat(cells - own) + text
}

/** `left` and `right` on one line; `right` is dropped when there is no room for both. */
export function between(left: string, right: string, cells: number): string {
  const room = cells - cellsOf(right)
  return right === '' || room < 8 ? fit(left, cells) : `${fit(left, room - 1)} ${right}`
}

/** Cuts a text into lines of at most `cells` at its spaces. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (cellsOf(next) > cells && line !== '') {
      lines.push(line)
      line = word
    } else line = next
  }
  return line === '' ? lines : [...lines, line]
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`
}
