import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'
import { z } from 'zod'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { CONTRACT_VERSION } from '../../shared/ipc/contract.ts'
import type { Logger } from '../lib/logger.ts'
import { peerUser } from '../lib/peer-user.ts'
import { frameReader, writeFrame } from './frames.ts'
import type { KeeperLink } from './link.ts'

const MAX_REQUEST_BYTES = 4 * 1024 * 1024
const MAX_CLIENTS = 64
const HELLO_WITHIN_MS = 5_000
/** A client that leaves so much unread is dropped; a snapshot of 200 identities is about 0.5 MiB. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024
const MAX_IN_FLIGHT = 64

const hello = z.strictObject({ hello: z.strictObject({ contract: z.number(), version: z.string().max(60) }) })
const request = z.strictObject({ id: z.number().int(), call: z.string().max(80), input: z.unknown().optional() })

export interface SocketServer {
  close(): Promise<void>
}

interface Options {
  readonly socketPath: string
  readonly version: string
  readonly log: Logger
  /** Injected in tests; the real one asks the kernel. `undefined` = cannot be known here. */
  readonly peerUser?: (socket: Socket) => number | undefined
}

interface Client {
  readonly isGreeted: () => boolean
}

/** One client. Who does not greet, does not read, or asks faster than it can be answered, harms itself only. */
function serve(socket: Socket, link: KeeperLink, { log, version }: Options): Client {
  let isGreeted = false
  let inFlight = 0
  const drop = (why: string): void => {
    log.warn('socket.dropped', { why })
    writeFrame(socket, { error: why })
    socket.destroySoon()
  }
  const dropSlow = (): void => {
    log.warn('socket.dropped', { why: 'too slow' })
    socket.destroy() // it does not read: a farewell would wait for ever
  }
  const timer = setTimeout(() => drop('no greeting'), HELLO_WITHIN_MS)
  const offTopic = link.onTopic((topic, value) => {
    if (isGreeted && !writeFrame(socket, { topic, value }, MAX_QUEUED_BYTES)) dropSlow()
  })
  const answer = async (value: unknown): Promise<void> => {
    const parsed = request.safeParse(value)
    if (!parsed.success) return drop('a request of another form')
    const { id, call, input } = parsed.data
    inFlight += 1
    if (inFlight >= MAX_IN_FLIGHT) socket.pause()
    const result = await link.call(call, input)
    inFlight -= 1
    if (inFlight < MAX_IN_FLIGHT) socket.resume()
    if (!socket.destroyed && !writeFrame(socket, { id, result }, MAX_QUEUED_BYTES)) dropSlow()
  }
  const onFrame = (value: unknown): void => {
    if (isGreeted) {
      void answer(value)
      return
    }
    const parsed = hello.safeParse(value)
    if (!parsed.success) return drop('no greeting')
    clearTimeout(timer)
    if (parsed.data.hello.contract !== CONTRACT_VERSION)
      return drop(`contract ${parsed.data.hello.contract} is not ours (${CONTRACT_VERSION})`)
    isGreeted = true
    writeFrame(socket, { welcome: { contract: CONTRACT_VERSION, version, pid: process.pid } })
  }
  const read = frameReader(MAX_REQUEST_BYTES, onFrame, drop)
  socket.on('data', (chunk) => read(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)))
  socket.on('error', (cause) => log.debug('socket.error', { error: textOf(cause) }))
  socket.on('close', () => {
    clearTimeout(timer)
    offTopic()
  })
  return { isGreeted: () => isGreeted }
}

/** Who has greeted stays; of the others the oldest makes room, so that a crowd of them shuts nobody out. */
function admit(clients: Map<Socket, Client>): boolean {
  if (clients.size < MAX_CLIENTS) return true
  for (const [socket, client] of clients) {
    if (client.isGreeted()) continue
    clients.delete(socket)
    socket.destroy()
    return true
  }
  return false
}

/**
 * The local door of the keeper: 0600 in a 0700 folder, own user only. The caller holds the keeper's lock, so a socket
 * file that is already there belongs to a keeper that is gone.
 */
export async function startSocketServer(link: KeeperLink, options: Options): Promise<Result<SocketServer, 'socket/not-opened'>> {
  const { socketPath, log } = options
  const isPipe = socketPath.startsWith('\\\\.\\pipe\\')
  const clients = new Map<Socket, Client>()
  const server: Server = createServer((socket) => {
    const user = (options.peerUser ?? peerUser)(socket)
    const own = process.getuid?.()
    if (user !== undefined && own !== undefined && user !== own && user !== 0) {
      log.warn('socket.foreign-user', { user })
      socket.destroy()
      return
    }
    if (!admit(clients)) {
      log.warn('socket.full', { clients: clients.size })
      socket.destroy()
      return
    }
    clients.set(socket, serve(socket, link, options))
    socket.on('close', () => clients.delete(socket))
  })
  try {
    if (!isPipe) {
      mkdirSync(path.dirname(socketPath), { recursive: true, mode: 0o700 })
      rmSync(socketPath, { force: true })
    }
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(socketPath, resolve)
    })
    if (!isPipe) chmodSync(socketPath, 0o600)
  } catch (cause: unknown) {
    return fail('socket/not-opened', `${socketPath}: ${textOf(cause)}`)
  }
  server.on('error', (cause) => log.error('socket.server', { error: textOf(cause) }))
  return ok({
    close: async () => {
      for (const client of clients.keys()) client.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      if (!isPipe) rmSync(socketPath, { force: true })
    },
  })
}
