import path from 'node:path'
import type { RestoreItem, RestorePlan, RestoreReport } from '../../../shared/domain/backup.ts'
import { bytes, moment, plural } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { declined } from './confirm.ts'
import { asSentence, EXIT, json, refuse, refusedWords, refuseUse, say, warn, withKeeper, type KeysApi, type KeysCli } from './context.ts'
import { watchedJob } from './progress.ts'
import { openingSecret, SECRET_OPTIONS, SECRET_SWITCHES, SECRET_USAGE } from './secrets.ts'

export const RESTORE: VerbWords = {
  usage: `restore FILE [--apply [--item ID]… [--yes]] ${SECRET_USAGE} [--json]`,
  switches: ['json', 'apply', 'yes', ...SECRET_SWITCHES],
  options: ['item', ...SECRET_OPTIONS],
  repeated: ['item'],
  plain: 1,
}

const MARKS: Readonly<Record<RestoreItem['is'], string>> = {
  missing: 'comes back',
  same: 'is here',
  differs: 'stays',
  refused: 'refused',
}

function itemLines({ id, is, name, bytes: size, target, sentence, holdUntil }: RestoreItem, now: number): string[] {
  const hold = holdUntil === undefined ? '' : ` Held until ${moment(holdUntil, now)}.`
  return [
    `  ${MARKS[is].padEnd(11)} ${name} (${id}, ${bytes(size)})`,
    `              ${target}`,
    `              ${asSentence(sentence)}${hold}`,
  ]
}

function planLines({ file, madeAt, madeBy, items, risks }: RestorePlan, now: number): string[] {
  return [
    `${file}, made ${new Date(madeAt).toISOString().slice(0, 16).replace('T', ' ')} UTC by ${madeBy}.`,
    ...risks.map((risk) => `! ${asSentence(risk)}`),
    ...items.flatMap((item) => itemLines(item, now)),
  ]
}

/** Without the token: it is the keeper's and soon forgotten. */
const planJson = ({ file, madeAt, madeBy, risks, items }: RestorePlan) => ({ file, madeAt, madeBy, risks, items })

/** What is to come back: the named items, else everything that is missing here. */
function chosenItems(words: Words, plan: RestorePlan): { readonly ids: readonly string[] } | { readonly why: string } {
  const named = words.values('item')
  if (named.length === 0) return { ids: plan.items.filter(({ is }) => is === 'missing').map(({ id }) => id) }
  const byId = new Map(plan.items.map((item) => [item.id, item]))
  if (!named.every((id) => byId.has(id))) return { why: 'An item of that name is not in this backup; the plan names them all.' }
  const other = named.map((id) => byId.get(id)).find((item) => item !== undefined && item.is !== 'missing' && item.is !== 'same')
  if (other !== undefined) return { why: `${other.name} (${other.id}) does not come back: ${asSentence(other.sentence)}` }
  return { ids: [...new Set(named)].filter((id) => byId.get(id)?.is === 'missing') }
}

function tellReport(cli: KeysCli, words: Words, plan: RestorePlan, report: RestoreReport): number {
  if (words.has('json')) cli.out(json({ ...planJson(plan), report }))
  else {
    for (const { sentence } of report.done) say(cli, asSentence(sentence))
    for (const { sentence } of report.refused) say(cli, `! ${asSentence(sentence)}`)
  }
  return report.refused.length === 0 ? EXIT.done : EXIT.failed
}

async function apply(cli: KeysCli, api: KeysApi, words: Words, plan: RestorePlan): Promise<number> {
  const what = 'Nothing was restored'
  const chosen = chosenItems(words, plan)
  if ('why' in chosen) {
    warn(cli, `${what}: ${chosen.why}`)
    return EXIT.failed
  }
  if (chosen.ids.length === 0) {
    if (!words.has('json')) say(cli, 'Nothing that could come back is missing here.')
    return tellReport(cli, words, plan, { done: [], refused: [] })
  }
  const input = { token: plan.token, items: [...chosen.ids] }
  const stop = await declined(cli, api, words, { call: 'backup.restore', input, what })
  if (stop !== undefined) return stop
  const done = await watchedJob(cli, api, () => api.backup.restore(input))
  if (!done.ok) return refuse(cli, words, what, done.fault)
  return tellReport(cli, words, plan, done.value)
}

/** `restore FILE`: what would come back and what stays; with `--apply` it does, and never overwrites. */
export async function restore(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, RESTORE)
  if (refused !== undefined) return refused
  const [name] = words.plain
  if (name === undefined) return refuseUse(cli, 'Which backup?', RESTORE)
  const isApplied = words.has('apply')
  if (!isApplied && (words.has('item') || words.has('yes'))) return refuseUse(cli, '--item and --yes go with --apply.', RESTORE)
  return withKeeper(cli, async (api) => {
    const state = await api.backup.state()
    if (!state.ok) return refuse(cli, words, 'The backup was not opened', state.fault)
    const secret = await openingSecret(cli, words, state.value.settings.isRemembered)
    if (!secret.ok) return secret.code
    const file = path.resolve(cli.folder, name)
    const opened = await watchedJob(cli, api, () => api.backup.open({ file, secret: secret.value }))
    if (!opened.ok) return refuse(cli, words, 'The backup was not opened', opened.fault)
    const plan = opened.value
    if (!words.has('json')) for (const line of planLines(plan, cli.now())) say(cli, line)
    if (isApplied) return apply(cli, api, words, plan)
    const missing = plan.items.filter(({ is }) => is === 'missing').length
    if (words.has('json')) cli.out(json(planJson(plan)))
    else
      say(
        cli,
        missing === 0
          ? 'Nothing that could come back is missing here.'
          : `Nothing was changed. --apply brings back ${plural(missing, 'item')}.`,
      )
    return EXIT.done
  })
}
