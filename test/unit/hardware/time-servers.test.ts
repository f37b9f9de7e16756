import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import { agree } from '../../../electron/hardware/clock/agree.ts'
import { askServer, serverAddress } from '../../../electron/hardware/clock/ask-server.ts'
import { askPacket, msToNtp, ntpToMs, readReply } from '../../../electron/hardware/clock/packet.ts'
import { timeWatch } from '../../../electron/hardware/clock/time-watch.ts'
import { systemClock } from '../../../electron/lib/clock.ts'

const LONG_MS = 20_000
const cookie = Buffer.from('0102030405060708', 'hex')

interface Lie {
  readonly aheadMs?: number
  readonly stratum?: number
  readonly leap?: number
  readonly mode?: number
  readonly refId?: string
  readonly dispersionMs?: number
  readonly noTime?: boolean
}

/** The answer of a server whose clock is `aheadMs` before ours. */
function answer(question: Buffer, lie: Lie = {}): Buffer {
  const packet = Buffer.alloc(48)
  packet[0] = ((lie.leap ?? 0) << 6) | (4 << 3) | (lie.mode ?? 4)
  packet[1] = lie.stratum ?? 2
  packet.writeUInt32BE(Math.round(((lie.dispersionMs ?? 1) / 1000) * 65_536), 8)
  packet.write(lie.refId ?? 'GPS\0', 12, 'latin1')
  question.copy(packet, 24, 40, 48)
  const [seconds, fraction] = msToNtp(Date.now() + (lie.aheadMs ?? 0))
  for (const at of lie.noTime === true ? [] : [32, 40]) {
    packet.writeUInt32BE(seconds, at)
    packet.writeUInt32BE(fraction, at + 4)
  }
  return packet
}

const open = new Set<() => void>()
afterEach(() => {
  for (const close of open) close()
  open.clear()
})

