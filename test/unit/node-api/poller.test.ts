import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { poll } from '../../../electron/node-api/poller.ts'

/** Lets every promise that can go on go on. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await Promise.resolve()
}

describe('poll', () => {
  it('runs at once, then a period after each end, never twice at a time', async () => {
    const clock = new FakeClock()
    const started: number[] = []
    let finish = (): void => {}
    const poller = poll({
      clock,
      log: silentLogger,
      name: 'x',
      periodMs: () => 1_000,
      task: () => {
        started.push(clock.monotonic())
        return new Promise((resolve) => (finish = resolve))
      },
    })
    expect(started).toEqual([0])
    clock.advance(5_000)
    poller.kick()
    poller.kick()
    expect(started).toEqual([0])
    finish()
    await settle()
    expect(started).toEqual([0, 5_000])
    finish()
    await settle()
    clock.advance(999)
    expect(started.length).toBe(2)
    clock.advance(1)
    expect(started).toEqual([0, 5_000, 6_000])
    const closed = poller.close()
    finish()
    await closed
    clock.advance(10_000)
    poller.kick()
    expect(started.length).toBe(3)
  })

  it('logs a bug in its task and goes on', async () => {
    const clock = new FakeClock()
    const bugs: unknown[] = []
    let runs = 0
    poll({
      clock,
      log: { ...silentLogger, error: (_event, fields) => void bugs.push(fields?.['text']) },
      name: 'x',
      periodMs: () => 10,
      task: () => {
        runs += 1
        return Promise.reject(new Error('oops'))
      },
    })
    await settle()
    clock.advance(10)
    await settle()
    expect(runs).toBe(2)
    expect(bugs).toEqual(['oops', 'oops'])
  })
})
