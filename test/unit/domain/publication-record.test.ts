import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asEpoch, asLayer, type IdentityId } from '../../../shared/domain/ids.ts'
import { epochStart, type NetworkTiming } from '../../../shared/domain/network.ts'
import type { ActivationEntry, NodeEvent, Observation } from '../../../shared/domain/observation.ts'
import { observe } from '../../../shared/domain/observe.ts'
import type { KnownAtx, PublicationRecord } from '../../../shared/domain/publication.ts'
import {
  emptyRecord,
  foldPublication,
  KEPT_EPOCHS,
  mergeRecords,
  withAtxs,
  withDatabase,
} from '../../../shared/domain/publication-record.ts'
import { emptyWorld } from '../../../shared/domain/world.ts'

const ID = 'a1'.repeat(32) as IdentityId
const OTHER = 'b2'.repeat(32) as IdentityId
const net: NetworkTiming = {
  genesisMs: 1_000_000,
  layerDurationMs: 1_000,
  layersPerEpoch: 100,
  poet: { phaseShiftMs: 50_000, cycleGapMs: 10_000, gracePeriodMs: 5_000 },
}
const during = (epoch: number): number => epochStart(net, asEpoch(epoch)) + 40_000
const atxId = (n: number): string => n.toString(16).padStart(64, '0')
const entry = (publishEpoch: number, n = publishEpoch, identity = ID): ActivationEntry => ({
  identity,
  atxId: atxId(n),
  publishEpoch: asEpoch(publishEpoch),
})
const listed = (at: number, list: readonly ActivationEntry[], fromEpoch = 0): Observation => ({
  at,
  kind: 'activations',
  identities: [ID],
  fromEpoch: asEpoch(fromEpoch),
  toEpoch: asEpoch(1_000),
  list,
})
const synced = (at: number, isSynced = true): Observation => ({
  at,
  kind: 'node-sync',
  sync: { isSynced, connectedPeers: 1, currentLayer: asLayer(1), latestLayer: asLayer(1), appliedLayer: asLayer(1) },
})
const event = (at: number, more: Partial<NodeEvent> & { event: NodeEvent['event'] }): Observation => ({
  at,
  kind: 'node-event',
  event: { emittedAt: at, failure: false, help: '', identity: ID, ...more } as NodeEvent,
})
const twinSign = (at: number, idPrefix?: string): Observation => ({
  at,
  kind: 'node-log',
  fact: { fact: 'twin-sign', sign: 'poet-conflict', text: '409', ...(idPrefix === undefined ? {} : { idPrefix }) },
})

function folded(observations: readonly Observation[], isArmedHere = true): PublicationRecord {
  let world = emptyWorld()
  let record = emptyRecord(ID)
  for (const one of observations) {
    world = observe(world, one)
    record = foldPublication(record, one, { world, net, isArmedHere })
  }
  return record
}

