import { collapse } from '../scenario.ts'

/** Entries of a log: a line that begins with `[20` opens one; at the start, plain lines stand for themselves. */
export function entriesOf(lines: readonly string[]): string[] {
  const entries: string[] = []
  for (const line of lines) {
    const isOpen = entries.at(-1)?.startsWith('[20') === true
    if (isOpen && (line.startsWith('    ') || line === '')) entries[entries.length - 1] += `\n${line}`
    else entries.push(line)
  }
  return entries
}

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^\[20\S+ /, '['],
  [/\[\d+(?:, \d+){5,}\]/g, '[…]'],
  [/(nonce: Some\()\d+/g, '$1N'],
  [/(found proof for nonce: )\d+(, pow: )\d+/, '$1N$2N'],
  [/\d+m \d+s/g, 'TIME'],
  [/(took: )[\d.]+(s|ms)/g, '$1TIME'],
  [/(127\.0\.0\.1:)\d+/g, '$1PORT'],
  [/(\/job\/)[0-9a-f]+\/\d+\//g, '$1ID/GROUP/'],
  // Whoever watches may come before or after the parent has collected it.
  [/\bPID \d+ (?:not found|died \(status: (?:Zombie|Dead)\))/, 'PID N ended'],
  [/\bPID \d+/g, 'PID N'],
  [/(MSB value for index: )\d+( \(id: \d+\) doesn't satisfy difficulty: )\d+/, '$1N$2N'],
  [/\S*[\\/]((?:small|corrupt|trunc|nofile|nofiles)[\\/]postdata)/g, 'DIR/$1'],
  [/(failed to lookup address information: )[^"]+/, '$1WHY'],
  // A header of the server's, and ours is another one.
  [/, "date": "[^"]*"/, ''],
]

export const normalEntry = (entry: string): string => RULES.reduce((text, [pattern, by]) => text.replace(pattern, by), entry)

// The prover runs beside the threads that talk to the node and listen for the operator: no order between them.
const PROVER = /^\[[A-Z]+ +post::/
const OPERATOR = /^\[INFO {2}post_service(::operator\] running operator|\] watching PID)/

export interface Channels {
  readonly service: string[]
  readonly prover: string[]
  readonly beside: string[]
}

export function channelsOf(lines: readonly string[]): Channels {
  const entries = entriesOf(lines).map(normalEntry)
  const beside = entries.filter((entry) => OPERATOR.test(entry)).sort()
  const prover = entries.filter((entry) => PROVER.test(entry))
  const service = entries.filter((entry) => !PROVER.test(entry) && !OPERATOR.test(entry))
  return { service: collapse(service), prover: collapse(prover), beside }
}

interface StatusRules {
  /** RandomX silence is part of this case. */
  readonly isSilenceSeen: boolean
  /** The older service shows nonces 0..0 while it prepares RandomX. */
  readonly isZeroSeen: boolean
}

/** One answer of the operator as a word; undefined when it says nothing certain. */
export function statusWord(answer: { readonly body?: unknown; readonly error?: unknown }, rules: StatusRules): string | undefined {
  if (typeof answer.error === 'string') {
    if (/timed out|timeout/i.test(answer.error)) return rules.isSilenceSeen ? 'silent' : undefined
    return /refused/i.test(answer.error) ? 'refused' : undefined
  }
  const value: unknown = JSON.parse(String(answer.body))
  if (typeof value === 'string') return value
  const { nonces, position } = (value as { Proving: { nonces: { start: number; end: number }; position: number } }).Proving
  if (nonces.end === 0 && !rules.isZeroSeen) return undefined
  return `${nonces.start}..${nonces.end}${position > 0 ? ' reading' : ''}`
}

/** Words in order without repeats; what was refused before the first answer says only when the recorder began. */
export function statusWords(words: readonly (string | undefined)[]): string[] {
  const certain = words.filter((word) => word !== undefined)
  const first = certain.findIndex((word) => word !== 'refused')
  return collapse(first < 0 ? [] : certain.slice(first), 1)
}

export const isSubsequence = (wanted: readonly string[], found: readonly string[]): boolean => {
  let at = 0
  for (const word of found) if (word === wanted[at]) at += 1
  return at >= wanted.length
}

/** The recorder saw a sample: its words must come in its order, and no word that it never saw (but short-lived ones). */
export function compareStatus(expected: readonly string[], seen: readonly string[]): readonly string[] {
  if (!isSubsequence(expected, seen)) return ['status:', `  recorded: ${expected.join(' → ')}`, `  seen:     ${seen.join(' → ')}`]
  const shortLived = /^(refused|"?DoneProving"?|Idle|\d+\.\.\d+ reading|silent)$/
  const strange = seen.filter((word) => !expected.includes(word) && !shortLived.test(word))
  return strange.length === 0 ? [] : ['status:', `  seen but never recorded: ${[...new Set(strange)].join(', ')}`]
}
