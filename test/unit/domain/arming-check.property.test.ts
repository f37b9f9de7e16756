import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeArming, judgeRelease, type ArmingInput } from '../../../shared/domain/arming-check.ts'
import { asEpoch, type IdentityId, type UnixMs } from '../../../shared/domain/ids.ts'
import type { LocalRows } from '../../../shared/domain/inventory.ts'
import { cycleGap, epochAt, epochStart, MAINNET, registrationWindow } from '../../../shared/domain/network.ts'
import type { ActivationEntry } from '../../../shared/domain/observation.ts'
import type { PublicationRecord } from '../../../shared/domain/publication.ts'

const ID = 'a1'.repeat(32) as IdentityId
const net = MAINNET
const ZEROS = '0'.repeat(64)
const start = (epoch: number): number => epochStart(net, asEpoch(epoch))

/** From `at` on the database has this challenge, or none; an ATX that was published at that moment is the newest. */
interface Step {
  readonly at: UnixMs
  readonly challenge?: { readonly publishEpoch: number; readonly previousAtx: string }
  readonly published?: ActivationEntry
  readonly registeredFor?: number
}
type Outcome = 'in-gap' | 'late' | 'missed' | 'down'

/**
 * The life of one identity on one node, from the facts alone: it registers in the window of epoch P − 1 when it is free
 * then, publishes in P or lets the challenge expire at its end.
 */
function lifeOf(outcomes: readonly Outcome[], maker: string): readonly Step[] {
  const steps: Step[] = [{ at: start(0) }]
  let free = start(0)
  let previousAtx = ZEROS
  outcomes.forEach((outcome, i) => {
    const publishEpoch = i + 2
    const window = registrationWindow(net, asEpoch(publishEpoch - 1))
    if (outcome === 'down' || free >= window.closesAt) return
    const at = Math.max(free, window.opensAt) + 60_000
    steps.push({ at, challenge: { publishEpoch, previousAtx }, registeredFor: publishEpoch })
    const gap = cycleGap(net, asEpoch(publishEpoch))
    free = outcome === 'missed' ? start(publishEpoch + 1) : outcome === 'late' ? gap.closesAt + 5_000_000 : gap.opensAt + 7_000_000
    if (outcome === 'missed') {
      steps.push({ at: free })
      return
    }
    previousAtx = `${maker}${publishEpoch.toString(16)}`.padStart(64, '0')
    steps.push({ at: free, published: { identity: ID, atxId: previousAtx, publishEpoch: asEpoch(publishEpoch) } })
  })
  return steps
}

const until = (steps: readonly Step[], at: UnixMs): readonly Step[] => steps.filter((step) => step.at <= at)
function rowsAt(steps: readonly Step[], at: UnixMs): LocalRows {
  const challenge = until(steps, at).at(-1)?.challenge
  return {
    identity: ID,
    hasPost: true,
    hasProof: false,
    registrations: [],
    ...(challenge === undefined ? {} : { challenge: { ...challenge, hasPoetProof: false } }),
  }
}
const atxsAt = (steps: readonly Step[], at: UnixMs): readonly ActivationEntry[] =>
  until(steps, at)
    .flatMap(({ published }) => published ?? [])
    .reverse()
/** As a keeper has it that watched until `at`. */
function recordAt(steps: readonly Step[], at: UnixMs): PublicationRecord {
  const registered = until(steps, at).findLast(({ registeredFor }) => registeredFor !== undefined)
  return {
    identity: ID,
    atxs: until(steps, at).flatMap(({ published, at: seenAt }) =>
      published === undefined ? [] : [{ publishEpoch: published.publishEpoch, atxId: published.atxId, seenAt, by: 'here' as const }],
    ),
    watchedUntil: at,
    ...(registered?.registeredFor === undefined
      ? {}
      : { registered: { publishEpoch: registered.registeredFor, roundId: String(registered.registeredFor - 1), at: registered.at } }),
  }
}
const network = (atxs: readonly ActivationEntry[], askedAt: UnixMs): ArmingInput['network'] => ({
  // As it is asked: the last three epochs.
  atxs: atxs.filter(({ publishEpoch }) => publishEpoch >= epochAt(net, askedAt) - 2),
  isSynced: true,
  askedAt,
})
const base = { identity: ID, isAlreadyPublishing: false, net } as const

const outcomes = fc.array(fc.constantFrom<Outcome>('in-gap', 'in-gap', 'in-gap', 'late', 'missed', 'down'), { minLength: 6, maxLength: 12 })
const moments = fc.record({
  outcomes,
  share: fc.double({ min: 0.1, max: 1, noNaN: true }),
  more: fc.double({ min: 0, max: 4, noNaN: true }),
  watched: fc.double({ min: 0, max: 1, noNaN: true }),
})
const times = ({
  outcomes: all,
  share,
  more,
}: {
  readonly outcomes: readonly unknown[]
  readonly share: number
  readonly more: number
}) => {
  const stopped = start(0) + share * (start(all.length + 2) - start(0))
  return { stopped, now: stopped + more * (start(1) - start(0)) }
}

