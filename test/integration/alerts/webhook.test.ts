import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createWebhook,
  openOutbox,
  startHeartbeat,
  urlProblem,
  type OutgoingMessage,
  type Webhook,
  type WebhookOptions,
} from '../../../electron/alerts/index.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'

interface Got {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}
type Answer = (got: Got, response: http.ServerResponse) => void

let folder: string
let clock: FakeClock
let servers: net.Server[]
let sockets: net.Socket[]
let hooks: { close(): void }[]

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-webhook-'))
  clock = new FakeClock(Date.UTC(2026, 0, 11, 3))
  servers = []
  sockets = []
  hooks = []
})
afterEach(async () => {
  for (const hook of hooks) hook.close()
  for (const socket of sockets) socket.destroy()
  for (const server of servers) {
    await new Promise((resolve) => server.close(resolve))
  }
  rmSync(folder, { recursive: true, force: true })
})

async function listen(server: net.Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: net.Socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A real server; `answer` may be changed while it runs. */
async function serve(first: Answer) {
  const got: Got[] = []
  const state = { answer: first, got, url: '' }
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => void (body += chunk.toString()))
    request.on('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      got.push(one)
      state.answer(one, response)
    })
  })
  state.url = `http://127.0.0.1:${await listen(server)}/topic`
  return state
}
const status =
  (code: number, headers: http.OutgoingHttpHeaders = {}): Answer =>
  (_got, response) =>
    void response.writeHead(code, headers).end()

const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  kind: 'will-be-late',
  severity: 'warn',
  title: 'A proof may be late',
  body: 'Acting helps for another 3 h.',
  at: clock.now(),
  ...more,
})
const box = () => path.join(folder, 'state', 'outbox.json')
function hook(url: string, more: Partial<WebhookOptions> & { form?: 'ntfy' | 'json' } = {}): Webhook {
  const { form = 'json', ...options } = more
  const made = createWebhook({
    settings: { url, form, withNames: false },
    clock,
    log: silentLogger,
    outbox: openOutbox(box(), silentLogger),
    deadlineMs: 2000,
    ...options,
  })
  hooks.push(made)
  return made
}
/** Moves the clock on until `done`, letting the network work in between. */
const until = (done: () => boolean, stepMs = 0): Promise<void> =>
  expect
    .poll(
      () => {
        clock.advance(stepMs)
        return done()
      },
      { timeout: 10_000, interval: 10 },
    )
    .toBe(true)

