import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../../shared/domain/decide.ts'
import { asEpoch, asLayer } from '../../../shared/domain/ids.ts'
import type { Observation } from '../../../shared/domain/observation.ts'
import { observe } from '../../../shared/domain/observe.ts'
import { FINE_KINDS, statusSchema } from '../../../shared/domain/status.ts'
import { emptyWorld } from '../../../shared/domain/world.ts'
import { aFolder, AMBER, anId, aSetup, BASALT, GAP_OPENS, managedNode } from './scene.ts'

const CEDAR = anId('c')
const ids = fc.constantFrom(AMBER, BASALT, CEDAR)
const challenge = fc.constantFrom('0'.repeat(64), '1'.repeat(64), '2'.repeat(64), '')
const last = { at: GAP_OPENS, code: 1 }
const process = fc.constantFrom(
  { at: 'stopped' },
  { at: 'starting', attempt: 1, since: GAP_OPENS, readyBy: GAP_OPENS + 1 },
  { at: 'ready', since: GAP_OPENS, pid: 3 },
  { at: 'backoff', attempt: 2, until: GAP_OPENS, last },
  { at: 'stopping', killAt: GAP_OPENS },
  { at: 'exited', last },
  { at: 'failed', last },
)
const answer = fc.oneof(
  fc.constantFrom({ is: 'idle' }, { is: 'done' }, { is: 'silent' }, { is: 'none' }, { is: 'garbage', text: '<html>' }),
  fc.record({
    is: fc.constant('proving'),
    nonces: fc.constantFrom({ start: 0, end: 0 }, { start: 0, end: 288 }, { start: 288, end: 576 }),
    positionBytes: fc.nat(2 ** 31),
  }),
)
const serviceFact = fc.oneof(
  challenge.map((value) => ({ fact: 'proof-started', challenge: value })),
  fc.constantFrom(
    { fact: 'operator-running', address: 'x' },
    { fact: 'metadata-sent', numUnits: 4 },
    { fact: 'disconnected', why: 'already-registered', text: 'x' },
    { fact: 'disconnected', why: 'node-gone', text: 'x' },
    { fact: 'pow-started', nonces: { start: 0, end: 288 } },
    { fact: 'pow-finished', seconds: 3 },
    { fact: 'reading-started' },
    { fact: 'proof-found', nonce: 1, seconds: 3 },
    { fact: 'proof-valid' },
    { fact: 'proof-rejected', text: 'x' },
    { fact: 'proof-failed', why: 'different-challenge', current: '1'.repeat(64), requested: '2'.repeat(64), text: 'x' },
    { fact: 'proof-failed', why: 'nonces-exhausted', text: 'x' },
    { fact: 'file-size-wrong', path: 'p', expectedBytes: 2, actualBytes: 1 },
    { fact: 'start-error', text: 'x', code: 'x' },
    { fact: 'shutting-down' },
  ),
)
const event = fc
  .record({
    identity: ids,
    challenge,
    failure: fc.boolean(),
    event: fc.constantFrom(
      'post-start',
      'post-complete',
      'registered-in-poet',
      'waiting-for-registration',
      'waiting-for-round-end',
      'atx-published',
      'eligibilities',
      'malfeasance',
      'unknown',
    ),
    round: fc.integer({ min: 58, max: 63 }),
  })
  .map((one) => ({
    ...one,
    emittedAt: GAP_OPENS,
    help: 'h',
    poet: 'p',
    roundId: String(one.round),
    publishEpoch: asEpoch(one.round),
    epoch: asEpoch(one.round),
    windowOpensAt: GAP_OPENS,
    roundEndsAt: GAP_OPENS,
    atxId: 'x',
    layers: [{ layer: asLayer(247_000), count: 1 }],
    field: 99,
  }))
const nodeFact = fc.constantFrom(
  { fact: 'post-state', identity: AMBER, state: 'proving' },
  { fact: 'initial-post-invalid', idPrefix: 'aaaaaa', text: 'x' },
  { fact: 'twin-sign', sign: 'two-ballots', idPrefix: 'bbbbbb', text: 'x' },
  { fact: 'twin-sign', sign: 'poet-conflict', text: 'x' },
  { fact: 'atx-failed', why: 'expired', idPrefix: 'aaaaaa', text: 'x' },
  { fact: 'fatal', text: 'x', code: 'x' },
  { fact: 'app-started' },
  { fact: 'no-coinbase' },
  { fact: 'clock-off', text: 'x' },
)
const states = fc
  .array(fc.record({ identity: ids, state: fc.constantFrom('idle', 'proving', { unknown: 7 }), name: fc.constant('k') }), { maxLength: 3 })
  .map((list) => ({ kind: 'post-states', states: list }))

