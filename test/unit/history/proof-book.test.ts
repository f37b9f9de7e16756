import { describe, expect, it } from 'vitest'
import { foldProof, type ProofBook } from '../../../electron/history/proof-book.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { ServiceLogFact } from '../../../shared/domain/log-facts.ts'
import { MAINNET, cycleGap } from '../../../shared/domain/network.ts'
import { asEpoch } from '../../../shared/domain/ids.ts'
import type { NodeEvent, Observation } from '../../../shared/domain/observation.ts'
import type { Exit } from '../../../shared/domain/process.ts'

const A = 'ab'.repeat(32) as IdentityId
const CHALLENGE = 'c1'.repeat(32)
const OTHER = 'd2'.repeat(32)
const T = cycleGap(MAINNET, asEpoch(60)).opensAt + 1000
const MIB = 1024 * 1024

const event = (what: 'post-start' | 'post-complete', at: number, more: Partial<NodeEvent & { challenge: string }> = {}): Observation => ({
  kind: 'node-event',
  at,
  event: { event: what, emittedAt: at, failure: false, help: '', identity: A, challenge: CHALLENGE, ...more } as NodeEvent,
})
const log = (fact: ServiceLogFact, at: number): Observation => ({
  kind: 'service-log',
  at,
  identity: A,
  fact: { ...fact, loggedAt: at } as ServiceLogFact,
})
const operator = (start: number, positionBytes: number, at: number): Observation => ({
  kind: 'operator',
  at,
  identity: A,
  answer: {
    is: 'proving',
    nonces: { start, end: start === 0 && positionBytes < 0 ? 0 : start + 128 },
    positionBytes: Math.max(0, positionBytes),
  },
})
const ended = (last: Exit): Observation => ({ kind: 'service-process', at: last.at, identity: A, state: { at: 'failed', last } })
const started = (challenge: string): ServiceLogFact => ({ fact: 'proof-started', challenge })

function play(...seen: Observation[]) {
  let book: ProofBook = new Map()
  const records = new Map<number, unknown>()
  for (const one of seen) {
    const folded = foldProof(book, one, MAINNET)
    book = folded.book
    for (const { track } of folded.changed) records.set(track.record.startedAt, track.record)
  }
  return [...records.values()]
}

