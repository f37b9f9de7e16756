/** A status is below 100 bytes; more comes from something else. */
export const MAX_BODY_BYTES = 64 * 1024
const MAX_HEAD_BYTES = 16 * 1024

/** What the bytes of a connection mean so far. */
export type HttpAnswer =
  | { readonly is: 'unfinished'; readonly hasHead: boolean }
  | { readonly is: 'answer'; readonly status: number; readonly body: string }
  /** Some other protocol, or HTTP that contradicts itself. */
  | { readonly is: 'not-http' }
  | { readonly is: 'too-long' }

type Ending = { readonly by: 'length'; readonly bytes: number } | { readonly by: 'chunks' } | { readonly by: 'close' }
interface Head {
  readonly status: number
  readonly ending: Ending
}

const BEGIN = 'HTTP/1.'
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: .*)?$/
const HEADER = /^([\w!#$%&'*+.^`|~-]+):[\t ]*(.*?)[\t ]*$/
const NOT_HTTP = { is: 'not-http' } as const
const TOO_LONG = { is: 'too-long' } as const

/**
 * Reads an HTTP/1 answer to a GET from everything that a connection has brought. Pure and strict: what an ordinary server
 * would not send is `not-http`. Asked anew with all bytes at every arrival, which the limits keep cheap.
 * @param hasEnded the other side sends no more: ends a body that tells no length
 */
export function readHttpAnswer(bytes: Buffer, hasEnded: boolean): HttpAnswer {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) {
    const begin = bytes.toString('latin1', 0, BEGIN.length)
    return BEGIN.startsWith(begin) && bytes.length <= MAX_HEAD_BYTES ? { is: 'unfinished', hasHead: false } : NOT_HTTP
  }
  const head = headEnd > MAX_HEAD_BYTES ? undefined : headOf(bytes.toString('latin1', 0, headEnd))
  if (head === undefined) return NOT_HTTP
  return bodyOf(head, bytes.subarray(headEnd + 4), hasEnded)
}

function headOf(text: string): Head | undefined {
  const [first = '', ...lines] = text.split('\r\n')
  const status = Number(STATUS_LINE.exec(first)?.[1])
  if (!Number.isInteger(status)) return undefined
  let length: string | undefined
  let coding: string | undefined
  for (const line of lines) {
    const header = HEADER.exec(line)
    if (header === null) return undefined
    const [name, value = ''] = [header[1]?.toLowerCase(), header[2]]
    if (name === 'content-length') {
      if (length !== undefined || !/^\d{1,15}$/.test(value)) return undefined
      length = value
    } else if (name === 'transfer-encoding') {
      if (coding !== undefined || value.toLowerCase() !== 'chunked') return undefined
      coding = value
    }
  }
  if (coding !== undefined && length !== undefined) return undefined
  if (status === 204 || status === 304) return { status, ending: { by: 'length', bytes: 0 } }
  if (coding !== undefined) return { status, ending: { by: 'chunks' } }
  return { status, ending: length === undefined ? { by: 'close' } : { by: 'length', bytes: Number(length) } }
}

function bodyOf({ status, ending }: Head, rest: Buffer, hasEnded: boolean): HttpAnswer {
  const unfinished = { is: 'unfinished', hasHead: true } as const
  if (rest.length > MAX_BODY_BYTES || (ending.by === 'length' && ending.bytes > MAX_BODY_BYTES)) return TOO_LONG
  if (ending.by === 'chunks') {
    const body = unchunk(rest)
    if (body === undefined) return NOT_HTTP
    return body.is === 'whole' ? { is: 'answer', status, body: body.text } : unfinished
  }
  if (ending.by === 'length') {
    return rest.length < ending.bytes ? unfinished : { is: 'answer', status, body: rest.toString('utf8', 0, ending.bytes) }
  }
  return hasEnded ? { is: 'answer', status, body: rest.toString('utf8') } : unfinished
}

/** `undefined`: not chunks. */
function unchunk(rest: Buffer): { readonly is: 'whole'; readonly text: string } | { readonly is: 'part' } | undefined {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) return rest.length - at > 1024 ? undefined : { is: 'part' }
    const size = /^([\dA-Fa-f]{1,8})[\t ]*(?:;.*)?$/.exec(rest.toString('latin1', at, lineEnd))?.[1]
    if (size === undefined) return undefined
    const bytes = Number.parseInt(size, 16)
    // Trailers tell nothing that is asked for.
    if (bytes === 0) return { is: 'whole', text: Buffer.concat(parts).toString('utf8') }
    const [from, to] = [lineEnd + 2, lineEnd + 2 + bytes]
    if (rest.length < to + 2) return { is: 'part' }
    if (rest.toString('latin1', to, to + 2) !== '\r\n') return undefined
    parts.push(rest.subarray(from, to))
    at = to + 2
  }
}
