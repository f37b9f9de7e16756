import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asideOf } from '../../../electron/operations/move/index.ts'
import { writePosFolder } from '../../builders/machine-tree.ts'
import { makeExt4, type Disk } from '../../e2e/live/story-home.ts'
import { engineOn, MOVE_ID, moveOn, planOn, setUpFile, writeHome, type MoveMachine } from './move-machine.ts'

const RECORDINGS = path.resolve('test/fixtures/recordings')
const MiB = 1024 ** 2

let root = ''
let disk: Disk | undefined
let image = ''
let machine: MoveMachine = { home: '', from: '', to: '' }

const isRoot = process.platform === 'linux' && process.getuid?.() === 0

beforeEach((context) => {
  root = mkdtempSync(path.join(tmpdir(), 'smeshkeeper-move-'))
  image = path.join(root, 'disk.img')
  disk = isRoot ? makeExt4(path.join(root, 'disk'), image) : undefined
  if (disk === undefined) context.skip('no disk of its own without root and loop devices')
  machine = { home: path.join(root, 'home'), from: path.join(root, 'old'), to: path.join(root, 'disk', 'post') }
  writeHome(machine)
})
afterEach(() => {
  disk?.remove()
  rmSync(root, { recursive: true, force: true })
})

/** Data of some MiB, no two bytes of it alike. */
function writeData(files = 4, fileBytes = 4 * MiB): void {
  writePosFolder(machine.from, { number: 1, files, fileBytes })
  for (let i = 0; i < files; i += 1) writeFileSync(path.join(machine.from, `postdata_${i}.bin`), randomBytes(fileBytes))
}

const hashes = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.endsWith('.key'))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(path.join(folder, name)))
          .digest('hex'),
      ]),
  )
const setUp = (): string => (JSON.parse(readFileSync(setUpFile(machine), 'utf8')) as { posFolder: string }).posFolder

function expectMoved(): void {
  expect(hashes(machine.to)).toEqual(hashes(machine.from))
  expect(setUp()).toBe(machine.to)
  expect(existsSync(asideOf(machine.to))).toBe(false)
}

describe('a move between real disks', () => {
  it.each(['data-folders/post-data-1', 'postcli/init-small-folder'])('moves what the real programs wrote: %s', async (recording) => {
    cpSync(path.join(RECORDINGS, recording), machine.from, { recursive: true })
    expect(await moveOn(machine)).toBe('done')
    expectMoved()
    expect(readdirSync(machine.to)).not.toContain('identity.key')
    expect(readdirSync(machine.from)).toContain('identity.key')
    expect(await engineOn(machine).rollBack(MOVE_ID)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(existsSync(machine.to)).toBe(false)
    expect(setUp()).toBe(machine.from)
    expect(hashes(machine.from)).toEqual(hashes(path.join(RECORDINGS, recording)))
  })

  it('keeps the modes of the files, and holes as holes', async () => {
    writeData(2, 8 * MiB)
    const sparse = path.join(machine.from, 'postdata_1.bin')
    truncateSync(sparse, 0)
    truncateSync(sparse, 8 * MiB)
    const fd = openSync(sparse, 'r+')
    writeSync(fd, randomBytes(64 * 1024), 0, 64 * 1024, 3 * MiB)
    closeSync(fd)
    expect(await moveOn(machine)).toBe('done')
    expectMoved()
    expect(statSync(path.join(machine.to, 'postdata_1.bin')).blocks * 512).toBeLessThan(MiB)
    expect(statSync(path.join(machine.to, 'postdata_0.bin')).mode & 0o777).toBe(
      statSync(path.join(machine.from, 'postdata_0.bin')).mode & 0o777,
    )
  })

  it('refuses what does not fit, by what is really free', async () => {
    writeData(4, 16 * MiB)
    const { plan } = await planOn(machine)
    expect(plan.refusals.map(({ code }) => code)).toEqual(['move/no-space'])
  })

  it('stops when the disk fills up, goes on when there is room, and says what to do', async () => {
    writeData(4, 8 * MiB)
    const filler = path.join(root, 'disk', 'filler')
    let chunks = 0
    const why = await moveOn(machine, {
      mayUse: () => {
        if ((chunks += 1) === 3) fill(filler)
        return Promise.resolve()
      },
    })
    expect(why).toMatch(/is full\. Make room there, then finish the move/)
    expect(setUp()).toBe(machine.from)
    rmSync(filler)
    expect(await moveOn(machine)).toBe('done')
    expectMoved()
  })

  it('rolls back on a full disk and gives its room back', async () => {
    writeData(4, 8 * MiB)
    let chunks = 0
    const filler = path.join(root, 'disk', 'filler')
    await moveOn(machine, { mayUse: () => Promise.resolve((chunks += 1) === 3 ? fill(filler) : undefined) })
    expect(await engineOn(machine).rollBack(MOVE_ID)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(readdirSync(path.join(root, 'disk')).toSorted()).toEqual(['filler', 'lost+found'])
  })

  it('stops when the disk is unmounted in the middle, writes nothing below its mount point, and goes on when it is back', async () => {
    writeData()
    let chunks = 0
    const why = await moveOn(machine, {
      mayUse: () => {
        if ((chunks += 1) === 6) disk?.unmount()
        return Promise.resolve()
      },
    })
    expect(why).toMatch(/Connect (?:it|its disk), then finish the move/)
    expect(readdirSync(path.join(root, 'disk'))).toEqual([])
    expect(await moveOn(machine)).toMatch(/The disk of .* is not there/)
    await wait(500) // the kernel lets go of the loop device
    execFileSync('mount', ['-o', 'loop', image, path.join(root, 'disk')])
    expect(await moveOn(machine)).toBe('done')
    expectMoved()
  })

  it('stops when the disk becomes read-only, and goes on when it is writable', async () => {
    writeData()
    const why = await moveOn(machine, {
      mayUse: () => {
        // Possible only while nothing is open for writing: while the copy is read back.
        spawnSync('mount', ['-o', 'remount,ro', path.join(root, 'disk')])
        return Promise.resolve()
      },
    })
    expect(why).toMatch(/read-only/)
    execFileSync('mount', ['-o', 'remount,rw', path.join(root, 'disk')])
    expect(await moveOn(machine)).toBe('done')
    expectMoved()
  })

  it('survives being killed again and again', async () => {
    writeData(4, 8 * MiB)
    const before = hashes(machine.from)
    let kills = 0
    for (let round = 0; round < 12; round += 1) {
      const out = await runKilled(150 + round * 60)
      if (out.includes('done')) break
      kills += 1
      expect(hashes(machine.from)).toEqual(before)
      expect([machine.from, machine.to]).toContain(setUp())
      if (setUp() === machine.to) expect(hashes(machine.to)).toEqual(before)
    }
    expect(await moveOn(machine)).toBe('done')
    expectMoved()
    expect(kills).toBeGreaterThan(2)
  })
})

/** Fills the disk to the last block. */
function fill(file: string): undefined {
  try {
    writeFileSync(file, randomBytes(64 * MiB))
  } catch {
    return undefined // full: that is wanted
  }
  return undefined
}

/** @returns what the child said before it was killed */
async function runKilled(afterMs: number): Promise<string> {
  const child = spawn(process.execPath, [path.resolve('test/integration/operations/move-child.ts'), JSON.stringify(machine)], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  return out
}
