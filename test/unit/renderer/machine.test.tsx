import { act, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MachinePage } from '../../../renderer/features/machine/machine-page.tsx'
import { unitTime } from '../../../shared/domain/words.ts'
import { offsetWords } from '../../../renderer/features/machine/words.ts'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { InitState } from '../../../shared/domain/initialization.ts'
import { CPU_PROVIDER, type ProviderTest } from '../../../shared/domain/provider-test.ts'
import { aMachineReport } from '../../builders/machine.ts'
import { aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

const settle = (): Promise<void> => act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)))
async function open(prepare?: (fake: FakeApi) => void): Promise<FakeApi> {
  const fake = fakeApi(aSnapshot())
  prepare?.(fake)
  window.smeshkeeper = fake.api
  keeperStore.setState({ phase: 'ready', snapshot: aSnapshot() })
  render(<MachinePage disk={undefined} />)
  await settle()
  return fake
}
const press = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('button', { name }))
const plain = (text: string | null): string => (text ?? '').replaceAll('\u2009', ' ')
const inputOf = (fake: FakeApi, name: string): unknown => fake.calls.findLast((call) => call.name === name)?.input

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  keeperStore.setState(initialState(), true)
  routeStore.setState({ route: { room: 'machine' }, past: [] })
})
afterEach(() => vi.restoreAllMocks())

describe('the machine page', () => {
  it('says what the computer can do, disk by disk', async () => {
    await open()
    expect(screen.getByRole('heading', { level: 1 }).textContent).toContain('Fast enough for 7 proofs')
    const east = screen.getByRole('row', { name: /East/ })
    expect(plain(east.textContent)).toContain('440 MiB/s2 m 29 s per SU')
    expect(screen.getByRole('region', { name: 'OpenCL devices' }).textContent).toContain('GeForce RTX 4070')
  })
  it('measures all disks, or one as asked', async () => {
    const fake = await open()
    press('Measure the disks')
    await settle()
    expect(inputOf(fake, 'machine.measure')).toEqual({ what: 'read', acceptsNow: true })
    press('East')
    press('Measure writing')
    await settle()
    expect(inputOf(fake, 'machine.measure')).toEqual({ disks: ['disk:east'], what: 'write', acceptsNow: true })
  })
  it('looks whether all is ready for the gap and shows the answer on Now', async () => {
    const fake = await open()
    press('Ready for the gap?')
    await settle()
    expect(fake.calls.some((call) => call.name === 'ready.check')).toBe(true)
    expect(routeStore.getState().route.room).toBe('now')
  })
  it('shows how far a test is and can cancel it', async () => {
    const fake = await open()
    const report = aMachineReport()
    const test = { is: 'running', what: 'read', startedAt: NOW, percent: 40 } as const
    act(() => fake.publish('machine.changed', { ...report, disks: report.disks.map((disk, at) => (at === 0 ? { ...disk, test } : disk)) }))
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('40')
    press('Cancel')
    await settle()
    expect(fake.calls.some((call) => call.name === 'machine.cancel')).toBe(true)
  })
  it('shows how far the profiler is, and when it ends', async () => {
    const fake = await open()
    act(() => fake.publish('machine.changed', aMachineReport({ profiler: { percent: 40, endsAt: NOW + 90_000 } })))
    expect(screen.getByRole('progressbar', { name: 'Profiler' }).getAttribute('aria-valuenow')).toBe('40')
    expect(plain(screen.getByRole('region', { name: 'Proof of work' }).textContent)).toContain('40 %, about 1 m 30 s left')
  })
  it('says what is unknown as unknown, and why an action was refused', async () => {
    await open((fake) => {
      fake.answer('machine.report', ok({ ...aMachineReport({ disks: [] }), clock: undefined, pow: undefined, opencl: { is: 'never' } }))
      fake.answer('machine.look', fail('internal', 'no'))
    })
    expect(screen.getByText('No disk was seen yet. Look again; a disk that is not mounted cannot be seen.')).toBeTruthy()
    expect(screen.getByText('not looked at yet')).toBeTruthy()
    press('Look again')
    await settle()
    expect(screen.getByRole('alert')).toBeTruthy()
  })
  it('says how long the proof of work of this set-up takes', async () => {
    await open()
    const card = plain(screen.getByRole('region', { name: 'Proof of work' }).textContent)
    expect(card).toContain('64 SU with 128 nonces11 m')
    expect(card).toContain('All 7 in one gap: 1 h 50 m of work')
  })
  it('writes the time for a Space Unit as its speed allows', () => {
    expect(plain(unitTime(64 * 2 ** 30, 148 * 2 ** 20))).toBe('7 m 23 s per SU')
    expect(plain(unitTime(4096, 148 * 2 ** 20))).toBe('under 1 s per SU')
  })
  it('writes offsets with their sign', () => {
    expect(plain(offsetWords(30))).toBe('+0.03 s')
    expect(plain(offsetWords(-1500))).toBe('−1.50 s')
  })
})

