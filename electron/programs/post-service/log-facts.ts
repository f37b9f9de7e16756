import { identityIdFromBytes } from '../../../shared/domain/ids.ts'
import type { ServiceLogFact } from '../../../shared/domain/log-facts.ts'
import { codeBy, shorten } from '../causes.ts'
import { SERVICE_CAUSES } from './causes.ts'

type Told = (found: readonly string[], text: string) => ServiceLogFact | undefined

/** One message of post-service and what it says. @source facts/post-service.md §2, recordings post-service */
const MESSAGES: readonly (readonly [RegExp, Told])[] = [
  [/^running operator service on (\S+)/, ([, address = '']) => ({ fact: 'operator-running', address })],
  [/^could not connect to the node: /, (_, text) => ({ fact: 'connect-failed', why: connectReason(text), text: shorten(text) })],
  [/^obtained metadata: /, (_, text) => metadata(text)],
  [/^disconnected: /, (_, text) => ({ fact: 'disconnected', why: disconnectReason(text), text: shorten(text) })],
  [
    /^starting proof generation for challenge ([0-9A-Fa-f]{64})\b/,
    ([, challenge = '']) => ({ fact: 'proof-started', challenge: challenge.toLowerCase() }),
  ],
  [
    /^calculating proof of work for nonces (\d+)\.\.(\d+)/,
    ([, start, end]) => ({ fact: 'pow-started', nonces: { start: Number(start), end: Number(end) } }),
  ],
  [/^finished k2pow in (.+)$/m, ([, took = '']) => ({ fact: 'pow-finished', seconds: seconds(took) })],
  [/^started reading POST data/, () => ({ fact: 'reading-started' })],
  [/^finished reading POST data in (.+)$/m, ([, took = '']) => ({ fact: 'reading-finished', seconds: seconds(took) })],
  [
    /^found proof for nonce: (\d+),[\s\S]*?(?:It took ([^\n]+))?$/,
    ([, nonce, took = '']) => ({ fact: 'proof-found', nonce: Number(nonce), seconds: seconds(took) }),
  ],
  [/^proof is valid/, () => ({ fact: 'proof-valid' })],
  [/^failed proof verification/, (_, text) => ({ fact: 'proof-rejected', text: rejection(text) })],
  [/^failed to generate proof: /, (_, text) => generationFailure(text)],
  [
    /^invalid POS file size (.+), expected: (\d+) vs actual: (\d+)/,
    ([, path = '', expected, actual]) => ({
      fact: 'file-size-wrong',
      path,
      expectedBytes: Number(expected),
      actualBytes: Number(actual),
    }),
  ],
  [/^failed to read file '(.+)' @ /, ([, path = ''], text) => ({ fact: 'file-read-failed', path, text: shorten(text) })],
  [/^could not read file metadata for ([^\n:]+)/, ([, path = ''], text) => ({ fact: 'file-read-failed', path, text: shorten(text) })],
  [/^error reading directory entry: /, (_, text) => ({ fact: 'file-read-failed', path: '', text: shorten(text) })],
  [/^(?:get job error|read response error): /, (_, text) => ({ fact: 'k2pow-unreachable', text: shorten(text) })],
  [/^failed to set core affinity/, (_, text) => ({ fact: 'affinity-failed', text: shorten(text) })],
  [/^shutting down post service/, () => ({ fact: 'shutting-down' })],
]

/** What an entry with a time stamp says; `undefined` for one that says nothing we use. */
export function entryFact(_level: string, text: string): ServiceLogFact | undefined {
  for (const [pattern, tell] of MESSAGES) {
    const found = pattern.exec(text)
    if (found !== null) return tell(found, text)
  }
  return undefined
}

/** What a text without time stamp says: an error at the start, of the command line, or a crash. */
export function startFact(text: string): ServiceLogFact {
  return { fact: 'start-error', text: shorten(text.replaceAll(/\s+/g, ' ')), code: codeBy(SERVICE_CAUSES, text, 'service/start-error') }
}

function connectReason(text: string): 'refused' | 'scheme-missing' | 'unresolvable' | 'other' {
  if (/scheme is missing/.test(text)) return 'scheme-missing'
  if (/ConnectionRefused|actively refused/.test(text)) return 'refused'
  if (/dns error|failed to lookup/.test(text)) return 'unresolvable'
  return 'other'
}

function disconnectReason(text: string): Extract<ServiceLogFact, { fact: 'disconnected' }>['why'] {
  if (text.startsWith('disconnected: Ok(')) return 'node-closed'
  if (/already registered/.test(text)) return 'already-registered'
  if (/no coinbase/.test(text)) return 'no-coinbase'
  if (/Unimplemented/.test(text)) return 'wrong-listener'
  if (/http2 error|frame with invalid size/.test(text)) return 'not-grpc'
  if (/h2 protocol error|broken pipe|transport error|[Cc]onnection reset|Unavailable/.test(text)) return 'node-gone'
  return 'other'
}

function metadata(text: string): ServiceLogFact {
  const bytes = /node_id: \[([\d, ]+)\]/.exec(text)?.[1]?.split(',').map(Number)
  const isBytes = bytes?.every((b) => Number.isInteger(b) && b >= 0 && b <= 255) === true
  const identity = isBytes ? identityIdFromBytes(Uint8Array.from(bytes)) : undefined
  const numUnits = /\bnum_units: (\d+)/.exec(text)?.[1]
  return { fact: 'metadata-sent', ...(identity ? { identity } : {}), ...(numUnits === undefined ? {} : { numUnits: Number(numUnits) }) }
}

function generationFailure(text: string): ServiceLogFact {
  const other = /different challenge \(current: ([0-9A-Fa-f]+), requested: ([0-9A-Fa-f]+)\)/.exec(text)
  if (other !== null) {
    const [, current = '', requested = ''] = other
    return {
      fact: 'proof-failed',
      why: 'different-challenge',
      current: current.toLowerCase(),
      requested: requested.toLowerCase(),
      text: shorten(text),
    }
  }
  if (/different challenge/.test(text)) return { fact: 'proof-failed', why: 'different-challenge', text: shorten(text) }
  const why = /creating prover|exhausted/.test(text) ? 'nonces-exhausted' : 'other'
  return { fact: 'proof-failed', why, text: shorten(text) }
}

/** The cause lines of a rejected proof, without places in its source. */
function rejection(text: string): string {
  const causes = /Caused by:\s*([\s\S]*?)(?:\n\s*Location:|$)/.exec(text)?.[1] ?? text
  return shorten(causes.replaceAll(/\s+/g, ' '))
}

/** `2m 31s`, `1h 2m 3s`, `0m 0s`, `1.5s`, `350ms`; 0 when there is none. */
function seconds(text: string): number {
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|h|m|s|d)/g)) {
    total += Number(count) * ({ d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 }[unit ?? ''] ?? 0)
  }
  return total
}
