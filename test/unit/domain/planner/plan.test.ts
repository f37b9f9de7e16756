import { describe, expect, it } from 'vitest'
import { bestNonces, otherWays, planOf, withChanges, type PlanInputs } from '../../../../shared/domain/planner/index.ts'
import { aPlanIdentity, planInputs } from '../../../builders/machine.ts'

const HOUR = 3_600_000
const TIB = 2 ** 40

/** The picture's set-up, seen when its gap opens. */
const atOpening = (more: Partial<PlanInputs> = {}): PlanInputs => {
  const inputs = planInputs(more)
  return { ...inputs, at: inputs.gapOpensAt }
}

const onEast = (count: number, more: Parameters<typeof aPlanIdentity>[1] = {}): PlanInputs['identities'] =>
  Array.from({ length: count }, (_, i) => aPlanIdentity(i, { disk: 'disk:east', numUnits: 32, totalBytes: 2 * TIB, ...more }))

describe('planOf', () => {
  it('gives the same answer for the same seed and another for another', () => {
    const inputs = atOpening()
    expect(planOf(inputs, { gaps: 200 })).toEqual(planOf(inputs, { gaps: 200 }))
    expect(planOf(inputs, { gaps: 200, seed: 2 }).last).not.toEqual(planOf(inputs, { gaps: 200 }).last)
  })

  it('never reads two identities of one disk at once when their pow is not measured, and keeps to memory', () => {
    const inputs = atOpening({ machine: { ...planInputs().machine, maxProvers: 2 } })
    const plan = planOf(inputs, { gaps: 10 })
    expect(plan.provers).toEqual({ most: 2, allowed: 2 })
    for (const lane of plan.lanes) {
      for (const [i, segment] of lane.segments.entries()) {
        const next = lane.segments[i + 1]
        if (next !== undefined && next.identity !== segment.identity) expect(next.from).toBeGreaterThanOrEqual(segment.to)
      }
    }
  })

  it('counts a pass that fails: 64 nonces find the proof in 79.4 % of passes', () => {
    const inputs = atOpening({ identities: onEast(1, { nonces: 64 }) })
    const one = planOf(inputs).identities[0]
    expect(one?.passChance).toBeCloseTo(0.794, 3)
    // P95 of the passes is two: its finish lies behind a whole second pass of proof of work and reading.
    expect((one?.finish.p95 ?? 0) - inputs.gapOpensAt).toBeGreaterThan((one?.passMs ?? 0) + 2 * (one?.powMs ?? 0))
    expect((one?.finish.p50 ?? 0) - inputs.gapOpensAt).toBeLessThan((one?.passMs ?? 0) + 1.5 * (one?.powMs ?? 0) + 600_000)
  })

  it('gives up the fewest Space Units when not all fit', () => {
    const slow = { ...planInputs().disks[0], id: 'disk:east', label: 'East', detail: '', bytesPerSecond: 112e6, spread: 0.03 }
    // 12 h at 110 MB/s are 69 SU read to the end: the smallest has to wait.
    const units = [8, 34, 35]
    const identities = units.map((numUnits, i) =>
      aPlanIdentity(i, { disk: 'disk:east', numUnits, totalBytes: numUnits * 2 ** 36, lastPowMs: 60_000, lastPreparingMs: 60_000 }),
    )
    const plan = planOf(atOpening({ disks: [slow], identities }))
    expect(plan.identities.map((one) => one.place)[0]).toBe(3)
    expect(plan.identities[1]?.chance).toBeGreaterThan(0.9)
    expect(plan.lostUnits.gap).toBeLessThan(12)
    expect(plan.publishChance).toBeGreaterThan(0.99)
  })

  it('lets a proof of work go on beside another’s reading on one disk, only where that saves proofs', () => {
    const disk = { ...planInputs().disks[0], id: 'disk:east', label: 'East', detail: '', bytesPerSecond: 200e6, spread: 0.03 }
    const plan = (lastPowMs: number): ReturnType<typeof planOf> => {
      const identities = [0, 1, 2].map((i) =>
        aPlanIdentity(i, { disk: 'disk:east', numUnits: 16, totalBytes: 16 * 2 ** 36, threads: 8, lastPowMs, lastPreparingMs: 60_000 }),
      )
      return planOf(atOpening({ disks: [disk], identities, machine: { ...planInputs().machine, threads: 16 } }), { gaps: 500 })
    }
    // 3 × (3 h + 1.6 h) are more than the gap's 12 h; 3 × 3 h + 1.6 h are not.
    const long = plan(3 * HOUR)
    expect(long.provers.most).toBeGreaterThan(1)
    expect(long.chance).toBeGreaterThan(0.5)
    expect(plan(HOUR).provers.most).toBe(1)
  })

  it('goes on from what runs already', () => {
    const inputs = planInputs({ identities: onEast(1) })
    const started = { ...inputs, at: inputs.gapOpensAt + HOUR, identities: onEast(1, { startedAt: inputs.gapOpensAt }) }
    const fresh = planOf({ ...inputs, at: inputs.gapOpensAt }, { gaps: 500 })
    const going = planOf(started, { gaps: 500 })
    expect(Math.abs((going.identities[0]?.finish.p50 ?? 0) - (fresh.identities[0]?.finish.p50 ?? 0))).toBeLessThan(0.3 * HOUR)
    expect(going.identities[0]?.start).toBe(inputs.gapOpensAt)
  })

  it('says what it had to assume', () => {
    const inputs = planInputs()
    const { fastHashesPerSecond: _fast, ...machine } = inputs.machine
    const disks = inputs.disks.map(({ bytesPerSecond: _speed, ...disk }) => disk)
    const plan = planOf({ ...inputs, disks, machine: { ...machine, labelSpeeds: [] } }, { gaps: 10 })
    expect(plan.assumed).toHaveLength(3)
    expect(plan.assumed[0]).toContain('was never measured')
    expect(planOf(inputs, { gaps: 10 }).assumed).toEqual([])
  })

  it('answers without identities and with a disk that nobody knows', () => {
    expect(planOf(planInputs({ identities: [] })).chance).toBe(1)
    expect(planOf(planInputs({ disks: [] }), { gaps: 10 }).identities).toHaveLength(7)
  })

  it('never lets a proof come that cannot come', () => {
    const inputs = atOpening({ post: { ...planInputs().post, k1: 1, k2: 60 } })
    const plan = planOf(inputs, { gaps: 20 })
    expect(plan.publishChance).toBe(0)
    expect(Number.isFinite(plan.last.p95)).toBe(true)
    expect(plan.histogram.counts.reduce((sum, one) => sum + one, 0)).toBe(20)
  })
})

