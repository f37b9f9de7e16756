import { create, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf'
import { Metadata, status, type ServerDuplexStream } from '@grpc/grpc-js'
import { GenProofStatus, NodeRequestSchema, PostService, type ServiceResponseSchema } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { methodDefinition } from '../../node-api/index.ts'
import type { PostMeta, PostProof } from './local-db.ts'
import type { NodeLog } from './log.ts'
import { hexOf } from './messages.ts'
import { RpcError, type Route, type Serving } from './rpc.ts'

type Response = MessageShape<typeof ServiceResponseSchema>
type Request = MessageInitShape<typeof NodeRequestSchema>
type Stream = ServerDuplexStream<Response, MessageShape<typeof NodeRequestSchema>>

/** What a service answered to one request for a proof. */
export type ProofAnswer =
  | { readonly kind: 'working' }
  | { readonly kind: 'error' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'proof'; readonly proof: PostProof; readonly meta: PostMeta; readonly challenge: Uint8Array }

interface Service {
  send(request: Request): boolean
  answer: ((response: Response | undefined) => void) | undefined
  queue: Promise<unknown>
}

function readAnswer(response: Response | undefined): ProofAnswer {
  if (response === undefined) return { kind: 'gone' }
  if (response.kind.case !== 'genProof') return { kind: 'error' }
  const { status: state, proof, metadata } = response.kind.value
  if (state !== GenProofStatus.OK) return { kind: 'error' }
  const meta = metadata?.meta
  if (proof === undefined || meta === undefined) return { kind: 'working' }
  return {
    kind: 'proof',
    challenge: metadata?.challenge ?? new Uint8Array(),
    proof: { nonce: proof.nonce, indices: proof.indices, pow: proof.pow },
    meta: {
      numUnits: meta.numUnits,
      labelsPerUnit: meta.labelsPerUnit,
      commitmentAtx: meta.commitmentAtxId,
      vrfNonce: meta.nonce ?? 0n,
    },
  }
}

/** The node's end of PoST services: metadata first, then requests for proofs while one is needed. */
export class PostHub {
  readonly route: Route
  private readonly services = new Map<string, Service>()
  private readonly streams = new Set<Stream>()
  private readonly log: NodeLog
  private readonly serving: Serving
  private readonly hasCoinbase: () => boolean

  constructor(log: NodeLog, serving: Serving, hasCoinbase: () => boolean) {
    this.log = log
    this.serving = serving
    this.hasCoinbase = hasCoinbase
    const definition = methodDefinition(PostService.method.register)
    this.route = {
      path: definition.path,
      definition: definition as unknown as Route['definition'],
      handle: (stream: Stream) => this.open(stream),
    }
  }

  isRegistered(id: string): boolean {
    return this.services.has(id)
  }

  /** One request, one answer; requests to one service are strictly serial. */
  ask(id: string, challenge: Uint8Array): Promise<ProofAnswer> {
    const service = this.services.get(id)
    if (service === undefined) return Promise.resolve({ kind: 'gone' })
    const turn = service.queue.then(
      () =>
        new Promise<ProofAnswer>((resolve) => {
          if (this.services.get(id) !== service) return resolve({ kind: 'gone' })
          service.answer = (response) => {
            service.answer = undefined
            resolve(readAnswer(response))
          }
          service.send({ kind: { case: 'genProof', value: { challenge } } })
        }),
    )
    service.queue = turn
    return turn
  }

  /** From 1.8 on the streams end cleanly when the node stops. */
  closeAll(clean: boolean): void {
    for (const stream of this.streams) {
      if (clean) stream.end()
      else stream.emit('error', { code: status.UNAVAILABLE, details: 'transport is closing' })
    }
  }

  private refuse(stream: Stream, code: status, details: string): undefined {
    this.serving.failed(this.route.path, new RpcError(code, details))
    stream.emit('error', { code, details })
    return undefined
  }

  private enroll(stream: Stream, response: Response): { id: string; service: Service } | undefined {
    if (response.kind.case !== 'metadata') {
      return this.refuse(stream, status.UNKNOWN, `expected metadata response, got ${response.kind.case ?? 'nothing'}`)
    }
    const meta = response.kind.value.meta
    if (meta === undefined) return this.refuse(stream, status.UNKNOWN, 'expected metadata, got empty response')
    const id = hexOf(meta.nodeId)
    if (this.services.has(id)) return this.refuse(stream, status.UNKNOWN, 'post service already registered')
    const service: Service = { send: (r) => stream.write(create(NodeRequestSchema, r)), answer: undefined, queue: Promise.resolve() }
    this.services.set(id, service)
    this.log('INFO', 'node.postService', 'post service registered', { node_id: id })
    return { id, service }
  }

  private open(stream: Stream): void {
    if (!this.hasCoinbase()) {
      this.refuse(stream, status.FAILED_PRECONDITION, 'connection not allowed: node has no coinbase set in config')
      return
    }
    stream.sendMetadata(new Metadata())
    this.streams.add(stream)
    let mine: { id: string; service: Service } | undefined
    const over = (): void => {
      if (!this.streams.delete(stream)) return
      if (mine !== undefined && this.services.get(mine.id) === mine.service) this.services.delete(mine.id)
      mine?.service.answer?.(undefined)
    }
    stream.on('data', (response: Response) => {
      if (mine === undefined) mine = this.enroll(stream, response)
      else mine.service.answer?.(response)
    })
    stream.on('end', () => {
      over()
      stream.end()
    })
    for (const event of ['cancelled', 'close', 'error']) stream.on(event, over)
    stream.write(create(NodeRequestSchema, { kind: { case: 'metadata', value: {} } }))
  }
}
