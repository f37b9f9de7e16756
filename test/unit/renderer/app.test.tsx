import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { App } from '../../../renderer/app.tsx'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { diffSnapshots, type AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import { anIdentity, aSnapshot, NOW, STATUSES } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

async function open(snapshot: AppSnapshot, prepare?: (fake: FakeApi) => void): Promise<FakeApi> {
  const fake = fakeApi(snapshot)
  prepare?.(fake)
  window.smeshkeeper = fake.api
  render(<App />)
  await waitFor(() => expect(keeperStore.getState().phase).not.toBe('loading'))
  return fake
}

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  keeperStore.setState(initialState(), true)
  routeStore.setState({ route: { room: 'now' }, past: [] })
})
afterEach(() => vi.restoreAllMocks())

const rows = () => screen.getAllByRole('row').filter((row) => row.dataset['row'] !== undefined)

describe('Now', () => {
  it('answers with the headline, one banner and rows by need', async () => {
    await open(aSnapshot())
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('5 of 7 on time. Basalt is tight, Fjord needs you.')
    expect(screen.getAllByRole('alert')).toHaveLength(1)
    expect(screen.getByRole('button', { name: '1 more' })).toBeTruthy()
    expect(rows()[0]?.getAttribute('aria-label')).toContain('Fjord, drive missing: Drive West is gone')
  })
  it('names both deadlines: the gap end on the ribbon, the publish end on the overview', async () => {
    await open(aSnapshot())
    expect(screen.getByText(/until the gap closes/)).toBeTruthy()
    expect(screen.getByText(/Publish end/)).toBeTruthy()
  })
  it('reads the lanes as a list with the same facts', async () => {
    await open(aSnapshot())
    fireEvent.click(screen.getByRole('button', { name: 'Read as a list' }))
    const table = screen.getByRole('table', { name: 'Disk lanes as a list' })
    expect(within(table).getAllByText(/Fjord needs this long, last safe start/)).toHaveLength(1)
  })
  it('draws again only the row that changed', async () => {
    const first = aSnapshot()
    const fake = await open(first)
    const before = rows().map((row) => row.textContent)
    const next = {
      ...first,
      revision: 2,
      identities: first.identities.map((one, i) =>
        i === 3 ? { ...one, status: { ...one.status, sentence: 'Reading, pass 1, 64 %' } } : one,
      ),
    }
    act(() => fake.publish('app.changed', diffSnapshots(first, next)))
    await waitFor(() => expect(screen.getByText('Reading, pass 1, 64 %')).toBeTruthy())
    const after = rows().map((row) => row.textContent)
    expect(after.filter((text, i) => text !== before[i])).toHaveLength(1)
  })
  it('draws only the seen rows of 200, and says how many there are', async () => {
    await open(aSnapshot({ identities: 200 }))
    expect(Number(screen.getByRole('grid', { name: 'Identities' }).getAttribute('aria-rowcount'))).toBeGreaterThan(90)
    expect(rows().length).toBeLessThan(60)
  })
  it('starts a service that is down, and shows why it could not', async () => {
    const down = anIdentity({
      status: STATUSES.needsService(),
      service: { owner: 'smeshkeeper', process: { at: 'stopped' }, operator: 'o', posFolder: '/p' },
    })
    const fake = await open(aSnapshot({ identities: [down, anIdentity({ index: 1 })] }), (one) =>
      one.answer('service.start', fail('process/not-ours', 'x')),
    )
    fireEvent.click(screen.getByRole('button', { name: /Start service of Fjord/ }))
    await screen.findByText(/Another program owns this process/)
    expect(fake.calls.find((call) => call.name === 'service.start')?.input).toEqual({ identity: down.id })
  })
  it('offers no start for a service of someone else', async () => {
    const foreign = anIdentity({ status: STATUSES.needsService(), service: { owner: 'systemd', operator: 'o', posFolder: '/p' } })
    await open(aSnapshot({ identities: [foreign, anIdentity({ index: 1 })] }))
    expect(screen.queryByRole('button', { name: /Start service/ })).toBeNull()
  })
  it('shows unknown with its age when the keeper is silent for over 30 s', async () => {
    await open(aSnapshot())
    vi.spyOn(Date, 'now').mockReturnValue(NOW + 48_000)
    keeperStore.setState({ heardAt: NOW })
    await waitFor(() => expect(screen.getAllByText(/last heard/).length).toBeGreaterThan(0), { timeout: 3000 })
  })
})

