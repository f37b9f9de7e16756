import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { App } from '../../../renderer/app.tsx'
import { routeStore } from '../../../renderer/state/route.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { aFoundSetup } from '../../builders/inventory.ts'
import {
  anOperation,
  anOperationPlan,
  anUnfinishedOperation,
  aQuarantineEntry,
  aRunningOperation,
  operationsState,
  stepViews,
} from '../../builders/operation.ts'
import { anId, aSnapshot } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'
import { MAIN, ATTIC, threeNodes, openRoom, inputOf, press, isOff, tick, headlineIs, setUpRoom } from './migrate-room.tsx'

setUpRoom()

describe('a plan', () => {
  const retire = async (prepare?: (fake: FakeApi) => void): Promise<FakeApi> => {
    const fake = await openRoom(prepare, { part: 'retire' })
    fireEvent.click(screen.getByRole('radio', { name: /^Fjord/ }))
    press('Make the plan')
    await waitFor(() => expect(inputOf(fake, 'operations.plan')).toEqual({ kind: 'retire', identity: anId(0) }))
    return fake
  }
  it('runs only with every box ticked by the user', async () => {
    const asks = [
      { id: 'a', text: 'It runs nowhere else.' },
      { id: 'b', text: 'I have its backup.' },
    ]
    const fake = await retire((one) => one.answer('operations.plan', ok(anOperationPlan({ kind: 'retire', asks }))))
    await screen.findByText('Tick the 2 boxes that only you can tick.')
    tick('It runs nowhere else.')
    expect(isOff('Retire it')).toBe(true)
    tick('I have its backup.')
    press('Retire it')
    await waitFor(() =>
      expect(inputOf(fake, 'operations.run')).toEqual({ plan: anOperationPlan().id, ticked: ['a', 'b'], acceptsPrice: false }),
    )
    await waitFor(() => expect(routeStore.getState().route).toEqual({ room: 'migrate', part: 'operation', file: anOperation().id }))
  })
  it('lists risks worst first and checks that fail first', async () => {
    const risks = [
      { grade: 'note', text: 'Worth knowing.' },
      { grade: 'ban', text: 'A ban.' },
    ] as const
    await retire((one) => one.answer('operations.plan', ok(anOperationPlan({ risks }))))
    const list = within(await screen.findByRole('region', { name: 'Risks, worst first' })).getAllByRole('listitem')
    expect(list[0]?.textContent).toContain('A ban.')
    expect(screen.getByText('3 of 4 pass')).toBeTruthy()
  })
  it('accepts the price of an unsafe time only by a press of its own', async () => {
    const why = 'Amber is proving and would lose 2 h. Wait until 04:20, or accept it'
    const fake = await retire((one) => {
      one.answer('operations.plan', ok(anOperationPlan({ asks: [] })))
      one.answer('operations.run', fail('operation/unsafe-now', why))
    })
    fireEvent.click(await screen.findByRole('button', { name: 'Start the merge' }))
    expect((await screen.findByRole('alert')).textContent).toContain(why)
    press('Accept the price…')
    await waitFor(() => expect(inputOf(fake, 'operations.run')).toMatchObject({ acceptsPrice: true }))
  })
  it('is made again when something changed since', async () => {
    const fake = await retire((one) => {
      one.answer('operations.plan', ok(anOperationPlan({ asks: [] })))
      one.answer('operations.run', fail('operation/stale', 'A key was added to Attic since'))
    })
    fireEvent.click(await screen.findByRole('button', { name: 'Start the merge' }))
    const before = fake.calls.filter((call) => call.name === 'operations.plan').length
    fireEvent.click(await screen.findByRole('button', { name: 'Plan it again' }))
    await waitFor(() => expect(fake.calls.filter((call) => call.name === 'operations.plan')).toHaveLength(before + 1))
    expect(screen.queryByRole('alert')).toBeNull()
  })
  it('shows nothing when the user says no to the question of main', async () => {
    const fake = await retire((one) => {
      one.answer('operations.plan', ok(anOperationPlan({ asks: [] })))
      one.answer('operations.run', fail('window/declined', 'no'))
    })
    fireEvent.click(await screen.findByRole('button', { name: 'Start the merge' }))
    await waitFor(() => expect(inputOf(fake, 'operations.run')).toBeTruthy())
    expect(screen.queryByRole('alert')).toBeNull()
  })
  it('says why none can be made', async () => {
    await retire((one) => one.answer('operations.plan', fail('operation/unreadable', 'local.sql of Main cannot be read: EACCES')))
    expect((await screen.findByRole('alert')).textContent).toContain('local.sql of Main cannot be read: EACCES.')
    press('Back')
    expect(screen.getByRole<HTMLInputElement>('radio', { name: /^Fjord/ }).checked).toBe(true)
  })
})

