import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import type { ServiceContext } from './context.ts'
import {
  GenProofStatus,
  MetadataSchema,
  NodeRequestSchema,
  PostService,
  ServiceResponseSchema,
  type Metadata,
} from '../../../proto/gen/spacemesh/v1/post_pb.js'
import { FatalStart, report } from './log.ts'
import { serveNode, type LinkEnd, type LinkOptions } from './link.ts'
import { describe, type PostMetadata } from './metadata.ts'
import type { FoundProof } from './prover.ts'
import type { ProofAnswer, ProvingService } from './service.ts'

const PATH = `/${PostService.typeName}/${PostService.method.register.name}`

const metadataMessage = (metadata: PostMetadata): Metadata =>
  create(MetadataSchema, {
    nodeId: metadata.nodeId,
    commitmentAtxId: metadata.commitmentAtxId,
    numUnits: metadata.numUnits,
    labelsPerUnit: BigInt(metadata.labelsPerUnit),
    ...(metadata.nonce === undefined ? {} : { nonce: BigInt(metadata.nonce) }),
  })

/** Indices packed to whole bytes each, little-endian. */
function packed(proof: FoundProof, numLabels: number): Uint8Array {
  const width = Math.max(1, Math.ceil((Math.floor(Math.log2(Math.max(1, numLabels))) + 1) / 8))
  const bytes = Buffer.alloc(width * proof.indices.length)
  proof.indices.forEach((index, i) => bytes.writeUIntLE(index, i * width, Math.min(6, width)))
  return new Uint8Array(bytes)
}

type Reply = MessageInitShape<typeof ServiceResponseSchema>

function proofMessage(answer: ProofAnswer, challenge: Uint8Array, metadata: PostMetadata): Reply {
  if (answer.kind === 'error') return { kind: { case: 'genProof', value: { status: GenProofStatus.ERROR } } }
  if (answer.kind === 'running') return { kind: { case: 'genProof', value: { status: GenProofStatus.OK } } }
  const { proof } = answer
  return {
    kind: {
      case: 'genProof',
      value: {
        status: GenProofStatus.OK,
        proof: { nonce: proof.nonce, pow: proof.pow, indices: packed(proof, metadata.numUnits * metadata.labelsPerUnit) },
        metadata: { challenge, meta: metadataMessage(metadata) },
      },
    },
  }
}

/** Answers one `NodeRequest`. */
async function answerRequest(context: ServiceContext, service: ProvingService, bytes: Uint8Array): Promise<Uint8Array> {
  const { kind } = fromBinary(NodeRequestSchema, bytes)
  if (kind.case === 'genProof') {
    const { challenge } = kind.value
    const answer = await service.genProof(challenge)
    return toBinary(ServiceResponseSchema, create(ServiceResponseSchema, proofMessage(answer, challenge, context.metadata)))
  }
  context.log('INFO', 'post_service::client', `obtained metadata: ${describe(context.metadata)}`)
  const meta = metadataMessage(context.metadata)
  return toBinary(ServiceResponseSchema, create(ServiceResponseSchema, { kind: { case: 'metadata', value: { meta } } }))
}

function logEnd(context: ServiceContext, end: LinkEnd): void {
  const say = (text: string): void => context.log('INFO', 'post_service::client', text)
  if (end.at === 'not-connected') say(`could not connect to the node: tonic::transport::Error(Transport, ${end.why})`)
  else if (end.at === 'closed') say('disconnected: Ok(())')
  else {
    const lines = context.version === '0.8.5' ? { refused: '152:24', broken: '157:35' } : { refused: '135:24', broken: '140:35' }
    const status = `status: ${end.status}, message: ${JSON.stringify(end.message)}, details: [], metadata: MetadataMap { headers: {${end.headers}} }`
    say(`disconnected: Err(${report(status, end.causes, `service/src/client.rs:${lines[end.at]})`)}`)
  }
}

/** Connects for ever; gives up after `--max-retries` failed connects in a row. @throws FatalStart then */
export async function attendNode(context: ServiceContext, service: ProvingService, link: Pick<LinkOptions, 'tls' | 'gone'>): Promise<void> {
  const { args, pace, sleep } = context
  let failures = 0
  for (;;) {
    const answer = async (bytes: Uint8Array): Promise<Uint8Array> => answerRequest(context, service, bytes)
    const end = await serveNode({ address: args.address, ...link, path: PATH, answer })
    if (link.gone.aborted) return
    logEnd(context, end)
    failures = end.at === 'not-connected' ? failures + 1 : 0
    if (args.maxRetries !== undefined && failures > args.maxRetries) {
      throw new FatalStart(
        `max retries (${args.maxRetries}) reached`,
        `service/src/client.rs:${context.version === '0.8.5' ? '134:29' : '117:29'}`,
      )
    }
    await sleep(args.reconnectIntervalS * pace.secondMs)
  }
}
