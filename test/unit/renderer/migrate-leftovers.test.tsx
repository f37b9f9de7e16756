import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { App } from '../../../renderer/app.tsx'
import { keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { Leftover, OperationView } from '../../../shared/domain/operation.ts'
import {
  aLeftover,
  anOperation,
  anOperationPlan,
  anUnfinishedOperation,
  aRunningOperation,
  operationsState,
} from '../../builders/operation.ts'
import { aSnapshot } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'
import { inputOf, isOff, openRoom, press, setUpRoom } from './migrate-room.tsx'

setUpRoom()

const MOVE = anOperation({ id: aLeftover().operation, kind: 'move-data', title: 'Move the data of Amber' })
const KEPT = aLeftover({
  operation: 'retire-1',
  kind: 'retired-data',
  name: 'Birch',
  folder: '/pos/birch',
  may: false,
  why: 'A node loads its key.',
})
const left =
  (...leftovers: readonly Leftover[]) =>
  (fake: FakeApi): void => {
    fake.answer('operations.state', ok(operationsState(MOVE)))
    fake.answer('operations.leftovers', ok(leftovers))
  }
const item = (name: string) => within(screen.getByRole('listitem', { name: new RegExp(`^${name}`) }))
const last8 = aLeftover().identity.slice(-8)
const type = (text: string): boolean => fireEvent.change(screen.getByLabelText(/last 8 characters/), { target: { value: text } })

describe('PoS data that was left behind', () => {
  it('is listed with its size, its place and why it may go or stays', async () => {
    await openRoom(left(aLeftover(), KEPT))
    expect(screen.getByText(/^4\.0.TiB may be removed$/)).toBeTruthy()
    expect(item('Amber').getByText(aLeftover().why)).toBeTruthy()
    expect(item('Amber').getByRole('img', { name: 'may be removed' })).toBeTruthy()
    expect(item('Birch').getByText('A node loads its key.')).toBeTruthy()
    expect(item('Birch').queryByRole('button')).toBeNull()
  })

  it('is not asked for while no operation could have left any', async () => {
    const fake = await openRoom((one) => one.answer('operations.state', ok(operationsState(anOperation()))))
    expect(fake.calls.some((call) => call.name === 'operations.leftovers')).toBe(false)
    expect(screen.queryByText('Left behind')).toBeNull()
  })

  it('is removed only after the end of its id was typed, and is gone from the list then', async () => {
    const fake = await openRoom(left(aLeftover()))
    press(/^Remove…/)
    expect(document.activeElement).toBe(screen.getByLabelText(/last 8 characters/))
    expect(isOff('Remove it…')).toBe(true)
    type('1234567')
    expect(isOff('Remove it…')).toBe(true)
    type(` ${last8} `)
    fake.answer('operations.removeLeftover', () => {
      fake.answer('operations.leftovers', ok([]))
      return ok({ text: '5 files and the folder /mnt/old/amber are removed.' })
    })
    press('Remove it…')
    await waitFor(() => expect(screen.queryByRole('listitem', { name: /^Amber/ })).toBeNull())
    expect(inputOf(fake, 'operations.removeLeftover')).toEqual({ operation: MOVE.id, typed: last8 })
    expect(screen.getByText('5 files and the folder /mnt/old/amber are removed.')).toBeTruthy()
  })

  it('stays with the reason when it could not be removed, and without a word after a no', async () => {
    const fake = await openRoom((one) => {
      left(aLeftover())(one)
      one.answer('operations.removeLeftover', fail('operation/refused', '/mnt/new/amber/postdata_1.bin is missing, so nothing is removed.'))
    })
    press(/^Remove…/)
    type(last8)
    press('Remove it…')
    expect((await screen.findByRole('alert')).textContent).toContain('postdata_1.bin is missing')
    fake.answer('operations.removeLeftover', fail('window/declined', 'no'))
    press('Remove it…')
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
    press('Keep it')
    expect(screen.queryByLabelText(/last 8 characters/)).toBeNull()
    expect(item('Amber').getByRole('button', { name: /^Remove…/ })).toBeTruthy()
  })

  it('says why it is not known, and asks again', async () => {
    const fake = await openRoom((one) => {
      left()(one)
      one.answer('operations.leftovers', fail('operation/unreadable', 'the operations process gave no answer'))
    })
    expect(screen.getByRole('alert').textContent).toContain('the operations process gave no answer')
    left(aLeftover())(fake)
    press('Try again')
    expect(await screen.findByText('Left behind')).toBeTruthy()
  })
})

describe('the mark beside Migrate', () => {
  const open = async (operation: OperationView, ...leftovers: readonly Leftover[]): Promise<FakeApi> => {
    const fake = fakeApi(aSnapshot())
    // Nothing stopped in the middle when the window opens: that would take the whole of it.
    fake.answer('operations.state', ok(operationsState(operation)))
    fake.answer('operations.leftovers', ok(leftovers))
    window.smeshkeeper = fake.api
    render(<App />)
    await waitFor(() => expect(keeperStore.getState().phase).toBe('ready'))
    return fake
  }
  const mark = (name: string) => within(screen.getByRole('navigation', { name: 'Rooms' })).findByRole('img', { name })

  it('tells of an operation that runs, and of one that stopped', async () => {
    const fake = await open(aRunningOperation())
    expect(await mark('an operation is under way')).toBeTruthy()
    act(() => fake.publish('operations.changed', operationsState(anUnfinishedOperation())))
    expect(await mark('an operation is unfinished')).toBeTruthy()
    act(() => fake.publish('operations.changed', operationsState(anOperation())))
    await waitFor(() => expect(screen.queryByRole('img', { name: 'an operation is unfinished' })).toBeNull())
  })

  it('tells of data that may be removed, and of none that stays', async () => {
    await open(MOVE, aLeftover())
    expect(await mark('old PoS data may be removed')).toBeTruthy()
  })

  it('is not there while nothing wants a look', async () => {
    const fake = await open(MOVE, KEPT)
    await waitFor(() => expect(fake.calls.some((call) => call.name === 'operations.leftovers')).toBe(true))
    await act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)))
    expect(within(screen.getByRole('navigation', { name: 'Rooms' })).queryByRole('img')).toBeNull()
  })
})

describe('the report of an operation', () => {
  it('counts the rows of each table when it is done', async () => {
    const { tables } = anOperationPlan()
    const done = anOperation({ tables })
    const fake = await openRoom((one) => one.answer('operations.state', ok(operationsState(done))), { part: 'operation', file: done.id })
    const rows = within(screen.getByRole('region', { name: 'Rows of local.sql' }))
    expect(rows.getByText('poet_registration')).toBeTruthy()
    expect(rows.getByText('+ 4')).toBeTruthy()
    act(() => fake.publish('operations.changed', operationsState(anOperation({ tables, state: 'rolled-back' }))))
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Rows of local.sql' })).toBeNull())
  })
})
