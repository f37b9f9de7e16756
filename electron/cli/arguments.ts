/** Words of a verb: plain ones in order, `--name` switches and `--name value` options. */
export interface Words {
  readonly plain: readonly string[]
  has(name: string): boolean
  /** Value of `--name value` or `--name=value`; the last one when it is given again. */
  value(name: string): string | undefined
  /** Every value of an option that may be given again, in order. */
  values(name: string): readonly string[]
  /** Switches that the verb does not know. */
  unknown(switches: readonly string[], options: readonly string[]): string | undefined
}

/** What one verb understands. */
export interface VerbWords {
  /** One line for the user. */
  readonly usage: string
  readonly switches: readonly string[]
  readonly options: readonly string[]
  /** Options that may be given again. */
  readonly repeated?: readonly string[]
  /** Most plain words. */
  readonly plain: number
}

export function readWords(argv: readonly string[], options: readonly string[]): Words {
  const plain: string[] = []
  const found = new Map<string, string[]>()
  const add = (name: string, value: string): void => void found.set(name, [...(found.get(name) ?? []), value])
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? ''
    if (!word.startsWith('--')) {
      plain.push(word)
      continue
    }
    const at = word.indexOf('=')
    const name = at < 0 ? word.slice(2) : word.slice(2, at)
    const next = argv[i + 1] ?? ''
    if (at >= 0) add(name, word.slice(at + 1))
    else if (options.includes(name) && !next.startsWith('--')) {
      add(name, next)
      i += 1
    } else add(name, '')
  }
  return {
    plain,
    has: (name) => found.has(name),
    value: (name) => found.get(name)?.at(-1),
    values: (name) => found.get(name) ?? [],
    unknown: (switches, known) => [...found.keys()].find((name) => !switches.includes(name) && !known.includes(name)),
  }
}

/**
 * Why these words are none of this verb, as a sentence. Values are never repeated: one of them may be a passphrase in
 * the wrong place.
 */
export function misfit(words: Words, verb: VerbWords): string | undefined {
  const stranger = words.unknown(verb.switches, verb.options)
  if (stranger !== undefined) return `--${stranger} is not known here.`
  for (const name of verb.options) {
    const values = words.values(name)
    if (values.includes('')) return `--${name} needs a value.`
    if (values.length > 1 && verb.repeated?.includes(name) !== true) return `--${name} can be given once.`
  }
  const filled = verb.switches.find((name) => words.values(name).some((value) => value !== ''))
  if (filled !== undefined) return `--${filled} takes no value.`
  return words.plain.length > verb.plain ? 'There is a word too many.' : undefined
}

const SECRET_NAMES = ['passphrase', 'password', 'secret', 'pass']

/** Why a secret among the arguments is refused, when there is one. */
export const secretAsArgument = (words: Words): string | undefined =>
  SECRET_NAMES.some((name) => words.has(name))
    ? 'A passphrase is never taken from the command line: other programs on this machine can read it there, and the shell keeps it in its ' +
      'history. Type it when you are asked, or use --passphrase-file FILE or --passphrase-env NAME. If the one that you just gave protects a ' +
      'backup, choose another.'
    : undefined
