import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createSupervisor } from '../../../electron/supervisor/index.ts'
import type { ProbeResult, ProcessSpec, Supervisor } from '../../../electron/supervisor/index.ts'
import type { Ending, Found, Platform, SpawnRequest } from '../../../electron/supervisor/platform.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { aPolicy, aSpec } from './builders.ts'

/** Processes that exist only here. As under systemd, they are nobody's children. */
class FakePlatform implements Platform {
  readonly childrenIn = 'systemd'
  readonly pollMs = 1000
  readonly alive = new Map<number, { request: SpawnRequest; startTime: string; cpuMs: number }>()
  readonly did: string[] = []
  ending: Ending | undefined
  refuses = false
  #next = 100

  bootId = async (): Promise<string> => 'boot'
  glance(pid: number) {
    const there = this.alive.get(pid)
    return there === undefined ? ({ is: 'gone' } as const) : ({ is: 'alive', startTime: there.startTime, cpuMs: there.cpuMs } as const)
  }
  identify = async (pids: readonly number[]) => new Map(pids.flatMap((pid) => (this.alive.has(pid) ? [[pid, `t${pid}`] as const] : [])))
  findMarked = async (): Promise<Found[]> => []
  async spawn(request: SpawnRequest) {
    if (this.refuses) return fail('process/spawn-failed' as const, 'no')
    const pid = this.#next++
    this.alive.set(pid, { request, startTime: `t${pid}`, cpuMs: 0 })
    return ok({ pid, unit: `u${pid}` })
  }
  terminate = ({ pid }: { pid: number }): void => void this.did.push(`terminate ${pid}`)
  kill({ pid }: { pid: number }): void {
    this.did.push(`kill ${pid}`)
    this.alive.delete(pid)
  }
  sweep = ({ pid }: { pid: number }): void => void this.did.push(`sweep ${pid}`)
  endingOf = async (): Promise<Ending | undefined> => this.ending
}

let folder: string
let clock: FakeClock
let platform: FakePlatform
let supervisor: Supervisor
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'supervisor-unit-'))
  clock = new FakeClock()
  platform = new FakePlatform()
  supervisor = newSupervisor()
})
afterEach(async () => {
  await supervisor.leaveRunning()
  rmSync(folder, { recursive: true })
})
const newSupervisor = (): Supervisor =>
  createSupervisor({
    tableFile: path.join(folder, 'table.json'),
    clock,
    log: silentLogger,
    platform,
    random: () => 0.5,
    env: { PATH: '/bin' },
  })

/** Lets everything that waits for the disk or a promise go on, then looks. */
async function settled(is: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!is() && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve))
  expect(is()).toBe(true)
}
const at = (name = 'kelp'): string | undefined => supervisor.state(name)?.at
const spec = (more: Partial<ProcessSpec> = {}): ProcessSpec => aSpec({ logFile: path.join(folder, 'kelp.log'), ...more })

async function started(more: Partial<ProcessSpec> = {}): Promise<number> {
  await supervisor.adopt([spec(more)])
  supervisor.setDesired('kelp', 'up')
  await settled(() => platform.alive.size > 0 && at() === 'starting' && 'pid' in (supervisor.state('kelp') ?? {}))
  return [...platform.alive.keys()].at(-1) ?? 0
}

describe('a child of the service manager', () => {
  it('is probed until ready, watched by looking, and its exit code asked for when it is gone', async () => {
    const answers: ProbeResult[] = [{ is: 'not-yet', step: 'loading' }, { is: 'ready' }]
    const pid = await started({ probe: async () => answers.shift() ?? { is: 'ready' } })
    clock.advance(250)
    await settled(() => JSON.stringify(supervisor.state('kelp')).includes('loading'))
    clock.advance(1250)
    await settled(() => at() === 'ready')
    platform.alive.delete(pid)
    platform.ending = { code: 101 }
    clock.advance(1000)
    await settled(() => at() === 'backoff')
    expect(supervisor.state('kelp')).toMatchObject({ last: { code: 101, causeCode: 'process/ended-at-once' } })
    expect(platform.did).toEqual([`sweep ${pid}`])
    clock.advance(1250)
    await settled(() => platform.alive.size === 1)
    expect(platform.alive.get(pid + 1)?.request.env).toEqual({ PATH: '/bin', SMESHKEEPER_CHILD: expect.stringMatching(/:kelp:/) as string })
  })

  it('whose pid belongs to another process now is gone', async () => {
    const pid = await started()
    clock.advance(250)
    await settled(() => at() === 'ready')
    const there = platform.alive.get(pid)
    if (there) platform.alive.set(pid, { ...there, startTime: 'another' })
    clock.advance(1000)
    await settled(() => at() === 'backoff')
    expect(supervisor.state('kelp')).not.toHaveProperty('last.code')
  })

  it('is asked gently, then killed when the wait is over, whatever the wall clock does', async () => {
    const pid = await started({ policy: aPolicy({ stopWaitMs: 5000 }) })
    supervisor.setDesired('kelp', 'down')
    expect(platform.did).toEqual([`terminate ${pid}`])
    clock.jump(86_400_000)
    clock.advance(4900)
    expect(platform.did.length).toBe(1)
    clock.advance(250)
    expect(platform.did).toEqual([`terminate ${pid}`, `kill ${pid}`])
    clock.advance(1000)
    await settled(() => at() === 'stopped')
  })

  it('tells how busy it is', async () => {
    const pid = await started()
    clock.advance(1000)
    const there = platform.alive.get(pid)
    if (there) there.cpuMs = 1500
    clock.advance(3000)
    expect(supervisor.cpuPercent('kelp')).toBeCloseTo(75, 0)
    expect(supervisor.cpuPercent('none')).toBeUndefined()
  })

  it('is written down before it is spawned', async () => {
    let onDisk = ''
    const spawn = platform.spawn.bind(platform)
    platform.spawn = async (request) => {
      onDisk = readFileSync(path.join(folder, 'table.json'), 'utf8')
      return spawn(request)
    }
    await started()
    const generation = platform.alive.get(100)?.request.marker.generation ?? 'none'
    expect(onDisk).toContain(generation)
    expect(onDisk).not.toContain('"pid"')
    clock.advance(100)
    expect(readFileSync(path.join(folder, 'table.json'), 'utf8')).toContain('"pid": 100')
  })
})

