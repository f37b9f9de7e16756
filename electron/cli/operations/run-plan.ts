import type { Fault, Result } from '../../../shared/domain/fault.ts'
import type { OperationPlan, OperationView } from '../../../shared/domain/operation.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import type { Words } from '../arguments.ts'
import { asSentence, EXIT, json, refuse, say, warn, type KeysApi, type KeysCli } from '../keys/context.ts'
import { progressLine } from '../keys/progress.ts'
import { operationLines, planLines, progressText } from './plan-text.ts'

/** Shows a running operation and cancels it at the next safe point when the user asks to stop. */
export async function followed<T>(cli: KeysCli, api: KeysApi, job: () => Promise<T>): Promise<T> {
  const line = progressLine(cli)
  let running: string | undefined
  const offTopic = api.operations.onChanged(({ operations }) => {
    const view = operations.find(({ state }) => state === 'running' || state === 'rolling-back')
    if (view === undefined) return
    running = view.id
    line.show(progressText(view))
  })
  const offHit = cli.interrupts.onHit(() => {
    if (running !== undefined) void api.operations.cancel({ id: running })
  })
  try {
    return await job()
  } finally {
    offHit()
    offTopic()
    line.end()
  }
}

/** How the end of an operation is told. */
export function tellEnd(cli: KeysCli, words: Words, { what, ended }: { what: string; ended: Result<OperationView> }): number {
  if (!ended.ok) {
    const code = refuse(cli, words, what, ended.fault)
    if (ended.fault.code === 'operation/stopped' || ended.fault.code === 'operation/cancelled')
      warn(cli, '`smeshkeeper operations` shows how far it is; `finish ID` goes on, `roll-back ID` takes it back.')
    return code
  }
  if (words.has('json')) cli.out(json(ended.value))
  else for (const line of operationLines(ended.value, cli.now(), true)) say(cli, line)
  if (ended.value.startsNode === true && ended.value.state === 'done')
    warn(
      cli,
      `The node is not started. \`smeshkeeper operations start ${ended.value.id}\` starts it and looks at what it makes of its keys.`,
    )
  return EXIT.done
}

/** Plans, shows the plan, and with `--apply` runs it. Without it nothing is changed. */
export async function planAndRun(
  cli: KeysCli,
  api: KeysApi,
  words: Words,
  { request, passphrase }: { readonly request: ParsedPlanRequest; readonly passphrase?: string },
): Promise<number> {
  const planned = await api.operations.plan(request)
  if (!planned.ok) return refuse(cli, words, 'Nothing was planned', planned.fault)
  return runPlan(cli, api, words, { plan: planned.value, ...(passphrase === undefined ? {} : { passphrase }) })
}

export async function runPlan(
  cli: KeysCli,
  api: KeysApi,
  words: Words,
  { plan, passphrase }: { readonly plan: OperationPlan; readonly passphrase?: string },
): Promise<number> {
  if (words.has('json') && !words.has('apply')) cli.out(json(plan))
  if (!words.has('json')) for (const line of planLines(plan)) say(cli, line)
  if (plan.refusals.length > 0) return tellRefusals(cli, plan.refusals)
  if (!words.has('apply')) {
    if (!words.has('json')) for (const line of ['', 'Nothing was changed. --apply does it.']) say(cli, line)
    return EXIT.done
  }
  const ticked = await askAll(cli, words, plan)
  if (typeof ticked === 'number') return ticked
  const input = { plan: plan.id, ticked, acceptsPrice: words.has('now'), ...(passphrase === undefined ? {} : { passphrase }) }
  const ended = await followed(cli, api, () => api.operations.run(input))
  if (!ended.ok && ended.fault.code === 'operation/unsafe-now') warn(cli, 'Add --now to do it all the same.')
  return tellEnd(cli, words, { what: 'It did not come to its end', ended })
}

function tellRefusals(cli: KeysCli, refusals: readonly Fault[]): number {
  warn(cli, 'It cannot be done:')
  for (const { detail } of refusals) warn(cli, `  ${asSentence(detail)}`)
  return EXIT.failed
}

/** What only the user knows is asked one by one; `--yes` says yes to all of it. @returns the ticks, or an exit code */
async function askAll(cli: KeysCli, words: Words, { asks, title }: OperationPlan): Promise<string[] | number> {
  if (words.has('yes')) return asks.map(({ id }) => id)
  const questions = asks.length === 0 ? [{ id: '', text: `${title}.` }] : asks
  for (const { text } of questions) {
    warn(cli, text)
    if (!cli.terminal.canAsk) {
      warn(cli, 'Nothing was done. Add --yes to say so.')
      return EXIT.unconfirmed
    }
    const answer = await cli.terminal.ask('Is that so? [y/N] ', { isHidden: false })
    if (answer !== undefined && /^y(es)?$/i.test(answer.trim())) continue
    warn(cli, 'Nothing was done.')
    return answer === undefined ? EXIT.interrupted : EXIT.unconfirmed
  }
  return asks.map(({ id }) => id)
}
