import { describe, expect, it } from 'vitest'
import { planTakeOver } from '../../../../electron/operations/foreign/plan-take-over.ts'
import type { TakeOverInput } from '../../../../electron/operations/foreign/take-over-input.ts'
import type { FoundSetup } from '../../../../shared/domain/inventory.ts'
import type { OperationPlan } from '../../../../shared/domain/operation.ts'
import { createCrashFiles } from '../../../fakes/crash-files.ts'
import { aSetup, aUnit, inputOn } from './builders.ts'
import { FakeMachine, process, type FakeContainer, type FakeUnit } from './fake-machine.ts'
import { aMachine } from './take-over-stories.ts'

const LABEL = 'spacemesh.service (of the user)'

async function planOn(machine: FakeMachine, given: Partial<TakeOverInput> = {}, label = LABEL): Promise<OperationPlan> {
  return (await planTakeOver({ label }, await inputOn(machine, createCrashFiles(), given))).plan
}
const ofUnit = (unit: Partial<FakeUnit>): Promise<OperationPlan> => planOn(aMachine((one) => one.units.push(aUnit(unit))))

const aContainer = (given: Partial<FakeContainer> = {}): FakeContainer => ({
  id: 'c'.repeat(64),
  name: 'node',
  isRunning: true,
  policy: 'always',
  service: 'node',
  program: { program: 'go-spacemesh', folder: '/data/main' },
  ...given,
})
const compose = aSetup({
  kind: 'compose',
  owner: 'docker',
  label: '~/c.yaml',
  file: '/home/u/c.yaml',
  node: { dataFolder: '/data/main', unit: 'node', args: [] },
})
const ofContainer = (container: Partial<FakeContainer>): Promise<OperationPlan> =>
  planOn(
    aMachine((one) => one.containers.push(aContainer(container))),
    { setups: [compose] },
    '~/c.yaml',
  )

/** Code and whole sentence of the only refusal; a refused plan has no steps. */
function only({ refusals, steps }: OperationPlan): readonly [string, string] {
  expect(steps).toEqual([])
  expect(refusals).toHaveLength(1)
  return [refusals[0]?.code ?? '', refusals[0]?.detail ?? '']
}

describe('a take-over is refused, with what, why and what to do,', () => {
  it('when nothing of that name was found', async () => {
    expect(only(await planOn(new FakeMachine(), {}, 'nope.service'))).toEqual([
      'foreign/unknown',
      '“nope.service” was not found on this machine. Search it again, and choose from the list',
    ])
  })

  it('when it is ours already', async () => {
    const setups = [aSetup({ kind: 'process', owner: 'smeshkeeper', label: 'go-spacemesh, process 7' })]
    expect(only(await planOn(new FakeMachine(), { setups }, 'go-spacemesh, process 7'))[0]).toBe('foreign/ours')
  })

  it('when the user’s systemd does not answer', async () => {
    const machine = aMachine((one) => {
      one.units.push(aUnit())
      one.isUserManagerUp = false
    })
    expect(only(await planOn(machine))).toEqual([
      'foreign/manager-unreachable',
      'your user’s systemd does not answer, so spacemesh.service cannot be disabled and nothing is known to stay down. Log in to your desktop, or “loginctl enable-linger” for a server, then plan again',
    ])
  })

  it('when the unit is gone, is a template, or is not understood', async () => {
    expect(only(await planOn(new FakeMachine()))[0]).toBe('foreign/not-found')
    const setups = [aSetup({ label: 'post@.service (of the user)', node: { unit: 'post@.service', args: [] } })]
    expect(only(await planOn(new FakeMachine(), { setups }, 'post@.service (of the user)'))).toEqual([
      'foreign/template',
      'post@.service is a template: it runs nothing itself. Choose one of its instances, such as post@NAME.service',
    ])
    expect(only(await ofUnit({ load: 'bad-setting' }))[0]).toBe('foreign/cannot-disable')
  })

  it.each(['transient', 'generated', 'bad'])('when disabling does not last: %s', async (file) => {
    expect(only(await ofUnit({ file }))[0]).toBe('foreign/cannot-disable')
  })

  it('when something else starts it as well', async () => {
    expect(only(await ofUnit({ triggeredBy: ['spacemesh.timer'] }))).toEqual([
      'foreign/started-by-others',
      'spacemesh.service is started by spacemesh.timer as well, so disabling spacemesh.service does not keep it down. Type systemctl --user disable --now spacemesh.timer, then plan again',
    ])
    expect(only(await ofUnit({ wants: ['desktop.service'] }))).toEqual([
      'foreign/started-by-others',
      'spacemesh.service is started by desktop.service as well, so disabling spacemesh.service does not keep it down. Take spacemesh.service out of Wants= or Requires= of desktop.service, then plan again',
    ])
  })

  it('when two managers have the same folder', async () => {
    const machine = aMachine((one) => one.units.push(aUnit()))
    const setups = [aSetup(), { ...compose, isAutomatic: true }]
    expect(only(await planOn(machine, { setups }))).toEqual([
      'foreign/two-managers',
      '~/c.yaml starts or runs /data/main as well as spacemesh.service (of the user). Two managers of one folder start it twice. Switch off or take over ~/c.yaml first, then plan again',
    ])
  })

  it('when its files belong to another user', async () => {
    const machine = aMachine((one) => {
      one.units.push(aUnit())
      one.denied.add('write /data/main')
    })
    const processes = (await machine.programs()).map((one) => ({ ...one, user: 'spacemesh' }))
    expect(only(await planOn(machine, { processes }))).toEqual([
      'foreign/not-permitted',
      '/data/main belongs to the user spacemesh, and Smeshkeeper could not run with it. When it is stopped, give it to your user (sudo chown -R "$USER" \'/data/main\'), then plan again',
    ])
  })

  it('when docker is not reached, has no such container, or would delete or replace it', async () => {
    const down = aMachine((one) => (one.isDockerUp = false))
    expect(only(await planOn(down, { setups: [compose] }, '~/c.yaml'))).toEqual([
      'foreign/docker-unreachable',
      '~/c.yaml runs in docker, and docker is not reached: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?. Start docker, or give your user the right to ask it (group docker), until “docker ps” answers, then plan again',
    ])
    expect(only(await planOn(new FakeMachine(), { setups: [compose] }, '~/c.yaml'))[0]).toBe('foreign/not-found')
    expect(only(await ofContainer({ isRemoved: true }))[0]).toBe('foreign/container-vanishes')
    expect(only(await ofContainer({ isSwarm: true }))[0]).toBe('foreign/cannot-disable')
  })

  it('when a process stopped meanwhile, or its PSM or Smapp was not found', async () => {
    const bare = (owner: FoundSetup['owner']): readonly FoundSetup[] => [
      aSetup({ kind: 'process', owner, label: 'post-service, process 9', node: { args: [], pid: 9 } }),
    ]
    const code = async (owner: FoundSetup['owner']): Promise<string> =>
      only(await planOn(new FakeMachine(), { setups: bare(owner) }, 'post-service, process 9'))[0]
    expect(await code('someone')).toBe('foreign/not-found')
    expect(await code('psm')).toBe('foreign/unknown')
    expect(await code('smapp')).toBe('foreign/unknown')
  })
})

