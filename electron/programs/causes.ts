import type { Explanation } from './types.ts'

/** One known failure: the first rule whose pattern is found in the text wins. Patterns are loose: wording may change. */
export interface CauseRule {
  /** Stable code, for example `node/port-in-use`. */
  readonly code: string
  readonly pattern: RegExp
  /** Starting again cannot help: the user must change something first. */
  readonly retry?: 'never'
  /** Cause, consequence, action. `found` holds the pattern's groups, emptied of line ends. */
  readonly say: (found: readonly string[]) => { readonly cause: string; readonly consequence?: string; readonly action?: string }
}

const MAX_TEXT_CHARS = 256 * 1024

/** The first rule that knows `text`, as an explanation; `undefined` when none does. */
export function explainBy(rules: readonly CauseRule[], text: string): Explanation | undefined {
  const bounded = text.length > MAX_TEXT_CHARS ? text.slice(-MAX_TEXT_CHARS) : text
  for (const rule of rules) {
    const found = rule.pattern.exec(bounded)
    if (found === null) continue
    const said = rule.say(found.map((part: string | undefined) => shorten((part ?? '').replaceAll(/\s+/g, ' '))))
    return {
      causeCode: rule.code,
      cause: [said.cause, said.consequence, said.action].filter((part) => part !== undefined).join(' '),
      raw: lineAround(bounded, found.index),
      ...(rule.retry === undefined ? {} : { retry: rule.retry }),
    }
  }
  return undefined
}

/** The same rules, with those codes marked where starting again cannot help. */
export const hopeless = (rules: readonly CauseRule[], isHopeless: (code: string) => boolean): CauseRule[] =>
  rules.map((rule) => (isHopeless(rule.code) ? { ...rule, retry: 'never' } : rule))

/** The code alone, for log facts. */
export const codeBy = (rules: readonly CauseRule[], text: string, otherwise: string): string =>
  explainBy(rules, text)?.causeCode ?? otherwise

function lineAround(text: string, at: number): string {
  const start = text.lastIndexOf('\n', Math.max(0, at - 1)) + 1
  const end = text.indexOf('\n', at)
  return shorten(text.slice(start, end === -1 ? undefined : end))
}

/** A line for the *Details* fold: no control characters, no private key, bounded. */
export function shorten(line: string, maxChars = 400): string {
  const clean = line
    .replace(/[0-9a-fA-F]{128}/g, '[key]')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  return clean.length > maxChars ? `${clean.slice(0, maxChars)}…` : clean
}

/** The last line that says something, for a failure nobody knows. */
export function lastLine(text: string): string {
  const lines = text.slice(-MAX_TEXT_CHARS).split('\n')
  for (let i = lines.length - 1; i >= 0; i -= 1) {
    const line = shorten(lines[i] ?? '')
    if (line !== '') return line
  }
  return ''
}
