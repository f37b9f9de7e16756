import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { AnswerReader } from '../../../electron/node-api/answer-reader.ts'
import { asEpoch, type IdentityId } from '../../../shared/domain/ids.ts'
import type { Observation } from '../../../shared/domain/observation.ts'
import { grpcFiles, messagesOf, RECORDINGS } from './recordings.ts'

const DUP = '1eb62ffaf6de299788a15adadb5c65310ef23b95f85d11451aa1ba20300bfaa7' as IdentityId

/** Everything that one recorded folder shows, in order of time. */
function read(folder: string, identities: IdentityId[] = []): Observation[] {
  const reader = new AnswerReader(() => ({ identities, epochs: { from: asEpoch(0), to: asEpoch(99) } }))
  const lines = grpcFiles()
    .filter((file) => file.startsWith(folder) && file.includes('/grpc'))
    .flatMap((file) => [
      ...messagesOf(file)
        .filter((one) => one.isAnswer)
        .map((one) => ({ at: one.atMs, run: () => reader.answer({ at: one.atMs, rpc: one.rpc, bytes: one.bytes }) })),
      ...failuresOf(file).map((one) => ({ at: one.t_ms, run: () => reader.failed({ at: one.t_ms, ...one }) })),
    ])
  return lines.toSorted((a, b) => a.at - b.at).flatMap((line) => line.run())
}

interface Failure {
  t_ms: number
  rpc: string
  code: number
  message: string
}
const failuresOf = (file: string): Failure[] =>
  readFileSync(path.join(RECORDINGS, file), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"code"'))
    .map((line) => JSON.parse(line) as Failure)

describe('AnswerReader', () => {
  it('reads a whole recorded node: up, two restarts, every kind of evidence', () => {
    const seen = read('node-1n-1.8.3/')
    const kinds = new Set(seen.map((one) => one.kind))
    expect([...kinds].sort()).toEqual(['activations', 'node-api', 'node-event', 'node-sync', 'node-version', 'post-states', 'smesher-ids'])
    const reach = seen.flatMap((one) => (one.kind === 'node-api' && one.listener === 'private' ? [one.reach] : []))
    expect(reach[0]).toBe('up')
    expect(reach.filter((word, i) => word === 'up' && reach[i - 1] === 'down').length).toBe(2)
    const downs = seen.flatMap((one) => (one.kind === 'node-api' && one.reach === 'down' ? [one.why] : []))
    expect(downs.every((why) => /was cut|Nothing listens at/.test(why ?? ''))).toBe(true)
  })

  it('sees the ban of the doubled identity on every node, and its ATXs', () => {
    for (const node of ['grpc-A', 'grpc-B', 'grpc-C']) {
      const seen = read(`node-equivocation-1.8.3/${node}`, [DUP])
      const bans = seen.filter((one) => one.kind === 'malfeasance')
      expect(bans[0], node).toMatchObject({ identity: DUP, isBanned: true, reason: 'made two ballots in one layer' })
      const lists = seen.filter((one) => one.kind === 'activations')
      expect(lists.at(-1)?.list.every((entry) => entry.identity === DUP)).toBe(true)
      expect(lists.at(-1)?.list.length).toBeGreaterThan(0)
    }
  })

  it('ignores what it has no words for and refuses foreign bytes', () => {
    const reader = new AnswerReader(() => ({ identities: [], epochs: { from: asEpoch(0), to: asEpoch(1) } }))
    expect(reader.answer({ at: 1, rpc: 'spacemesh.v1.NodeService/Echo', bytes: new Uint8Array([1]) })).toEqual([])
    expect(reader.failed({ at: 1, rpc: 'spacemesh.v1.SmesherService/IsSmeshing', code: 9, message: 'no' })).toEqual([])
    expect(() => reader.answer({ at: 1, rpc: '/spacemesh.v1.NodeService/Status', bytes: new Uint8Array([0xff, 0xff]) })).toThrow()
  })
})
