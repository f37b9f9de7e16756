import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { lookup, Resolver } from 'node:dns/promises'
import { isIP, isIPv6 } from 'node:net'
import { textOf } from '../../../shared/domain/fault.ts'
import type { Clock } from '../../lib/clock.ts'
import { askPacket, readReply, type Reply } from './packet.ts'

/** What one server said of our clock. */
export type ServerAnswer =
  /** `offsetMs`: ours minus its, within `uncertaintyMs`. */
  | { readonly is: 'answered'; readonly offsetMs: number; readonly uncertaintyMs: number }
  | { readonly is: 'silent'; readonly text: string }
  /** `forMs`: it must not be asked for so long; `Infinity` = while we run. */
  | { readonly is: 'refused'; readonly text: string; readonly forMs: number }

const NTP_PORT = 123
/** A server that says RATE is left alone for so long. */
const RATE_MS = 6 * 3_600_000

/** `host`, `host:port` or `[v6]:port`. */
export function serverAddress(name: string): { readonly host: string; readonly port: number } {
  const parts = /^\[([^\]]+)\](?::(\d+))?$/.exec(name) ?? /^([^:]+)(?::(\d+))?$/.exec(name)
  return { host: parts?.[1] ?? name, port: Number(parts?.[2] ?? NTP_PORT) }
}

function answerOf(
  reply: Exclude<Reply, { is: 'foreign' }>,
  asked: { readonly wallMs: number; readonly roughMs: number; readonly tookMs: number },
): ServerAnswer {
  if (reply.is === 'kiss') {
    const isForGood = reply.code === 'DENY' || reply.code === 'RSTR'
    return {
      is: 'refused',
      text: `does not want to be asked (${reply.code || 'no reason'})`,
      forMs: isForGood ? Number.POSITIVE_INFINITY : RATE_MS,
    }
  }
  if (reply.is === 'unusable') return { is: 'refused', text: reply.text, forMs: 0 }
  // Our end of the exchange is the start and what the steady clock measured: a jump meanwhile does not spoil it.
  const { wallMs, roughMs, tookMs } = asked
  const theirs = (reply.receivedMs - wallMs + (reply.sentMs - (wallMs + tookMs))) / 2
  const wayMs = Math.max(0, tookMs - (reply.sentMs - reply.receivedMs))
  return { is: 'answered', offsetMs: -theirs, uncertaintyMs: wayMs / 2 + roughMs + reply.distanceMs }
}

/** Asks one server once. Never rejects; never waits longer than `deadlineMs`. */
export async function askServer(name: string, clock: Clock, deadlineMs: number): Promise<ServerAnswer> {
  const { host, port } = serverAddress(name)
  const silent = (text: string): ServerAnswer => ({ is: 'silent', text })
  return new Promise((resolve) => {
    const done: (() => void)[] = []
    const end = (answer: ServerAnswer): void => {
      for (const undo of done.splice(0)) undo()
      resolve(answer)
    }
    let isOver = false
    done.push(
      () => (isOver = true),
      clock.after(deadlineMs, () => end(silent(`no answer within ${(deadlineMs / 1000).toFixed(0)} s`))),
    )
    const resolver = new Resolver({ timeout: deadlineMs, tries: 1 })
    done.push(() => resolver.cancel())
    addressOf(host, resolver).then(
      (address) => {
        if (!isOver) exchange({ address, port }, clock, { done, end, silent })
      },
      () => end(silent('its name is not known here')),
    )
  })
}

/** Wall and steady clock at one moment. The wall clock is told in whole ms; `roughMs` is how far the two may be apart. */
function bothClocks(clock: Clock): { readonly wallMs: number; readonly monotonic: number; readonly roughMs: number } {
  const before = clock.monotonic()
  const wallMs = clock.now() + 0.5
  const after = clock.monotonic()
  return { wallMs, monotonic: (before + after) / 2, roughMs: (after - before) / 2 + 0.5 }
}

/**
 * Asks name servers ourselves: the system's own way holds a thread of ours until it gives up, and a computer without
 * network would hold them all. It is asked only for a name that name servers answer and do not know.
 */
async function addressOf(host: string, resolver: Resolver): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    const [address] = await resolver.resolve4(host)
    if (address !== undefined) return address
  } catch (cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code !== 'ENOTFOUND' && code !== 'ENODATA') throw cause
  }
  return (await lookup(host)).address
}

interface Ending {
  readonly done: (() => void)[]
  readonly end: (answer: ServerAnswer) => void
  readonly silent: (text: string) => ServerAnswer
}

function exchange(at: { readonly address: string; readonly port: number }, clock: Clock, { done, end, silent }: Ending): void {
  const socket = createSocket(isIPv6(at.address) ? 'udp6' : 'udp4')
  const cookie = randomBytes(8)
  let asked = { wallMs: 0, monotonic: 0, roughMs: 0 }
  done.push(() => socket.close())
  socket.on('error', (cause) => end(silent(textOf(cause))))
  socket.on('message', (packet) => {
    const tookMs = clock.monotonic() - asked.monotonic
    const reply = readReply(packet, cookie)
    if (reply.is !== 'foreign') end(answerOf(reply, { ...asked, tookMs }))
  })
  // Connected: packets of anybody else do not reach us, and a closed port is told at once.
  socket.connect(at.port, at.address, () => {
    asked = bothClocks(clock)
    socket.send(askPacket(cookie))
  })
}
