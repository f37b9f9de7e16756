import { describe, expect, it } from 'vitest'
import { stopping } from '../../../../electron/keeper/operations/stopping.ts'
import { startAndCheck } from '../../../../electron/keeper/operations/start-check.ts'
import { wizardFile } from '../../../../electron/keeper/operations/wizard-file.ts'
import type { Setup } from '../../../../shared/setup/schema.ts'
import type { OperationView } from '../../../../shared/domain/operation.ts'
import { anOperation } from '../../../builders/operation.ts'
import { aKey } from '../../identities/keys.ts'
import { aCustody, aFolder, seen, type TestCustody } from '../custody/context.ts'

const amber = aKey(1)
const birch = aKey(2)

/** A node of ours with two services; Birch's was stopped by the user. */
function machine(): TestCustody {
  const custody = aCustody([amber, birch])
  const setup = custody.setup()
  const service = (identity: string, wanted: 'up' | 'down'): Setup['services'][number] => ({
    identity,
    owner: 'smeshkeeper',
    binary: '/bin/post-service',
    posFolder: `/pos/${identity.slice(0, 4)}`,
    nonces: 288,
    threads: 1,
    randomx: 'light',
    operator: '127.0.0.1:50051',
    nodeAddress: 'http://127.0.0.1:9094',
    tls: null,
    remoteK2pow: null,
    k2powParallelism: null,
    rustLog: 'info',
    extraArgs: [],
    policy: 'always',
    wanted,
    stoppedBy: wanted === 'down' ? 'user' : null,
  })
  custody.change({ ...setup, services: [service(amber.id, 'up'), service(birch.id, 'down')] })
  return custody
}
const wantedOf = ({ node, services }: Setup): readonly unknown[] => [
  Reflect.get(node, 'wanted'),
  ...services.map(({ wanted, stoppedBy }) => `${wanted} ${stoppedBy ?? '-'}`),
]

describe('what is stopped for an operation', () => {
  it('is the node whose folder is touched, and the services that are named', () => {
    const { context, dataFolder } = machine()
    const desk = stopping(context)
    expect(desk.needed({ touches: [{ dataFolder }] }, [amber.id, birch.id])).toEqual({ node: true, services: [amber.id] })
    expect(desk.needed({ touches: [{ dataFolder: '/another' }] }, [])).toEqual({ node: false, services: [] })
  })

  it('is down before anything is done, and up again afterwards, but for what the user stopped', async () => {
    const { context, session, setup } = machine()
    const desk = stopping(context)
    const stopped = await desk.stop({ operation: 'merge-1', node: true, services: [amber.id] })
    expect(stopped.ok).toBe(true)
    expect(wantedOf(setup())).toEqual(['down', 'down operation', 'down user'])
    expect(session.said).toEqual(['down node', expect.stringContaining('down service-')])
    await desk.letUp('merge-1', true)
    expect(wantedOf(setup())).toEqual(['up', 'up -', 'down user'])
    expect(desk.of('merge-1')).toBeUndefined()
  })

  it('is remembered by the next start', async () => {
    const { context, setup } = machine()
    await stopping(context).stop({ operation: 'merge-1', node: true, services: [amber.id] })
    const later = stopping(context)
    expect(later.of('merge-1')).toMatchObject({ node: true, services: [amber.id] })
    expect(later.of('another')).toBeUndefined()
    await later.letUp('another', true)
    expect(wantedOf(setup())[0]).toBe('down')
    await later.letUp('merge-1', true)
    expect(wantedOf(setup())[0]).toBe('up')
  })

  it('leaves the node down when it waits for the user, until he starts it', async () => {
    const { context, setup } = machine()
    const desk = stopping(context)
    await desk.stop({ operation: 'merge-1', node: true, services: [amber.id] })
    await desk.letUp('merge-1', false)
    expect(wantedOf(setup())).toEqual(['down', 'up -', 'down user'])
    await desk.letUp('merge-1', true)
    expect(wantedOf(setup())[0]).toBe('up')
  })

  it('does not come up when the operation itself put it down for good', async () => {
    const { context, setup, change } = machine()
    const desk = stopping(context)
    await desk.stop({ operation: 'export-1', node: false, services: [amber.id] })
    change({ ...setup(), services: setup().services.map((one) => ({ ...one, wanted: 'down', stoppedBy: 'user' })) })
    await desk.letUp('export-1', true)
    expect(wantedOf(setup()).slice(1)).toEqual(['down user', 'down user'])
  })
})

describe('the start after an operation', () => {
  const operation: OperationView = { ...anOperation(), expects: [amber.id, birch.id] }

  it('passes when the node lists every identity and tells its state', async () => {
    const { context, session, clock } = machine()
    for (const { id } of [amber, birch])
      session.knows({ id, isListed: seen(true, clock.now() + 1), postState: seen('idle', clock.now() + 1) })
    const answer = await startAndCheck(context, operation)
    expect(session.said).toContain('start node')
    expect(answer.ok && answer.value.checks.map(({ is }) => is)).toEqual(['pass', 'pass', 'pass'])
  })

  it('says that the node did not stay up', async () => {
    const { context, session } = machine()
    session.node = { at: 'stopped' }
    const answer = await startAndCheck(context, operation)
    expect(answer.ok && answer.value.checks).toEqual([{ is: 'fail', text: expect.stringContaining('did not stay up') as string }])
  })

  it('is not ours when somebody else runs the node', async () => {
    const { context, change, setup } = machine()
    const { node } = setup()
    if (node.mode === 'managed') change({ ...setup(), node: { ...node, owner: 'systemd' } })
    expect(await startAndCheck(context, operation)).toMatchObject({ ok: false, fault: { code: 'operation/not-started' } })
  })
})

describe('the wizard', () => {
  it('goes on where it was, and begins anew when its note is damaged', () => {
    const folder = aFolder()
    const file = wizardFile(folder)
    expect(file.read().step).toBe('scan')
    file.write({ step: 'plan', from: ['/a'], to: '/b', names: {}, operation: null })
    expect(wizardFile(folder).read()).toMatchObject({ step: 'plan', from: ['/a'], to: '/b' })
  })
})
