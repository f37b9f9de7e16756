import { create } from '@bufbuild/protobuf'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../electron/lib/clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { askPostStates, createNodeClient, servedBy, v1, type TlsFiles } from '../../../electron/node-api/index.ts'
import { PostStatesResponseSchema } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { id, idBytes } from './watching.ts'

const file = (name: string): string => path.join(import.meta.dirname, 'tls', name)
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** The node's TLS listener: demands a certificate of its own authority. */
async function tlsNode(): Promise<string> {
  const server = new Server()
  server.addService(
    ...servedBy(v1.PostInfoService, {
      postStates: (_call, reply) =>
        reply(null, create(PostStatesResponseSchema, { states: [{ id: idBytes(1), state: 1, name: 'a.key' }] })),
    }),
  )
  const pair = { private_key: readFileSync(file('node.key')), cert_chain: readFileSync(file('node.pem')) }
  const security = ServerCredentials.createSsl(readFileSync(file('ca.pem')), [pair], true)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', security, (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  closers.push(() => server.forceShutdown())
  return `127.0.0.1:${port}`
}

const ask = (address: string, tls: TlsFiles | null) => {
  const listeners = { public: '127.0.0.1:1', private: '127.0.0.1:1', post: address }
  const client = createNodeClient({ listeners, tls, clock: systemClock, log: silentLogger, deadlineMs: 5_000 })
  closers.push(() => client.close())
  return askPostStates(client)
}

const files: TlsFiles = { caCert: file('ca.pem'), cert: file('client.pem'), key: file('client.key'), domain: 'node.example' }

describe('a TLS post listener', () => {
  it('answers a client that its authority knows', async () => {
    const answer = await ask(await tlsNode(), files)
    expect(answer).toEqual({ ok: true, value: [{ identity: id(1), state: 'idle', name: 'a.key' }] })
  })

  it('is not believed when its certificate bears another name', async () => {
    const answer = await ask(await tlsNode(), { ...files, domain: 'other.example' })
    expect(answer.ok ? 'ok' : answer.fault.code).toBe('node-api/tls')
  })

  it('is not reached without TLS', async () => {
    const answer = await ask(await tlsNode(), null)
    expect(answer.ok).toBe(false)
    expect(answer.ok ? '' : answer.fault.code).toMatch(/unreachable|not-grpc/)
  })

  it('is told apart from a listener without TLS', async () => {
    const server = new Server()
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
    )
    closers.push(() => server.forceShutdown())
    const answer = await ask(`127.0.0.1:${port}`, files)
    expect(answer.ok ? '' : `${answer.fault.code}: ${answer.fault.detail}`).toBe(
      `node-api/tls: The listener at 127.0.0.1:${port} does not speak TLS.`,
    )
  })
})