describe('a probe', () => {
  it('is never asked twice at a time, and one that does not answer holds nothing up', async () => {
    let asked = 0
    await started({
      probe: () => {
        asked++
        return new Promise<ProbeResult>(() => {})
      },
    })
    clock.advance(250)
    expect(asked).toBe(1)
    clock.advance(9000)
    expect(asked).toBe(1)
    clock.advance(2500)
    expect(asked).toBe(2)
    expect(supervisor.state('kelp')).toMatchObject({ at: 'starting', step: 'no answer yet' })
  })

  it('that throws is told as a step', async () => {
    await started({ probe: () => Promise.reject(new Error('bug')) })
    clock.advance(250)
    await settled(() => JSON.stringify(supervisor.state('kelp')).includes('probe failed: bug'))
  })
})

describe('the supervisor', () => {
  it('neither starts nor stops what belongs to others', async () => {
    await supervisor.adopt([spec({ owner: 'systemd' })])
    supervisor.setDesired('kelp', 'up')
    supervisor.restart('kelp')
    await supervisor.stopAll()
    expect(platform.alive.size).toBe(0)
    expect(at()).toBe('stopped')
  })

  it('goes on when a listener or an explanation throws', async () => {
    const seen: string[] = []
    supervisor.onChange(() => {
      throw new Error('listener')
    })
    const forget = supervisor.onChange((_, state) => seen.push(state.at))
    const pid = await started({
      explain: () => {
        throw new Error('explain')
      },
    })
    platform.alive.delete(pid)
    clock.advance(1000)
    await settled(() => at() === 'backoff')
    expect(seen.at(0)).toBe('starting')
    forget()
    supervisor.setDesired('kelp', 'down')
    expect(seen.at(-1)).toBe('backoff')
  })

  it('tries again what could not be spawned, within the budget', async () => {
    platform.refuses = true
    await supervisor.adopt([spec({ policy: aPolicy({ budget: { crashes: 2, withinMs: 600_000 } }) })])
    supervisor.setDesired('kelp', 'up')
    await settled(() => at() === 'backoff')
    clock.advance(1500)
    await settled(() => at() === 'failed')
    expect(supervisor.state('kelp')).toMatchObject({ last: { cause: 'no', causeCode: 'process/spawn-failed' } })
  })

  it('stops a start that is no longer wanted', async () => {
    await supervisor.adopt([spec()])
    supervisor.setDesired('kelp', 'up')
    supervisor.setDesired('kelp', 'down')
    await settled(() => at() === 'stopped')
    expect(platform.alive.size).toBe(0)
  })

  it('waits for all when it stops all, and gives up on what cannot die', async () => {
    await started()
    platform.kill = () => undefined
    let isDone = false
    const stopped = supervisor.stopAll().finally(() => {
      isDone = true
    })
    clock.advance(15_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(isDone).toBe(false)
    clock.advance(10_000)
    await stopped
    expect(at()).toBe('stopping')
  })

  it('adopts what an earlier one left', async () => {
    const pid = await started()
    clock.advance(250)
    await settled(() => at() === 'ready')
    await supervisor.leaveRunning()
    supervisor = newSupervisor()
    const report = await supervisor.adopt([spec()])
    expect(report).toEqual({ adopted: ['kelp'], gone: [], foreign: [], unlisted: [] })
    expect(supervisor.state('kelp')).toMatchObject({ at: 'ready', pid, adopted: true })
    expect(supervisor.childrenIn).toBe('systemd')
  })
})
