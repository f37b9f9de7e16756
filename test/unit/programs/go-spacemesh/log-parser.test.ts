import { assert as check, property, string, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NodeLogFact } from '../../../../shared/domain/log-facts.ts'
import { createNodeLogReader, parseNodeLine, readNodeLog } from '../../../../electron/programs/index.ts'
import { recording } from '../recordings.ts'
import { EXPECTED } from './expected-facts.ts'

function brief(fact: NodeLogFact): string {
  switch (fact.fact) {
    case 'start-step':
      return `start-step:${fact.step}`
    case 'atx-failed':
      return `atx-failed:${fact.why}`
    case 'twin-sign':
      return `twin-sign:${fact.sign}`
    case 'start-failed':
    case 'fatal':
      return `${fact.fact}:${fact.code}`
    case 'post-state':
      return `post-state:${fact.state}`
    default:
      return fact.fact
  }
}

function counts(file: string): Record<string, number> {
  const count: Record<string, number> = {}
  for (const fact of readNodeLog(recording(file))) count[brief(fact)] = (count[brief(fact)] ?? 0) + 1
  return count
}

const files = Object.keys(EXPECTED)
const occurrences = (file: string, text: string): number => recording(file).split(text).length - 1

describe('the log of a node', () => {
  it.each(files)('%s says what happened, as often as it happened', (file) => {
    const told = Object.entries(counts(file)).map(([name, count]) => `${name}=${count}`)
    expect(told.toSorted()).toEqual(EXPECTED[file]?.split(' ').toSorted())
  })

  // Text in the log → fact, counted without the parser; both encoders, 1.4 to 1.8.
  it.each([
    ['app started', 'app-started'],
    ['atx published', 'atx-published'],
    ['Loaded existing identity', 'identity-loaded'],
    ['post service registered', 'service-registered'],
    ['starting post execution', 'proving-started'],
    ['challenge submitted to poet proving service', 'challenge-submitted'],
    ['app cleanup completed', 'stopped'],
    ['"M":"initial POST is invalid"', 'initial-post-invalid'],
  ])('“%s” is counted everywhere', (text, fact) => {
    for (const file of files) expect([file, counts(file)[fact] ?? 0]).toEqual([file, occurrences(file, text)])
  })

  it('names version and network', () => {
    const of = (file: string) => readNodeLog(recording(file)).find((fact) => fact.fact === 'version')
    expect(of('node-1n-1.8.3/node-log.jsonl')).toMatchObject({ version: 'v1.8.3', genesisId: '889a402a79fd38cdeca267bb7e7a423e499a23e8' })
    expect(of('node-1n-1.7.6/node-log.jsonl')).toMatchObject({ version: 'v1.7.6' })
    expect(of('node-old/1.4.6-node-log.jsonl')).toMatchObject({ version: 'v1.4.6' })
    expect(of('node-start/mainnet-poet-refused.log')).toMatchObject({
      version: 'v1.7.6',
      genesisId: '9eebff023abb17ccb775c602daade8ed708f0a50',
    })
  })

  it('names the start steps in order, with the PoET that is asked', () => {
    const steps = readNodeLog(recording('node-start/poet-wait-1.8.3-log.jsonl')).filter((f) => f.fact === 'start-step')
    expect(steps.map((f) => f.step)).toEqual([
      'welcome',
      'starting',
      'p2p',
      'warm-up',
      'tortoise',
      'poet-client',
      'poet-waiting',
      'poet-client',
      'poet-waiting',
    ])
    expect(steps[6]?.detail).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(steps[8]?.detail).not.toBe(steps[6]?.detail)
  })

  it('gives ids of all three lengths as the line has them', () => {
    const facts = readNodeLog(recording('node-1n-1.7.6/node-log.jsonl'))
    expect(facts.find((f) => f.fact === 'identity-loaded')).toMatchObject({ filename: 'attic.key', idPrefix: '6b1b3' })
    expect(facts.find((f) => f.fact === 'registered-key')).toMatchObject({ idPrefix: '6b1b3c' })
    expect(facts.find((f) => f.fact === 'post-state')).toMatchObject({
      identity: '6b1b3ca6558b2bc5bd3397d3e91f9b90897c55584caa28fb700b53fcdddb9a5b',
      state: 'idle',
    })
    expect(facts.find((f) => f.fact === 'atx-published')).toMatchObject({ atxId: 'b1e3f65444', idPrefix: '6b1b3c' })
  })

  it('sees a second node with the same key, and whose key it is', () => {
    const twins = (file: string) => readNodeLog(recording(file)).filter((f) => f.fact === 'twin-sign')
    expect(new Set(twins('node-equivocation-1.7.6/nodeA.jsonl').map((f) => `${f.sign} ${f.idPrefix ?? ''}`))).toEqual(
      new Set(['already-published a98cca', 'poet-conflict a98cca']),
    )
    const found = ['A', 'B', 'C'].flatMap((node) => twins(`node-equivocation-1.8.3/node${node}.jsonl`))
    expect(new Set(found.map((f) => f.sign))).toEqual(new Set(['same-previous-atx', 'two-ballots', 'managed-by-node', 'poet-conflict']))
    for (const sign of found)
      expect('1eb62ffaf6de299788a15adadb5c65310ef23b95f85d11451aa1ba20300bfaa7'.startsWith(sign.idPrefix ?? '-')).toBe(true)
  })

  it('sees no twin where there is none', () => {
    for (const file of files.filter((name) => !name.includes('equivocation'))) {
      expect([file, readNodeLog(recording(file)).filter((f) => f.fact === 'twin-sign')]).toEqual([file, []])
    }
  })

  it('reads stderr that is written to the same file, also over several lines', () => {
    const facts = readNodeLog(
      "Error: loading config: unmarshal config: 1 error(s) decoding:\n\n* 'smeshing' has invalid keys: foo\nUsage:\n  node [flags]",
    )
    expect(facts).toMatchObject([{ fact: 'fatal', code: 'node/config-unknown-key' }])
    const panic = readNodeLog(recording('node-1n-1.7.6/panic-v2alpha1-LayerStream.stderr'))
    expect(panic).toMatchObject([{ fact: 'fatal', code: 'node/layer-stream-crash' }])
  })

  it('leaves console lines of other loggers in a JSON log alone', () => {
    expect(parseNodeLine('2026-11-21T00:31:59.536Z\tINFO\tloaded private key from environment')).toBeUndefined()
    expect(parseNodeLine('2026-11-21T00:32:32.065Z\tDEBUG\t/rpc.api.v1.PoetService/Submit\tverified PoW\t{"a": 1}')).toBeUndefined()
    expect(parseNodeLine('2026-11-21T00:56:21.310Z\tINFO\tnode\tstarting cache warmup')).toMatchObject({
      logger: '',
      message: 'starting cache warmup',
    })
  })
})

describe('rubbish in the log', () => {
  it('never throws', () => {
    check(property(uint8Array({ maxLength: 2000 }), (bytes) => void readNodeLog(Buffer.from(bytes).toString('utf8'))))
    check(property(string(), (text) => void readNodeLog(`{"L":"INFO","M":${JSON.stringify(text)},"N":"node.post","id":1}\n{${text}`)))
  })

  it('survives cuts and lines of 1 MB', () => {
    const text = recording('node-1n-1.8.3/also-supervised.jsonl')
    const known = new Set(readNodeLog(text).map(brief))
    for (let at = 0; at < text.length; at += 61)
      for (const fact of readNodeLog(text.slice(at, at + 5000))) expect(known).toContain(brief(fact))
    const reader = createNodeLogReader()
    expect(reader.push(`{"L":"INFO","M":"${'x'.repeat(1_000_000)}"}`)).toEqual([])
    expect(reader.push('{"L":"INFO","T":"2026-11-21T00:31:48.670Z","N":"node","M":"app started"}')).toHaveLength(1)
  })
})
