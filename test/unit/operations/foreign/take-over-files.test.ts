import { describe, expect, it } from 'vitest'
import type { CrashFiles } from '../../../fakes/crash-files.ts'
import { aSetup, foreignEngine } from './builders.ts'
import { FakeMachine, process } from './fake-machine.ts'
import { aMachine, disk, planned, type Story } from './take-over-stories.ts'

const SMAPP = '/home/u/.config/Spacemesh'
const CUSTOM = '{\n\t"smeshing": {\n\t\t"smeshing-start": true,\n\t\t"smeshing-opts": { "smeshing-opts-max": 18446744073709551615 }\n\t}\n}'
const SETTINGS = '{\n\t"isAutoStartEnabled": true,\n\t"startNodeOnNextLaunch": true,\n\t"node": { "port": "9092" }\n}'
const PSM_CONFIG = 'node,127.0.0.1,9092,9093,9094,0\namber.key,127.0.0.1,0,0,50051,4\n# old\nkelp.key,127.0.0.1,0,0,50052,4\n'

describe('taking over from Smapp', () => {
  const story: Story = {
    name: 'smapp',
    machine: () => new FakeMachine(),
    put(files) {
      files.put(`${SMAPP}/node-config.7c8cef2b.json`, CUSTOM)
      files.put(`${SMAPP}/config.json`, SETTINGS)
    },
    label: 'Smapp',
    setups: [
      aSetup({
        kind: 'smapp',
        owner: 'smapp',
        label: 'Smapp',
        file: `${SMAPP}/node-config.json`,
        node: { dataFolder: `${SMAPP}/node-data/7c8cef2b`, isSmeshing: true, args: [] },
      }),
    ],
  }
  const texts = (files: CrashFiles): readonly (string | undefined)[] =>
    ['node-config.7c8cef2b.json', 'config.json'].map((name) => files.content(`${SMAPP}/${name}`)?.toString())

  it('switches smeshing and its start off, keeps every digit, and brings both files back', async () => {
    const machine = story.machine()
    const files = disk(story)
    const draft = await planned(story, machine, files)
    expect(draft.plan.asks.map(({ id }) => id)).toEqual(['smapp-closed'])
    const engine = foreignEngine(machine, files)
    engine.begin(draft)
    expect(await engine.finish(draft.plan.id)).toMatchObject({ ok: true })
    const [custom = '', settings = ''] = texts(files)
    expect(custom).toContain('"smeshing-start": false')
    expect(custom).toContain('18446744073709551615')
    expect(JSON.parse(settings)).toEqual({ isAutoStartEnabled: false, startNodeOnNextLaunch: false, node: { port: '9092' } })
    expect(await engine.rollBack(draft.plan.id)).toMatchObject({ ok: true })
    expect(texts(files)).toEqual([CUSTOM, SETTINGS])
  })

  it('is refused while Smapp is open, and does not go on when it was opened since', async () => {
    const machine = story.machine()
    const files = disk(story)
    const closed = await planned(story, machine, files)
    machine.processes.push(process({ pid: 88, program: 'smapp', owner: 'smapp' }))
    const open = await planned(story, machine, files)
    expect(open.plan.refusals[0]).toMatchObject({ code: 'foreign/smapp-open', detail: expect.stringContaining('Close Smapp') })
    const engine = foreignEngine(machine, files)
    engine.begin(closed)
    expect(await engine.finish(closed.plan.id)).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('Smapp, process 88') },
    })
    expect(texts(files)).toEqual([CUSTOM, SETTINGS])
  })

  it('is refused when its settings are not understood', async () => {
    const files = disk(story)
    files.put(`${SMAPP}/config.json`, '{"isAutoStartEnabled":')
    const { plan } = await planned(story, story.machine(), files)
    expect(plan.refusals.map(({ code }) => code)).toEqual(['foreign/file-unreadable'])
  })
})

describe('taking over from the PSM script', () => {
  const machine = (): FakeMachine =>
    aMachine((one) => {
      one.scripts.set(600, ['/bin/bash', './sm-psm.sh'])
      one.processes.push(
        process({ pid: 601, program: 'post-service', owner: 'psm', ownerLabel: 'PSM, process 600', folder: '/post/amber' }),
      )
    })
  const story: Story = {
    name: 'psm',
    machine,
    put: (files) => files.put('/home/u/psm/sm-psm-config.txt', PSM_CONFIG),
    label: 'PSM (/home/u/psm/sm-psm-config.txt)',
    setups: [
      aSetup({
        kind: 'psm',
        owner: 'psm',
        label: 'PSM (/home/u/psm/sm-psm-config.txt)',
        file: '/home/u/psm/sm-psm-config.txt',
        services: [{ unit: 'amber.key', posFolder: '/post/amber', pid: 601, args: [] }],
        isAutomatic: false,
      }),
    ].map(({ node: _none, ...rest }) => rest),
  }

  it('comments its services out, ends its loop first and then the services', async () => {
    const one = machine()
    const files = disk(story)
    const draft = await planned(story, one, files)
    const engine = foreignEngine(one, files)
    engine.begin(draft)
    expect(await engine.finish(draft.plan.id)).toMatchObject({ ok: true })
    expect(one.terminated).toEqual([600, 601])
    const config = files.content('/home/u/psm/sm-psm-config.txt')?.toString() ?? ''
    expect(config.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(['node,127.0.0.1,9092,9093,9094,0'])
    expect(await engine.rollBack(draft.plan.id)).toMatchObject({ ok: true })
    expect(files.content('/home/u/psm/sm-psm-config.txt')?.toString()).toBe(PSM_CONFIG)
  })

  it('leaves what runs to be adopted where that can be done', async () => {
    const one = machine()
    const files = disk(story)
    const draft = await planned({ ...story, input: { canAdopt: true } }, one, files)
    expect(draft.adopts).toEqual([{ pid: 601, program: 'post-service', folder: '/post/amber' }])
    expect(draft.plan.stops).toEqual([])
    expect(draft.plan.checks.map(({ text }) => text)).toContain('post-service, process 601: adopted, not restarted')
    const engine = foreignEngine(one, files)
    engine.begin(draft)
    expect(await engine.finish(draft.plan.id)).toMatchObject({ ok: true })
    expect(one.terminated).toEqual([600])
  })
})
