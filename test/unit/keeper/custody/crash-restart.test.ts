import { describe, expect, it, vi } from 'vitest'
import { ownProcesses, type StartGuard } from '../../../../electron/keeper/own-processes.ts'
import type { OwnSpec } from '../../../../electron/keeper/processes.ts'
import { FakeClock } from '../../../../electron/lib/fake-clock.ts'
import type { Supervisor } from '../../../../electron/supervisor/index.ts'
import type { ProcessState } from '../../../../shared/domain/process.ts'
import { silentLog } from '../../identities/keys.ts'

/** A supervisor of one node: what it is told is written down, and it crashes when the test says so. */
function aNode() {
  const listeners = new Set<(name: string, state: ProcessState) => void>()
  const told: string[] = []
  const now: { state: ProcessState } = { state: { at: 'ready', since: 0, pid: 7 } }
  const be = (state: ProcessState): void => {
    now.state = state
    for (const listener of listeners) listener('node', state)
  }
  const played: Partial<Supervisor> = {
    state: (name) => (name === 'node' ? now.state : undefined),
    states: () => new Map([['node', now.state]]),
    setDesired: (name, desired) => {
      told.push(`${name} ${desired}`)
      be(desired === 'up' ? { at: 'ready', since: 0, pid: 8 } : { at: 'stopped' })
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    adopt: () => Promise.resolve({ adopted: [], gone: [], foreign: [], unlisted: [] }),
    put: () => undefined,
    needsRestart: () => false,
  }
  return { supervisor: played as Supervisor, told, be, now }
}
const CRASHED: ProcessState = { at: 'backoff', attempt: 1, until: 5_000, last: { at: 1, code: 2 } }
const WHY = 'The node is not started: key ab12… runs already.'

async function guarded(guard: StartGuard) {
  const node = aNode()
  const lines: string[] = []
  const spec = { name: 'node', file: '/bin/node', args: [], env: {}, cwd: '/' } as unknown as OwnSpec['spec']
  const own = ownProcesses({
    supervisor: node.supervisor,
    clock: new FakeClock(),
    log: silentLog(lines),
    specs: () => ({ specs: [{ spec }], problems: new Map() }),
    guard,
  })
  await own.adopt()
  return { ...node, own, lines }
}

describe('the automatic start after a crash', () => {
  it('is taken back when the guard says no, and the user reads why', async () => {
    const asked: [string, boolean][] = []
    const { be, told, own, lines } = await guarded((name, isEnding) => {
      asked.push([name, isEnding])
      return Promise.resolve(WHY)
    })
    be(CRASHED)
    await vi.waitFor(() => expect(told).toEqual(['node down']))
    expect(asked).toEqual([['node', true]]) // its own ports are no sign of a stranger
    expect(own.problems()).toEqual([WHY])
    expect(lines.join()).toContain('process.refused')
  })

  it('goes on by itself when the guard has nothing against it', async () => {
    const asked: string[] = []
    const { be, told, own } = await guarded((name) => {
      asked.push(name)
      return Promise.resolve(undefined)
    })
    be(CRASHED)
    await vi.waitFor(() => expect(asked).toEqual(['node']))
    expect([told, own.problems()]).toEqual([[], []])
  })

  it('is asked about at each crash anew', async () => {
    const answers = [undefined, WHY]
    const { be, told } = await guarded(() => Promise.resolve(answers.shift()))
    be(CRASHED)
    be({ at: 'ready', since: 1, pid: 9 })
    be({ ...CRASHED, attempt: 2 })
    await vi.waitFor(() => expect(told).toEqual(['node down']))
  })

  it('is ended again when the guard took longer than the pause before it', async () => {
    let answer: (why: string) => void = () => {}
    const { be, told, own } = await guarded(() => new Promise((resolve) => (answer = resolve)))
    be(CRASHED)
    be({ at: 'ready', since: 1, pid: 9 })
    answer(WHY)
    await vi.waitFor(() => expect(told).toEqual(['node down']))
    expect(own.problems()).toEqual([WHY])
  })

  it('takes nothing back that somebody ended or started meanwhile', async () => {
    let answer: (why: string) => void = () => {}
    const { be, told } = await guarded(() => new Promise((resolve) => (answer = resolve)))
    be(CRASHED)
    be({ at: 'stopped' })
    answer(WHY)
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([])
  })
})
