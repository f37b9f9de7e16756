import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, it, type TestContext } from 'vitest'
import { systemFiles, type Files } from '../../../electron/lib/files.ts'
import { doneProblem, keysProblem, listing, makeWorld, mergeDraft, mergeWorld, realEngine, type MergeWorld } from './merge-world.ts'

const ROOT = 'a disk of our own needs root on Linux, mkfs.ext4 and a loop device'
const ID = 'merge-disk'
const roots: string[] = []
const mounts: string[] = []

afterEach(() => {
  for (const at of mounts.splice(0)) spawnSync('umount', ['-l', at])
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

function aRoot(): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-merge-disk-'))
  roots.push(root)
  return root
}

const run = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0

/** A small ext4 below `root`, mounted at `at`. */
function mountExt4(context: TestContext, root: string, at: string): void {
  const image = path.join(root, `${path.basename(at)}.img`)
  writeFileSync(image, '')
  truncateSync(image, 8 * 1024 ** 2)
  mkdirSync(at, { recursive: true })
  if (process.platform !== 'linux' || !run('mkfs.ext4', '-q', image) || !run('mount', '-o', 'loop', image, at)) context.skip(ROOT)
  mounts.push(at)
}

const CHANGES = ['create', 'write', 'sync', 'syncFiles', 'rename', 'link', 'unlink', 'makeFolder', 'syncFolder'] as const

/** Real files, with `work` done just before the n-th change of names or bytes. */
function interruptedAt(n: number, work: () => void): { readonly files: Files; readonly count: () => number } {
  let changes = 0
  const counted = CHANGES.map((name) => [
    name,
    (...args: unknown[]): unknown => {
      if (changes++ === n) work()
      return Reflect.apply(systemFiles[name], systemFiles, args)
    },
  ])
  return { files: { ...systemFiles, ...(Object.fromEntries(counted) as Partial<Files>) }, count: () => changes }
}

async function changesOfMerge(world: MergeWorld): Promise<number> {
  const { files, count } = interruptedAt(-1, () => undefined)
  const engine = realEngine(world, files)
  engine.begin(mergeDraft(world, 'merge-count'))
  expect(await engine.finish('merge-count')).toMatchObject({ ok: true })
  const changes = count()
  expect(await engine.rollBack('merge-count')).toMatchObject({ ok: true })
  rmSync(path.join(world.root, 'home', 'state', 'operations', 'merge-count'), { recursive: true })
  return changes
}

interface Trouble {
  /** Makes it fail in the middle. */
  readonly begin: () => void
  /** Mends it. */
  readonly end: () => void
  /** What the message says. */
  readonly says: RegExp
}

/** Trouble before several changes of a merge, each time mended and then finished, or rolled back. */
async function everywhere(world: MergeWorld, trouble: Trouble, times: number): Promise<string[]> {
  const before = listing([world.attic, world.target])
  const changes = await changesOfMerge(world)
  const messages: string[] = []
  for (let turn = 0; turn < times; turn += 1) {
    const at = Math.floor(((turn + 0.5) * changes) / times)
    const stopping = realEngine(world, interruptedAt(at, trouble.begin).files)
    const begun = stopping.begin(mergeDraft(world, ID))
    const stopped = begun.ok
      ? await stopping.finish(ID).catch((cause: unknown) => ({ ok: false as const, fault: { detail: String(cause) } }))
      : begun
    trouble.end()
    const where = `change ${at} of ${changes}`
    if (!stopped.ok) messages.push(stopped.fault.detail)
    if (!stopped.ok) expect(stopped.fault.detail, where).toMatch(trouble.says)
    expect(keysProblem(world), where).toBeUndefined()
    const engine = realEngine(world)
    if ((await engine.view(ID)) !== undefined) {
      if (turn % 2 === 0) {
        expect(await engine.finish(ID), where).toMatchObject({ ok: true, value: { state: 'done' } })
        expect(doneProblem(world), where).toBeUndefined()
      }
      if ((await engine.view(ID))?.state !== 'rolled-back') expect(await engine.rollBack(ID), where).toMatchObject({ ok: true })
    }
    expect(listing([world.attic, world.target]) === before, `${where}: as before`).toBe(true)
    rmSync(path.join(world.root, 'home', 'state', 'operations', ID), { recursive: true, force: true })
  }
  return [...new Set(messages)]
}

/** To the last block, those for root too. */
const fill = (at: string): void => void spawnSync('dd', ['if=/dev/zero', `of=${path.join(at, 'filler')}`, 'bs=1024'])

it(
  'a disk that is full in the middle of a merge is told, and it goes on or back when there is room',
  { timeout: 120_000 },
  async (context) => {
    const root = aRoot()
    const home = path.join(root, 'home')
    mountExt4(context, root, path.join(root, 'node'))
    mountExt4(context, root, home)
    const world = mergeWorld(root)
    makeWorld(world)
    for (const disk of [path.join(root, 'node'), home]) {
      const filler = path.join(disk, 'filler')
      const trouble = { begin: () => fill(disk), end: () => rmSync(filler, { force: true }), says: /disk is full.*Make room/s }
      console.log((await everywhere(world, trouble, 10)).join('\n'))
    }
  },
)

it(
  'a disk that becomes read-only in the middle of a merge is told, and it goes on or back when it is writable',
  { timeout: 120_000 },
  async (context) => {
    const root = aRoot()
    const attic = path.join(root, 'stick', 'attic')
    mountExt4(context, root, path.join(root, 'stick'))
    const world = mergeWorld(root, attic)
    makeWorld(world)
    const remount = (how: string) => () => expect(run('mount', '-o', `remount,${how}`, path.join(root, 'stick'))).toBe(true)
    const trouble = { begin: remount('ro'), end: remount('rw'), says: /read-only.*Make it writable/s }
    console.log((await everywhere(world, trouble, 12)).join('\n'))
  },
)

it(
  'a node folder that is renamed in the middle of a merge is told, and it goes on or back when it is there again',
  { timeout: 120_000 },
  async () => {
    const world = mergeWorld(aRoot())
    makeWorld(world)
    for (const folder of [world.attic, world.target]) {
      const away = `${folder}-away`
      const trouble = {
        begin: () => renameSync(folder, away),
        end: () => {
          if (!existsSync(away)) return
          // A folder that was made anew meanwhile would be something to be looked at.
          expect(existsSync(folder)).toBe(false)
          renameSync(away, folder)
        },
        says: /vanished|not hold the key|no database|is gone/,
      }
      console.log((await everywhere(world, trouble, 10)).join('\n'))
    }
  },
)
