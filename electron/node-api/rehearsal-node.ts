import { create, type MessageShape } from '@bufbuild/protobuf'
import { Metadata, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import {
  GenProofStatus,
  NodeRequestSchema,
  PostService,
  type NodeRequest,
  type ServiceResponseSchema,
} from '../../proto/gen/spacemesh/v1/post_pb.js'
import { servedBy } from './grpc.ts'

type Response = MessageShape<typeof ServiceResponseSchema>
type Stream = ServerDuplexStream<Response, NodeRequest>

export type RehearsalEnd =
  | { readonly is: 'proved'; readonly identity: string; readonly numUnits: number }
  /** The service says that it cannot make a proof, or that its own check of it failed: the reason is in its log. */
  | { readonly is: 'failed' }

/** The node's end of one PoST service that is asked for one proof which nobody ever publishes. */
export interface RehearsalNode {
  /** For `--address`. */
  readonly address: string
  /** The service is there and said whose data it has. */
  readonly registered: Promise<string>
  readonly done: Promise<RehearsalEnd>
  close(): void
}

function promised<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve: (value) => resolve(value) }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/**
 * Listens on this machine only and asks whoever connects for its metadata, then for one proof, as a node does.
 * @param challenge    32 bytes of no meaning: no ATX can be made with the proof
 * @param askEveryMs   the node's own pace is 2,000
 * @source facts/grpc-api.md (PostService.Register), facts/post-service.md §4
 */
export async function openRehearsalNode(challenge: Uint8Array, askEveryMs = 1_000): Promise<RehearsalNode> {
  const registered = promised<string>()
  const done = promised<RehearsalEnd>()
  const server = new Server()
  let isClosed = false
  const serve = (stream: Stream): void => {
    stream.sendMetadata(new Metadata())
    const ask = (): void => {
      if (!isClosed && stream.writable) stream.write(create(NodeRequestSchema, { kind: { case: 'genProof', value: { challenge } } }))
    }
    stream.on('data', ({ kind }: Response) => {
      if (kind.case === 'metadata') {
        registered.resolve(hexOf(kind.value.meta?.nodeId ?? new Uint8Array()))
        return ask()
      }
      if (kind.case !== 'genProof') return
      const { status, proof, metadata } = kind.value
      if (status !== GenProofStatus.OK) return done.resolve({ is: 'failed' })
      if (proof === undefined) return void setTimeout(ask, askEveryMs).unref()
      const meta = metadata?.meta
      done.resolve({ is: 'proved', identity: hexOf(meta?.nodeId ?? new Uint8Array()), numUnits: meta?.numUnits ?? 0 })
    })
    stream.on('end', () => stream.end())
    stream.on('error', () => {}) // the service went away: its end is told by its process
    stream.write(create(NodeRequestSchema, { kind: { case: 'metadata', value: {} } }))
  }
  server.addService(...servedBy(PostService, { register: serve }))
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (fault, bound) => (fault === null ? resolve(bound) : reject(fault)))
  })
  return {
    address: `http://127.0.0.1:${port}`,
    registered: registered.promise,
    done: done.promise,
    close() {
      isClosed = true
      server.forceShutdown()
    },
  }
}
