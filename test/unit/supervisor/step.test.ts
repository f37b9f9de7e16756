import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, isLive, newMachine, step } from '../../../electron/supervisor/step.ts'
import type { Effect, Machine, MachineEvent } from '../../../electron/supervisor/step.ts'
import type { ProcessPolicy } from '../../../electron/supervisor/types.ts'
import type { ProcessState } from '../../../shared/domain/process.ts'
import { aMachine, aMoment, aPolicy } from './builders.ts'

/** Runs events one after the other; `[event, mono]`. */
function play(events: readonly (readonly [MachineEvent, number])[], policy: ProcessPolicy = aPolicy(), from: Machine = newMachine()) {
  let state = from
  const effects: string[] = []
  for (const [event, mono] of events) {
    const next = step(state, event, policy, aMoment(mono))
    state = next.state
    effects.push(...next.effects.map((e) => e.do))
  }
  return { state, observed: state.observed, effects }
}
const up: MachineEvent = { is: 'desired', desired: 'up' }
const down: MachineEvent = { is: 'desired', desired: 'down' }
const spawned: MachineEvent = { is: 'spawned', pid: 7 }
const ready: MachineEvent = { is: 'probe', result: { is: 'ready' } }
const died: MachineEvent = { is: 'exited', code: 1 }
const tick: MachineEvent = { is: 'tick' }

describe('starting', () => {
  it('is spawned, named by its steps, then ready', () => {
    const notYet: MachineEvent = { is: 'probe', result: { is: 'not-yet', step: 'asking PoETs' } }
    const { observed, effects } = play([
      [up, 0],
      [spawned, 10],
      [notYet, 20],
    ])
    expect(effects).toEqual(['spawn'])
    expect(observed).toEqual({ at: 'starting', attempt: 1, since: 1_000_000, readyBy: 1_060_000, step: 'asking PoETs', pid: 7 })
    expect(
      play([
        [up, 0],
        [spawned, 10],
        [notYet, 20],
        [ready, 30],
      ]).observed,
    ).toEqual({ at: 'ready', since: 1_000_030, pid: 7 })
  })

  it('is stopped and started again when it is not ready in time, and the step is named', () => {
    const events = [
      [up, 0],
      [spawned, 1],
      [{ is: 'probe', result: { is: 'not-yet', step: 'migrating' } }, 2],
      [tick, 60_000],
      [died, 61_000],
    ] as const
    const { observed, effects } = play(events)
    expect(effects).toEqual(['spawn', 'terminate'])
    expect(observed).toMatchObject({ at: 'backoff', attempt: 1, last: { causeCode: 'process/not-ready' } })
    expect(JSON.stringify(observed)).toContain('migrating')
  })

  it('gives up after five starts in a row that were never ready, though they take longer than the window', () => {
    const events: [MachineEvent, number][] = [[up, 0]]
    let at = 0
    for (let i = 0; i < 5; i++) events.push([spawned, at], [tick, (at += 900_000)], [died, at], [tick, (at += 60_000)])
    expect(play(events, aPolicy({ readyWithinMs: 900_000 })).observed).toMatchObject({
      at: 'failed',
      last: { causeCode: 'process/not-ready' },
    })
  })

  it('is waited for without end where the policy says so, or when it was adopted', () => {
    expect(
      play(
        [
          [up, 0],
          [spawned, 1],
          [tick, 99_000],
        ],
        aPolicy({ whenNotReady: 'wait' }),
      ).observed.at,
    ).toBe('starting')
    const adopted: MachineEvent = { is: 'adopted', pid: 9, spawnedAt: 900_000 }
    const failed: MachineEvent = { is: 'probe', result: { is: 'failed', cause: 'silent', causeCode: 'x' } }
    const { observed, effects } = play([
      [adopted, 0],
      [failed, 1],
      [tick, 10_000_000],
    ])
    expect(effects).toEqual([])
    expect(observed).toMatchObject({ at: 'starting', pid: 9, step: 'silent', since: 900_000 })
  })

  it('is stopped at once when the probe finds a failure', () => {
    const failed: MachineEvent = { is: 'probe', result: { is: 'failed', cause: 'wrong port', causeCode: 'x/port' } }
    const { observed, effects } = play([
      [up, 0],
      [spawned, 1],
      [failed, 2],
      [died, 3],
    ])
    expect(effects).toEqual(['spawn', 'terminate'])
    expect(observed).toMatchObject({ at: 'backoff', last: { causeCode: 'x/port', cause: 'wrong port' } })
  })
})

