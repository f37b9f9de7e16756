import { describe, expect, it } from 'vitest'
import { readWords } from '../../../../electron/cli/arguments.ts'
import { init, INIT } from '../../../../electron/cli/machine/init.ts'
import { machine, MACHINE } from '../../../../electron/cli/machine/machine.ts'
import { plan, PLAN } from '../../../../electron/cli/machine/plan.ts'
import { ready, READY } from '../../../../electron/cli/machine/ready.ts'
import { verify, VERIFY } from '../../../../electron/cli/machine/verify.ts'
import { fail, ok } from '../../../../shared/domain/fault.ts'
import { anInitJob, anInitOptions, anInitPlan, aDisk, aMachineReport, aReadyReport, planInputs } from '../../../builders/machine.ts'
import { anId, anIdentity, aSnapshot } from '../../../builders/snapshot.ts'
import { fakeCli, type FakeCli } from '../keys/fake-cli.ts'

const OPTIONS = [INIT, MACHINE, PLAN, READY, VERIFY].flatMap(({ options }) => options)
const wordsOf = (...argv: readonly string[]) => readWords(argv, OPTIONS)

const withOne = (): FakeCli => {
  const fake = fakeCli()
  fake.answer('app.snapshot', ok(aSnapshot({ identities: [anIdentity({ id: anId(3), name: 'Amber' })] })))
  return fake
}

describe('machine', () => {
  it('looks anew and tells what is tight before what is good', async () => {
    const fake = fakeCli()
    fake.answer('machine.look', ok(undefined))
    fake.answer('machine.report', ok(aMachineReport({ isLooking: false })))
    expect(await machine(fake.cli, wordsOf())).toBe(0)
    expect(fake.calls.map(({ name }) => name)).toContain('machine.look')
    const told = fake.out.join('\n').replaceAll('\u2009', ' ')
    expect(told).toContain('! Disk North (disk:north): 148 MiB/s, 7 m 23 s per SU')
    expect(told).toContain('Proof of work of 64 SU with 288 nonces: 25 m')
    expect(told).toContain('All 7 in one gap: 1 h 50 m for one pass each')
  })

  it('waits for a measurement and tells its result', async () => {
    const fake = fakeCli()
    fake.answer('machine.look', ok(undefined))
    const running = aMachineReport({
      isLooking: false,
      disks: [aDisk({ test: { is: 'running', what: 'read', startedAt: 0, percent: 40 } })],
    })
    const done = aMachineReport({ isLooking: false, disks: [aDisk()] })
    fake.answer('machine.report', ok(done))
    fake.answer('machine.measure', () => {
      let looks = 0
      fake.answer('machine.report', () => ok((looks += 1) > 2 ? done : running))
      return ok(undefined)
    })
    expect(await machine(fake.cli, wordsOf('--measure', '--disk', 'disk:north', '--json'))).toBe(0)
    expect(fake.inputOf('machine.measure')).toEqual({ what: 'read', acceptsNow: true, disks: ['disk:north'] })
    expect(JSON.parse(fake.out[0] ?? '')).toMatchObject({ disks: [{ test: { is: 'idle' } }] })
  })

  it('says why nothing was measured', async () => {
    const fake = fakeCli()
    fake.answer('machine.look', ok(undefined))
    fake.answer('machine.report', ok(aMachineReport({ isLooking: false })))
    fake.answer('machine.measure', fail('machine/proving', 'North is proving'))
    expect(await machine(fake.cli, wordsOf('--measure'))).toBe(1)
    expect(fake.err.join('\n')).toContain('Nothing was measured: North is proving.')
  })

  it('takes --disk with --measure only', async () => {
    expect(await machine(fakeCli().cli, wordsOf('--disk', 'x'))).toBe(64)
  })
})

describe('plan', () => {
  const planned = (): FakeCli => {
    const fake = fakeCli()
    fake.answer('plan.inputs', ok(planInputs()))
    return fake
  }
  const name = planInputs().identities[0]?.name ?? ''
  const identity = planInputs().identities[0]?.id

  it('tells the odds of all and of each, in the order of starts', async () => {
    const fake = planned()
    await plan(fake.cli, wordsOf())
    expect(fake.out[0]).toMatch(/^All \d+ proofs? in time for the gap: /)
    expect(fake.out.some((line) => line.includes(` 1. `))).toBe(true)
    expect(fake.calls.map((call) => call.name)).not.toContain('plan.use')
  })

  it('tries a change, and puts it into the set-up with --apply only', async () => {
    const fake = planned()
    fake.answer('plan.use', ok(undefined))
    expect(await plan(fake.cli, wordsOf('--nonces', `${name}=128`, '--max-provers', '2', '--apply'))).toBe(0)
    expect(fake.inputOf('plan.use')).toEqual({ identities: [{ identity, nonces: 128 }], maxProvers: 2 })
  })

  it.each([
    [['--nonces', `${name}=17`]],
    [['--nonces', 'Nobody=128']],
    [['--nonces', '128']],
    [['--max-provers', '0']],
    [['--slower', '95']],
    [['--slower', '10', '--apply']],
  ])('does not understand %j', async (argv) => {
    const fake = planned()
    expect(await plan(fake.cli, wordsOf(...argv))).toBe(64)
    expect(fake.calls.map((call) => call.name)).not.toContain('plan.use')
  })

  it('ends with 1 when disks are so slow that it hardly fits', async () => {
    const fake = fakeCli()
    const inputs = planInputs()
    fake.answer(
      'plan.inputs',
      ok({
        ...inputs,
        disks: inputs.disks.map((disk) => ({ ...disk, bytesPerSecond: 1e6 })),
        identities: inputs.identities.map(({ lastBytesPerSecond: _speed, ...one }) => one),
      }),
    )
    expect(await plan(fake.cli, wordsOf())).toBe(1)
  })
})

