import { describe, expect, it } from 'vitest'
import { alertsFor, type AlertMemory } from '../../../electron/alerts/index.ts'
import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import { alarm, failing, GAP_END, handingOver, idOf, proved, proving, published, snapshot, T0, unknown } from './world.ts'

const memoryOf = (sent: readonly string[] = [], more: Partial<AlertMemory> = {}): AlertMemory => ({
  wasSent: (key) => sent.includes(key),
  absentMs: () => 0,
  startedAt: T0 - 60_000,
  ...more,
})
const told = (before: AppSnapshot | undefined, next: AppSnapshot, memory = memoryOf()) => alertsFor(before, next, memory)

describe('a finished proof', () => {
  it('is told with its duration, what is to spare and the count', () => {
    const messages = told(snapshot([proving(), proving()]), snapshot([proved(), proving()]))
    expect(messages).toMatchObject([
      {
        key: `proof-finished:${idOf(0)}:61`,
        kind: 'proof-finished',
        severity: 'info',
        title: 'Juniper proved in 2 h 34 m',
        body: '9 h before the deadline. 1 of 2 in epoch 61.',
        slackMs: GAP_END - T0,
      },
    ])
  })

  it('never comes from DoneProving: handing over says nothing', () => {
    expect(told(snapshot([proving()]), snapshot([handingOver]))).toEqual([])
    expect(told(snapshot([handingOver]), snapshot([proving()]))).toEqual([])
  })

  it('is told once, on the way from proved to published to eligible and back through unknown', () => {
    expect(told(snapshot([proved()]), snapshot([published()]))).toEqual([])
    const key = `proof-finished:${idOf(0)}:61`
    expect(told(snapshot([unknown]), snapshot([proved()]), memoryOf([key]))).toEqual([])
  })

  it('is no news when it was so before we looked, and is news when it came while we looked away for a moment', () => {
    expect(told(undefined, snapshot([proved(), proving()]))).toEqual([])
    expect(told(snapshot([unknown, proving()]), snapshot([published(T0 - 3_600_000), proving()]))).toEqual([])
    expect(told(snapshot([unknown, proving()]), snapshot([published(T0 - 1000), proving()]))).toHaveLength(1)
  })

  it('is no news of an identity that was just added, or of another mode', () => {
    expect(told(snapshot([proving()]), snapshot([proving(), proved()]))).toEqual([])
    expect(told(snapshot([proving()], [], { mode: 'practice' }), snapshot([proved()]))).toEqual([])
  })

  it('keeps the two deadlines apart when it comes after the gap', () => {
    const [message] = told(snapshot([handingOver, proving()]), snapshot([proved(GAP_END + 7_200_000), proving()]))
    expect(message?.body).toContain('2 h after the gap: this one still counts, the next epoch is missed.')
  })

  it('says when all are done, once', () => {
    const before = snapshot([proved(), proving()])
    const next = snapshot([proved(), proved(GAP_END - 6_480_000)])
    const messages = told(before, next)
    expect(messages.at(-1)).toMatchObject({ kind: 'all-done', title: 'All 2 proofs are done' })
    expect(messages.at(-1)?.body).toMatch(/^Last one at 10:12, 1 h 48 m to spare\.$/)
    expect(told(before, next, memoryOf(['all-done:61'])).map((m) => m.kind)).toEqual(['proof-finished'])
  })
})

describe('an alarm', () => {
  it('is told with the name and the whole sentence, outwards without either', () => {
    const [message, ...rest] = told(
      snapshot([proving(), proving()]),
      snapshot([proving(), proving()], [alarm('drive-gone', 1, { actBy: T0 + 4_200_000 })]),
    )
    expect(rest).toEqual([])
    expect(message).toMatchObject({
      key: `drive-gone:${idOf(1)}`,
      title: 'The drive of Moor is gone',
      body: 'Moor stopped at 72 %. Reconnect it by 04:10 and this epoch is safe.',
      plain: { title: 'A drive is gone', body: 'Acting helps for another 1 h 10 m.' },
    })
    expect(JSON.stringify(message?.plain)).not.toMatch(/Moor|1111/)
  })

  it('of a failed proof tells the failure only', () => {
    const messages = told(snapshot([proving()]), snapshot([failing], [alarm('proof-invalid', 0)]))
    expect(messages.map((m) => m.title)).toEqual(['Juniper’s proof is invalid'])
  })

  it('is told once a cause, also across restarts, and again when it was away for ten minutes', () => {
    const next = snapshot([proving(), proving()], [alarm('drive-gone')])
    const key = `drive-gone:${idOf(1)}`
    expect(told(undefined, next, memoryOf([key]))).toEqual([])
    expect(told(next, next, memoryOf([key], { absentMs: () => 599_000 }))).toEqual([])
    expect(told(next, next, memoryOf([key], { absentMs: () => 600_000 }))).toHaveLength(1)
  })

  it('that only informs is not told', () => {
    expect(told(undefined, snapshot([], [alarm('node-version-unknown', 0, { severity: 'info' })]))).toEqual([])
  })

  it('of an unknown code still gets a title', () => {
    expect(told(undefined, snapshot([proving(), proving()], [alarm('from-the-future')]))[0]?.title).toBe('Moor needs you')
  })
})