describe('frame', () => {
  it('opens a room with g and a letter', async () => {
    await open(aSnapshot())
    fireEvent.keyDown(window, { key: 'g' })
    fireEvent.keyDown(window, { key: 'h' })
    expect(await screen.findByRole('heading', { name: 'History' })).toBeTruthy()
  })
  it('goes where a notification points', async () => {
    const snapshot = aSnapshot()
    const fake = await open(snapshot)
    act(() => fake.publish('window.showRoom', { room: 'identities', identity: snapshot.identities[3]?.id }))
    // The room is read from disk when it is first opened.
    expect(await screen.findByRole('heading', { level: 1, name: /Amber: Reading, pass 1/ }, { timeout: 5000 })).toBeTruthy()
  })
  it('has a page of its own when there is no keeper, with a retry', async () => {
    const fake = await open(aSnapshot(), (one) => one.answer('app.snapshot', fail('no-keeper', 'gone')))
    expect(screen.getByRole('heading', { name: 'The keeper does not answer' })).toBeTruthy()
    fake.answer('app.snapshot', ok(aSnapshot()))
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('grid', { name: 'Identities' })).toBeTruthy()
  })
  it('marks practice for good and asks main before it ends', async () => {
    const fake = await open(aSnapshot({ mode: 'practice' }), (one) => one.answer('window.confirm', ok({ confirmed: false })))
    fireEvent.click(screen.getByRole('button', { name: 'End practice…' }))
    await waitFor(() => expect(fake.calls.some((call) => call.name === 'window.confirm')).toBe(true))
    expect(fake.calls.some((call) => call.name === 'practice.end')).toBe(false)
  })
  it('begins practice with one click at first run', async () => {
    const fake = await open(aSnapshot({ mode: 'none', identities: 0 }))
    fireEvent.click(await screen.findByRole('button', { name: 'Practice' }))
    await waitFor(() =>
      expect(fake.calls.find((call) => call.name === 'practice.begin')?.input).toEqual({ identities: 3, epochSeconds: 120 }),
    )
  })
})

describe('stopping a service', () => {
  const openDetail = async (lostMs: number, confirmed: boolean): Promise<FakeApi> => {
    const snapshot = aSnapshot()
    const fake = await open(snapshot, (one) => {
      one.answer('service.price', ok({ lostMs, sentence: '6 h of work' }))
      one.answer('window.confirm', ok({ confirmed }))
    })
    act(() => fake.publish('window.showRoom', { room: 'identities', identity: snapshot.identities[3]?.id }))
    fireEvent.click(await screen.findByRole('button', { name: 'Stop service…' }))
    await waitFor(() => expect(fake.calls.some((call) => call.name === 'service.price')).toBe(true))
    return fake
  }
  it('asks main when it costs work, and stops nothing on no', async () => {
    const fake = await openDetail(3_600_000, false)
    await waitFor(() => expect(fake.calls.some((call) => call.name === 'window.confirm')).toBe(true))
    expect(fake.calls.some((call) => call.name === 'service.stop')).toBe(false)
  })
  it('stops at once when it costs nothing', async () => {
    const fake = await openDetail(0, false)
    await waitFor(() => expect(fake.calls.find((call) => call.name === 'service.stop')?.input).toMatchObject({ confirmed: false }))
    expect(fake.calls.some((call) => call.name === 'window.confirm')).toBe(false)
  })
})
