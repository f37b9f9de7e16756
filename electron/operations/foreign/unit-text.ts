import type { ProcessPlan } from '../../programs/index.ts'

// oxlint-disable-next-line no-control-regex -- that is what is looked for
const SPECIAL = /[\\"\x00-\x1f\x7f]/g
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\t': '\\t', '\r': '\\r' }

/** In double quotes, so that no space, quote, semicolon or control character means anything; `%` begins no specifier. */
const inQuotes = (text: string): string =>
  `"${text.replaceAll('%', '%%').replaceAll(SPECIAL, (char) => ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`

/**
 * One argument of an ExecStart line, to arrive at the program exactly as it is: `$` would begin a variable.
 * @source systemd.service(5) "Command lines", systemd.syntax(7) "Quoting"
 */
export const unitArgument = (text: string): string => {
  const word = /^[A-Za-z0-9_=+:,./@-]+$/.test(text) && !text.startsWith('@') ? text : inQuotes(text)
  return word.replaceAll('$', '$$$$')
}

/** The executable: specifiers are filled in it, variables are not. */
const unitExecutable = (file: string): string => (/^[A-Za-z0-9_+:,./-]+$/.test(file) ? file : inQuotes(file))

/** A setting that is a path and nothing else: quotes would belong to it. */
const plainPath = (text: string): string => text.replaceAll('%', '%%')

/** A path that such a setting cannot hold. */
export const isUnusable = (file: string): boolean =>
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  /[\x00-\x1f\x7f]/.test(file) || file !== file.trim() || file.endsWith('\\') || !file.startsWith('/')

export interface UnitTextInput {
  readonly description: string
  readonly program: Pick<ProcessPlan, 'file' | 'args' | 'env' | 'cwd' | 'logFile' | 'policy'>
}

/**
 * A unit of the user's systemd that runs exactly our command line. Only the program itself gets the gentle signal
 * (KillMode=process), and it is started again after a crash.
 */
export function unitText({ description, program }: UnitTextInput): string {
  const { file, args, env, cwd, logFile, policy } = program
  return [
    '# Written by Smeshkeeper when it handed this over. Its undo removes the file while it is as it was written.',
    '[Unit]',
    `Description=${plainPath(description.replaceAll(/\s+/g, ' '))}`,
    'StartLimitIntervalSec=600',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${[unitExecutable(file), ...args.map(unitArgument)].join(' ')}`,
    `WorkingDirectory=${plainPath(cwd)}`,
    ...Object.entries(env).map(([name, value]) => `Environment=${inQuotes(`${name}=${value}`)}`),
    'KillMode=process',
    'Restart=on-failure',
    'RestartSec=10',
    `TimeoutStopSec=${Math.max(30, Math.ceil(policy.stopWaitMs / 1000))}`,
    `StandardOutput=append:${plainPath(logFile)}`,
    `StandardError=append:${plainPath(logFile)}`,
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n')
}
