import type { BackupSummary } from './backup.ts'
import type { UnixMs } from './ids.ts'
import { epochLengthMs, MAINNET, type NetworkTiming } from './network.ts'
import type { ReadyCheck, ReadyReport } from './readiness.ts'
import type { IdentityStatus } from './status.ts'
import { bytes, duration, plural } from './words.ts'

const HOUR_MS = 3_600_000
/** Hours before the gap at which is looked, on mainnet; the same shares of shorter epochs. @source design.md §4 */
const LOOKS_MS = [48 * HOUR_MS, 24 * HOUR_MS, 2 * HOUR_MS] as const

/** What is known of one identity's readiness. */
export interface ReadyIdentity {
  readonly id: string
  readonly name: string
  readonly status: IdentityStatus
  readonly volume: 'there' | 'gone' | 'not-answering' | 'unknown'
  readonly files:
    { readonly is: 'whole' } | { readonly is: 'wrong'; readonly text: string } | { readonly is: 'unknown'; readonly text: string }
  /** Its service: as seen, or as a trial start showed. */
  readonly service:
    | { readonly is: 'answers' | 'foreign' }
    | { readonly is: 'fails' | 'unknown'; readonly text: string }
    | { readonly is: 'stopped-by-user' }
}

/** Everything that a look before the gap found. Absent: nobody could tell. */
export interface ReadyFacts {
  readonly now: UnixMs
  readonly gap: { readonly opensAt: UnixMs; readonly closesAt: UnixMs; readonly epoch: number }
  readonly identities: readonly ReadyIdentity[]
  readonly node: { readonly is: 'synced' | 'behind' | 'down' | 'unknown'; readonly text: string }
  /** Undefined: they cannot be known here (a node attached elsewhere). */
  readonly poets?: readonly { readonly poet: string; readonly is: 'answers' | 'refuses' | 'silent' | 'bad-certificate' }[]
  readonly clock: { readonly verdict: 'good' | 'tight' | 'bad' | 'unknown'; readonly text: string }
  readonly memory: { readonly verdict: 'good' | 'tight' | 'bad' | 'unknown'; readonly text: string }
  readonly disks: readonly { readonly what: string; readonly freeBytes: number; readonly isLow: boolean }[]
  readonly sleep: { readonly is: 'kept-awake' | 'may-sleep' | 'unknown'; readonly text: string }
  readonly osRestart: { readonly is: 'pending' | 'none' | 'unknown'; readonly text: string }
  /** Chance that every proof is done in the gap, 0..1; undefined: nothing was measured. */
  readonly chanceAll?: number
  readonly backup?: Pick<BackupSummary, 'is' | 'sentence'>
}

/** When is looked before the gap that opens at `opensAt`, Unix ms, first look first. */
export function readyLooks(net: NetworkTiming, opensAt: UnixMs): readonly UnixMs[] {
  const share = Math.min(1, epochLengthMs(net) / epochLengthMs(MAINNET))
  return LOOKS_MS.map((ms) => opensAt - ms * share)
}

/** The look that is due at `now`: the newest whose time has come and that `lastAt` does not cover; none in the gap itself. */
export function dueLook(looks: readonly UnixMs[], lastAt: UnixMs | undefined, now: UnixMs): UnixMs | undefined {
  const passed = looks.filter((at) => at <= now).at(-1)
  return passed !== undefined && (lastAt === undefined || lastAt < passed) ? passed : undefined
}

type Draft = Omit<ReadyCheck, 'at'>

