import { connect, isIP } from 'node:net'
import { assertNever } from '../../../shared/domain/fault.ts'
import type { OperatorAnswer } from '../../../shared/domain/observation.ts'
import { shorten } from '../causes.ts'
import { MAX_BODY_BYTES, readHttpAnswer } from './http-answer.ts'

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

/**
 * `GET /status` of one post-service. Never rejects: what went wrong is an answer. Only a connection that nobody takes is
 * `none`; one that is taken and then says nothing (preparing RandomX, verifying, hung) is `silent`.
 *
 * One bare connection a question: a hundred services are asked for years, and an HTTP client costs several times as much;
 * and no connection outlives its question, so that a service that restarts is never asked through a dead one.
 * @param address literal `ip:port`
 * @source facts/post-service.md §3
 */
export function readOperator(address: string, options: OperatorOptions = {}): Promise<OperatorReading> {
  const now = options.now ?? (() => performance.now())
  const startedAt = now()
  const place = placeOf(address)
  if (place === undefined || options.signal?.aborted === true) return Promise.resolve({ answer: { is: 'none' }, tookMs: 0 })
  return new Promise((resolve) => {
    let isConnected = false
    let isDone = false
    let bytes: Buffer = Buffer.alloc(0)
    const finish = (answer: OperatorAnswer): void => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      resolve({ answer, tookMs: now() - startedAt })
      socket.destroy()
    }
    const onAbort = (): void => finish({ is: 'silent' })
    const look = (hasEnded: boolean): void => {
      const answer = answerSoFar(bytes, hasEnded)
      if (answer !== undefined) finish(answer)
    }
    const socket = connect(place)
    const timer = setTimeout(() => finish({ is: isConnected ? 'silent' : 'none' }), options.deadlineMs ?? 2_000)
    socket.on('connect', () => {
      isConnected = true
      socket.write(`GET /status HTTP/1.1\r\nHost: ${address}\r\nAccept: application/json\r\nConnection: close\r\n\r\n`)
    })
    socket.on('data', (chunk: Buffer) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      look(false)
    })
    socket.on('end', () => look(true))
    socket.on('error', (cause: Error & { code?: string }) => {
      // Reset or closed after the connection was taken: a service that is just ending, as good as none.
      const isEnding = !isConnected || cause.code === 'ECONNRESET' || cause.code === 'EPIPE'
      if (isEnding && isConnected) look(true)
      finish({ is: isEnding ? 'none' : 'silent' })
    })
    options.signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** `undefined`: more must come. */
function answerSoFar(bytes: Buffer, hasEnded: boolean): OperatorAnswer | undefined {
  const read = readHttpAnswer(bytes, hasEnded)
  switch (read.is) {
    case 'answer':
      return answerOf(read.status, read.body)
    case 'too-long':
      return { is: 'garbage', text: `an answer of more than ${MAX_BODY_BYTES} bytes` }
    case 'not-http':
      return { is: 'garbage', text: 'somebody answers who does not speak HTTP' }
    case 'unfinished':
      if (!hasEnded) return undefined
      return read.hasHead ? { is: 'garbage', text: 'an answer that was cut off' } : { is: 'none' }
    default:
      return assertNever(read)
  }
}

function answerOf(status: number, body: string): OperatorAnswer {
  if (status === 200) return parseStatus(body)
  const what = status >= 300 && status < 400 ? 'a redirection' : 'an error page'
  return { is: 'garbage', text: shorten(`${what}: HTTP ${status} ${body}`, 200) }
}

/** `[::1]:50051` in brackets, as in a URL. */
function placeOf(address: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(address) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || !(port > 0 && port < 65_536)) return undefined
  return bracketed === undefined || isIP(bracketed) === 6 ? { host, port } : undefined
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
