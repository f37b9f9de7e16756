import { create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf'
import {
  Metadata,
  status,
  type handleUnaryCall,
  type MethodDefinition,
  type sendUnaryData,
  type ServerWritableStream,
  type UntypedHandleCall,
} from '@grpc/grpc-js'
import { methodDefinition, type TypedMethod } from '../../node-api/index.ts'

/** A call that ends with a gRPC status. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: status
  readonly details: string
  constructor(code: status, details: string) {
    super(details)
    this.code = code
    this.details = details
  }
}

/** One served method, ready for a listener. */
export interface Route {
  readonly path: string
  readonly definition: MethodDefinition<unknown, unknown>
  readonly handle: UntypedHandleCall
}

/** Told of every call that failed, as the node logs each. */
export type CallWatcher = (path: string, error: RpcError) => void
/** Asked before each call; a returned error ends it (an API that is down, on demand). */
export type CallGate = () => RpcError | 'garbage' | undefined

export interface Serving {
  readonly failed: CallWatcher
  readonly gate: CallGate
}

const errorOf = (cause: unknown): RpcError =>
  cause instanceof RpcError ? cause : new RpcError(status.INTERNAL, cause instanceof Error ? cause.message : String(cause))

const wire = <I extends DescMessage, O extends DescMessage>(
  method: TypedMethod<'unary' | 'server_streaming' | 'bidi_streaming', I, O>,
  pkg: string | undefined,
  isGarbage: () => boolean,
): MethodDefinition<unknown, unknown> => {
  const definition = methodDefinition(method)
  return {
    ...definition,
    path: pkg === undefined ? definition.path : definition.path.replace(/^\/spacemesh\.v[^.]+/, `/${pkg}`),
    responseSerialize: (value: unknown) =>
      isGarbage() ? Buffer.from([0xff, 0xff, 0xff, 0x07]) : definition.responseSerialize(value as MessageShape<O>),
  } as MethodDefinition<unknown, unknown>
}

/** Builds routes; `pkg` serves the same method under another package name (v2beta1 has v2alpha1's wire format). */
export function router(serving: Serving, pkg?: string): Router {
  const gated = (): boolean => serving.gate() === 'garbage'
  const stopHere = (): RpcError | undefined => {
    const gate = serving.gate()
    return gate instanceof RpcError ? gate : undefined
  }
  return {
    unary(method, answer) {
      const definition = wire(method, pkg, gated)
      const serve = async (request: MessageShape<typeof method.input>, done: sendUnaryData<unknown>): Promise<void> => {
        try {
          const down = stopHere()
          if (down !== undefined) throw down
          done(null, create(method.output, await answer(request)))
        } catch (cause: unknown) {
          const error = errorOf(cause)
          serving.failed(definition.path, error)
          done({ code: error.code, details: error.details })
        }
      }
      const handle: handleUnaryCall<MessageShape<typeof method.input>, unknown> = (call, done) => void serve(call.request, done)
      return { path: definition.path, definition, handle: handle as UntypedHandleCall }
    },
    stream(method, open) {
      const definition = wire(method, pkg, gated)
      const handle = (call: ServerWritableStream<unknown, unknown>): void => {
        call.sendMetadata(new Metadata())
        const out: Out<MessageInitShape<typeof method.output>> = {
          send: (message) => call.write(create(method.output, message)),
          end: () => call.end(),
          fail: (error) => {
            serving.failed(definition.path, error)
            call.emit('error', { code: error.code, details: error.details })
          },
          closed: (run) => {
            call.on('cancelled', run)
            call.on('close', run)
          },
        }
        const down = stopHere()
        if (down !== undefined) return out.fail(down)
        try {
          open(call.request as MessageShape<typeof method.input>, out)
        } catch (cause: unknown) {
          out.fail(errorOf(cause))
        }
      }
      return { path: definition.path, definition, handle: handle }
    },
  }
}

/** What a streaming handler writes to. */
export interface Out<O> {
  /** False when the client does not keep up. */
  send(message: O): boolean
  end(): void
  fail(error: RpcError): void
  closed(run: () => void): void
}

export interface Router {
  unary<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'unary', I, O>,
    answer: (request: MessageShape<I>) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
  ): Route
  stream<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<'server_streaming', I, O>,
    open: (request: MessageShape<I>, out: Out<MessageInitShape<O>>) => void,
  ): Route
}
