import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { diffSnapshots, type AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import {
  adopt,
  applyAll,
  ASK_AFTER_MS,
  connect,
  initialState,
  keeperStore,
  UPDATE_EVERY_MS,
  type Connection,
} from '../../../renderer/state/store.ts'
import { aSnapshot, STATUSES } from '../../builders/snapshot.ts'
import { fakeApi } from '../../fakes/fake-api.ts'

/** The next revision with the first identity proved. */
const nextOf = (snapshot: AppSnapshot): AppSnapshot => ({
  ...snapshot,
  revision: snapshot.revision + 1,
  identities: snapshot.identities.map((one, i) => (i === 0 ? { ...one, status: STATUSES.published() } : one)),
})

describe('applyAll', () => {
  it('applies deltas in order and keeps the objects that did not change', () => {
    const first = aSnapshot()
    const second = nextOf(first)
    const applied = applyAll(first, [diffSnapshots(first, second)])
    expect(applied.isWhole).toBe(true)
    expect(applied.snapshot.identities[0]?.status.kind).toBe('published')
    expect(applied.snapshot.identities[1]).toBe(first.identities[1])
  })
  it('skips what is older and says when one was missed', () => {
    const first = aSnapshot({ revision: 5 })
    const old = { ...diffSnapshots(first, first), base: 3, revision: 4 }
    expect(applyAll(first, [old])).toEqual({ snapshot: first, isWhole: true })
    const missed = { ...diffSnapshots(first, first), base: 7, revision: 8 }
    expect(applyAll(first, [missed]).isWhole).toBe(false)
  })
})

describe('adopt', () => {
  it('never goes back to an older revision of the same keeper, but takes a new keeper whole', () => {
    const now = aSnapshot({ revision: 9 })
    expect(adopt(now, aSnapshot({ revision: 4 }))).toBe(now)
    const other = aSnapshot({ revision: 1, host: { ...now.host, pid: 2 } })
    expect(adopt(now, other)).toBe(other)
  })
})

describe('connect', () => {
  let connection: Connection | undefined
  beforeEach(() => {
    vi.useFakeTimers()
    keeperStore.setState(initialState(), true)
  })
  afterEach(() => {
    connection?.stop()
    vi.useRealTimers()
  })

  it('loses no change that comes between subscribing and the snapshot', async () => {
    const first = aSnapshot()
    const second = nextOf(first)
    const fake = fakeApi(first)
    fake.answer('app.snapshot', () => {
      fake.publish('app.changed', diffSnapshots(first, second))
      return ok(first)
    })
    connection = connect(fake.api)
    await vi.advanceTimersByTimeAsync(0)
    expect(keeperStore.getState().snapshot?.revision).toBe(second.revision)
  })

  it('shows at most four updates a second, the last value winning', async () => {
    let current = aSnapshot()
    const fake = fakeApi(current)
    connection = connect(fake.api)
    await vi.advanceTimersByTimeAsync(0)
    let seen = 0
    const off = keeperStore.subscribe(() => (seen += 1))
    for (let i = 0; i < 50; i += 1) {
      const next = { ...current, revision: current.revision + 1, headline: `headline ${i}` }
      fake.publish('app.changed', diffSnapshots(current, next))
      current = next
      await vi.advanceTimersByTimeAsync(20)
    }
    await vi.advanceTimersByTimeAsync(UPDATE_EVERY_MS)
    off()
    expect(seen).toBeLessThanOrEqual(5)
    expect(keeperStore.getState().snapshot?.headline).toBe('headline 49')
  })

  it('takes the whole again after a missed change', async () => {
    const first = aSnapshot()
    const fake = fakeApi(first)
    connection = connect(fake.api)
    await vi.advanceTimersByTimeAsync(0)
    fake.answer('app.snapshot', ok({ ...first, revision: 20, headline: 'whole' }))
    fake.publish('app.changed', { ...diffSnapshots(first, first), base: 19, revision: 20 })
    await vi.advanceTimersByTimeAsync(UPDATE_EVERY_MS)
    expect(keeperStore.getState().snapshot?.headline).toBe('whole')
  })

  it('says that there is no keeper, and comes back by itself', async () => {
    const fake = fakeApi(aSnapshot())
    fake.answer('app.snapshot', fail('no-keeper', 'socket closed'))
    connection = connect(fake.api)
    await vi.advanceTimersByTimeAsync(0)
    expect(keeperStore.getState().phase).toBe('no-keeper')
    fake.answer('app.snapshot', ok(aSnapshot()))
    await vi.advanceTimersByTimeAsync(ASK_AFTER_MS)
    expect(keeperStore.getState().phase).toBe('ready')
  })

  it('survives a bridge that throws', async () => {
    const fake = fakeApi(aSnapshot())
    fake.answer('app.snapshot', () => Promise.reject(new Error('bridge gone')))
    connection = connect(fake.api)
    await vi.advanceTimersByTimeAsync(0)
    expect(keeperStore.getState()).toMatchObject({ phase: 'no-keeper', problem: expect.stringContaining('bridge gone') as string })
  })
})
