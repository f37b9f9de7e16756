import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { SpawnRequest } from '../../../electron/supervisor/platform.ts'
import { linuxPlatform } from '../../../electron/supervisor/platform-linux.ts'
import { Systemd, canBeUnit, isSystemdReachable, parseShow, systemdRunArgs, unitName } from '../../../electron/supervisor/systemd.ts'
import type { Run } from '../../../electron/supervisor/systemd.ts'

const request: SpawnRequest = {
  marker: { scope: 'abc123', name: 'Kelp 1', generation: '00ff' },
  file: '/opt/post/service',
  args: ['--dir', '/data/$HOME and more', '--threads', '4'],
  env: { PATH: '/usr/bin', PRICE: '5$' },
  cwd: '/data',
  logFile: '/home/u/logs/Kelp 1.log',
  logFd: 9,
  stopWaitMs: 5500,
}

/** Answers each call by its tool and verb, and remembers it. */
function fakeRun(answers: Readonly<Record<string, { code?: number; stdout?: string; stderr?: string }>>): { run: Run; calls: string[] } {
  const calls: string[] = []
  const run: Run = async (file, args) => {
    const key = file.endsWith('systemd-run') ? 'run' : (args[1] ?? '')
    calls.push(key)
    const answer = answers[key] ?? {}
    return { code: answer.code ?? 0, stdout: answer.stdout ?? '', stderr: answer.stderr ?? '' }
  }
  return { run, calls }
}

describe('systemd-run', () => {
  it('gets exactly these arguments', () => {
    expect(systemdRunArgs(request)).toEqual([
      '--user',
      '--quiet',
      '--no-ask-password',
      '--unit=smeshkeeper-abc123-Kelp-201.service',
      '--description=Smeshkeeper: Kelp 1',
      '--service-type=exec',
      '--working-directory=/data',
      '--property=KillMode=mixed',
      '--property=SendSIGKILL=yes',
      '--property=Restart=no',
      '--property=OOMPolicy=continue',
      '--property=TimeoutStopSec=6',
      '--property=StandardInput=null',
      '--property=StandardOutput=append:/home/u/logs/Kelp 1.log',
      '--property=StandardError=append:/home/u/logs/Kelp 1.log',
      '--',
      '/usr/bin/env',
      '-i',
      'PATH=/usr/bin',
      'PRICE=5$$',
      '/opt/post/service',
      '--dir',
      '/data/$$HOME and more',
      '--threads',
      '4',
    ])
  })

  it('names a unit so that two names never share one and one name never has two', () => {
    expect(unitName({ scope: 's', name: 'a-b' })).toBe('smeshkeeper-s-a-2db.service')
    expect(unitName({ scope: 's', name: 'a/b' })).not.toBe(unitName({ scope: 's', name: 'a-b' }))
    expect(unitName({ scope: 's', name: 'ü' })).toBe('smeshkeeper-s--c3-bc.service')
    expect(unitName({ scope: 't', name: 'a' })).not.toBe(unitName({ scope: 's', name: 'a' }))
  })

  it('is not used for what it would misread', () => {
    expect(canBeUnit(request)).toBe(true)
    expect(canBeUnit({ ...request, file: '/opt/a=b/service' })).toBe(false)
  })
})