describe('one node alone', () => {
  it('is never held with its live database, however long it was stopped and however much was watched', () => {
    fc.assert(
      fc.property(moments, (drawn) => {
        const steps = lifeOf(drawn.outcomes, 'a')
        const { stopped, now } = times(drawn)
        const shared = {
          ...base,
          databaseFrom: 'live',
          rows: rowsAt(steps, stopped),
          network: network(atxsAt(steps, stopped), now),
          now,
        } as const
        const watched = recordAt(steps, start(0) + (stopped - start(0)) * drawn.watched)
        expect(judgeArming(shared)).toEqual({ is: 'clear' })
        expect(judgeArming({ ...shared, record: watched })).toEqual({ is: 'clear' })
        expect(judgeArming({ ...shared, databaseWrittenAt: until(steps, stopped).at(-1)?.at ?? stopped })).toEqual({ is: 'clear' })
        expect(judgeArming({ ...shared, outSince: stopped })).toEqual({ is: 'clear' })
      }),
      { numRuns: 2_000 },
    )
  })

  it('is never held with a backup of the moment at which it stopped', () => {
    fc.assert(
      fc.property(moments, (drawn) => {
        const steps = lifeOf(drawn.outcomes, 'a')
        const { stopped, now } = times(drawn)
        const one = {
          ...base,
          databaseFrom: 'backup',
          backupMadeAt: stopped,
          rows: rowsAt(steps, stopped),
          record: recordAt(steps, stopped),
          network: network(atxsAt(steps, stopped), now),
          now,
        } as const
        expect(judgeArming(one)).toEqual({ is: 'clear' })
      }),
      { numRuns: 2_000 },
    )
  })

  it('is always held with a database from before its newest publication, while that is recent', () => {
    let held = 0
    fc.assert(
      fc.property(moments, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (drawn, part, isRecorded) => {
        const steps = lifeOf(drawn.outcomes, 'a')
        const { stopped: now } = times(drawn)
        const madeAt = start(0) + (now - start(0)) * part
        const published = until(steps, now).findLast((step) => step.published !== undefined)
        if (published?.published === undefined || published.at <= madeAt || published.published.publishEpoch < epochAt(net, now) - 2) return
        held += 1
        const one = {
          ...base,
          databaseFrom: 'backup',
          backupMadeAt: madeAt,
          rows: rowsAt(steps, madeAt),
          record: recordAt(steps, isRecorded ? now : madeAt),
          network: network(atxsAt(steps, now), now),
          now,
        } as const
        expect(judgeArming(one)).toMatchObject({ is: 'hold', hold: { code: 'database-too-old' } })
      }),
      { numRuns: 3_000 },
    )
    expect(held).toBeGreaterThan(1_000)
  })
})

describe('two nodes with one key', () => {
  it('hold the one whose database or record lacks what the other published', () => {
    let held = 0
    fc.assert(
      fc.property(
        moments,
        fc.array(fc.constantFrom<Outcome>('in-gap', 'late', 'missed'), { minLength: 4, maxLength: 4 }),
        (drawn, others) => {
          const own = lifeOf(drawn.outcomes, 'a')
          const { stopped, now } = times(drawn)
          // The twin begins when ours was stopped.
          const first = epochAt(net, stopped)
          const twin = lifeOf([...Array.from({ length: first }, (): Outcome => 'down'), ...others], 'b').filter(({ at }) => at > stopped)
          const theirs = atxsAt(twin, now)
          const newest = theirs[0]
          if (newest === undefined || newest.publishEpoch < epochAt(net, now) - 2 || start(newest.publishEpoch) <= stopped) return
          held += 1
          const list = network([...theirs, ...atxsAt(own, stopped)], now)
          const live = { ...base, databaseFrom: 'live', rows: rowsAt(own, stopped), network: list, now } as const
          expect(judgeArming({ ...live, outSince: stopped }).is).toBe('hold')
          expect(judgeArming({ ...live, databaseWrittenAt: stopped, record: recordAt(own, stopped) }).is).toBe('hold')
          expect(judgeArming({ ...base, databaseFrom: 'none', record: recordAt(own, stopped), network: list, now }).is).toBe('hold')
        },
      ),
      { numRuns: 3_000 },
    )
    expect(held).toBeGreaterThan(100)
  })

  it('end the hold only two epochs after the last ATX that a hold has seen', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (publishes) => {
        const list = [{ identity: ID, atxId: 'b'.repeat(64), publishEpoch: asEpoch(10) }]
        const begun = start(10) + 12 * 86_400_000
        let verdict = judgeArming({ ...base, databaseFrom: 'none', network: network(list, begun), now: begun })
        publishes.forEach((does, i) => {
          if (does) list.unshift({ identity: ID, atxId: `b${i}`.padEnd(64, '0'), publishEpoch: asEpoch(11 + i) })
          const now = start(11 + i) + 12 * 86_400_000
          const last = list[0]?.publishEpoch ?? 0
          if (verdict.is === 'hold')
            verdict = judgeRelease(verdict.hold, { ...base, databaseFrom: 'none', network: network(list, now), now })
          else return
          expect(verdict.is, `epoch ${11 + i}`).toBe(now < start(last + 2) ? 'hold' : 'clear')
        })
      }),
    )
  })
})
