import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { diskSystem, lanesOf } from '../../../electron/hardware/index.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createFolderWatch, createProbePool, launchProbeBy, volumeMemoryAt, type FolderWatch } from '../../../electron/pos-data/index.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Observation, VolumeState } from '../../../shared/domain/observation.ts'

const A = 'ab'.repeat(32) as IdentityId
const launchProbe = launchProbeBy({
  binary: process.execPath,
  args: [path.resolve('electron/pos-data/probe-main.ts')],
  env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
})
const METADATA = JSON.stringify({
  NodeId: 'tI4Sxlqyi0dplW1atNK4C2ZNZexbS6JyxiUyvjG/8RY=',
  CommitmentAtxId: 'U0aoGT3ViHiSrgfsSoruqvHkJTk6Af37Jn/9X5Zfm5w=',
  LabelsPerUnit: 64,
  NumUnits: 1,
  MaxFileSize: 1024,
})
let folder: string
let mounts: string[]
let watches: FolderWatch[]

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-volumes-'))
  mounts = []
  watches = []
})
afterEach(() => {
  for (const watch of watches) watch.close()
  for (const at of mounts) spawnSync('umount', ['-l', at])
  rmSync(folder, { recursive: true, force: true })
})

function writeData(at: string): void {
  mkdirSync(at, { recursive: true })
  writeFileSync(path.join(at, 'postdata_metadata.json'), METADATA)
  writeFileSync(path.join(at, 'postdata_0.bin'), Buffer.alloc(1024))
}

function watchFolder(at: string) {
  const seen: Observation[] = []
  const watch = createFolderWatch({
    launchProbe,
    clock: systemClock,
    emit: (one) => seen.push(one),
    folders: [{ identity: A, path: at }],
    memory: volumeMemoryAt(path.join(folder, 'volumes.json'), silentLogger),
  })
  watches.push(watch)
  const lastVolume = (): VolumeState | undefined => seen.findLast((one) => one.kind === 'volume')?.volume
  const lastFolder = () => seen.findLast((one) => one.kind === 'pos-folder')?.folder
  return { watch, lastVolume, lastFolder, seen }
}

describe('a real probe process', () => {
  it('tells of folder and volume, and of a file that became short', async () => {
    const at = path.join(folder, 'pos')
    writeData(at)
    const { watch, lastVolume, lastFolder } = watchFolder(at)
    await watch.refresh()
    const volume = lastVolume()
    expect(volume?.is === 'mounted' && volume.totalBytes > 0 && volume.freeBytes <= volume.totalBytes).toBe(true)
    expect(lastFolder()).toMatchObject({ is: 'present', problems: [], hasVrfNonce: false })
    truncateSync(path.join(at, 'postdata_0.bin'), 1000)
    await watch.refresh()
    expect(lastFolder()).toMatchObject({ problems: [{ file: 'postdata_0.bin', is: 'short', actualBytes: 1000 }] })
  })

  it('is killed when it hangs, and the next question gets a new one', async () => {
    const pids: number[] = []
    const pool = createProbePool({
      clock: systemClock,
      log: silentLogger,
      launch: (events) => {
        const child = launchProbe(events)
        if (child.pid !== undefined) pids.push(child.pid)
        // Stopped before it can answer: to us the same as a probe that waits for a dead disk.
        if (pids.length === 1 && child.pid !== undefined) process.kill(child.pid, 'SIGSTOP')
        return child
      },
    })
    const ask = { ask: 'space', path: folder } as const
    expect(await pool.ask(folder, ask, 500)).toBe('timeout')
    expect(await pool.ask(folder, ask, 20_000)).toMatchObject({ is: 'space' })
    expect(pids).toHaveLength(2)
    await expect.poll(() => pool.stuck, { timeout: 10_000 }).toBe(0)
    await expect.poll(() => isAlive(pids[0]), { timeout: 10_000 }).toBe(false)
    pool.close()
    await expect.poll(() => isAlive(pids[1]), { timeout: 10_000 }).toBe(false)
  })
})

describe('the probe program', () => {
  it('ends by itself when whoever asked is gone', async () => {
    const child = spawn(process.execPath, [path.resolve('electron/pos-data/probe-main.ts')], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    })
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    child.stdin.write('this is no question\n{"id":1,"ask":"folder"}\n')
    child.stdin.end()
    expect(await ended).toBe(0)
  })
})

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false // gone
  }
}

const isRoot = process.platform === 'linux' && process.getuid?.() === 0
const hasMounts = isRoot && canMount()
if (!hasMounts) console.log(`skipped: real mounts need ${isRoot ? 'a kernel that lets us mount' : 'root'}`)

function canMount(): boolean {
  const at = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-can-mount-'))
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', at]).status === 0
  if (isMounted) spawnSync('umount', [at])
  rmSync(at, { recursive: true, force: true })
  return isMounted
}

describe.runIf(hasMounts)('a real volume', () => {
  it('is gone when it is unmounted while watched, although its empty mount folder remains, and complete when it is back', async () => {
    const image = path.join(folder, 'disk.ext4')
    const mount = path.join(folder, 'my disk')
    mkdirSync(mount)
    writeFileSync(image, '')
    truncateSync(image, 16 * 1024 * 1024)
    execFileSync('mkfs.ext4', ['-q', '-F', image])
    const isLoop = spawnSync('mount', ['-o', 'loop', image, mount]).status === 0
    if (!isLoop) {
      console.log('skipped in part: no loop devices here, memory is mounted instead and loses its data')
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount])
    }
    mounts.push(mount)
    const at = path.join(mount, 'pos')
    writeData(at)
    const { watch, lastVolume, lastFolder, seen } = watchFolder(at)
    await watch.refresh()
    expect(lastVolume()).toMatchObject({ is: 'mounted', mountPoint: mount })
    expect(lastFolder()).toMatchObject({ is: 'present', problems: [] })
    const lane = lanesOf([at, folder], diskSystem())
    if (isLoop) expect(lane.get(at)).toEqual(lane.get(folder))

    execFileSync('umount', [mount])
    expect(existsSync(mount)).toBe(true)
    seen.length = 0
    await watch.refresh()
    expect(seen).toMatchObject([{ kind: 'volume', volume: { is: 'gone', lastMountPoint: mount } }])

    watch.close()
    const again = watchFolder(at)
    await again.watch.refresh()
    expect(again.lastVolume()).toMatchObject({ is: 'gone', lastMountPoint: mount })

    if (isLoop) execFileSync('mount', ['-o', 'loop', image, mount])
    else {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount])
      writeData(at)
    }
    await again.watch.refresh()
    expect(again.lastVolume()).toMatchObject({ is: 'mounted', mountPoint: mount })
    expect(again.lastFolder()).toMatchObject({ is: 'present', problems: [] })
  })

  it('that is full says so in its free bytes', async () => {
    const mount = path.join(folder, 'small')
    mkdirSync(mount)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount])
    mounts.push(mount)
    writeData(path.join(mount, 'pos'))
    expect(() => writeFileSync(path.join(mount, 'ballast'), Buffer.alloc(1024 * 1024))).toThrow(/ENOSPC/)
    const { watch, lastVolume } = watchFolder(path.join(mount, 'pos'))
    await watch.refresh()
    expect(lastVolume()).toMatchObject({ is: 'mounted', freeBytes: 0, totalBytes: 262_144 })
  })
})
