import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { Server, ServerCredentials, status, type ServerWritableStream } from '@grpc/grpc-js'
import net from 'node:net'
import { servedBy, v1, v2alpha1 } from '../../../electron/node-api/index.ts'
import { EventSchema, type Event, type EventStreamRequest } from '../../../proto/gen/spacemesh/v1/admin_pb.js'
import { VersionResponseSchema } from '../../../proto/gen/spacemesh/v1/node_pb.js'
import { PostStatesResponseSchema } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { SmesherIDsResponseSchema } from '../../../proto/gen/spacemesh/v1/smesher_pb.js'
import { ActivationListSchema, type Activation } from '../../../proto/gen/spacemesh/v2alpha1/activation_pb.js'
import { MalfeasanceProofSchema } from '../../../proto/gen/spacemesh/v2alpha1/malfeasance_pb.js'
import { NodeStatusResponseSchema } from '../../../proto/gen/spacemesh/v2alpha1/node_pb.js'

type EventInit = MessageInitShape<typeof EventSchema>

/** What the test node answers; tests change it while it runs. */
export interface TestWorld {
  version: string
  /** undefined: this package is not served. */
  packages: ('v2alpha1' | 'v2beta1')[]
  syncStatus: number
  peers: number
  states: MessageInitShape<typeof PostStatesResponseSchema>['states']
  ids: Uint8Array[]
  activations: MessageInitShape<typeof ActivationListSchema>['activations']
  proofs: MessageInitShape<typeof MalfeasanceProofSchema>[]
  hasMalfeasanceStream: boolean
  /** Sent to every new subscriber, like the node's ring. */
  ring: (EventInit | Event)[]
  /** Calls of this method get no answer at all. */
  silent: Set<string>
  /** What was called, in order. */
  readonly calls: string[]
}

export const aWorld = (): TestWorld => ({
  version: 'v1.8.3',
  packages: ['v2alpha1', 'v2beta1'],
  syncStatus: 3,
  peers: 7,
  states: [],
  ids: [],
  activations: [],
  proofs: [],
  hasMalfeasanceStream: true,
  ring: [],
  silent: new Set(),
  calls: [],
})

/** A gRPC server of the node's three listeners, each on a port of its own, in this process. */
export class TestNode {
  readonly #servers = new Map<string, Server>()
  readonly ports = { public: 0, private: 0, post: 0 }
  readonly subscribers = new Set<ServerWritableStream<EventStreamRequest, Event>>()
  readonly world: TestWorld

  private constructor(world: TestWorld) {
    this.world = world
  }

  static async start(world = aWorld()): Promise<TestNode> {
    const node = new TestNode(world)
    await node.up()
    return node
  }

  get addresses(): { public: string; private: string; post: string } {
    const at = (port: number): string => `127.0.0.1:${port}`
    return { public: at(this.ports.public), private: at(this.ports.private), post: at(this.ports.post) }
  }

