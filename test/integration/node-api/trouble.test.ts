import { create, toBinary } from '@bufbuild/protobuf'
import http from 'node:http'
import http2 from 'node:http2'
import type net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import { createNodeClient, v1, type NodeApiFault, type TlsFiles } from '../../../electron/node-api/index.ts'
import { EventSchema } from '../../../proto/gen/spacemesh/v1/admin_pb.js'
import { aWorld, tcpServer, TestNode } from './test-node.ts'
import { idBytes, startWatching, until, type Watching } from './watching.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const DEADLINE_MS = 300

async function aNode(change: Partial<ReturnType<typeof aWorld>> = {}): Promise<TestNode> {
  const node = await TestNode.start({ ...aWorld(), ...change })
  closers.push(() => node.down())
  return node
}

function watching(listeners: TestNode['addresses']): Watching {
  const started = startWatching(listeners, { deadlineMs: DEADLINE_MS })
  closers.push(() => started.close())
  return started
}

async function peer(talk: (socket: net.Socket) => void): Promise<string> {
  const server = await tcpServer(talk)
  closers.push(() => server.close())
  return server.address
}

/** One question to `address`, which is not a node. */
async function faultOf(address: string, tls?: TlsFiles): Promise<NodeApiFault> {
  const client = createNodeClient({
    listeners: { public: address, private: address, post: address },
    ...(tls === undefined ? {} : { tls }),
    clock: systemClock,
    log: silentLogger,
    deadlineMs: DEADLINE_MS,
  })
  closers.push(() => client.close())
  const answer =
    tls === undefined ? await client.call(v1.NodeService.method.version, {}) : await client.call(v1.PostInfoService.method.postStates, {})
  if (answer.ok) throw new Error('it answered')
  return answer.fault
}

async function bound(server: net.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => void server.close())
  const at = server.address()
  return `127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`
}

/** Answers every call by hand. */
const h2Server = (answer: (stream: http2.ServerHttp2Stream) => void): Promise<string> => {
  const server = http2.createServer()
  server.on('stream', (stream) => {
    stream.on('error', () => stream.destroy())
    answer(stream)
  })
  return bound(server)
}

describe('what answers instead of a node', () => {
  it('nobody', async () => {
    const fault = await faultOf('127.0.0.1:1')
    expect(fault).toMatchObject({
      code: 'node-api/unreachable',
      retry: 'now',
      detail: "Nothing listens at 127.0.0.1:1 (the node's public address).",
    })
  })

  it('something that accepts and stays silent', async () => {
    const started = performance.now()
    const fault = await faultOf(await peer(() => {}))
    expect(fault.code).toBe('node-api/no-answer')
    expect(fault.detail).toMatch(/did not answer within 0.3 s/)
    expect(performance.now() - started).toBeLessThan(DEADLINE_MS * 10)
  })

  it.each([
    ['a program with a greeting', (socket: net.Socket) => void socket.write('SSH-2.0-OpenSSH_9.6\r\n')],
    ['binary rubbish', (socket: net.Socket) => void socket.write(Buffer.alloc(5_000, 0xff))],
  ])('%s', async (_name, talk) => {
    const fault = await faultOf(await peer(talk))
    expect(fault).toMatchObject({ code: 'node-api/not-grpc', retry: 'user' })
    expect(fault.detail).toMatch(/does not speak gRPC/)
  })

  it('a web server', async () => {
    const server = http.createServer((_request, answer) => answer.writeHead(404).end('no'))
    expect((await faultOf(await bound(server))).code).toBe('node-api/not-grpc')
  })

  it('an HTTP/2 web server', async () => {
    const address = await h2Server((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/html' })
      stream.end('<html>hello</html>')
    })
    expect((await faultOf(address)).code).toBe('node-api/not-grpc')
    const missing = await h2Server((stream) => {
      stream.respond({ ':status': 404 })
      stream.end()
    })
    expect((await faultOf(missing)).code).toBe('node-api/not-grpc')
  })

  it('answers that nobody can read, or that are too large', async () => {
    const reply = (head: number[], body: Buffer) =>
      h2Server((stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
        stream.end(Buffer.concat([Buffer.from(head), body]))
      })
    expect((await faultOf(await reply([0, 0, 0, 0, 3], Buffer.from([0xff, 0xff, 0xff])))).code).toBe('node-api/garbled')
    expect((await faultOf(await reply([0, 2, 0, 0, 0], Buffer.alloc(10)))).code).toBe('node-api/too-large')
  })

  it('an answer that is cut in the middle', async () => {
    const address = await h2Server((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      stream.write(Buffer.from([0, 0, 0, 0, 30, 1]), () => stream.session?.destroy())
    })
    const fault = await faultOf(address)
    expect(fault.code).toBe('node-api/unreachable')
    expect(fault.detail).toMatch(/was cut/)
  })

  it('a node without TLS where TLS was asked for, and certificate files that are not there', async () => {
    const file = new URL(import.meta.url).pathname
    const missing = await faultOf('127.0.0.1:1', { caCert: '/nowhere/ca.pem', cert: file, key: file })
    expect(missing.code).toBe('node-api/tls')
    expect(missing.detail).toContain('/nowhere/ca.pem')
  })
})

