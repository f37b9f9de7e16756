import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { contract, windowContract } from '../../../shared/ipc/contract.ts'
import { call, inputOf, namesOf, topic } from '../../../shared/ipc/define.ts'
import { apiOver, dispatch, type KeeperLink } from '../../../electron/ipc/index.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'

const small = {
  things: {
    add: call(z.strictObject({ a: z.number(), b: z.number() })).returns<number, 'things/too-big'>(),
    none: call(z.void()).returns<string>(),
    breaks: call(z.void()).returns<void>(),
    changed: topic<number>(),
  },
} as const

const handlers = {
  things: {
    add: ({ a, b }: { a: number; b: number }) => (a + b > 100 ? fail('things/too-big', 'over 100') : ok(a + b)),
    none: () => ok('yes'),
    breaks: () => {
      throw new Error('a bug')
    },
  },
}
const host = { contract: small, handlers, log: silentLogger }
const link = (listeners: Set<(name: string, value: unknown) => void>): KeeperLink => ({
  call: (name, input) => dispatch(host, name, input),
  onTopic: (listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
})

describe('the contract', () => {
  it('names every call once and gives each a schema', () => {
    for (const part of [contract, windowContract]) {
      const names = namesOf(part, 'call')
      expect(new Set(names).size).toBe(names.length)
      for (const name of names) expect(inputOf(part, name)).toBeDefined()
    }
    expect(namesOf(contract, 'topic')).toEqual([
      'app.changed',
      'scan.changed',
      'backup.changed',
      'operations.changed',
      'machine.changed',
      'ready.changed',
      'init.changed',
      'verify.changed',
    ])
  })

  it.each(['', 'app', 'app.', 'app.changed', 'app.snapshot.more', '__proto__.toString', 'constructor.name', 'app.constructor'])(
    'has no call %j',
    (name) => {
      expect(inputOf(contract, name)).toBeUndefined()
    },
  )

  it('derives an API whose calls reach their handlers and whose topics arrive', async () => {
    const listeners = new Set<(name: string, value: unknown) => void>()
    const api = apiOver(small, link(listeners))
    expect(await api.things.add({ a: 1, b: 2 })).toEqual({ ok: true, value: 3 })
    expect(await api.things.add({ a: 99, b: 2 })).toMatchObject({ ok: false, fault: { code: 'things/too-big' } })
    expect(await api.things.none()).toEqual({ ok: true, value: 'yes' })
    const heard: number[] = []
    const off = api.things.onChanged((value) => heard.push(value))
    for (const listener of listeners) listener('things.changed', 7)
    off()
    for (const listener of listeners) listener('things.changed', 8)
    expect(heard).toEqual([7])
  })

  it('refuses arguments of another form before the handler runs', async () => {
    for (const input of [undefined, null, 5, [], { a: 1 }, { a: '1', b: 2 }, { a: 1, b: 2, c: 3 }]) {
      expect(await dispatch(host, 'things.add', input)).toMatchObject({ ok: false, fault: { code: 'bad-arguments' } })
    }
  })

  it('turns a bug into a fault with a reference and never throws', async () => {
    const answer = await dispatch(host, 'things.breaks', undefined)
    expect(answer).toMatchObject({ ok: false, fault: { code: 'internal', detail: expect.stringContaining('reference') } })
  })
})