describe('what each deed asks for', () => {
  const fill = (label: string, value: string): boolean =>
    fireEvent.change(screen.getByLabelText(label, { selector: 'input' }), { target: { value } })
  const choose = (name: RegExp): boolean => fireEvent.click(screen.getByRole('radio', { name }))
  const planned = async (fake: FakeApi): Promise<unknown> => {
    press('Make the plan')
    await waitFor(() => expect(inputOf(fake, 'operations.plan')).toBeTruthy())
    return inputOf(fake, 'operations.plan')
  }
  it('converts a node that was found, and back', async () => {
    const fake = await openRoom(undefined, { part: 'convert' })
    choose(/^attic/)
    expect(await planned(fake)).toEqual({ kind: 'convert', folder: ATTIC })
  })
  it('converts back by folder and identity', async () => {
    const fake = await openRoom(undefined, { part: 'convert' })
    press('Back to supervised')
    choose(/^spacemesh/)
    expect(isOff('Make the plan')).toBe(true)
    choose(/^Fjord/)
    expect(await planned(fake)).toEqual({ kind: 'unconvert', folder: MAIN, identity: anId(0) })
  })
  it('splits several out to a folder', async () => {
    const fake = await openRoom((one) => one.answer('window.chooseFile', ok({ path: '/srv/own' })), { part: 'split' })
    tick(/^Fjord/)
    tick(/^Basalt/)
    press('Choose: Data folder of the other node')
    await waitFor(() => expect(isOff('Make the plan')).toBe(false))
    expect(await planned(fake)).toEqual({ kind: 'split', identities: [anId(0), anId(1)], to: '/srv/own' })
  })
  it('changes the coinbase to an address that the keeper takes', async () => {
    const check = (input: unknown) => {
      const { address } = input as { readonly address: string }
      return address === 'sm1good' ? ok({ address }) : fail('coinbase/invalid', `${address} is no address of mainnet`)
    }
    const fake = await openRoom((one) => one.answer('coinbase.check', check), { part: 'coinbase' })
    fill('New coinbase', 'stest1bad')
    expect(await screen.findByText('stest1bad is no address of mainnet.')).toBeTruthy()
    expect(isOff('Make the plan')).toBe(true)
    fill('New coinbase', ' sm1good ')
    await screen.findByText(/^A valid address/)
    expect(await planned(fake)).toEqual({ kind: 'coinbase', address: 'sm1good' })
  })
  it('moves PoS data', async () => {
    const fake = await openRoom(undefined, { part: 'move-data' })
    choose(/^Fjord/)
    fill('New folder', '/mnt/east/fjord')
    expect(await planned(fake)).toEqual({ kind: 'move-data', identity: anId(0), to: '/mnt/east/fjord' })
  })
  it('takes over what was found, and hands over what is ours', async () => {
    const smapp = aFoundSetup({ kind: 'smapp', owner: 'smapp', label: 'Smapp', file: '/home/me/.config/Spacemesh' })
    const inventory = { ...threeNodes(), setups: [smapp] }
    const fake = await openRoom((one) => one.answer('scan.state', ok({ is: 'done', inventory })), { part: 'take-over' })
    choose(/^Smapp/)
    expect(await planned(fake)).toEqual({ kind: 'take-over', label: 'Smapp' })
    await screen.findByRole('button', { name: 'Start the merge' })
    press('Back')
    press('Hand over to systemd')
    choose(/^The node/)
    press('Make the plan')
    await waitFor(() => expect(inputOf(fake, 'operations.plan')).toEqual({ kind: 'hand-over', what: 'node' }))
  })
  it('exports into a file that is named for the identity', async () => {
    const fake = await openRoom(undefined, { part: 'export-identity' })
    choose(/^Fjord/)
    fill('Folder for the sealed file', '/media/KEYS-1/')
    fill('age recipients', 'age1bad')
    expect(isOff('Make the plan')).toBe(true)
    fill('age recipients', `age1${'q'.repeat(58)}`)
    const file = `/media/KEYS-1/fjord-${anId(0).slice(0, 8)}.age`
    expect(await planned(fake)).toEqual({ kind: 'export-identity', identity: anId(0), file, recipients: [`age1${'q'.repeat(58)}`] })
    await screen.findByText('Steps')
    expect(screen.queryByLabelText('Passphrase')).toBeNull()
  })
  it('imports with a passphrase that is gone from the page once it crossed', async () => {
    const fake = await openRoom((one) => one.answer('operations.plan', ok(anOperationPlan({ kind: 'import-identity', asks: [] }))), {
      part: 'import-identity',
    })
    fill('Sealed file', '/media/KEYS-1/fjord.age')
    expect(await planned(fake)).toEqual({ kind: 'import-identity', file: '/media/KEYS-1/fjord.age' })
    fake.answer('operations.run', fail('operation/stopped', 'The passphrase does not open the file'))
    await screen.findByRole('button', { name: 'Import it' })
    expect(isOff('Import it')).toBe(true)
    fill('Passphrase', 'planted pebble')
    press('Import it')
    await screen.findByRole('alert')
    expect(inputOf(fake, 'operations.run')).toMatchObject({ passphrase: 'planted pebble' })
    expect(screen.getByLabelText<HTMLInputElement>('Passphrase').value).toBe('')
  })
})

