import { describe, expect, it } from 'vitest'
import { decide } from '../../../shared/domain/decide.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { MachineLimits } from '../../../shared/domain/lane-problem.ts'
import { proverMemoryBytes } from '../../../shared/domain/odds.ts'
import { aFolder, anId, aSetup, GAP_ENDS, Story } from './scene.ts'

const MIB = 1_048_576
const PROVER = proverMemoryBytes('fast', true)
const IDS = ['a', 'b', 'c', 'd'].map(anId)

interface Given {
  readonly units?: readonly number[]
  readonly lanes?: readonly string[]
  readonly limits?: MachineLimits
  readonly policy?: readonly ('always' | 'when-due')[]
  readonly setup?: object
}

/** Identities that the node asks for proofs, all services parked, at 150 MiB/s and ten minutes of proof of work each. */
class Turns extends Story {
  readonly given: Given
  readonly ids: readonly IdentityId[]
  constructor(given: Given, at?: number) {
    const ids = IDS.slice(0, given.units?.length ?? given.lanes?.length ?? 3)
    const services = ids.map((identity, i) => ({ identity, policy: given.policy?.[i] ?? ('when-due' as const), threads: 4 }))
    super({ ...aSetup({ identities: ids.map((id) => ({ id })), services }), ...given.setup }, at)
    this.given = given
    this.ids = ids
    for (const [i, identity] of ids.entries()) {
      const numUnits = given.units?.[i] ?? 16
      this.see({ kind: 'pos-folder', identity, folder: aFolder({ identity, numUnits }) })
      this.see({ kind: 'earlier-proofs', identity, samples: [{ at: this.at - 1, bytesPerSecond: 150 * MIB, powMs: 600_000 }] })
      this.process({ at: 'stopped' }, identity)
    }
    this.states(Object.fromEntries(ids.map((id) => [id, 'proving'])))
  }
  judged() {
    const lanes = new Map(this.ids.map((id, i) => [id, this.given.lanes?.[i] ?? 'disk']))
    return decide(this.setup, this.world, this.at, { lanes, ...(this.given.limits === undefined ? {} : { limits: this.given.limits }) })
  }
  get started(): string[] {
    return this.judged()
      .actions.flatMap((action) => (action.do === 'start-service' ? [action.identity.slice(0, 1)] : []))
      .sort()
  }
}

describe('turns', () => {
  it('go to one on each disk, all disks at once', () => {
    expect(new Turns({ lanes: ['x', 'y', 'z'] }).started).toEqual(['a', 'b', 'c'])
    expect(new Turns({ lanes: ['x', 'x', 'y'] }).started).toHaveLength(2)
  })

  it('are limited by memory, by the user and by threads for proofs of work', () => {
    const lanes = ['x', 'y', 'z']
    const memory = new Turns({ lanes, limits: { threads: 64, proverMemoryBytes: 2 * PROVER } })
    expect(memory.started).toHaveLength(2)
    const heldBack = memory.judged().identities.find(({ status }) => status.kind === 'queued' && status.sentence.startsWith('Waits until'))
    expect(heldBack?.status).toMatchObject({ kind: 'queued', place: 1 })
    const machine = { ...aSetup().machine, maxProvers: 1 }
    expect(new Turns({ lanes, setup: { machine } }).started).toHaveLength(1)
    expect(new Turns({ lanes, limits: { threads: 4, proverMemoryBytes: 64 * PROVER } }).started).toHaveLength(1)
  })

  it('are given with one prover even where memory seems to fit none', () => {
    expect(new Turns({ lanes: ['x', 'y'], limits: { threads: 4, proverMemoryBytes: 0 } }).started).toHaveLength(1)
  })

  it('come anew when something ends or crashes', () => {
    const turns = new Turns({ lanes: ['x', 'x'], units: [8, 16] })
    expect(turns.started).toEqual(['a'])
    const [first, second] = turns.ids
    if (first === undefined || second === undefined) throw new Error('two are needed')
    turns.ready(first).operator({ is: 'proving', nonces: { start: 0, end: 288 }, positionBytes: 0 }, first)
    expect(turns.started).toEqual([])
    expect(turns.judged().identities[1]?.status).toMatchObject({ kind: 'queued', place: 2 })
    turns.wait(5_000).process({ at: 'stopped' }, first).operator({ is: 'none' }, first)
    turns.states({ [first]: 'idle', [second]: 'proving' })
    expect(turns.started).toEqual(['b'])
  })

  it('pass over what cannot make the gap end, which goes last, not never', () => {
    // Three hours are left: 32 Space Units take four, 16 take two.
    const turns = new Turns({ lanes: ['x', 'x'], units: [32, 16] }, GAP_ENDS - 3 * 3_600_000)
    expect(turns.started).toEqual(['b'])
    const late = new Turns({ lanes: ['x', 'y'], units: [32, 32] }, GAP_ENDS + 60_000)
    expect(late.started).toEqual(['a', 'b'])
  })

  it('save the most Space Units when not all fit', () => {
    // Twelve hours at 150 MiB/s are some 98 Space Units, of which four fifths are read: 100 fit, 132 do not.
    const turns = new Turns({ lanes: ['x', 'x', 'x'], units: [40, 60, 32] })
    const queued = turns.judged().identities.map(({ status }) => (status.kind === 'queued' ? status.place : 0))
    expect(queued[2]).toBe(3)
  })

  it('never stop a service that is always connected, whatever else waits for its disk', () => {
    const turns = new Turns({ lanes: ['x', 'x'], policy: ['always', 'when-due'] })
    const [first] = turns.ids
    if (first === undefined) throw new Error('one is needed')
    turns.ready(first).operator({ is: 'proving', nonces: { start: 0, end: 288 }, positionBytes: MIB }, first)
    expect(turns.judged().actions).toEqual([])
  })

  it('are the same for the same world', () => {
    const judged = () => new Turns({ lanes: ['x', 'x', 'y', 'y'], units: [8, 16, 4, 30] }).judged().identities
    expect(judged()).toEqual(judged())
  })
})
