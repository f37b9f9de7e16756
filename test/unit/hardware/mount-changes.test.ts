import { describe, expect, it } from 'vitest'
import { watchMounts } from '../../../electron/hardware/index.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the table of mounts', () => {
  it('tells a change within two seconds, and only a change', async () => {
    const clock = new FakeClock()
    let table: string | undefined = 'a on /mnt/a'
    let changes = 0
    const watch = watchMounts({ clock, read: () => Promise.resolve(table), onChange: () => (changes += 1) })
    await tick()
    for (let i = 0; i < 5; i += 1) {
      clock.advance(2_000)
      await tick()
    }
    expect(changes).toBe(0)
    table = ''
    clock.advance(2_000)
    await tick()
    expect(changes).toBe(1)
    table = undefined
    clock.advance(2_000)
    await tick()
    table = 'a on /mnt/a'
    clock.advance(2_000)
    await tick()
    expect(changes).toBe(2)
    watch.close()
    table = 'b'
    clock.advance(10_000)
    await tick()
    expect(changes).toBe(2)
  })
})