function ofIdentity({ id, name, volume, files, service, status }: ReadyIdentity): readonly Draft[] {
  const identity = id
  const drafts: Draft[] = []
  if (volume === 'gone')
    drafts.push({ key: 'volume', identity, is: 'fail', text: `${name}’s drive is missing.`, fix: 'Connect it; nothing is lost.' })
  else if (volume === 'not-answering')
    drafts.push({
      key: 'volume',
      identity,
      is: 'fail',
      text: `${name}’s drive does not answer.`,
      fix: 'Look at its cable and power, then restart this computer.',
    })
  else
    drafts.push({
      key: 'volume',
      identity,
      is: volume === 'there' ? 'pass' : 'unknown',
      text: volume === 'there' ? `${name}’s drive is there.` : `Whether ${name}’s drive is there nobody has said.`,
    })
  if (volume === 'there' || files.is === 'wrong') {
    if (files.is === 'wrong')
      drafts.push({
        key: 'files',
        identity,
        is: 'fail',
        text: `${name}’s PoS data is not whole: ${files.text}.`,
        fix: 'Open the identity and make the bad files anew.',
      })
    else
      drafts.push({
        key: 'files',
        identity,
        is: files.is === 'whole' ? 'pass' : 'unknown',
        text: files.is === 'whole' ? `${name}’s files have their sizes.` : files.text,
      })
  }
  drafts.push({ ...serviceCheck(name, service), identity })
  const { kind } = status
  if (kind === 'banned' || kind === 'twin-suspected' || kind === 'held')
    drafts.push({
      key: 'key',
      identity,
      is: 'fail',
      text: `${name}: ${status.sentence}`,
      fix: 'Open the identity to see what can be done.',
    })
  if (kind === 'not-known-to-node')
    drafts.push({
      key: 'key',
      identity,
      is: 'fail',
      text: `The node does not know ${name}.`,
      fix: 'Restart the node before the gap, so that it loads the key.',
    })
  return drafts
}

function serviceCheck(name: string, service: ReadyIdentity['service']): Draft {
  switch (service.is) {
    case 'answers':
      return { key: 'service', is: 'pass', text: `${name}’s service starts and answers.` }
    case 'foreign':
      return { key: 'service', is: 'unknown', text: `${name}’s service is run by someone else.` }
    case 'stopped-by-user':
      return { key: 'service', is: 'fail', text: `${name}’s service is stopped by you.`, fix: 'Start it before the gap opens.' }
    case 'fails':
      return {
        key: 'service',
        is: 'fail',
        text: `${name}’s service does not start: ${service.text}`,
        fix: 'Open its log; what it says names the cause.',
      }
    case 'unknown':
      return { key: 'service', is: 'unknown', text: `${name}’s service: ${service.text}` }
    default:
      return service satisfies never
  }
}

function ofNode({ node, poets, gap, now }: ReadyFacts): readonly Draft[] {
  const is = node.is === 'synced' ? 'pass' : node.is === 'unknown' ? 'unknown' : node.is === 'down' ? 'fail' : 'warn'
  const fix =
    node.is === 'down'
      ? 'Start it now: a start can take a quarter of an hour.'
      : `It must be in sync in ${duration(gap.opensAt - now)}; let it run.`
  const drafts: Draft[] = [{ key: 'sync', is, text: node.text, ...(is === 'pass' || is === 'unknown' ? {} : { fix }) }]
  if (poets === undefined) return drafts
  const bad = poets.filter((one) => one.is !== 'answers')
  const good = poets.length - bad.length
  const names = bad.map(({ poet }) => poet).join(', ')
  if (poets.length === 0)
    drafts.push({ key: 'poets', is: 'fail', text: 'The node lists no PoET.', fix: 'Add the network’s PoETs to its config.' })
  else if (bad.length === 0) drafts.push({ key: 'poets', is: 'pass', text: `${good} of ${plural(poets.length, 'PoET')} answer.` })
  else
    drafts.push({
      key: 'poets',
      is: good === 0 ? 'fail' : 'warn',
      text: `${good} of ${plural(poets.length, 'PoET')} answer; not ${names}.`,
      fix: good === 0 ? 'Look at this computer’s network.' : 'Nothing yet: the node uses those that answer.',
    })
  return drafts
}

const graded = (verdict: 'good' | 'tight' | 'bad' | 'unknown'): ReadyCheck['is'] =>
  verdict === 'good' ? 'pass' : verdict === 'tight' ? 'warn' : verdict === 'bad' ? 'fail' : 'unknown'

