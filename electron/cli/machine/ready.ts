import type { ReadyReport } from '../../../shared/domain/readiness.ts'
import { moment } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { asSentence, EXIT, json, refuse, refusedWords, say } from '../keys/context.ts'
import type { KeysCli } from '../keys/context.ts'
import { withRunning } from './running.ts'

export const READY: VerbWords = { usage: 'ready [--json]', switches: ['json'], options: [], plain: 0 }

const MARKS = { pass: ' ', warn: '!', fail: '!', unknown: '?' } as const

/** What keeps something from being ready comes first, with what to do. */
export function readyLines(report: ReadyReport, now: number): string[] {
  const order = { fail: 0, warn: 1, unknown: 2, pass: 3 } as const
  const checks = report.checks.toSorted((a, b) => order[a.is] - order[b.is])
  return [
    report.sentence,
    `  The gap of epoch ${report.epoch} opens ${moment(report.gapOpensAt, now)} and closes ${moment(report.gapClosesAt, now)}.`,
    ...checks.map(({ is, text, fix }) => `${MARKS[is]} ${asSentence(text)}${fix === undefined ? '' : ` ${asSentence(fix)}`}`),
  ]
}

/** `ready`: looks now whether everything is ready for the next cycle gap. Exit 1 when something is not. */
export async function ready(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, READY)
  if (refused !== undefined) return refused
  return withRunning(cli, async (api) => {
    const checked = await api.ready.check()
    if (!checked.ok) return refuse(cli, words, 'Readiness was not checked', checked.fault)
    const report = checked.value
    if (words.has('json')) cli.out(json(report))
    else for (const line of readyLines(report, cli.now())) say(cli, line)
    return report.checks.every(({ is }) => is !== 'fail') && report.readyCount === report.identityCount ? EXIT.done : EXIT.failed
  })
}