describe('withChanges', () => {
  it('moves, changes nonces, adds and slows, and leaves the inputs alone', () => {
    const inputs = atOpening()
    const before = structuredClone(inputs)
    const [fjord, basalt] = inputs.identities
    const changed = withChanges(inputs, {
      moves: { [fjord?.id ?? '']: 'disk:east' },
      identities: { [basalt?.id ?? '']: { nonces: 288, randomx: 'light' } },
      add: aPlanIdentity(7, { name: 'Moor' }),
      addDisk: { id: 'disk:new', label: 'New', detail: '', spread: 0.05 },
      slowerPercent: 50,
      maxProvers: null,
    })
    expect(inputs).toEqual(before)
    expect(changed.identities.map((one) => one.name).at(-1)).toBe('Moor')
    expect(changed.identities[0]?.disk).toBe('disk:east')
    expect(changed.identities[1]).toMatchObject({ nonces: 288, randomx: 'light' })
    expect(changed.disks).toHaveLength(5)
    expect(changed.disks[0]?.bytesPerSecond).toBe((inputs.disks[0]?.bytesPerSecond ?? 0) / 2)
    expect('maxProvers' in changed.machine).toBe(false)
  })

  it('carries a measured proof of work over to other nonces', () => {
    const inputs = atOpening({ identities: onEast(1, { lastPowMs: 100_000, lastBytesPerSecond: 300e6 }) })
    const id = inputs.identities[0]?.id ?? ''
    expect(withChanges(inputs, { identities: { [id]: { nonces: 256 } } }).identities[0]?.lastPowMs).toBe(200_000)
    expect(withChanges(inputs, { moves: { [id]: 'disk:south' } }).identities[0]?.lastBytesPerSecond).toBeUndefined()
  })
})

describe('bestNonces', () => {
  it('wants more nonces where a further pass is long, and no more than the processor can check', () => {
    const inputs = atOpening({ identities: onEast(1, { nonces: 64, disk: 'disk:west' }) })
    const [best] = bestNonces(inputs)
    expect(best?.nonces).toBeGreaterThanOrEqual(160)
    expect(best?.bestMs).toBeLessThan(best?.nowMs ?? 0)
  })
})

describe('otherWays', () => {
  it('finds what raises the odds, with the whole draft in it', () => {
    const inputs = atOpening()
    const add = aPlanIdentity(7, { id: 'f'.repeat(64), name: 'Moor', numUnits: 16, totalBytes: TIB, disk: 'disk:north', nonces: 64 })
    const base = planOf(withChanges(inputs, { add }), { gaps: 600 })
    const ways = otherWays(inputs, { add })
    expect(ways.length).toBeGreaterThan(0)
    for (const way of ways) expect(way.draft.add).toEqual(add)
    expect(ways[0]?.chance).toBeGreaterThan(base.chance)
    expect(ways.map((way) => way.text).join('; ')).toContain('on ')
  })
})
