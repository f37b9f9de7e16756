import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'

describe('the fake clock', () => {
  it('runs timers in order of their due time, then of their creation', () => {
    const clock = new FakeClock(0)
    const ran: string[] = []
    const delays = [70, 30, 50, 30, 10, 70, 20]
    delays.forEach((delay, index) => clock.after(delay, () => ran.push(`${delay}/${index}`)))
    clock.advance(100)
    expect(ran).toEqual(['10/4', '20/6', '30/1', '30/3', '50/2', '70/0', '70/5'])
    expect(clock.now()).toBe(100)
  })

  it('never runs what was cancelled, also from within another timer', () => {
    const clock = new FakeClock(0)
    const ran: string[] = []
    const cancel = clock.after(20, () => ran.push('cancelled'))
    clock.after(10, () => cancel())
    const stop = clock.every(30, () => ran.push('every'))
    clock.after(95, () => stop())
    clock.advance(1000)
    expect(ran).toEqual(['every', 'every', 'every'])
    expect(clock.nextDue).toBeUndefined()
  })

  it('runs what became due during a stall late and once', () => {
    const clock = new FakeClock(0)
    const ran: number[] = []
    clock.every(1000, () => ran.push(clock.monotonic()))
    clock.after(5000, () => ran.push(-1))
    clock.stall(600_000)
    clock.advance(2500)
    expect(ran).toEqual([600_000, -1, 600_000, 601_000, 602_000])
    expect(clock.now()).toBe(602_500)
  })

  it('keeps the order of many timers whatever the order of their making', () => {
    const clock = new FakeClock(0)
    const ran: number[] = []
    for (let i = 0; i < 500; i += 1) clock.after((i * 7919) % 1009, () => ran.push(clock.monotonic()))
    clock.advance(2000)
    expect(ran).toHaveLength(500)
    expect(ran).toEqual(ran.toSorted((a, b) => a - b))
  })
})
