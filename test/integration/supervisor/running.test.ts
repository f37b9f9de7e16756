import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../electron/lib/clock.ts'
import { createTail } from '../../../electron/lib/tail.ts'
import type { ProcessState } from '../../../shared/domain/process.ts'
import { cleanUp, isAlive, newFolder, newSupervisor, procFs, recordsOf, until, untilAt } from './helpers.ts'
import { childSpec, quickPolicy, sleepSpec } from './peers/specs.ts'

afterEach(cleanUp)

describe.runIf(process.platform === 'linux')('a running child', () => {
  it('lives in a session of its own, with a closed stdin, its own log and only the variables it was given', async () => {
    process.env['PLANTED_SECRET'] = 'not for children'
    const folder = newFolder()
    const supervisor = newSupervisor(folder)
    const spec = childSpec(folder, 'a', ['run'], { env: { ELECTRON_RUN_AS_NODE: '1', GIVEN: 'yes' } })
    await supervisor.adopt([spec])
    supervisor.setDesired('a', 'up')
    const { pid = 0 } = await untilAt(supervisor, 'a', 'ready')
    delete process.env['PLANTED_SECRET']
    expect(supervisor.childrenIn).toBe('session')
    expect(procFs.stat(pid)?.session).toBe(pid)
    await until(() => readFileSync(spec.logFile, 'utf8').includes('child run'), 'log')
    expect(statSync(spec.logFile).mode & 0o777).toBe(0o600)
    const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    expect(env).toContain('GIVEN=yes')
    expect(env.some((e) => e.startsWith('PLANTED_SECRET'))).toBe(false)
    expect(env.some((e) => /^SMESHKEEPER_CHILD=[0-9a-f]{12}:a:[0-9a-f]{16}$/.test(e))).toBe(true)
    expect(readFileSync(`/proc/${pid}/fdinfo/1`, 'utf8')).toMatch(/flags:\s+0?[0-7]*2[0-7]{3}/) // O_APPEND
    await until(() => recordsOf(folder)[0]?.pid === pid, 'pid recorded')
    expect(recordsOf(folder)[0]).toMatchObject({
      startTime: procFs.stat(pid)?.startTime,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
  })

  it('is not restarted by a changed spec, but known to need it', async () => {
    const folder = newFolder()
    const supervisor = newSupervisor(folder)
    await supervisor.adopt([sleepSpec(folder, 'a')])
    supervisor.setDesired('a', 'up')
    const { pid } = await untilAt(supervisor, 'a', 'ready')
    supervisor.put(sleepSpec(folder, 'a', { args: ['601'] }))
    expect(supervisor.needsRestart('a')).toBe(true)
    expect(supervisor.state('a')).toMatchObject({ at: 'ready', pid })
    supervisor.restart('a')
    await until(() => supervisor.state('a')?.at === 'ready' && !supervisor.needsRestart('a'), 'restarted')
    const now = supervisor.state('a')
    expect(procFs.args((now && 'pid' in now ? now.pid : 0) ?? 0)).toEqual(['/bin/sleep', '601'])
  })

  it('that crashes again and again is given up, with its own words as the cause', async () => {
    const folder = newFolder()
    const supervisor = newSupervisor(folder)
    const states: ProcessState['at'][] = []
    const explain = (_: unknown, tail: string) =>
      tail.includes('planted failure') ? { cause: 'It met the planted failure.', causeCode: 'x/planted' } : undefined
    const spec = childSpec(folder, 'a', ['crash'], { explain, probe: async () => ({ is: 'not-yet' }) })
    await supervisor.adopt([spec])
    supervisor.onChange((_, state) => states.push(state.at))
    supervisor.setDesired('a', 'up')
    const failed = await untilAt(supervisor, 'a', 'failed')
    expect(failed.last).toMatchObject({ code: 3, cause: 'It met the planted failure.', causeCode: 'x/planted' })
    expect(states.filter((at) => at === 'backoff').length).toBe(4)
    supervisor.setDesired('a', 'up')
    expect(supervisor.state('a')?.at).toBe('failed')
    expect([1, 2, 3].every((age) => existsSync(`${spec.logFile}.${age}`))).toBe(true)
    expect(existsSync(`${spec.logFile}.4`)).toBe(false)
  })

  it('that ignores the gentle signal is killed with its whole tree', async () => {
    const folder = newFolder()
    const supervisor = newSupervisor(folder)
    const pidFile = path.join(folder, 'grandchild')
    const spec = childSpec(folder, 'a', ['stubborn', pidFile], {
      policy: { ...quickPolicy, stopWaitMs: 700 },
      probe: async () => (existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '' ? { is: 'ready' } : { is: 'not-yet' }),
    })
    await supervisor.adopt([spec])
    supervisor.setDesired('a', 'up')
    const { pid = 0 } = await untilAt(supervisor, 'a', 'ready')
    const grandchild = Number(readFileSync(pidFile, 'utf8'))
    expect(isAlive(grandchild)).toBe(true)
    const begin = performance.now()
    supervisor.setDesired('a', 'down')
    await untilAt(supervisor, 'a', 'stopped')
    expect(performance.now() - begin).toBeGreaterThanOrEqual(700)
    await until(() => !isAlive(pid) && !isAlive(grandchild), 'tree gone')
    expect(readFileSync(spec.logFile, 'utf8')).toContain('no')
  })

  it('leaves nothing of its tree behind when it alone ends', async () => {
    const folder = newFolder()
    const supervisor = newSupervisor(folder)
    const pidFile = path.join(folder, 'grandchild')
    const spec = childSpec(folder, 'a', ['stubborn', pidFile], {
      probe: async () => (existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '' ? { is: 'ready' } : { is: 'not-yet' }),
    })
    await supervisor.adopt([spec])
    supervisor.setDesired('a', 'up')
    const { pid = 0 } = await untilAt(supervisor, 'a', 'ready')
    const grandchild = Number(readFileSync(pidFile, 'utf8'))
    supervisor.setDesired('a', 'down')
    process.kill(pid, 'SIGKILL')
    await untilAt(supervisor, 'a', 'stopped')
    await until(() => !isAlive(grandchild), 'grandchild gone')
  })

  it('with a wrong binary says what is wrong and is not tried again', async () => {
    const folder = newFolder()
    const supervisor = newSupervisor(folder)
    const [plain, garbage] = [path.join(folder, 'plain'), path.join(folder, 'garbage')]
    writeFileSync(plain, 'x')
    chmodSync(plain, 0o600)
    writeFileSync(garbage, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0]))
    chmodSync(garbage, 0o700)
    const files = { missing: path.join(folder, 'missing'), folder, plain, garbage }
    await supervisor.adopt(Object.entries(files).map(([name, file]) => sleepSpec(folder, name, { file })))
    for (const name of Object.keys(files)) supervisor.setDesired(name, 'up')
    const code = async (name: string) => (await untilAt(supervisor, name, 'failed')).last.causeCode
    expect(await code('missing')).toBe('process/binary-missing')
    expect(await code('folder')).toBe('process/binary-wrong')
    expect(await code('plain')).toBe('process/binary-not-executable')
    expect(await code('garbage')).toBe('process/binary-wrong')
    await until(() => recordsOf(folder).length === 0, 'no record left')
  })

  it('is forgotten when it is removed, after it has stopped', async () => {
    const folder = newFolder()
    const supervisor = newSupervisor(folder)
    await supervisor.adopt([sleepSpec(folder, 'a'), sleepSpec(folder, 'b', { owner: 'psm' })])
    supervisor.setDesired('a', 'up')
    supervisor.setDesired('b', 'up')
    const { pid = 0 } = await untilAt(supervisor, 'a', 'ready')
    expect(supervisor.state('b')).toEqual({ at: 'stopped' })
    supervisor.remove('a')
    supervisor.remove('b')
    await until(() => supervisor.states().size === 0, 'forgotten')
    expect(isAlive(pid)).toBe(false)
  })

  it('loses no line that was read when its log is emptied at the cap', async () => {
    const folder = newFolder()
    const supervisor = newSupervisor(folder)
    const endFile = path.join(folder, 'end')
    const lines: string[] = []
    const spec = childSpec(folder, 'a', ['noisy', endFile], {
      policy: { ...quickPolicy, logCapBytes: 256 * 1024 },
      logReadTo: () => tail.position()?.offset,
    })
    const tail = createTail({ file: spec.logFile, clock: systemClock, pollMs: 20, onLines: (l) => lines.push(...l.map((x) => x.text)) })
    await supervisor.adopt([spec])
    supervisor.setDesired('a', 'up')
    const { pid = 0 } = await untilAt(supervisor, 'a', 'ready')
    await until(() => existsSync(`${spec.logFile}.1`), 'emptied once')
    await until(() => lines.length > 5000, 'more lines')
    writeFileSync(endFile, '')
    await until(() => !isAlive(pid) || readFileSync(spec.logFile, 'utf8').endsWith('end\n'), 'end written')
    await until(() => lines.includes('end'), 'end read')
    await tail.stop()
    const numbers = lines.flatMap((line) => (line.startsWith('line ') ? [Number(line.split(' ')[1])] : []))
    // Each line once and in order; what a copy-truncate can lose is only what came in the same instant.
    expect(numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? -1))).toBe(true)
    const kept = new Set(
      [spec.logFile, 1, 2, 3]
        .map((age) => (typeof age === 'string' ? age : `${spec.logFile}.${age}`))
        .filter((file) => existsSync(file))
        .flatMap((file) => readFileSync(file, 'utf8').split('\n')),
    )
    const oldest = Math.min(...[...kept].flatMap((l) => (/^line \d+ x{80}$/.test(l) ? [Number(l.split(' ')[1])] : [])))
    for (const n of numbers) if (n >= oldest) expect(kept.has(`line ${n} ${'x'.repeat(80)}`)).toBe(true)
    expect(statSync(spec.logFile).size).toBeLessThan(1024 * 1024)
  })

  it('three ways to quit: left running it goes on, stopped it is gone', async () => {
    const folder = newFolder()
    const first = newSupervisor(folder)
    await first.adopt([sleepSpec(folder, 'a')])
    first.setDesired('a', 'up')
    const { pid = 0 } = await untilAt(first, 'a', 'ready')
    await first.leaveRunning()
    expect(isAlive(pid)).toBe(true)
    expect(recordsOf(folder)).toMatchObject([{ name: 'a', pid }])
    const second = newSupervisor(folder)
    expect((await second.adopt([sleepSpec(folder, 'a')])).adopted).toEqual(['a'])
    await second.stopAll()
    expect(isAlive(pid)).toBe(false)
    expect(recordsOf(folder)).toEqual([])
  })
})

describe.runIf(process.platform === 'linux')('a log from an earlier run', () => {
  it('is kept beside the new one', async () => {
    const folder = newFolder()
    mkdirSync(path.join(folder, 'logs'))
    const spec = sleepSpec(folder, 'a')
    appendFileSync(spec.logFile, 'earlier\n')
    const supervisor = newSupervisor(folder)
    await supervisor.adopt([spec])
    supervisor.setDesired('a', 'up')
    await untilAt(supervisor, 'a', 'ready')
    expect(readFileSync(`${spec.logFile}.1`, 'utf8')).toBe('earlier\n')
    expect(readFileSync(spec.logFile, 'utf8')).toBe('')
  })
})
