import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { aMachine, expectNoSecrets, refusal, startKeeper, value, writeUnit } from './custody-machine.ts'
import { eventually } from './running.ts'

describe('the guard of a running keeper', () => {
  it(
    'does not start the node while another one runs with its key, and starts it when that one has ended',
    { timeout: 60_000 },
    async () => {
      const machine = await aMachine({ identities: 2, epochSeconds: 600, services: false })
      const [amber] = machine.keys
      if (amber === undefined) throw new Error('there are two keys')
      const other = await machine.secondNode('other-node', [amber])
      const theirs = other.start()
      const keeper = await startKeeper(machine)
      const { api } = keeper

      const why = await refusal(api.node.start())
      expect(why.code).toBe('process/refused')
      for (const part of [`process ${theirs}`, other.files[0] ?? '', amber.file, 'banned for ever']) expect(why.detail).toContain(part)
      expect(keeper.nodePid()).toBeUndefined()
      const alarm = { code: 'key-twice', sentence: expect.stringContaining(other.files[0] ?? 'none') as string }
      await eventually('it is told', async () => (await keeper.snapshot()).alarms.some(({ code }) => code === 'key-twice'))
      const { alarms, setupProblem } = await keeper.snapshot()
      expect(alarms).toContainEqual(expect.objectContaining(alarm))
      expect(setupProblem, 'and told once').toBeUndefined()
      const [conflict] = await value(api.keys.conflicts())
      expect(conflict).toMatchObject({ grade: 'running', identity: amber.id, pid: theirs, here: amber.file, there: other.files[0] })
      const typed = amber.id.slice(-8)
      expect((await refusal(api.keys.override({ conflict: conflict?.key ?? '', typed }))).code).toBe('keys/running')
      expect((await refusal(api.keys.disarm({ identity: amber.id, path: conflict?.there ?? '' }))).code).toBe('keys/running')
      expect(existsSync(other.files[0] ?? ''), 'what runs is not touched').toBe(true)

      process.kill(theirs, 'SIGKILL')
      await eventually('the node starts by itself', () => keeper.nodePid() !== undefined)
      await eventually('it is in sync', async () => (await keeper.snapshot()).node.kind === 'synced')
      expect(await value(api.keys.conflicts())).toEqual([])
      await keeper.stop()
      expectNoSecrets(machine)
    },
  )

  it('refuses while a unit would start a copy; disarming moves it, typing allows it', { timeout: 60_000 }, async () => {
    const machine = await aMachine({ identities: 2, epochSeconds: 600, services: false })
    const [amber, birch] = machine.keys
    if (amber === undefined || birch === undefined) throw new Error('there are two keys')
    const other = await machine.secondNode('old-node', [amber, birch])
    const unit = writeUnit(machine, 'old-node.service', other)
    const keeper = await startKeeper(machine)
    const { api } = keeper
    await keeper.scan()

    const why = await refusal(api.node.start())
    for (const part of [unit, machine.dataFolder, other.dataFolder, '1 more of its keys']) expect(why.detail).toContain(part)
    const conflicts = await value(api.keys.conflicts())
    expect(conflicts.map(({ grade, identity }) => `${grade} ${identity}`)).toEqual(
      expect.arrayContaining([`configured ${amber.id}`, `configured ${birch.id}`]),
    )
    expect(conflicts).toHaveLength(2)
    const copyOf = (id: string) => conflicts.find((one) => one.identity === id)

    const { quarantined } = await value(api.keys.disarm({ identity: amber.id, path: copyOf(amber.id)?.there ?? '' }))
    expect(readFileSync(quarantined, 'latin1')).toBe(amber.hex)
    expect(quarantined.startsWith(machine.home.quarantine)).toBe(true)
    expect([existsSync(copyOf(amber.id)?.there ?? ''), existsSync(amber.file)]).toEqual([false, true])
    expect((await refusal(api.node.start())).detail).toContain(copyOf(birch.id)?.there ?? '-')

    const conflict = copyOf(birch.id)?.key ?? ''
    expect((await refusal(api.keys.override({ conflict, typed: birch.id.slice(0, 8) }))).code).toBe('keys/not-typed')
    expect(keeper.nodePid()).toBeUndefined()
    await value(api.keys.override({ conflict, typed: birch.id.slice(-8) }))
    await value(api.node.start())
    await eventually('the node runs', () => keeper.nodePid() !== undefined)
    expect(existsSync(path.join(other.dataFolder, 'identities', path.basename(birch.file))), 'allowed is not moved').toBe(true)

    // What runs cannot be allowed: the word that was given ends.
    await value(api.node.stop({ confirmed: true }))
    await eventually('the node has ended', () => keeper.nodePid() === undefined)
    const theirs = other.start()
    expect((await refusal(api.node.start())).detail).toContain(`process ${theirs}`)
    process.kill(theirs, 'SIGKILL')
    await eventually('it is only configured again', async () => (await value(api.keys.conflicts()))[0]?.grade === 'configured')
    const [again] = await value(api.keys.conflicts())
    expect(again).not.toHaveProperty('overriddenAt')
    await keeper.stop()
    expectNoSecrets(machine)
  })
})
