import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createSpeedKeeper,
  diskSystem,
  hostSystem,
  lookAtDisks,
  openSpeedBook,
  type SpeedHold,
  type SpeedKeeper,
  type SpeedOrder,
} from '../../../electron/hardware/index.ts'
import { launchFromSource } from '../../../electron/launch.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'

const MIB = 1024 * 1024
const launch = () => launchFromSource(path.resolve('electron'))('speed-probe')
let folder: string
let mounts: string[]

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-speed-'))
  mounts = []
})
afterEach(() => {
  for (const at of mounts) spawnSync('umount', ['-l', at])
  rmSync(folder, { recursive: true, force: true })
})

function dataAt(name: string, mib: number, count = 1): string {
  const at = path.join(folder, name)
  mkdirSync(at, { recursive: true })
  const block = randomBytes(MIB)
  for (let file = 0; file < count; file += 1) for (let i = 0; i < mib; i += 1) appendFileSync(path.join(at, `postdata_${file}.bin`), block)
  return at
}

/** A keeper of speeds; `until` is answered by its own news, without a look at a clock. */
function keeperWith(hold: (order: SpeedOrder) => SpeedHold | undefined = () => undefined) {
  let waiting: (() => void)[] = []
  const keeper = createSpeedKeeper({
    launch,
    clock: systemClock,
    log: silentLogger,
    book: openSpeedBook(path.join(folder, 'speeds.json'), silentLogger),
    hold,
    changed: () => {
      const all = waiting
      waiting = []
      for (const one of all) one()
    },
  })
  const until = async (isSo: (keeper: SpeedKeeper) => boolean): Promise<void> => {
    while (!isSo(keeper)) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { keeper, until }
}
const order = (lane: string, folders: readonly string[], what: 'read' | 'write' = 'read'): SpeedOrder => ({
  lane,
  folders,
  what,
  isAsked: true,
})
const left = (at: string): string[] => readdirSync(at).filter((name) => name.startsWith('.smeshkeeper'))
const failed = ({ keeper }: ReturnType<typeof keeperWith>, lane: string): string => {
  const test = keeper.test(lane)
  return test.is === 'failed' ? test.text : test.is
}

describe('a disk', () => {
  it('is measured on its real files, which stay as they are, and remembered', async () => {
    const at = dataAt('pos', 24, 2)
    const before = readFileSync(path.join(at, 'postdata_1.bin'))
    const one = keeperWith()
    one.keeper.measure([order('disk:a', [at])])
    await one.until((keeper) => keeper.readings('disk:a', 'read').length === 1 && keeper.test('disk:a').is === 'idle')
    const [reading] = openSpeedBook(path.join(folder, 'speeds.json'), silentLogger).of('disk:a').read
    expect(reading).toMatchObject({ from: 'test' })
    expect(reading?.bytes).toBeGreaterThan(16 * MIB)
    expect(reading?.bytesPerSecond).toBeGreaterThan(0)
    expect(readFileSync(path.join(at, 'postdata_1.bin')).equals(before)).toBe(true)
    expect(readdirSync(at)).toEqual(['postdata_0.bin', 'postdata_1.bin'])
  })

  it('is written on request into a file of our own that nobody finds afterwards', async () => {
    const at = dataAt('pos', 2)
    const one = keeperWith()
    one.keeper.measure([order('disk:a', [at], 'write')])
    await one.until((keeper) => keeper.test('disk:a').is === 'running')
    await one.until((keeper) => {
      const test = keeper.test('disk:a')
      return test.is === 'running' && test.percent > 0
    })
    one.keeper.cancel()
    await one.until((keeper) => !keeper.isBusy && keeper.test('disk:a').is === 'idle')
    expect([...left(at), ...left(folder)]).toEqual([])
  })

  it('that is to prove is left at once, and measured when it may be', async () => {
    const at = dataAt('pos', 24)
    const held: { by: SpeedHold | undefined } = { by: undefined }
    const one = keeperWith(() => held.by)
    one.keeper.measure([order('disk:a', [at])])
    expect(one.keeper.test('disk:a')).toMatchObject({ is: 'running' })
    held.by = { why: 'a proof is due', until: 5 }
    one.keeper.recheck()
    await one.until((keeper) => keeper.test('disk:a').is === 'waiting')
    expect(one.keeper.test('disk:a')).toEqual({ is: 'waiting', why: 'a proof is due', until: 5 })
    held.by = undefined
    one.keeper.recheck()
    await one.until((keeper) => keeper.readings('disk:a', 'read').length === 1)
  })

  it('waits for another one, and a held one does not hold the others', async () => {
    const at = dataAt('pos', 8)
    const one = keeperWith(({ lane }) => (lane === 'disk:a' ? { why: 'a proof is due' } : undefined))
    one.keeper.measure(['disk:a', 'disk:b', 'disk:c', 'disk:b'].map((lane) => order(lane, [at])))
    expect(['disk:a', 'disk:b', 'disk:c'].map((lane) => one.keeper.test(lane).is)).toEqual(['waiting', 'running', 'waiting'])
    await one.until((keeper) => keeper.readings('disk:c', 'read').length === 1)
    expect(one.keeper.readings('disk:b', 'read')).toHaveLength(1)
    expect(one.keeper.test('disk:a')).toMatchObject({ why: 'a proof is due' })
    one.keeper.cancel()
    expect(one.keeper.test('disk:a')).toEqual({ is: 'idle' })
  })

  it('without usable files says why: gone, empty, tiny, holes', async () => {
    const sparse = path.join(folder, 'sparse')
    mkdirSync(sparse)
    writeFileSync(path.join(sparse, 'postdata_0.bin'), '')
    truncateSync(path.join(sparse, 'postdata_0.bin'), 64 * MIB)
    const tiny = dataAt('tiny', 0)
    writeFileSync(path.join(tiny, 'postdata_0.bin'), randomBytes(1024))
    mkdirSync(path.join(folder, 'empty'))
    const one = keeperWith()
    one.keeper.measure([
      order('gone', [path.join(folder, 'gone')]),
      order('empty', [path.join(folder, 'empty')]),
      order('tiny', [tiny]),
      order('sparse', [sparse]),
    ])
    await one.until((keeper) => ['gone', 'empty', 'tiny', 'sparse'].every((lane) => keeper.test(lane).is === 'failed'))
    expect(['gone', 'empty', 'tiny', 'sparse'].map((lane) => failed(one, lane))).toEqual([
      expect.stringContaining('unplugged'),
      expect.stringContaining('No PoS data'),
      expect.stringContaining('too little'),
      expect.stringContaining('empty inside'),
    ])
  })

  it('removes only its own leftovers of a crash', async () => {
    const at = dataAt('pos', 8)
    const names = ['.smeshkeeper-speed-0123456789abcdef.tmp', '.smeshkeeper-speed-mine.tmp', 'other.tmp']
    for (const name of names) writeFileSync(path.join(folder, name), 'x')
    const one = keeperWith()
    one.keeper.measure([order('disk:a', [at])])
    await one.until((keeper) => keeper.readings('disk:a', 'read').length === 1)
    expect(names.map((name) => existsSync(path.join(folder, name)))).toEqual([false, true, true])
  })

  it('is not held by a measuring process whose asker is gone', async () => {
    const at = dataAt('pos', 8)
    const { file, prefixArgs, env } = launch()
    const child = spawn(file, [...prefixArgs], { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, ...env } })
    child.stdin.write(`${JSON.stringify({ what: 'write', folders: [at], budgetMs: 60_000 })}\n`)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.stdin.end()
    child.stdout.resume()
    await new Promise((resolve) => child.once('close', resolve))
    expect([...left(at), ...left(folder)]).toEqual([])
  })
})

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const probe = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-can-mount-'))
  try {
    mountLoop(path.join(probe, 'image'), path.join(probe, 'at'), 16)
    execFileSync('umount', [path.join(probe, 'at')])
    return true
  } catch {
    return false
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}
function mountLoop(image: string, at: string, mib: number): void {
  writeFileSync(image, '')
  truncateSync(image, mib * MIB)
  mkdirSync(at, { recursive: true })
  execFileSync('mkfs.ext4', ['-q', '-F', image], { stdio: 'ignore' })
  execFileSync('mount', ['-o', 'loop', image, at], { stdio: 'ignore' })
}
const hasLoop = canMount()
if (!hasLoop) console.log('skipped: loop-mounted disks need root, loop devices and mkfs.ext4 on Linux')

