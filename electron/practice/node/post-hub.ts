import { create, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf'
import { Metadata, status, type ServerDuplexStream, type UntypedHandleCall } from '@grpc/grpc-js'
import { GenProofStatus, NodeRequestSchema, PostService, type ServiceResponseSchema } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { methodDefinition } from '../../node-api/index.ts'
import type { PostMeta, PostProof } from './local-db.ts'
import type { NodeLog } from './log.ts'
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

export interface PostHub {
  readonly route: Route
  isRegistered(id: string): boolean
  /** One request, one answer; requests to one service are strictly serial. */
  ask(id: string, challenge: Uint8Array): Promise<ProofAnswer>
  closeAll(clean: boolean): void
}

interface Service {
  send(request: Request): boolean
  answer: ((response: Response | undefined) => void) | undefined
  queue: Promise<unknown>
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

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
export function postHub(log: NodeLog, serving: Serving, hasCoinbase: () => boolean): PostHub {
  const services = new Map<string, Service>()
  const streams = new Set<Stream>()
  const definition = methodDefinition(PostService.method.register)

  const refuse = (stream: Stream, error: RpcError): void => {
    serving.failed(definition.path, error)
    stream.emit('error', { code: error.code, details: error.details })
  }

  const enroll = (stream: Stream, response: Response): { id: string; service: Service } | undefined => {
    if (response.kind.case !== 'metadata') {
      refuse(stream, new RpcError(status.UNKNOWN, `expected metadata response, got ${response.kind.case ?? 'nothing'}`))
      return undefined
    }
    const meta = response.kind.value.meta
    if (meta === undefined) {
      refuse(stream, new RpcError(status.UNKNOWN, 'expected metadata, got empty response'))
      return undefined
    }
    const id = hex(meta.nodeId)
    if (services.has(id)) {
      refuse(stream, new RpcError(status.UNKNOWN, 'post service already registered'))
      return undefined
    }
    const service: Service = { send: (r) => stream.write(create(NodeRequestSchema, r)), answer: undefined, queue: Promise.resolve() }
    services.set(id, service)
    log('INFO', 'node.postService', 'post service registered', { node_id: id })
    return { id, service }
  }

  const handle = (stream: Stream): void => {
    if (!hasCoinbase()) {
      return refuse(stream, new RpcError(status.FAILED_PRECONDITION, 'connection not allowed: node has no coinbase set in config'))
    }
    stream.sendMetadata(new Metadata())
    streams.add(stream)
    let mine: { id: string; service: Service } | undefined
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      streams.delete(stream)
      if (mine !== undefined && services.get(mine.id) === mine.service) services.delete(mine.id)
      mine?.service.answer?.(undefined)
    }
    stream.on('data', (response: Response) => {
      if (mine === undefined) mine = enroll(stream, response)
      else mine.service.answer?.(response)
    })
    stream.on('end', () => {
      over()
      stream.end()
    })
    for (const event of ['cancelled', 'close', 'error']) stream.on(event, over)
    stream.write(create(NodeRequestSchema, { kind: { case: 'metadata', value: {} } }))
  }

  return {
    route: {
      path: definition.path,
      definition: definition as unknown as Route['definition'],
      handle: handle as unknown as UntypedHandleCall,
    },
    isRegistered: (id) => services.has(id),
    ask(id, challenge) {
      const service = services.get(id)
      if (service === undefined) return Promise.resolve({ kind: 'gone' })
      const turn = service.queue.then(
        () =>
          new Promise<ProofAnswer>((resolve) => {
            if (services.get(id) !== service) return resolve({ kind: 'gone' })
            service.answer = (response) => {
              service.answer = undefined
              resolve(readAnswer(response))
            }
            service.send({ kind: { case: 'genProof', value: { challenge } } })
          }),
      )
      service.queue = turn
      return turn
    },
    closeAll(clean) {
      for (const stream of streams) {
        if (clean) stream.end()
        else stream.emit('error', { code: status.UNAVAILABLE, details: 'transport is closing' })
      }
    },
  }
}
