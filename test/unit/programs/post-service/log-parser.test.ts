import { assert as check, property, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ServiceLogFact } from '../../../../shared/domain/log-facts.ts'
import { createServiceLogReader, readServiceLog } from '../../../../electron/programs/post-service/index.ts'
import { jsonLines, recording, recordingsIn, runs } from '../recordings.ts'
import { EXPECTED } from './expected-facts.ts'

/** stderr of each post-service of one timeline, by its source. */
function stderrOf(file: string): Map<string, string[]> {
  const lines = new Map<string, string[]>()
  for (const row of jsonLines(file)) {
    const { src, line } = row
    if (typeof src !== 'string' || typeof line !== 'string' || !/^(post-service|service-\d)$/.test(src)) continue
    lines.set(src, [...(lines.get(src) ?? []), line])
  }
  return lines
}

function brief(fact: ServiceLogFact): string {
  switch (fact.fact) {
    case 'connect-failed':
    case 'disconnected':
    case 'proof-failed':
      return `${fact.fact}:${fact.why}`
    case 'pow-started':
      return `pow-started:${fact.nonces.start}..${fact.nonces.end}`
    case 'start-error':
      return `start-error:${fact.code}`
    default:
      return fact.fact
  }
}

const timelines = recordingsIn('post-service').filter((name) => name.endsWith('.jsonl'))