/** A real server on this machine; `reply` sees the question and gives the packets to send. */
async function server(reply: (question: Buffer) => readonly Buffer[]): Promise<{ readonly name: string; readonly asked: () => number }> {
  const socket = createSocket('udp4')
  let asked = 0
  socket.on('message', (question, from) => {
    asked += 1
    for (const packet of reply(question)) socket.send(packet, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  open.add(() => socket.close())
  return { name: `127.0.0.1:${socket.address().port}`, asked: () => asked }
}

describe('a packet of a time server', () => {
  it('tells times to the millisecond, in both eras', () => {
    for (const ms of [Date.UTC(2026, 10, 28, 1, 2, 3, 456), Date.UTC(2040, 0, 1)]) {
      expect(ntpToMs(...msToNtp(ms))).toBeCloseTo(ms, 2)
    }
    // RFC 4330 §3: 2036-02-07 06:28:16 UTC is second 0 of the second era.
    expect(ntpToMs(0, 0)).toBe(Date.UTC(2036, 1, 7, 6, 28, 16))
  })
  it('says nothing of our own time in the question', () => {
    expect(askPacket(cookie).toString('hex')).toBe(`23${'00'.repeat(39)}0102030405060708`)
  })
  it.each([
    ['kiss', { stratum: 0, refId: 'RATE' }],
    ['unusable', { leap: 3 }],
    ['unusable', { stratum: 16 }],
    ['unusable', { noTime: true }],
    ['unusable', { dispersionMs: 4000 }],
    ['foreign', { mode: 3 }],
    ['time', {}],
  ] as const)('is %s when it says %j', (is, lie) => {
    expect(readReply(answer(askPacket(cookie), lie), cookie).is).toBe(is)
  })
  it('is foreign when it answers another question or is cut', () => {
    expect(readReply(answer(askPacket(Buffer.alloc(8))), cookie).is).toBe('foreign')
    expect(readReply(answer(askPacket(cookie)).subarray(0, 47), cookie).is).toBe('foreign')
  })
})

describe('names of servers', () => {
  it.each([
    ['time.example', 'time.example', 123],
    ['127.0.0.1:1123', '127.0.0.1', 1123],
    ['[::1]:5', '::1', 5],
    ['[::1]', '::1', 123],
  ])('%s', (name, host, port) => expect(serverAddress(name)).toEqual({ host, port }))
})

describe('the time that servers agree on', () => {
  const told = (name: string, offsetMs: number, uncertaintyMs = 10) => ({ name, offsetMs, uncertaintyMs })
  it('is the median of the majority', () => {
    const agreed = agree([told('a', 30), told('b', 40), told('c', 20), told('d', 90_000)])
    expect(agreed.offsetMs).toBe(30)
    expect([...agreed.liars]).toEqual(['d'])
  })
  it('is nobody’s when there is no majority', () => {
    expect(agree([told('a', 0), told('b', 60_000)])).toEqual({ liars: new Set() })
    expect(agree([told('a', 0), told('b', 0), told('c', 9000), told('d', 9000)]).offsetMs).toBeUndefined()
    expect(agree([])).toEqual({ liars: new Set() })
  })
  it('is the only one’s when one answered', () => {
    expect(agree([told('a', -12)])).toMatchObject({ offsetMs: -12, uncertaintyMs: 10 })
  })
  it('holds its own interval, whatever the rounding', () => {
    for (let i = 0; i < 1000; i += 1) expect(agree([told('a', 4000 + i / 7, i / 13)]).offsetMs).toBe(4000 + i / 7)
  })
  it('is not moved by liars that lie far and wide', () => {
    const liars = [told('x', 500_000, 1_400), told('y', -500_000, 1_400)]
    expect(agree([told('a', 1), told('b', 2), told('c', 3), ...liars]).offsetMs).toBe(2)
  })
})

describe('asking real servers on this machine', () => {
  it('measures how far the clock is off, within what it says', async () => {
    const { name } = await server((question) => [answer(question, { aheadMs: 7000 })])
    const got = await askServer(name, systemClock, LONG_MS)
    expect(got.is).toBe('answered')
    if (got.is !== 'answered') return
    expect(Math.abs(got.offsetMs + 7000)).toBeLessThanOrEqual(got.uncertaintyMs)
  })
  it('waits on when somebody else answers first', async () => {
    const { name } = await server((question) => [
      answer(askPacket(Buffer.alloc(8)), { aheadMs: 9e6 }),
      Buffer.from('noise'),
      answer(question),
    ])
    const got = await askServer(name, systemClock, LONG_MS)
    expect(got.is === 'answered' && Math.abs(got.offsetMs) <= got.uncertaintyMs).toBe(true)
  })
  it('is silent when nobody answers, listens or is known', async () => {
    const mute = await server(() => [])
    expect((await askServer(mute.name, systemClock, 50)).is).toBe('silent')
    expect((await askServer('127.0.0.1:1', systemClock, 2000)).is).toBe('silent')
    expect((await askServer('nobody.invalid', systemClock, 5000)).is).toBe('silent')
  })
  it('outvotes a liar, and says so', async () => {
    const good = await Promise.all([0, 1, 2].map(() => server((question) => [answer(question, { aheadMs: -4000 })])))
    const liar = await server((question) => [answer(question, { aheadMs: 3_600_000 })])
    const look = await timeWatch(systemClock, LONG_MS).look([...good, liar].map(({ name }) => name))
    expect(Math.round((look.offsetMs ?? 0) / 1000)).toBe(4)
    expect(look.servers.map(({ is }) => is)).toEqual(['answered', 'answered', 'answered', 'liar'])
  })
  it('never asks again whoever said no', async () => {
    const closed = await server((question) => [answer(question, { stratum: 0, refId: 'DENY' })])
    const watch = timeWatch(systemClock, LONG_MS)
    const looks = [await watch.look([closed.name]), await watch.look([closed.name])]
    expect(looks.map(({ servers }) => servers[0])).toEqual([
      { name: closed.name, is: 'refused', text: 'does not want to be asked (DENY)' },
      { name: closed.name, is: 'refused', text: 'does not want to be asked (DENY)' },
    ])
    expect(closed.asked()).toBe(1)
  })
  it('looks once for two that ask at once', async () => {
    const one = await server((question) => [answer(question)])
    const watch = timeWatch(systemClock, LONG_MS)
    const [a, b] = await Promise.all([watch.look([one.name]), watch.look([one.name])])
    expect(a).toBe(b)
    expect(one.asked()).toBe(1)
  })
})
