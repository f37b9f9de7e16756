import type { Alarm, IdentityStatus, StatusKind } from '../../shared/domain/status.ts'
import type { AppSnapshot, IdentitySnapshot } from '../../shared/ipc/snapshot.ts'
import { duration, spare, type Message } from './message.ts'

/** What was told, in this life and before. */
export interface AlertMemory {
  wasSent(key: string): boolean
  /** ms for which the alarm was certainly not there before this snapshot. */
  absentMs(alarm: Alarm): number
  /** When this watch began, Unix ms: proofs from before it are no news. */
  readonly startedAt: number
}

/** Gone for so long, a cause that comes back is told again; shorter is flapping. */
const NEW_EPISODE_MS = 10 * 60_000

/** Reached only by an accepted `post_complete` (decide's promise): the one source of "finished". */
const DONE: readonly StatusKind[] = ['proved', 'published', 'eligible']
const isDone = (status: IdentityStatus): boolean => DONE.includes(status.kind)

/**
 * What is to be told when `previous` became `next`.
 *
 * Alarms: once a cause. Proofs: when an identity reaches `proved` or `published`; one that was so when we first looked is
 * no news. A first snapshot (or another mode) tells alarms that were never told, and no proofs.
 */
export function alertsFor(previous: AppSnapshot | undefined, next: AppSnapshot, memory: AlertMemory): Message[] {
  const before = previous?.mode === next.mode ? previous : undefined
  return [...finishedProofs(before, next, memory), ...alarmMessages(next, memory), ...readyMessage(next, memory)]
}

/** A scheduled look before the gap is told once for each outcome; what the user asked for, he sees himself. */
function readyMessage({ ready, at }: AppSnapshot, memory: AlertMemory): Message[] {
  if (ready === undefined || !ready.isScheduled || at >= ready.gapOpensAt) return []
  const key = `ready:${ready.epoch}:${ready.outcome}`
  if (memory.wasSent(key)) return []
  const title = ready.isReady ? 'Ready for the gap' : 'Not ready for the gap'
  const body = ready.sentence
  const plain = { title, body: `The gap opens in ${duration(ready.gapOpensAt - at)}.` }
  return [
    {
      key,
      kind: 'ready',
      severity: ready.isReady ? 'info' : 'warn',
      title,
      body,
      plain,
      at: ready.at,
      holds: !ready.isReady,
      actBy: ready.gapOpensAt,
    },
  ]
}

function alarmMessages(next: AppSnapshot, memory: AlertMemory): Message[] {
  return next.alarms
    .filter((alarm) => alarm.severity !== 'info')
    .filter((alarm) => !memory.wasSent(alarm.key) || memory.absentMs(alarm) >= NEW_EPISODE_MS)
    .map((alarm) => {
      const identity = next.identities.find((one) => one.id === alarm.identity)
      const plainTitle = titleOf(alarm, undefined)
      return {
        key: alarm.key,
        kind: alarm.code,
        severity: alarm.severity,
        title: titleOf(alarm, identity?.name),
        body: alarm.sentence,
        plain: { title: plainTitle, body: timeLeft(alarm, next.at) },
        at: next.at,
        holds: true,
        ...(identity === undefined ? {} : { identity: identity.id, name: identity.name }),
        ...(alarm.actBy === undefined ? {} : { actBy: alarm.actBy }),
      }
    })
}

const timeLeft = (alarm: Alarm, now: number): string =>
  alarm.actBy === undefined || alarm.actBy <= now
    ? 'See Smeshkeeper for what to do.'
    : `Acting helps for another ${duration(alarm.actBy - now)}.`

/** `name` undefined: without a name, for what leaves the machine. */
function titleOf(alarm: Alarm, name: string | undefined): string {
  const of = (named: string, plain: string): string => (name === undefined ? plain : named.replace('#', name))
  switch (alarm.code) {
    case 'proof-failed':
      return of('#’s proof failed', 'A proof failed')
    case 'proof-invalid':
      return of('#’s proof is invalid', 'A proof is invalid')
    case 'will-be-late':
      return of('# may be late', 'A proof may be late')
    case 'will-be-lost':
      return of('# cannot be on time', 'A proof cannot be on time')
    case 'missed':
      return of('# missed the epoch', 'An identity missed the epoch')
    case 'service-down':
      return of('The service of # went down', 'A service went down')
    case 'service-not-connected':
      return of('The service of # is not connected', 'A service is not connected')
    case 'drive-gone':
      return of('The drive of # is gone', 'A drive is gone')
    case 'data-incomplete':
      return of('#’s PoS data is incomplete', 'PoS data is incomplete')
    case 'twin-suspected':
      return of('# may run twice', 'An identity may run twice')
    case 'banned':
      return of('# is banned for ever', 'An identity is banned for ever')
    case 'key-twice':
      return of('The key of # could run twice', 'A key could run twice')
    case 'key-missing':
      return of('The key file of # is gone', 'A key file is gone')
    case 'key-held':
      return of('# is held', 'A key is held')
    case 'outdated-proof':
      return of('# works on an outdated proof', 'A service works on an outdated proof')
    case 'duplicate-service':
      return of('# has two services', 'An identity has two services')
    default:
      return COMMON_TITLES[alarm.code] ?? of('# needs you', 'Smeshkeeper needs you')
  }
}

