import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { aMachine, ageIdentity, backupTo, expectNoSecrets, hasAge, refusal, startKeeper, value } from './custody-machine.ts'
import { eventually } from './running.ts'

const EPOCH_SECONDS = 24

describe.skipIf(!hasAge)('a twin on the network', () => {
  it('keeps the restored key out of the node until its window has passed; then it is armed by itself', { timeout: 120_000 }, async () => {
    // The network is in its second epoch, so that the twin has something to publish at once.
    const machine = await aMachine({ identities: 2, epochSeconds: EPOCH_SECONDS, agoSeconds: EPOCH_SECONDS + 6 })
    const [amber, birch] = machine.keys
    if (amber === undefined || birch === undefined) throw new Error('there are two keys')
    const age = ageIdentity(path.join(machine.user, 'age'))
    machine.secrets.passphrases.push(/AGE-SECRET-KEY-\w+/.exec(readFileSync(age.file, 'utf8'))?.[0] ?? '-')
    const stick = path.join(machine.user, 'stick')
    mkdirSync(stick)
    const keeper = await startKeeper(machine)
    const { api } = keeper
    const entry = await value(api.backup.begin(backupTo(stick, { recipients: [age.recipient] })))
    rmSync(birch.file)
    machine.writeScript({ elsewhere: [birch.id] })
    await value(api.node.start())
    const shown = () => keeper.identity(birch.id)
    await eventually('the network has an ATX of the lost key', async () => (await shown()).lastPublishedEpoch !== undefined, 40_000)
    expect((await value(api.keys.record({ identity: birch.id }))).atxs.map(({ by }) => by)).not.toContain('here')

    const secret = { identityFile: age.file, useRemembered: false }
    const plan = await value(api.backup.open({ file: entry.file, secret }))
    const items = plan.items.filter(({ part, is }) => part === 'keys' && is === 'missing').map(({ id }) => id)
    await value(api.backup.restore({ token: plan.token, items }))
    await eventually('it is held', async () => (await shown()).hold?.code === 'active-elsewhere')
    const { hold, status } = await shown()
    expect(status.kind).toBe('held')
    expect(hold?.until).toBeGreaterThan(Date.now())
    expect(hold?.reason).toMatch(/no node here is known to have made/)
    expect(
      readdirSync(path.dirname(birch.file)).filter((name) => name.endsWith('.key')),
      'it is in no node',
    ).toEqual([path.basename(amber.file)])
    expect((await refusal(api.keys.release({ identity: birch.id }))).code).toBe('keys/not-typed')
    const pid = keeper.nodePid()
    expect(pid).toBeDefined()

    machine.writeScript({})
    let heldUntil = hold?.until ?? 0
    await eventually(
      'it is armed',
      async () => {
        heldUntil = Math.max(heldUntil, (await shown()).hold?.until ?? 0)
        return existsSync(birch.file)
      },
      3 * EPOCH_SECONDS * 1_000,
    )
    expect(Date.now()).toBeGreaterThanOrEqual(heldUntil)
    expect(readFileSync(birch.file, 'latin1')).toBe(birch.hex)
    await eventually('the node is started anew', () => keeper.nodePid() !== undefined && keeper.nodePid() !== pid, 40_000)
    await eventually(
      'it has loaded the key',
      async () => !/^(held|incomplete|not-known-to-node|unknown)$/.test((await shown()).status.kind),
      30_000,
    )
    expect(await value(api.keys.held())).toEqual([])
    await keeper.stop()
    rmSync(age.file) // its own file
    expectNoSecrets(machine)
  })
})
