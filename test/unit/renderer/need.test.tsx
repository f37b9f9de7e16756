import { describe, expect, it } from 'vitest'
import { byNeed, byUrgency, groupOf, spareMs } from '../../../renderer/state/need.ts'
import { countGroups, PLAIN, rowsOf } from '../../../renderer/features/now/rows.ts'
import { anAlarm, anIdentity, aSnapshot, GAP_END, STATUSES } from '../../builders/snapshot.ts'

describe('byNeed', () => {
  it('puts what needs the user first, then the tight, then the rest, the proved last', () => {
    const kinds = byNeed(aSnapshot().identities).map((placed) => placed.group)
    expect(kinds[0]).toBe('needs-you')
    expect(kinds[1]).toBe('tight')
    expect(kinds.at(-1)).toBe('proved')
  })
  it('never calls an unknown identity fine', () => {
    expect(groupOf(STATUSES.unknown())).toBe('unknown')
    const ordered = byNeed([anIdentity({ index: 1, status: STATUSES.published() }), anIdentity({ index: 2, status: STATUSES.unknown() })])
    expect(ordered[0]?.group).toBe('unknown')
  })
  it('does not reorder rows for a small move of a prediction', () => {
    const at = (index: number, p95: number) =>
      anIdentity({ index, status: { ...STATUSES.reading(), finish: { p5: p95 - 2, p50: p95 - 1, p95 } } })
    const names = (a: number, b: number) => byNeed([at(1, a), at(2, b)]).map(({ identity }) => identity.name)
    const base = GAP_END - 3 * 3_600_000
    expect(names(base - 10_000, base - 20_000)).toEqual(names(base - 20_000, base - 10_000))
  })
})

describe('spareMs', () => {
  it('counts from P95 to the gap end, not to the publish end', () => {
    expect(spareMs(STATUSES.tight())).toBe(30 * 60_000)
  })
  it('is unknown without a prediction', () => {
    expect(spareMs(STATUSES.needsService())).toBeUndefined()
  })
})

describe('byUrgency', () => {
  it('sorts by severity, then by the last moment to act', () => {
    const keys = byUrgency([
      anAlarm({ key: 'warn', severity: 'warn', actBy: 1 }),
      anAlarm({ key: 'later', actBy: 20 }),
      anAlarm({ key: 'sooner', actBy: 10 }),
    ]).map((alarm) => alarm.key)
    expect(keys).toEqual(['sooner', 'later', 'warn'])
  })
})

describe('rowsOf', () => {
  const { identities } = aSnapshot({ identities: 50 })
  it('groups by state with the proved group closed', () => {
    const rows = rowsOf(identities, PLAIN, true)
    const proved = rows.find((row) => row.is === 'group' && row.group === 'proved')
    expect(proved).toMatchObject({ isOpen: false })
    const shown = rows.filter((row) => row.is === 'identity').length
    expect(shown).toBe(50 - (countGroups(identities).get('proved') ?? 0))
  })
  it('opens everything that a search finds', () => {
    const wanted = identities.find((one) => one.status.kind === 'published')
    const rows = rowsOf(identities, { ...PLAIN, search: wanted?.id.slice(0, 12) ?? '' }, true)
    expect(rows.filter((row) => row.is === 'identity').map((row) => row.id)).toEqual([wanted?.id])
  })
  it('looks the same while only sentences change', () => {
    const changed = identities.map((one) => ({ ...one, status: { ...one.status, sentence: 'other' } }))
    expect(rowsOf(changed, PLAIN, true)).toEqual(rowsOf(identities, PLAIN, true))
  })
})
