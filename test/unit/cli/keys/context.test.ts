import { describe, expect, it } from 'vitest'
import { json, openKeeper, withKeeper } from '../../../../electron/cli/keys/context.ts'
import { createInterrupts } from '../../../../electron/cli/keys/interrupts.ts'
import type { KeeperLink } from '../../../../electron/ipc/index.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import { fakeCli } from './fake-cli.ts'

const nowhere = { socket: '/nonexistent/keeper.sock' }
const link: KeeperLink = { call: () => Promise.resolve(ok(undefined)), onTopic: () => () => {} }

describe('a keeper for one verb', () => {
  it('is hosted where none runs, and let go with everything running', async () => {
    const closed: string[] = []
    const close = (outcome: string): Promise<void> => Promise.resolve(void closed.push(outcome))
    const opened = await openKeeper(nowhere, '0', () => Promise.resolve(ok({ link, close })))
    if (!opened.ok) throw new Error(opened.fault.detail)
    await opened.value.close()
    expect(closed).toEqual(['leave-running'])
  })

  it('is looked for again while another one starts or ends', async () => {
    let tries = 0
    const opened = await openKeeper(nowhere, '0', () => {
      tries += 1
      return Promise.resolve(tries < 3 ? fail('host/held', 'held') : ok({ link, close: () => Promise.resolve() }))
    })
    expect([opened.ok, tries]).toEqual([true, 3])
  })

  it('cannot be had when the home cannot be used, and the verb says so', async () => {
    const opened = await openKeeper(nowhere, '0', () => Promise.resolve(fail('host/unavailable', 'the disk is read-only')))
    expect(opened).toMatchObject({ ok: false, fault: { code: 'host/unavailable' } })
    const fake = fakeCli()
    const cli = { ...fake.cli, open: () => Promise.resolve(fail('host/unavailable', 'the disk is read-only')) }
    expect(await withKeeper(cli, () => Promise.resolve(0))).toBe(4)
    expect(fake.err[0]).toContain('the disk is read-only')
  })

  it('is let go after a bug and after Ctrl-C too', async () => {
    const bug = fakeCli()
    await expect(withKeeper(bug.cli, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug')
    const stopped = fakeCli()
    const verb = withKeeper(stopped.cli, () => new Promise(() => {}))
    await new Promise((resolve) => setImmediate(resolve))
    stopped.cli.interrupts.hit()
    expect(await verb).toBe(130)
    for (const fake of [bug, stopped]) expect([fake.isClosed(), fake.isEnded()]).toEqual([true, false])
  })
})

describe('a request to stop', () => {
  it('goes to the innermost of what is going on; the second one ends the program', () => {
    const heard: string[] = []
    const interrupts = createInterrupts(() => heard.push('end'))
    interrupts.onHit(() => heard.push('outer'))
    const offInner = interrupts.onHit(() => heard.push('inner'))
    offInner()
    interrupts.onHit(() => heard.push('job'))
    interrupts.hit()
    expect(heard).toEqual(['job'])
    interrupts.hit()
    expect(heard).toEqual(['job', 'end'])
  })

  it('ends the program when nothing is going on', () => {
    const heard: string[] = []
    createInterrupts(() => heard.push('end')).hit()
    expect(heard).toEqual(['end'])
  })
})

it('writes characters that command a terminal as JSON does, so that the value stays', () => {
  const value = { name: '\u001b[2J\u009b\u2028\u202e' }
  expect(json(value)).toBe('{"name":"\\u001b[2J\\u009b\\u2028\\u202e"}')
  expect(JSON.parse(json(value))).toEqual(value)
})
