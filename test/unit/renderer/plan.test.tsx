import { act, createEvent, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { changesOf, isChanged } from '../../../renderer/features/plan/changes.ts'
import { PlanPage } from '../../../renderer/features/plan/plan-page.tsx'
import { chanceWords, onceIn, spareWords } from '../../../renderer/features/plan/words.ts'
import { addStore, startAdd } from '../../../renderer/state/init.ts'
import { planStore } from '../../../renderer/state/plan.ts'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { PlanDraft, PlanInputs } from '../../../shared/domain/planner/index.ts'
import { planDraftOf } from '../../../shared/ipc/plan-draft.ts'
import { aPlanIdentity, planInputs } from '../../builders/machine.ts'
import { anId, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

const HOUR = 3_600_000
/** An hour before a gap, two proofs: quick to work out. */
const small = (more: Partial<PlanInputs> = {}): PlanInputs => {
  const inputs = planInputs({ at: NOW, gapOpensAt: NOW + HOUR, gapClosesAt: NOW + 13 * HOUR, publishEndsAt: NOW + 109 * HOUR })
  return { ...inputs, identities: [aPlanIdentity(0), aPlanIdentity(3)], ...more }
}
const plain = (text: string): string => text.replaceAll('\u2009', ' ')

async function openPlan(prepare?: (fake: FakeApi) => void): Promise<FakeApi> {
  const fake = fakeApi(aSnapshot())
  fake.answer('plan.inputs', ok(small()))
  prepare?.(fake)
  window.smeshkeeper = fake.api
  keeperStore.setState({ phase: 'ready', snapshot: aSnapshot() })
  render(<PlanPage part={undefined} />)
  await settle()
  return fake
}
const settle = async (): Promise<void> => {
  for (let round = 0; round < 3; round += 1) await act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)))
}
const press = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('button', { name }))
const isOff = (name: string | RegExp): boolean => screen.getByRole<HTMLButtonElement>('button', { name }).disabled
const headline = (): string => plain(screen.getByRole('heading', { level: 1 }).textContent)
const lane = (disk: string) => within(screen.getByRole('group', { name: disk }))
const chip = (name: string): HTMLElement => screen.getByRole('button', { name: new RegExp(`^${name} on `) })
const inputOf = (fake: FakeApi, name: string): unknown => fake.calls.findLast((call) => call.name === name)?.input
const draft = (): PlanDraft => planStore.getState().draft
const choose = (label: string, value: string): boolean => fireEvent.change(screen.getByLabelText(label), { target: { value } })

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true
  }
  keeperStore.setState(initialState(), true)
  routeStore.setState({ route: { room: 'plan' }, past: [] })
  planStore.setState({ draft: {}, past: [] }, true)
  startAdd()
})
afterEach(() => vi.restoreAllMocks())

