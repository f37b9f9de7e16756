import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownProcesses, type OwnProcesses } from '../../../electron/keeper/own-processes.ts'
import type { OwnSpec } from '../../../electron/keeper/processes.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { ProcessSpec, Supervisor } from '../../../electron/supervisor/index.ts'
import type { ProcessState } from '../../../shared/domain/process.ts'

/** Keeps specs and states; what it is told is written down. */
class FakeSupervisor implements Supervisor {
  readonly specs = new Map<string, ProcessSpec>()
  readonly said: string[] = []
  readonly #states = new Map<string, ProcessState>()
  readonly #listeners = new Set<(name: string, state: ProcessState) => void>()
  readonly childrenIn = 'session' as const

  be(name: string, state: ProcessState): void {
    this.#states.set(name, state)
    for (const listener of this.#listeners) listener(name, state)
  }
  adopt(specs: readonly ProcessSpec[]) {
    for (const spec of specs) this.put(spec)
    return Promise.resolve({ adopted: [], gone: [], foreign: [], unlisted: [] })
  }
  put(spec: ProcessSpec): void {
    this.specs.set(spec.name, spec)
    if (!this.#states.has(spec.name)) this.#states.set(spec.name, { at: 'stopped' })
  }
  remove(name: string): void {
    this.said.push(`remove ${name}`)
    this.#states.delete(name)
  }
  setDesired(name: string, desired: 'up' | 'down'): void {
    this.said.push(`${desired} ${name} with ${this.specs.get(name)?.args.join(' ')}`)
    this.be(name, desired === 'up' ? { at: 'ready', since: 0, pid: 7 } : { at: 'stopped' })
  }
  restart(name: string): void {
    this.said.push(`restart ${name} with ${this.specs.get(name)?.args.join(' ')}`)
  }
  state = (name: string): ProcessState | undefined => this.#states.get(name)
  states = (): ReadonlyMap<string, ProcessState> => this.#states
  needsRestart = (): boolean => false
  onChange(listener: (name: string, state: ProcessState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  cpuPercent = (): undefined => undefined
  leaveRunning = (): Promise<void> => Promise.resolve()
  stopAll = (): Promise<void> => Promise.resolve()
}

let folder = ''
let config = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-own-'))
  config = path.join(folder, 'node-config.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const aSpec = (name: string, arg: string): ProcessSpec => ({
  name,
  owner: 'smeshkeeper',
  file: '/bin/true',
  args: [arg],
  env: {},
  cwd: '/',
  logFile: '/dev/null',
  policy: {
    readyWithinMs: 1,
    stopWaitMs: 1,
    backoff: { firstMs: 1, maxMs: 1, jitter: 0 },
    budget: { crashes: 1, withinMs: 1 },
    logCapBytes: 1,
    keepLogs: 1,
  },
  probe: () => Promise.resolve({ is: 'ready' }),
  explain: () => undefined,
})

function made(first: readonly OwnSpec[]) {
  const supervisor = new FakeSupervisor()
  const clock = new FakeClock()
  const wanted = { specs: first, problems: new Map<string, string>() }
  const looks: string[] = []
  const guard = { why: undefined as string | undefined }
  const own: OwnProcesses = ownProcesses({
    supervisor,
    clock,
    log: silentLogger,
    specs: () => ({ ...wanted }),
    guard: (name) => {
      looks.push(name)
      return Promise.resolve(guard.why)
    },
  })
  return { own, supervisor, clock, wanted, looks, guard }
}
const service = (arg: string): OwnSpec => ({ spec: aSpec('service-a', arg) })
const node = (text: string): OwnSpec => ({ spec: aSpec('node', 'run'), config: { file: config, text } })

describe('processes of ours', () => {
  it('keep their settings while they run; the user’s restart brings the new ones', async () => {
    const { own, supervisor, wanted } = made([service('old')])
    await own.adopt()
    await own.start('service-a')
    wanted.specs = [service('new')]
    own.apply(new Set(['service-a']))
    expect(own.needsRestart('service-a')).toBe(true)
    own.restart('service-a') // after a failed proof: ours, not the user's
    expect(own.needsRestart('service-a')).toBe(true)
    own.restartAnew('service-a')
    expect(own.needsRestart('service-a')).toBe(false)
    expect(supervisor.said).toEqual(['up service-a with old', 'restart service-a with old', 'restart service-a with new'])
  })

  it('write the node’s changed config only when the node takes it up', async () => {
    writeFileSync(config, 'old')
    const { own, supervisor, wanted } = made([{ spec: aSpec('node', 'run') }])
    await own.adopt()
    await own.start('node')
    wanted.specs = [node('new')]
    own.apply(new Set(['node']))
    expect(own.needsRestart('node')).toBe(true)
    supervisor.be('node', { at: 'backoff', attempt: 1, until: 1, last: { at: 1 } }) // a crash makes nothing effective
    expect(readFileSync(config, 'utf8')).toBe('old')
    supervisor.be('node', { at: 'ready', since: 0, pid: 8 })
    own.setDesired('node', 'down')
    expect(readFileSync(config, 'utf8')).toBe('new')
    expect(own.needsRestart('node')).toBe(false)
  })

  it('adopt a node with the config that it was started with', async () => {
    writeFileSync(config, 'old')
    const { own, supervisor } = made([node('new')])
    supervisor.be('node', { at: 'ready', since: 0, pid: 8 })
    await own.adopt()
    expect(readFileSync(config, 'utf8')).toBe('old')
    expect(own.needsRestart('node')).toBe(true)
  })

  it('are not started while the guard says no, and the user hears why', async () => {
    const { own, supervisor, guard, looks, clock } = made([service('x')])
    await own.adopt()
    guard.why = 'Process 7 serves it already.'
    expect(await own.start('service-a')).toMatchObject({ ok: false, fault: { code: 'process/refused', detail: guard.why } })
    expect(own.problems()).toEqual([guard.why])
    own.setDesired('service-a', 'up')
    own.setDesired('service-a', 'up')
    expect(looks).toHaveLength(1) // a refusal holds for a while
    clock.advance(6_000)
    guard.why = undefined
    own.setDesired('service-a', 'up')
    own.setDesired('service-a', 'up')
    await own.start('service-a')
    expect(looks).toHaveLength(2) // all three asked for one look
    expect(supervisor.said).toEqual(['up service-a with x'])
    expect(own.problems()).toEqual([])
  })

  it('that cannot be run are said and not started', async () => {
    const { own, wanted, supervisor, looks } = made([])
    wanted.problems.set('node', 'The node cannot be started: it is gone.')
    await own.adopt()
    expect(await own.start('node')).toMatchObject({ ok: false, fault: { detail: 'The node cannot be started: it is gone.' } })
    expect(own.problems()).toEqual(['The node cannot be started: it is gone.'])
    expect([supervisor.said, looks]).toEqual([[], []])
  })

  it('that the set-up no longer names are stopped, others are left alone', async () => {
    const { own, supervisor, wanted } = made([service('x'), { spec: aSpec('node', 'run') }])
    await own.adopt()
    wanted.specs = [{ spec: aSpec('node', 'run') }]
    own.apply(new Set(['node']))
    expect(supervisor.said).toEqual(['remove service-a'])
  })

  it('say when the config cannot be written, and keep the old one', async () => {
    config = path.join(folder, 'file', 'node-config.json')
    writeFileSync(path.join(folder, 'file'), '')
    const { own, supervisor } = made([])
    await own.adopt()
    const blocked = made([node('new')])
    await blocked.own.adopt()
    expect(blocked.own.problems()[0]).toMatch(/The node cannot be started: its config cannot be written to .*Free space/)
    expect(await blocked.own.start('node')).toMatchObject({ ok: false })
    expect(supervisor.said).toEqual([])
    mkdirSync(path.join(folder, 'other'))
    expect(existsSync(config)).toBe(false)
  })
})
