import { assertNever } from '../../shared/domain/fault.ts'
import type { Alarm, IdentityStatus, StatusKind } from '../../shared/domain/status.ts'
import type { IdentitySnapshot } from '../../shared/ipc/snapshot.ts'

/** Groups of identities in the order in which they need the user. */
export const GROUPS = ['needs-you', 'unknown', 'tight', 'proving', 'queued', 'waiting', 'off', 'proved'] as const
export type Group = (typeof GROUPS)[number]

export const GROUP_WORDS: Readonly<Record<Group, string>> = {
  'needs-you': 'Needs you',
  unknown: 'Unknown',
  tight: 'Tight or late',
  proving: 'Proving',
  queued: 'Queued',
  waiting: 'Waiting',
  off: 'Stopped',
  proved: 'Proved',
}

function groupOfKind(kind: StatusKind): Group {
  switch (kind) {
    case 'incomplete':
    case 'drive-missing':
    case 'not-known-to-node':
    case 'needs-service':
    case 'not-connected':
    case 'failed':
    case 'failing':
    case 'missed':
    case 'twin-suspected':
    case 'banned':
      return 'needs-you'
    case 'unknown':
      return 'unknown'
    case 'proving':
    case 'handing-over':
      return 'proving'
    case 'queued':
      return 'queued'
    case 'waiting':
      return 'waiting'
    case 'stopped':
    case 'held':
      return 'off'
    case 'proved':
    case 'published':
    case 'eligible':
      return 'proved'
    default:
      return assertNever(kind)
  }
}

export function groupOf(status: IdentityStatus): Group {
  const group = groupOfKind(status.kind)
  const isBehind = status.timing === 'tight' || status.timing === 'late' || status.timing === 'lost'
  return isBehind && (group === 'proving' || group === 'queued' || group === 'off') ? 'tight' : group
}

/** ms between the worst likely finish and gap end; negative = over; `undefined` when nobody can say. */
export function spareMs(status: IdentityStatus): number | undefined {
  if (status.gapEnd === undefined) return undefined
  if (status.kind === 'proving' && status.slackMs !== undefined) return status.slackMs
  if (status.kind === 'proved') return status.gapEnd - status.provedAt
  if (status.kind === 'published' && status.provedAt !== undefined) return status.gapEnd - status.provedAt
  return status.finish === undefined ? undefined : status.gapEnd - status.finish.p95
}

/** Small moves of a prediction must not make rows jump. */
const SLACK_STEP_MS = 300_000

interface Placed {
  readonly identity: IdentitySnapshot
  readonly group: Group
  readonly slack: number
}

/** Identities by need: group first, then the least time to spare, then the name. */
export function byNeed(identities: readonly IdentitySnapshot[]): readonly Placed[] {
  return identities
    .map((identity) => {
      const spare = spareMs(identity.status)
      return {
        identity,
        group: groupOf(identity.status),
        slack: spare === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(spare / SLACK_STEP_MS),
      }
    })
    .sort(
      (a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || a.slack - b.slack || a.identity.name.localeCompare(b.identity.name),
    )
}

const SEVERITY = { bad: 0, warn: 1, info: 2 } as const

/** Most urgent first: severity, then the earliest last moment to act, then the oldest. */
export const byUrgency = (alarms: readonly Alarm[]): readonly Alarm[] =>
  [...alarms].sort(
    (a, b) => SEVERITY[a.severity] - SEVERITY[b.severity] || (a.actBy ?? Infinity) - (b.actBy ?? Infinity) || a.since - b.since,
  )

/** The alarms that Now shows above everything else, in their order. A key that could run twice costs the identity for ever: it is first. */
export const shownAlarms = (alarms: readonly Alarm[]): readonly Alarm[] =>
  byUrgency(alarms)
    .filter((alarm) => alarm.severity !== 'info')
    .toSorted((a, b) => Number(b.code === 'key-twice') - Number(a.code === 'key-twice'))
