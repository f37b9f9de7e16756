import { get as getHttp, type ClientRequest } from 'node:http'
import { get as getHttps } from 'node:https'
import { shorten } from '../causes.ts'

/** The PoETs of mainnet's built-in config. @source facts/node-config-and-cli.md §6 */
export const MAINNET_POETS: readonly string[] = ['mainnet-poet-0', 'mainnet-poet-1', 'poet-110', 'poet-111', 'poet-112'].map(
  (name) => `https://${name}.spacemesh.network`,
)

export interface PoetProbe {
  readonly poet: string
  /** `refuses` also when its name or network cannot be found; `bad-certificate` when it cannot prove who it is. */
  readonly is: 'answers' | 'refuses' | 'silent' | 'bad-certificate'
  readonly detail: string
  readonly tookMs: number
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ALTNAME|SSL|TLS/

/**
 * Asks every PoET for `/v1/info`, all at once; names the one for which a starting node waits. Nothing of the answer is
 * used, and no redirect is followed.
 * @param deadlineMs for each
 */
export function probePoets(addresses: readonly string[], deadlineMs: number, signal?: AbortSignal): Promise<PoetProbe[]> {
  return Promise.all(addresses.map((poet) => probePoet(poet, deadlineMs, signal)))
}

function probePoet(poet: string, deadlineMs: number, signal?: AbortSignal): Promise<PoetProbe> {
  const startedAt = performance.now()
  const url = infoUrl(poet)
  if (url === undefined) return Promise.resolve({ poet, is: 'refuses', detail: 'not an http or https address', tookMs: 0 })
  return new Promise((resolve) => {
    let asked: ClientRequest | undefined
    const finish = (is: PoetProbe['is'], detail: string): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve({ poet, is, detail: shorten(detail, 200), tookMs: performance.now() - startedAt })
      asked?.destroy()
    }
    const onAbort = (): void => finish('silent', 'given up')
    const timer = setTimeout(() => finish('silent', `no answer within ${Math.round(deadlineMs / 1000)} s`), deadlineMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    asked = (url.protocol === 'https:' ? getHttps : getHttp)(url, { agent: false }, (response) => {
      response.resume()
      finish('answers', `HTTP ${response.statusCode ?? 0}`)
    })
    asked.on('error', (cause: Error & { code?: string }) => {
      const isCertificate = CERTIFICATE.test(cause.code ?? '') || /certificate/i.test(cause.message)
      finish(isCertificate ? 'bad-certificate' : 'refuses', cause.message || (cause.code ?? 'no connection'))
    })
  })
}

function infoUrl(poet: string): URL | undefined {
  const text = `${poet.replace(/\/+$/, '')}/v1/info`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
}
