import { fromBinary, toBinary, type DescMessage, type DescMethod, type DescService, type MessageShape } from '@bufbuild/protobuf'
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'

/** A method with the types of its messages, as protoc-gen-es describes it. */
export interface TypedMethod<Kind extends DescMethod['methodKind'], I extends DescMessage, O extends DescMessage> {
  readonly methodKind: Kind
  readonly input: I
  readonly output: O
  readonly name: string
  readonly parent: DescService
}

/** Bytes of a message. A view, not a copy: never kept by either side. */
const bytesOf = (schema: DescMessage, message: MessageShape<DescMessage>): Buffer => {
  const bytes = toBinary(schema, message)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Messages hold plain `Uint8Array`, whatever the transport hands over. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** `/package.Service/Method`, as it stands in the HTTP/2 request. */
export const pathOf = (method: Pick<DescMethod, 'name'> & { readonly parent: Pick<DescService, 'typeName'> }): string =>
  `/${method.parent.typeName}/${method.name}`

/** What grpc-js needs to know of one method, for a client or a server. */
export function methodDefinition<I extends DescMessage, O extends DescMessage>(
  method: TypedMethod<DescMethod['methodKind'], I, O>,
): MethodDefinition<MessageShape<I>, MessageShape<O>> {
  const { input, output, methodKind } = method
  return {
    path: pathOf(method),
    originalName: method.name,
    requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    requestSerialize: (message) => bytesOf(input, message),
    requestDeserialize: (bytes) => fromBinary(input, plain(bytes)),
    responseSerialize: (message) => bytesOf(output, message),
    responseDeserialize: (bytes) => fromBinary(output, plain(bytes)),
  }
}

/** A whole service for `Server.addService`; keyed by the names that `serviceHandlers` takes. */
export const serviceDefinition = (service: DescService): ServiceDefinition =>
  Object.fromEntries(service.methods.map((method) => [method.localName, methodDefinition(method)]))

type Handler<M> = M extends { methodKind: infer Kind; input: infer I extends DescMessage; output: infer O extends DescMessage }
  ? Kind extends 'unary'
    ? handleUnaryCall<MessageShape<I>, MessageShape<O>>
    : Kind extends 'server_streaming'
      ? handleServerStreamingCall<MessageShape<I>, MessageShape<O>>
      : Kind extends 'client_streaming'
        ? handleClientStreamingCall<MessageShape<I>, MessageShape<O>>
        : handleBidiStreamingCall<MessageShape<I>, MessageShape<O>>
  : never

/** Handlers of a service, typed by its descriptor. A method that is left out answers `Unimplemented`. */
export type ServiceHandlers<S extends { readonly method: object }> = { readonly [K in keyof S['method']]?: Handler<S['method'][K]> }

/**
 * Both arguments of `Server.addService`. With `as`, a v2alpha1 service is served under the other package's name: the same
 * handlers and messages do for both, because the wire format is the same.
 * @example server.addService(...servedBy(v1.PostInfoService, { postStates: (call, answer) => answer(null, states) }))
 */
export function servedBy<S extends DescService>(
  service: S,
  handlers: ServiceHandlers<S>,
  as: 'v2alpha1' | 'v2beta1' = 'v2alpha1',
): [ServiceDefinition, UntypedServiceImplementation] {
  const definition = Object.entries(serviceDefinition(service)).map(([name, method]) => [
    name,
    { ...method, path: method.path.replace('.v2alpha1.', `.${as}.`) },
  ])
  return [Object.fromEntries(definition) as ServiceDefinition, handlers as UntypedServiceImplementation]
}
