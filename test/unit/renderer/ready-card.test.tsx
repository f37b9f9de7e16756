import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AlarmBanner } from '../../../renderer/features/now/alarm-banner.tsx'
import { QueueNote } from '../../../renderer/features/now/queue-note.tsx'
import { ReadyCard } from '../../../renderer/features/now/ready-card.tsx'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import type { ReadyReport } from '../../../shared/domain/readiness.ts'
import { anInitJob } from '../../builders/machine.ts'
import { anId, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi } from '../../fakes/fake-api.ts'

const REPORT: ReadyReport = {
  at: NOW,
  gapOpensAt: NOW + 3_600_000,
  gapClosesAt: NOW + 7_200_000,
  epoch: 9,
  sentence: 'Ready for Sunday: 1 of 2.',
  readyCount: 1,
  identityCount: 2,
  isChecking: false,
  checks: [
    { key: 'clock', is: 'pass', text: 'The clock is right.', at: NOW },
    { key: 'volume', is: 'fail', text: 'The drive is missing.', fix: 'Plug it in.', at: NOW },
  ],
}

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  keeperStore.setState(initialState(), true)
})
afterEach(() => vi.restoreAllMocks())

it('draws nothing before the first look, then says what is missing and looks again when asked', async () => {
  const fake = fakeApi(aSnapshot())
  window.smeshkeeper = fake.api
  const { container } = render(<ReadyCard />)
  await waitFor(() => expect(fake.calls.some(({ name }) => name === 'ready.report')).toBe(true))
  expect(container.textContent).toBe('')
  act(() => fake.publish('ready.changed', REPORT))
  const card = screen.getByRole('region', { name: 'Ready for the gap' })
  expect(card.textContent).toContain('Ready for Sunday: 1 of 2.')
  expect(card.textContent).toContain('The drive is missing. Plug it in.')
  expect(card.textContent).not.toContain('The clock is right.')
  fireEvent.click(screen.getByRole('button', { name: 'Check now' }))
  await waitFor(() => expect(fake.calls.some(({ name }) => name === 'ready.report')).toBe(true))
  expect(fake.calls.some((call) => call.name === 'ready.check')).toBe(true)
})

it('is one red banner with the alarm of the same drive, and keeps the way out', async () => {
  const fake = fakeApi(aSnapshot())
  window.smeshkeeper = fake.api
  const alarm = {
    key: `drive-gone/${anId(0)}`,
    code: 'drive-gone',
    severity: 'bad',
    identity: anId(0),
    sentence: 'Fjord: Drive West disappeared. Nothing is deleted.',
    since: NOW,
  } as const
  const checks = REPORT.checks.map((check) => (check.key === 'volume' ? { ...check, identity: anId(0) } : check))
  const report = { ...REPORT, sentence: 'Not ready for Sunday: 1 of 2. Fjord’s drive is missing.', checks }
  keeperStore.setState({ phase: 'ready', snapshot: { ...aSnapshot(), alarms: [alarm] } })
  render(
    <>
      <AlarmBanner />
      <ReadyCard />
    </>,
  )
  await waitFor(() => expect(fake.calls.some(({ name }) => name === 'ready.report')).toBe(true))
  act(() => fake.publish('ready.changed', report))
  const card = screen.getByRole('region', { name: 'Ready for the gap' })
  expect(card.className).toBe('banner info')
  expect(card.textContent).toContain('Not ready for Sunday: 1 of 2. The alarm above says why.')
  expect(card.textContent).toContain('The drive is missing. Plug it in. An alarm above tells of it.')
  expect(screen.getByRole('alert').textContent).toContain('Drive West disappeared.')
  act(() => keeperStore.setState({ snapshot: { ...aSnapshot(), alarms: [] } }))
  expect(card.className).toBe('banner')
  expect(card.textContent).toContain('Fjord’s drive is missing.')
})

it('says nothing of a gap that has closed', async () => {
  const fake = fakeApi(aSnapshot())
  window.smeshkeeper = fake.api
  const { container } = render(<ReadyCard />)
  await waitFor(() => expect(fake.calls.some(({ name }) => name === 'ready.report')).toBe(true))
  act(() => fake.publish('ready.changed', { ...REPORT, gapClosesAt: NOW - 1 }))
  expect(container.textContent).toBe('')
})

it('leads to the queue of new PoS data while there is one, first of all to what stopped', async () => {
  const fake = fakeApi(aSnapshot())
  window.smeshkeeper = fake.api
  const { container } = render(<QueueNote />)
  await waitFor(() => expect(fake.calls.some(({ name }) => name === 'init.state')).toBe(true))
  expect(container.textContent).toBe('')
  const failed = { is: 'failed', at: NOW, code: 'init/disk-full', text: 'South is full', fix: 'Free 12 GiB.' } as const
  const jobs = [anInitJob(), anInitJob({ id: 'init-lark', name: 'Lark', stage: failed })]
  act(() => fake.publish('init.changed', { jobs, arrivals: [], benchmark: { is: 'idle' }, tested: [] }))
  expect(container.textContent).toContain('Lark: South is full. 1 more in the queue')
  fireEvent.click(screen.getByRole('button', { name: 'Show the queue' }))
  expect(routeStore.getState().route).toEqual({ room: 'add', part: 'queue' })
})
