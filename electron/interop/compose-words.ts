/** Words of a command line as a shell without variables splits them. */
export function shellWords(text: string): readonly string[] {
  const words: string[] = []
  for (const [all] of text.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs)) {
    words.push(
      all.replaceAll(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
        (_all, double?: string, single?: string, escaped?: string) => double?.replaceAll(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '',
      ),
    )
  }
  return words
}

/** Puts variables in: `$A`, `${A}`, `${A:-spare}`, `${A-spare}`, `${A:?why}`; `$$` is a dollar. */
function interpolate(text: string, values: ReadonlyMap<string, string>, unknown: (name: string) => void): string {
  return text.replaceAll(/\$\$|\$\{([^}]{0,500})\}|\$([A-Za-z_]\w*)/g, (all, braced?: string, bare?: string) => {
    if (all === '$$') return '$'
    const [, name = bare ?? '', how = '', spare = ''] = /^([A-Za-z_]\w*)(:?[-?+])?(.*)$/s.exec(braced ?? '') ?? []
    const value = values.get(name)
    const isGiven = value !== undefined && (value !== '' || !how.startsWith(':'))
    if (how.endsWith('+')) return isGiven ? spare : ''
    if (isGiven) return value
    if (how.endsWith('-')) return spare
    unknown(name)
    return ''
  })
}

export interface Reading {
  readonly text: (value: unknown) => string | undefined
  readonly words: (value: unknown) => readonly string[] | undefined
}

/** Reads scalars with variables put in; a text that needs an unknown one counts as not given. */
export function readingOf(values: ReadonlyMap<string, string>, unknown: (name: string) => void): Reading {
  const text = (value: unknown): string | undefined => {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (typeof value !== 'string') return undefined
    let isWhole = true
    const filled = interpolate(value, values, (name) => {
      isWhole = false
      unknown(name)
    })
    return isWhole ? filled : undefined
  }
  const words = (value: unknown): readonly string[] | undefined => {
    if (typeof value === 'string') return shellWords(text(value) ?? '')
    return Array.isArray(value) ? value.map((one: unknown) => text(one) ?? '') : undefined
  }
  return { text, words }
}
