/** Flags of a command line by name, without dashes; each with the words that follow it up to the next flag. */
export type Flags = ReadonlyMap<string, readonly string[]>

interface FlagStyle {
  /** Go's `flag` package (postcli): one dash begins a long name too. */
  readonly isSingleDash?: boolean
}

/** Letters of short flags stand apart from long names: `-d` is `-d`, `--dir` is `dir`. */
function nameAndValue(word: string, { isSingleDash = false }: FlagStyle): readonly [string, string | undefined] {
  const cut = word.indexOf('=')
  const isLong = word.startsWith('--') || (isSingleDash && word.length > 2)
  if (isLong) {
    const name = word.slice(0, cut < 0 ? undefined : cut).replace(/^--?/, '')
    return [name, cut < 0 ? undefined : word.slice(cut + 1)]
  }
  const rest = word.slice(2)
  return [word.slice(0, 2), rest === '' ? undefined : rest.replace(/^=/, '')]
}

/**
 * Reads `--name value`, `--name=value`, `-d value`, `-dvalue`. No value of the programs' flags begins with a dash, so a
 * word that does not is the value of the flag before it. A repeated flag counts last, as Go has it.
 */
export function readFlags(args: readonly string[], style: FlagStyle = {}): Flags {
  const flags = new Map<string, string[]>()
  let values: string[] = []
  for (const word of args) {
    if (word.startsWith('-') && word.length > 1 && word !== '--') {
      const [name, value] = nameAndValue(word, style)
      values = value === undefined ? [] : [value]
      flags.set(name, values)
    } else values.push(word)
  }
  return flags
}

/** First value of the first of these names that is given. */
export function flagText(flags: Flags, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = flags.get(name)?.[0]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** A switch: given alone or as `=true`. */
export function flagIsOn(flags: Flags, name: string): boolean | undefined {
  const values = flags.get(name)
  return values === undefined ? undefined : !/^(0|f|false)$/i.test(values[0] ?? 'true')
}

/** A whole number that is not negative. */
export function flagNumber(flags: Flags, ...names: readonly string[]): number | undefined {
  const text = flagText(flags, ...names)
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
