import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookAtFolder } from '../../../electron/keeper/machine/init-folder.ts'
import { CPU_PROVIDER } from '../../../electron/programs/index.ts'
import { FILE_BYTES, initWorld, type InitWorld } from './init-context.ts'

const QUICK = JSON.stringify({ bytesPerSecond: 1e9, secondMs: 1 })
const SLOW = JSON.stringify({ bytesPerSecond: 16_384, secondMs: 1 })

const labelsOf = (folder: string): Buffer =>
  Buffer.concat(Array.from({ length: 8 }, (_, file) => readFileSync(path.join(folder, `postdata_${file}.bin`))))

const nonceOf = (folder: string): unknown =>
  (JSON.parse(readFileSync(path.join(folder, 'postdata_metadata.json'), 'utf8')) as { Nonce?: number }).Nonce

const stageOf = (world: InitWorld, id: string) => world.engine.views().find((one) => one.id === id)

describe('the queue of new PoS data', () => {
  it('shares files among devices, and puts the ranges together with the smallest nonce', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK, SMESHKEEPER_PRACTICE_OPENCL: 'good,good' })
    const [alone, shared] = [world.add([CPU_PROVIDER]), world.add([0, 1, CPU_PROVIDER])]
    await world.until('both are whole', () => world.job(alone).is === 'done' && world.job(shared).is === 'done')
    const [one, other] = [world.job(alone).folder, world.job(shared).folder]
    expect(labelsOf(other).equals(labelsOf(one))).toBe(true)
    expect(nonceOf(other)).toBe(nonceOf(one))
    expect(readdirSync(other).filter((name) => name.startsWith('range-'))).toEqual([])
    expect(stageOf(world, shared)).toMatchObject({ filesDone: 8, key: 'none', stage: { is: 'done' } })
  })

  it('pauses after the running file, goes on after a killed keeper, and lets the next one wait', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: SLOW })
    const [id, next] = [world.add([CPU_PROVIDER]), world.add([CPU_PROVIDER])]
    await world.until('a file is there', () => (stageOf(world, id)?.filesDone ?? 0) > 0)
    expect(stageOf(world, next)?.stage.is).toBe('queued')
    const pid = stageOf(world, id)?.parts[0]?.pid
    const later = world.again()
    await later.until('it is adopted', () => stageOf(later, id)?.stage.is === 'writing')
    expect(stageOf(later, id)?.parts[0]?.pid).toBe(pid)
    later.book.change(({ jobs }) => ({ jobs: jobs.map((job) => ({ ...job, pausedAt: 1 })) }))
    await later.until('it is paused', () => stageOf(later, id)?.stage.is === 'paused')
    const { sizes } = (await lookAtFolder(later.job(id).folder)) as { sizes: ReadonlyMap<number, number> }
    // What was written before a stop is whole files: it waits for its batch.
    expect([...sizes.values()].filter((size) => size !== 0 && size !== FILE_BYTES)).toEqual([])
    expect(stageOf(later, id)?.sentence).toMatch(/is paused at \d+\u2009% of 64\u2009KiB: you paused it\./)
  })

  it('takes off half a label before it goes on, so that nothing behind it is shifted', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK })
    const [whole, torn] = [world.add([CPU_PROVIDER]), world.add([CPU_PROVIDER], { is: 'failed', isBegun: true })]
    await world.until('the first is whole', () => world.job(whole).is === 'done')
    const data = labelsOf(world.job(whole).folder)
    writeFileSync(path.join(world.job(torn).folder, 'postdata_0.bin'), data.subarray(0, 165))
    world.book.update(torn, (job) => ({ ...job, is: 'wanted' }))
    await world.until('the second is whole', () => world.job(torn).is === 'done')
    expect(labelsOf(world.job(torn).folder).equals(data)).toBe(true)
  })

  it.each([
    ['files of nobody', (folder: string) => writeFileSync(path.join(folder, 'postdata_0.bin'), 'x'.repeat(32)), /nobody knows whose/],
    ['an empty metadata file', (folder: string) => writeFileSync(path.join(folder, 'postdata_metadata.json'), ''), /the file is empty/],
    [
      'larger data of the same identity',
      (folder: string) => writeFileSync(path.join(folder, 'postdata_metadata.json'), metadataOf(8)),
      /another identity, size or network/,
    ],
  ])('does not start postcli on %s', async (_what, prepare, text) => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK })
    const id = world.add([CPU_PROVIDER])
    const { folder } = world.job(id)
    prepare(folder)
    const before = readdirSync(folder)
    await world.until('it is refused', () => world.job(id).is === 'failed')
    expect(world.job(id).fault).toMatchObject({ code: 'init/other-data', text: expect.stringMatching(text) as string })
    expect(readdirSync(folder)).toEqual(before)
  })

  it('does not start postcli where it would cut or delete a file of ours', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK })
    const id = world.add([CPU_PROVIDER], { isBegun: true })
    const surplus = path.join(world.job(id).folder, 'postdata_8.bin')
    writeFileSync(surplus, 'kept')
    await world.until('it is refused', () => world.job(id).is === 'failed')
    expect(world.job(id).fault?.text).toContain('postdata_8.bin does not belong there')
    expect(existsSync(surplus)).toBe(true)
  })

  it('says what to do when a card disappears, whatever the exit code', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK, SMESHKEEPER_PRACTICE_OPENCL: 'lost' })
    const id = world.add([0])
    await world.until('it has failed', () => world.job(id).is === 'failed')
    expect(world.job(id).fault).toMatchObject({ code: 'init/provider-lost' })
    expect(stageOf(world, id)?.sentence).toMatch(
      /^Iris stopped at 12\u2009% of 64\u2009KiB: The device stopped computing\. Look at its driver/,
    )
    expect(statSync(path.join(world.job(id).folder, 'postdata_0.bin')).size).toBe(FILE_BYTES)
  })

  it('finds the wrong labels of a bad card before anything is proved with them', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: QUICK, SMESHKEEPER_PRACTICE_OPENCL: 'wrong' })
    const id = world.add([0])
    await world.until('it has failed', () => world.job(id).is === 'failed')
    expect(world.job(id).fault).toMatchObject({ code: 'init/bad-labels' })
  })

  it('goes on after a kill, and gives up when nothing ever comes', async () => {
    const world = initWorld({ SMESHKEEPER_PRACTICE_PACE: JSON.stringify({ bytesPerSecond: 1 }) })
    const id = world.add([CPU_PROVIDER])
    const killed = new Set<number>()
    await world.until('it has failed', () => {
      const pid = stageOf(world, id)?.parts[0]?.pid
      if (pid !== undefined && !killed.has(pid)) process.kill(pid, 'SIGKILL')
      if (pid !== undefined) killed.add(pid)
      return world.job(id).is === 'failed'
    })
    expect(killed.size).toBeGreaterThanOrEqual(3)
    expect(world.job(id).fault).toMatchObject({ code: 'init/killed' })
  })

  it('keeps a damaged list aside', () => {
    const world = initWorld({})
    world.add([CPU_PROVIDER])
    appendFileSync(path.join(world.home.state, 'new-pos-data.json'), '}')
    const later = world.again()
    expect(later.book.jobs()).toEqual([])
    expect(later.book.trouble).toMatch(/was damaged and is kept as new-pos-data\.json\.damaged-/)
  })
})

const metadataOf = (numUnits: number): string =>
  JSON.stringify({
    NodeId: Buffer.from('07'.repeat(32), 'hex').toString('base64'),
    CommitmentAtxId: Buffer.from('ab'.repeat(32), 'hex').toString('base64'),
    LabelsPerUnit: 1024,
    NumUnits: numUnits,
    MaxFileSize: FILE_BYTES,
  })
