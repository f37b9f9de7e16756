import { describe, expect, it } from 'vitest'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { lastingLink } from '../../../electron/ipc/lasting-link.ts'
import type { CallResult } from '../../../electron/ipc/index.ts'

/** A keeper that can go away, and its successor. */
function keepers() {
  const made: { name: string; die: () => void; tell: (value: unknown) => void }[] = []
  let isHosted = true
  let clock = 0
  const open = () => {
    const gone: (() => void)[] = []
    const topics = new Set<(name: string, value: unknown) => void>()
    const name = `keeper-${made.length + 1}`
    let isAlive = isHosted
    made.push({
      name,
      die: () => {
        isAlive = false
        for (const listener of gone) listener()
      },
      tell: (value) => topics.forEach((listener) => listener('app.changed', value)),
    })
    return Promise.resolve({
      call: (): Promise<CallResult> => Promise.resolve(isAlive ? ok(name) : fail('no-keeper', 'gone', { retry: 'now' })),
      onTopic: (listener: (name: string, value: unknown) => void) => {
        topics.add(listener)
        return () => void topics.delete(listener)
      },
      onGone: (listener: () => void) => void gone.push(listener),
    })
  }
  return {
    made,
    open,
    host: (is: boolean) => {
      isHosted = is
    },
    pass: (ms: number) => {
      clock += ms
    },
    now: () => clock,
  }
}

describe('a lasting link', () => {
  it('goes on with the next keeper, topics included', async () => {
    const world = keepers()
    const link = lastingLink(world.open, world.now)
    const heard: unknown[] = []
    link.onTopic((_name, value) => heard.push(value))
    expect(await link.call('app.snapshot', undefined)).toEqual(ok('keeper-1'))
    world.made[0]?.tell(1)
    world.made[0]?.die()
    expect(await link.call('app.snapshot', undefined)).toEqual(ok('keeper-2'))
    world.made[1]?.tell(2)
    expect(heard).toEqual([1, 2])
  })

  it('tries again when asked, at most every two seconds, while there is no keeper', async () => {
    const world = keepers()
    world.host(false)
    const link = lastingLink(world.open, world.now)
    for (let i = 0; i < 5; i += 1) expect(await link.call('x', undefined)).toMatchObject({ ok: false, fault: { code: 'no-keeper' } })
    expect(world.made).toHaveLength(1)
    world.host(true)
    world.pass(3_000)
    expect(await link.call('x', undefined)).toMatchObject({ ok: false })
    expect(await link.call('x', undefined)).toEqual(ok('keeper-2'))
  })
})
