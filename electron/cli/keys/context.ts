import { fail, ok, type Fault, type Result } from '../../../shared/domain/fault.ts'
import { contract } from '../../../shared/ipc/contract.ts'
import type { Api } from '../../../shared/ipc/define.ts'
import { apiOver, connectKeeper, type KeeperLink } from '../../ipc/index.ts'
import { misfit, type VerbWords, type Words } from '../arguments.ts'
import type { Host } from '../run.ts'
import { safe } from '../text.ts'
import type { Cli } from '../verbs.ts'
import type { Interrupts } from './interrupts.ts'
import type { Terminal } from './terminal.ts'

export type KeysApi = Api<typeof contract>

/** A keeper that answers: one that ran already, or a quiet one in this process. */
export interface OpenKeeper {
  readonly link: KeeperLink
  close(): Promise<void>
}
type OpenFault = 'no-keeper' | 'not-running' | 'other-version' | 'host/unavailable'

/** What the verbs about keys need beside the rest. */
export interface KeysCli extends Cli {
  readonly terminal: Terminal
  readonly interrupts: Interrupts
  /** Relative paths of the user's are made whole here: the keeper may live in another folder. */
  readonly folder: string
  readonly env: Record<string, string | undefined>
  readonly now: () => number
  open(): Promise<Result<OpenKeeper, OpenFault>>
  /** The keeper that runs, and none else: what goes on for hours would end with a quiet one. */
  connect(): Promise<Result<OpenKeeper, OpenFault>>
}

/** Exit codes of the verbs about keys; see docs/cli.md. */
export const EXIT = {
  done: 0,
  failed: 1,
  unconfirmed: 2,
  notReached: 3,
  noKeeper: 4,
  busy: 5,
  usage: 64,
  bug: 70,
  interrupted: 130,
} as const

const HELD_TRIES = 50
const HELD_PAUSE_MS = 200

/** Asks the running keeper, else hosts a quiet one: it starts and watches nothing and ends with the verb. */
export async function openKeeper(
  home: { readonly socket: string },
  version: string,
  host: () => ReturnType<Host>,
): Promise<Result<OpenKeeper, OpenFault>> {
  for (let tries = 0; ; tries += 1) {
    const remote = await connectKeeper(home.socket, version)
    if (remote.ok) {
      const { value } = remote
      return ok({ link: value, close: () => Promise.resolve(value.close()) })
    }
    if (remote.fault.code === 'other-version') return remote
    const hosted = await host()
    if (hosted.ok) return ok({ link: hosted.value.link, close: () => hosted.value.close('leave-running') })
    if (hosted.fault.code === 'host/unavailable') return fail('host/unavailable', hosted.fault.detail)
    // Somebody holds the lock and does not answer yet: he is starting or ending.
    if (tries >= HELD_TRIES) return fail('no-keeper', 'a keeper holds this home and does not answer')
    await new Promise((resolve) => setTimeout(resolve, HELD_PAUSE_MS))
  }
}

/** The keeper that runs here. */
export async function runningKeeper(home: { readonly socket: string }, version: string): Promise<Result<OpenKeeper, OpenFault>> {
  const remote = await connectKeeper(home.socket, version)
  if (remote.ok) return ok({ link: remote.value, close: () => Promise.resolve(remote.value.close()) })
  return remote.fault.code === 'no-keeper' ? fail('not-running', remote.fault.detail) : remote
}

/** Does a verb's work with a keeper, and lets it go afterwards. */
export async function withKeeper(
  cli: KeysCli,
  work: (api: KeysApi) => Promise<number>,
  open: KeysCli['open'] = () => cli.open(),
): Promise<number> {
  const keeper = await open()
  if (!keeper.ok) {
    cli.err(safe(OPEN_WORDS[keeper.fault.code](keeper.fault.detail)))
    return EXIT.noKeeper
  }
  let offHit = (): void => {}
  // Ctrl-C while nothing long goes on: there is nothing to wait for.
  const stopped = new Promise<number>((resolve) => {
    offHit = cli.interrupts.onHit(() => resolve(EXIT.interrupted))
  })
  try {
    return await Promise.race([work(apiOver(contract, keeper.value.link)), stopped])
  } finally {
    offHit()
    await keeper.value.close()
  }
}

const OPEN_WORDS: Readonly<Record<OpenFault, (detail: string) => string>> = {
  'no-keeper': (detail) => `The keeper of this machine does not answer: ${detail}. Try again, or end it and start it anew.`,
  'not-running': () => 'No keeper is running here. Start the app, or `smeshkeeper run`.',
  'other-version': (detail) => `The running keeper is another version: ${detail}. Restart it or use its own program.`,
  'host/unavailable': (detail) => `Smeshkeeper's own folder cannot be used: ${detail}. SMESHKEEPER_HOME moves it.`,
}

/** Shows what is wrong with the words; `undefined` when nothing is. */
export function refusedWords(cli: Cli, words: Words, verb: VerbWords): number | undefined {
  const why = misfit(words, verb)
  return why === undefined ? undefined : refuseUse(cli, why, verb)
}

export function refuseUse(cli: Cli, why: string, verb: VerbWords): number {
  cli.err(`${why}\n${verb.usage}`)
  return EXIT.usage
}

/** Characters that could command a terminal, written as JSON writes them: the value stays what it is. */
// oxlint-disable-next-line no-control-regex
const LOUD = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

export const json = (value: unknown): string =>
  JSON.stringify(value).replaceAll(LOUD, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

const WAIT = 'Wait until it is done, or cancel it where it was begun.'

/** What to do about a fault, where its own words do not say. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['scan/busy', WAIT],
  ['backup/busy', WAIT],
  ['backup/nothing', '`smeshkeeper scan` looks for keys.'],
])

function exitOf(code: string): number {
  if (code.endsWith('/busy')) return EXIT.busy
  if (code === 'no-keeper') return EXIT.noKeeper
  if (code.endsWith('/cancelled')) return EXIT.interrupted
  if (code === 'internal') return EXIT.bug
  return code === 'bad-arguments' ? EXIT.usage : EXIT.failed
}

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

/** Tells why it did not work: a sentence on stderr, with `--json` the stable code on stdout too. @returns the exit code */
export function refuse(cli: Cli, words: Words, what: string, fault: Fault): number {
  const advice = ADVICE.get(fault.code)
  const text = safe(`${what}: ${sentence(fault.detail)}${advice === undefined ? '' : ` ${advice}`}`)
  cli.err(text)
  if (words.has('json')) cli.out(json({ fault: { code: fault.code, sentence: text } }))
  return exitOf(fault.code)
}

/** A line for the user that may hold names and paths of others. */
export const say = (cli: Cli, line: string): void => cli.out(safe(line))
export const warn = (cli: Cli, line: string): void => cli.err(safe(line))
export { sentence as asSentence }
