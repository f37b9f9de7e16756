import { beforeEach, describe, expect, it } from 'vitest'
import {
  createDispatcher,
  duration,
  isQuietAt,
  type DesktopNotice,
  type OutgoingMessage,
  type QuietHours,
} from '../../../electron/alerts/index.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { alarm, proved, proving, snapshot, T0, unknown } from './world.ts'

let clock: FakeClock
let shown: DesktopNotice[]
let out: OutgoingMessage[]
let sent: Map<string, string>
let toldAt: Map<string, number>
let screenSays: string | undefined
let isWindowShowing: boolean
let quietHours: QuietHours | null
let withNames: boolean

beforeEach(() => {
  clock = new FakeClock(T0)
  shown = []
  out = []
  sent = new Map()
  toldAt = new Map()
  screenSays = undefined
  isWindowShowing = false
  quietHours = null
  withNames = false
})

const begin = () =>
  createDispatcher({
    clock,
    log: silentLogger,
    memory: {
      wasSent: (key) => sent.has(key),
      lastSentAt: (key) => toldAt.get(key),
      markSent(one) {
        sent.set(one.key, one.outcome)
        toldAt.set(one.key, one.at)
      },
    },
    isWindowShowing: () => isWindowShowing,
    quietHours: () => quietHours,
    ways: () => ({
      desktop: {
        show: async (notice) => {
          shown.push(notice)
          return screenSays
        },
      },
      webhook: { withNames, enqueue: (message) => void out.push(message), test: async () => 'ntfy.sh refuses the connection' },
    }),
  })
const three = [proving(), proving(), proving(), proving()]
const drives = (...n: number[]) =>
  snapshot(
    three,
    n.map((i) => alarm('drive-gone', i)),
  )

