import type { AppSnapshot, IdentitySnapshot } from '../../shared/ipc/snapshot.ts'

export type TrayIcon = 'ok' | 'working' | 'attention' | 'offline'

export interface TrayView {
  readonly icon: TrayIcon
  readonly tooltip: string
  readonly lines: readonly { readonly label: string; readonly identity?: string }[]
}

const NEEDS_USER = new Set([
  'needs-service',
  'not-connected',
  'failed',
  'failing',
  'drive-missing',
  'incomplete',
  'missed',
  'twin-suspected',
  'banned',
  'not-known-to-node',
])
const WORKING = new Set(['proving', 'handing-over', 'queued'])
const GLYPHS: Readonly<Record<string, string>> = {
  published: '✔',
  proved: '✔',
  eligible: '✔',
  'handing-over': '✓',
  proving: '◔',
  queued: '…',
  waiting: '○',
  unknown: '?',
  stopped: '◦',
}
const MOST_LINES = 12

const glyphOf = (identity: IdentitySnapshot): string => GLYPHS[identity.status.kind] ?? '▲'
const needsUser = (identity: IdentitySnapshot): boolean => NEEDS_USER.has(identity.status.kind) || identity.status.timing === 'lost'

/** What the tray says: state by icon, one line an identity; over 12 only those that need something, then counts. */
export function trayView(snapshot: AppSnapshot | undefined): TrayView {
  if (snapshot === undefined) return { icon: 'offline', tooltip: 'Smeshkeeper: the keeper does not answer', lines: [] }
  const { identities } = snapshot
  const isOffline = snapshot.node.kind === 'unreachable' || snapshot.node.kind === 'failed' || snapshot.node.kind === 'stopped'
  const isAttention = identities.some(needsUser) || snapshot.alarms.some((alarm) => alarm.severity === 'bad')
  const isWorking = identities.some((identity) => WORKING.has(identity.status.kind))
  const icon = isAttention ? 'attention' : isOffline ? 'offline' : isWorking ? 'working' : 'ok'
  const shown = identities.length <= MOST_LINES ? identities : identities.filter(needsUser).slice(0, MOST_LINES)
  const lines = shown.map((identity) => ({
    label: `${glyphOf(identity)}  ${identity.name}: ${identity.status.sentence}`.slice(0, 120),
    identity: identity.id,
  }))
  const rest = identities.length - shown.length
  return {
    icon,
    tooltip: snapshot.headline.slice(0, 120),
    lines: rest > 0 ? [...lines, { label: `${rest} more without trouble` }] : lines,
  }
}