describe('ready', () => {
  it('ends with 1 when something is not ready, and tells that first', async () => {
    const fake = fakeCli()
    const at = 0
    const checks = [
      { key: 'sync', is: 'pass', text: 'The node is synced', at },
      { key: 'volume', is: 'fail', text: 'The drive of Kelp is missing', fix: 'Plug it in', at },
    ] as const
    fake.answer('ready.check', ok(aReadyReport({ checks, readyCount: 1, identityCount: 2 })))
    expect(await ready(fake.cli, wordsOf())).toBe(1)
    expect(fake.out.findIndex((line) => line === '! The drive of Kelp is missing. Plug it in.')).toBe(2)
  })
})

describe('init', () => {
  const words = ['--folder', 'pos', '--units', '4', '--provider', '0', '--provider', '1'] as const

  it('shows a plan and changes nothing', async () => {
    const fake = fakeCli()
    fake.answer('init.plan', ok(anInitPlan()))
    expect(await init(fake.cli, wordsOf('new', 'Basalt', ...words))).toBe(0)
    expect(fake.inputOf('init.plan')).toMatchObject({
      key: { is: 'new', name: 'Basalt' },
      folder: '/home/me/pos',
      numUnits: 4,
      providers: [0, 1],
    })
    expect(fake.calls.map(({ name }) => name)).not.toContain('init.begin')
    expect(fake.out[0]).toBe(anInitPlan().headline)
  })

  it('begins it with --apply, and not when it is refused', async () => {
    const fake = fakeCli()
    fake.answer('init.plan', ok(anInitPlan({ id: 'plan-1', refusals: [] })))
    fake.answer('init.begin', ok({ id: 'job-1', identity: anId(1) }))
    expect(await init(fake.cli, wordsOf('new', 'Basalt', ...words, '--apply'))).toBe(0)
    expect(fake.inputOf('init.begin')).toEqual({ plan: 'plan-1' })
    const refused = fakeCli()
    const refusals = [{ code: 'init/no-space', text: 'There is no room', fix: 'Take another disk' }]
    refused.answer('init.plan', ok(anInitPlan({ refusals })))
    expect(await init(refused.cli, wordsOf('new', 'Basalt', ...words, '--apply'))).toBe(1)
    expect(refused.calls.map(({ name }) => name)).not.toContain('init.begin')
    expect(refused.out.at(-1)).toBe('! There is no room. Take another disk.')
  })

  it.each([
    [['new', 'Basalt', '--units', '4', '--provider', '0']],
    [['new', 'Basalt', '--folder', 'x', '--units', '-4', '--provider', '0']],
    [['new', 'Basalt', '--folder', 'x', '--units', '4', '--provider', 'gpu']],
    [['new', '--folder', 'x', '--units', '4', '--provider', '0']],
    [['pause']],
    [['delete', 'job-1']],
  ])('does not understand %j', async (argv) => {
    const fake = fakeCli()
    expect(await init(fake.cli, wordsOf(...argv))).toBe(64)
    expect(fake.calls).toEqual([])
  })

  it('lists jobs, disks and providers, steers a job, and keeps what a discard says', async () => {
    const fake = fakeCli()
    fake.answer('init.state', ok({ jobs: [anInitJob()], arrivals: [], benchmark: { is: 'idle' }, tested: [] }))
    expect(await init(fake.cli, wordsOf())).toBe(0)
    expect(fake.out.join('\n')).toContain(anInitJob().id)
    fake.answer('init.options', ok(anInitOptions()))
    expect(await init(fake.cli, wordsOf('options'))).toBe(0)
    expect(fake.out.join('\n')).toContain(anInitOptions().disks[0]?.root)
    fake.answer('init.discard', ok({ text: 'The data stays in /mnt/east/post-basalt.' }))
    expect(await init(fake.cli, wordsOf('discard', 'job-1'))).toBe(0)
    expect(fake.out.at(-1)).toBe('The data stays in /mnt/east/post-basalt.')
  })
})

describe('verify', () => {
  it('begins by any name of an identity', async () => {
    const fake = withOne()
    fake.answer('verify.begin', ok(undefined))
    expect(await verify(fake.cli, wordsOf('begin', 'amber', '--fraction', '2', '--file', '3'))).toBe(0)
    expect(fake.inputOf('verify.begin')).toEqual({ identity: anId(3), fractionPercent: 2, files: [3] })
  })

  it('ends with 1 when a file is bad', async () => {
    const fake = withOne()
    fake.answer(
      'verify.map',
      ok({
        files: [
          { index: 0, is: 'good' },
          { index: 1, is: 'bad', text: 'wrong labels' },
        ],
        fileBytes: 1,
      }),
    )
    expect(await verify(fake.cli, wordsOf('map', 'Amber'))).toBe(1)
    expect(fake.out).toEqual(['  postdata_0.bin: good', '! postdata_1.bin: bad. wrong labels.'])
  })

  it('says that nobody is called so', async () => {
    const fake = withOne()
    expect(await verify(fake.cli, wordsOf('begin', 'Nobody'))).toBe(1)
    expect(fake.err.join('\n')).toContain('No identity is called so')
  })

  it('refuses a fraction that is none', async () => {
    expect(await verify(withOne().cli, wordsOf('begin', 'Amber', '--fraction', '0'))).toBe(64)
  })

  it('needs a keeper that runs', async () => {
    const fake = withOne()
    const cli = { ...fake.cli, connect: () => Promise.resolve(fail('not-running', 'nobody')) }
    expect(await verify(cli, wordsOf())).toBe(4)
    expect(fake.err).toEqual(['No keeper is running here. Start the app, or `smeshkeeper run`.'])
  })
})
