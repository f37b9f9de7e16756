import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { Client, credentials, Metadata, status, type ChannelCredentials, type ClientOptions, type StatusObject } from '@grpc/grpc-js'
import { readFileSync } from 'node:fs'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { nodeApiFault, type Listener, type NodeApiFault, type NodeApiFaultCode } from './faults.ts'
import { methodDefinition, type TypedMethod } from './grpc.ts'

/** Files of the node's TLS listener (mutual TLS); it serves the post services, so it stands for the `post` address. */
export interface TlsFiles {
  readonly caCert: string
  readonly cert: string
  readonly key: string
  /** Name in the node's certificate, when it is not the host of the address. */
  readonly domain?: string | undefined
}

export interface ConnectionOptions {
  readonly listener: Listener
  /** `host:port`; an unspecified host (0.0.0.0, ::) means this machine. */
  readonly address: string
  readonly tls?: TlsFiles | undefined
  readonly clock: Clock
  readonly log: Logger
}

export interface StreamListener<T> {
  /** The header came: the node has subscribed us. */
  readonly connected?: () => void
  readonly message: (message: T) => void
  /** Called once, last. No fault: the node ended the stream in order. */
  readonly end: (fault: NodeApiFault | undefined) => void
}

export interface CallOptions {
  /** `/package.Service/Method`, as the package that the node serves wants it. */
  readonly path: string
  readonly deadlineMs: number
}

type Call = { cancel(): void }
type Method<I extends DescMessage, O extends DescMessage> = TypedMethod<'unary' | 'server_streaming', I, O>

/** The node's own limit for one message. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024
/** Silent calls in a row, with nothing heard meanwhile, after which the connection is taken for dead. */
const SILENT_CALLS = 3

/**
 * Options of every channel. The node cuts clients that ping more often than once a minute or without a call; a ping in
 * five minutes with a call open notices a peer that vanished. Reconnecting backs off with jitter inside grpc-js.
 */
export const CHANNEL_OPTIONS: ClientOptions = {
  'grpc.keepalive_time_ms': 300_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
}

/** What to dial for an address that a config listens on. */
export const dialAddress = (address: string): string =>
  address.replace(/^(0\.0\.0\.0)?:(?=\d+$)/, '127.0.0.1:').replace(/^\[::\]:(?=\d+$)/, '[::1]:')

/** One listener of the node: makes its channel when first needed, replaces it when it is dead. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #calls = new Set<Call>()
  #client: Client | undefined
  #silentCalls = 0
  #isClosed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get listener(): Listener {
    return this.#options.listener
  }

  unary<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: MessageShape<I>,
    options: CallOptions,
  ): Promise<Result<MessageShape<O>, NodeApiFaultCode>> {
    const opened = this.#open(options)
    if (!opened.ok) return Promise.resolve(opened)
    const { requestSerialize, responseDeserialize } = methodDefinition(method)
    return new Promise((resolve) => {
      let contentType: string | undefined
      const call = opened.value.makeUnaryRequest(
        options.path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + options.deadlineMs }, // grpc-js counts on the real clock only
        (error, answer) => {
          this.#calls.delete(call)
          if (error === null && answer !== undefined) {
            this.#heard()
            resolve(ok(answer))
          } else {
            const ended = { code: error?.code ?? status.UNKNOWN, details: error?.details ?? 'no answer' }
            resolve(this.#failed(options, ended, contentType))
          }
        },
      )
      call.on('metadata', (header: Metadata) => (contentType = String(header.get('content-type')[0] ?? '')))
      this.#calls.add(call)
    })
  }

  /** @returns cancels; nothing is called afterwards. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: MessageShape<I>,
    options: CallOptions & { readonly isEndless: boolean; readonly on: StreamListener<MessageShape<O>> },
  ): () => void {
    const { on, deadlineMs } = options
    const opened = this.#open(options)
    if (!opened.ok) {
      const { fault } = opened
      return this.#options.clock.after(0, () => on.end(fault))
    }
    const { requestSerialize, responseDeserialize } = methodDefinition(method)
    const call = opened.value.makeServerStreamRequest(options.path, requestSerialize, responseDeserialize, request)
    this.#calls.add(call)
    let ended: Pick<StatusObject, 'code' | 'details'> | undefined
    let [isRead, isOver] = [false, false]
    let contentType: string | undefined
    let cancelTimer = this.#options.clock.after(deadlineMs, () => {
      ended = { code: status.DEADLINE_EXCEEDED, details: 'nothing came' }
      isRead = true
      finish()
      call.cancel()
    })
    const leave = (): void => {
      isOver = true
      cancelTimer()
      this.#calls.delete(call)
    }
    const finish = (): void => {
      if (isOver || ended === undefined || !isRead) return
      leave()
      on.end(ended.code === status.OK ? undefined : this.#failed(options, ended, contentType).fault)
    }
    call.on('metadata', (header: Metadata) => {
      contentType = String(header.get('content-type')[0] ?? '')
      if (isOver || ended !== undefined || !contentType.startsWith('application/grpc')) return
      if (options.isEndless) cancelTimer()
      this.#heard()
      on.connected?.()
    })
    call.on('data', (message: MessageShape<O>) => {
      if (!isOver) on.message(message)
    })
    call.on('error', () => {}) // The same is told by 'status'.
    call.on('status', (told: StatusObject) => {
      ended ??= told
      finish()
    })
    call.on('end', () => {
      isRead = true
      finish()
    })
    return () => {
      if (isOver) return
      leave()
      cancelTimer = () => {}
      call.cancel()
    }
  }

  /** Cuts the connection and all its calls; the next call makes a new one. */
  reconnect(why: string): void {
    if (this.#client === undefined) return
    this.#options.log.info('node-api.reconnect', { listener: this.listener, why })
    this.#drop()
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  #drop(): void {
    this.#silentCalls = 0
    const calls = [...this.#calls]
    this.#calls.clear()
    for (const call of calls) call.cancel()
    this.#client?.close()
    this.#client = undefined
  }

  #heard(): void {
    this.#silentCalls = 0
  }

  #failed(options: CallOptions, ended: Pick<StatusObject, 'code' | 'details'>, contentType?: string) {
    const { listener, address } = this.#options
    const result = nodeApiFault({ listener, address, ...options, code: ended.code, said: ended.details, contentType })
    if (result.fault.code === 'node-api/no-answer') {
      this.#silentCalls += 1
      if (this.#silentCalls >= SILENT_CALLS) this.reconnect('no answer')
    } else if (result.fault.code !== 'node-api/cut') this.#heard()
    return result
  }

  #open(options: CallOptions): Result<Client, NodeApiFaultCode> {
    const { listener, address, tls } = this.#options
    if (this.#isClosed) {
      return nodeApiFault({ listener, address, ...options, code: status.CANCELLED, said: 'the client is closed' })
    }
    if (this.#client !== undefined) return ok(this.#client)
    let security: ChannelCredentials
    try {
      security = tls === undefined ? credentials.createInsecure() : mutualTls(tls)
    } catch (cause) {
      const said = `certificate files: ${textOf(cause)}`
      return nodeApiFault({ listener, address, ...options, code: status.UNAVAILABLE, said })
    }
    const name = tls?.domain === undefined ? {} : { 'grpc.ssl_target_name_override': tls.domain }
    this.#client = new Client(`dns:${dialAddress(address)}`, security, { ...CHANNEL_OPTIONS, ...name })
    return ok(this.#client)
  }
}

const mutualTls = (tls: TlsFiles): ChannelCredentials =>
  credentials.createSsl(readFileSync(tls.caCert), readFileSync(tls.key), readFileSync(tls.cert))
