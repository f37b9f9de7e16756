import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { folderOf, startGuard, systemEyes, type GuardEyes } from '../../../electron/keeper/start-guard.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { AMBER, anIdentity, aSetup, aSnapshot } from './builders.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

function listen(answer = ''): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      if (answer !== '') socket.end(answer)
    })
    servers.push(server)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    })
  })
}

const NOBODY: GuardEyes = { isListening: () => Promise.resolve(false), servers: () => Promise.resolve([]) }
const amber = `service-${AMBER.slice(0, 12)}`
const ask = (name: string, setup: Setup = aSetup(), eyes: GuardEyes = NOBODY, shown = anIdentity(), isEnding = false) =>
  startGuard(
    () => setup,
    () => aSnapshot({ identities: [shown] }),
    eyes,
  )(name, isEnding)
const withOperator = (operator: string): Setup => {
  const setup = aSetup()
  return { ...setup, services: setup.services.map((one, i) => (i === 0 ? { ...one, operator } : one)) }
}

describe('the guard of a start', () => {
  it('lets a process start that harms nobody', async () => {
    const nobodys = await listen()
    servers.pop()?.close()
    expect(await ask(amber, withOperator(nobodys))).toBeUndefined()
    expect(await ask('node')).toBeUndefined()
    expect(await ask('something-else')).toBeUndefined()
  })

  it('refuses a second service for a folder that another process serves', async () => {
    const why = await ask(amber, aSetup(), { ...NOBODY, servers: (folder) => Promise.resolve(folder === '/data/pos-0' ? [4711] : []) })
    expect(why).toMatch(/service of Amber is not started: process 4711 already serves \/data\/pos-0.*Stop that process/)
  })

  it.each([
    ['another service', 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n"Idle"', 'another PoST service answers at'],
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', 'another program uses'],
  ])('refuses when %s answers at the operator address', async (_what, answer, words) => {
    const operator = await listen(answer)
    const why = await ask(amber, withOperator(operator))
    expect(why).toContain(words)
    expect(why).toContain(operator)
  })

  it('refuses when somebody takes the connection and says nothing', async () => {
    expect(await ask(amber, withOperator(await listen()))).toContain('another program uses')
  })

  it('refuses the node when one of its ports is taken, and names it', async () => {
    const post = await listen()
    const setup = aSetup()
    if (setup.node.mode !== 'managed') throw new Error('managed')
    const taken: Setup = { ...setup, node: { ...setup.node, listeners: { ...setup.node.listeners, post } } }
    const why = await ask(
      'node',
      taken,
      systemEyes(() => false),
    )
    expect(why).toContain(`another program uses ${post}, which is to be its post listener`)
    expect(why).toContain('Services that prove go on')
  })

  it.each(['banned', 'twin-suspected'] as const)('never starts a service that is %s', async (kind) => {
    const status = { kind, timing: 'lost', sentence: 'No.', since: 0 } as const
    expect(await ask(amber, aSetup(), NOBODY, anIdentity({ status }))).toContain('is not started: No.')
  })

  it('never starts a service whose key is held, whatever it looks like', async () => {
    const setup = aSetup()
    const held: Setup = { ...setup, identities: setup.identities.map((one) => ({ ...one, held: { reason: 'merge' } })) }
    expect(await ask(amber, held)).toContain('its key is kept out of the node (merge)')
  })

  it('takes the ports of a process that is just ending for its own, but still refuses what must never run', async () => {
    const operator = await listen('SSH-2.0-OpenSSH_9.2\r\n')
    expect(await ask(amber, withOperator(operator), NOBODY, anIdentity(), true)).toBeUndefined()
    const setup = aSetup()
    const held: Setup = { ...setup, identities: setup.identities.map((one) => ({ ...one, held: { reason: 'merge' } })) }
    expect(await ask(amber, held, NOBODY, anIdentity(), true)).toContain('(merge)')
  })

  it('knows the folder of a post-service by its command line only', () => {
    expect(folderOf(['/opt/post-service', '--dir', '/data/a', '--address', 'x'])).toBe('/data/a')
    expect(folderOf(['node', '/x/post-service/main.ts', '--dir=/data/a'])).toBe('/data/a')
    expect(folderOf(['/opt/post-service', '-d', 'a'])).toBe('a')
    expect(folderOf(['ls', '--dir', '/data/a'])).toBeUndefined()
    expect(folderOf(['/opt/post-service', '--help'])).toBeUndefined()
    expect(folderOf([])).toBeUndefined()
  })
})
