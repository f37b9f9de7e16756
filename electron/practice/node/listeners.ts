import { createServer, type Server as TcpServer } from 'node:net'
import {
  logVerbosity,
  Metadata,
  setLogVerbosity,
  Server,
  ServerCredentials,
  status,
  type MethodDefinition,
  type ServerDuplexStream,
} from '@grpc/grpc-js'
import { allServices } from '../../node-api/index.ts'
import { adminRoutes, meshRoutes, nodeRoutes, postInfoRoutes, smesherRoutes } from './api-v1.ts'
import { privateV2Routes, publicV2Routes } from './api-v2.ts'
import { StartError } from './exits.ts'
import type { NodeLog } from './log.ts'
import type { Node } from './node.ts'
import type { PostHub } from './post-hub.ts'
import { router, RpcError, type Route, type Serving } from './rpc.ts'

export type ListenerName = 'public' | 'private' | 'post'

export interface Listener {
  readonly name: ListenerName
  readonly address: string
  close(): Promise<void>
}

// The real node's stderr holds nothing of its transport.
setLogVerbosity(logVerbosity.NONE)

const inUse = (address: string): string => `listen tcp ${address}: bind: address already in use`

/** `/ip4/127.0.0.1/tcp/7513` → host and port. */
function tcpOf(multiaddr: string): { host: string; port: number } | undefined {
  const found = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)/.exec(multiaddr)
  return found?.[1] === undefined ? undefined : { host: found[1], port: Number(found[2]) }
}

function bind(host: string, port: number): Promise<TcpServer | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(undefined))
    server.listen({ host, port, exclusive: true }, () => resolve(server))
  })
}

/** Holds the p2p port; nobody is talked to. @throws StartError when it is taken */
export async function listenP2p(multiaddr: string): Promise<TcpServer | undefined> {
  const at = tcpOf(multiaddr)
  if (at === undefined) return undefined
  const server = await bind(at.host, at.port)
  if (server !== undefined) return server
  const why = `[listen tcp4 ${at.host}:${at.port}: bind: address already in use]`
  throw new StartError(`init services: p2p: can't listen: failed to listen on any addresses: ${why}`, false)
}

/** The metrics port; a taken one only warns. */
export async function listenMetrics(port: number, log: NodeLog): Promise<TcpServer | undefined> {
  const server = await bind('0.0.0.0', port)
  if (server === undefined) log('WARN', 'node.00000.defaultLogger', 'Metrics server stopped: %v', { errmsg: inUse(`:${port}`), name: '' })
  return server
}

/** Every method that some listener of this release has, as paths by service. */
const knownServices = (): Map<string, string[]> =>
  new Map(allServices.map((service) => [service.typeName, service.methods.map((method) => method.name)]))

const rawBytes = (bytes: Buffer): Buffer => bytes

function unimplemented(service: string, method: string, details: string, serving: Serving): Route {
  const path = `/${service}/${method}`
  const definition: MethodDefinition<unknown, unknown> = {
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: (value) => rawBytes(value as Buffer),
    requestDeserialize: rawBytes,
    responseSerialize: (value) => rawBytes(value as Buffer),
    responseDeserialize: rawBytes,
  }
  const handle = (call: ServerDuplexStream<unknown, unknown>): void => {
    const error = new RpcError(status.UNIMPLEMENTED, details)
    serving.failed(path, error)
    call.emit('error', { code: error.code, details: error.details })
  }
  return { path, definition, handle: handle }
}

/** Calling this kills the real node with a nil pointer panic a moment later. */
function layerStream(pkg: string, panic: (pkg: string) => void): Route {
  const route = unimplemented(`spacemesh.${pkg}.LayerStreamService`, 'Stream', '', { failed: () => undefined, gate: () => undefined })
  const handle = (call: ServerDuplexStream<unknown, unknown>): void => {
    call.sendMetadata(new Metadata())
    call.resume()
    panic(pkg)
  }
  return { ...route, handle: handle }
}

