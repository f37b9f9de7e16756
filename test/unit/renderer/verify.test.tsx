import { act, fireEvent, render, screen, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mapWords, squaresOf } from '../../../renderer/features/identity/cells.ts'
import { PosDataCard } from '../../../renderer/features/identity/pos-data.tsx'
import { RehearsalCard } from '../../../renderer/features/identity/rehearsal.tsx'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { aRehearsal, aVerifyRun, fileCellsOf } from '../../builders/machine.ts'
import { anId, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

const ID = anId(3)
const settle = (): Promise<void> => act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)))
const press = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('button', { name }))
const inputOf = (fake: FakeApi, name: string): unknown => fake.calls.findLast((call) => call.name === name)?.input

async function open(prepare?: (fake: FakeApi) => void): Promise<FakeApi> {
  const fake = fakeApi(aSnapshot())
  prepare?.(fake)
  window.smeshkeeper = fake.api
  render(
    <>
      <PosDataCard identity={ID} />
      <RehearsalCard identity={ID} />
    </>,
  )
  await settle()
  return fake
}

beforeEach(() => void vi.spyOn(Date, 'now').mockReturnValue(NOW))
afterEach(() => vi.restoreAllMocks())

describe('the map of files', () => {
  it('shows each file in true order, several in a square where there are thousands, the worst of them', () => {
    expect(squaresOf(fileCellsOf(1024)).squares).toHaveLength(1024)
    const { squares, perSquare } = squaresOf(fileCellsOf(5000, { 4: 'bad' }))
    expect([squares.length, perSquare, squares[1]]).toEqual([1667, 3, { is: 'bad', from: 3, to: 5 }])
  })
  it('says in words what the squares show', async () => {
    await open((fake) => fake.answer('verify.map', ok({ files: fileCellsOf(64, { 5: 'bad', 6: 'checking' }), fileBytes: 4 * 2 ** 30 })))
    expect(screen.getByRole('img', { name: '64 files: 1 bad, 1 checked now, 62 good' })).toBeTruthy()
    expect(mapWords(fileCellsOf(1))).toBe('1 file: 1 good')
    expect(within(screen.getByRole('list', { name: 'What the squares mean' })).getAllByRole('listitem')).toHaveLength(3)
  })
  it('offers to make a bad file anew, and says why not when it is refused', async () => {
    const fake = await open((one) => {
      one.answer('verify.map', ok({ files: fileCellsOf(64, { 5: 'bad', 9: 'short' }), fileBytes: 4 * 2 ** 30 }))
      one.answer('verify.rewriteFile', fail('verify/refused', 'Make room first.'))
    })
    press('Make it anew… File 5')
    await settle()
    expect(inputOf(fake, 'verify.rewriteFile')).toEqual({ identity: ID, file: 5 })
    expect(screen.getByRole('alert').textContent).toContain('Make room first.')
  })
  it('says why there is no map', async () => {
    await open((fake) => fake.answer('verify.map', fail('verify/unknown', 'The folder cannot be read.')))
    expect(screen.getByText('The folder cannot be read.')).toBeTruthy()
  })
})

describe('a check of the data', () => {
  it('begins with the chosen share, then pauses, goes on and is cancelled', async () => {
    const fake = await open()
    press(/^1\s%$/)
    press('Check the data')
    await settle()
    expect(inputOf(fake, 'verify.begin')).toEqual({ identity: ID, fractionPercent: 1 })
    act(() => fake.publish('verify.changed', { runs: [aVerifyRun()], rehearsals: [] }))
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25')
    press('Pause')
    await settle()
    act(() => fake.publish('verify.changed', { runs: [aVerifyRun({ is: 'paused' })], rehearsals: [] }))
    press('Go on')
    await settle()
    press('Cancel the check')
    await settle()
    for (const name of ['verify.pause', 'verify.resume', 'verify.cancel']) expect(inputOf(fake, name)).toEqual({ identity: ID })
  })
  it('looks at the map anew when more is known', async () => {
    const fake = await open()
    const before = fake.calls.filter((call) => call.name === 'verify.map').length
    act(() => fake.publish('verify.changed', { runs: [aVerifyRun()], rehearsals: [] }))
    await settle()
    expect(fake.calls.filter((call) => call.name === 'verify.map').length).toBeGreaterThan(before)
  })
})

describe('a rehearsal', () => {
  it('begins, shows its steps, and can be cancelled', async () => {
    const fake = await open()
    press('Rehearse')
    await settle()
    expect(inputOf(fake, 'verify.rehearse')).toEqual({ identity: ID })
    act(() => fake.publish('verify.changed', { runs: [], rehearsals: [aRehearsal({ is: 'running', sentence: 'Rehearsing Amber.' })] }))
    expect(within(screen.getByRole('list', { name: 'Steps of the rehearsal' })).getAllByRole('listitem')).toHaveLength(4)
    press('Cancel the rehearsal')
    await settle()
    expect(inputOf(fake, 'verify.cancelRehearsal')).toEqual({ identity: ID })
  })
  it('keeps its result in sight', async () => {
    await open((fake) => fake.answer('verify.state', ok({ runs: [], rehearsals: [aRehearsal()] })))
    expect(screen.getByText(/^Amber will prove/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Rehearse again' })).toBeTruthy()
  })
})
