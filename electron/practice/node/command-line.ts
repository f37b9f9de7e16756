import { StartError } from './exits.ts'
import { FLAGS, type Flag } from './flags.ts'
import { parseGoDuration } from './go-time.ts'
import type { NodeVersion } from './versions.ts'

export interface CommandLine {
  readonly command: 'run' | 'version' | 'help' | 'relay'
  readonly flags: ReadonlyMap<string, string>
}

const BY_NAME = new Map(FLAGS.map((flag) => [flag[0], flag]))
const BY_SHORT = new Map(FLAGS.flatMap((flag) => (flag[2] === '' ? [] : [[flag[2], flag] as const])))

function complaint([, type]: Flag, value: string): string | undefined {
  const parsing = (fn: string): string => `strconv.${fn}: parsing ${JSON.stringify(value)}: invalid syntax`
  if (type === 'bool') return /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value) ? undefined : parsing('ParseBool')
  if (type === 'int') return /^[+-]?\d+$/.test(value) ? undefined : parsing('ParseInt')
  if (type === 'uint' || type === 'uint32') return /^\d+$/.test(value) ? undefined : parsing('ParseUint')
  if (type !== 'duration') return undefined
  try {
    parseGoDuration(value)
    return undefined
  } catch (cause: unknown) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

function shown(flag: Flag): string {
  return flag[2] === '' ? `--${flag[0]}` : `-${flag[2]}, --${flag[0]}`
}

/** Reads the arguments the way the node does. @throws StartError with usage for anything it does not take */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const flags = new Map<string, string>()
  let command: CommandLine['command'] = 'run'
  const rest = [...args]
  const take = (flag: Flag, given: string | undefined, written: string): void => {
    const value = given ?? (flag[1] === 'bool' ? 'true' : rest.shift())
    if (value === undefined) throw new StartError(`flag needs an argument: ${written}`, true)
    const why = complaint(flag, value)
    if (why !== undefined) throw new StartError(`invalid argument ${JSON.stringify(value)} for "${shown(flag)}" flag: ${why}`, true)
    flags.set(flag[0], value)
  }
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg.startsWith('--') && arg.length > 2) {
      const cut = arg.indexOf('=')
      const name = arg.slice(2, cut < 0 ? undefined : cut)
      const flag = BY_NAME.get(name)
      if (flag === undefined) throw new StartError(`unknown flag: --${name}`, true)
      take(flag, cut < 0 ? undefined : arg.slice(cut + 1), `--${name}`)
    } else if (arg.startsWith('-') && arg.length > 1) {
      const letter = arg.slice(1, 2)
      const flag = BY_SHORT.get(letter)
      if (flag === undefined) throw new StartError(`unknown shorthand flag: '${letter}' in ${arg}`, true)
      take(flag, arg.length > 2 ? arg.slice(2).replace(/^=/, '') : undefined, `'${letter}' in ${arg}`)
    } else if (arg === 'version' || arg === 'relay' || arg === 'help') command = arg
    else throw new StartError(`unknown command ${JSON.stringify(arg)} for "node"`, true)
  }
  return { command: flags.get('help') === 'true' ? 'help' : command, flags }
}

const COMMANDS: readonly (readonly [string, string])[] = [
  ['completion', 'Generate the autocompletion script for the specified shell'],
  ['help', 'Help about any command'],
  ['relay', 'Run relay server'],
  ['version', 'Show version info'],
]

/** The usage text: the flags with type and default; our own, shorter, without the explanation of each flag. */
export function usageText(version: NodeVersion): string {
  const heads = FLAGS.map(
    ([name, type, short]) => `  ${short === '' ? '    ' : `-${short}, `}--${name}${type === 'bool' ? '' : ` ${type}`}`,
  )
  const width = Math.max(...heads.map((h) => h.length)) + 3
  const lines = FLAGS.map(([name, , , given], i) => {
    const value = name === 'db-connections' && !version.is18 ? '16' : given
    return `${(heads[i] ?? '').padEnd(width)}${value === '' ? '' : `(default ${value})`}`.trimEnd()
  })
  return [
    'Usage:',
    '  node [flags]',
    '  node [command]',
    '',
    'Available Commands:',
    ...COMMANDS.map(([name, what]) => `  ${name.padEnd(11)} ${what}`),
    '',
    'Flags:',
    ...lines,
    '',
    'Use "node [command] --help" for more information about a command.',
    '',
  ].join('\n')
}
