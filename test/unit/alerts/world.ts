import type { Alarm, IdentityStatus } from '../../../shared/domain/status.ts'
import type { AppSnapshot, IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'

export const T0 = new Date(2026, 0, 11, 3, 0).getTime()
export const GAP_END = T0 + 9 * 3_600_000
const NAMES = ['Juniper', 'Moor', 'Basalt', 'Fjord', 'Grove']
export const idOf = (n: number): string => String(n).repeat(64).slice(0, 64)

const base = { timing: 'on-time', sentence: '', epoch: 61, gapEnd: GAP_END, since: T0 } as const
export const proving = (startedAt = T0 - 9_240_000): IdentityStatus => ({ ...base, kind: 'proving', phase: 'reading', startedAt })
export const handingOver: IdentityStatus = { ...base, kind: 'handing-over' }
export const unknown: IdentityStatus = { ...base, kind: 'unknown', timing: 'unknown' }
export const failing: IdentityStatus = { ...base, kind: 'failing', round: 1 }
export const proved = (provedAt = T0): IdentityStatus => ({ ...base, kind: 'proved', provedAt })
export const published = (provedAt = T0): IdentityStatus => ({ ...base, kind: 'published', provedAt, atxId: 'aa' })

export const alarm = (code: string, n = 1, more: Partial<Alarm> = {}): Alarm => ({
  key: `${code}:${idOf(n)}`,
  code,
  severity: 'bad',
  identity: idOf(n),
  sentence: `${NAMES[n]} stopped at 72 %. Reconnect it by 04:10 and this epoch is safe.`,
  since: T0,
  ...more,
})

let revision = 0
export function snapshot(statuses: readonly IdentityStatus[], alarms: readonly Alarm[] = [], more: Partial<AppSnapshot> = {}): AppSnapshot {
  revision += 1
  const identities = statuses.map((status, n): IdentitySnapshot => ({
    id: idOf(n),
    name: NAMES[n] ?? `id ${n}`,
    colour: 0,
    status,
    evidence: [],
  }))
  return {
    revision,
    at: T0,
    mode: 'real',
    headline: '',
    node: { mode: 'managed', owner: 'smeshkeeper', kind: 'synced', sentence: '', evidence: [] },
    identities,
    alarms,
    host: { kind: 'app', pid: 1, version: '0', childrenIn: 'session' },
    ...more,
  }
}