describe('a plan of a take-over', () => {
  it('tells what stopping costs now', async () => {
    const machine = aMachine((one) => one.units.push(aUnit()))
    const plan = await planOn(machine, { window: { is: 'wait', why: 'Amber is at a proof: the node must be there to take it' } })
    expect(plan.risks[0]).toEqual({
      grade: 'cost',
      text: 'It is stopped and started: Amber is at a proof: the node must be there to take it',
    })
    expect(plan.stops).toEqual(['the node on /data/main'])
    expect(plan.checks.find(({ is }) => is === 'warn')?.text).toContain('Not a safe moment')
  })

  it('finds the unit of a process whose file was not read', async () => {
    const machine = aMachine((one) => one.units.push(aUnit()))
    const label = 'go-spacemesh, process 4711 (spacemesh.service)'
    const plan = await planOn(machine, { setups: [aSetup({ kind: 'process', label })] }, label)
    expect(plan.refusals).toEqual([])
    expect(plan.steps.map(({ title }) => title)).toContain('Disable and stop spacemesh.service (of the user)')
  })

  it('stops what nobody manages by the gentle signal alone, and says how it ran', async () => {
    const machine = aMachine((one) =>
      one.processes.push(
        process({ pid: 31, program: 'post-service', owner: 'someone', folder: '/post/amber', args: ['--dir', '/post/amber'] }),
      ),
    )
    const label = 'post-service, process 31'
    const setups = [
      {
        ...aSetup({ kind: 'process', owner: 'someone', label, services: [{ pid: 31, posFolder: '/post/amber', args: [] }] }),
        node: undefined,
      },
    ]
    const draft = await planTakeOver({ label }, await inputOn(machine, createCrashFiles(), { setups: setups as unknown as FoundSetup[] }))
    expect(draft.plan.asks.map(({ id }) => id)).toEqual(['nothing-else'])
    expect(draft.steps.map(({ is }) => is)).toEqual(['foreign-remember', 'foreign-stop', 'foreign-prove-down', 'write-file'])
    expect(draft.adopts).toEqual([])
  })

  it('takes the container of a PSM first, then what it runs', async () => {
    const machine = aMachine((one) =>
      one.containers.push(
        aContainer({ id: 'd'.repeat(64), name: 'psm', service: 'psm', mounts: [{ Source: '/home/u/psm', Destination: '/psm' }] }),
        aContainer({ id: 'e'.repeat(64), name: 'amber', service: 'amber', policy: 'no' }),
      ),
    )
    const label = 'PSM (/home/u/psm/config.json)'
    const psm = aSetup({ kind: 'psm', owner: 'psm', label, file: '/home/u/psm/config.json', services: [{ unit: 'amber', args: [] }] })
    const { node: _none, ...rest } = psm
    const draft = await planTakeOver({ label }, await inputOn(machine, createCrashFiles(), { setups: [rest, compose] }))
    expect(draft.plan.refusals).toEqual([])
    expect(draft.plan.steps.filter(({ title }) => title.startsWith('Stop')).map(({ title }) => title)).toEqual([
      'Stop container psm',
      'Stop container amber',
    ])
  })

  it('takes both set-ups of one compose file', async () => {
    const machine = aMachine((one) => one.containers.push(aContainer(), aContainer({ id: 'f'.repeat(64), name: 'kelp', service: 'kelp' })))
    const { node: _none, ...services } = { ...compose, services: [{ unit: 'kelp', posFolder: '/post/kelp', args: [] }] }
    const plan = await planOn(machine, { setups: [services, compose] }, '~/c.yaml')
    expect(plan.steps.filter(({ title }) => title.startsWith('Stop')).map(({ title }) => title)).toEqual([
      'Stop container kelp',
      'Stop container node',
    ])
  })

  it('says that a node that smeshed by itself is to be converted', async () => {
    const machine = aMachine((one) => one.units.push(aUnit()))
    const setup = aSetup()
    const plan = await planOn(machine, { setups: [{ ...setup, node: { args: [], ...setup.node, isSmeshing: true } }] })
    expect(plan.risks[0]?.text).toContain('converted to services')
  })
})
