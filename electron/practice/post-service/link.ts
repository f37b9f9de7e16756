import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'

export interface LinkOptions {
  readonly address: string
  /** PEM texts; the name is checked against `domain`. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string; readonly domain: string | undefined } | undefined
  readonly path: string
  /** Closes the connection; the end is then `closed`. */
  readonly gone: AbortSignal
  /** Answers one request; requests are answered one after the other. */
  readonly answer: (request: Uint8Array) => Promise<Uint8Array>
}

/** How a connection ended. `not-connected` counts as a failed connect, the others do not. */
export type LinkEnd =
  | { readonly at: 'not-connected'; readonly why: string }
  | { readonly at: 'closed' }
  | {
      readonly at: 'refused' | 'broken'
      readonly status: string
      readonly message: string
      readonly headers: string
      readonly causes: readonly string[]
    }

// In the order of the gRPC codes 0 to 16.
const STATUS =
  'Ok Cancelled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'.split(
    ' ',
  )
const PING_MS = 600_000

/** One try: connects, serves the node's requests until the end, says how it ended. */
export async function serveNode(options: LinkOptions): Promise<LinkEnd> {
  const missing = /^[a-z]+:\/\//i.test(options.address) ? undefined : 'ConnectError("invalid URL, scheme is missing")'
  if (missing !== undefined) return { at: 'not-connected', why: missing }
  const { tls } = options
  const secure =
    tls === undefined ? {} : { ca: tls.ca, cert: tls.cert, key: tls.key, ...(tls.domain === undefined ? {} : { servername: tls.domain }) }
  let session: ClientHttp2Session
  try {
    session = connect(options.address, secure)
  } catch {
    return { at: 'not-connected', why: 'ConnectError("invalid URL, host is missing")' }
  }
  const end = await new Promise<LinkEnd>((resolve) => {
    let isConnected = false
    options.gone.addEventListener('abort', () => resolve({ at: 'closed' }), { once: true })
    session.once('connect', () => {
      isConnected = true
      serve(session, options, resolve)
    })
    session.on('error', (cause: Error) => {
      if (!isConnected) resolve({ at: 'not-connected', why: connectError(cause) })
    })
  })
  session.destroy()
  return end
}

function connectError(cause: Error): string {
  const code = 'code' in cause ? String(cause.code) : ''
  const os = (number: number, kind: string, message: string): string =>
    `ConnectError(ConnectError("tcp connect error", Os { code: ${number}, kind: ${kind}, message: "${message}" }))`
  if (code === 'ECONNREFUSED') return os(111, 'ConnectionRefused', 'Connection refused')
  if (code === 'ETIMEDOUT') return os(110, 'TimedOut', 'Connection timed out')
  if (code === 'EHOSTUNREACH') return os(113, 'HostUnreachable', 'No route to host')
  if (code === 'ENETUNREACH') return os(101, 'NetworkUnreachable', 'Network is unreachable')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const why = code === 'ENOTFOUND' ? 'Name or service not known' : 'Temporary failure in name resolution'
    return `ConnectError(ConnectError("dns error", Custom { kind: Uncategorized, error: "failed to lookup address information: ${why}" }))`
  }
  return `ConnectError(Custom { kind: Other, error: "${cause.message.replaceAll('"', "'")}" })`
}

function broken(hasAnswered: boolean): LinkEnd {
  const base = { status: 'Unknown', headers: '' }
  if (!hasAnswered) {
    const causes = ['transport error', 'http2 error', 'connection error detected: frame with invalid size']
    return { ...base, at: 'refused', message: 'h2 protocol error: http2 error', causes }
  }
  const reading = 'error reading a body from connection'
  return { ...base, at: 'broken', message: `h2 protocol error: ${reading}`, causes: [reading, 'stream closed because of a broken pipe'] }
}

function ended(headers: IncomingHttpHeaders, hasAnswered: boolean): LinkEnd {
  const code = Number(headers['grpc-status'] ?? 2)
  if (code === 0) return { at: 'closed' }
  const message = decodeURIComponent(String(headers['grpc-message'] ?? ''))
  const shown = hasAnswered ? '' : `"content-type": "${headers['content-type'] ?? 'application/grpc'}"`
  return { at: hasAnswered ? 'broken' : 'refused', status: STATUS[code] ?? 'Unknown', message, headers: shown, causes: [] }
}

function serve(session: ClientHttp2Session, options: LinkOptions, resolve: (end: LinkEnd) => void): void {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: options.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'tonic/0.12.3',
  })
  let hasAnswered = false
  const finish = (end: LinkEnd): void => {
    clearInterval(ping)
    resolve(end)
  }
  const ping = setInterval(() => session.ping(() => {}), PING_MS)
  stream.on('response', (headers) => {
    if (headers['grpc-status'] !== undefined) finish(ended(headers, false))
    else if (Number(headers[constants.HTTP2_HEADER_STATUS]) !== 200) finish(broken(false))
    else hasAnswered = true
  })
  stream.on('trailers', (headers) => finish(ended(headers, true)))
  // What went wrong shows in `close`, which always follows.
  stream.on('error', () => {})
  stream.on('close', () => finish(broken(hasAnswered)))
  session.on('close', () => finish(broken(hasAnswered)))
  answerInOrder(stream, options.answer)
}

/** Takes the stream apart (a flag byte, 4 bytes of length, the message) and answers in order. */
function answerInOrder(stream: ClientHttp2Stream, answer: LinkOptions['answer']): void {
  let rest: Buffer = Buffer.alloc(0)
  let queue = Promise.resolve()
  const reply = async (request: Uint8Array): Promise<void> => {
    const message = await answer(request)
    if (stream.destroyed || stream.closed) return
    const head = Buffer.alloc(5)
    head.writeUInt32BE(message.length, 1)
    stream.write(Buffer.concat([head, message]))
  }
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1)
      const request = new Uint8Array(rest.subarray(5, end))
      rest = rest.subarray(end)
      queue = queue.then(async () => reply(request))
    }
  })
}