describe('the web hook', () => {
  it('posts plain JSON', async () => {
    const server = await serve(status(200))
    const sender = hook(server.url)
    sender.enqueue(message({ actBy: clock.now() + 3_600_000 }))
    await until(() => server.got.length === 1 && sender.waiting === 0)
    expect(server.got[0]).toMatchObject({ method: 'POST', url: '/topic', headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(server.got[0]?.body ?? '')).toEqual({
      app: 'smeshkeeper',
      kind: 'will-be-late',
      severity: 'warn',
      title: 'A proof may be late',
      body: 'Acting helps for another 3 h.',
      at: '2026-01-11T03:00:00.000Z',
      actBy: '2026-01-11T04:00:00.000Z',
    })
  })

  it('posts as ntfy reads it, also letters beyond ASCII', async () => {
    const server = await serve(status(200))
    const sender = hook(server.url, { form: 'ntfy' })
    sender.enqueue(message({ severity: 'bad', title: 'Moor’s proof failed', body: 'Größe falsch' }))
    await until(() => server.got.length === 1)
    expect(server.got[0]).toMatchObject({ body: 'Größe falsch', headers: { priority: '5', tags: 'rotating_light' } })
    const title = /^=\?UTF-8\?B\?(.+)\?=$/.exec(String(server.got[0]?.headers['title']))?.[1] ?? ''
    expect(Buffer.from(title, 'base64').toString()).toBe('Moor’s proof failed')
  })

  it('tries again with growing waits while the server is down or answers 500, in order, and loses nothing', async () => {
    const server = await serve(status(500))
    const outcomes: string[] = []
    const sender = hook(server.url, { onOutcome: (one, outcome) => outcomes.push(`${one.title} ${outcome}`) })
    sender.enqueue(message({ title: 'first' }))
    sender.enqueue(message({ title: 'second' }))
    await until(() => server.got.length === 1 && sender.problem !== undefined)
    expect(sender.problem).toMatch(/HTTP 500/)
    clock.advance(4999)
    expect(server.got).toHaveLength(1)
    clock.advance(1)
    await until(() => server.got.length === 2)
    server.answer = status(200)
    await until(() => sender.waiting === 0, 1000)
    expect(outcomes).toEqual(['first sent', 'second sent'])
    expect(server.got.map((one) => (JSON.parse(one.body) as { title: string }).title)).toEqual(['first', 'first', 'first', 'second'])
    expect(sender.problem).toBeUndefined()
  })

  it('survives a restart with what waits, once each', async () => {
    const free = await serve(status(200))
    const dead = `http://127.0.0.1:${await listenAndClose()}/x`
    const first = hook(dead)
    first.enqueue(message({ title: 'kept' }))
    await until(() => first.problem !== undefined)
    expect(first.problem).toMatch(/refuses the connection/)
    first.close()
    const second = hook(free.url)
    await until(() => free.got.length === 1 && second.waiting === 0)
    second.close()
    const third = hook(free.url)
    clock.advance(60_000)
    expect(third.waiting).toBe(0)
    expect(free.got).toHaveLength(1)
  })

  it('waits as long as 429 asks, and news does not hurry it', async () => {
    const server = await serve(status(429, { 'Retry-After': '120' }))
    const sender = hook(server.url)
    sender.enqueue(message())
    await until(() => sender.problem?.includes('429') === true)
    sender.enqueue(message({ title: 'news' }))
    clock.advance(119_000)
    expect(server.got).toHaveLength(1)
    server.answer = status(204)
    clock.advance(1000)
    await until(() => sender.waiting === 0)
    expect(server.got).toHaveLength(3)
  })

  it('does not follow a redirect and says where it leads', async () => {
    const trap = await serve(status(200))
    const server = await serve(status(302, { Location: `${trap.url}/secret-topic` }))
    const sender = hook(server.url)
    const said = await sender.test(message())
    expect(said).toContain(`to ${new URL(trap.url).origin}; redirects are not followed`)
    expect(said).not.toContain('secret-topic')
    expect(trap.got).toHaveLength(0)
  })

  it('gives up a message that is refused and goes on with the next', async () => {
    const server = await serve((got, response) => void response.writeHead(got.body.includes('bad one') ? 400 : 200).end())
    const outcomes: string[] = []
    const sender = hook(server.url, { onOutcome: (one, outcome) => outcomes.push(`${one.title} ${outcome}`) })
    sender.enqueue(message({ title: 'bad one' }))
    sender.enqueue(message({ title: 'good one' }))
    await until(() => outcomes.length === 2)
    expect(outcomes).toEqual(['bad one failed', 'good one sent'])
  })

  it('gives up after a day', async () => {
    const server = await serve(status(503))
    const outcomes: string[] = []
    const sender = hook(server.url, { onOutcome: (_one, outcome, why) => outcomes.push(`${outcome}: ${why}`) })
    sender.enqueue(message())
    await until(() => outcomes.length > 0, 600_000)
    expect(outcomes[0]).toMatch(/^failed: .*HTTP 503/)
    expect(server.got.length).toBeGreaterThan(10)
    expect(sender.waiting).toBe(0)
  })

  it('ends at its deadline with a server that says nothing, and does not wait for a body that never ends', async () => {
    const silent = await listen(net.createServer((socket) => socket.on('error', () => socket.destroy())))
    const started = performance.now()
    expect(await hook(`http://127.0.0.1:${silent}/`, { deadlineMs: 300 }).test(message())).toMatch(/did not answer within/)
    expect(performance.now() - started).toBeLessThan(5000)
    const endless = await serve((_got, response) => void response.writeHead(200).write('and on and on'))
    expect(await hook(endless.url).test(message())).toBeUndefined()
  })

  it('explains garbage and a connection that breaks off', async () => {
    const garbage = await listen(net.createServer((socket) => socket.on('error', () => socket.destroy()).end('this is not HTTP\r\n\r\n')))
    expect(await hook(`http://127.0.0.1:${garbage}/`).test(message())).toMatch(/answers, but not with HTTP/)
    const breaking = await listen(
      net.createServer((socket) => socket.on('error', () => socket.destroy()).on('data', () => socket.resetAndDestroy())),
    )
    expect(await hook(`http://127.0.0.1:${breaking}/`).test(message())).toMatch(/broke the connection off/)
  })

  it('speaks TLS, and explains a certificate that nobody vouches for and a port without TLS', async () => {
    const subject = '-subj /CN=nobody.example -addext subjectAltName=IP:127.0.0.1'.split(' ')
    const made = ['-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...made], { stdio: 'ignore' })
    const cert = readFileSync(path.join(folder, 'cert.pem'), 'utf8')
    const got: string[] = []
    const server = https.createServer({ key: readFileSync(path.join(folder, 'key.pem')), cert }, (request, response) => {
      got.push(request.url ?? '')
      response.writeHead(200).end()
    })
    const port = await listen(server)
    expect(await hook(`https://127.0.0.1:${port}/t`).test(message())).toMatch(/self-signed certificate that this machine does not trust/)
    expect(got).toEqual([])
    expect(await hook(`https://127.0.0.1:${port}/t`, { ca: cert }).test(message())).toBeUndefined()
    expect(await hook(`https://localhost:${port}/t`, { ca: cert }).test(message())).toMatch(/certificate for another name/)
    const plain = await serve(status(200))
    expect(await hook(plain.url.replace('http:', 'https:')).test(message())).toMatch(/does not speak TLS there|broke/)
  })

  it('keeps 200 messages at most and lets good news go first', async () => {
    const sender = hook(`http://127.0.0.1:${await listenAndClose()}/x`)
    sender.enqueue(message({ title: 'alarm', severity: 'bad' }))
    for (let i = 0; i < 250; i += 1) sender.enqueue(message({ title: `news ${i}`, severity: 'info' }))
    expect(sender.waiting).toBe(200)
    const stored = JSON.parse(readFileSync(box(), 'utf8')) as { letters: { message: OutgoingMessage }[] }
    expect(stored.letters.map((one) => one.message.title)).toContain('alarm')
    expect(stored.letters.at(-1)?.message.title).toBe('news 249')
  })

  it('preserves a damaged outbox and goes on', async () => {
    const server = await serve(status(200))
    hook(server.url).enqueue(message())
    await until(() => server.got.length === 1)
    writeFileSync(box(), '{"letters": [ {"mess')
    const sender = hook(server.url)
    sender.enqueue(message())
    await until(() => server.got.length === 2)
    expect(readdirSync(path.dirname(box()))).toContain('outbox.json.damaged')
  })

  it('wants https outside the own network', () => {
    expect(urlProblem('http://ntfy.sh/topic')).toMatch(/https/)
    expect(urlProblem('ftp://nas.local/x')).toMatch(/https/)
    for (const fine of ['https://ntfy.sh/t', 'http://192.168.1.5/t', 'http://nas.local/t', 'http://[::1]:80/t'])
      expect(urlProblem(fine)).toBeUndefined()
  })
})

async function listenAndClose(): Promise<number> {
  const server = net.createServer()
  const port = await listen(server)
  servers = servers.filter((one) => one !== server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('the heartbeat', () => {
  it('calls at once and periodically, and tries again when it does not arrive', async () => {
    const server = await serve(status(200))
    const beat = startHeartbeat({ url: server.url, everyMs: 600_000, clock, log: silentLogger, deadlineMs: 2000 })
    hooks.push(beat)
    await until(() => beat.lastArrivedAt !== undefined)
    expect(server.got).toMatchObject([{ method: 'GET', body: '' }])
    server.answer = status(503)
    clock.advance(600_000)
    await until(() => beat.problem !== undefined)
    server.answer = status(200)
    clock.advance(10_000)
    await until(() => beat.problem === undefined)
    expect(server.got).toHaveLength(3)
    expect(beat.lastArrivedAt).toBe(clock.now())
  })

  it('is left out while the keeper is not well, so that somebody outside notices', async () => {
    const server = await serve(status(200))
    let isAlive = false
    const beat = startHeartbeat({ url: server.url, everyMs: 60_000, clock, log: silentLogger, isAlive: () => isAlive })
    hooks.push(beat)
    clock.advance(120_000)
    isAlive = true
    clock.advance(60_000)
    await until(() => beat.lastArrivedAt !== undefined)
    expect(server.got).toHaveLength(1)
  })
})