describe('the publication record', () => {
  it('takes an ATX for ours when the network lists it while the key is armed here', () => {
    const record = folded([synced(during(5)), listed(during(5), [entry(4), entry(5)])])
    expect(record.atxs.map(({ publishEpoch, by }) => [publishEpoch, by])).toEqual([
      [4, 'network'],
      [5, 'network'],
    ])
    expect(record.watchedUntil).toBe(during(5))
  })

  it('knows that our node made it when the node had said so', () => {
    const at = during(5)
    const record = folded([
      synced(at),
      event(at + 1, { event: 'atx-published', publishEpoch: asEpoch(5), atxId: atxId(5) }),
      listed(at + 9, [entry(5)]),
    ])
    expect(record.atxs).toEqual([{ publishEpoch: 5, atxId: atxId(5), seenAt: at + 1, by: 'here' }])
  })

  it('does not believe what the node only says', () => {
    const at = during(5)
    const record = folded([
      synced(at),
      event(at + 1, { event: 'atx-published', publishEpoch: asEpoch(5), atxId: atxId(5) }),
      listed(at + 9, [entry(5, 77)]),
    ])
    expect(record.atxs.map((atx) => [atx.atxId, atx.by])).toEqual([[atxId(77), 'network']])
  })

  it('learns nothing while the key is not armed here', () => {
    expect(folded([synced(during(5)), listed(during(5), [entry(5)])], false)).toEqual(emptyRecord(ID))
  })

  it('is no more complete than a node in sync and a whole list make it', () => {
    expect(folded([listed(during(5), [entry(5)])]).watchedUntil).toBe(undefined)
    expect(folded([synced(during(5), false), listed(during(5), [entry(5)])]).watchedUntil).toBe(undefined)
    expect(folded([synced(during(5)), listed(during(5), [entry(5)], 4)]).watchedUntil).toBe(undefined)
    expect(folded([synced(during(5)), listed(during(5), [entry(5)], 3)]).watchedUntil).toBe(during(5))
  })

  it('keeps the ATXs around a sign of a second node out, and remembers the sign', () => {
    const at = during(5)
    const record = folded([
      synced(at - 5),
      listed(at - 4, [entry(4)]),
      twinSign(at, ID.slice(0, 6)),
      event(at + 1, { event: 'atx-published', publishEpoch: asEpoch(5), atxId: atxId(5) }),
      listed(at + 2, [entry(4), entry(5, 55)]),
      listed(during(6), [entry(5, 55), entry(6, 66)]),
      listed(during(7), [entry(6, 66), entry(7, 77)]),
    ])
    expect(record.twin).toEqual({ at, text: '409' })
    expect(record.atxs.map(({ publishEpoch }) => publishEpoch)).toEqual([4, 7])
  })

  it('gives a nameless sign to nobody when there are several identities', () => {
    const at = during(5)
    expect(folded([synced(at), listed(at, [entry(5)]), twinSign(at + 1)]).twin).toBeDefined()
    const other: Observation = { at, kind: 'post-states', states: [{ identity: OTHER, state: 'idle', name: 'b.key' }] }
    expect(folded([other, synced(at), listed(at, [entry(5)]), twinSign(at + 1)]).twin).toBe(undefined)
  })

  it('keeps the newest PoET registration with its publish epoch', () => {
    const at = during(5)
    const record = folded([
      event(at, { event: 'registered-in-poet', poet: 'p', roundId: '5' }),
      event(at - 50_000, { event: 'registered-in-poet', poet: 'p', roundId: '4' }),
      event(at + 1, { event: 'registered-in-poet', poet: 'q', roundId: 'odd' }),
    ])
    expect(record.registered).toEqual({ publishEpoch: 6, roundId: '5', at })
  })

  it('stays the same object when nothing changed', () => {
    const at = during(5)
    let world = observe(emptyWorld(), synced(at))
    const seen = listed(at, [entry(5)])
    world = observe(world, seen)
    const record = foldPublication(emptyRecord(ID), seen, { world, net, isArmedHere: true })
    expect(foldPublication(record, seen, { world, net, isArmedHere: true })).toBe(record)
    expect(foldPublication(record, synced(at), { world, net, isArmedHere: true })).toBe(record)
  })

  it('learns the previous ATX from a local.sql, when the network knows its epoch', () => {
    const rows = {
      identity: ID,
      hasPost: true,
      hasProof: false,
      registrations: [],
      challenge: { publishEpoch: 6, previousAtx: atxId(5), hasPoetProof: false },
    }
    expect(withDatabase(emptyRecord(ID), rows, [entry(5)], 9).atxs).toEqual([
      { publishEpoch: 5, atxId: atxId(5), seenAt: 9, by: 'database' },
    ])
    expect(withDatabase(emptyRecord(ID), rows, [entry(4)], 9).atxs).toEqual([])
  })

  it('keeps a bounded number of epochs, the newest', () => {
    const many = Array.from({ length: KEPT_EPOCHS + 50 }, (_, i): KnownAtx => ({
      publishEpoch: i,
      atxId: atxId(i),
      seenAt: i,
      by: 'network',
    }))
    const record = withAtxs(emptyRecord(ID), many)
    expect(record.atxs.length).toBe(KEPT_EPOCHS)
    expect(record.atxs.at(-1)?.publishEpoch).toBe(KEPT_EPOCHS + 49)
  })
})

const known = fc.record({
  publishEpoch: fc.integer({ min: 0, max: 300 }),
  atxId: fc.integer({ min: 0, max: 400 }).map(atxId),
  seenAt: fc.integer({ min: 0, max: 1_000_000 }),
  by: fc.constantFrom('here' as const, 'network' as const, 'database' as const),
})
const records = fc.record(
  {
    identity: fc.constant(ID),
    atxs: fc.array(known, { maxLength: 40 }),
    registered: fc.record({ publishEpoch: fc.nat(300), roundId: fc.nat(300).map(String), at: fc.nat(1_000_000) }),
    watchedUntil: fc.nat(1_000_000),
    twin: fc.record({ at: fc.nat(1_000_000), text: fc.constant('409') }),
  },
  { requiredKeys: ['identity', 'atxs'] },
)
/** As a record really is: through the one door. */
const clean = records.map((record) => mergeRecords(emptyRecord(ID), record))

describe('merging records', () => {
  it('gives the same in any order and how often it is done', () => {
    fc.assert(
      fc.property(clean, clean, (a, b) => {
        const ab = mergeRecords(a, b)
        const ba = mergeRecords(b, a)
        expect({ ...ab, registered: ab.registered?.publishEpoch, twin: ab.twin?.at }).toEqual({
          ...ba,
          registered: ba.registered?.publishEpoch,
          twin: ba.twin?.at,
        })
        expect(mergeRecords(ab, b)).toEqual(ab)
      }),
    )
  })

  it('loses no ATX of the epochs that are kept', () => {
    fc.assert(
      fc.property(clean, clean, (a, b) => {
        const all = mergeRecords(a, b)
        const oldest = all.atxs[0]?.publishEpoch ?? 0
        for (const atx of [...a.atxs, ...b.atxs]) {
          if (atx.publishEpoch < oldest) continue
          expect(all.atxs.some((one) => one.publishEpoch === atx.publishEpoch && one.atxId === atx.atxId)).toBe(true)
        }
      }),
    )
  })
})
