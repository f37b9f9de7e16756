import type { Leftover } from '../../../shared/domain/operation.ts'
import { bytes, moment } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { declined } from '../keys/confirm.ts'
import { EXIT, json, refuse, refusedWords, refuseUse, say, warn, type KeysApi, type KeysCli } from '../keys/context.ts'

/** The forms of `operations` that are about data that was left behind. */
export const LEFTOVER_FORMS: Readonly<Record<'leftovers' | 'remove', VerbWords>> = {
  leftovers: { usage: 'operations leftovers [--json]', switches: ['json'], options: [], plain: 1 },
  remove: { usage: 'operations remove ID --typed LAST-8 [--yes] [--json]', switches: ['json', 'yes'], options: ['typed'], plain: 2 },
}

const KINDS: Readonly<Record<Leftover['kind'], string>> = { 'moved-source': 'moved', 'retired-data': 'retired' }

const linesOf = ({ operation, kind, name, folder, bytes: size, since, may, why }: Leftover, now: number): readonly string[] => [
  `${operation}  ${name}, ${KINDS[kind]} ${moment(since, now)}${size > 0 ? `: ${bytes(size)}` : ''}`,
  `  ${folder}`,
  `  ${may ? 'may go' : 'stays '}  ${why}`,
]

/** `operations leftovers`: PoS data that moves and retirements left where it was. */
export async function leftovers(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, LEFTOVER_FORMS.leftovers)
  if (refused !== undefined) return refused
  const listed = await api.operations.leftovers()
  if (!listed.ok) return refuse(cli, words, 'They cannot be listed', listed.fault)
  if (words.has('json')) cli.out(json(listed.value))
  else {
    for (const one of listed.value) for (const line of linesOf(one, cli.now())) say(cli, line)
    if (listed.value.length === 0) say(cli, 'No operation left PoS data behind.')
  }
  return EXIT.done
}

/** `operations remove ID`: asks the keeper's question, then removes what that operation left behind. */
export async function removeLeftover(cli: KeysCli, api: KeysApi, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, LEFTOVER_FORMS.remove)
  if (refused !== undefined) return refused
  const operation = words.plain[1]
  if (operation === undefined)
    return refuseUse(cli, 'Left by which operation? `smeshkeeper operations leftovers` lists them.', LEFTOVER_FORMS.remove)
  const what = 'Nothing was removed'
  const listed = await api.operations.leftovers()
  if (!listed.ok) return refuse(cli, words, what, listed.fault)
  const one = listed.value.find((each) => each.operation === operation)
  if (one === undefined)
    return refuse(cli, words, what, { code: 'operation/unknown', detail: 'this operation left no PoS data', retry: 'never' })
  if (!one.may) return refuse(cli, words, what, { code: 'operation/refused', detail: one.why, retry: 'user' })
  const typed = words.value('typed') ?? (await askTyped(cli, one))
  if (typeof typed === 'number') return typed
  const stop = await declined(cli, api, words, { call: 'operations.removeLeftover', input: { operation, typed }, what })
  if (stop !== undefined) return stop
  const removed = await api.operations.removeLeftover({ operation, typed })
  if (!removed.ok) {
    const isHalf = removed.fault.code === 'operation/not-removed'
    const code = refuse(cli, words, isHalf ? 'It was not removed, or not all of it' : what, removed.fault)
    return removed.fault.code === 'operation/not-typed' ? EXIT.unconfirmed : code
  }
  if (words.has('json')) cli.out(json({ operation, ...removed.value }))
  else say(cli, removed.value.text)
  return EXIT.done
}

/** A yes is not enough for what cannot be undone. @returns what was typed, or an exit code */
async function askTyped(cli: KeysCli, { name, folder }: Leftover): Promise<string | number> {
  warn(cli, `The data of ${name} in ${folder} is going to be removed for good.`)
  if (!cli.terminal.canAsk) {
    warn(cli, 'Nothing was removed. Add --typed with the last eight characters of its id.')
    return EXIT.unconfirmed
  }
  const typed = await cli.terminal.ask('The last eight characters of its id (hex): ', { isHidden: false })
  return typed?.trim() ?? EXIT.interrupted
}
