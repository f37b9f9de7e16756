export type ServiceVersion = '0.8.5' | '0.7.13'

/** One option as clap knows it. `help` holds the paragraphs of the long help. */
export interface OptionSpec {
  readonly name: string
  readonly long?: string
  readonly short?: string
  readonly value: string
  readonly help: readonly string[]
  readonly initial?: string
  readonly possible?: readonly (readonly [string, string])[]
  readonly isMany?: boolean
  readonly group?: 'cores' | 'scrypt'
  readonly isNewer?: boolean
  readonly heading?: string
  readonly check?: (value: string) => string | undefined
}

const whole =
  (most: bigint) =>
  (value: string): string | undefined => {
    if (value === '') return 'cannot parse integer from empty string'
    if (!/^\+?\d+$/.test(value)) return 'invalid digit found in string'
    return BigInt(value.replace('+', '')) > most ? 'number too large to fit in target type' : undefined
  }
const u32 = whole(2n ** 32n - 1n)
const usize = whole(2n ** 64n - 1n)

const socketAddress = (value: string): string | undefined => {
  const match = /^(?:(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(value)
  const small = match?.slice(1, 5).every((part) => part === undefined || Number(part) < 256)
  return match !== null && small === true && Number(match[5]) < 65_536 ? undefined : 'invalid socket address syntax'
}

const difficulty = (value: string): string | undefined => {
  if (value.length !== 64) return 'invalid difficulty length'
  return /^[0-9a-fA-F]+$/.test(value) ? undefined : 'invalid difficulty encoding'
}

const nonces = (value: string): string | undefined => {
  const bad = usize(value)
  if (bad !== undefined) return bad
  if (Number(value) % 16 !== 0) return 'nonces must be multiple of 16'
  return Number(value) > 4096 ? 'max nonces is 4096' : undefined
}

const POST = 'POST configuration'
const SETTINGS = 'POST settings'
const TLS = 'TLS configuration'

const option = (name: string, help: readonly string[], more: Partial<OptionSpec> = {}): OptionSpec => ({
  name,
  long: name,
  value: name.replaceAll('-', '_').toUpperCase(),
  help,
  ...more,
})
const scrypt = (name: string, initial: string): OptionSpec => ({
  name,
  short: name,
  value: name.toUpperCase(),
  help: [`scrypt ${name.toUpperCase()} parameter`],
  initial,
  group: 'scrypt',
  check: usize,
  heading: POST,
})

/** @source recordings/help/post-service-*.txt */
export const OPTIONS: readonly OptionSpec[] = [
  option('dir', ['directory of POST data'], { short: 'd' }),
  option('address', ['address to connect to'], { short: 'a' }),
  option('reconnect-interval-s', ['time to wait before reconnecting to the node'], { initial: '5', check: usize }),
  option('max-retries', ['Maximum number of retries to connect to the node The default is infinite'], { check: usize }),
  option('watch-pid', ['watch PID and exit if it dies'], { check: usize }),
  option('operator-address', ['address to listen on for operator service the operator service is disabled if not specified'], {
    check: socketAddress,
  }),
  option('min-num-units', ['The minimal number of units that must be initialized'], { initial: '4', check: u32, heading: POST }),
  option('max-num-units', ['The maximal number of units that can be initialized'], { initial: '4294967295', check: u32, heading: POST }),
  option('k1', ['K1 specifies the difficulty for a label to be a candidate for a proof'], { initial: '26', check: u32, heading: POST }),
  option('k2', ['K2 is the number of labels below the required difficulty required for a proof'], {
    initial: '37',
    check: u32,
    heading: POST,
  }),
  option('pow-difficulty', ['difficulty for the nonce proof of work (aka "k2pow")'], {
    initial: '000dfb23b0979b4b000000000000000000000000000000000000000000000000',
    check: difficulty,
    heading: POST,
  }),
  scrypt('n', '8192'),
  scrypt('r', '1'),
  scrypt('p', '1'),
  option('threads', ["number of threads to use, '0' means use all available threads", "Can't use with `pinned-cores`"], {
    initial: '1',
    check: usize,
    group: 'cores',
    heading: SETTINGS,
  }),
  option('pinned-cores', ['list of cores to pin threads to, it will use only these cores for proving', "Can't use with `threads`"], {
    check: usize,
    group: 'cores',
    isMany: true,
    heading: SETTINGS,
  }),
  option(
    'nonces',
    [
      'number of nonces to attempt in single pass over POS data',
      'Each group of 16 nonces requires a separate PoW. Must be a multiple of 16.',
      'Higher value gives a better chance to find a proof within less passes over the POS data, but also slows down the process.',
    ],
    { initial: '128', check: nonces, heading: SETTINGS },
  ),
  option('randomx-mode', ['modes of operation for RandomX'], {
    initial: 'fast',
    heading: SETTINGS,
    possible: [
      ['fast', 'Fast mode for proving. Requires 2080 MiB of memory'],
      ['light', 'Light mode for verification. Requires only 256 MiB of memory, but runs significantly slower'],
    ],
  }),
  option('ca-cert', ['CA certificate'], { heading: TLS }),
  option('cert', [''], { heading: TLS }),
  option('key', [''], { heading: TLS }),
  option('domain', ['domain name to verify the certificate of server against defaults to server hostname'], { heading: TLS }),
  option('remote-k2pow', ['Base URL for remote k2pow service'], { heading: TLS, isNewer: true }),
  option(
    'remote-k2pow-parallelism',
    ['How many remote k2pow jobs to execute in parallel. This highly depends on how many remote k2pow workers are available'],
    { heading: TLS, initial: '5', check: usize, isNewer: true },
  ),
  option(
    'remote-k2pow-backoff',
    ['Time to back off before trying the k2pow service again while waiting for a result or to queue in a new job'],
    { heading: TLS, initial: '5', check: usize, isNewer: true },
  ),
]

export const CORES = '<--threads <THREADS>|--pinned-cores <PINNED_CORES>...>'

export const optionsOf = (version: ServiceVersion): readonly OptionSpec[] =>
  OPTIONS.filter((each) => version === '0.8.5' || each.isNewer !== true)

/** `--dir <DIR>`, as clap names an option in errors and usage. */
export const shown = (each: OptionSpec): string =>
  `${each.long === undefined ? `-${each.short ?? ''}` : `--${each.long}`} <${each.value}>${each.isMany === true ? '...' : ''}`

function helpOf(each: OptionSpec): string[] {
  const pad = '          '
  const short = each.short === undefined ? '    ' : `-${each.short}${each.long === undefined ? '' : ', '}`
  const lines = [`  ${short}${each.long === undefined ? '' : `--${each.long}`} <${each.value}>${each.isMany === true ? '...' : ''}`]
  each.help.forEach((text, i) => lines.push(...(i > 0 ? [pad] : []), `${pad}${text}`))
  if (each.initial !== undefined) lines.push(pad, `${pad}[default: ${each.initial}]`)
  if (each.possible !== undefined) {
    const width = Math.max(...each.possible.map(([name]) => name.length)) + 1
    lines.push('', `${pad}Possible values:`, ...each.possible.map(([name, text]) => `${pad}- ${`${name}:`.padEnd(width)} ${text}`))
  }
  return lines
}

/** The text of `--help`. */
export function helpText(version: ServiceVersion): string {
  const known = optionsOf(version)
  const block = (options: readonly OptionSpec[]): string => options.map((each) => helpOf(each).join('\n')).join('\n\n')
  const general = [
    block(known.filter((each) => each.heading === undefined)),
    "  -h, --help\n          Print help (see a summary with '-h')",
    '  -V, --version\n          Print version',
  ]
  const headed = [POST, SETTINGS, TLS].map((name) => `${name}:\n${block(known.filter((each) => each.heading === name))}`)
  const usage = `Usage: post-service [OPTIONS] --dir <DIR> --address <ADDRESS> ${CORES}`
  return ['Post Service', usage, `Options:\n${general.join('\n\n')}`, ...headed].join('\n\n') + '\n'
}
