import { create } from '@bufbuild/protobuf'
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { methodDefinition, servedBy, v1 } from '../../../electron/node-api/index.ts'
import { EventSchema } from '../../../proto/gen/spacemesh/v1/admin_pb.js'
import {
  NodeRequestSchema,
  PostStatesRequestSchema,
  PostStatesResponseSchema,
  ServiceResponseSchema,
} from '../../../proto/gen/spacemesh/v1/post_pb.js'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(server: Server): Promise<Client> {
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 })
  closers.push(
    () => client.close(),
    () => server.forceShutdown(),
  )
  return client
}

describe('services made from descriptors', () => {
  it('answer unary calls, streams and both at once', async () => {
    const server = new Server()
    const id = new Uint8Array(32).fill(7)
    server.addService(
      ...servedBy(v1.PostInfoService, {
        postStates: (_call, answer) => answer(null, create(PostStatesResponseSchema, { states: [{ id, state: 2, name: 'a.key' }] })),
      }),
    )
    server.addService(
      ...servedBy(v1.AdminService, {
        eventsStream: (call) => {
          call.write(create(EventSchema, { help: 'one' }))
          call.end()
        },
      }),
    )
    server.addService(
      ...servedBy(v1.PostService, {
        register: (call) => {
          call.on('data', (said: { kind: { case?: string } }) => {
            expect(said.kind.case).toBe('metadata')
            call.write(create(NodeRequestSchema, { kind: { case: 'genProof', value: { challenge: new Uint8Array(32) } } }))
            call.end()
          })
          call.write(create(NodeRequestSchema, { kind: { case: 'metadata', value: {} } }))
        },
      }),
    )
    const client = await serve(server)

    const postStates = methodDefinition(v1.PostInfoService.method.postStates)
    const states = await new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        postStates.path,
        postStates.requestSerialize,
        postStates.responseDeserialize,
        create(PostStatesRequestSchema),
        (error, value) => (error ? reject(error) : resolve(value?.states)),
      ),
    )
    expect(states).toMatchObject([{ state: 2, name: 'a.key', id }])

    const events = methodDefinition(v1.AdminService.method.eventsStream)
    const stream = client.makeServerStreamRequest(
      events.path,
      events.requestSerialize,
      events.responseDeserialize,
      create(v1.AdminService.method.eventsStream.input),
    )
    const helps: string[] = []
    for await (const event of stream) helps.push((event as { help: string }).help)
    expect(helps).toEqual(['one'])

    const register = methodDefinition(v1.PostService.method.register)
    const both = client.makeBidiStreamRequest(register.path, register.requestSerialize, register.responseDeserialize)
    const kinds: unknown[] = []
    for await (const asked of both) {
      const { kind } = asked as { kind: { case?: string } }
      kinds.push(kind.case)
      if (kind.case === 'metadata')
        both.write(create(ServiceResponseSchema, { kind: { case: 'metadata', value: { meta: { numUnits: 4 } } } }))
    }
    expect(kinds).toEqual(['metadata', 'genProof'])
  })
})
