import { status } from '@grpc/grpc-js'
import { fail, type Fault } from '../../shared/domain/fault.ts'

export type Listener = 'public' | 'private' | 'post'

/**
 * - `unreachable`: nothing listens, or the connection broke. Normal while a node starts (up to a quarter of an hour).
 * - `no-answer`: connected or connecting, but silent until the deadline.
 * - `not-grpc`: somebody else's port, or one that speaks another protocol.
 * - `not-offered`: the node does not know the service there: wrong listener, older node, or limited by its config.
 * - `tls`: our files cannot be read, or the handshake failed.
 * - `garbled`: an answer that our protos cannot read. `too-large`: over the message limit.
 * - `cut`: the node ended the call (`buffer is full`, shutting down), or we did.
 * - `refused`: the node said no, with its own words in `context.said`.
 */
export const NODE_API_FAULTS = [
  'node-api/unreachable',
  'node-api/no-answer',
  'node-api/not-grpc',
  'node-api/not-offered',
  'node-api/tls',
  'node-api/garbled',
  'node-api/too-large',
  'node-api/cut',
  'node-api/refused',
] as const
/** `detail` is a plain sentence; the technical words are in `context.said`. */
export type NodeApiFault = Fault<(typeof NODE_API_FAULTS)[number]>
export type NodeApiFaultCode = NodeApiFault['code']

/** What is known of a call that failed. */
export interface FailedCall {
  readonly listener: Listener
  readonly address: string
  /** `/package.Service/Method`. */
  readonly path: string
  readonly deadlineMs: number
  readonly code: status
  readonly said: string
  /** `content-type` of the answer, when there was one. */
  readonly contentType?: string | undefined
}

type Verdict = readonly [NodeApiFaultCode, string]

/** The plain sentence for a failed call. @source facts/grpc-api.md §12, facts/failure-modes.md §8 */
export function nodeApiFault(call: FailedCall): { readonly ok: false; readonly fault: NodeApiFault } {
  const [code, detail] = verdict(call)
  return fail(code, detail, {
    retry: code === 'node-api/not-offered' || code === 'node-api/not-grpc' || code === 'node-api/tls' ? 'user' : 'now',
    context: { listener: call.listener, address: call.address, path: call.path, status: call.code, said: call.said },
  })
}

function verdict(call: FailedCall): Verdict {
  const { code, said, address, listener } = call
  const service = call.path.split('/')[1] ?? ''
  const seconds = Math.round(call.deadlineMs / 100) / 10
  if (isForeign(call))
    return ['node-api/not-grpc', `What listens at ${address} does not speak gRPC: another program, or the node's JSON listener.`]
  switch (code) {
    case status.UNAVAILABLE:
      return unavailable(call)
    case status.DEADLINE_EXCEEDED:
      return ['node-api/no-answer', `The node's ${listener} listener at ${address} did not answer within ${seconds} s.`]
    case status.UNIMPLEMENTED:
      return ['node-api/not-offered', `The listener at ${address} does not offer ${service}.`]
    case status.RESOURCE_EXHAUSTED:
      return ['node-api/too-large', `An answer of the node at ${address} is larger than a message may be.`]
    case status.CANCELLED:
      return ['node-api/cut', `The node at ${address} ended the call: ${said}.`]
    case status.INTERNAL:
      if (said.includes('parsing error')) return ['node-api/garbled', `An answer of ${address} to ${service} cannot be read.`]
      return ['node-api/refused', `The node answered with an error: ${said}`]
    default:
      return ['node-api/refused', `The node answered with an error: ${said}`]
  }
}

const isForeign = ({ said, code, contentType }: FailedCall): boolean =>
  (contentType !== undefined && !contentType.startsWith('application/grpc')) ||
  said.startsWith('Received HTTP status code') ||
  (code === status.UNAVAILABLE && said.includes('Protocol error'))

function unavailable({ said, address, listener }: FailedCall): Verdict {
  if (/SSL routines|certificate|self.signed|ERR_TLS|altname/i.test(said)) {
    const isPlain = said.includes('WRONG_VERSION_NUMBER')
    return [
      'node-api/tls',
      isPlain ? `The listener at ${address} does not speak TLS.` : `The TLS handshake with ${address} failed: ${said}`,
    ]
  }
  if (said.includes('ECONNREFUSED')) return ['node-api/unreachable', `Nothing listens at ${address} (the node's ${listener} address).`]
  if (/ENOTFOUND|EAI_AGAIN|Name resolution failed/.test(said)) return ['node-api/unreachable', `The host of ${address} cannot be found.`]
  if (/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/.test(said)) return ['node-api/unreachable', `There is no way to ${address} over the network.`]
  if (/Failed to connect|Connection dropped|ECONNRESET|GOAWAY|goaway/.test(said)) {
    return ['node-api/unreachable', `The connection to the node's ${listener} listener at ${address} was cut.`]
  }
  return ['node-api/unreachable', `The node's ${listener} listener at ${address} cannot be reached: ${said}`]
}
