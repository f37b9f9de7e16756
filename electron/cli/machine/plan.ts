import { otherWays, planOf, withChanges, type PlanDraft, type PlanInputs, type PlanOutcome } from '../../../shared/domain/planner/index.ts'
import { clockTime, duration, moment, plural } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import {
  asSentence,
  EXIT,
  json,
  refuse,
  refusedWords,
  refuseUse,
  say,
  warn,
  withKeeper,
  type KeysApi,
  type KeysCli,
} from '../keys/context.ts'
import { identityNamed } from '../keys/names.ts'

export const PLAN: VerbWords = {
  usage: 'plan [--nonces NAME=N]… [--threads NAME=N]… [--max-provers N|memory] [--slower PERCENT] [--apply] [--json]',
  switches: ['json', 'apply'],
  options: ['nonces', 'threads', 'max-provers', 'slower'],
  repeated: ['nonces', 'threads'],
  plain: 0,
}

type Changed = Readonly<Record<string, { readonly nonces?: number; readonly threads?: number }>>

const whole = (text: string, least: number, most: number): number | undefined => {
  const value = Number(text)
  return Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined
}

/** `NAME=N` of `--nonces` and `--threads`, by identity; a sentence when one cannot be read. */
function changedOf(words: Words, inputs: PlanInputs): Changed | string {
  const known = inputs.identities.map(({ id, name }) => ({ id, nickname: name }))
  const changed: Record<string, { nonces?: number; threads?: number }> = {}
  for (const what of ['nonces', 'threads'] as const)
    for (const text of words.values(what)) {
      const at = text.lastIndexOf('=')
      const id = at < 1 ? undefined : identityNamed(text.slice(0, at), known)
      const value = what === 'nonces' ? whole(text.slice(at + 1), 16, 4096) : whole(text.slice(at + 1), 1, 1024)
      if (id === undefined) return `--${what} names an identity and a number, as in Amber=128.`
      if (value === undefined || (what === 'nonces' && value % 16 !== 0))
        return what === 'nonces' ? 'Nonces are a multiple of 16, up to 4096.' : 'Threads are a whole number.'
      changed[id] = { ...changed[id], [what]: value }
    }
  return changed
}

function draftOf(words: Words, inputs: PlanInputs): PlanDraft | string {
  const identities = changedOf(words, inputs)
  if (typeof identities === 'string') return identities
  const [provers, slower] = [words.value('max-provers'), words.value('slower')]
  const maxProvers = provers === undefined ? undefined : provers === 'memory' ? null : whole(provers, 1, 1000)
  if (provers !== undefined && maxProvers === undefined) return '--max-provers is a whole number, or the word memory.'
  const slowerPercent = slower === undefined ? undefined : whole(slower, 0, 90)
  if (slower !== undefined && slowerPercent === undefined) return '--slower is a share in percent, up to 90.'
  return {
    identities,
    ...(maxProvers === undefined ? {} : { maxProvers }),
    ...(slowerPercent === undefined ? {} : { slowerPercent }),
  }
}

/** Simulated gaps give no certainty. */
const odds = (chance: number): string => (chance > 0.999 ? 'over 99.9 %' : `${(Math.floor(chance * 1000) / 10).toFixed(1)} %`)

export function outcomeLines(inputs: PlanInputs, outcome: PlanOutcome): string[] {
  const { identities, last, lostUnits, totalUnits, assumed, provers } = outcome
  if (identities.length === 0) return ['No identity has PoS data here: there is nothing to plan.']
  const names = new Map(inputs.identities.map(({ id, name }) => [id, name]))
  const disks = new Map(inputs.disks.map(({ id, label }) => [id, label]))
  return [
    `All ${plural(identities.length, 'proof')} in time for the gap: ${odds(outcome.chance)}; before the publish end: ${odds(outcome.publishChance)}.`,
    `  The gap opens ${moment(inputs.gapOpensAt, inputs.at)} and closes ${moment(inputs.gapClosesAt, inputs.at)}; the last proof is done ${clockTime(last.p5)}–${clockTime(last.p95)}.`,
    `  ${plural(provers.most, 'prover')} at once, memory allows ${provers.allowed}. Expected loss: ${lostUnits.gap.toFixed(2)} of ${totalUnits} Space Units a gap.`,
    ...identities
      .toSorted((a, b) => a.place - b.place)
      .map(
        ({ identity, disk, place, chance, finish, powMs, passMs, limitedBy }) =>
          `${chance < 0.95 ? '!' : ' '} ${place}. ${names.get(identity) ?? identity} on ${disks.get(disk) ?? disk}: ${odds(chance)}, done ${clockTime(finish.p5)}–${clockTime(finish.p95)}` +
          ` (proof of work ${duration(powMs)}, a pass ${duration(passMs)}, held back by the ${limitedBy === 'disk' ? 'disk' : 'processor'})`,
      ),
    ...assumed.map((sentence) => `? ${asSentence(sentence)}`),
  ]
}

async function apply(cli: KeysCli, api: KeysApi, words: Words, draft: PlanDraft): Promise<number> {
  const identities = Object.entries(draft.identities ?? {}).map(([identity, more]) => ({ identity, ...more }))
  const used = await api.plan.use({ identities, ...(draft.maxProvers === undefined ? {} : { maxProvers: draft.maxProvers }) })
  if (!used.ok) return refuse(cli, words, 'Nothing was changed', used.fault)
  if (!words.has('json')) say(cli, 'It stands in the set-up. A service that proves keeps its own until it is restarted.')
  return EXIT.done
}

/** `plan`: whether every proof fits into the next gap, with what would change it. Exit 1 below 95 %. */
export async function plan(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, PLAN)
  if (refused !== undefined) return refused
  return withKeeper(cli, async (api) => {
    const asked = await api.plan.inputs()
    if (!asked.ok) return refuse(cli, words, 'Nothing can be planned', asked.fault)
    const draft = draftOf(words, asked.value)
    if (typeof draft === 'string') return refuseUse(cli, draft, PLAN)
    if (words.has('apply') && words.has('slower')) return refuseUse(cli, '--slower is a question, not a setting.', PLAN)
    const inputs = withChanges(asked.value, draft)
    const outcome = planOf(inputs)
    if (words.has('json')) cli.out(json(outcome))
    else {
      for (const line of outcomeLines(inputs, outcome)) say(cli, line)
      if (outcome.chance < 0.95)
        for (const way of otherWays(asked.value, draft))
          warn(cli, `Another way: ${asSentence(way.text)} ${odds(way.chance)}, at the price of ${asSentence(way.costs)}`)
    }
    if (words.has('apply')) return apply(cli, api, words, draft)
    return outcome.identities.length === 0 || outcome.chance >= 0.95 ? EXIT.done : EXIT.failed
  })
}
