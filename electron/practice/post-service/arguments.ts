import { CORES, helpText, OPTIONS, optionsOf, shown, type OptionSpec, type ServiceVersion } from './option-table.ts'

export interface ServiceArguments {
  readonly dir: string
  readonly address: string
  readonly reconnectIntervalS: number
  readonly maxRetries: number | undefined
  readonly watchPid: number | undefined
  readonly operatorAddress: string | undefined
  readonly minNumUnits: number
  readonly maxNumUnits: number
  readonly k1: number
  readonly k2: number
  /** 64 hex digits, upper case. */
  readonly powDifficulty: string
  readonly scrypt: { readonly n: number; readonly r: number; readonly p: number }
  readonly threads: number
  readonly pinnedCores: readonly number[] | undefined
  readonly nonces: number
  readonly randomxMode: 'Fast' | 'Light'
  readonly tls: { readonly caCert: string; readonly cert: string; readonly key: string; readonly domain: string | undefined } | undefined
  readonly remoteK2pow: { readonly uri: string; readonly parallelism: number; readonly backoffS: number } | undefined
}

/** Said instead of starting: help and version on stdout, clap errors on stderr. */
export interface EarlyExit {
  readonly code: 0 | 2
  readonly stdout?: string
  readonly stderr?: string
}

type Given = Map<OptionSpec, string[]>

class ClapError extends Error {}

const MORE = "\n\nFor more information, try '--help'.\n"
const required = ['dir', 'address']

/** Usage in an error: what was given, in the order it was given; groups collapsed where clap does so. */
function usage(given: Given, areGroupsTogether: boolean): string {
  const first = OPTIONS.filter((each) => required.includes(each.name))
  const rest = [...given.keys()].filter((each) => !required.includes(each.name))
  const alone = rest.filter((each) => (areGroupsTogether ? each.group === undefined : each.group !== 'cores'))
  const scrypt = areGroupsTogether && rest.some((each) => each.group === 'scrypt') ? [' <-n <N>|-r <R>|-p <P>>'] : []
  return `Usage: post-service ${[...first, ...alone].map(shown).join(' ')} ${CORES}${scrypt.join('')}`
}

function checked(each: OptionSpec, value: string): string {
  if (each.possible?.every(([name]) => name !== value) === true) {
    const names = each.possible.map(([name]) => name).join(', ')
    throw new ClapError(`invalid value '${value}' for '${shown(each)}'\n  [possible values: ${names}]`)
  }
  const why = each.check?.(value)
  if (why !== undefined) throw new ClapError(`invalid value '${value}' for '${shown(each)}': ${why}`)
  return value
}

/** Splits `--name=value`, `-nVALUE`, `-n=VALUE`. */
function split(arg: string, known: readonly OptionSpec[], given: Given): { option: OptionSpec; value: string | undefined } {
  const cut = arg.indexOf('=')
  const long = arg.startsWith('--')
  const name = long ? arg.slice(2, cut < 0 ? undefined : cut) : arg.slice(1, 2)
  const option = known.find((each) => (long ? each.long : each.short) === name)
  if (option === undefined || !arg.startsWith('-')) {
    const word = long ? `--${name}` : arg.startsWith('-') ? `-${name}` : arg
    throw new ClapError(`unexpected argument '${word}' found\n\n${usage(given, true)}`)
  }
  if (long) return { option, value: cut < 0 ? undefined : arg.slice(cut + 1) }
  return { option, value: arg.length > 2 ? arg.slice(2).replace(/^=/, '') : undefined }
}

function collect(args: readonly string[], version: ServiceVersion): Given {
  const known = optionsOf(version)
  const given: Given = new Map()
  for (let i = 0; i < args.length; i += 1) {
    const { option, value: attached } = split(args[i] ?? '', known, given)
    const values = attached === undefined ? [] : [attached]
    const takes = (next: string | undefined): next is string => next !== undefined && !/^-./.test(next)
    const most = attached !== undefined ? 0 : option.isMany === true ? args.length : 1
    for (let next = args[i + 1]; values.length < most && takes(next); next = args[i + 1]) {
      values.push(next)
      i += 1
    }
    if (values.length === 0) throw new ClapError(`a value is required for '${shown(option)}' but none was supplied`)
    if (given.has(option) && option.isMany !== true) {
      throw new ClapError(`the argument '${shown(option)}' cannot be used multiple times\n\n${usage(given, true)}`)
    }
    const parts = option.isMany === true ? values.flatMap((value) => value.split(',')) : values
    given.set(option, [...(given.get(option) ?? []), ...parts.map((value) => checked(option, value))])
  }
  return given
}