function ofMachine(facts: ReadyFacts): readonly Draft[] {
  const { clock, memory, disks, sleep, osRestart, chanceAll, backup } = facts
  const withFix = (is: ReadyCheck['is'], fix: string): { readonly fix?: string } => (is === 'pass' || is === 'unknown' ? {} : { fix })
  const clockIs = graded(clock.verdict)
  const memoryIs = graded(memory.verdict)
  const low = disks.filter(({ isLow }) => isLow)
  const drafts: Draft[] = [
    { key: 'clock', is: clockIs, text: clock.text, ...withFix(clockIs, 'Turn on the time service of this computer.') },
    { key: 'memory', is: memoryIs, text: memory.text, ...withFix(memoryIs, 'Close other programs, or let fewer prove at once.') },
    low.length === 0
      ? {
          key: 'space',
          is: disks.length === 0 ? 'unknown' : 'pass',
          text: disks.length === 0 ? 'Free space is not known.' : 'There is space for node and history.',
        }
      : {
          key: 'space',
          is: 'fail',
          text: low.map(({ what, freeBytes }) => `The disk of ${what} has ${bytes(freeBytes)} left.`).join(' '),
          fix: 'Free space on it before the gap.',
        },
    {
      key: 'sleep',
      is: sleep.is === 'kept-awake' ? 'pass' : sleep.is === 'may-sleep' ? 'warn' : 'unknown',
      text: sleep.text,
      ...(sleep.is === 'may-sleep' ? { fix: 'Turn off sleep for the time of the gap.' } : {}),
    },
    {
      key: 'os-restart',
      is: osRestart.is === 'none' ? 'pass' : osRestart.is === 'pending' ? 'warn' : 'unknown',
      text: osRestart.text,
      ...(osRestart.is === 'pending' ? { fix: 'Restart this computer before the gap, not in it.' } : {}),
    },
  ]
  if (chanceAll !== undefined) {
    const is = chanceAll >= 0.95 ? 'pass' : chanceAll >= 0.5 ? 'warn' : 'fail'
    const share = chanceAll > 0.999 ? 'over 99.9' : (Math.floor(chanceAll * 1000) / 10).toFixed(1)
    const text = `All proofs are on time in ${share} % of gaps.`
    drafts.push({ key: 'plan', is, text, ...withFix(is, 'Open “Will it fit?” to see what helps.') })
  }
  if (backup !== undefined) {
    const is = backup.is === 'good' || backup.is === 'drill-due' ? 'pass' : 'warn'
    drafts.push({ key: 'backup', is, text: `${backup.sentence}.`, ...withFix(is, 'Open Backups.') })
  }
  return drafts
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const
/** The day in local time; within half a day the time left says more. */
const when = (opensAt: UnixMs, now: UnixMs): string =>
  opensAt - now < 12 * HOUR_MS ? `the gap in ${duration(opensAt - now)}` : (DAYS[new Date(opensAt).getDay()] ?? 'the gap')

const RANK: Readonly<Record<ReadyCheck['is'], number>> = { fail: 0, warn: 1, unknown: 2, pass: 3 }

/** Judges what was found: sorted by need, and one message. Nothing passes without evidence. */
export function judgeReadiness(facts: ReadyFacts): Omit<ReadyReport, 'isChecking' | 'nextAt'> {
  const { now, gap, identities } = facts
  const perIdentity = identities.map((one) => ({ one, drafts: ofIdentity(one) }))
  const common = [...ofNode(facts), ...ofMachine(facts)]
  const ready = perIdentity.filter(({ drafts }) => !drafts.some(({ is }) => is === 'fail'))
  const stop = common.filter(({ is }) => is === 'fail')
  const readyCount = stop.some(({ key }) => key === 'sync' || key === 'poets') ? 0 : ready.length
  const firsts = [...stop, ...perIdentity.flatMap(({ drafts }) => drafts.filter(({ is }) => is === 'fail').slice(0, 1))].map(
    ({ text }) => text,
  )
  const warned = common.filter(({ is }) => is === 'warn').map(({ text }) => text)
  const told = firsts.length > 0 ? firsts : warned
  const more = told.length > 2 ? ` ${told.length - 2} more.` : ''
  const head =
    identities.length === 0
      ? 'No identity proves here.'
      : `${readyCount === identities.length ? 'Ready' : 'Not ready'} for ${when(gap.opensAt, now)}: ${readyCount} of ${identities.length}.`
  const checks = [...perIdentity.flatMap(({ drafts }) => drafts), ...common]
    .map((draft): ReadyCheck => ({ ...draft, at: now }))
    .sort((a, b) => RANK[a.is] - RANK[b.is])
  return {
    at: now,
    gapOpensAt: gap.opensAt,
    gapClosesAt: gap.closesAt,
    epoch: gap.epoch,
    sentence: [head, ...told.slice(0, 2)].join(' ') + more,
    readyCount,
    identityCount: identities.length,
    checks,
  }
}
