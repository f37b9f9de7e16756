import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, isLive, newMachine, step } from '../../../electron/supervisor/step.ts'
import type { Effect, MachineEvent } from '../../../electron/supervisor/step.ts'
import type { ProcessState } from '../../../shared/domain/process.ts'
import { aMachine, aMoment, aPolicy } from './builders.ts'

const up: MachineEvent = { is: 'desired', desired: 'up' }
const down: MachineEvent = { is: 'desired', desired: 'down' }
const spawned: MachineEvent = { is: 'spawned', pid: 7 }
const ready: MachineEvent = { is: 'probe', result: { is: 'ready' } }
const died: MachineEvent = { is: 'exited', code: 1 }
const tick: MachineEvent = { is: 'tick' }

const states: readonly ProcessState[] = [
  { at: 'stopped' },
  { at: 'starting', attempt: 1, since: 0, readyBy: 10 },
  { at: 'starting', attempt: 1, since: 0, readyBy: 10, pid: 5 },
  { at: 'ready', since: 0, pid: 5 },
  { at: 'backoff', attempt: 1, until: 5, last: { at: 0 } },
  { at: 'stopping', killAt: 5, pid: 5 },
  { at: 'exited', last: { at: 0 } },
  { at: 'failed', last: { at: 0 } },
]
const events: readonly MachineEvent[] = [
  up,
  down,
  { is: 'restart' },
  spawned,
  { is: 'adopted', pid: 5, spawnedAt: 0 },
  { is: 'adopted', pid: 5, spawnedAt: 0, readyAt: 1 },
  { is: 'found-gone', last: { at: 0 } },
  ready,
  { is: 'probe', result: { is: 'not-yet', step: 's' } },
  { is: 'probe', result: { is: 'failed', cause: 'c', causeCode: 'x' } },
  died,
  { is: 'exited', signal: 'SIGTERM' },
  { is: 'exited', code: 0 },
  tick,
]

describe('every state with every event', () => {
  const all = states.flatMap((observed) =>
    events.flatMap((event) => (['up', 'down'] as const).map((desired) => ({ observed, event, desired }))),
  )
  it.each(all)('$observed.at ($desired) on $event.is keeps the rules', ({ observed, event, desired }) => {
    const before = aMachine(observed, { desired, dueMono: 10, startedMono: 0, attempt: 1 })
    const { state, effects } = step(before, event, aPolicy(), aMoment(20))
    const did = (what: Effect['do']): boolean => effects.some((e) => e.do === what)
    // A process is started only where there is none, and ended only where there is one.
    if (did('spawn')) expect(!isLive(observed) || event.is === 'exited').toBe(true)
    if (did('spawn')) expect(state).toMatchObject({ desired: 'up', observed: { at: 'starting' } })
    if (did('terminate')) expect(state.observed.at).toBe('stopping')
    if (did('kill')) expect(observed.at).toBe('stopping')
    if (isLive(observed) && event.is !== 'exited') expect(isLive(state.observed)).toBe(true)
    // States with a deadline have one; the others none that could fire.
    if (state.observed.at === 'backoff' || state.observed.at === 'stopping') expect(state.dueMono).toBeDefined()
    if (!isLive(state.observed) && state.observed.at !== 'backoff' && state !== before) expect(['spawn']).not.toContain(effects[0]?.do)
  })
})

/** A world that obeys: a spawn brings a process, a kill ends it, a gentle signal perhaps. Wall clock and monotonic clock are apart. */
const aCommand = fc.oneof(
  fc.constantFrom<MachineEvent>(up, down, { is: 'restart' }, ready, { is: 'probe', result: { is: 'failed', cause: 'c', causeCode: 'x' } }),
  fc.constantFrom('crash', 'deliver-spawn', 'obey', 'jump-a-day' as const),
  fc.record({ wait: fc.integer({ min: 1, max: 700_000 }) }),
)

describe('whatever happens', () => {
  it('never has two processes, never starts what is not wanted, never kills before the wait is over, and always comes to rest', () => {
    fc.assert(
      fc.property(
        fc.array(aCommand, { maxLength: 120 }),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (commands, randoms) => {
          const policy = aPolicy()
          let state = newMachine()
          let mono = 0
          let wallShift = 0
          let turn = 0
          const world: { is: 'none' | 'spawning' | 'running' } = { is: 'none' }
          let terminatedAt = Infinity
          const send = (event: MachineEvent): void => {
            const next = step(state, event, policy, { mono, wall: mono + wallShift, random: randoms[turn++ % 5] ?? 0 })
            state = next.state
            for (const effect of next.effects) {
              if (effect.do === 'spawn') {
                expect(world.is).toBe('none')
                expect(state.desired).toBe('up')
                world.is = 'spawning'
              } else if (effect.do === 'terminate') {
                expect(world.is).toBe('running')
                terminatedAt = mono
              } else {
                expect(mono - terminatedAt).toBeGreaterThanOrEqual(policy.stopWaitMs)
                world.is = 'none'
                send({ is: 'exited', signal: 'SIGKILL' })
              }
            }
            expect(isLive(state.observed)).toBe(world.is !== 'none')
          }
          const end = (event: MachineEvent): void => {
            world.is = 'none'
            send(event)
          }
          const wait = (ms: number): void => {
            const until = mono + ms
            while (state.dueMono !== undefined && state.dueMono <= until) {
              mono = Math.max(mono, state.dueMono)
              if (world.is === 'spawning') deliver()
              const { dueMono } = state
              send(tick)
              if (state.dueMono === dueMono) break
            }
            mono = until
          }
          const deliver = (): void => {
            world.is = 'running'
            send(spawned)
          }
          for (const command of commands) {
            if (typeof command !== 'string') {
              if ('wait' in command) wait(command.wait)
              else send(command)
            } else if (command === 'jump-a-day') wallShift += 86_400_000
            else if (command === 'deliver-spawn' && world.is === 'spawning') deliver()
            else if (command === 'crash' && world.is !== 'none') end(died)
            else if (command === 'obey' && world.is === 'running' && state.observed.at === 'stopping') end({ is: 'exited', code: 0 })
          }
          send(down)
          if (world.is === 'spawning') deliver()
          for (let i = 0; i < 3; i++) wait(10_000)
          expect(world.is).toBe('none')
          expect(state.desired).toBe('down')
          expect(['stopped', 'exited', 'failed']).toContain(state.observed.at)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('never spends more starts than the budget within its window', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 30, maxLength: 60 }), (runs) => {
        let { state } = step(newMachine(), up, aPolicy(), aMoment(0))
        let mono = 0
        const ends: number[] = []
        for (const ranMs of runs) {
          if (state.observed.at !== 'starting') break
          state = step(state, spawned, aPolicy(), aMoment(mono)).state
          state = step(state, ready, aPolicy(), aMoment(mono)).state
          mono += ranMs
          ends.push(mono)
          state = step(state, died, aPolicy(), aMoment(mono)).state
          mono = state.dueMono ?? mono
          state = step(state, tick, aPolicy(), aMoment(mono)).state
        }
        expect(state.observed.at).toBe('failed')
        expect(ends.length).toBe(5)
      }),
    )
  })

  it('pauses within the jitter and below the most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
        const pause = backoffMs(attempt, aPolicy(), random)
        const plain = Math.min(60_000, 1000 * 2 ** (attempt - 1))
        expect(pause).toBeGreaterThanOrEqual(Math.floor(plain * 0.8))
        expect(pause).toBeLessThanOrEqual(Math.ceil(plain * 1.2))
      }),
    )
  })
})
