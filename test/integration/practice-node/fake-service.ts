import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { Client, credentials, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js'
import { methodDefinition, v1, type TypedMethod } from '../../../electron/node-api/index.ts'
import { GenProofStatus, ServiceResponseSchema, type NodeRequest, type ServiceResponse } from '../../../proto/gen/spacemesh/v1/post_pb.js'
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'

export interface FakeService {
  /** Hex of every challenge that was asked for, in order. */
  readonly challenges: string[]
  /** Error that ended the stream. */
  readonly ended: Promise<ServiceError | undefined>
  close(): void
}

type Outcome = 'valid' | 'invalid' | 'error'

/** The service's end of the stream, as thin as it can be: the second request for a challenge gets the proof. */
export function fakeService(address: string, id: string, outcome: (challenge: string, ask: number) => Outcome): FakeService {
  const client = new Client(address, credentials.createInsecure())
  const method = methodDefinition(v1.PostService.method.register)
  const stream: ClientDuplexStream<ServiceResponse, NodeRequest> = client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
  )
  const challenges: string[] = []
  const meta = { nodeId: Buffer.from(id, 'hex'), commitmentAtxId: new Uint8Array(32).fill(7), nonce: 5n, numUnits: 4, labelsPerUnit: 64n }
  const answer = (kind: MessageInitShape<typeof ServiceResponseSchema>['kind']): void => {
    if (kind !== undefined) stream.write(create(ServiceResponseSchema, { kind }))
  }
  stream.on('data', (request: NodeRequest) => {
    if (request.kind.case === 'metadata') return answer({ case: 'metadata', value: { meta } })
    if (request.kind.case !== 'genProof') return
    const { challenge } = request.kind.value
    const text = Buffer.from(challenge).toString('hex')
    challenges.push(text)
    const asked = challenges.filter((c) => c === text).length
    const how = outcome(text, asked)
    if (how === 'error') return answer({ case: 'genProof', value: { status: GenProofStatus.ERROR } })
    if (asked % 2 === 1) return answer({ case: 'genProof', value: { status: GenProofStatus.OK } })
    const proof = { nonce: 3, indices: new Uint8Array([1, 2, 3]), pow: how === 'invalid' ? 1n : 2n }
    answer({ case: 'genProof', value: { status: GenProofStatus.OK, proof, metadata: { challenge, meta } } })
  })
  const ended = new Promise<ServiceError | undefined>((resolve) => {
    stream.once('error', (error: Error) => resolve(error as ServiceError))
    stream.once('end', () => resolve(undefined))
  })
  return { challenges, ended, close: () => client.close() }
}

/** One unary call. Rejects with the gRPC error. */
export function call<I extends DescMessage, O extends DescMessage>(
  address: string,
  method: TypedMethod<'unary', I, O>,
  request: MessageInitShape<I>,
): Promise<MessageShape<O>> {
  const client = new Client(address, credentials.createInsecure())
  const definition = methodDefinition(method)
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      create(method.input, request),
      { deadline: Date.now() + 5000 },
      (error, value) => {
        client.close()
        if (value === undefined) reject(error ?? new Error('no answer'))
        else resolve(value)
      },
    )
  })
}

/** A server stream, collected. */
export function collect<I extends DescMessage, O extends DescMessage>(
  address: string,
  method: TypedMethod<'server_streaming', I, O>,
  request: MessageInitShape<I>,
): { readonly messages: MessageShape<O>[]; readonly ended: Promise<ServiceError | undefined>; close(): void } {
  const client = new Client(address, credentials.createInsecure())
  const definition = methodDefinition(method)
  const messages: MessageShape<O>[] = []
  const stream = client.makeServerStreamRequest(
    definition.path,
    definition.requestSerialize,
    definition.responseDeserialize,
    create(method.input, request),
  )
  stream.on('data', (message: MessageShape<O>) => messages.push(message))
  const ended = new Promise<ServiceError | undefined>((resolve) => {
    stream.once('error', (error: Error) => resolve(error as ServiceError))
    stream.once('end', () => resolve(undefined))
  })
  return { messages, ended, close: () => client.close() }
}
