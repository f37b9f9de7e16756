import { create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf'
import { ok, type Result } from '../../shared/domain/fault.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { allowList, type AllowedCall } from './allowed.ts'
import { Connection, type StreamListener, type TlsFiles } from './connection.ts'
import type { Listener, NodeApiFaultCode } from './faults.ts'
import { pathOf, type TypedMethod } from './grpc.ts'
import { v1, v2alpha1 } from './services.ts'

export type V2Package = 'v2beta1' | 'v2alpha1'

export interface NodeClientOptions {
  readonly listeners: Readonly<Record<Listener, string>>
  readonly tls?: TlsFiles | null | undefined
  readonly clock: Clock
  readonly log: Logger
  /** Overrides every deadline; for tests and slow links. */
  readonly deadlineMs?: number
}

export interface NodeClient {
  /**
   * One question to the node, by a method descriptor (`v1.…`, or `v2alpha1.…` for either v2 package: v2beta1 is
   * preferred and has the same wire format).
   * @throws for a method that is not on the allow-list: that is a bug.
   */
  call<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'unary', I, O>,
    request: MessageInitShape<I>,
  ): Promise<Result<MessageShape<O>, NodeApiFaultCode>>
  /** A stream that ends by itself, whole or not at all. */
  collect<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'server_streaming', I, O>,
    request: MessageInitShape<I>,
  ): Promise<Result<MessageShape<O>[], NodeApiFaultCode>>
  /** A v1 stream that goes on until it is cancelled. @returns cancels; nothing is called afterwards. */
  follow<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'server_streaming', I, O>,
    request: MessageInitShape<I>,
    on: StreamListener<MessageShape<O>>,
  ): () => void
  /** Which listener really answers at the address of `listener`; `undefined` when none of the three does. */
  identify(listener: Listener): Promise<Listener | undefined>
  close(): void
}

/** Connects nothing by itself: the first call does. */
export const createNodeClient = (options: NodeClientOptions): NodeClient => new Clients(options)

class Clients implements NodeClient {
  readonly #allowed = allowList()
  readonly #connections: Readonly<Record<Listener, Connection>>
  readonly #deadlineMs: number | undefined
  #v2: V2Package | undefined
  #probing: Promise<V2Package | undefined> | undefined

  constructor({ listeners, tls, clock, log, deadlineMs }: NodeClientOptions) {
    this.#deadlineMs = deadlineMs
    const to = (listener: Listener, files?: TlsFiles | null): Connection =>
      new Connection({ listener, address: listeners[listener], tls: files ?? undefined, clock, log })
    this.#connections = { public: to('public'), private: to('private'), post: to('post', tls) }
  }

  async call<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'unary', I, O>,
    request: MessageInitShape<I>,
  ): Promise<Result<MessageShape<O>, NodeApiFaultCode>> {
    const allowed = this.#allow(pathOf(method))
    return this.#inPackage(pathOf(method), (path) => this.#unary(method, request, { path, ...allowed }))
  }

  async #unary<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'unary', I, O>,
    request: MessageInitShape<I>,
    { path, listener, deadlineMs }: AllowedCall & { readonly path: string },
  ): Promise<Result<MessageShape<O>, NodeApiFaultCode>> {
    const answer = await this.#connections[listener].unary(method, create(method.input, request), { path, deadlineMs })
    // What comes back may be another version of the node.
    if (!answer.ok && listener === 'public' && answer.fault.code === 'node-api/unreachable') this.#v2 = undefined
    return answer
  }

  collect<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'server_streaming', I, O>,
    request: MessageInitShape<I>,
  ): Promise<Result<MessageShape<O>[], NodeApiFaultCode>> {
    const { listener, deadlineMs } = this.#allow(pathOf(method))
    const message = create(method.input, request)
    return this.#inPackage(
      pathOf(method),
      (path) =>
        new Promise((resolve) => {
          const all: MessageShape<O>[] = []
          const end: StreamListener<unknown>['end'] = (fault) => resolve(fault === undefined ? ok(all) : { ok: false, fault })
          const on = { message: (one: MessageShape<O>) => void all.push(one), end }
          this.#connections[listener].stream(method, message, { path, deadlineMs, isEndless: false, on })
        }),
    )
  }

  follow<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'server_streaming', I, O>,
    request: MessageInitShape<I>,
    on: StreamListener<MessageShape<O>>,
  ): () => void {
    const path = pathOf(method)
    const { listener, deadlineMs } = this.#allow(path)
    if (!path.startsWith('/spacemesh.v1.')) throw new Error(`${path}: only v1 streams are followed`)
    return this.#connections[listener].stream(method, create(method.input, request), { path, deadlineMs, isEndless: true, on })
  }

  async identify(listener: Listener): Promise<Listener | undefined> {
    const { deadlineMs } = this.#allow(pathOf(v1.NodeService.method.version))
    const at = this.#connections[listener]
    const asks = {
      public: () => this.#ask(at, v1.NodeService.method.version, deadlineMs),
      private: () => this.#ask(at, v1.SmesherService.method.smesherIDs, deadlineMs),
      post: () => this.#ask(at, v1.PostInfoService.method.postStates, deadlineMs),
    }
    for (const name of ['public', 'private', 'post'] as const) if (await asks[name]()) return name
    return undefined
  }

  close(): void {
    for (const connection of Object.values(this.#connections)) connection.close()
  }

  async #ask<I extends DescMessage, O extends DescMessage>(
    connection: Connection,
    method: TypedMethod<'unary', I, O>,
    deadlineMs: number,
  ): Promise<boolean> {
    const answer = await connection.unary(method, create(method.input), { path: pathOf(method), deadlineMs })
    return answer.ok
  }

  #allow(path: string): AllowedCall {
    const found = this.#allowed.get(path)
    if (found === undefined) throw new Error(`${path} is not on the list of calls that may be made`)
    return { ...found, deadlineMs: this.#deadlineMs ?? found.deadlineMs }
  }

  /** Runs a v2 call in the package that the node serves; a v1 call as it is. */
  async #inPackage<T>(path: string, run: (path: string) => Promise<Result<T, NodeApiFaultCode>>): Promise<Result<T, NodeApiFaultCode>> {
    if (!path.startsWith('/spacemesh.v2alpha1.')) return run(path)
    const served = this.#v2 ?? (await this.#probe())
    if (served === 'v2alpha1') return run(path)
    const answer = await run(path.replace('v2alpha1', 'v2beta1'))
    return !answer.ok && answer.fault.code === 'node-api/not-offered' ? run(path) : answer
  }

  /** Asked once, by whoever comes first; `undefined` while the node does not answer. */
  #probe(): Promise<V2Package | undefined> {
    this.#probing ??= this.#askV2beta1().finally(() => (this.#probing = undefined))
    return this.#probing
  }

  async #askV2beta1(): Promise<V2Package | undefined> {
    const { status } = v2alpha1.NodeService.method
    const answer = await this.#unary(status, {}, { path: pathOf(status).replace('v2alpha1', 'v2beta1'), ...this.#allow(pathOf(status)) })
    if (answer.ok) this.#v2 = 'v2beta1'
    else if (answer.fault.code === 'node-api/not-offered') this.#v2 = 'v2alpha1'
    return this.#v2
  }
}
