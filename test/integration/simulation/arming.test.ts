import { describe, expect, it } from 'vitest'
import { judgeArming, type ArmingInput } from '../../../shared/domain/arming-check.ts'
import type { IdentityId, UnixMs } from '../../../shared/domain/ids.ts'
import type { LocalRows } from '../../../shared/domain/inventory.ts'
import { epochAt } from '../../../shared/domain/network.ts'
import type { Observation } from '../../../shared/domain/observation.ts'
import { observe } from '../../../shared/domain/observe.ts'
import type { PublicationRecord } from '../../../shared/domain/publication.ts'
import { emptyRecord, foldPublication, riskEnd } from '../../../shared/domain/publication-record.ts'
import { emptyWorld, type World } from '../../../shared/domain/world.ts'
import { seededRandom } from '../../simulation/random.ts'
import { simulate } from '../../simulation/simulate.ts'
import type { SimWorld } from '../../simulation/world.ts'

const SEEDS = 60

interface Snapshot {
  readonly at: UnixMs
  readonly rows: LocalRows | undefined
  readonly record: PublicationRecord
  readonly newest: string | undefined
}
interface Tally {
  judged: number
  twinsHeld: number
  rolledBackHeld: number
  readonly wrong: string[]
}

function rowsOf(world: SimWorld, identity: IdentityId): LocalRows | undefined {
  const lasting = world.node.lasting.get(identity)
  if (lasting === undefined || (!lasting.hasInitial && lasting.challenge === undefined)) return undefined
  const { challenge } = lasting
  return {
    identity,
    hasPost: lasting.hasInitial,
    hasProof: challenge?.isProved === true,
    registrations: [],
    ...(challenge === undefined
      ? {}
      : { challenge: { publishEpoch: challenge.epoch, previousAtx: challenge.previousAtx, hasPoetProof: challenge.hasPoetProof } }),
  }
}

/** Follows one world as the app would, records included, and asks at random moments whether each key may be armed. */
class Follower {
  readonly #random
  readonly #tally: Tally
  readonly #records = new Map<IdentityId, PublicationRecord>()
  readonly #snapshots = new Map<IdentityId, Snapshot[]>()
  #world: World = emptyWorld()

  constructor(seed: number, tally: Tally) {
    this.#random = seededRandom(seed ^ 0xa4a1)
    this.#tally = tally
  }

  seen(one: Observation, sim: SimWorld): void {
    const net = sim.scenario.net
    // The app ends and begins anew now and then: only the record outlives it.
    if (this.#random.chance(0.0005)) this.#world = emptyWorld()
    this.#world = observe(this.#world, one)
    for (const identity of sim.services.keys()) {
      const before = this.#records.get(identity) ?? emptyRecord(identity)
      this.#records.set(identity, foldPublication(before, one, { world: this.#world, net, isArmedHere: true }))
    }
    if (one.kind === 'activations' || this.#random.chance(0.02)) for (const identity of sim.services.keys()) this.#judge(identity, sim)
  }

  #judge(identity: IdentityId, sim: SimWorld): void {
    const { net } = sim.scenario
    const now = sim.clock.now()
    const record = this.#records.get(identity) ?? emptyRecord(identity)
    const rows = rowsOf(sim, identity)
    const atxs = sim.node.atxs.filter((atx) => atx.identity === identity).reverse()
    const asked = { identity, isAlreadyPublishing: false, net, now, network: { atxs, isSynced: true, askedAt: now } } as const
    const live: ArmingInput = { ...asked, databaseFrom: 'live', ...(rows === undefined ? {} : { rows }) }
    this.#tally.judged += 1
    const bare = judgeArming(live)
    if (bare.is !== 'clear') this.#tally.wrong.push(`seed ${sim.scenario.seed} at ${sim.now}, imported as it is: ${JSON.stringify(bare)}`)
    const known = judgeArming({ ...live, record })
    const isTwin = record.twin !== undefined && now < riskEnd(net, epochAt(net, record.twin.at))
    if (isTwin && known.is === 'hold') this.#tally.twinsHeld += 1
    if ((known.is === 'hold') !== isTwin)
      this.#tally.wrong.push(`seed ${sim.scenario.seed} at ${sim.now}, ${isTwin ? 'twin not held' : JSON.stringify(known)}`)
    if (!isTwin) this.#rollBack({ ...live, record }, { at: now, rows, record, newest: atxs[0]?.atxId })
  }

  /** An older copy of the database must be refused when an ATX came since. */
  #rollBack(live: ArmingInput, present: Snapshot): void {
    const all = this.#snapshots.get(live.identity) ?? []
    this.#snapshots.set(live.identity, [...all.slice(-400), present])
    const old = all[Math.floor(this.#random.between(0, all.length))]
    const newest = live.network?.atxs[0]
    if (old === undefined || newest === undefined || old.newest === newest.atxId || old.at >= present.at) return
    if (newest.publishEpoch < epochAt(live.net, live.now) - 2) return
    const { rows: _rows, ...rest } = live
    const verdict = judgeArming({
      ...rest,
      databaseFrom: 'backup',
      backupMadeAt: old.at,
      record: old.record,
      ...(old.rows === undefined ? {} : { rows: old.rows }),
    })
    if (verdict.is === 'hold') this.#tally.rolledBackHeld += 1
    else
      this.#tally.wrong.push(
        `a database from ${present.at - old.at} ms ago is ${verdict.is}: ${JSON.stringify(old)} ${JSON.stringify(newest)}`,
      )
  }
}

describe('keys of simulated worlds', () => {
  it(
    'are never held without a twin, always with one, and always with a database from before their newest ATX',
    { timeout: 120_000 },
    () => {
      const tally: Tally = { judged: 0, twinsHeld: 0, rolledBackHeld: 0, wrong: [] }
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const follower = new Follower(seed, tally)
        simulate({ seed, epochs: 4, onObservation: (one, world) => follower.seen(one, world) })
      }
      expect(tally.wrong.slice(0, 5), `${tally.wrong.length} of ${tally.judged}`).toEqual([])
      expect(tally.judged).toBeGreaterThan(20_000)
      expect(tally.twinsHeld).toBeGreaterThan(100)
      expect(tally.rolledBackHeld).toBeGreaterThan(1_000)
    },
  )
})
