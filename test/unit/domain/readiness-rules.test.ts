import { describe, expect, it } from 'vitest'
import { MAINNET } from '../../../shared/domain/network.ts'
import { dueLook, judgeReadiness, readyLooks, type ReadyFacts, type ReadyIdentity } from '../../../shared/domain/readiness-rules.ts'
import { anId, STATUSES } from '../../builders/snapshot.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 10, 20, 9)

const anIdentity = (index: number, name: string, more: Partial<ReadyIdentity> = {}): ReadyIdentity => ({
  id: anId(index),
  name,
  status: STATUSES.reading(),
  volume: 'there',
  files: { is: 'whole' },
  service: { is: 'answers' },
  ...more,
})

const facts = (more: Partial<ReadyFacts> = {}): ReadyFacts => ({
  now: NOW,
  gap: { opensAt: NOW + 48 * HOUR, closesAt: NOW + 60 * HOUR, epoch: 61 },
  identities: [anIdentity(0, 'Amber'), anIdentity(1, 'Kelp')],
  node: { is: 'synced', text: 'Node in sync.' },
  poets: [{ poet: 'https://a', is: 'answers' }],
  clock: { verdict: 'good', text: 'in step' },
  memory: { verdict: 'good', text: '2 fit' },
  disks: [{ what: 'the node', freeBytes: 1e12, isLow: false }],
  sleep: { is: 'kept-awake', text: 'kept awake' },
  osRestart: { is: 'none', text: 'no restart' },
  chanceAll: 0.99,
  ...more,
})

const failed = (more: Partial<ReadyFacts>): string[] =>
  judgeReadiness(facts(more)).checks.flatMap(({ key, is }) => (is === 'pass' ? [] : [`${key} ${is}`]))

describe('readiness for the gap', () => {
  it('says that everything is ready, with the day', () => {
    const report = judgeReadiness(facts())
    expect(report.sentence).toMatch(/^Ready for (Sunday|Saturday|Monday): 2 of 2\.$/)
    expect(report.checks.every(({ is }) => is === 'pass')).toBe(true)
  })

  it('counts who is ready, and names what is missing first', () => {
    const report = judgeReadiness(
      facts({
        identities: [anIdentity(0, 'Amber'), anIdentity(1, 'Kelp', { volume: 'gone', service: { is: 'fails', text: 'no folder' } })],
      }),
    )
    expect(report.sentence).toMatch(/^Not ready for \w+: 1 of 2\. Kelp’s drive is missing\.$/)
    expect(report.checks[0]).toMatchObject({ key: 'volume', identity: anId(1), is: 'fail' })
  })

  it('is ready for nobody without a node', () => {
    const report = judgeReadiness(facts({ node: { is: 'down', text: 'The node is stopped.' } }))
    expect(report.readyCount).toBe(0)
    expect(report.sentence).toContain('The node is stopped.')
  })

  it.each<[string, Partial<ReadyFacts>, string]>([
    ['wrong files', { identities: [anIdentity(0, 'A', { files: { is: 'wrong', text: 'postdata_3.bin is short' } })] }, 'files fail'],
    ['a service that does not start', { identities: [anIdentity(0, 'A', { service: { is: 'fails', text: 'exit 2' } })] }, 'service fail'],
    ['a service that the user stopped', { identities: [anIdentity(0, 'A', { service: { is: 'stopped-by-user' } })] }, 'service fail'],
    ['a foreign service that nobody hears', { identities: [anIdentity(0, 'A', { service: { is: 'foreign' } })] }, 'service unknown'],
    ['no PoET that answers', { poets: [{ poet: 'https://a', is: 'silent' }] }, 'poets fail'],
    [
      'one PoET of two',
      {
        poets: [
          { poet: 'https://a', is: 'answers' },
          { poet: 'https://b', is: 'refuses' },
        ],
      },
      'poets warn',
    ],
    ['a node that is behind', { node: { is: 'behind', text: 'Not in sync.' } }, 'sync warn'],
    ['a clock that is off', { clock: { verdict: 'bad', text: '12 s fast' } }, 'clock fail'],
    ['too little memory', { memory: { verdict: 'tight', text: '1 fits' } }, 'memory warn'],
    ['a full disk', { disks: [{ what: 'the node', freeBytes: 1e8, isLow: true }] }, 'space fail'],
    ['a computer that may sleep', { sleep: { is: 'may-sleep', text: 'battery' } }, 'sleep warn'],
    ['a pending restart', { osRestart: { is: 'pending', text: 'update' } }, 'os-restart warn'],
    ['a plan that does not fit', { chanceAll: 0.3 }, 'plan fail'],
    ['an old backup', { backup: { is: 'old', sentence: 'Backup 90 d old' } }, 'backup warn'],
  ])('tells of %s', (_what, more, expected) => {
    const { checks } = judgeReadiness(facts(more))
    expect(failed(more)).toEqual([expected])
    const bad = checks.find(({ is }) => is === 'fail' || is === 'warn')
    expect(bad === undefined || bad.fix !== undefined).toBe(true)
  })

  it('passes nothing that nobody has seen', () => {
    const unseen = {
      volume: 'unknown',
      files: { is: 'unknown', text: 'not looked at' },
      service: { is: 'unknown', text: 'nobody has looked' },
    } as const
    const { checks } = judgeReadiness(
      facts({ identities: [anIdentity(0, 'A', unseen)], disks: [], clock: { verdict: 'unknown', text: 'never' } }),
    )
    expect(checks.filter(({ identity, is }) => identity !== undefined && is === 'pass')).toEqual([])
    expect(checks.find(({ key }) => key === 'space')?.is).toBe('unknown')
  })
})

describe('the looks before a gap', () => {
  const opensAt = NOW + 100 * HOUR
  it('are 48, 24 and 2 hours before it on mainnet, and the same shares of shorter epochs', () => {
    expect(readyLooks(MAINNET, opensAt).map((at) => (opensAt - at) / HOUR)).toEqual([48, 24, 2])
    const short = { ...MAINNET, layerDurationMs: MAINNET.layerDurationMs / 1000 }
    expect(readyLooks(short, opensAt).map((at) => (opensAt - at) / HOUR)).toEqual([0.048, 0.024, 0.002])
  })
  it('are each due once, the newest only', () => {
    const looks = readyLooks(MAINNET, opensAt)
    expect(dueLook(looks, undefined, opensAt - 60 * HOUR)).toBeUndefined()
    expect(dueLook(looks, undefined, opensAt - 47 * HOUR)).toBe(looks[0])
    expect(dueLook(looks, opensAt - 47 * HOUR, opensAt - 46 * HOUR)).toBeUndefined()
    expect(dueLook(looks, opensAt - 47 * HOUR, opensAt - HOUR)).toBe(looks[2])
  })
})