describe('ending unexpectedly', () => {
  it('pauses longer each time, then gives up within the budget', () => {
    let state = play([
      [up, 0],
      [spawned, 0],
      [ready, 0],
    ]).state
    const pauses: number[] = []
    let mono = 0
    for (let i = 0; i < 4; i++) {
      state = play([[died, ++mono]], aPolicy(), state).state
      if (state.observed.at !== 'backoff') throw new Error(state.observed.at)
      pauses.push((state.dueMono ?? 0) - mono)
      mono = state.dueMono ?? 0
      state = play(
        [
          [tick, mono],
          [spawned, mono],
          [ready, mono],
        ],
        aPolicy(),
        state,
      ).state
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000])
    const last = play([[died, ++mono]], aPolicy(), state)
    expect(last.observed).toMatchObject({ at: 'failed', last: { code: 1, causeCode: 'process/ended-at-once' } })
    expect(last.effects).toEqual([])
  })

  it('starts a new count after a long healthy run, and tells hours from at once', () => {
    const crashed = aMachine(
      { at: 'ready', since: 0, pid: 7 },
      { desired: 'up', wasReady: true, attempt: 4, crashes: [1, 2, 3, 4], startedMono: 10 },
    )
    const { state, observed } = play([[died, 3_600_010]], aPolicy(), crashed)
    expect(observed).toMatchObject({ at: 'backoff', attempt: 1, last: { ranMs: 3_600_000, causeCode: 'process/ended' } })
    expect(state.crashes).toEqual([3_600_010])
  })

  it('gives up at once when starting again cannot help', () => {
    const never: MachineEvent = { is: 'exited', code: 2, why: { cause: 'bad flag', causeCode: 'x/flag', retry: 'never' } }
    expect(
      play([
        [up, 0],
        [spawned, 1],
        [never, 2],
      ]).observed,
    ).toMatchObject({ at: 'failed', last: { code: 2, causeCode: 'x/flag' } })
  })

  it('is done when it may end, and has failed when it should not', () => {
    const once = aPolicy({ mode: 'once' })
    expect(
      play(
        [
          [up, 0],
          [spawned, 1],
          [{ is: 'exited', code: 0 }, 2],
          [up, 3],
        ],
        once,
      ).observed.at,
    ).toBe('exited')
    expect(
      play(
        [
          [up, 0],
          [spawned, 1],
          [died, 2],
          [up, 3],
        ],
        once,
      ).observed.at,
    ).toBe('failed')
  })

  it('is started again by the user alone once it has failed', () => {
    const failed = aMachine({ at: 'failed', last: { at: 0 } }, { desired: 'up', attempt: 5, crashes: [1, 2, 3, 4, 5] })
    expect(
      play(
        [
          [up, 10],
          [tick, 1e9],
        ],
        aPolicy(),
        failed,
      ),
    ).toMatchObject({ observed: { at: 'failed' }, effects: [] })
    const again = play([[{ is: 'restart' }, 10]], aPolicy(), failed)
    expect(again).toMatchObject({ observed: { at: 'starting', attempt: 1 }, effects: ['spawn'], state: { crashes: [] } })
    expect(
      play(
        [
          [down, 1],
          [up, 2],
        ],
        aPolicy(),
        failed,
      ).observed.at,
    ).toBe('starting')
  })

  it('ends a pause when the user restarts it or stops it', () => {
    const paused = play([
      [up, 0],
      [spawned, 1],
      [died, 2],
    ]).state
    expect(play([[up, 3]], aPolicy(), paused).observed.at).toBe('backoff')
    expect(play([[{ is: 'restart' }, 3]], aPolicy(), paused)).toMatchObject({ observed: { at: 'starting' }, effects: ['spawn'] })
    expect(
      play(
        [
          [down, 3],
          [tick, 1e9],
        ],
        aPolicy(),
        paused,
      ),
    ).toMatchObject({ observed: { at: 'stopped' }, effects: [] })
  })
})

