import { Agent, request, type IncomingMessage } from 'node:http'
import type { OperatorAnswer } from '../../../shared/domain/observation.ts'
import { textOf } from '../../../shared/domain/fault.ts'
import { shorten } from '../causes.ts'

/** A status is below 100 bytes; more comes from something else. */
const MAX_BODY_BYTES = 64 * 1024

export interface OperatorReading {
  readonly answer: OperatorAnswer
  readonly tookMs: number
}
export interface OperatorOptions {
  /** ms for everything: connecting, waiting, reading. Default 2,000. */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  /** Monotonic ms; for tests. */
  readonly now?: () => number
}

/** No connection outlives its question: a service that restarts is never asked through a dead one. */
const agent = new Agent({ keepAlive: false })

/**
 * `GET /status` of one post-service. Never rejects: what went wrong is an answer. Only a connection that nobody takes is
 * `none`; one that is taken and then says nothing (preparing RandomX, verifying, hung) is `silent`.
 * @param address literal `ip:port`
 * @source facts/post-service.md §3
 */
export function readOperator(address: string, options: OperatorOptions = {}): Promise<OperatorReading> {
  const now = options.now ?? (() => performance.now())
  const startedAt = now()
  const url = operatorUrl(address)
  if (url === undefined || options.signal?.aborted === true) return Promise.resolve({ answer: { is: 'none' }, tookMs: 0 })
  return new Promise((resolve) => {
    let isConnected = false
    let isDone = false
    const finish = (answer: OperatorAnswer): void => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      resolve({ answer, tookMs: now() - startedAt })
      asked.destroy()
    }
    const onAbort = (): void => finish({ is: 'silent' })
    const asked = request(url, { agent, method: 'GET', headers: { accept: 'application/json' } }, (response) => {
      readBody(response, (answer) => finish(answer))
    })
    const timer = setTimeout(() => finish({ is: isConnected ? 'silent' : 'none' }), options.deadlineMs ?? 2_000)
    asked.on('socket', (socket) => socket.once('connect', () => (isConnected = true)))
    asked.on('error', (cause) => finish(answerOfError(cause, isConnected)))
    options.signal?.addEventListener('abort', onAbort, { once: true })
    asked.end()
  })
}

function readBody(response: IncomingMessage, finish: (answer: OperatorAnswer) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) finish({ is: 'garbage', text: `an answer of more than ${MAX_BODY_BYTES} bytes` })
    else chunks.push(chunk)
  })
  response.on('end', () => finish(answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))))
  response.on('aborted', () => finish({ is: 'garbage', text: 'an answer that was cut off' }))
  response.on('error', (cause) => finish({ is: 'garbage', text: shorten(textOf(cause)) }))
}

function answerOf(status: number, body: string): OperatorAnswer {
  if (status === 200) return parseStatus(body)
  const what = status >= 300 && status < 400 ? 'a redirection' : 'an error page'
  return { is: 'garbage', text: shorten(`${what}: HTTP ${status} ${body}`, 200) }
}

function answerOfError(cause: Error & { code?: string }, isConnected: boolean): OperatorAnswer {
  if (cause.code?.startsWith('HPE_') === true) return { is: 'garbage', text: 'somebody answers who does not speak HTTP' }
  // Reset or closed after the connection was taken: a service that is just ending, as good as none.
  return isConnected && cause.code !== 'ECONNRESET' && cause.code !== 'EPIPE' ? { is: 'silent' } : { is: 'none' }
}

function operatorUrl(address: string): string | undefined {
  const url = `http://${address}/status`
  return URL.canParse(url) && new URL(url).port !== '0' ? url : undefined
}

/** Meaning of the body of `GET /status`; anything else is shown as it is. */
export function parseStatus(body: string): OperatorAnswer {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { is: 'garbage', text: shorten(body, 200) }
  }
  if (value === 'Idle') return { is: 'idle' }
  if (value === 'DoneProving') return { is: 'done' }
  return provingOf(value) ?? { is: 'garbage', text: shorten(body, 200) }
}

function provingOf(value: unknown): OperatorAnswer | undefined {
  const proving = field(value, 'Proving')
  const nonces = field(proving, 'nonces')
  const [start, end, positionBytes] = [field(nonces, 'start'), field(nonces, 'end'), field(proving, 'position')]
  if (!isCount(start) || !isCount(end) || !isCount(positionBytes)) return undefined
  return { is: 'proving', nonces: { start, end }, positionBytes }
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
