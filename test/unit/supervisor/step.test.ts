import { describe, expect, it } from 'vitest'
import { newMachine, step } from '../../../electron/supervisor/step.ts'
import type { Machine, MachineEvent } from '../../../electron/supervisor/step.ts'
import type { ProcessPolicy } from '../../../electron/supervisor/types.ts'
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

  it('takes a restart asked for while it stops a failed start for what the user wants, not for one more failure', () => {
    const begun = [
      [up, 0],
      [spawned, 1],
      [{ is: 'probe', result: { is: 'failed', cause: 'no', causeCode: 'x' } }, 2],
    ] as const
    for (const asked of [
      [[{ is: 'restart' }, 3]],
      [
        [down, 3],
        [up, 4],
      ],
    ] as const) {
      const { effects, state } = play([...begun, ...asked, [died, 5]])
      expect(effects).toEqual(['spawn', 'terminate', 'spawn'])
      expect(state).toMatchObject({ observed: { at: 'starting', attempt: 1 }, crashes: [] })
    }
    expect(play([...begun, [died, 5]]).observed.at).toBe('backoff')
    expect(play([...begun, [down, 3], [died, 5]]).observed).toEqual({ at: 'stopped' })
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
