import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTls } from 'node:https'
import { createServer as createTcp, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { portOwner, probePoets, readOperator, systemPorts } from '../../../electron/programs/index.ts'

const open: (Server | TcpServer)[] = []
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await Promise.all(open.splice(0).map((server) => new Promise((done) => server.close(done))))
})

async function listen(server: Server | TcpServer): Promise<string> {
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push(server)
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
const answering = (status: number, body: string, headers: Record<string, string> = {}): Promise<string> =>
  listen(createServer((_request, response) => response.writeHead(status, headers).end(body)))
const raw = (onSocket: (socket: Socket) => void): Promise<string> =>
  listen(
    createTcp((socket) => {
      socket.on('error', () => socket.destroy())
      onSocket(socket)
    }),
  )
/** A port where nobody listens: one that was just given back. */
async function nobody(): Promise<string> {
  const server = createTcp()
  const address = await listen(server)
  await new Promise((done) => server.close(done))
  open.splice(open.indexOf(server), 1)
  return address
}
const ask = async (address: string, deadlineMs = 2_000) => (await readOperator(address, { deadlineMs })).answer

describe('asking an operator', () => {
  it('reads the three shapes', async () => {
    expect(await ask(await answering(200, '"Idle"'))).toEqual({ is: 'idle' })
    expect(await ask(await answering(200, '"DoneProving"'))).toEqual({ is: 'done' })
    const proving = '{"Proving":{"nonces":{"start":0,"end":128},"position":1048576}}'
    expect(await ask(await answering(200, proving))).toEqual({ is: 'proving', nonces: { start: 0, end: 128 }, positionBytes: 1_048_576 })
  })

  it('asks exactly GET /status', async () => {
    let asked = ''
    const address = await listen(
      createServer((request, response) => {
        asked = `${request.method ?? ''} ${request.url ?? ''}`
        response.end('"Idle"')
      }),
    )
    await ask(address)
    expect(asked).toBe('GET /status')
  })

  it('tells nobody from somebody who is silent', async () => {
    expect(await ask(await nobody())).toEqual({ is: 'none' })
    const reading = await readOperator(await raw(() => {}), { deadlineMs: 150 })
    expect(reading.answer).toEqual({ is: 'silent' })
    expect(reading.tookMs).toBeGreaterThanOrEqual(140)
  })

  it('is silent when the answer begins and never ends', async () => {
    const address = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"Id'))
    expect(await ask(address, 150)).toEqual({ is: 'silent' })
  })

  it('calls everything else garbage: other programs, cut answers, redirects, floods', async () => {
    expect((await ask(await answering(404, 'not found'))).is).toBe('garbage')
    expect(await ask(await answering(302, '', { location: 'http://127.0.0.1:1/status' }))).toMatchObject({
      is: 'garbage',
      text: expect.stringContaining('redirection'),
    })
    expect((await ask(await answering(200, '<html>router</html>'))).is).toBe('garbage')
    expect((await ask(await raw((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')))).is).toBe('garbage')
    const cut = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"Id'))
    expect((await ask(cut)).is).toBe('garbage')
    expect((await ask(await answering(200, 'x'.repeat(200_000)))).is).toBe('garbage')
  })

  it('an endless header or body ends at the limit', async () => {
    const flood = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const more = (): void => {
        while (!socket.destroyed && socket.write(`1000\r\n${'x'.repeat(0x1000)}\r\n`));
        if (!socket.destroyed) socket.once('drain', more)
      }
      more()
    })
    expect(await ask(flood)).toMatchObject({ is: 'garbage', text: expect.stringContaining('more than') })
  })

  it('can be given up, and an address that is none is nobody', async () => {
    const giveUp = new AbortController()
    const asked = readOperator(await raw(() => giveUp.abort()), { deadlineMs: 10_000, signal: giveUp.signal })
    expect((await asked).tookMs).toBeLessThan(5_000)
    expect(await ask('127.0.0.1:0')).toEqual({ is: 'none' })
    expect(await ask('not an address')).toEqual({ is: 'none' })
  })

  it('one that hangs does not delay the others', async () => {
    const [silent, idle] = [await raw(() => {}), await answering(200, '"Idle"')]
    const readings = await Promise.all([readOperator(silent, { deadlineMs: 500 }), ...Array.from({ length: 50 }, () => readOperator(idle))])
    expect(readings.slice(1).every(({ answer, tookMs }) => answer.is === 'idle' && tookMs < 500)).toBe(true)
  })
})

describe('probing PoETs', () => {
  it('names who answers, refuses, is silent', async () => {
    const poets = [await answering(200, '{}'), await nobody(), await raw(() => {})].map((address) => `http://${address}`)
    const seen = await probePoets([...poets, 'ftp://x', 'http://no-such-name.invalid'], 1_000)
    expect(seen.map((one) => one.is)).toEqual(['answers', 'refuses', 'silent', 'refuses', expect.stringMatching(/refuses|silent/)])
    expect(seen[1]?.poet).toBe(poets[1])
    expect(seen[2]?.detail).toContain('no answer within 1 s')
  })

  it('asks /v1/info whatever the end of the address, and follows nothing', async () => {
    const asked: string[] = []
    const address = await listen(
      createServer((request, response) => {
        asked.push(request.url ?? '')
        response.writeHead(302, { location: '/elsewhere' }).end()
      }),
    )
    await probePoets([`http://${address}`, `http://${address}/`], 2_000)
    expect(asked).toEqual(['/v1/info', '/v1/info'])
  })

  it('knows one that cannot prove who it is from one that speaks no TLS', async () => {
    const fixture = (name: string) => readFileSync(path.resolve(import.meta.dirname, '../../fixtures/tls', name))
    const server = createTls({ key: fixture('self-signed-key.pem'), cert: fixture('self-signed-cert.pem') }, (_request, response) =>
      response.end('{}'),
    )
    const seen = await probePoets([`https://${await listen(server)}`, `https://${await answering(200, '{}')}`], 2_000)
    expect(seen.map((one) => one.is)).toEqual(['bad-certificate', 'refuses'])
  })
})

describe('who owns a port', () => {
  it.runIf(process.platform === 'linux')('is asked of the kernel', async () => {
    const address = await answering(200, '')
    expect(await portOwner(address, [process.pid])).toEqual({ is: 'process', pids: [process.pid] })
    expect(await portOwner(await nobody(), [process.pid])).toEqual({ is: 'nobody' })
  })

  it.runIf(process.platform === 'linux')('a port of another process is not ours', async () => {
    const owner = await portOwner(await answering(200, ''), [2_147_483_646])
    expect(owner).toEqual({ is: 'process', pids: [] })
  })

  it('is unknown on other systems and where it may not be read', async () => {
    expect(await portOwner('127.0.0.1:1', [1], { ...systemPorts, platform: 'darwin' })).toMatchObject({ is: 'unknown' })
    const denied = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }))
    expect(await portOwner('127.0.0.1:1', [1], { platform: 'linux', readFile: denied, readdir: denied, readlink: denied })).toMatchObject({
      is: 'unknown',
    })
    const table = '  sl\n   0: 0100007F:0001 00000000:0000 0A 0:0 0:0 0 1000 0 777 1'
    const foreign = { platform: 'linux' as const, readFile: () => Promise.resolve(table), readdir: denied, readlink: denied }
    expect(await portOwner('127.0.0.1:1', [1], foreign)).toMatchObject({ is: 'unknown' })
  })
})
