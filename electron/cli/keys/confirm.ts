import type { DrawnCall } from '../../../shared/ipc/keys-contract.ts'
import type { Words } from '../arguments.ts'
import { EXIT, refuse, warn, type KeysApi, type KeysCli } from './context.ts'

/**
 * Asks the keeper's own question before a call that only the user may allow; here the terminal is what a dialog is
 * elsewhere. @returns `undefined` on a yes, else the exit code of what was told
 */
export async function declined(
  cli: KeysCli,
  api: KeysApi,
  words: Words,
  about: { readonly call: DrawnCall; readonly input: unknown; readonly what: string },
): Promise<number | undefined> {
  const question = await api.keys.question({ call: about.call, input: about.input })
  if (!question.ok) return refuse(cli, words, about.what, question.fault)
  const { message, detail, yes } = question.value
  warn(cli, message)
  for (const line of detail.split('\n').filter((line) => line !== '')) warn(cli, `  ${line}`)
  if (words.has('yes')) return undefined
  if (!cli.terminal.canAsk) {
    warn(cli, 'Nothing was done. Add --yes to do it.')
    return EXIT.unconfirmed
  }
  const answer = await cli.terminal.ask(`${yes}? [y/N] `, { isHidden: false })
  if (answer !== undefined && /^y(es)?$/i.test(answer.trim())) return undefined
  warn(cli, 'Nothing was done.')
  return answer === undefined ? EXIT.interrupted : EXIT.unconfirmed
}
