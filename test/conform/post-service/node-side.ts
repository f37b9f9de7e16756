import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { create } from '@bufbuild/protobuf'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { GenProofStatus, NodeRequestSchema, type NodeRequest, type ServiceResponse } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { servedBy, v1 } from '../../../electron/node-api/index.ts'

type Call = ServerDuplexStream<ServiceResponse, NodeRequest>

/** A free loopback port. Someone else may take it before we do: the caller sees that as a failed start. */
export const freePort = async (): Promise<number> => {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

/** Holds a port so that nobody else can listen on it. */
export async function holdPort(port: number): Promise<() => void> {
  const server = createTcpServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return () => server.close()
}

/** One answer of the service as a word: which kind, and how its proof is described. */
export function wordOf(response: ServiceResponse): string {
  if (response.kind.case === 'metadata') return 'metadata'
  if (response.kind.case !== 'genProof') return 'nothing'
  const { status, proof, metadata } = response.kind.value
  if (status === GenProofStatus.ERROR) return 'error'
  if (proof === undefined) return 'ok'
  const meta = metadata?.meta
  return `proof with challenge ${metadata?.challenge.length ?? 0}, ${meta?.numUnits ?? 0} x ${String(meta?.labelsPerUnit ?? 0)}, id ${meta?.nodeId.length ?? 0}`
}

/** The node's end, as the recorder made it: asks for metadata, then for a proof again and again. */
export class NodeSide {
  readonly port: number
  readonly answers: string[] = []
  connections = 0
  readonly #everyMs: number
  readonly #refuse: string | undefined
  readonly #isBusy: () => Promise<boolean>
  #asked: Uint8Array | undefined
  #server: Server | undefined
  #challenge: Uint8Array | undefined
  /** Who waits for the answer of each connection. */
  readonly #calls = new Map<Call, () => void>()

  /** @param isBusy looks before each request whether the data are being read: asking for the same proof would say nothing
   * then, and could fetch it before anyone has seen that it is done */
  constructor(port: number, everyMs: number, isBusy: () => Promise<boolean>, refuse?: string) {
    this.#isBusy = isBusy
    this.port = port
    this.#everyMs = everyMs
    this.#refuse = refuse
  }

  /** Undefined: asks nothing. */
  ask(challenge: Uint8Array | undefined): void {
    this.#challenge = challenge
  }

  async start(): Promise<void> {
    const server = new Server()
    server.addService(...servedBy(v1.PostService, { register: (call) => void this.#attend(call) }))
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (cause) =>
        cause === null ? resolve() : reject(cause),
      )
    })
    this.#server = server
  }

  /** Ends like a killed process: connections break. */
  kill(): void {
    this.#server?.forceShutdown()
    this.#server = undefined
  }

  async #attend(call: Call): Promise<void> {
    this.connections += 1
    this.#calls.set(call, () => {})
    const forget = (): void => {
      const wake = this.#calls.get(call)
      this.#calls.delete(call)
      wake?.()
    }
    call.on('error', forget)
    call.on('end', forget)
    call.on('cancelled', forget)
    call.on('data', (response: ServiceResponse) => {
      const word = wordOf(response)
      this.answers.push(word)
      if (word === 'metadata' && this.#refuse !== undefined) call.emit('error', { code: 2, details: this.#refuse })
      else if (word.startsWith('proof')) this.#challenge = undefined
      this.#calls.get(call)?.()
    })
    await this.#exchange(call, create(NodeRequestSchema, { kind: { case: 'metadata', value: {} } }))
    while (this.#calls.has(call)) {
      await new Promise((resolve) => setTimeout(resolve, this.#everyMs))
      const isBusy = await this.#isBusy()
      const challenge = this.#challenge
      if (challenge === undefined || !this.#calls.has(call) || (isBusy && challenge === this.#asked)) continue
      this.#asked = challenge
      await this.#exchange(call, create(NodeRequestSchema, { kind: { case: 'genProof', value: { challenge } } }))
    }
  }

  /** One request at a time, as the node does. */
  async #exchange(call: Call, request: NodeRequest): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#calls.set(call, resolve))
    call.write(request)
    await answered
  }
}

/** A gRPC server that does not know the service: the node's other listeners. */
export async function wrongListener(port: number): Promise<() => void> {
  const server = createHttp2Server()
  server.on('stream', (stream) => {
    const status = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }
    stream.respond({ ...status, 'grpc-message': 'unknown service spacemesh.v1.PostService' }, { endStream: true })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return () => server.close()
}

/** An HTTP/1 server; with `answer` a k2pow service. */
export async function httpServer(
  port: number,
  answer: (request: IncomingMessage) => { status: number; body: string },
): Promise<() => void> {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    const { status, body } = answer(request)
    response.writeHead(status).end(body)
  })
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
}