describe('what makes PoS data', () => {
  const GPU = 'GeForce RTX 4070'
  const aTest = (more: Partial<ProviderTest> = {}): ProviderTest => ({
    id: 0,
    name: GPU,
    measuredAt: NOW - 60_000,
    labels: 'correct',
    bytesPerSecond: 5.2 * 2 ** 20,
    ...more,
  })
  const cpuTest = aTest({ id: CPU_PROVIDER, name: 'Ryzen 7 7700', bytesPerSecond: 0.3 * 2 ** 20 })
  const state = (tested: InitState['tested'], benchmark: InitState['benchmark'] = { is: 'idle' }): InitState => ({
    jobs: [],
    arrivals: [],
    benchmark,
    tested,
  })
  const row = (name: RegExp): string => plain(screen.getByRole('row', { name }).textContent)
  const openWith = (...tested: ProviderTest[]) => open((fake) => fake.answer('init.state', ok(state(tested))))

  it('has a speed and right labels where it was tested', async () => {
    await openWith(aTest(), cpuTest)
    expect(row(/GeForce/)).toMatch(/5\.2 MiB\/s.*labels correct/)
    expect(row(/Ryzen/)).toMatch(/0\.3 MiB\/s.*labels correct/)
    expect(screen.getByRole('button', { name: 'Test again' })).toBeTruthy()
  })
  it('is not to be used when its labels are wrong', async () => {
    await openWith(aTest({ labels: 'wrong' }), { ...cpuTest, labels: 'wrong' })
    expect(row(/GeForce/)).toContain('labels differ from the CPU’s')
    expect(row(/GeForce/)).toContain('Do not make PoS data with it')
    expect(row(/Ryzen/)).toContain('Do not make PoS data on this computer')
  })
  it('is not tested when it was another device that had its number', async () => {
    const fake = await openWith(aTest({ name: 'Radeon' }))
    expect(row(/GeForce/)).toContain('not tested')
    fake.answer('init.benchmark', fail('init/busy', 'Amber is checked'))
    press('Test')
    expect((await screen.findByRole('alert')).textContent).toContain('Amber is checked')
    expect(inputOf(fake, 'init.benchmark')).toEqual({})
  })
  it('shows the result of a test when it ends', async () => {
    const fake = await openWith(cpuTest)
    act(() => fake.publish('init.changed', state([cpuTest], { is: 'running', provider: 0, since: NOW })))
    expect(screen.getByRole('button', { name: 'Testing…' })).toHaveProperty('disabled', true)
    expect(row(/GeForce/)).toContain('being tested…')
    act(() => fake.publish('init.changed', state([cpuTest, aTest()])))
    await vi.waitFor(() => expect(row(/GeForce/)).toContain('labels correct'))
  })
  it('is the processor alone where OpenCL failed, and not what postcli cannot use', async () => {
    const fake = await openWith()
    const report = aMachineReport()
    const devices = report.opencl.is === 'seen' ? report.opencl.devices.map(({ provider: _none, ...device }) => device) : []
    act(() => fake.publish('machine.changed', { ...report, opencl: { ...report.opencl, devices } }))
    expect(row(/GeForce/)).toContain('not offered by postcli')
    act(() =>
      fake.publish('machine.changed', {
        ...report,
        opencl: { is: 'failed', at: NOW, why: 'hung', text: 'The driver hung.', advice: [] },
      }),
    )
    expect(screen.getByText('The driver hung.')).toBeTruthy()
    expect(row(/Ryzen/)).toContain('not tested')
  })
})
