import { act, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MachinePage } from '../../../renderer/features/machine/machine-page.tsx'
import { offsetWords } from '../../../renderer/features/machine/words.ts'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
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
    expect(plain(east.textContent)).toContain('440 MiB/s')
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
  it('writes offsets with their sign', () => {
    expect(plain(offsetWords(30))).toBe('+0.03 s')
    expect(plain(offsetWords(-1500))).toBe('−1.50 s')
  })
})