const COMMON_TITLES: Readonly<Record<string, string>> = {
  'node-down': 'The node is down',
  'node-start-failed': 'The node does not start',
  'node-out-of-sync': 'The node is out of sync',
  'node-too-old': 'The node is too old for this network',
  'node-version-unknown': 'The node is newer than Smeshkeeper knows',
  'no-coinbase': 'The node has no coinbase',
  'clock-off': 'The clock is off',
  'disk-low': 'A disk is almost full',
  'api-lost': 'The node does not answer',
  'poet-trouble': 'A PoET makes trouble',
  'setup-invalid': 'The set-up cannot be used',
  backup: 'The backup needs you',
}

function finishedProofs(before: AppSnapshot | undefined, next: AppSnapshot, memory: AlertMemory): Message[] {
  if (before === undefined) return []
  const messages = next.identities.flatMap((identity) => {
    const old = before.identities.find((one) => one.id === identity.id)
    return old === undefined ? [] : finishedProof(old.status, identity, next, memory)
  })
  const [last] = messages.slice(-1)
  const all = allDone(next)
  const key = `all-done:${all?.epoch}`
  if (last === undefined || all === undefined || memory.wasSent(key)) return messages
  const body = last.slackMs === undefined ? '' : `Last one at ${clockTime(last.at)}, ${spare(last.slackMs)}.`
  const title = `All ${next.identities.length} proofs are done`
  // It says what the last single message would have said; that one is marked as told with it.
  return [...messages, { ...last, key, kind: 'all-done', title, body, plain: { title, body } }]
}

function finishedProof(old: IdentityStatus, identity: IdentitySnapshot, next: AppSnapshot, memory: AlertMemory): Message[] {
  const { status, name } = identity
  // `eligible` alone comes a whole epoch later: only what was not done before is news.
  if ((status.kind !== 'proved' && status.kind !== 'published') || (isDone(old) && old.epoch === status.epoch)) return []
  const provedAt = status.provedAt
  if (old.kind === 'unknown' && (provedAt === undefined || provedAt < memory.startedAt)) return []
  const key = `proof-finished:${identity.id}:${status.epoch ?? ''}`
  if (memory.wasSent(key)) return []
  const at = provedAt ?? next.at
  const slackMs = status.gapEnd === undefined ? undefined : status.gapEnd - at
  const startedAt = old.kind === 'proving' ? old.startedAt : undefined
  const took = startedAt === undefined ? '' : ` in ${duration(at - startedAt)}`
  const deadline = slackMs === undefined ? '' : slackMs >= 0 ? `${duration(slackMs)} before the deadline.` : lateText(slackMs)
  const done = next.identities.filter((one) => isDone(one.status) && one.status.epoch === status.epoch).length
  const count = status.epoch === undefined ? '' : `${done} of ${next.identities.length} in epoch ${status.epoch}.`
  const body = [deadline, count].filter((part) => part !== '').join(' ')
  return [
    {
      key,
      kind: 'proof-finished',
      severity: 'info',
      title: `${name} proved${took}`,
      body,
      plain: { title: `A proof is finished${took === '' ? '' : ` after${took.slice(3)}`}`, body },
      identity: identity.id,
      name,
      at,
      holds: false,
      ...(slackMs === undefined ? {} : { slackMs }),
    },
  ]
}

/** Both deadlines, never confused: after the gap this epoch still earns, the next PoET round is missed. */
const lateText = (slackMs: number): string => `${duration(-slackMs)} after the gap: this one still counts, the next epoch is missed.`

function allDone(next: AppSnapshot): { readonly epoch: number } | undefined {
  const [first] = next.identities
  const epoch = first?.status.epoch
  if (epoch === undefined || next.identities.length < 2) return undefined
  return next.identities.every((one) => isDone(one.status) && one.status.epoch === epoch) ? { epoch } : undefined
}

const clockTime = (ms: number): string => {
  const date = new Date(ms)
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
}
