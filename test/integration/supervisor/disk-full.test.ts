import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cleanUp, endChildren, isAlive, newFolder, newSupervisor, recordsOf, until, untilAt } from './helpers.ts'
import { childSpec, quickPolicy, sleepSpec } from './peers/specs.ts'

const small = newFolder()
let isMounted = false

beforeAll(() => {
  isMounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', small]).status === 0
  if (!isMounted) console.log('skipped: a full disk needs a tmpfs of our own, and mounting one needs root')
})
afterEach(cleanUpChildren)
afterAll(async () => {
  if (isMounted) spawnSync('umount', [small])
  await cleanUp()
})

async function cleanUpChildren(): Promise<void> {
  await endChildren()
  if (isMounted) for (const name of readdirSync(small)) rmSync(path.join(small, name), { recursive: true, force: true })
}

function fillDisk(): string {
  const filler = path.join(small, 'filler')
  for (let size = 64 * 1024, n = 0; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (; n < 10_000; n++) writeFileSync(`${filler}.${n}`, Buffer.alloc(size))
    } catch {
      rmSync(`${filler}.${n}`, { force: true })
    }
  }
  return filler
}

describe('a full disk', () => {
  it('under the table stops no child; the next start finds the child by its mark, and the table is repaired when there is room', async (context) => {
    if (!isMounted) context.skip('a full disk needs a tmpfs of our own, and mounting one needs root')
    const folder = newFolder()
    const tableFile = path.join(small, 'state', 'processes.json')
    mkdirSync(path.dirname(tableFile))
    const first = newSupervisor(folder, tableFile)
    await first.adopt([sleepSpec(folder, 'a')])
    fillDisk()
    first.setDesired('a', 'up')
    const { pid = 0 } = await untilAt(first, 'a', 'ready')
    await first.leaveRunning()
    const second = newSupervisor(folder, tableFile)
    expect((await second.adopt([sleepSpec(folder, 'a')])).adopted).toEqual(['a'])
    expect(await untilAt(second, 'a', 'ready')).toMatchObject({ pid, adopted: true })
    for (const name of readdirSync(small)) if (name.startsWith('filler')) rmSync(path.join(small, name))
    await until(() => readdirSync(path.dirname(tableFile)).includes('processes.json'), 'table written', 8000)
    await until(() => JSON.stringify(recordsFrom(tableFile)).includes(String(pid)), 'child recorded', 8000)
    await second.stopAll()
    expect(isAlive(pid)).toBe(false)
  })

  it('under the log stops no child, and the log is emptied at its cap even though no copy fits', async (context) => {
    if (!isMounted) context.skip('a full disk needs a tmpfs of our own, and mounting one needs root')
    const folder = newFolder()
    const endFile = path.join(folder, 'end')
    const logFile = path.join(small, 'logs', 'a.log')
    const supervisor = newSupervisor(folder)
    const spec = childSpec(folder, 'a', ['noisy', endFile], { logFile, policy: { ...quickPolicy, logCapBytes: 300 * 1024 } })
    await supervisor.adopt([spec])
    supervisor.setDesired('a', 'up')
    const { pid = 0 } = await untilAt(supervisor, 'a', 'ready')
    const sizes: number[] = []
    await until(
      () => {
        sizes.push(statSync(logFile).size)
        return sizes.some((size, i) => size < 100 * 1024 && (sizes[i - 1] ?? 0) > 300 * 1024)
      },
      'emptied',
      20_000,
    )
    expect(isAlive(pid)).toBe(true)
    expect(supervisor.state('a')).toMatchObject({ at: 'ready', pid })
    await supervisor.stopAll()
  })
})

const recordsFrom = (tableFile: string): unknown => recordsOf(path.dirname(path.dirname(tableFile)))
