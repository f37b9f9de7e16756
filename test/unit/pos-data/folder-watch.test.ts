import { describe, expect, it } from 'vitest'
import { parseMountInfo, type DiskSystem } from '../../../electron/hardware/index.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import {
  createFolderWatch,
  createProbePool,
  type ProbeChild,
  type ProbeEvents,
  type VolumeMemory,
} from '../../../electron/pos-data/index.ts'
import type { ProbeAsk } from '../../../electron/pos-data/probe-protocol.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Observation, PosFolderState } from '../../../shared/domain/observation.ts'

const A = 'ab'.repeat(32) as IdentityId
const B = 'cd'.repeat(32) as IdentityId
const PRESENT = {
  is: 'present',
  identity: A,
  numUnits: 1,
  labelsPerUnit: 64,
  expectedBytes: 1024,
  actualBytes: 1024,
  hasVrfNonce: true,
  problems: [],
} satisfies PosFolderState
const METADATA = { identity: A, commitmentAtx: '', labelsPerUnit: 64, numUnits: 1, maxFileBytes: 1024, hasVrfNonce: true }

/** A world of mounts and probes: volumes in `dead` never answer, and their probes do not die when `isUnkillable`. */
class World {
  readonly clock = new FakeClock()
  readonly mounted = new Set(['/', '/mnt/west', '/mnt/north'])
  readonly dead = new Set<string>()
  readonly deadSizes = new Set<string>()
  readonly folders = new Map<string, PosFolderState>()
  readonly asked: ProbeAsk[] = []
  isUnkillable = false
  launched = 0
  alive = 0
  readonly system: DiskSystem = {
    platform: 'linux',
    mounts: () => parseMountInfo([...this.mounted].map((at, i) => `${i} 1 8:${i} / ${at} rw - ext4 /dev/x${i} rw`).join('\n')),
    readText: () => undefined,
    realPath: () => undefined,
    list: () => [],
    resolve: (folder) => folder,
  }
  launch = (events: ProbeEvents): ProbeChild => {
    this.launched += 1
    this.alive += 1
    return {
      pid: this.launched,
      kill: () => {
        if (this.isUnkillable) return
        this.alive -= 1
        queueMicrotask(() => events.onEnd())
      },
      send: (line) => {
        const ask = JSON.parse(line) as ProbeAsk
        this.asked.push(ask)
        const isDead = (set: Set<string>) => [...set].some((volume) => ask.path.startsWith(volume))
        if (isDead(this.dead) || (ask.ask === 'folder' && isDead(this.deadSizes))) return
        const state = this.folders.get(ask.path) ?? { is: 'unreadable', text: 'the folder does not exist' }
        const answer =
          ask.ask === 'space'
            ? { id: ask.id, is: 'space', freeBytes: 5, totalBytes: 10 }
            : { id: ask.id, is: 'folder', state, ...(state.is === 'present' ? { metadata: METADATA } : {}) }
        queueMicrotask(() => events.onLine(JSON.stringify(answer)))
      },
    }
  }
}

