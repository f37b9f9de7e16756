import { describe, expect, it } from 'vitest'
import { parseStatus, readServiceLog, serviceConnection, serviceReadiness, type ServiceSigns } from '../../../../electron/programs/index.ts'
import { jsonLines, recordingsIn } from '../recordings.ts'

const running = '[2026-11-21T00:00:00Z INFO  post_service::operator] running operator service on 127.0.0.1:1\n'
const signs = (more: Partial<ServiceSigns> = {}): ServiceSigns => ({
  pid: 42,
  ranMs: 1_000,
  operator: '127.0.0.1:50051',
  answer: { is: 'idle' },
  owner: { is: 'unknown', why: 'not asked' },
  facts: readServiceLog(running),
  ...more,
})

describe('the answer of GET /status', () => {
  it('every recorded body is understood', () => {
    const kinds = new Set<string>()
    for (const name of recordingsIn('post-service').filter((one) => one.endsWith('.jsonl'))) {
      for (const row of jsonLines(`post-service/${name}`)) {
        if (typeof row['body'] === 'string' && String(row['src']).startsWith('status')) kinds.add(parseStatus(row['body']).is)
      }
    }
    expect(kinds).toEqual(new Set(['idle', 'proving', 'done']))
  })

  it('keeps nonces and position', () => {
    expect(parseStatus('{"Proving":{"nonces":{"start":288,"end":576},"position":1048576}}')).toEqual({
      is: 'proving',
      nonces: { start: 288, end: 576 },
      positionBytes: 1_048_576,
    })
  })

  it.each([
    '',
    '{',
    'null',
    '"idle"',
    '[]',
    '{"Proving":{}}',
    '{"Proving":{"nonces":{"start":-1,"end":1},"position":0}}',
    '<html>',
    '1e999',
  ])('%j is garbage', (body) => {
    expect(parseStatus(body).is).toBe('garbage')
  })
})

describe('a service is ready', () => {
  it('when its own operator API answers', () => {
    for (const answer of [{ is: 'idle' }, { is: 'done' }, { is: 'proving', nonces: { start: 0, end: 16 }, positionBytes: 0 }] as const) {
      expect(serviceReadiness(signs({ answer, owner: { is: 'process', pids: [42] } })).is).toBe('ready')
    }
  })

  it('also while RandomX silences it, but not when it is silent from the start', () => {
    const proving = readServiceLog(
      `${running}[2026-11-21T00:00:01Z INFO  post_service::service] starting proof generation for challenge ${'11'.repeat(32)}`,
    )
    expect(serviceReadiness(signs({ answer: { is: 'silent' }, facts: proving })).is).toBe('ready')
    expect(serviceReadiness(signs({ answer: { is: 'silent' } }))).toMatchObject({ is: 'not-yet' })
  })

  it('not when somebody else answers in its place', () => {
    const said = serviceReadiness(signs({ owner: { is: 'process', pids: [7] } }))
    expect(said).toMatchObject({ is: 'failed', causeCode: 'service/operator-port-in-use' })
  })

  it('when it proves already without an operator API: stopping it would lose the proof', () => {
    const lines = ['using 1 cores', `starting proof generation for challenge ${'11'.repeat(32)}`]
    const facts = readServiceLog(lines.map((line) => `[2026-11-21T00:00:00Z INFO  post_service] ${line}`).join('\n'))
    expect(facts.map(({ fact }) => fact)).toContain('proof-started')
    expect(serviceReadiness(signs({ answer: { is: 'none' }, facts, ranMs: 6_000 }))).toMatchObject({ is: 'ready' })
    expect(serviceReadiness(signs({ answer: { is: 'idle' }, facts, ranMs: 6_000 }))).toMatchObject({ is: 'ready' })
  })

  it('not when 0.8.5 swallowed a busy port: it runs and never said that its operator API runs', () => {
    const facts = readServiceLog('[2026-11-21T00:00:00Z WARN  post_service::client] could not connect to the node: ConnectionRefused')
    expect(serviceReadiness(signs({ answer: { is: 'none' }, facts })).is).toBe('not-yet')
    expect(serviceReadiness(signs({ answer: { is: 'none' }, facts, ranMs: 6_000 }))).toMatchObject({
      is: 'failed',
      causeCode: 'service/operator-missing',
    })
    expect(serviceReadiness(signs({ facts, ranMs: 6_000 }))).toMatchObject({ is: 'failed', causeCode: 'service/operator-port-in-use' })
    expect(serviceReadiness(signs({ facts, ranMs: 6_000, owner: { is: 'process', pids: [42] } })).is).toBe('ready')
    expect(serviceReadiness(signs({ facts: [], ranMs: 3_600_000 })).is).toBe('ready')
    expect(serviceReadiness(signs({ answer: { is: 'none' }, facts: undefined, ranMs: 6_000 })).is).toBe('not-yet')
  })

  it('is not called blind for a log that a full disk keeps empty', () => {
    expect(serviceReadiness(signs({ facts: [], ranMs: 6_000 })).is).toBe('ready')
    expect(serviceReadiness(signs({ answer: { is: 'none' }, facts: [], ranMs: 6_000 })).is).toBe('not-yet')
  })

  it('not when the log holds its start error', () => {
    const facts = readServiceLog('Error: unknown client protocol\n\nLocation:\n    x')
    expect(serviceReadiness(signs({ facts }))).toMatchObject({ is: 'failed', causeCode: 'service/bad-address' })
  })

  it('garbage is somebody else, or a newer service when the port is its own', () => {
    const answer = { is: 'garbage', text: '"Sleeping"' } as const
    expect(serviceReadiness(signs({ answer })).is).toBe('failed')
    expect(serviceReadiness(signs({ answer, owner: { is: 'process', pids: [42] } })).is).toBe('ready')
  })
})

describe('the connection to the node, as far as the log tells', () => {
  const log = (name: string): string =>
    jsonLines(`post-service/${name}.jsonl`)
      .flatMap((row) => (row['src'] === 'post-service' && typeof row['line'] === 'string' ? [row['line']] : []))
      .join('\n')

  it.each([
    ['address-without-scheme-0.8.5', 'service/no-scheme', true],
    ['address-closed-port-0.8.5', 'service/node-not-reached', false],
    ['address-hostname-unresolvable-0.8.5', 'service/node-name-unknown', false],
    ['real-node-duplicate-service-0.8.5', 'service/duplicate', true],
    ['real-node-wrong-listener-public-0.8.5', 'service/wrong-listener', true],
    ['wrong-listener-http-server-0.8.5', 'service/not-a-node', true],
  ])('%s', (name, causeCode, lastsForEver) => {
    expect(serviceConnection(readServiceLog(log(name)))).toMatchObject({ is: 'trouble', causeCode, lastsForEver })
  })

  it('a good one is only probable, and no word is unknown', () => {
    expect(serviceConnection(readServiceLog(log('full-proof-quick-0.8.5')))).toEqual({ is: 'probably' })
    expect(serviceConnection([])).toEqual({ is: 'unknown' })
  })
})
