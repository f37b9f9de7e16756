import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { aMachine, backupTo, expectNoSecrets, refusal, startKeeper, value } from './custody-machine.ts'
import { childrenOf, eventually, isAlive, runCli } from './running.ts'

const PASSPHRASE = 'lantern-harbour-walnut-twelve'

describe('the custody of a running keeper', () => {
  it('tells that a key file went while the node runs, and brings it back without a restart', { timeout: 60_000 }, async () => {
    const machine = await aMachine({ identities: 2, epochSeconds: 600, agoSeconds: 100 })
    machine.secrets.passphrases.push(PASSPHRASE)
    const [amber, birch] = machine.keys
    if (amber === undefined || birch === undefined) throw new Error('there are two keys')
    const stick = path.join(machine.user, 'stick')
    mkdirSync(stick)
    const keeper = await startKeeper(machine)
    const { api } = keeper
    await value(api.node.start())
    await eventually('the node is in sync', async () => (await keeper.snapshot()).node.kind === 'synced')
    const entry = await value(api.backup.begin(backupTo(stick, { passphrase: PASSPHRASE })))
    expect([...entry.identities].sort()).toEqual(machine.keys.map(({ id }) => id).sort())
    expect(readdirSync(stick)).toEqual([path.basename(entry.file)])
    const before = [keeper.nodePid(), ...childrenOf(machine.home, 'real').values()]

    rmSync(birch.file)
    const alarms = async () => (await keeper.snapshot()).alarms.map(({ code, identity, severity }) => ({ code, identity, severity }))
    const missing = { code: 'key-missing', identity: birch.id, severity: 'bad' }
    await eventually('the lost key is told', async () => (await alarms()).some((one) => one.code === 'key-missing'))
    expect(await alarms()).toContainEqual(missing)
    expect([keeper.nodePid(), ...childrenOf(machine.home, 'real').values()], 'nothing is disturbed').toEqual(before)

    expect((await refusal(api.backup.open({ file: entry.file, secret: { passphrase: 'another', useRemembered: false } }))).code).toBe(
      'backup/wrong-secret',
    )
    const plan = await value(api.backup.open({ file: entry.file, secret: { passphrase: PASSPHRASE, useRemembered: false } }))
    const items = plan.items.filter(({ part, is }) => part === 'keys' && is === 'missing')
    expect(items.map(({ identity }) => identity)).toEqual([birch.id])
    const question = await value(
      api.keys.question({ call: 'backup.restore', input: { token: plan.token, items: items.map(({ id }) => id) } }),
    )
    expect(question.message).toMatch(/^Restore 1 item/)
    const report = await value(api.backup.restore({ token: plan.token, items: items.map(({ id }) => id) }))
    expect([report.done.length, report.refused]).toEqual([1, []])
    expect((await refusal(api.backup.restore({ token: plan.token, items: [] }))).code).toBe('backup/unknown')

    await eventually('the key lies in the node again', () => existsSync(birch.file))
    expect(readFileSync(birch.file, 'latin1')).toBe(birch.hex)
    await eventually('the alarm is over', async () => !(await alarms()).some((one) => one.code === 'key-missing'))
    expect(await value(api.keys.held())).toEqual([])
    expect([keeper.nodePid(), ...childrenOf(machine.home, 'real').values()], 'nothing was restarted').toEqual(before)
    await keeper.stop()
    expect(before.filter((pid) => pid !== undefined && isAlive(pid))).toEqual([])
    expectNoSecrets(machine)
  })

  it('starts nothing and makes no backup while only a verb about keys is at work', { timeout: 30_000 }, async () => {
    const machine = await aMachine({ identities: 1, epochSeconds: 600 })
    const stick = path.join(machine.user, 'stick')
    mkdirSync(stick)
    const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
    for (const words of [
      ['backup', 'settings', '--to', stick, '--recipient', recipient, '--json'],
      ['backup', 'list', '--json'],
      ['identities', '--json'],
      ['identities', 'conflicts'],
    ])
      expect(await runCli(machine.home, ...words), words.join(' ')).toMatchObject({ code: 0 })
    expect(readdirSync(stick), 'one is due, and none is made').toEqual([])
    expect([existsSync(path.join(machine.home.state, 'processes.json')), existsSync(machine.home.socket)]).toEqual([false, false])
    expect(readdirSync(path.join(machine.dataFolder, 'identities'))).toHaveLength(1)
    expect(existsSync(path.join(machine.dataFolder, 'local.sql')), 'no node ran').toBe(false)
  })
})