describe('a watch in trouble', () => {
  it('says which listener an address really is', async () => {
    const node = await aNode()
    const { public: open, private: closed } = node.addresses
    const { seen } = watching({ public: open, private: open, post: closed })
    await until('all judged', () => seen.isUp('public') && seen.isDown('private') && seen.isDown('post'))
    expect(seen.reach('private')?.why).toBe(
      `${open} is the node's public listener (grpc-public-listener); its private listener (grpc-private-listener) is needed here.`,
    )
    expect(seen.reach('post')?.why).toMatch(/is the node's private listener .* its post listener .* is needed here/)
  })

  it('explains a service that the node does not offer', async () => {
    const address = await h2Server((stream) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12', 'grpc-message': 'unknown service x' },
        { endStream: true },
      )
    })
    const { seen } = watching({ public: address, private: address, post: address })
    await until('judged', () => seen.isDown('post') && seen.isDown('public') && seen.isDown('private'))
    expect(seen.reach('post')?.why).toMatch(
      /does not offer spacemesh.v1.PostInfoService. The node is older .* or its configuration leaves it out/,
    )
  })

  it('goes on with two listeners when the third is hung, foreign or gone', async () => {
    const node = await aNode({ states: [{ id: idBytes(1), state: 2, name: 'a.key' }] })
    const hung = await peer(() => {})
    const foreign = await peer((socket) => void socket.write('220 mail.example ESMTP ready\r\n'))
    const first = watching({ ...node.addresses, private: hung })
    const second = watching({ ...node.addresses, public: foreign })
    await until('hung one told', () => first.seen.isDown('private') && second.seen.isDown('public'))
    const [before, beside] = [first.seen.of('post-states').length, second.seen.of('smesher-ids').length]
    await until('others go on', () => first.seen.of('post-states').length > before + 3 && second.seen.of('smesher-ids').length > beside)
    expect(first.seen.reach('private')?.why).toMatch(/did not answer within/)
    expect(second.seen.reach('public')?.why).toMatch(/does not speak gRPC/)
    expect(first.seen.isUp('post') && first.seen.isUp('public')).toBe(true)
    expect(second.seen.isUp('post') && second.seen.isUp('private')).toBe(true)
  })

  it('notices a call that gets no answer, and the recovery', async () => {
    const node = await aNode()
    const { seen } = watching(node.addresses)
    await until('up', () => seen.isUp('post'))
    node.world.silent.add('PostStates')
    await until('down', () => seen.isDown('post'))
    expect(seen.isUp('public')).toBe(true)
    const states = seen.of('post-states').length
    node.world.silent.clear()
    await until('up again', () => seen.isUp('post') && seen.of('post-states').length > states)
  })

  it('makes a new connection when the old one goes nowhere', async () => {
    const node = await aNode()
    let connections = 0
    let isBlackHole = false
    const { connect } = await import('node:net')
    const relay = await peer((socket) => {
      connections += 1
      const isDead = (): boolean => isBlackHole && connections > 0 && socket === first
      first ??= socket
      const inner = connect(node.ports.post, '127.0.0.1')
      inner.on('error', () => socket.destroy())
      socket.on('data', (data) => void (isDead() || inner.write(data)))
      inner.on('data', (data) => void (isDead() || socket.write(data)))
      socket.on('close', () => inner.destroy())
    })
    let first: net.Socket | undefined
    const { seen } = watching({ ...node.addresses, post: relay })
    await until('up', () => seen.isUp('post'))
    isBlackHole = true
    await until('down', () => seen.isDown('post'))
    await until('up over a new connection', () => seen.isUp('post'))
    expect(connections).toBe(2)
  })

  it('subscribes again when a message of the stream is cut in the middle', async () => {
    let subscriptions = 0
    const frame = (help: string): Buffer => {
      const body = toBinary(EventSchema, create(EventSchema, { help }))
      const head = Buffer.alloc(5)
      head.writeUInt32BE(body.length, 1)
      return Buffer.concat([head, body])
    }
    const address = await h2Server((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      stream.once('data', () => {
        subscriptions += 1
        stream.write(frame('whole'))
        if (subscriptions === 1) stream.write(frame('half of it').subarray(0, 9), () => stream.session?.destroy())
        else stream.write(frame('half of it'))
      })
    })
    const { seen } = watching({ public: '127.0.0.1:1', post: '127.0.0.1:1', private: address })
    await until('both told', () => seen.events().length === 2)
    expect(seen.events().map((event) => event.help)).toEqual(['whole', 'half of it'])
  })

  it('does not take a refused subscription for a connected one', async () => {
    const node = await aNode()
    const { seen } = watching({ ...node.addresses, private: node.addresses.post })
    await until('judged', () => seen.isDown('private'))
    expect(seen.of('node-api').filter((one) => one.listener === 'private' && one.reach === 'up')).toEqual([])
  })

  it('refuses a method that is not on the list', async () => {
    const node = await aNode()
    const { client } = watching(node.addresses)
    await expect(client.call(v1.SmesherService.method.setCoinbase, {})).rejects.toThrow(/not on the list of calls/)
  })
})