describe('the log of a post-service', () => {
  it.each(timelines)('%s says what happened', (name) => {
    for (const [src, lines] of stderrOf(`post-service/${name}`)) {
      const facts = readServiceLog(lines.join('\n'))
      expect(runs(facts.map(brief))).toEqual(EXPECTED[`${name.replace('.jsonl', '')} ${src}`])
    }
  })

  it('is expected for every recording and for none that is gone', () => {
    const seen = timelines.flatMap((name) =>
      [...stderrOf(`post-service/${name}`).keys()].map((src) => `${name.replace('.jsonl', '')} ${src}`),
    )
    expect(Object.keys(EXPECTED).toSorted()).toEqual(seen.toSorted())
  })

  it('gives the details of a proof', () => {
    const facts = readServiceLog(stderrOf('post-service/full-proof-quick-0.8.5.jsonl').get('post-service')?.join('\n') ?? '')
    const of = <F extends ServiceLogFact['fact']>(kind: F) => facts.find((f): f is Extract<ServiceLogFact, { fact: F }> => f.fact === kind)
    expect(of('metadata-sent')?.identity).toMatch(/^[0-9a-f]{64}$/)
    expect(of('metadata-sent')?.numUnits).toBe(4)
    expect(of('proof-started')?.challenge).toMatch(/^[0-9a-f]{64}$/)
    expect(of('operator-running')?.address).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(of('pow-finished')?.seconds).toBeGreaterThan(0)
    expect(of('proof-found')?.nonce).toBeGreaterThanOrEqual(0)
    expect(of('proof-found')?.loggedAt).toBeGreaterThan(Date.UTC(2026, 10, 20))
  })

  it('tells why a proof was rejected although the cause stands in later lines', () => {
    const facts = readServiceLog(stderrOf('post-service/corrupt-data-0.8.5.jsonl').get('post-service')?.join('\n') ?? '')
    const rejected = facts.find((fact) => fact.fact === 'proof-rejected')
    expect(rejected?.text).toMatch(/^MSB value for index: \d+ .* doesn't satisfy difficulty/)
    expect(rejected?.text).not.toContain('Location')
  })

  it('names both challenges, and expected and actual size', () => {
    const other = readServiceLog(stderrOf('post-service/other-challenge-while-proving-0.8.5.jsonl').get('post-service')?.join('\n') ?? '')
    const failed = other.find((fact) => fact.fact === 'proof-failed')
    expect(failed).toMatchObject({ current: '11'.repeat(32), requested: '22'.repeat(32) })
    const short = readServiceLog(stderrOf('post-service/truncated-file-0.8.5.jsonl').get('post-service')?.join('\n') ?? '')
    const size = short.find((fact) => fact.fact === 'file-size-wrong')
    expect(size?.path).toMatch(/postdata_0\.bin$/)
    expect(size?.expectedBytes).toBeGreaterThan(size?.actualBytes ?? Number.NaN)
  })

  it('tells most facts with their first line, and a rejection when the log is quiet', () => {
    const reader = createServiceLogReader()
    expect(reader.push('[2026-11-21T00:38:26Z INFO  post::prove] started reading POST data')).toHaveLength(1)
    expect(reader.push('[2026-11-21T00:38:26Z ERROR post_service::client] failed proof verification: verifying proof')).toEqual([])
    expect(reader.push('    Caused by:')).toEqual([])
    expect(reader.push('        invalid proof of work')).toEqual([])
    expect(reader.settle()).toMatchObject([{ fact: 'proof-rejected', text: 'invalid proof of work' }])
    expect(reader.settle()).toEqual([])
  })
})

describe('the services beside real nodes', () => {
  const counts = (file: string): Record<string, number> => {
    const count: Record<string, number> = {}
    for (const fact of readServiceLog(recording(file))) count[brief(fact)] = (count[brief(fact)] ?? 0) + 1
    return count
  }

  // Counted with a text search in the recordings, not with this parser.
  it.each([
    ['node-1n-1.7.6/post-service-1.stderr', 'proof is valid'],
    ['node-1n-1.7.6/post-service-2.stderr', 'proof is valid'],
    ['node-1n-1.7.6/post-service-3.stderr', 'proof is valid'],
    ['node-1n-1.8.3/post-service-1.stderr', 'proof is valid'],
    ['node-proof-failures-1.7.6/good.stderr', 'proof is valid'],
    ['node-proof-failures-1.7.6/invalid-proof.stderr', 'proof is valid'],
  ])('%s counts every proof', (file, text) => {
    expect(counts(file)['proof-valid']).toBe(recording(file).split(text).length - 1)
    expect(counts(file)['proof-valid']).toBeGreaterThan(0)
  })

  it('see the proofs that cannot be made', () => {
    const atOnce = counts('node-proof-failures-1.7.6/fails-at-once.stderr')
    expect(atOnce['proof-failed:nonces-exhausted']).toBe(
      recording('node-proof-failures-1.7.6/fails-at-once.stderr').split('failed to generate proof:').length - 1,
    )
    expect(atOnce['proof-valid']).toBeUndefined()
  })

  it('of every other recording are read without a surprise', () => {
    for (const folder of ['node-equivocation-1.7.6', 'node-supervised-1.7.6']) {
      for (const name of recordingsIn(folder).filter((n) => /(svc|service).*\.stderr$/.test(n))) {
        const facts = readServiceLog(recording(`${folder}/${name}`))
        expect(facts.map((f) => f.fact)).toContain('operator-running')
        expect(facts.filter((f) => f.fact === 'start-error')).toEqual([])
      }
    }
  })
})

describe('rubbish in the log', () => {
  it('never throws, whatever the bytes', () => {
    check(
      property(uint8Array({ maxLength: 2000 }), (bytes) => {
        readServiceLog(Buffer.from(bytes).toString('utf8'))
      }),
    )
  })

  it('survives every cut of a real log', () => {
    const whole = stderrOf('post-service/corrupt-data-0.8.5.jsonl').get('post-service')?.join('\n') ?? ''
    const known = new Set(readServiceLog(whole).map(brief))
    for (let at = 0; at < whole.length; at += 37) {
      for (const fact of readServiceLog(whole.slice(at))) expect(known).toContain(brief(fact))
      readServiceLog(whole.slice(0, at))
    }
  })

  it('bounds lines of 1 MB and entries of a million lines', () => {
    const long = 'x'.repeat(1_000_000)
    const reader = createServiceLogReader()
    reader.push(`[2026-11-21T00:38:26Z ERROR post_service::client] failed to generate proof: ${long}`)
    expect(reader.push(long)).toEqual([])
    for (let i = 0; i < 100_000; i += 1) reader.push('    at nowhere')
    expect(reader.push('[2026-11-21T00:38:27Z INFO  post::prove] started reading POST data')).toMatchObject([{ fact: 'reading-started' }])
    const [failed] = readServiceLog(`[2026-11-21T00:38:26Z ERROR post_service::client] failed to generate proof: ${long}`)
    expect(JSON.stringify(failed).length).toBeLessThan(1000)
  })
})
