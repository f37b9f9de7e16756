import { access } from 'node:fs/promises'
import path from 'node:path'
import type { BackupState, DrillResult } from '../../../shared/domain/backup.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { asSentence, EXIT, json, refuse, refusedWords, say, withKeeper, type KeysCli } from './context.ts'
import { newestOf } from './known.ts'
import { watchedJob } from './progress.ts'
import { openingSecret, SECRET_OPTIONS, SECRET_SWITCHES, SECRET_USAGE } from './secrets.ts'

export const DRILL: VerbWords = {
  usage: `drill [FILE | ID] ${SECRET_USAGE} [--json]`,
  switches: ['json', ...SECRET_SWITCHES],
  options: SECRET_OPTIONS,
  plain: 1,
}

type Target = { readonly id: string } | { readonly file: string }

/** A name of the list, else a file; without a word the newest backup. */
function targetOf(cli: KeysCli, word: string | undefined, { entries }: BackupState): Target | undefined {
  const listed = word === undefined ? newestOf(entries, ({ madeAt }) => madeAt) : entries.find(({ id }) => id === word)
  if (listed !== undefined) return { id: listed.id }
  if (word === undefined) return undefined
  const file = path.resolve(cli.folder, word)
  const entry = entries.find((one) => one.file === file)
  return entry === undefined ? { file } : { id: entry.id }
}

/** Without holding up Ctrl-C: the file may lie on a drive that does not answer. */
const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

const EXITS: Readonly<Record<DrillResult['is'], number>> = { passed: EXIT.done, failed: EXIT.failed, 'not-reached': EXIT.notReached }
const HEADS: Readonly<Record<DrillResult['is'], string>> = {
  passed: 'Passed',
  failed: 'FAILED',
  'not-reached': 'Not done',
}

/** `drill`: opens a backup as on the day it is needed, and compares its keys with those that are here. */
export async function drill(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, DRILL)
  if (refused !== undefined) return refused
  return withKeeper(cli, async (api) => {
    const what = 'The drill was not done'
    const state = await api.backup.state()
    if (!state.ok) return refuse(cli, words, what, state.fault)
    const target = targetOf(cli, words.plain[0], state.value)
    if (target === undefined) {
      const fault = {
        code: 'backup/not-there',
        detail: 'there is no backup yet; make one with `smeshkeeper backup`',
        retry: 'user',
      } as const
      refuse(cli, words, what, fault)
      return EXIT.notReached
    }
    if ('file' in target && !(await isThere(target.file))) {
      refuse(cli, words, what, { code: 'backup/not-there', detail: `${target.file} is not there`, retry: 'user' })
      return EXIT.notReached
    }
    const secret = await openingSecret(cli, words, state.value.settings.isRemembered)
    if (!secret.ok) return secret.code
    const done = await watchedJob(cli, api, () => api.backup.drill({ ...target, secret: secret.value }))
    if (!done.ok) {
      const code = refuse(cli, words, what, done.fault)
      return done.fault.code === 'backup/not-there' ? EXIT.notReached : code
    }
    const result = done.value
    if (words.has('json')) cli.out(json({ ...target, ...result }))
    else say(cli, `${HEADS[result.is]}: ${asSentence(result.sentence)}`)
    return EXITS[result.is]
  })
}
