import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { CONTRACT_VERSION } from '../../../shared/ipc/contract.ts'
import { connectKeeper, startSocketServer, type CallResult, type KeeperLink, type SocketServer } from '../../../electron/ipc/index.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { peerUser } from '../../../electron/lib/peer-user.ts'

const topics = new Set<(name: string, value: unknown) => void>()
const link: KeeperLink = {
  call: (name, input): Promise<CallResult> => Promise.resolve(name === 'echo' ? ok(input) : fail('bad-arguments', name)),
  onTopic: (listener) => {
    topics.add(listener)
    return () => void topics.delete(listener)
  },
}

let folder = ''
let socketPath = ''
let server: SocketServer | undefined

async function open(more: object = {}): Promise<void> {
  const started = await startSocketServer(link, { socketPath, version: '1.2.3', log: silentLogger, ...more })
  if (!started.ok) throw new Error(started.fault.detail)
  server = started.value
}

/** Connects without manners: writes `text`, resolves with all that comes until the other side closes. */
function rude(text: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let got = ''
    const socket: Socket = connect(socketPath, () => socket.write(text))
    socket.on('data', (chunk) => (got += String(chunk)))
    socket.on('error', () => resolve(got))
    socket.on('close', () => resolve(got))
  })
}

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sk-'))
  socketPath = path.join(folder, 'home', 'keeper.sock')
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(folder, { recursive: true, force: true })
})

describe('the local socket', () => {
  it('is 0600 in a 0700 folder, carries calls and topics, and is gone after close', async () => {
    await open()
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
    expect(statSync(path.dirname(socketPath)).mode & 0o777).toBe(0o700)
    const remote = await connectKeeper(socketPath, '1.2.3')
    if (!remote.ok) throw new Error(remote.fault.detail)
    expect(remote.value.pid).toBe(process.pid)
    expect(await remote.value.call('echo', { big: 'x'.repeat(200_000) })).toMatchObject({ ok: true })
    const heard = new Promise((resolve) => remote.value.onTopic((name, value) => resolve([name, value])))
    for (const listener of topics) listener('app.changed', { revision: 2 })
    expect(await heard).toEqual(['app.changed', { revision: 2 }])
    const gone = new Promise<void>((resolve) => remote.value.onGone(resolve))
    await server?.close()
    server = undefined
    await gone
    expect(await remote.value.call('echo', 1)).toMatchObject({ ok: false, fault: { code: 'no-keeper' } })
    expect(topics.size).toBe(0)
    expect(statSync(socketPath, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('takes the place of a socket file whose keeper is gone', async () => {
    const { mkdirSync } = await import('node:fs')
    mkdirSync(path.dirname(socketPath))
    writeFileSync(socketPath, '')
    await open()
    expect((await connectKeeper(socketPath, '1')).ok).toBe(true)
  })

  it('says no-keeper when nobody hosts', async () => {
    const remote = await connectKeeper(socketPath, '1')
    expect(!remote.ok && remote.fault.code).toBe('no-keeper')
  })

  it('does not talk to another contract version', async () => {
    await open()
    const answer = await rude(`${JSON.stringify({ hello: { contract: CONTRACT_VERSION + 1, version: '9' } })}\n`)
    expect(answer).toContain('is not ours')
    expect(answer).not.toContain('welcome')
  })

  it('knows the user at the other end', async () => {
    let seen: number | undefined
    await open({ peerUser: (socket: Socket) => (seen = peerUser(socket)) })
    expect((await connectKeeper(socketPath, '1')).ok).toBe(true)
    expect(seen).toBe(process.getuid?.())
  })

  it('drops another user before a word is read', async () => {
    await open({ peerUser: () => 4_294_000 })
    const remote = await connectKeeper(socketPath, '1')
    expect(remote.ok).toBe(false)
  })

  const hello = `${JSON.stringify({ hello: { contract: CONTRACT_VERSION, version: '1' } })}\n`
  it.each([
    ['rubbish instead of a greeting', Buffer.from([0, 255, 1, 2, 10])],
    ['a call before the greeting', '{"id":1,"call":"echo"}\n'],
    ['half a greeting and then rubbish', `${hello.slice(0, 10)}\n`],
    ['rubbish after the greeting', `${hello}}}}}\n`],
    ['a request of another form', `${hello}{"id":"x","call":5}\n`],
    ['an endless line', `${hello}"${'a'.repeat(5 * 1024 * 1024)}`],
  ])('drops %s and goes on serving others', async (_name, text) => {
    await open()
    const good = await connectKeeper(socketPath, '1')
    if (!good.ok) throw new Error(good.fault.detail)
    const answer = await rude(text)
    expect(answer).toContain('error')
    expect(await good.value.call('echo', 5)).toEqual({ ok: true, value: 5 })
    good.value.close()
  })

  it('lets in who greets while a thousand others hold connections and say nothing', { timeout: 30_000 }, async () => {
    await open()
    const first = await connectKeeper(socketPath, '1')
    if (!first.ok) throw new Error(first.fault.detail)
    const crowd: Socket[] = []
    for (let i = 0; i < 1_000; i += 1) {
      const socket = connect(socketPath)
      socket.on('error', () => socket.destroy())
      crowd.push(socket)
    }
    await Promise.all(
      crowd.map((socket) => new Promise<void>((resolve) => (socket.once('connect', resolve), socket.once('close', () => resolve())))),
    )
    expect(await first.value.call('echo', 1)).toEqual({ ok: true, value: 1 })
    const late = await connectKeeper(socketPath, '1')
    if (!late.ok) throw new Error(late.fault.detail)
    expect(await late.value.call('echo', 2)).toEqual({ ok: true, value: 2 })
    for (const socket of crowd) socket.destroy()
    first.value.close()
    late.value.close()
  })

  it('drops a client that never reads, and goes on serving others', { timeout: 30_000 }, async () => {
    await open()
    const good = await connectKeeper(socketPath, '1')
    if (!good.ok) throw new Error(good.fault.detail)
    const deaf = connect(socketPath)
    deaf.on('error', () => deaf.destroy())
    deaf.pause()
    const gone = new Promise<void>((resolve) => deaf.on('close', resolve))
    deaf.write(hello)
    await new Promise((resolve) => deaf.once('connect', resolve))
    const big = 'x'.repeat(1024 * 1024)
    let heard = 0
    good.value.onTopic(() => (heard += 1))
    const before = topics.size
    for (let i = 0; i < 200 && topics.size >= before; i += 1) {
      for (const listener of topics) listener('app.changed', { i, big })
      expect(await good.value.call('echo', i)).toEqual({ ok: true, value: i })
    }
    expect(topics.size).toBe(before - 1)
    expect(heard).toBeGreaterThan(30)
    deaf.resume()
    await gone
    good.value.close()
  })

  it('answers a flood of calls in full, a limited number at a time', { timeout: 30_000 }, async () => {
    await open()
    const client = await connectKeeper(socketPath, '1')
    if (!client.ok) throw new Error(client.fault.detail)
    const answers = await Promise.all(Array.from({ length: 5_000 }, (_, i) => client.value.call('echo', i)))
    expect(answers.every((one, i) => one.ok && one.value === i)).toBe(true)
    client.value.close()
  })

  it('refuses a home that cannot be used with a fault', async () => {
    writeFileSync(path.join(folder, 'home'), 'a file')
    const started = await startSocketServer(link, { socketPath, version: '1', log: silentLogger })
    expect(!started.ok && started.fault.code).toBe('socket/not-opened')
  })
})
