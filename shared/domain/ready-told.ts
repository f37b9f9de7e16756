import type { ReadyCheck, ReadyReport } from './readiness.ts'
import type { Alarm, AlarmCode } from './status.ts'

/** What the card of a look before the gap says beside the alarms of the same page. */
export interface ReadyTold {
  /** Bad only for what no alarm tells already. */
  readonly tone: 'bad' | 'info' | 'ok'
  readonly sentence: string
  /** What did not pass; `isTold`: an alarm says the same of the same identity. */
  readonly open: readonly { readonly check: ReadyCheck; readonly isTold: boolean }[]
}

/** Check → alarms of the same cause. Nothing of an identity can be whole or start while its drive is away. */
const ALARMS_OF: Readonly<Record<string, readonly AlarmCode[]>> = {
  volume: ['drive-gone'],
  files: ['data-incomplete', 'drive-gone'],
  service: ['service-down', 'service-not-connected', 'drive-gone'],
  key: ['banned', 'twin-suspected', 'key-held', 'service-not-connected'],
  sync: ['node-down', 'node-start-failed', 'api-lost', 'node-out-of-sync'],
  clock: ['clock-off'],
  space: ['disk-low'],
  backup: ['backup'],
}

/** The count without the causes: `Not ready for Sunday: 6 of 7.` */
const headOf = (sentence: string): string => (sentence.includes('. ') ? sentence.slice(0, sentence.indexOf('. ') + 1) : sentence)

/**
 * Folds the card into the alarms: a cause is told loudly once. The causes leave the card's sentence only when the alarm that
 * stands open tells one of them and the others tell the rest; the checks and their fixes stay in its list.
 *
 * @param alarms those that the page shows above the card; the first stands open, the others behind "more"
 */
export function readyTold({ sentence, checks }: Pick<ReadyReport, 'sentence' | 'checks'>, alarms: readonly Alarm[]): ReadyTold {
  const alarmsOf = ({ key, identity }: ReadyCheck): readonly Alarm[] =>
    alarms.filter((alarm) => alarm.identity === identity && ALARMS_OF[key]?.some((code) => code === alarm.code) === true)
  const open = checks.filter(({ is }) => is !== 'pass').map((check) => ({ check, told: alarmsOf(check) }))
  const failed = open.filter(({ check }) => check.is === 'fail')
  const isAllTold = failed.length > 0 && failed.every(({ told }) => told.length > 0)
  const causes = new Set(failed.flatMap(({ told }) => told.slice(0, 1)))
  const isFolded = isAllTold && failed.some(({ told }) => told.some((alarm) => alarm === alarms[0]))
  const why = causes.size === 1 ? 'The alarm above says why.' : 'The alarms above say why.'
  return {
    tone: failed.length > 0 && !isAllTold ? 'bad' : open.length > 0 ? 'info' : 'ok',
    sentence: isFolded ? `${headOf(sentence)} ${why}` : sentence,
    open: open.map(({ check, told }) => ({ check, isTold: told.length > 0 })),
  }
}
