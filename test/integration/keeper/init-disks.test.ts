import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it, type TestContext } from 'vitest'
import { CPU_PROVIDER } from '../../../electron/programs/index.ts'
import type { InitJob } from '../../../shared/domain/initialization.ts'
import { FILE_BYTES, initWorld, type InitWorld } from './init-context.ts'

const ROOT = 'a disk of our own cannot be mounted here: run it as root on Linux, with loop devices and mkfs.ext4 (Debian: e2fsprogs)'
const pace = (bytesPerSecond: number): string => JSON.stringify({ bytesPerSecond, secondMs: 1 })
/** A file in 0.7 s: long enough to lose the disk in the middle of the next. */
const SLOW = pace(FILE_BYTES / 0.7)
const QUICK = pace(1e9)

const places: string[] = []
const mounts: string[] = []
afterEach(() => {
  for (const at of mounts.splice(0)) run('umount', '-l', at)
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

const run = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0
const sized = (folder: string): ReadonlyMap<string, number> =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.bin'))
      .map((name) => [name, statSync(path.join(folder, name)).size]),
  )

/** Where the machine lets us mount nothing, the test is skipped. */
function mount(context: TestContext, at: string, ...args: readonly string[]): void {
  if (process.platform !== 'linux' || !run('mount', ...args, at)) context.skip(ROOT)
  mounts.push(at)
}

/** A disk that was there once. */
function mountAgain(at: string, ...args: readonly string[]): void {
  expect(run('mount', ...args, at), 'mounted again').toBe(true)
  mounts.push(at)
}

function aPlace(): { readonly place: string; readonly disk: string } {
  const place = mkdtempSync(path.join(os.tmpdir(), 'sk-init-disk-'))
  places.push(place)
  const disk = path.join(place, 'disk')
  mkdirSync(disk)
  return { place, disk }
}

/** A world whose postcli takes its time until `hurry`. */
function slowWorld(): { readonly world: InitWorld; readonly hurry: () => void } {
  const env = { SMESHKEEPER_PRACTICE_PACE: SLOW }
  return { world: initWorld(env), hurry: () => void (env.SMESHKEEPER_PRACTICE_PACE = QUICK) }
}

const viewOf = ({ engine }: InitWorld, id: string): InitJob => {
  const view = engine.views().find((one) => one.id === id)
  if (view === undefined) throw new Error(`no job ${id}`)
  return view
}

describe('new PoS data on a disk that', () => {
  it('gets full in the middle waits for room, loses no label, and is whole in the end', async (context) => {
    const { disk } = aPlace()
    mount(context, disk, '-t', 'tmpfs', '-o', 'size=160k', 'tmpfs')
    const { world, hurry } = slowWorld()
    const folder = path.join(disk, 'post')
    const id = world.add([CPU_PROVIDER], { folder })
    await world.until('a file is there', () => viewOf(world, id).filesDone > 0)
    run('dd', 'if=/dev/zero', `of=${path.join(disk, 'filler')}`, 'bs=1024')
    const before = sized(folder)
    await world.until('it is paused', () => viewOf(world, id).stage.is === 'paused')
    expect(viewOf(world, id)).toMatchObject({ stage: { is: 'paused', because: 'space' } })
    expect(viewOf(world, id).sentence).toMatch(
      /^Iris is paused at \d+\u2009% of 64\u2009KiB: its disk is full: 0\u2009B are free and \d+\u2009KiB are still to be written; free space on it, and it goes on\.$/,
    )
    for (const [name, size] of before) expect(sized(folder).get(name), name).toBeGreaterThanOrEqual(size)
    const left = new Map([...sized(folder).keys()].map((name) => [name, readFileSync(path.join(folder, name))]))

    rmSync(path.join(disk, 'filler'))
    hurry()
    await world.until('every label was compared', () => world.job(id).is === 'done')
    for (const [name, labels] of left) {
      const whole = labels.subarray(0, labels.length - (labels.length % 16))
      expect(readFileSync(path.join(folder, name)).subarray(0, whole.length).equals(whole), name).toBe(true)
    }
  })

  it.for([
    ['below its mount point', 'post'],
    ['at its mount point', ''],
  ] as const)(
    'vanishes with a folder %s is waited for by name, nothing is written in its place, and it goes on',
    async ([, inner], context) => {
      const { place, disk } = aPlace()
      const image = path.join(place, 'disk.img')
      writeFileSync(image, '')
      truncateSync(image, 8 * 1024 ** 2)
      if (!run('mkfs.ext4', '-q', image)) context.skip(ROOT)
      mount(context, disk, '-o', 'loop', image)
      const { world, hurry } = slowWorld()
      const id = world.add([CPU_PROVIDER], { folder: path.join(disk, inner) })
      await world.until('a file is there', () => viewOf(world, id).filesDone > 0)
      const before = viewOf(world, id).doneBytes
      expect(run('umount', '-l', disk)).toBe(true)
      await world.until('it is paused', () => viewOf(world, id).stage.is === 'paused')
      expect(viewOf(world, id)).toMatchObject({ stage: { because: 'drive' } })
      expect(viewOf(world, id).doneBytes, 'what was seen last stays').toBeGreaterThanOrEqual(before)
      expect(viewOf(world, id).sentence).toContain(`: the disk at ${disk} is gone; attach it there again, and it goes on.`)
      await world.engine.turn()
      expect(readdirSync(disk)).toEqual([])

      hurry()
      mountAgain(disk, '-o', 'loop', image)
      expect([...sized(path.join(disk, inner)).values()][0]).toBeGreaterThanOrEqual(before)
      await world.until('every label was compared', () => world.job(id).is === 'done')
    },
  )
})
