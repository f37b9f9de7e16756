import { describe, expect, it } from 'vitest'
import { expectationOf, expectedPow, expectedSpeed, speedOfRest, withSample } from '../../../shared/domain/experience.ts'
import { finishOf } from '../../../shared/domain/forecast.ts'
import { parseIdentityId } from '../../../shared/domain/ids.ts'
import { observe } from '../../../shared/domain/observe.ts'
import { emptyWorld } from '../../../shared/domain/world.ts'

const MIB = 2 ** 20
const id = parseIdentityId('ab'.repeat(32))

describe('what earlier proofs tell', () => {
  it('expects nothing of nothing, nor of impossible values', () => {
    expect(expectationOf([])).toBeUndefined()
    expect(expectationOf([0, -1, Number.NaN, Number.POSITIVE_INFINITY])).toBeUndefined()
  })

  it('is wider with one proof than with ten equal ones', () => {
    const one = expectationOf([100])
    const ten = expectationOf(Array.from({ length: 10 }, () => 100))
    expect(one?.value).toBeCloseTo(100)
    expect(ten?.value).toBeCloseTo(100)
    expect(one?.spread).toBeGreaterThan((ten?.spread ?? 1) * 2)
  })

  it('follows a disk that slows down', () => {
    const speed = expectedSpeed([200, 200, 200, 200, 120, 120, 120].map((bytesPerSecond, at) => ({ at, bytesPerSecond })))
    expect(speed?.value).toBeGreaterThan(115)
    expect(speed?.value).toBeLessThan(145)
  })

  it('scales a proof of work with the nonces, and knows its luck', () => {
    const few = expectedPow([{ at: 1, powMs: 60_000, nonces: 64 }], 128)
    expect(few?.value).toBeCloseTo(120_000)
    const many = expectedPow([{ at: 1, powMs: 60_000, nonces: 64 }], 1024)
    expect(many?.spread).toBeLessThan(few?.spread ?? 0)
  })

  it('trusts a reading the more of it is done', () => {
    const before = { value: 100, spread: 0.1 }
    const early = speedOfRest(before, 50, 0.02)
    const late = speedOfRest(before, 50, 0.9)
    expect(early?.value).toBeGreaterThan(late?.value ?? 0)
    expect(late?.value).toBeLessThan(60)
    expect(late?.spread).toBeLessThan(early?.spread ?? 0)
    expect(speedOfRest(before, undefined, 0.5)).toBe(before)
    expect(speedOfRest(undefined, 0, 0)).toBeUndefined()
  })

  it('keeps the newest sixteen, one of a moment', () => {
    const all = Array.from({ length: 40 }, (_, at) => ({ at, bytesPerSecond: at + 1 })).reduce(withSample, [] as readonly { at: number }[])
    expect(all).toHaveLength(16)
    expect(all.at(-1)?.at).toBe(39)
    expect(withSample(all, { at: 39, bytesPerSecond: 7 })).toHaveLength(16)
  })
})

describe('a finish', () => {
  const facts = { now: 0, post: { k1: 26, k2: 37 }, nonces: 288, totalBytes: 4 * 2 ** 40, preparingMs: 20_000 }
  const samples = [1, 2, 3].map((at) => ({ at, bytesPerSecond: 150 * MIB, powMs: 600_000, nonces: 288 }))

  it('is not told before anything was measured', () => {
    expect(finishOf({ ...facts, samples: [] })).toBeUndefined()
  })

  it('narrows from due to the middle of the reading', () => {
    const due = finishOf({ ...facts, samples })
    const run = { phase: 'reading', inPhaseMs: 1, pass: 1, positionBytes: 2 * 2 ** 40, bytesPerSecond: 150 * MIB } as const
    const reading = finishOf({ ...facts, samples, run })
    if (due === undefined || reading === undefined) throw new Error('no finish')
    expect(due.p5).toBeLessThan(due.p50)
    expect(due.p50).toBeLessThan(due.p95)
    expect(reading.p95 - reading.p5).toBeLessThan(due.p95 - due.p5)
  })

  it('reaches into the second pass with few nonces', () => {
    const few = finishOf({ ...facts, nonces: 64, samples: samples.map((one) => ({ ...one, nonces: 64 })) })
    const passMs = (facts.totalBytes / (150 * MIB)) * 1000
    expect(few?.p95).toBeGreaterThan(1.5 * passMs)
  })
})

describe('history', () => {
  it('gives a restarted keeper its speeds back, and never overrules what it saw itself', () => {
    if (id === undefined) throw new Error('no id')
    const at = 1_000_000
    const told = observe(emptyWorld(), {
      at,
      kind: 'earlier-proofs',
      identity: id,
      samples: [
        { at: 10, bytesPerSecond: 100, powMs: 5_000 },
        { at: 20, bytesPerSecond: 120 },
      ],
    })
    expect(told.identities.get(id)).toMatchObject({ lastSpeed: 120, lastPowMs: 5_000 })
    const belief = observe(told, { at, kind: 'earlier-proofs', identity: id, samples: [{ at: 20, bytesPerSecond: 1 }] }).identities.get(id)
    expect(belief?.lastSpeed).toBe(120)
    expect(belief?.samples?.at(-1)).toEqual({ at: 20, bytesPerSecond: 120 })
  })
})