  async up(): Promise<void> {
    for (const [name, server] of [
      ['public', this.#public()],
      ['private', this.#private()],
      ['post', this.#post()],
    ] as const) {
      this.ports[name] = await bound(server, this.ports[name])
      this.#servers.set(name, server)
    }
  }

  /** As if the process was killed. */
  down(): void {
    this.subscribers.clear()
    for (const server of this.#servers.values()) server.forceShutdown()
    this.#servers.clear()
  }

  say(event: EventInit | Event): void {
    this.world.ring.push(event)
    for (const subscriber of this.subscribers) subscriber.write(create(EventSchema, event))
  }

  #heard(name: string, answer: () => void): void {
    this.world.calls.push(name)
    if (!this.world.silent.has(name)) answer()
  }

  #public(): Server {
    const server = new Server()
    server.addService(
      ...servedBy(v1.NodeService, {
        version: (_call, reply) =>
          this.#heard('Version', () => reply(null, create(VersionResponseSchema, { versionString: { value: this.world.version } }))),
        status: (_call, reply) =>
          this.#heard('v1.Status', () =>
            reply(null, create(v1.NodeService.method.status.output, { status: { isSynced: true, topLayer: { number: 5 } } })),
          ),
      }),
    )
    server.addService(
      ...servedBy(v1.MeshService, {
        malfeasanceQuery: (call, reply) =>
          this.#heard('MalfeasanceQuery', () => {
            const banned = this.world.proofs.find((p) => Buffer.from(p.smesher ?? []).toString('hex') === call.request.smesherHex)
            const proof = banned === undefined ? {} : { smesherId: { id: banned.smesher ?? new Uint8Array() }, kind: banned.type ?? 0 }
            reply(null, create(v1.MeshService.method.malfeasanceQuery.output, { proof }))
          }),
      }),
    )
    for (const name of this.world.packages) this.#addV2(server, name)
    return server
  }

  /** Both packages have the same wire format, so the handlers of one type serve both. */
  #addV2(server: Server, name: 'v2alpha1' | 'v2beta1'): void {
    server.addService(
      ...servedBy(
        v2alpha1.NodeService,
        {
          status: (_call, reply) =>
            this.#heard(`${name}.Status`, () =>
              reply(
                null,
                create(NodeStatusResponseSchema, {
                  status: this.world.syncStatus,
                  connectedPeers: BigInt(this.world.peers),
                  currentLayer: 30,
                  latestLayer: 29,
                  appliedLayer: 28,
                }),
              ),
            ),
        },
        name,
      ),
    )
    server.addService(
      ...servedBy(
        v2alpha1.ActivationService,
        {
          list: (call, reply) =>
            this.#heard(`${name}.Activation.List`, () => {
              const { limit, offset, smesherId, startEpoch, endEpoch } = call.request
              if (limit === 0n) return reply({ code: status.INVALID_ARGUMENT, details: 'limit must be set to <= 100' })
              const wanted = new Set(smesherId.map((id) => Buffer.from(id).toString('hex')))
              const all = (this.world.activations ?? []).filter(
                (one) =>
                  wanted.has(Buffer.from(one.smesherId ?? []).toString('hex')) &&
                  (one.publishEpoch ?? 0) >= startEpoch &&
                  (endEpoch === 0 || (one.publishEpoch ?? 0) <= endEpoch),
              )
              return reply(
                null,
                create(ActivationListSchema, { activations: all.slice(Number(offset), Number(offset + limit)) as Activation[] }),
              )
            }),
        },
        name,
      ),
    )
  }

  #private(): Server {
    const server = new Server()
    server.addService(
      ...servedBy(v1.SmesherService, {
        smesherIDs: (_call, reply) =>
          this.#heard('SmesherIDs', () => reply(null, create(SmesherIDsResponseSchema, { publicKeys: this.world.ids }))),
      }),
    )
    server.addService(
      ...servedBy(v1.AdminService, {
        eventsStream: (call) =>
          this.#heard('EventsStream', () => {
            call.sendMetadata(call.metadata)
            this.subscribers.add(call)
            call.on('cancelled', () => this.subscribers.delete(call))
            for (const event of this.world.ring) call.write(create(EventSchema, event))
          }),
      }),
    )
    if (this.world.hasMalfeasanceStream) {
      for (const name of this.world.packages) {
        server.addService(
          ...servedBy(
            v2alpha1.MalfeasanceStreamService,
            {
              stream: (call) =>
                this.#heard(`${name}.Malfeasance.Stream`, () => {
                  for (const proof of this.world.proofs) call.write(create(MalfeasanceProofSchema, proof))
                  call.end()
                }),
            },
            name,
          ),
        )
      }
    }
    return server
  }

  #post(): Server {
    const server = new Server()
    server.addService(
      ...servedBy(v1.PostInfoService, {
        postStates: (_call, reply) =>
          this.#heard('PostStates', () => reply(null, create(PostStatesResponseSchema, { states: this.world.states ?? [] }))),
      }),
    )
    return server
  }
}

function bound(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, got) => (error ? reject(error) : resolve(got))),
  )
}

/** A plain TCP server for everything that is not a node. */
export async function tcpServer(talk: (socket: net.Socket) => void): Promise<{ address: string; close(): void }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    talk(socket)
  })
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const at = server.address()
      resolve(typeof at === 'object' && at !== null ? at.port : 0)
    }),
  )
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