describe('foldProof', () => {
  it('records an accepted proof with passes, times, speed and its epoch', () => {
    const [proof, ...rest] = play(
      event('post-start', T),
      log(started(CHALLENGE), T + 1000),
      log({ fact: 'pow-started', nonces: { start: 0, end: 128 } }, T + 2000),
      operator(0, 0, T + 3000),
      log({ fact: 'pow-finished', seconds: 60 }, T + 62_000),
      operator(0, 100 * MIB, T + 63_000),
      operator(0, 300 * MIB, T + 64_000),
      operator(0, 500 * MIB, T + 65_000),
      log({ fact: 'reading-finished', seconds: 10 }, T + 72_000),
      log({ fact: 'pow-started', nonces: { start: 128, end: 256 } }, T + 73_000),
      log({ fact: 'pow-finished', seconds: 40 }, T + 113_000),
      log({ fact: 'reading-finished', seconds: 8 }, T + 121_000),
      { kind: 'operator', at: T + 122_000, identity: A, answer: { is: 'done' } },
      event('post-complete', T + 125_000),
    )
    expect(rest).toEqual([])
    expect(proof).toEqual({
      identity: A,
      epoch: 60,
      startedAt: T,
      finishedAt: T + 125_000,
      outcome: 'accepted',
      passes: 2,
      powMs: 100_000,
      readMs: 18_000,
      bytesPerSecond: 200 * MIB,
    })
  })

  it('does not take DoneProving for success', () => {
    const [proof] = play(event('post-start', T), { kind: 'operator', at: T + 1000, identity: A, answer: { is: 'done' } })
    expect(proof).toMatchObject({ outcome: 'running' })
  })

  it('keeps a failure once, with the cause from the log, however often the node repeats it', () => {
    const failed: ServiceLogFact = { fact: 'proof-failed', why: 'other', text: 'creating prover' }
    const all = play(
      event('post-start', T),
      log(started(CHALLENGE), T + 1000),
      event('post-complete', T + 5000, { failure: true, help: 'Node failed PoST execution.', challenge: '' }),
      log(failed, T + 6000),
      log(failed, T + 8000),
      event('post-complete', T + 305_000, { failure: true, help: 'Node failed PoST execution.', challenge: '' }),
    )
    expect(all).toHaveLength(1)
    expect(all[0]).toMatchObject({ outcome: 'failed', finishedAt: T + 5000, cause: 'creating prover' })
  })

  it('records each round of a proof that its own service rejects', () => {
    const rejected: ServiceLogFact = { fact: 'proof-rejected', text: 'invalid label' }
    const all = play(
      event('post-start', T),
      log(started(CHALLENGE), T + 1000),
      log(rejected, T + 9000),
      log(started(CHALLENGE), T + 11_000),
      log(rejected, T + 19_000),
    )
    expect(all).toMatchObject([
      { outcome: 'rejected', cause: 'invalid label', finishedAt: T + 9000 },
      { outcome: 'rejected', startedAt: T + 11_000, finishedAt: T + 19_000 },
    ])
  })

  it('calls the work of a killed service lost and begins anew with the restarted one', () => {
    const all = play(
      event('post-start', T),
      log(started(CHALLENGE), T + 1000),
      ended({ at: T + 30_000, signal: 'SIGKILL', cause: 'killed' }),
      log(started(CHALLENGE), T + 40_000),
      event('post-complete', T + 90_000),
    )
    expect(all).toMatchObject([
      { outcome: 'lost', finishedAt: T + 30_000, cause: 'killed' },
      { outcome: 'accepted', startedAt: T + 40_000, finishedAt: T + 90_000 },
    ])
  })

  it('does not charge the wanted proof with work on an older challenge that is thrown away', () => {
    const all = play(
      log(started(OTHER), T),
      event('post-start', T + 10_000),
      log({ fact: 'pow-started', nonces: { start: 0, end: 128 } }, T + 11_000),
      log({ fact: 'proof-rejected', text: 'made for another challenge' }, T + 20_000),
      log(started(CHALLENGE), T + 22_000),
      event('post-complete', T + 60_000),
    )
    expect(all.map((one) => (one as { outcome: string }).outcome)).not.toContain('rejected')
    expect(all.at(-1)).toMatchObject({ outcome: 'accepted', finishedAt: T + 60_000 })
  })

  it('turns an accepted initial proof that the node then finds invalid into a rejected one', () => {
    const [proof] = play(event('post-start', T), event('post-complete', T + 5000), {
      kind: 'node-log',
      at: T + 5100,
      fact: { fact: 'initial-post-invalid', idPrefix: 'ababa', text: 'initial POST is invalid' },
    })
    expect(proof).toMatchObject({ outcome: 'rejected', cause: 'the node found the proof invalid' })
  })

  it('adds nothing when a log is read again from its start', () => {
    const facts = [
      event('post-start', T),
      log(started(CHALLENGE), T + 1000),
      log({ fact: 'pow-finished', seconds: 60 }, T + 61_000),
      log({ fact: 'reading-finished', seconds: 5 }, T + 66_000),
    ]
    const again = facts.slice(1, 3)
    expect(play(...facts, ...again)).toEqual(play(...facts))
  })

  it('knows a proof whose start nobody saw, and says so', () => {
    expect(play(event('post-complete', T))).toMatchObject([{ outcome: 'accepted', finishedAt: T, cause: 'its start was not seen' }])
  })

  it('ignores the operator while RandomX is prepared (nonces 0..0)', () => {
    const [proof] = play(event('post-start', T), operator(0, -1, T + 1000))
    expect(proof).toMatchObject({ passes: 0, outcome: 'running' })
  })
})
