import { fail, ok, type Result } from '../../../../shared/domain/fault.ts'
import { readWords } from '../../../../electron/cli/arguments.ts'
import type { KeysCli } from '../../../../electron/cli/keys/context.ts'
import { createInterrupts } from '../../../../electron/cli/keys/interrupts.ts'
import type { KeeperLink } from '../../../../electron/ipc/index.ts'
import { homeAt } from '../../../../electron/lib/home.ts'
import { aBackupState } from '../../../builders/backup.ts'
import { aSnapshot, NOW } from '../../../builders/snapshot.ts'
import { BACKUP } from '../../../../electron/cli/keys/backup.ts'
import { DRILL } from '../../../../electron/cli/keys/drill.ts'
import { IDENTITIES } from '../../../../electron/cli/keys/identities.ts'
import { RESTORE } from '../../../../electron/cli/keys/restore.ts'
import { SCAN } from '../../../../electron/cli/keys/scan.ts'

type Answer = Result<unknown> | ((input: unknown) => Result<unknown> | Promise<Result<unknown>>)

export interface FakeCli {
  readonly cli: KeysCli
  readonly calls: readonly { readonly name: string; readonly input: unknown }[]
  readonly out: readonly string[]
  readonly err: readonly string[]
  /** Questions that were asked on the terminal, and what was drawn. */
  readonly shown: readonly string[]
  readonly isClosed: () => boolean
  readonly isEnded: () => boolean
  answer(name: string, answer: Answer): void
  publish(topic: string, value: unknown): void
  inputOf(name: string): unknown
}

const defaults: Readonly<Record<string, Answer>> = {
  'app.snapshot': ok(aSnapshot()),
  'setup.read': ok({ setup: undefined, path: '/home/me/setup.json', problems: [] }),
  'scan.state': ok({ is: 'never' }),
  'scan.begin': ok(undefined),
  'scan.cancel': ok(undefined),
  'backup.cancel': ok(undefined),
  'backup.state': ok(aBackupState({ entries: [] })),
  'keys.conflicts': ok([]),
  'keys.blindSpots': ok([]),
  'keys.held': ok([]),
  'operations.state': ok({ operations: [], problems: [] }),
  'operations.quarantine': ok([]),
  'operations.leftovers': ok([]),
  'keys.question': ok({ message: 'Do it?', detail: 'It has a price.', yes: 'Do it' }),
}

/** A keeper that answers as it is told, and a user who types `typed` line by line; without it there is no terminal. */
export function fakeCli(
  options: { readonly typed?: readonly (string | undefined)[]; readonly env?: Record<string, string> } = {},
): FakeCli {
  const answers = new Map<string, Answer>(Object.entries(defaults))
  const listeners = new Set<(name: string, value: unknown) => void>()
  const calls: { name: string; input: unknown }[] = []
  const [out, err, shown]: [string[], string[], string[]] = [[], [], []]
  const typed = [...(options.typed ?? [])]
  let isClosed = false
  let isEnded = false
  const link: KeeperLink = {
    async call(name, input) {
      calls.push({ name, input })
      const answer = answers.get(name) ?? fail('internal', `${name} is not answered in this test`)
      return typeof answer === 'function' ? answer(input) : answer
    },
    onTopic(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const hasTerminal = options.typed !== undefined
  const cli: KeysCli = {
    home: homeAt('/home/me/.local/share/smeshkeeper'),
    version: '0.0.0',
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    interrupts: createInterrupts(() => (isEnded = true)),
    terminal: {
      canAsk: hasTerminal,
      isSeen: hasTerminal,
      columns: 80,
      write: (text) => void shown.push(text),
      ask(question) {
        shown.push(question)
        return Promise.resolve(typed.shift())
      },
    },
    folder: '/home/me',
    env: { ...options.env },
    now: () => NOW,
    connect: () => Promise.resolve(ok({ link, close: () => Promise.resolve(void (isClosed = true)) })),
    open: () => Promise.resolve(ok({ link, close: () => Promise.resolve(void (isClosed = true)) })),
  }
  return {
    cli,
    calls,
    out,
    err,
    shown,
    isClosed: () => isClosed,
    isEnded: () => isEnded,
    answer: (name, answer) => void answers.set(name, answer),
    publish: (topic, value) => {
      for (const listener of listeners) listener(topic, value)
    },
    inputOf: (name) => calls.findLast((call) => call.name === name)?.input,
  }
}

const OPTIONS = [SCAN, IDENTITIES, BACKUP, DRILL, RESTORE].flatMap(({ options }) => options)

/** As the command line has them. */
export const wordsOf = (...argv: readonly string[]) => readWords(argv, OPTIONS)
