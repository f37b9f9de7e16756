import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { textOf } from '../../shared/domain/fault.ts'

export type CallOutcome =
  | { readonly is: 'arrived'; readonly status: number }
  /** Trying again may help; `afterMs` when the other side said when. */
  | { readonly is: 'later'; readonly why: string; readonly afterMs?: number }
  /** This message will never be taken. */
  | { readonly is: 'refused'; readonly why: string }

export interface Call {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly deadlineMs: number
  /** Extra authority for TLS, PEM; for tests and private authorities. */
  readonly ca?: string
}

/**
 * One HTTP request: never follows a redirect, ends at the deadline, reads nothing of the answer but its head.
 * Never throws and never rejects.
 */
export function callOnce(call: Call): Promise<CallOutcome> {
  const problem = urlProblem(call.url)
  if (problem !== undefined) return Promise.resolve({ is: 'refused', why: problem })
  return new Promise((resolve) => {
    const url = new URL(call.url)
    const bytes = call.body === undefined ? undefined : Buffer.from(call.body)
    const send = url.protocol === 'https:' ? https.request : http.request
    let request: http.ClientRequest
    const finish = (outcome: CallOutcome): void => {
      clearTimeout(timer)
      resolve(outcome)
      request?.destroy()
    }
    const timer = setTimeout(
      () => finish({ is: 'later', why: `${url.host} did not answer within ${Math.round(call.deadlineMs / 1000)} s` }),
      call.deadlineMs,
    )
    try {
      request = send(url, {
        method: call.method,
        agent: false,
        headers: { 'User-Agent': 'Smeshkeeper', ...call.headers, ...(bytes === undefined ? {} : { 'Content-Length': bytes.length }) },
        ...(call.ca === undefined ? {} : { ca: call.ca }),
      })
      request.on('response', (answer) => {
        answer.on('error', () => answer.destroy())
        finish(outcomeOf(answer, url))
      })
      request.on('error', (cause) => finish({ is: 'later', why: explain(cause, url.host) }))
      request.end(bytes)
    } catch (cause) {
      finish({ is: 'refused', why: textOf(cause) })
    }
  })
}

function outcomeOf(answer: http.IncomingMessage, url: URL): CallOutcome {
  const status = answer.statusCode ?? 0
  if (status >= 200 && status < 300) return { is: 'arrived', status }
  if (status >= 300 && status < 400) {
    return {
      is: 'later',
      why: `${url.host} sends us on${whereTo(answer.headers.location, url)}; redirects are not followed: put the final address into the settings`,
    }
  }
  if (status === 400 || status === 413 || status === 422)
    return { is: 'refused', why: `${url.host} does not take this message (HTTP ${status})` }
  const afterMs = retryAfter(answer.headers['retry-after'])
  const why =
    status === 401 || status === 403
      ? `${url.host} wants another token or denies access (HTTP ${status})`
      : status === 404
        ? `${url.host} does not know this address (HTTP 404)`
        : status === 429
          ? `${url.host} asks us to wait (HTTP 429)`
          : `${url.host} answered HTTP ${status}`
  return { is: 'later', why, ...(afterMs === undefined ? {} : { afterMs }) }
}

/** Scheme and host alone: the path of such an address is a secret, and this sentence goes to logs and history. */
const whereTo = (location: string | undefined, from: URL): string =>
  location !== undefined && URL.canParse(location, from.href) ? ` to ${new URL(location, from.href).origin}` : ''

/** Seconds or a date; at most a day. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 86_400_000) : undefined
}

/** Plain HTTP only where it stays at home. @returns a sentence when the address cannot be used */
export function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'this is no web address'
  const url = new URL(text)
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return 'the address must begin with https://'
  return isLocalHost(url.hostname) ? undefined : 'outside your own network the address must begin with https://'
}

function isLocalHost(host: string): boolean {
  const bare = host.replaceAll(/^\[|\]$/g, '')
  if (bare === 'localhost' || bare === '::1' || /\.(local|lan|home\.arpa)$/.test(bare)) return true
  return net.isIPv4(bare) && /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(bare)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has no address: the name is wrong or this machine is offline',
  EAI_AGAIN: 'cannot be looked up: this machine seems to be offline',
  ECONNREFUSED: 'refuses the connection: nobody listens there',
  ECONNRESET: 'broke the connection off',
  ETIMEDOUT: 'did not answer',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached: this machine is offline',
  CERT_HAS_EXPIRED: 'has a certificate that has expired (or the clock of this machine is wrong)',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet (is the clock of this machine right?)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a self-signed certificate that this machine does not trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a certificate of an authority that this machine does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'sends an incomplete certificate chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has a certificate of an authority that this machine does not know',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
  EPROTO: 'does not speak TLS there: is it http:// instead of https://?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS there: is it http:// instead of https://?',
}

function explain(cause: unknown, host: string): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = REASONS[code] ?? (code.startsWith('ERR_SSL') ? REASONS['EPROTO'] : undefined)
  if (reason !== undefined) return `${host} ${reason}`
  return code.startsWith('HPE_') ? `${host} answers, but not with HTTP` : `${host}: ${textOf(cause)}`
}
