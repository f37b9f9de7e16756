import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectKeeper } from '../../../electron/ipc/index.ts'
import type { Home } from '../../../electron/lib/home.ts'
import { childrenOf, eventually, isAlive, preparedHome, runCli, startCli } from './running.ts'

/** A pass of eight seconds that always finds a proof: time enough to be killed in the middle. */
const SLOW = { powMs: 500, bytesPerSecond: 32 * 1024, passSuccess: 1 }

const spawnsIn = (home: Home): number =>
  readFileSync(path.join(home.logs, 'keeper.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"supervisor.spawned"')).length

async function quit(home: Home, outcome: 'leave-running' | 'stop-all'): Promise<void> {
  const keeper = await connectKeeper(home.socket, 'test')
  if (!keeper.ok) throw new Error(keeper.fault.detail)
  expect(await keeper.value.call('app.quit', { outcome })).toMatchObject({ ok: true })
  keeper.value.close()
}

describe('what runs goes on without its keeper', () => {
  it(
    'is adopted in the middle of a proof after kill -9, with true statuses at once, and the proof is accepted',
    { timeout: 240_000 },
    async () => {
      const { home, setup } = await preparedHome({ identities: 2, epochSeconds: 40, pace: SLOW })
      const genesis = Date.parse(setup.network.genesisTime ?? '')
      const regular = genesis + 1.2 * 40_000
      const killed = startCli(home, ['run', '--practice', '--json'])
      const before = await killed.until(
        'both are in the middle of their regular proof',
        ({ at, identities }) => at > regular && identities.every(({ status }) => status.kind === 'proving' && (status.percent ?? 0) > 15),
        150_000,
      )
      const children = childrenOf(home)
      expect([...children.keys()].sort()).toEqual(['node', ...setup.services.map((one) => `service-${one.identity.slice(0, 12)}`)].sort())
      killed.child.kill('SIGKILL')
      await killed.exit
      const spawns = spawnsIn(home)

      const keeper = startCli(home, ['run', '--practice', '--json'])
      await keeper.until('a first line', (line) => line.identities.length === 2)
      await keeper.until(
        'both are seen proving, further on',
        ({ identities, node }) =>
          node.kind === 'synced' &&
          identities.every(
            ({ status }, i) => status.kind === 'proving' && (status.percent ?? 0) >= (before.identities[i]?.status.percent ?? 100),
          ),
      )
      expect([...children.values()].every(isAlive)).toBe(true)
      await keeper.until('both are published', ({ identities }) => identities.every((one) => (one.lastPublishedEpoch ?? 0) >= 1), 120_000)
      expect(childrenOf(home)).toEqual(children)
      expect(spawnsIn(home)).toBe(spawns)

      expect(await runCli(home, 'stop', 'all', '--yes')).toMatchObject({ code: 0 })
      expect(await keeper.exit).toBe(0)
      expect([...children.values()].filter(isAlive)).toEqual([])
    },
  )

  it('runs on when told to be left, is taken over, and ends when told to end; a proof has its price', { timeout: 120_000 }, async () => {
    const { home } = await preparedHome({ identities: 1, epochSeconds: 600, pace: { ...SLOW, bytesPerSecond: 2_000 } })
    const first = startCli(home, ['run', '--practice', '--json'])
    const proving = await first.until(
      'it proves',
      ({ identities }) => identities[0]?.status.kind === 'proving' && identities[0].status.phase === 'reading',
    )
    const children = childrenOf(home)
    expect(children.size).toBe(2)

    await quit(home, 'leave-running')
    expect(await first.exit).toBe(0)
    expect([...children.values()].every(isAlive)).toBe(true)

    const second = startCli(home, ['run', '--practice', '--json'])
    await second.until('it still proves', ({ identities }) => identities[0]?.status.phase === 'reading')
    expect(childrenOf(home)).toEqual(children)
    const name = proving.identities[0]?.name ?? ''
    const service = [...children].find(([one]) => one !== 'node')?.[1] ?? 0
    for (const what of [name, 'all']) {
      const refused = await runCli(home, 'stop', what)
      expect(refused.code).toBe(2)
      expect(refused.err).toMatch(/lo(st|se).*--yes/s)
    }
    expect(isAlive(service)).toBe(true)
    expect(await runCli(home, 'stop', name, '--yes')).toMatchObject({ code: 0 })
    await eventually('its service has ended', () => !isAlive(service))
    await second.until('it is stopped by the user', ({ identities }) => identities[0]?.status.kind === 'stopped')

    second.child.kill('SIGTERM') // practice in a terminal ends with it
    expect(await second.exit).toBe(0)
    expect([...children.values()].filter(isAlive)).toEqual([])
  })
})
