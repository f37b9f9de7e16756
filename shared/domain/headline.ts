import type { Judged } from './alarms.ts'
import type { NodeVerdict } from './node-verdict.ts'
import { FINE_KINDS } from './status.ts'
import { plural } from './words.ts'

/** Kinds that need the user, or something that only the user can do. */
const needsUser = ({ status }: Judged): boolean =>
  !FINE_KINDS.includes(status.kind) && status.kind !== 'unknown' && status.kind !== 'held' && status.kind !== 'stopped'

function names(some: readonly Judged[], one: string, many: string): string {
  const [first, second] = some
  if (first === undefined) return ''
  if (some.length === 1) return ` ${first.view.name} ${one}.`
  if (some.length === 2 && second !== undefined) return ` ${first.view.name} and ${second.view.name} ${many}.`
  return ` ${some.length} ${many}.`
}

/** The answer in one sentence: "5 of 7 on time. Basalt is tight, Fjord needs you." */
export function headlineOf(verdict: NodeVerdict, judged: readonly Judged[]): string {
  if (judged.length === 0) return verdict.sentence
  const pick = (test: (one: Judged) => boolean): readonly Judged[] => judged.filter(test)
  const user = pick(needsUser)
  const silent = pick(({ status }) => status.kind === 'unknown')
  const fine = pick(({ status }) => FINE_KINDS.includes(status.kind))
  const tight = fine.filter(({ status }) => status.timing === 'tight')
  const late = fine.filter(({ status }) => status.timing === 'late')
  const lost = fine.filter(({ status }) => status.timing === 'lost')
  const onTime = fine.filter(({ status }) => status.timing === 'on-time')
  const quiet = fine.filter(({ status }) => status.timing === 'unknown')
  const total = judged.length
  if (silent.length === total)
    return total === 1
      ? `${judged[0]?.view.name ?? ''}: unknown. ${verdict.sentence}`
      : `None of ${total} identities can be judged. ${verdict.sentence}`
  const open = fine.length - quiet.length
  const first =
    open === 0 && quiet.length === total
      ? `${plural(total, 'identity', 'identities')}, nothing needs you.`
      : onTime.length > 0 || open > 0
        ? `${onTime.length} of ${total} on time${quiet.length > 0 ? `, ${quiet.length} waiting or unmeasured` : ''}.`
        : `${plural(quiet.length, 'identity', 'identities')} of ${total} waiting.`
  const rest = [
    names(tight, 'is tight', 'are tight'),
    names(late, 'will be late', 'will be late'),
    names(lost, 'cannot make this epoch', 'cannot make this epoch'),
    names(user, 'needs you', 'need you'),
    names(silent, 'is unknown', 'are unknown'),
  ].join('')
  return `${first}${rest}`
}
