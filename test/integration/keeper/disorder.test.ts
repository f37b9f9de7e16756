import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { launchFromSource } from '../../../electron/launch.ts'
import { homeAt, type Home } from '../../../electron/lib/home.ts'
import { serviceProcess } from '../../../electron/programs/index.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { childrenOf, endLater, eventually, isAlive, newHome, preparedHome, runCli, startCli } from './running.ts'

const SLOW = { powMs: 300, bytesPerSecond: 4_000, passSuccess: 1 }
const launch = launchFromSource(path.resolve(import.meta.dirname, '../../../electron'))
const servers: Server[] = []
const mounts: string[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  for (const mount of mounts.splice(0)) spawnSync('umount', ['-l', mount])
})

/** Takes a port and answers as no program of ours would. */
async function occupy(address: string, answer: string): Promise<void> {
  const [host = '', port = ''] = address.split(':')
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(answer)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(Number(port), host, resolve))
}

/** A service that somebody else runs for a folder of ours, at another operator address. */
function startForeign(setup: Setup, index: number, env: Readonly<Record<string, string>>, folder: Home): number {
  const service = setup.services[index]
  if (service === undefined) throw new Error('no such service')
  mkdirSync(folder.logs, { recursive: true })
  const plan = serviceProcess({
    service: { ...service, operator: '127.0.0.1:1' },
    network: resolveNetwork(setup.network),
    paths: { logs: folder.logs, config: folder.config },
    launcher: () => ({ ...launch('post-service'), env: { ...launch('post-service').env, ...env } }),
    version: undefined,
  })
  if (!plan.ok) throw new Error(plan.fault.detail)
  const { pid = 0 } = spawn(plan.value.file, plan.value.args, {
    env: { ...process.env, ...plan.value.env },
    stdio: 'ignore',
    detached: true,
  })
  endLater(pid)
  return pid
}

