import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { initArrivals } from '../../../electron/keeper/machine/init-arrivals.ts'
import { initBench } from '../../../electron/keeper/machine/init-bench.ts'
import { initFacts } from '../../../electron/keeper/machine/init-facts.ts'
import { initPlans } from '../../../electron/keeper/machine/init-plans.ts'
import type { MachineDesk } from '../../../electron/keeper/machine/machine-desk.ts'
import { CPU_PROVIDER } from '../../../electron/programs/index.ts'
import { initRequestSchema, type InitRequest } from '../../../shared/ipc/machine-contract.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { aMachineReport } from '../../builders/machine.ts'
import { anId } from '../../builders/snapshot.ts'
import { FILE_BYTES, initWorld, type InitWorld } from './init-context.ts'
import { eventually } from './running.ts'

const QUICK = JSON.stringify({ bytesPerSecond: 1e9, secondMs: 1 })
const machine = { report: () => aMachineReport(), disks: () => [] } as unknown as MachineDesk

function setUp(world: InitWorld): Setup {
  const setup = world.context.setup()
  if (setup === undefined) throw new Error('no set-up')
  return setup
}

function planner(world: InitWorld) {
  const { context, book, engine } = world
  const facts = initFacts({ context, machine, book, engine: () => engine })
  const known = { ...facts, commitment: async () => ({ is: 'known' as const, atxId: 'ab'.repeat(32), at: 1 }) }
  const plan = initPlans({ context, book, facts: known })
  return async (change: Partial<InitRequest> = {}) => {
    const folder = path.join(world.home.root, 'post-new')
    const request = {
      key: { is: 'public' as const, id: anId(5) },
      folder,
      numUnits: 4,
      providers: [CPU_PROVIDER],
      maxFileBytes: FILE_BYTES,
    }
    return plan('plan-1', initRequestSchema.parse({ ...request, ...change }), setUp(world))
  }
}

describe('the plan of new PoS data', () => {
  it('says what is made, and changes nothing', async () => {
    const world = initWorld({})
    const { plan, draft } = await planner(world)({ providers: [0, CPU_PROVIDER] })
    expect(plan.refusals).toEqual([])
    expect(plan).toMatchObject({ totalBytes: 65_536, fileCount: 8, numUnits: 4 })
    expect(draft?.parts.map(({ provider, fromFile, toFile }) => [provider, fromFile, toFile])).toEqual([
      [0, 0, 3],
      [CPU_PROVIDER, 4, 7],
    ])
    expect(existsSync(path.join(world.home.root, 'post-new'))).toBe(false)
  })

  it.each<[string, Partial<InitRequest>, string]>([
    ['more than the network takes', { numUnits: 1_000_000 }, 'init/absurd-size'],
    ['half labels', { maxFileBytes: 8_200 }, 'init/absurd-size'],
    ['a folder that is not written out', { folder: 'post' }, 'init/bad-folder'],
    ['a device that is not here', { providers: [7] }, 'init/no-provider'],
    ['one device twice', { providers: [0, 0] }, 'init/no-provider'],
    ['a key that is not here', { key: { is: 'existing', id: anId(6) } }, 'init/no-key'],
    ['a new key without post-service', { key: { is: 'new', name: 'Iris' } }, 'init/no-service'],
  ])('refuses %s with a cause and an action', async (_what, change, code) => {
    const { plan, draft } = await planner(initWorld({}))(change)
    expect(plan.refusals.map((one) => one.code)).toContain(code)
    for (const { text, fix } of plan.refusals) expect(`${text} ${fix}`).toMatch(/\. .*\.$/)
    expect(draft).toBeUndefined()
  })

  it('refuses what postcli would shrink, grow, mix up or destroy', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK })
    const id = world.add([CPU_PROVIDER])
    const { folder, identity } = world.job(id)
    await world.until('there is data', () => world.job(id).is === 'done')
    const plan = planner(world)
    const codes = async (change: Partial<InitRequest>) => (await plan({ folder, ...change })).plan.refusals.map(({ code }) => code)
    const own = { is: 'public' as const, id: identity }
    expect(await codes({ key: own })).toEqual([])
    expect(await codes({ key: own, numUnits: 3 })).toEqual(['init/would-shrink'])
    expect(await codes({ key: own, numUnits: 5 })).toEqual(['init/cannot-grow'])
    expect(await codes({ key: own, maxFileBytes: 16_384 })).toEqual(['init/other-data'])
    expect(await codes({})).toEqual(['init/other-data'])
    writeFileSync(path.join(folder, 'postdata_metadata.json'), '')
    expect(await codes({ key: own })).toEqual(['init/other-data'])
  })

  it('refuses a folder inside one that a job of the queue uses, and counts what that will write', async () => {
    const world = initWorld({})
    const { folder } = world.job(world.add([CPU_PROVIDER]))
    const { plan } = await planner(world)({ folder: path.join(folder, 'inner') })
    expect(plan.refusals.map(({ code }) => code)).toEqual(['init/folder-taken'])
    const facts = initFacts({ context: world.context, machine, book: world.book, engine: () => world.engine })
    expect((await facts.space(setUp(world), world.home.root))?.promisedBytes).toBe(65_536)
  })

  it('lists disks, devices and why nothing can be begun', async () => {
    const world = initWorld({})
    const facts = initFacts({ context: world.context, machine, book: world.book, engine: () => world.engine })
    const options = await facts.options(setUp(world))
    expect(options.providers.map(({ id, kind }) => [id, kind])).toEqual([
      [0, 'gpu'],
      [CPU_PROVIDER, 'cpu'],
    ])
    expect(options.disks.length).toBeGreaterThan(0)
    expect(options.commitment).toMatchObject({ is: 'missing' })
    expect(options.binary).toEqual({ is: 'known', path: 'practice:postcli' })
  })
})

