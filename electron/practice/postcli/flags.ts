export interface CliFlags {
  provider: number | undefined
  numUnits: number
  commitmentAtxId: string
  id: string
  datadir: string
  maxFileSize: number
  labelsPerUnit: number
  scryptN: number
  fromFile: number
  toFile: number | undefined
  genproof: boolean
  verify: boolean
  fraction: number
  searchForNonce: boolean
  printProviders: boolean
  printNumFiles: boolean
  printConfig: boolean
  reset: boolean
  yes: boolean
  logLevel: string
}

type Kind = 'string' | 'uint' | 'int' | 'float' | 'bool' | 'level'

// name, kind, explanation, default as shown; in the order of the usage text.
const TABLE: readonly (readonly [keyof CliFlags, Kind, string, string?])[] = [
  ['commitmentAtxId', 'string', 'commitment atx id, in hex (required)'],
  ['datadir', 'string', 'filesystem datadir path', '"$HOME/post/data"'],
  ['fraction', 'float', 'how much % of POS data to verify. Sane values are < 1.0', '0.2'],
  ['fromFile', 'int', 'index of the first file to init (inclusive)'],
  ['genproof', 'bool', 'generate proof as a sanity test, after initialization'],
  ['id', 'string', "miner's id (public key), in hex (will be auto-generated if not provided)"],
  ['labelsPerUnit', 'uint', 'the number of labels per unit', '4294967296'],
  ['logLevel', 'level', 'log level (debug, info, warn, error, dpanic, panic, fatal)', 'info'],
  ['maxFileSize', 'uint', 'max file size', '4294967296'],
  ['numUnits', 'uint', 'number of units (required)'],
  ['printConfig', 'bool', 'print the used config and options'],
  ['printNumFiles', 'bool', 'print the total number of files that would be initialized'],
  ['printProviders', 'bool', 'print the list of compute providers'],
  ['provider', 'uint', 'compute provider id (required)'],
  ['reset', 'bool', 'whether to reset the datadir before starting'],
  ['scryptN', 'uint', 'scrypt N parameter', '8192'],
  ['searchForNonce', 'bool', 'search for VRF nonce in already initialized files'],
  ['toFile', 'int', 'index of the last file to init (inclusive). Will init to the end of declared space if not provided.'],
  ['verify', 'bool', 'verify initialized data'],
  ['yes', 'bool', 'confirm potentially dangerous actions'],
]

export function usageText(program: string, home: string): string {
  const lines = TABLE.flatMap(([name, kind, text, initial]) => {
    const head = `  -${name}${kind === 'bool' ? '' : ` ${kind === 'level' ? 'value' : kind}`}`
    return [head, `    \t${text}${initial === undefined ? '' : ` (default ${initial.replace('$HOME', home)})`}`]
  })
  return [`Usage of ${program}:`, ...lines].join('\n')
}

const PATTERN: Readonly<Partial<Record<Kind, RegExp>>> = {
  uint: /^\d+$/,
  int: /^[+-]?\d+$/,
  float: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
}

/** Reads Go flags (`-a v`, `-a=v`, `--a`). A complaint instead of flags: it goes to stderr before the usage, exit 2. */
export function parseFlags(
  args: readonly string[],
  home: string,
): { readonly flags: CliFlags; readonly given: ReadonlySet<string> } | { readonly complaint: string } {
  const values = new Map<string, string>()
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? ''
    const match = /^--?([^=-][^=]*)(?:=(.*))?$/s.exec(arg)
    if (match === null) break
    const [, name = '', attached] = match
    const row = TABLE.find(([each]) => each === name)
    if (name === 'h' || name === 'help') return { complaint: '' }
    if (row === undefined) return { complaint: `flag provided but not defined: -${name}` }
    const isBool = row[1] === 'bool'
    const value = attached ?? (isBool ? 'true' : args[++i])
    if (value === undefined) return { complaint: `flag needs an argument: -${name}` }
    if (PATTERN[row[1]]?.test(value) === false)
      return { complaint: `invalid value ${JSON.stringify(value)} for flag -${name}: parse error` }
    values.set(name, value)
  }
  const number = (name: string, otherwise: number): number => (values.has(name) ? Number(values.get(name)) : otherwise)
  const optional = (name: string): number | undefined => (values.has(name) ? Number(values.get(name)) : undefined)
  const text = (name: string, otherwise = ''): string => values.get(name) ?? otherwise
  const bool = (name: string): boolean => /^(1|t|true)$/i.test(text(name))
  const flags: CliFlags = {
    provider: optional('provider'),
    numUnits: number('numUnits', 0),
    commitmentAtxId: text('commitmentAtxId'),
    id: text('id'),
    datadir: text('datadir', `${home}/post/data`),
    maxFileSize: number('maxFileSize', 4_294_967_296),
    labelsPerUnit: number('labelsPerUnit', 4_294_967_296),
    scryptN: number('scryptN', 8192),
    fromFile: number('fromFile', 0),
    toFile: optional('toFile'),
    genproof: bool('genproof'),
    verify: bool('verify'),
    fraction: number('fraction', 0.2),
    searchForNonce: bool('searchForNonce'),
    printProviders: bool('printProviders'),
    printNumFiles: bool('printNumFiles'),
    printConfig: bool('printConfig'),
    reset: bool('reset'),
    yes: bool('yes'),
    logLevel: text('logLevel', 'info'),
  }
  return { flags, given: new Set(values.keys()) }
}
