/** What has become of the keys pressed so far. */
export type TypedLine =
  { readonly is: 'typing' } | { readonly is: 'done'; readonly text: string; readonly rest: string } | { readonly is: 'given-up' }

const CANCEL = '\u0003'
const END = '\u0004'
const ESCAPE = '\u001B'
const ERASE_LINE = '\u0015'
const ERASE = new Set(['\u0008', '\u007F'])

// A key that sends several characters (arrows, the marks around a paste), whole or not yet whole.
// oxlint-disable-next-line no-control-regex
const SEQUENCE = /^\u001B(?:\[[0-?]*[ -/]*[@-~]?|O.?|[^[O]?)/u

/**
 * Reads one line out of everything that a terminal in raw mode has sent since the question. Nothing is echoed, so nothing
 * has to be drawn: it is enough to look at the whole each time.
 */
export function typedLine(raw: string): TypedLine {
  const chars: string[] = []
  let rest = raw
  while (rest !== '') {
    if (rest.startsWith(ESCAPE)) {
      rest = rest.slice(SEQUENCE.exec(rest)?.[0].length ?? 1)
      continue
    }
    const char = String.fromCodePoint(rest.codePointAt(0) ?? 0)
    rest = rest.slice(char.length)
    if (char === '\r' || char === '\n')
      return { is: 'done', text: chars.join(''), rest: char === '\r' && rest.startsWith('\n') ? rest.slice(1) : rest }
    if (char === CANCEL) return { is: 'given-up' }
    if (char === END && chars.length === 0) return { is: 'given-up' }
    if (ERASE.has(char)) chars.pop()
    else if (char === ERASE_LINE) chars.length = 0
    else if (char >= ' ') chars.push(char)
  }
  return { is: 'typing' }
}