describe('the test of the devices', () => {
  it('measures each, and finds the one that makes wrong labels', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: JSON.stringify({ bytesPerSecond: 1e7 }), SMESHKEEPER_PRACTICE_OPENCL: 'wrong' })
    const bench = initBench(world.context, world.book, () => undefined)
    const cpu = { id: CPU_PROVIDER, name: 'Ryzen', kind: 'cpu' as const, labels: 'not-tested' as const }
    await bench.run([cpu, { id: 0, name: 'Bad card', kind: 'gpu', labels: 'not-tested' }])
    expect(bench.state).toEqual({ is: 'idle' })
    const [measured, bad] = world.book.providers()
    expect(measured).toMatchObject({ id: CPU_PROVIDER, labels: 'correct' })
    expect(bad).toMatchObject({ id: 0, labels: 'wrong' })
    expect(measured?.bytesPerSecond).toBeGreaterThan(1e5)
    expect(readdirSync(path.join(world.home.state, 'provider-test'))).toEqual([])
  })

  it('says why a device cannot be tested', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK, SMESHKEEPER_PRACTICE_OPENCL: '1' })
    const bench = initBench(world.context, world.book, () => undefined)
    await bench.run([{ id: 3, name: 'Old card', kind: 'gpu', labels: 'not-tested' }])
    expect(bench.state).toMatchObject({ is: 'failed', text: expect.stringContaining('Old card: The device is not there') as string })
  })
})

describe('data made elsewhere', () => {
  it('is checked while it still arrives, and is whole when all of it is right', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK })
    const id = world.add([CPU_PROVIDER])
    const { folder: from } = world.job(id)
    await world.until('there is data', () => world.job(id).is === 'done')
    const to = path.join(world.home.root, 'arrives')
    mkdirSync(to)
    const copy = (name: string): void => {
      copyFileSync(path.join(from, name), path.join(to, name))
      utimesSync(path.join(to, name), 1, 1)
    }
    world.book.change(() => ({ arrivals: [{ folder: to }] }))
    const arrivals = initArrivals(world.context, world.book, () => undefined)
    expect((await arrivals.look(to)).sentence).toMatch(/has not come yet/)

    for (const name of ['postdata_metadata.json', 'postdata_0.bin']) copy(name)
    const turned = (sentence: RegExp) => async () => {
      await arrivals.turn(true)
      return sentence.test((await arrivals.look(to)).sentence)
    }
    await eventually('the first file is compared', turned(/12\u2009% .* has come.* 1 of 8 files are compared already/))
    for (let file = 1; file < 8; file += 1) copy(`postdata_${file}.bin`)
    expect((await arrivals.look(to)).is).toBe('whole')
    appendFileSync(path.join(to, 'postdata_3.bin'), 'more')
    expect(await arrivals.look(to)).toMatchObject({ is: 'bad', sentence: 'postdata_3.bin is longer than it must be.' })
    arrivals.stop()
  })

  it('is bad as soon as one of its files is', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK })
    const id = world.add([CPU_PROVIDER])
    const { folder } = world.job(id)
    await world.until('there is data', () => world.job(id).is === 'done')
    writeFileSync(path.join(folder, 'postdata_0.bin'), Buffer.alloc(FILE_BYTES, 7))
    utimesSync(path.join(folder, 'postdata_0.bin'), 1, 1)
    world.book.change(() => ({ arrivals: [{ folder }] }))
    const arrivals = initArrivals(world.context, world.book, () => undefined)
    await eventually('it is found', async () => {
      await arrivals.turn(true)
      return (await arrivals.look(folder)).is === 'bad'
    })
    expect((await arrivals.look(folder)).sentence).toMatch(/^File 0 holds wrong labels\. Copy it again/)
    arrivals.stop()
  })
})