export interface ListenersOptions {
  readonly node: Node
  readonly hub: PostHub
  readonly serving: Serving
  readonly panic: (pkg: string) => void
}

const limitName = (path: string): string => {
  const [, pkg = '', service = ''] = /^\/spacemesh\.([^.]+)\.(\w+)Service\//.exec(path) ?? []
  const name = service.slice(0, 1).toLowerCase() + service.slice(1)
  return pkg === 'v1' ? name : `${name}_${pkg}`
}

/** Which routes each listener has: the split is fixed, from 1.8 on the config can only take away. */
export function routesOf({ node, hub, serving, panic }: ListenersOptions): Readonly<Record<ListenerName, readonly Route[]>> {
  const v1 = router(serving)
  const beta = node.world.version.is18 ? [router(serving, 'spacemesh.v2beta1')] : []
  const both = [v1, ...beta]
  const packages = node.world.version.is18 ? ['v2alpha1', 'v2beta1'] : ['v2alpha1']
  const all: Record<ListenerName, readonly Route[]> = {
    public: [...nodeRoutes(node, v1), ...meshRoutes(node, v1), ...both.flatMap((r) => publicV2Routes(node, r))],
    private: [
      ...adminRoutes(node, v1),
      ...smesherRoutes(node, v1),
      ...both.flatMap((r) => privateV2Routes(node, r)),
      ...packages.map((pkg) => layerStream(pkg, panic)),
    ],
    post: [hub.route, ...postInfoRoutes(node, v1)],
  }
  const { limits } = node.world.config
  const keep = (name: ListenerName): readonly Route[] => {
    const wanted = limits[name]?.map((service) => service.toLowerCase())
    return wanted === undefined ? all[name] : all[name].filter((route) => wanted.includes(limitName(route.path).toLowerCase()))
  }
  return { public: keep('public'), private: keep('private'), post: keep('post') }
}

function withUnknown(routes: readonly Route[], serving: Serving): readonly Route[] {
  const have = new Set(routes.map((route) => route.path))
  const services = new Set(routes.map((route) => route.path.split('/')[1]))
  const missing = [...knownServices()].flatMap(([service, methods]) =>
    methods
      .filter((method) => !have.has(`/${service}/${method}`))
      .map((method) => {
        const details = services.has(service) ? `unknown method ${method} for service ${service}` : `unknown service ${service}`
        return unimplemented(service, method, details, serving)
      }),
  )
  return [...routes, ...missing]
}

export interface ListenOptions {
  readonly name: ListenerName
  readonly address: string
  readonly routes: readonly Route[]
  readonly serving: Serving
  readonly log: NodeLog
}

/** Opens one gRPC listener. @throws StartError when the address is taken */
export async function listen({ name, address, routes, serving, log }: ListenOptions): Promise<Listener> {
  const server = new Server({
    'grpc.max_receive_message_length': 10_485_760,
    'grpc.max_send_message_length': 10_485_760,
    'grpc.so_reuseport': 0,
  })
  const all = withUnknown(routes, serving)
  server.addService(Object.fromEntries(all.map((r) => [r.path, r.definition])), Object.fromEntries(all.map((r) => [r.path, r.handle])))
  const where = address.startsWith(':') ? `0.0.0.0${address}` : address
  const port = await new Promise<number | undefined>((resolve) => {
    server.bindAsync(where, ServerCredentials.createInsecure(), (error, bound) => resolve(error === null ? bound : undefined))
  })
  if (port === undefined) {
    log('ERROR', 'node.grpc', 'start listen server', { error: inUse(address) })
    throw new StartError(inUse(address), false)
  }
  const bound = `${where.slice(0, where.lastIndexOf(':'))}:${port}`
  log('INFO', 'node.grpc', 'bound to address', { address: bound })
  return {
    name,
    address: bound,
    close: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve())
        server.forceShutdown()
      }),
  }
}
