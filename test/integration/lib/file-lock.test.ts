import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tryLock } from '../../../electron/lib/file-lock.ts'

let folder: string
let file: string
const others: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'lock-'))
  file = path.join(folder, 'keeper.lock')
})
afterEach(() => {
  for (const other of others.splice(0)) other.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function otherHolds(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<ChildProcess> {
  const other = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env })
  others.push(other)
  await new Promise<void>((resolve, reject) => {
    other.stdout.once('data', () => resolve())
    other.once('exit', () => reject(new Error('ended without the lock')))
  })
  return other
}

describe.runIf(process.platform === 'linux')('the lock between processes', () => {
  it('is held by another process of ours until that is killed, and the holder is named', async () => {
    const script = fileURLToPath(new URL('peers/hold-lock.ts', import.meta.url))
    const other = await otherHolds(process.execPath, [script, file], { ...process.env, ELECTRON_RUN_AS_NODE: '1' })
    expect(tryLock(file)).toMatchObject({ ok: false, fault: { code: 'lock/held', context: { pid: other.pid } } })
    const ended = new Promise((resolve) => other.once('exit', resolve))
    other.kill('SIGKILL')
    await ended
    const mine = tryLock(file)
    expect(mine.ok).toBe(true)
    if (mine.ok) mine.value.release()
  })

  it.runIf(spawnSync('flock', ['--version']).status === 0)('is the same flock(2) that other programs take', async () => {
    await otherHolds('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec sleep 600'])
    expect(tryLock(file)).toMatchObject({ ok: false, fault: { code: 'lock/held' } })
    const free = path.join(folder, 'free')
    const mine = tryLock(free)
    expect(spawnSync('flock', ['--nonblock', free, 'true']).status).toBe(1)
    if (mine.ok) mine.value.release()
    expect(spawnSync('flock', ['--nonblock', free, 'true']).status).toBe(0)
  })

  it('is not inherited by the children of its holder', async () => {
    const mine = tryLock(file)
    const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore' })
    others.push(child)
    await new Promise((resolve) => child.once('spawn', resolve))
    if (mine.ok) mine.value.release()
    const again = tryLock(file)
    expect(again.ok).toBe(true)
    if (again.ok) again.value.release()
  })
})