function demandRequired(given: Given): void {
  const has = (name: string): boolean => [...given.keys()].some((each) => each.name === name)
  const missing = OPTIONS.filter((each) => required.includes(each.name) && !has(each.name)).map(shown)
  if (!has('threads') && !has('pinned-cores')) missing.push(CORES)
  if (missing.length === 0) return
  const list = missing.map((each) => `\n  ${each}`).join('')
  throw new ClapError(`the following required arguments were not provided:${list}\n\n${usage(given, false)}`)
}

function assemble(given: Given, version: ServiceVersion): ServiceArguments {
  const values = new Map([...given].map(([each, list]) => [each.name, list]))
  const text = (name: string): string | undefined => values.get(name)?.[0] ?? OPTIONS.find((each) => each.name === name)?.initial
  const number = (name: string): number => Number(text(name) ?? '0')
  const optional = (name: string): number | undefined => (values.has(name) ? number(name) : undefined)
  const [caCert, cert, key] = [text('ca-cert'), text('cert'), text('key')]
  const remote = text('remote-k2pow')
  return {
    dir: text('dir') ?? '',
    address: text('address') ?? '',
    reconnectIntervalS: number('reconnect-interval-s'),
    maxRetries: optional('max-retries'),
    watchPid: optional('watch-pid'),
    operatorAddress: text('operator-address'),
    minNumUnits: number('min-num-units'),
    maxNumUnits: number('max-num-units'),
    k1: number('k1'),
    k2: number('k2'),
    powDifficulty: (text('pow-difficulty') ?? '').toUpperCase(),
    scrypt: { n: number('n'), r: number('r'), p: number('p') },
    threads: number('threads'),
    pinnedCores: values.get('pinned-cores')?.map(Number),
    nonces: number('nonces'),
    randomxMode: text('randomx-mode') === 'light' ? 'Light' : 'Fast',
    tls:
      caCert !== undefined && cert !== undefined && key !== undefined
        ? { caCert, cert, key, domain: values.get('domain')?.[0] }
        : undefined,
    remoteK2pow:
      remote === undefined || version === '0.7.13'
        ? undefined
        : { uri: remote, parallelism: number('remote-k2pow-parallelism'), backoffS: number('remote-k2pow-backoff') },
  }
}

function demandTlsTogether(given: Given): void {
  const names = ['ca-cert', 'cert', 'key']
  const has = (name: string): boolean => [...given.keys()].some((each) => each.name === name)
  if (!names.some(has) || names.every(has)) return
  const missing = OPTIONS.filter((each) => names.includes(each.name) && !has(each.name)).map((each) => `\n  ${shown(each)}`)
  throw new ClapError(`the following required arguments were not provided:${missing.join('')}\n\n${usage(given, false)}`)
}

/** Reads the command line as post-service does. */
export function parseArguments(
  args: readonly string[],
  version: ServiceVersion,
): { readonly run: ServiceArguments } | { readonly exit: EarlyExit } {
  if (args.some((arg) => arg === '--help' || arg === '-h')) return { exit: { code: 0, stdout: helpText(version) } }
  if (args.some((arg) => arg === '--version' || arg === '-V')) return { exit: { code: 0, stdout: `service ${version}\n` } }
  try {
    const given = collect(args, version)
    demandRequired(given)
    demandTlsTogether(given)
    return { run: assemble(given, version) }
  } catch (cause: unknown) {
    if (!(cause instanceof ClapError)) throw cause
    return { exit: { code: 2, stderr: `error: ${cause.message}${MORE}` } }
  }
}