describe.skipIf(!hasLoop)('a loop-mounted ext4', () => {
  it('is told as a volume on the disk that holds its image, agrees with lsblk, and is measured; unmounted it is gone', async () => {
    const at = path.join(folder, 'disk')
    mountLoop(path.join(folder, 'image'), at, 96)
    mounts.push(at)
    const pos = dataAt('disk/pos', 24)
    const disks = await lookAtDisks(
      [
        { identity: 'a', path: pos },
        { identity: 'b', path: folder },
      ],
      { system: diskSystem(), host: hostSystem() },
    )
    expect(disks).toHaveLength(1) // the image lies in the folder: one spindle
    expect(disks[0]?.volumes.map(({ mountPoint, fsType }) => [mountPoint, fsType])).toContainEqual([at, 'ext4'])
    const holder = spawnSync('findmnt', ['-no', 'SOURCE', '-T', folder], { encoding: 'utf8' }).stdout.trim()
    const size = spawnSync('lsblk', ['-bdno', 'SIZE', holder], { encoding: 'utf8' })
    if (size.status === 0 && size.stdout.trim() !== '') expect(disks[0]?.sizeBytes).toBe(Number(size.stdout))
    const one = keeperWith()
    one.keeper.measure([order('loop', [pos])])
    await one.until((keeper) => keeper.readings('loop', 'read').length === 1)
    execFileSync('umount', [at])
    one.keeper.measure([order('loop', [pos])])
    await one.until((keeper) => keeper.test('loop').is === 'failed')
    expect(failed(one, 'loop')).toContain('unplugged')
  })

  it('is written, and nothing of that stays', async () => {
    const at = path.join(folder, 'disk')
    mountLoop(path.join(folder, 'image'), at, 900)
    mounts.push(at)
    const one = keeperWith()
    one.keeper.measure([order('loop', [at], 'write')])
    await one.until((keeper) => keeper.readings('loop', 'write').length === 1)
    expect(one.keeper.readings('loop', 'write')[0]?.bytes).toBeGreaterThanOrEqual(64 * MIB)
    expect(readdirSync(at)).toEqual(['lost+found'])
  })

  it('that is nearly full is not written', async () => {
    const at = path.join(folder, 'disk')
    mountLoop(path.join(folder, 'image'), at, 96)
    mounts.push(at)
    const one = keeperWith()
    one.keeper.measure([order('loop', [at], 'write')])
    await one.until((keeper) => keeper.test('loop').is === 'failed')
    expect(failed(one, 'loop')).toContain('Too little room')
  })
})