describe('the page of the plan', () => {
  it('answers in its headline, for all and for each', async () => {
    await openPlan()
    expect(headline()).toMatch(/^All 2 proofs are on time in (over )?\d+\.\d % of epochs$/)
    expect(screen.getByRole('img', { name: /^The last proof is done between/ })).toBeTruthy()
    expect(lane('West').getByRole('button', { name: /^Fjord on West: from .* on time in/ })).toBeTruthy()
    expect(lane('North').getByRole('button', { name: /^Amber on North/ })).toBeTruthy()
    const odds = within(screen.getByRole('region', { name: 'Each proof' }))
    expect(odds.getAllByRole('row')).toHaveLength(3)
    expect([isOff('Undo'), isOff('Reset to today'), isOff('Use this set-up…')]).toEqual([true, true, true])
  })

  it('moves a proof by the arrow keys, keeps the focus on it and says so', async () => {
    await openPlan()
    chip('Amber').focus()
    fireEvent.keyDown(chip('Amber'), { key: 'ArrowUp' })
    expect(lane('South').getByRole('button', { name: /^Amber on South/ })).toBeTruthy()
    expect(document.activeElement).toBe(chip('Amber'))
    expect(screen.getByText('Amber moved to South.')).toBeTruthy()
    expect(headline()).toMatch(/^So changed, all 2 proofs/)
    expect(draft().moves).toEqual({ [anId(3)]: 'disk:south' })
    press('Undo')
    expect(lane('North').getByRole('button', { name: /^Amber/ })).toBeTruthy()
  })

  it('moves a proof that is dragged onto another lane', async () => {
    await openPlan()
    const data = new Map<string, string>()
    const dataTransfer = {
      setData: (type: string, value: string) => data.set(type, value),
      getData: (type: string) => data.get(type) ?? '',
      get types() {
        return [...data.keys()]
      },
    }
    fireEvent.dragStart(chip('Amber'), { dataTransfer })
    const east = screen.getByRole('group', { name: 'East' })
    const over = createEvent.dragOver(east, { dataTransfer })
    fireEvent(east, over)
    expect(over.defaultPrevented).toBe(true)
    fireEvent.drop(east, { dataTransfer })
    expect(lane('East').getByRole('button', { name: /^Amber on East/ })).toBeTruthy()
  })

  it('changes nonces, threads, mode, limit and pace of one or all; each is undone by itself', async () => {
    await openPlan()
    choose('Identity', anId(3))
    fireEvent.click(within(screen.getByRole('group', { name: 'Nonces of Amber' })).getByRole('button', { name: '288' }))
    for (const threads of [10, 9, 8]) choose('Threads', `${threads}`)
    fireEvent.click(within(screen.getByRole('group', { name: 'RandomX of Amber' })).getByRole('button', { name: 'light' }))
    fireEvent.click(within(screen.getByRole('group', { name: 'At once, at most' })).getByRole('button', { name: '1' }))
    choose('Disks slower by', '50')
    expect(draft()).toEqual({
      identities: { [anId(3)]: { nonces: 288, threads: 8, randomx: 'light' } },
      maxProvers: 1,
      slowerPercent: 50,
    })
    for (let step = 0; step < 3; step += 1) press('Undo')
    expect(draft()).toEqual({ identities: { [anId(3)]: { nonces: 288, threads: 8 } } })
    fireEvent.keyDown(window, { key: 'z', ctrlKey: true })
    expect(draft()).toEqual({ identities: { [anId(3)]: { nonces: 288 } } })
    press('Reset to today')
    expect(draft()).toEqual({})
  })

  it('plays with an identity and a disk that are not here', async () => {
    await openPlan()
    press('Add an identity')
    expect(headline()).toMatch(/^With the new one, /)
    choose('Size', '16')
    expect(draft().add).toMatchObject({ numUnits: 16, totalBytes: 2 ** 40 })
    press('Add a disk')
    choose('Disk', 'disk:new')
    expect(lane('New disk').getByRole('button', { name: /^A new one on New disk/ })).toBeTruthy()
    press('Without the disk')
    expect(screen.queryByRole('group', { name: 'New disk' })).toBeNull()
    expect(lane('East').getByRole('button', { name: /^A new one/ })).toBeTruthy()
    press('Use this set-up…')
    press('Add it…')
    expect(routeStore.getState().route.room).toBe('add')
    expect(addStore.getState().draft).toMatchObject({ lane: 'disk:east', numUnits: 16 })
  })

  it('says what had to be assumed', async () => {
    const disks = small().disks.map(({ bytesPerSecond: _speed, ...rest }) => rest)
    await openPlan((fake) => fake.answer('plan.inputs', ok(small({ disks }))))
    expect(screen.getByText(/was never measured/)).toBeTruthy()
    press('Measure in Machine')
    expect(routeStore.getState().route.room).toBe('machine')
  })

  it('says that there is nothing to plan without identities', async () => {
    await openPlan((fake) => fake.answer('plan.inputs', ok(small({ identities: [] }))))
    expect(headline()).toBe('There is no identity to plan for yet')
  })

  it('plans a whole gap while one is open: with those that are done, from its opening on', async () => {
    const running = { gapOpensAt: NOW - 5 * HOUR, gapClosesAt: NOW + 7 * HOUR, publishEndsAt: NOW + 103 * HOUR }
    const identities = [aPlanIdentity(3, { startedAt: NOW - HOUR })]
    await openPlan((fake) => fake.answer('plan.inputs', ok(small({ ...running, identities, proved: [aPlanIdentity(0)] }))))
    expect(headline()).toMatch(/^All 2 proofs are on time/)
    expect(chip('Amber').getAttribute('aria-label')).toMatch(/^Amber on North: from [0-5]\D/)
  })

  it('leads to the settings without a node', async () => {
    await openPlan((fake) => fake.answer('plan.inputs', fail('plan/no-setup', 'none')))
    press('Set up a node')
    expect(routeStore.getState().route.room).toBe('settings')
  })

  it('tries again after a fault', async () => {
    const fake = await openPlan((one) => one.answer('plan.inputs', fail('internal', 'ref 7')))
    fake.answer('plan.inputs', ok(small()))
    press('Try again')
    await settle()
    expect(headline()).toMatch(/^All 2 proofs/)
  })
})

describe('other ways', () => {
  it('are tried without asking, and one that is chosen goes into the form', async () => {
    const slow = small().disks.map((disk) => (disk.id === 'disk:north' ? { ...disk, bytesPerSecond: 60 * 1_048_576, freeBytes: 0 } : disk))
    await openPlan((fake) => fake.answer('plan.inputs', ok(small({ disks: slow }))))
    const ways = screen.getByRole('region', { name: 'Other ways' })
    await waitFor(() => expect(within(ways).getByText('tried for you, all else equal')).toBeTruthy(), { timeout: 5000 })
    fireEvent.click(within(ways).getByRole('button', { name: 'Amber on East' }))
    expect(draft().moves).toEqual({ [anId(3)]: 'disk:east' })
  })

  it('are tried when asked for where there are many identities', async () => {
    const identities = Array.from({ length: 66 }, (_, index) => aPlanIdentity(index, { numUnits: 1, totalBytes: 2 ** 36 }))
    await openPlan((fake) => fake.answer('plan.inputs', ok(small({ identities }))))
    press('Try other ways')
    expect(screen.getByText('tried for you, all else equal')).toBeTruthy()
  })
})