describe('an operation', () => {
  const show = (operation: ReturnType<typeof anOperation>) =>
    openRoom((fake) => fake.answer('operations.state', ok(operationsState(operation))), { part: 'operation', file: operation.id })

  it('asks before it is undone, and the keyboard lands on the way out', async () => {
    const fake = await show(anOperation())
    press('Undo…')
    expect(document.activeElement?.textContent).toBe('Keep it')
    press('Keep it')
    expect(fake.calls.some((call) => call.name === 'operations.undo')).toBe(false)
    press('Undo…')
    press('Undo it')
    await waitFor(() => expect(inputOf(fake, 'operations.undo')).toEqual({ id: anOperation().id }))
  })
  it('shows the plan of an undo that is a split', async () => {
    const plan = anOperationPlan({ id: 'split-1', kind: 'split', title: 'Split Iris out again' })
    const fake = await show(anOperation({ undo: { is: 'by-split', why: 'Main was started' } }))
    fake.answer('operations.undo', ok({ is: 'plan', plan }))
    press('Split out again…')
    press('Show the plan')
    await headlineIs('Split Iris out again')
    expect(screen.getByRole('button', { name: 'Split it out' })).toBeTruthy()
  })
  it('has no undo where there is none, and says why', async () => {
    await show(anOperation({ undo: { is: 'no', why: 'The source was removed by you' } }))
    expect(screen.queryByRole('button', { name: /Undo|Split/ })).toBeNull()
    expect(screen.getByText('The source was removed by you.')).toBeTruthy()
  })
  it('says what stopped it, once, and what each way does', async () => {
    const fault = {
      code: 'operation/stopped',
      detail: 'The disk is full. Make room, then finish it or roll it back',
      retry: 'user',
    } as const
    const fake = await show(anUnfinishedOperation({ fault }))
    fake.answer('operations.finish', { ok: false, fault })
    press('Finish')
    await waitFor(() => expect(inputOf(fake, 'operations.finish')).toEqual({ id: anOperation().id, acceptsPrice: false }))
    expect(screen.getAllByRole('alert')).toHaveLength(1)
    expect(screen.getByText(/goes on with step 5, Disarm Attic/)).toBeTruthy()
  })
  it('is undone as a whole from where it is: stopped first, then taken back', async () => {
    const fake = await show(aRunningOperation())
    press('Undo everything…')
    press('Undo everything')
    expect(inputOf(fake, 'operations.cancel')).toEqual({ id: anOperation().id })
    expect(inputOf(fake, 'operations.rollBack')).toBeUndefined()
    act(() => fake.publish('operations.changed', operationsState(anUnfinishedOperation({ steps: stepViews(3, 'todo') }))))
    await waitFor(() => expect(inputOf(fake, 'operations.rollBack')).toEqual({ id: anOperation().id }))
    expect(fake.calls.filter((call) => call.name === 'operations.rollBack')).toHaveLength(1)
  })
  it('says what happens if the power fails, and how far it is', async () => {
    await show(aRunningOperation())
    expect(screen.getByRole('progressbar').getAttribute('aria-valuetext')).toMatch(/6 of 12 rows/)
    expect(screen.getByText('If the power fails now')).toBeTruthy()
    expect(screen.getByText(anOperation().folder)).toBeTruthy()
  })
})