describe('the user manager', () => {
  it('is reachable where its private socket and the tools are', () => {
    const env = { XDG_RUNTIME_DIR: '/run/user/1000' }
    expect(isSystemdReachable(env, () => true)).toBe(true)
    expect(isSystemdReachable(env, (file) => file !== '/run/user/1000/systemd/private')).toBe(false)
    expect(isSystemdReachable(env, (file) => file !== '/usr/bin/systemd-run')).toBe(false)
    expect(isSystemdReachable({}, () => true)).toBe(false)
  })

  it('tells the pid of the program', async () => {
    const { run, calls } = fakeRun({
      show: { stdout: 'LoadState=loaded\nMainPID=4711\nExecMainPID=4711\nExecMainCode=0\nExecMainStatus=0\n' },
    })
    const started = await new Systemd(run).start(request)
    expect(started).toEqual({ ok: true, value: { pid: 4711, unit: 'smeshkeeper-abc123-Kelp-201.service' } })
    expect(calls).toEqual(['reset-failed', 'run', 'show'])
  })

  it('that has the unit already gives the child that runs in it, and no second one is started', async () => {
    const { run } = fakeRun({ run: { code: 1, stderr: 'Unit was already loaded' }, show: { stdout: 'LoadState=loaded\nMainPID=4711\n' } })
    expect(await new Systemd(run).start(request)).toMatchObject({ ok: true, value: { pid: 4711 } })
  })

  it('tells how a child ended that was gone before it could be seen', async () => {
    const stdout = 'LoadState=loaded\nMainPID=0\nExecMainPID=4711\nExecMainCode=1\nExecMainStatus=3\n'
    const { run, calls } = fakeRun({ show: { stdout } })
    const started = await new Systemd(run).start(request)
    if (!started.ok) throw new Error(started.fault.detail)
    expect(await started.value.ended).toEqual({ code: 3 })
    expect(calls).toEqual(['reset-failed', 'run', 'show', 'show', 'reset-failed'])
  })

  it('that refuses one program keeps the others: only this one gets a session of its own', async () => {
    const { run } = fakeRun({
      run: { code: 1, stderr: 'Job for the unit failed' },
      show: { stdout: 'LoadState=loaded\nMainPID=0\nExecMainPID=12\nExecMainCode=1\nExecMainStatus=203\n' },
    })
    const platform = linuxPlatform({ log: silentLogger, systemd: new Systemd(run) })
    const { logFd: _, ...withoutLog } = request
    const started = await platform.spawn({ ...withoutLog, file: '/bin/sleep', args: ['0'], cwd: '/' })
    if (!started.ok) throw new Error(started.fault.detail)
    expect(started.value.unit).toBeUndefined()
    expect(platform.childrenIn).toBe('systemd')
  })

  it('that does not answer in time gets nothing started beside what it may still start', async () => {
    const calls: string[] = []
    const run: Run = async (file, args) => {
      calls.push(file.endsWith('systemd-run') ? 'run' : (args[1] ?? ''))
      return { code: undefined, stdout: '', stderr: 'timed out' }
    }
    const platform = linuxPlatform({ log: silentLogger, systemd: new Systemd(run) })
    const { logFd: _, ...withoutLog } = request
    const started = await platform.spawn({ ...withoutLog, file: '/bin/sleep', args: ['0'], cwd: '/' })
    expect(started).toMatchObject({ ok: false, fault: { code: 'process/spawn-failed' } })
    expect(calls).toEqual(['reset-failed', 'run', 'show', 'stop'])
    expect(platform.childrenIn).toBe('systemd')
    expect(await platform.spawn({ ...withoutLog, file: '/bin/sleep', args: ['0'], cwd: '/' })).toMatchObject({ ok: true })
    expect(platform.childrenIn).toBe('session')
  })

  it('remembers exit codes and signals of failed units only', () => {
    expect(parseShow('LoadState=loaded\nMainPID=0\nExecMainCode=1\nExecMainStatus=101\n').ending).toEqual({ code: 101 })
    expect(parseShow('LoadState=loaded\nMainPID=0\nExecMainCode=2\nExecMainStatus=9\n').ending).toEqual({ signal: 'SIGKILL' })
    expect(parseShow('LoadState=not-found\nMainPID=0\nExecMainCode=0\nExecMainStatus=0\n')).toMatchObject({ isLoaded: false, mainPid: 0 })
    expect(parseShow('').ending).toBeUndefined()
  })

  it('that turns out to be unreachable is left for a session of its own, and this is said', async () => {
    const { run } = fakeRun({ run: { code: 1, stderr: 'Failed to connect to bus' }, show: { code: 1 } })
    const platform = linuxPlatform({ log: silentLogger, systemd: new Systemd(run) })
    expect(platform.childrenIn).toBe('systemd')
    const { logFd: _, ...withoutLog } = request
    const started = await platform.spawn({ ...withoutLog, file: '/bin/sleep', args: ['0'], cwd: '/' })
    if (!started.ok) throw new Error(started.fault.detail)
    expect(await started.value.ended).toEqual({ code: 0 })
    expect(platform.childrenIn).toBe('session')
  })
})
