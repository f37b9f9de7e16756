import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { foldProof, type ProofBook } from '../../../electron/history/index.ts'
import { readServiceLog } from '../../../electron/programs/index.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { ServiceLogFact } from '../../../shared/domain/log-facts.ts'
import type { Observation } from '../../../shared/domain/observation.ts'
import type { ProofRecord } from '../../../shared/ipc/contract.ts'

const A = 'ab'.repeat(32) as IdentityId
const FOLDER = 'test/fixtures/recordings/node-proof-failures-1.7.6'

const proofsOf = (name: string): ProofRecord[] => proofsIn(readFileSync(`${FOLDER}/${name}.stderr`, 'utf8'))

/**
 * What a recorded service log makes of the proofs; without the node's word none is accepted.
 * @param isTaken  after such a fact the node says that it took the proof
 */
function proofsIn(text: string, isTaken: (fact: ServiceLogFact) => boolean = () => false): ProofRecord[] {
  let book: ProofBook = new Map()
  const records = new Map<number, ProofRecord>()
  const see = (seen: Observation): void => {
    const folded = foldProof(book, seen, undefined)
    book = folded.book
    for (const { track } of folded.changed) records.set(track.record.startedAt, track.record)
  }
  let challenge = ''
  for (const fact of readServiceLog(text)) {
    const at = fact.loggedAt ?? 0
    if (fact.fact === 'proof-started') challenge = fact.challenge
    see({ kind: 'service-log', at, identity: A, fact })
    const taken = { event: 'post-complete', emittedAt: at, failure: false, help: '', identity: A, challenge } as const
    if (isTaken(fact)) see({ kind: 'node-event', at, event: taken })
  }
  return [...records.values()]
}
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

describe('recorded service logs', () => {
  it('a proof that fails at once is one failed proof, however often the failure is repeated', () => {
    const text = readFileSync(`${FOLDER}/fails-at-once.stderr`, 'utf8')
    const proofs = proofsOf('fails-at-once')
    expect(count(text, /failed to generate proof/g)).toBeGreaterThan(3)
    expect(proofs).toHaveLength(count(text, /starting proof generation/g))
    expect(proofs.every((proof) => proof.outcome === 'failed' && proof.cause !== undefined)).toBe(true)
  })

  it('a proof that its service rejects is told as rejected, and the next round as a proof of its own', () => {
    const lines = readFileSync('test/fixtures/recordings/post-service/corrupt-data-0.8.5.jsonl', 'utf8').trim().split('\n')
    const said = lines.map((line) => JSON.parse(line) as { stream?: string; line?: string }).filter((one) => one.stream === 'stderr')
    const proofs = proofsIn(said.map((one) => one.line ?? '').join('\n'))
    expect(proofs.map((proof) => proof.outcome)).toEqual(['rejected', 'running'])
    expect(proofs[0]).toMatchObject({
      passes: 1,
      finishedAt: expect.any(Number) as number,
      cause: expect.stringContaining('satisfy difficulty') as string,
    })
  })

  it('proofs that the node takes and asks for again are rejected ones, though the node never says so', () => {
    const text = readFileSync(`${FOLDER}/invalid-proof.stderr`, 'utf8')
    const proofs = proofsIn(text, (fact) => fact.fact === 'proof-valid')
    const rounds = count(text, /starting proof generation/g)
    expect(rounds).toBeGreaterThan(3)
    expect(proofs).toHaveLength(rounds)
    expect(proofs.slice(0, -1).every((proof) => proof.outcome === 'rejected')).toBe(true)
  })

  it('no log alone makes an accepted proof', () => {
    for (const name of ['good', 'fails-at-once', 'fails-later', 'invalid-proof']) {
      const proofs = proofsOf(name)
      expect(proofs.length, name).toBeGreaterThan(0)
      expect(
        proofs.map((proof) => proof.outcome),
        name,
      ).not.toContain('accepted')
    }
  })
})
