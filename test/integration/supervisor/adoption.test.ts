import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { cleanUp, isAlive, newFolder, newSupervisor, procFs, recordsOf, runKeeper, tableOf, until, untilAt } from './helpers.ts'
import { sleepSpec } from './peers/specs.ts'

afterEach(cleanUp)

const sleepersIn = (folder: string): number[] =>
  procFs.pids().filter((pid) => procFs.cwd(pid) === folder && procFs.args(pid)[0] === '/bin/sleep' && isAlive(pid))

describe.runIf(process.platform === 'linux')('adoption', () => {
  it('takes over children after a kill -9 of the supervising process, with their true state and without a restart', async () => {
    const folder = newFolder()
    const keeper = runKeeper(folder, 2)
    const pids = await keeper.ready
    await until(() => recordsOf(folder).every((r) => r.startTime !== undefined && 'readyAt' in r), 'records complete')
    keeper.process.kill('SIGKILL')
    await keeper.ended
    expect(pids.every(isAlive)).toBe(true)
    const supervisor = newSupervisor(folder)
    const report = await supervisor.adopt([sleepSpec(folder, 'child 0')])
    expect(report.adopted.toSorted()).toEqual(['child 0', 'child 1'])
    expect(report.unlisted).toEqual(['child 1'])
    expect(supervisor.state('child 0')).toMatchObject({ at: 'ready', adopted: true, pid: pids[0] })
    expect(supervisor.needsRestart('child 0')).toBe(false)
    supervisor.setDesired('child 0', 'up')
    expect(supervisor.state('child 0')).toMatchObject({ pid: pids[0] })
    await supervisor.stopAll()
    expect(pids.some(isAlive)).toBe(false)
    expect(supervisor.state('child 0')).toEqual({ at: 'stopped' })
    expect(recordsOf(folder)).toEqual([])
  })

  it.each(['starting', 'spawned'])('neither loses nor doubles a child when killed while it is %s', async (moment) => {
    const folder = newFolder()
    await runKeeper(folder, 3, moment).ended
    const before = sleepersIn(folder)
    const supervisor = newSupervisor(folder)
    const names = ['child 0', 'child 1', 'child 2']
    const report = await supervisor.adopt(names.map((name) => sleepSpec(folder, name)))
    expect(report.adopted.length).toBe(before.length)
    for (const name of names) supervisor.setDesired(name, 'up')
    await Promise.all(names.map((name) => untilAt(supervisor, name, 'ready')))
    const after = sleepersIn(folder)
    expect(after.length).toBe(3)
    expect(before.every((pid) => after.includes(pid))).toBe(true)
  })

  it('finds children by their mark when the table is damaged, and keeps the damaged one', async () => {
    const folder = newFolder()
    const keeper = runKeeper(folder, 2)
    const pids = await keeper.ready
    keeper.process.kill('SIGKILL')
    await keeper.ended
    writeFileSync(tableOf(folder), '{"version":1,"records":[{"na')
    const supervisor = newSupervisor(folder)
    const report = await supervisor.adopt([sleepSpec(folder, 'child 0'), sleepSpec(folder, 'child 1')])
    expect(report.adopted.toSorted()).toEqual(['child 0', 'child 1'])
    expect(readFileSync(report.damagedTable ?? '', 'utf8')).toBe('{"version":1,"records":[{"na')
    const ready = await untilAt(supervisor, 'child 1', 'ready')
    expect(ready).toMatchObject({ pid: pids[1], adopted: true })
    expect(supervisor.needsRestart('child 1')).toBe(false)
  })

  it('calls a zombie gone, and says that the exit code is unknown', async () => {
    const folder = newFolder()
    // The child ends at once, and its parent, which became another program, never asks for it: a zombie.
    const parent = spawn('/bin/bash', ['-c', 'sleep 0 & echo $!; exec sleep 600'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())))
    })
    await until(() => procFs.stat(pid)?.state === 'Z', 'zombie')
    const { startTime } = procFs.stat(pid) ?? { startTime: '' }
    const spec = sleepSpec(folder, 'a', {
      explain: (_, tail) => (tail.includes('planted') ? { cause: 'Planted.', causeCode: 'x/planted' } : undefined),
    })
    mkdirSync(path.join(folder, 'logs'))
    writeFileSync(spec.logFile, 'Error: planted\n')
    writeTable(folder, [{ ...recordLike(folder), pid, startTime }])
    const supervisor = newSupervisor(folder)
    const report = await supervisor.adopt([spec])
    parent.kill('SIGKILL')
    expect(report.gone).toEqual(['a'])
    const state = supervisor.state('a')
    expect(state).toMatchObject({ at: 'exited', last: { causeCode: 'x/planted' } })
    expect(JSON.stringify(state)).toContain('exit code is unknown')
    expect(state).not.toHaveProperty('last.code')
  })

  it('does not take another process with a used pid for its child, nor one of an earlier boot', async () => {
    const folder = newFolder()
    const other = spawn('/bin/sleep', ['600'], { cwd: folder, stdio: 'ignore' })
    const pid = other.pid ?? 0
    const startTime = procFs.stat(pid)?.startTime ?? ''
    writeTable(folder, [
      { ...recordLike(folder), name: 'reused', pid, startTime: String(Number(startTime) - 1) },
      { ...recordLike(folder), name: 'rebooted', pid, startTime, bootId: 'another boot' },
    ])
    const supervisor = newSupervisor(folder)
    const report = await supervisor.adopt([sleepSpec(folder, 'reused'), sleepSpec(folder, 'rebooted')])
    expect(report).toMatchObject({ adopted: [], gone: ['reused', 'rebooted'] })
    expect(supervisor.state('rebooted')).toMatchObject({ last: { causeCode: 'process/rebooted' } })
    await supervisor.stopAll()
    expect(isAlive(pid)).toBe(true)
    other.kill('SIGKILL')
  })

  it('notices the end of an adopted child within two seconds and starts it again', async () => {
    const folder = newFolder()
    await runKeeper(folder, 1, 'left').ended
    const pid = recordsOf(folder)[0]?.pid ?? 0
    const supervisor = newSupervisor(folder)
    await supervisor.adopt([sleepSpec(folder, 'child 0')])
    expect(supervisor.state('child 0')).toMatchObject({ at: 'ready', pid })
    process.kill(pid, 'SIGKILL')
    await until(() => supervisor.state('child 0')?.at === 'backoff', 'noticed', 2000)
    const again = await untilAt(supervisor, 'child 0', 'ready')
    expect(again.pid).not.toBe(pid)
  })

  it('adopts 100 children in less than two seconds, with every state true', async () => {
    const folder = newFolder()
    const keeper = runKeeper(folder, 100)
    const pids = await keeper.ready
    await until(() => recordsOf(folder).every((r) => 'readyAt' in r), 'records complete')
    keeper.process.kill('SIGKILL')
    await keeper.ended
    const names = pids.map((_, i) => `child ${i}`)
    const supervisor = newSupervisor(folder)
    const report = await supervisor.adopt(names.map((name) => sleepSpec(folder, name)))
    expect(report.adopted.length).toBe(100)
    expect(names.map((name) => supervisor.state(name))).toEqual(
      pids.map((pid) => ({ at: 'ready', since: expect.any(Number) as number, pid, adopted: true })),
    )
    await supervisor.stopAll()
    expect(pids.some(isAlive)).toBe(false)
    expect(readdirSync(path.join(folder, 'state'))).toEqual(['processes.json'])
  })
})

function recordLike(folder: string): Record<string, unknown> {
  const spec = sleepSpec(folder, 'a')
  return {
    name: 'a',
    owner: 'smeshkeeper',
    generation: '0011',
    file: spec.file,
    args: spec.args,
    cwd: folder,
    logFile: spec.logFile,
    specHash: 'x',
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    spawnedAt: Date.now() - 5000,
  }
}

function writeTable(folder: string, records: readonly Record<string, unknown>[]): void {
  mkdirSync(path.join(folder, 'state'), { recursive: true })
  writeFileSync(tableOf(folder), JSON.stringify({ version: 1, records }))
}