describe('using a what-if', () => {
  it('puts settings into the set-up and leaves moves to Migrate', async () => {
    const fake = await openPlan()
    choose('Identity', anId(3))
    fireEvent.click(within(screen.getByRole('group', { name: 'Nonces of Amber' })).getByRole('button', { name: '192' }))
    choose('Disk', 'disk:south')
    press('Use this set-up…')
    const dialog = within(screen.getByRole('dialog'))
    expect(dialog.getByText('Amber: 192 nonces, not 128')).toBeTruthy()
    fake.answer('plan.inputs', ok(small({ identities: [aPlanIdentity(0), aPlanIdentity(3, { nonces: 192 })] })))
    fireEvent.click(dialog.getByRole('button', { name: 'Put 1 change into the set-up' }))
    await waitFor(() => expect(screen.getByText(/Services that prove now keep theirs/)).toBeTruthy())
    expect(inputOf(fake, 'plan.use')).toEqual({ identities: [{ identity: anId(3), nonces: 192 }] })
    expect(draft().moves).toEqual({ [anId(3)]: 'disk:south' })
    press(/^Move it in Migrate/)
    expect(routeStore.getState().route).toEqual({ room: 'migrate', part: 'move-data', identity: anId(3) })
  })

  it('stays open with the reason when the set-up could not be written', async () => {
    const fake = await openPlan()
    fake.answer('plan.use', fail('setup/not-written', 'disk full'))
    fireEvent.click(within(screen.getByRole('group', { name: 'At once, at most' })).getByRole('button', { name: '2' }))
    press('Use this set-up…')
    press('Put 1 change into the set-up')
    expect((await screen.findByRole('alert')).textContent).toContain('The set-up could not be written')
  })

  it('says what cannot be moved where it should go', () => {
    const today = small({ disks: small().disks.map((disk) => ({ ...disk, freeBytes: 2 ** 30 })) })
    const changes = changesOf(today, { moves: { [anId(3)]: 'disk:east' }, slowerPercent: 20 })
    expect(changes.moves.map((one) => plain(one.why ?? ''))).toEqual(['East has 1.0 GiB free; Amber takes 4.0 TiB.'])
    expect(isChanged(changes)).toBe(true)
  })

  it('is no change when it says what is so today', () => {
    const today = small()
    const same = { identities: { [anId(3)]: { nonces: 128, threads: 12 } }, moves: { [anId(3)]: 'disk:north' }, maxProvers: 4 }
    expect(isChanged(changesOf(today, same))).toBe(false)
    expect(changesOf(today, { maxProvers: null }).use).toEqual({ identities: [], maxProvers: null })
  })
})

describe('kept what-ifs', () => {
  it('are saved by a name, opened and forgotten', async () => {
    const fake = await openPlan()
    choose('Disks slower by', '20')
    press('Save as…')
    expect(isOff('Keep it')).toBe(true)
    choose('Name', 'Old disks')
    fake.answer('plan.saved', ok([{ name: 'Old disks', at: NOW - 60_000, draft: { slowerPercent: 20 } }]))
    press('Keep it')
    await waitFor(() => expect(screen.getByRole('region', { name: 'Kept' })).toBeTruthy())
    expect(inputOf(fake, 'plan.save')).toEqual({ name: 'Old disks', at: NOW, draft: { slowerPercent: 20 } })
    press('Reset to today')
    press('Old disks')
    expect(draft()).toEqual({ slowerPercent: 20 })
    press('Forget Old disks')
    await settle()
    expect(inputOf(fake, 'plan.forget')).toEqual({ name: 'Old disks' })
  })

  it('are not opened when they cannot be read', async () => {
    await openPlan((fake) => fake.answer('plan.saved', ok([{ name: 'Odd', at: NOW, draft: { slowerPercent: 'much' } }])))
    press('Odd')
    expect((await screen.findByRole('alert')).textContent).toContain('kept by another release')
    expect(planDraftOf({ moves: { [anId(0)]: 'disk:east' }, more: 1 })).toEqual({ moves: { [anId(0)]: 'disk:east' } })
    expect(planDraftOf([])).toBeUndefined()
  })
})

describe('words of the plan', () => {
  it('call nothing certain or impossible', () => {
    expect([1, 0.963, 0].map((one) => plain(chanceWords(one)))).toEqual(['over 99.9 %', '96.3 %', 'under 0.1 %'])
    expect([0.037, 0, 0.9].map(onceIn)).toEqual(['once in 27 epochs', 'hardly ever', 'in most epochs'])
    const today = small()
    expect(plain(spareWords(today.gapClosesAt - HOUR, today))).toBe('1 h to spare')
    expect(plain(spareWords(today.gapClosesAt + HOUR, today))).toBe('1 h late')
    expect(spareWords(today.publishEndsAt, today)).toBe('too late')
  })
})