describe('the dispatcher', () => {
  it('tells the first of a kind at once, replaces it by a group, and sends the rest outwards together', () => {
    const dispatcher = begin()
    dispatcher.onSnapshot(snapshot(three))
    dispatcher.onSnapshot(snapshot([proved(), proving(), proving(), proving()]))
    expect(shown.map((n) => n.title)).toEqual(['Juniper proved in 2 h 34 m'])
    expect(out.map((m) => m.title)).toEqual(['A proof is finished after 2 h 34 m'])
    clock.advance(60_000)
    dispatcher.onSnapshot(snapshot([proved(), proved(T0 + 3_600_000), proved(), proving()]))
    expect(shown.at(-1)).toMatchObject({
      tag: 'proof-finished',
      title: '3 proofs finished, 8 h to spare',
      body: 'Juniper, Moor, Basalt.',
      isLasting: false,
    })
    expect(out).toHaveLength(1)
    clock.advance(60_000)
    expect(out.at(-1)).toMatchObject({ title: '2 proofs finished, 8 h to spare', body: '' })
  })

  it('begins a new group after two minutes', () => {
    const dispatcher = begin()
    dispatcher.onSnapshot(drives(1))
    clock.advance(120_000)
    dispatcher.onSnapshot(drives(1, 2))
    expect(shown.map((n) => n.title)).toEqual(['The drive of Moor is gone', 'The drive of Basalt is gone'])
    expect(shown.every((n) => n.isLasting)).toBe(true)
  })

  it('tells a cause once, however many snapshots show it, and again after it was away for ten minutes', () => {
    const dispatcher = begin()
    for (let i = 0; i < 100; i += 1) {
      dispatcher.onSnapshot(drives(1))
      clock.advance(60_000)
    }
    expect(shown).toHaveLength(1)
    dispatcher.onSnapshot(drives())
    clock.advance(60_000)
    dispatcher.onSnapshot(drives(1))
    expect(shown).toHaveLength(1)
    dispatcher.onSnapshot(drives())
    clock.advance(660_000)
    dispatcher.onSnapshot(drives(1))
    expect(shown).toHaveLength(2)
  })

  it('does not take an hour without a snapshot for an hour without the alarm', () => {
    const dispatcher = begin()
    dispatcher.onSnapshot(drives(1))
    clock.advance(3_600_000)
    dispatcher.onSnapshot(drives(1))
    expect(shown).toHaveLength(1)
  })

  it('makes no storm at start-up: what was told in an earlier life is not told again', () => {
    begin().onSnapshot(drives(1, 2, 3))
    shown.length = 0
    const second = begin()
    second.onSnapshot(snapshot(three))
    clock.advance(30_000)
    second.onSnapshot(drives(1, 2, 3))
    expect(shown).toEqual([])
  })

  it('tells again in a new life what was last told hours ago: a late proof of another epoch is another one', () => {
    begin().onSnapshot(drives(1))
    clock.advance(5 * 3_600_000)
    begin().onSnapshot(drives(1))
    expect(shown).toHaveLength(1)
    clock.advance(3_600_000)
    const third = begin()
    third.onSnapshot(drives(1))
    expect(shown).toHaveLength(2)
    third.onSnapshot(drives(1))
    expect(shown).toHaveLength(2)
  })

  it('does not take the silence of a long start for an hour without the alarm', () => {
    begin().onSnapshot(drives(1))
    const second = begin()
    const starting = snapshot([unknown, unknown, unknown], [])
    second.onSnapshot(starting)
    clock.advance(15 * 60_000)
    second.onSnapshot(starting)
    second.onSnapshot(drives(1))
    expect(shown).toHaveLength(1)
    const third = begin()
    third.onSnapshot(snapshot(three))
    clock.advance(15 * 60_000)
    third.onSnapshot(drives(1))
    expect(shown).toHaveLength(2)
  })

  it('says so when the desktop could not show it', async () => {
    screenSays = 'no notification server'
    begin().onSnapshot(drives(1))
    await expect.poll(() => [...sent.values()]).toEqual(['failed'])
  })

  it('shows nothing while the window shows it, but still sends it outwards', () => {
    isWindowShowing = true
    begin().onSnapshot(drives(1))
    expect(shown).toEqual([])
    expect(out).toHaveLength(1)
  })

  it('never hides "will be late" in a pause, and tells afterwards what still holds', () => {
    const dispatcher = begin()
    dispatcher.pause(T0 + 3_600_000)
    const both = snapshot(three, [alarm('drive-gone', 1), alarm('will-be-late', 2, { severity: 'warn' })])
    dispatcher.onSnapshot(both)
    expect(shown.map((n) => n.title)).toEqual(['Basalt may be late'])
    clock.advance(3_600_000)
    dispatcher.onSnapshot(both)
    expect(shown.map((n) => n.title)).toEqual(['Basalt may be late', 'The drive of Moor is gone'])
    expect(dispatcher.pausedUntil).toBeUndefined()
  })

  it('keeps warnings and good news to itself in quiet hours, not what is bad or will be late', () => {
    quietHours = { from: '22:00', to: '07:00' }
    const dispatcher = begin()
    dispatcher.onSnapshot(snapshot(three))
    dispatcher.onSnapshot(
      snapshot(
        [proved(), proving(), proving(), proving()],
        [alarm('disk-low', 1, { severity: 'warn' }), alarm('drive-gone', 2), alarm('will-be-late', 3, { severity: 'warn' })],
      ),
    )
    expect(shown.map((n) => n.tag)).toEqual(['drive-gone', 'will-be-late'])
    expect([...sent.values()]).toContain('quiet')
  })

  it('sends nothing outwards in practice and says on the desktop that it is practice', () => {
    begin().onSnapshot(snapshot(three, [alarm('drive-gone')], { mode: 'practice' }))
    expect(shown[0]?.title).toBe('Practice: The drive of Moor is gone')
    expect(out).toEqual([])
  })

  it('sends names only when the user allows it', () => {
    begin().onSnapshot(drives(1))
    expect(JSON.stringify(out)).not.toMatch(/Moor|1111/)
    withNames = true
    sent.clear()
    begin().onSnapshot(drives(1))
    expect(out.at(-1)?.title).toContain('Moor')
  })

  it('reports for each way whether a test arrived', async () => {
    expect(await begin().test()).toEqual({ desktop: 'arrived', webhook: 'ntfy.sh refuses the connection' })
  })
})

describe('small things', () => {
  it('quiet hours go over midnight', () => {
    const at = (h: number, m = 0): number => new Date(2026, 0, 1, h, m).getTime()
    const night = { from: '22:00', to: '07:00' }
    expect([21, 22, 23, 0, 6, 7].map((h) => isQuietAt(night, at(h)))).toEqual([false, true, true, true, true, false])
    expect([8, 9, 12].map((h) => isQuietAt({ from: '09:00', to: '12:00' }, at(h)))).toEqual([false, true, false])
    expect(isQuietAt(null, at(3))).toBe(false)
  })
  it('durations read well', () => {
    expect([4000, 90_000, 3_600_000, 9_240_000, 100 * 3_600_000].map(duration)).toEqual(['4 s', '2 m', '1 h', '2 h 34 m', '4 d 4 h'])
  })
})