const one = fc.oneof(
  { weight: 4, arbitrary: states },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('operator'), identity: ids, answer }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('service-process'), identity: ids, state: process }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('service-log'), identity: ids, fact: serviceFact }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('node-event'), event }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('node-log'), fact: nodeFact }) },
  fc.record({ kind: fc.constant('node-process'), state: process }),
  fc.record({
    kind: fc.constant('node-api'),
    listener: fc.constantFrom('public', 'private', 'post'),
    reach: fc.constantFrom('up', 'down'),
  }),
  fc.record({ kind: fc.constant('service-cpu'), identity: ids, busyPercent: fc.nat(100) }),
  fc.record({ kind: fc.constant('pos-folder'), identity: ids, folder: ids.map((identity) => aFolder({ identity })) }),
  fc.record({
    kind: fc.constant('volume'),
    identity: ids,
    volume: fc.constantFrom({ is: 'gone' }, { is: 'mounted', mountPoint: '/m', device: 'd', freeBytes: 1, totalBytes: 2 }),
  }),
  fc.record({ kind: fc.constant('key-file'), identity: ids, is: fc.constantFrom('present', 'missing', 'held', 'invalid') }),
  fc.record({ kind: fc.constant('malfeasance'), identity: ids, isBanned: fc.boolean() }),
  fc.record({ kind: fc.constant('clock-jump'), byMs: fc.integer({ min: -86_400_000, max: 86_400_000 }) }),
  fc.constant({
    kind: 'activations',
    identities: [AMBER, BASALT],
    fromEpoch: asEpoch(58),
    toEpoch: asEpoch(62),
    list: [{ identity: AMBER, atxId: 'x', publishEpoch: asEpoch(61) }],
  }),
)
const step = fc.record({
  observation: one,
  wait: fc.oneof({ weight: 8, arbitrary: fc.nat(20_000) }, { weight: 1, arbitrary: fc.nat(400_000_000) }),
})
/** A jump of the wall clock moves the time of everything that follows. */
const later = (at: number, wait: number, observation: object): number =>
  at + wait + ('byMs' in observation && typeof observation.byMs === 'number' ? observation.byMs : 0)

const steps = fc.array(step, { maxLength: 60 })

const setups = [
  aSetup({
    node: managedNode,
    identities: [{ id: AMBER }, { id: BASALT }],
    services: [{}, { identity: BASALT, policy: 'when-due' }, { identity: CEDAR, owner: 'systemd' }],
  }),
  aSetup({ identities: [{ id: AMBER }, { id: BASALT }], services: [{ owner: 'psm' }, { identity: BASALT }] }),
]

describe('properties of the judgement over any sequence of observations', () => {
  it('never throws, always makes a valid status, and judges every identity of the set-up', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(...setups), (sequence, setup) => {
        let at = GAP_OPENS - 3_600_000
        let world = emptyWorld()
        for (const { observation, wait } of sequence) {
          at = later(at, wait, observation)
          world = observe(world, { ...observation, at } as unknown as Observation)
          const decision = decide(setup, world, at)
          for (const { status } of decision.identities) expect(statusSchema.safeParse(status).success, JSON.stringify(status)).toBe(true)
          expect(decision.identities.length).toBeGreaterThanOrEqual(setup.services.length)
          expect(decision.headline.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never says that something is fine when nothing was seen of it lately', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(...setups), fc.integer({ min: 60_001, max: 40_000_000 }), (sequence, setup, silence) => {
        let at = GAP_OPENS - 3_600_000
        let world = emptyWorld()
        for (const { observation, wait } of sequence) {
          at = later(at, wait, observation)
          world = observe(world, { ...observation, at } as unknown as Observation)
        }
        const { identities } = decide(setup, world, at + silence)
        expect(identities.filter(({ status }) => FINE_KINDS.includes(status.kind))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('acts only on what is ours, once an identity, and never stops work', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(...setups), (sequence, setup) => {
        let at = GAP_OPENS - 3_600_000
        let world = emptyWorld()
        for (const { observation, wait } of sequence) {
          at = later(at, wait, observation)
          world = observe(world, { ...observation, at } as unknown as Observation)
          const { actions } = decide(setup, world, at)
          const touched = actions.flatMap((action) => ('identity' in action ? [action.identity] : []))
          expect(new Set(touched).size).toBe(touched.length)
          for (const action of actions) {
            if (action.do === 'start-node') {
              expect(setup.node).toMatchObject({ mode: 'managed', owner: 'smeshkeeper' })
              continue
            }
            expect(setup.services.find((service) => service.identity === action.identity)?.owner).toBe('smeshkeeper')
            const belief = world.identities.get(action.identity)
            if (action.do === 'stop-service') expect(belief?.operator?.value.is).toBe('idle')
            if (action.do === 'start-service') expect(['stopped', 'exited']).toContain(belief?.process?.value.at)
            if (action.do === 'restart-service') {
              const isUseless = action.why === 'outdated-proof' || belief?.failure?.is === 'failed'
              expect(isUseless).toBe(true)
            }
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
