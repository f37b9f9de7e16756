/** Words of a verb: plain ones in order, `--name` switches and `--name value` options. */
export interface Words {
  readonly plain: readonly string[]
  has(name: string): boolean
  /** Value of `--name value` or `--name=value`. */
  value(name: string): string | undefined
  /** Switches that the verb does not know. */
  unknown(switches: readonly string[], options: readonly string[]): string | undefined
}

export function readWords(argv: readonly string[], options: readonly string[]): Words {
  const plain: string[] = []
  const found = new Map<string, string>()
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? ''
    if (!word.startsWith('--')) {
      plain.push(word)
      continue
    }
    const at = word.indexOf('=')
    const name = at < 0 ? word.slice(2) : word.slice(2, at)
    if (at >= 0) found.set(name, word.slice(at + 1))
    else if (options.includes(name)) {
      found.set(name, argv[i + 1] ?? '')
      i += 1
    } else found.set(name, '')
  }
  return {
    plain,
    has: (name) => found.has(name),
    value: (name) => found.get(name),
    unknown: (switches, known) => [...found.keys()].find((name) => !switches.includes(name) && !known.includes(name)),
  }
}