/** Lets everything that is ready happen. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i += 1) await Promise.resolve()
}

function watchOf(world: World, more: { memory?: VolumeMemory; isProving?: () => boolean } = {}) {
  const seen: Observation[] = []
  const watch = createFolderWatch({
    launchProbe: world.launch,
    clock: world.clock,
    system: world.system,
    emit: (one) => seen.push(one),
    folders: [
      { identity: A, path: '/mnt/west/pos' },
      { identity: B, path: '/mnt/north/pos' },
    ],
    ...more,
  })
  const take = (identity: IdentityId): string[] => {
    const mine = seen.filter((one) => 'identity' in one && one.identity === identity)
    const words = mine.map((one) =>
      one.kind === 'volume' ? `volume ${one.volume.is}` : one.kind === 'pos-folder' ? `folder ${one.folder.is}` : one.kind,
    )
    for (const one of mine) seen.splice(seen.indexOf(one), 1)
    return words
  }
  const tick = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1000) {
      world.clock.advance(Math.min(left, 1000))
      await settle()
    }
  }
  return { watch, seen, take, tick }
}

function soundWorld(): World {
  const world = new World()
  world.folders.set('/mnt/west/pos', PRESENT)
  world.folders.set('/mnt/north/pos', { ...PRESENT, identity: B })
  return world
}

describe('createFolderWatch', () => {
  it('looks at once, then at volumes every 15 s and at sizes every 10 min', async () => {
    const world = soundWorld()
    const { take, tick } = watchOf(world)
    await settle()
    expect(take(A)).toEqual(['volume mounted', 'folder present'])
    await tick(15_000)
    expect(take(A)).toEqual(['volume mounted'])
    await tick(585_000)
    expect(take(A).filter((word) => word === 'folder present')).toHaveLength(1)
  })

  it('calls an unmounted disk gone although its mount folder is there and empty, and looks at sizes when it is back', async () => {
    const world = soundWorld()
    const { take, tick, seen } = watchOf(world)
    await settle()
    take(A)
    world.mounted.delete('/mnt/west')
    world.folders.set('/mnt/west/pos', { is: 'no-metadata' })
    await tick(15_000)
    expect(seen.find((one) => one.kind === 'volume' && one.identity === A)).toMatchObject({
      volume: { is: 'gone', lastMountPoint: '/mnt/west' },
    })
    expect(take(A)).toEqual(['volume gone'])
    world.mounted.add('/mnt/west')
    world.folders.set('/mnt/west/pos', PRESENT)
    await tick(15_000)
    expect(take(A)).toEqual(['volume mounted', 'folder present'])
  })

  it('remembers across restarts where the data was', async () => {
    let stored: Readonly<Record<string, string>> = {}
    const memory: VolumeMemory = { read: () => stored, write: (all) => void (stored = all) }
    const world = soundWorld()
    const first = watchOf(world, { memory })
    await settle()
    first.watch.close()
    world.mounted.delete('/mnt/west')
    world.folders.set('/mnt/west/pos', { is: 'no-metadata' })
    const second = watchOf(world, { memory })
    await settle()
    expect(second.take(A)).toEqual(['volume gone'])
    expect(second.take(B)).toEqual(['volume mounted', 'folder present'])
  })

  it('takes a missing folder where disks are mounted for a missing disk, and elsewhere for a wrong path', async () => {
    const world = new World()
    world.mounted.delete('/mnt/west')
    const { watch, take } = watchOf(world)
    await settle()
    expect(take(A)).toEqual(['volume gone'])
    watch.setFolders([{ identity: A, path: '/home/me/pos' }])
    await settle()
    expect(take(A)).toEqual(['volume mounted', 'folder unreadable'])
  })

  it('says not-answering for a dead disk, and the other disk is seen all the time', async () => {
    const world = soundWorld()
    const { take, tick, watch } = watchOf(world)
    await settle()
    take(A)
    take(B)
    world.dead.add('/mnt/west')
    world.isUnkillable = true
    for (let round = 0; round < 20; round += 1) await tick(15_000)
    expect(new Set(take(A))).toEqual(new Set(['volume not-answering']))
    const other = take(B)
    expect(other.filter((word) => word === 'volume mounted').length).toBeGreaterThanOrEqual(19)
    expect(watch.stuckProbes).toBe(2)
    const launched = world.launched
    await tick(150_000)
    expect(world.launched).toBe(launched)
  })

  it('asks a disk that answers again through the shared process', async () => {
    const world = soundWorld()
    const { take, tick, watch } = watchOf(world)
    await settle()
    world.dead.add('/mnt/west')
    await tick(15_000)
    await tick(15_000)
    world.dead.clear()
    take(A)
    await tick(30_000)
    const words = take(A)
    expect(words).toContain('folder present')
    expect(words.at(-1)).toBe('volume mounted')
    expect(watch.stuckProbes).toBe(0)
    await tick(30_000)
    expect(world.alive).toBe(1)
  })

  it('does not trust statfs alone: a disk whose folder hangs is not mounted', async () => {
    const world = soundWorld()
    world.deadSizes.add('/mnt/west')
    const { take, tick } = watchOf(world)
    await settle()
    await tick(30_000)
    await tick(30_000)
    expect(take(A)).not.toContain('volume mounted')
    expect(take(B)).toContain('folder present')
  })

  it('reads no metadata while proving', async () => {
    const world = soundWorld()
    let isProving = false
    const { tick } = watchOf(world, { isProving: () => isProving })
    await settle()
    isProving = true
    world.asked.length = 0
    await tick(600_000)
    const sizes = world.asked.filter((ask) => ask.ask === 'folder')
    expect(sizes).toHaveLength(2)
    for (const ask of sizes) expect(ask).toMatchObject({ known: METADATA })
  })

  it('reads the metadata of another disk in the same place also while proving', async () => {
    const world = soundWorld()
    const { tick } = watchOf(world, { isProving: () => true })
    await settle()
    world.mounted.delete('/mnt/west')
    await tick(15_000)
    world.mounted.add('/mnt/west')
    world.asked.length = 0
    await tick(15_000)
    const sizes = world.asked.filter((ask) => ask.ask === 'folder')
    expect(sizes).toHaveLength(1)
    for (const ask of sizes) expect(ask).not.toHaveProperty('known')
  })

  it('says nothing after it was closed or about folders taken off', async () => {
    const world = soundWorld()
    const { watch, seen, tick } = watchOf(world)
    watch.setFolders([])
    await settle()
    expect(seen).toEqual([])
    watch.close()
    await tick(60_000)
    expect(seen).toEqual([])
  })

  it('needs two processes for any number of sound disks, and one when sizes are not asked', async () => {
    const world = soundWorld()
    const { tick } = watchOf(world)
    await settle()
    expect(world.launched).toBe(2)
    await tick(60_000)
    expect(world.alive).toBe(1)
    await tick(540_000)
    expect(world.launched).toBe(3)
  })

  it('looks at sizes at once on refresh', async () => {
    const world = soundWorld()
    const { watch, take } = watchOf(world)
    await settle()
    take(A)
    await watch.refresh()
    expect(take(A)).toEqual(['volume mounted', 'folder present'])
  })
})

describe('createProbePool', () => {
  it('answers timeout while the system gives it no process, and asks again when it does', async () => {
    const world = soundWorld()
    let isShort = true
    const pool = createProbePool({
      clock: world.clock,
      log: silentLogger,
      launch: (events) => {
        if (isShort) throw new Error('spawn ENOMEM')
        return world.launch(events)
      },
    })
    const ask = () => pool.ask('/mnt/west', { ask: 'space', path: '/mnt/west' }, 1000)
    expect(await Promise.all([ask(), ask()])).toEqual(['timeout', 'timeout'])
    isShort = false
    expect(await ask()).toMatchObject({ is: 'space' })
    pool.close()
  })

  it('answers timeout when the probe ends in the middle, and starts a new one for the next question', async () => {
    const clock = new FakeClock()
    let launched = 0
    const pool = createProbePool({
      clock,
      log: silentLogger,
      launch: (events) => {
        launched += 1
        const isFirst = launched === 1
        return {
          pid: launched,
          kill: () => {},
          send: (line) => {
            const { id } = JSON.parse(line) as ProbeAsk
            if (isFirst) events.onEnd()
            else events.onLine(`rubbish\n{"id":${id},"is":`.slice(0, 9))
            if (!isFirst) events.onLine(JSON.stringify({ id, is: 'space', freeBytes: 1, totalBytes: 2 }))
          },
        }
      },
    })
    expect(await pool.ask('/a', { ask: 'space', path: '/a' }, 1000)).toBe('timeout')
    expect(await pool.ask('/a', { ask: 'space', path: '/a' }, 1000)).toMatchObject({ is: 'space', freeBytes: 1 })
    pool.close()
    expect(await pool.ask('/a', { ask: 'space', path: '/a' }, 1000)).toBe('timeout')
  })
})