describe('the quarantine', () => {
  it('ticks nothing and cannot put back what is armed elsewhere', async () => {
    const [iris, kelp] = aQuarantineEntry().keys
    const keys = [iris, { ...kelp, armedAt: '/x/kelp.key' }] as ReturnType<typeof aQuarantineEntry>['keys']
    const fake = await openRoom((one) => one.answer('operations.quarantine', ok([aQuarantineEntry({ keys })])), { part: 'quarantine' })
    expect(isOff('Put back…')).toBe(true)
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /kelp\.key/ }).disabled).toBe(true)
    tick(/identity\.key/)
    press('Put back 1 key…')
    await waitFor(() =>
      expect(inputOf(fake, 'operations.plan')).toEqual({ kind: 'put-back', entry: aQuarantineEntry().id, names: ['identity.key'] }),
    )
  })
  it('is empty with a sentence', async () => {
    await openRoom(undefined, { part: 'quarantine' })
    await screen.findByText('Nothing was ever taken out of a node here.')
  })
})

describe('an operation that the window finds unfinished', () => {
  const start = (...operations: readonly ReturnType<typeof anOperation>[]): FakeApi => {
    const fake = fakeApi(aSnapshot())
    fake.answer('operations.state', ok(operationsState(...operations)))
    window.smeshkeeper = fake.api
    routeStore.setState({ route: { room: 'now' }, past: [] })
    render(<App />)
    return fake
  }
  it('has the whole window until the user looks elsewhere', async () => {
    start(anUnfinishedOperation())
    expect(await screen.findByRole('button', { name: 'Finish' })).toBeTruthy()
    expect(screen.queryByRole('navigation', { name: 'Rooms' })).toBeNull()
    press('Look at the other rooms first')
    expect(screen.getByRole('navigation', { name: 'Rooms' })).toBeTruthy()
  })
  it('is not one that stops later', async () => {
    const fake = start(aRunningOperation())
    await screen.findByRole('navigation', { name: 'Rooms' })
    await waitFor(() => expect(fake.calls.some((call) => call.name === 'operations.state')).toBe(true))
    act(() => fake.publish('operations.changed', operationsState(anUnfinishedOperation())))
    expect(screen.getByRole('navigation', { name: 'Rooms' })).toBeTruthy()
  })
})