describe('stopping', () => {
  it('asks gently, waits, then kills and keeps killing', () => {
    const running = play([
      [up, 0],
      [spawned, 1],
      [ready, 2],
    ]).state
    const events: [MachineEvent, number][] = [
      [down, 100],
      [tick, 5099],
      [tick, 5100],
      [tick, 5101],
      [tick, 10_100],
    ]
    expect(play(events, aPolicy(), running)).toMatchObject({ effects: ['terminate', 'kill', 'kill'], observed: { at: 'stopping', pid: 7 } })
    expect(play([...events, [{ is: 'exited', signal: 'SIGKILL' }, 11_000]], aPolicy(), running).observed).toEqual({ at: 'stopped' })
  })

  it('restarts by stopping and starting', () => {
    const running = play([
      [up, 0],
      [spawned, 1],
      [ready, 2],
    ]).state
    const { observed, effects } = play(
      [
        [{ is: 'restart' }, 3],
        [{ is: 'exited', code: 0 }, 4],
      ],
      aPolicy(),
      running,
    )
    expect(effects).toEqual(['terminate', 'spawn'])
    expect(observed).toMatchObject({ at: 'starting', attempt: 1 })
  })

  it('starts again when it is wanted again meanwhile', () => {
    const { effects, observed } = play([
      [up, 0],
      [spawned, 1],
      [down, 2],
      [up, 3],
      [died, 4],
    ])
    expect(effects).toEqual(['spawn', 'terminate', 'spawn'])
    expect(observed.at).toBe('starting')
  })

  it('ends what was unwanted while it was being spawned', () => {
    expect(
      play([
        [up, 0],
        [down, 1],
        [spawned, 2],
      ]),
    ).toMatchObject({ effects: ['spawn', 'terminate'], observed: { at: 'stopping', pid: 7 } })
    expect(
      play([
        [up, 0],
        [down, 1],
        [{ is: 'exited' }, 2],
      ]).observed,
    ).toEqual({ at: 'stopped' })
  })
})

describe('adopting', () => {
  it('is ready since the time it was', () => {
    const { observed } = play([[{ is: 'adopted', pid: 9, spawnedAt: 1, readyAt: 2 }, 0]])
    expect(observed).toEqual({ at: 'ready', since: 2, pid: 9, adopted: true })
  })

  it('knows how long it has run, from before our own start', () => {
    const { observed } = play([
      [{ is: 'adopted', pid: 9, spawnedAt: 400_000, readyAt: 400_001 }, 0],
      [{ is: 'exited' }, 5000],
    ])
    expect(observed).toMatchObject({ at: 'backoff', last: { ranMs: 605_000, causeCode: 'process/ended' } })
    expect(observed).not.toHaveProperty('last.code')
  })

  it('shows what ended while nobody watched, and starts it when it is wanted', () => {
    const gone: MachineEvent = { is: 'found-gone', last: { at: 5, cause: 'away' } }
    expect(play([[gone, 0]]).observed).toEqual({ at: 'exited', last: { at: 5, cause: 'away' } })
    expect(
      play([
        [gone, 0],
        [up, 1],
      ]).effects,
    ).toEqual(['spawn'])
  })
})

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
