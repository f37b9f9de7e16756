import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchPoets } from '../../../electron/keeper/poet-watch.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { observe } from '../../../shared/domain/observe.ts'
import { emptyWorld, type World } from '../../../shared/domain/world.ts'
import { aSetup } from './builders.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-poets-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('PoETs that hold the start of the node', () => {
  it('are asked only while it waits for one, and named by what they do', async () => {
    const servers = ['https://a.example', 'https://b.example', 'https://c.example'].map((address) => ({ address, pubkey: 'x' }))
    writeFileSync(path.join(folder, 'node-config.json'), JSON.stringify({ main: { 'poet-servers': servers } }))
    const clock = new FakeClock()
    let world: World = emptyWorld()
    const asked: (readonly string[])[] = []
    const poets = watchPoets({
      clock,
      setup: () => aSetup(),
      configFolder: folder,
      world: () => world,
      probe: (addresses) => {
        asked.push(addresses)
        return Promise.resolve(
          addresses.map((poet, i) => ({ poet, is: (['answers', 'refuses', 'silent'] as const)[i] ?? 'answers', detail: '', tookMs: 1 })),
        )
      },
    })
    clock.advance(10_000)
    expect(asked).toEqual([])

    const at = clock.now()
    world = observe(world, { at, kind: 'node-process', state: { at: 'starting', attempt: 1, since: at, readyBy: at + 1, pid: 7 } })
    world = observe(world, { at, kind: 'node-log', fact: { fact: 'start-step', step: 'poet-client' } })
    clock.advance(4_000)
    expect(asked).toEqual([])
    clock.advance(3_000)
    await settled()
    expect(asked).toEqual([servers.map(({ address }) => address)])
    expect(poets.sentence()).toBe(
      'PoET https://b.example refuses connections; the node goes on without it in time. ' +
        'PoET https://c.example takes the connection and does not answer: the node may wait for it for good.',
    )
    clock.advance(10_000)
    await settled()
    expect(asked).toHaveLength(1)

    world = observe(world, { at: clock.now(), kind: 'node-log', fact: { fact: 'app-started' } })
    clock.advance(2_000)
    await settled()
    expect(poets.sentence()).toBeUndefined()
    poets.close()
  })
})