describe('a machine in disorder', () => {
  it('is told in plain sentences, nothing is lost, and who can prove proves', { timeout: 120_000 }, async () => {
    const { home, setup, env } = await preparedHome({ identities: 3, epochSeconds: 600, pace: SLOW })
    const inside = homeAt(home.practice)
    const [amber, birch] = setup.services
    if (amber === undefined || birch === undefined) throw new Error('three services')
    await occupy(amber.operator, 'SSH-2.0-OpenSSH_9.2\r\n')
    const foreign = startForeign(setup, 1, env, inside)
    const damaged = { 'processes.json': '{"version":1,"rec', 'volumes.json': '\u0000', 'pins.json': '[]' }
    for (const [name, text] of Object.entries(damaged)) writeFileSync(path.join(inside.state, name), text)
    writeFileSync(path.join(inside.state, 'history.sqlite'), Buffer.alloc(20_000, 'rubbish'))
    writeFileSync(path.join(inside.config, 'setup.last-good.json'), JSON.stringify(setup))
    const cut = JSON.stringify(setup).slice(0, 900)
    writeFileSync(path.join(inside.config, 'setup.json'), cut)

    const keeper = startCli(home, ['run', '--practice', '--json'])
    const line = await keeper.until(
      'the third proves and every trouble is told',
      ({ identities, setupProblem = '' }) =>
        identities[2]?.status.kind === 'proving' && /Amber is not started/.test(setupProblem) && /Birch is not started/.test(setupProblem),
    )
    const told = line.setupProblem ?? ''
    expect(told).toContain('setup.json cannot be used: it is not JSON')
    expect(told).toContain('The last good copy is in use.')
    expect(told).toContain(`another program uses its operator address ${amber.operator}`)
    expect(told).toContain(`process ${foreign} already serves ${birch.posFolder}`)
    expect(told).toMatch(/History was damaged and begins anew; the damaged file is kept as history\.sqlite\S+/)
    expect(told).toMatch(/list of running processes was damaged and is kept as processes\.json\.damaged-\d+/)
    const kept = /kept as (setup\.unusable-\w+\.json)/.exec(told)?.[1] ?? ''
    expect(readFileSync(path.join(inside.config, kept), 'utf8')).toBe(cut)
    expect(readdirSync(inside.state).filter((name) => name.startsWith('processes.json.damaged'))).toHaveLength(1)
    expect(line.identities[0]?.status.kind).not.toMatch(/proving|waiting|proved|published/)
    const names = [...childrenOf(home).keys()]
    expect(names).toContain('node')
    expect(names).not.toContain(`service-${amber.identity.slice(0, 12)}`)
    expect(names).not.toContain(`service-${birch.identity.slice(0, 12)}`)

    // The trouble is gone: it is started without being asked.
    process.kill(foreign, 'SIGKILL')
    await keeper.until('Birch proves as well', ({ identities }) => identities[1]?.status.kind === 'proving', 70_000)
    expect([...childrenOf(home).keys()]).toContain(`service-${birch.identity.slice(0, 12)}`)
  })

  it('with a node that cannot run lets the services run and says what to do', { timeout: 60_000 }, async () => {
    const { home, setup } = await preparedHome({
      identities: 1,
      epochSeconds: 600,
      change: (made) => (made.node.mode === 'managed' ? { ...made, node: { ...made.node, binary: '/nowhere/go-spacemesh' } } : made),
    })
    const keeper = startCli(home, ['run', '--practice', '--json'])
    const line = await keeper.until(
      'the service runs',
      ({ identities }) => identities[0]?.evidence.some((one) => one.what === 'operator' && one.value === 'Idle') === true,
    )
    expect(line.setupProblem).toContain('The node cannot be started: /nowhere/go-spacemesh does not exist. Choose the program in Settings.')
    expect([...childrenOf(home).keys()]).toEqual([`service-${setup.services[0]?.identity.slice(0, 12)}`])
    expect(line.identities[0]?.status.kind).toBe('unknown')
    expect(await runCli(home, 'status')).toMatchObject({ code: expect.any(Number) as number })
  })

  it('with a history of a newer version leaves it untouched and goes on without', { timeout: 60_000 }, async () => {
    const { home } = await preparedHome({ identities: 1, epochSeconds: 600, pace: SLOW })
    const file = path.join(homeAt(home.practice).state, 'history.sqlite')
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 9999')
    db.close()
    const before = readFileSync(file)
    const keeper = startCli(home, ['run', '--practice', '--json'])
    const line = await keeper.until('it proves', ({ identities }) => identities[0]?.status.kind === 'proving')
    expect(line.setupProblem).toContain('was written by a newer version')
    keeper.child.kill('SIGTERM')
    await keeper.exit
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('that holds a home which cannot be used ends with a sentence', async () => {
    const home = newHome()
    rmSync(home.root, { recursive: true })
    writeFileSync(home.root, 'a file')
    const answer = await runCli(home, 'run', '--json')
    expect(answer).toMatchObject({ code: 1, out: '' })
    expect(answer.err).toContain('The keeper cannot start:')
    expect(answer.err.trim().split('\n')).toHaveLength(1)
  })

  it(
    'with a full disk under its state goes on proving, says so, and writes again when there is room',
    { timeout: 120_000 },
    async (context) => {
      const { home } = await preparedHome({ identities: 1, epochSeconds: 600, pace: { ...SLOW, bytesPerSecond: 2_000 } })
      const { state } = homeAt(home.practice)
      const env = readFileSync(path.join(state, 'practice-env.json'))
      const isMounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', state]).status === 0
      if (!isMounted) context.skip('a full disk needs a tmpfs of our own, and mounting one needs root')
      mounts.push(state)
      writeFileSync(path.join(state, 'practice-env.json'), env)
      const keeper = startCli(home, ['run', '--practice', '--json'])
      await keeper.until('it proves', ({ identities }) => identities[0]?.status.kind === 'proving')
      const children = childrenOf(home)
      const filledAt = Date.now()
      const filler = path.join(state, 'filler')
      for (let size = 64 * 1024, n = 0; size >= 1; size = Math.floor(size / 2)) {
        try {
          for (; n < 2_000; n += 1) writeFileSync(`${filler}.${n}`, Buffer.alloc(size))
        } catch {
          rmSync(`${filler}.${n}`, { force: true })
        }
      }
      await keeper.until('the full disk is told', ({ setupProblem = '' }) => /full|space/i.test(setupProblem), 60_000)
      expect([...children.values()].every(isAlive)).toBe(true)
      await keeper.until(
        'it proves on',
        ({ at, identities }) => at > filledAt && identities[0]?.status.kind === 'proving' && (identities[0].status.percent ?? 0) > 0,
      )
      for (const name of readdirSync(state)) if (name.startsWith('filler')) rmSync(path.join(state, name))
      await eventually(
        'the sentence is gone',
        () => keeper.last() !== undefined && !/full|space/i.test(keeper.last()?.setupProblem ?? ''),
        40_000,
      )
      expect(await runCli(home, 'stop', 'all', '--yes')).toMatchObject({ code: 0 })
      await keeper.exit
      expect(existsSync(path.join(state, 'history.sqlite'))).toBe(true)
      expect([...children.values()].filter(isAlive)).toEqual([])
    },
  )
})
