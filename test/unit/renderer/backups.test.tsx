import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { faultText } from '../../../renderer/components/fault-text.ts'
import { BackupsPage } from '../../../renderer/features/backups/backups-page.tsx'
import { isRepeated } from '../../../renderer/features/backups/passphrase.tsx'
import { firstPlace } from '../../../renderer/features/backups/place-step.tsx'
import { byUse } from '../../../renderer/features/backups/restore-table.tsx'
import { bitsOf } from '../../../renderer/features/backups/strength.ts'
import { readRecipients, scheduleWords, strengthOf } from '../../../renderer/features/backups/words.ts'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import {
  aBackupEntry,
  aBackupPlan,
  aBackupState,
  aDrill,
  aPlace,
  aProgress,
  aRestorePlan,
  aSummary,
  PLACES,
} from '../../builders/backup.ts'
import { aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

const SECRET = 'correct horse battery staple planted'
const RECIPIENT = `age1${'q'.repeat(58)}`

async function open(prepare?: (fake: FakeApi) => void, props: { part?: string; file?: string } = {}): Promise<FakeApi> {
  const fake = fakeApi(aSnapshot())
  prepare?.(fake)
  window.smeshkeeper = fake.api
  keeperStore.setState({ phase: 'ready', snapshot: aSnapshot() })
  render(<BackupsPage part={props.part} file={props.file} />)
  await waitFor(() => expect(screen.queryByRole('status', { busy: true })).toBeNull())
  return fake
}
const inputOf = (fake: FakeApi, name: string): unknown => fake.calls.findLast((call) => call.name === name)?.input
const press = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('button', { name }))
const type = (label: string | RegExp, value: string): boolean =>
  fireEvent.change(screen.getByLabelText(label, { selector: 'input, textarea' }), { target: { value } })
const field = (label: string | RegExp): HTMLInputElement => screen.getByLabelText(label, { selector: 'input' })
const isOff = (name: string | RegExp): boolean => screen.getByRole<HTMLButtonElement>('button', { name }).disabled

async function toPlaces(): Promise<void> {
  fireEvent.click(await screen.findByRole('button', { name: 'Place and passphrase' }))
  await screen.findByRole('radio', { name: /KEYS-1/ })
}

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  keeperStore.setState(initialState(), true)
  routeStore.setState({ route: { room: 'backups' }, past: [] })
})
afterEach(() => vi.restoreAllMocks())

describe('words of backups', () => {
  it('keeps good recipients apart from lines that are none', () => {
    expect(readRecipients(`${RECIPIENT}\n\n ${RECIPIENT} AGE-SECRET-KEY-1X`)).toEqual({ good: [RECIPIENT], bad: ['AGE-SECRET-KEY-1X'] })
  })
  it('says when nothing is made by itself', () => {
    const { settings } = aBackupState()
    expect(scheduleWords(settings)).toBe('No backup is made by itself.')
    expect(scheduleWords({ ...settings, folder: '/b', keep: 1 })).toBe('Every 30\u2009d to /b; the last one is kept.')
  })
  it('measures a known passphrase as weak and a random one as strong', () => {
    expect(strengthOf(bitsOf('password123')).tone).toBe('bad')
    expect(strengthOf(bitsOf('q7#Vd2!mZx9pLw4@bK8&')).tone).toBe('ok')
  })
  it('chooses the place of the schedule first, else a disk of its own, else none', () => {
    expect(firstPlace(PLACES, '/mnt/north')).toBe('/mnt/north')
    expect(firstPlace(PLACES, null)).toBe('/media/me/KEYS-1')
    expect(firstPlace([aPlace({ isWritable: false }), aPlace({ folder: '/x', verdict: 'same-disk-as-keys' })], null)).toBeUndefined()
  })
  it('takes one word of a suggested passphrase, and the whole of one of the user', () => {
    const suggested = { bits: 64, words: ['a', 'b'], asked: 1 }
    expect(isRepeated({ passphrase: 'a-b', again: 'b', suggested })).toBe(true)
    expect(isRepeated({ passphrase: 'a-b', again: 'a', suggested })).toBe(false)
    expect(isRepeated({ passphrase: 'a-b', again: 'a-b' })).toBe(true)
    expect(isRepeated({ passphrase: '', again: '' })).toBe(false)
  })
  it('puts what can come back first and what is here last', () => {
    expect(byUse(aRestorePlan().items).map((item) => item.is)).toEqual(['missing', 'missing', 'refused', 'differs', 'same'])
  })
  it('has a sentence for every fault of the contract and for a refused question', () => {
    const source = readFileSync('shared/ipc/keys-contract.ts', 'utf8')
    const codes = [...source.matchAll(/'((?:scan|keys|backup|import|setup)\/[a-z-]+)'/g)].map((found) => found[1] ?? '')
    expect(new Set(codes).size).toBeGreaterThan(25)
    for (const code of [...codes, 'window/declined']) expect(faultText({ code }), code).not.toContain('It did not work')
  })
})

describe('making a backup', () => {
  it('ticks nothing of the user, and keys cannot be left out', async () => {
    await open()
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /my_wallet_0/ }).checked).toBe(false)
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'Identity keys' }).disabled).toBe(true)
  })
  it('asks for the plan again when a file of the user is ticked', async () => {
    const fake = await open()
    fireEvent.click(screen.getByRole('checkbox', { name: /my_wallet_0/ }))
    await waitFor(() => expect(inputOf(fake, 'backup.plan')).toEqual({ extraFiles: ['/home/me/.config/Spacemesh/my_wallet_0.json'] }))
  })
  it('tells before what would not be in it', async () => {
    await open((fake) => fake.answer('backup.plan', ok(aBackupPlan({ problems: ['basalt.key cannot be read: permission denied'] }))))
    expect(screen.getByText('1 thing would not be in it.')).toBeTruthy()
    expect(screen.getByText(/basalt.key cannot be read/)).toBeTruthy()
  })
  it('sends to the search when there is no key', async () => {
    await open((fake) => fake.answer('backup.plan', fail('backup/nothing', 'none')))
    press('Search this machine')
    expect(routeStore.getState().route).toEqual({ room: 'identities' })
  })
  it('says what is missing until it can be written', async () => {
    await open()
    await toPlaces()
    expect(isOff('Write and read back')).toBe(true)
    expect(screen.getByText('Give a passphrase, or let one be suggested.')).toBeTruthy()
    type('Passphrase', SECRET)
    expect(screen.getByText('Type the passphrase again.')).toBeTruthy()
    type('Typed again', 'something else')
    expect(isOff('Write and read back')).toBe(true)
    type('Typed again', SECRET)
    expect(isOff('Write and read back')).toBe(false)
  })
  it('hands the passphrase over once and keeps it nowhere', async () => {
    const fake = await open((one) => one.answer('backup.begin', fail('backup/no-space', 'ENOSPC')))
    await toPlaces()
    type('Passphrase', SECRET)
    type('Typed again', SECRET)
    press('Write and read back')
    await screen.findByText(/The place is full/)
    expect(inputOf(fake, 'backup.begin')).toMatchObject({ folder: '/media/me/KEYS-1', passphrase: SECRET, remember: false, recipients: [] })
    expect(field('Passphrase').value).toBe('')
    expect(document.documentElement.outerHTML).not.toContain(SECRET)
    expect(
      JSON.stringify([
        keeperStore.getState(),
        routeStore.getState(),
        Array.from({ length: localStorage.length }, (_, i) => localStorage.getItem(localStorage.key(i) ?? '')),
      ]),
    ).not.toContain(SECRET)
  })
  it('keeps the keyboard at the step when its button is gone', async () => {
    await open()
    await toPlaces()
    expect(document.activeElement?.contains(screen.getByRole('radio', { name: /KEYS-1/ }))).toBe(true)
    expect(document.activeElement).not.toBe(document.body)
  })
  it('forgets a passphrase when the step is left', async () => {
    await open()
    await toPlaces()
    type('Passphrase', SECRET)
    press('Back')
    await toPlaces()
    expect(field('Passphrase').value).toBe('')
  })
  it('takes recipients without any passphrase', async () => {
    const fake = await open()
    await toPlaces()
    press('age recipients')
    expect(screen.queryByLabelText('Passphrase')).toBeNull()
    type('Recipients', 'age1bad')
    expect(screen.getByText(/age1bad is no age recipient/)).toBeTruthy()
    type('Recipients', RECIPIENT)
    press('Write and read back')
    await screen.findByRole('heading', { name: '6 keys read back and the same as here' })
    const input = inputOf(fake, 'backup.begin') as object
    expect(input).toMatchObject({ recipients: [RECIPIENT], remember: false })
    expect('passphrase' in input).toBe(false)
  })
  it('offers to remember only where there is a keyring', async () => {
    const keyring = { is: 'none', sentence: 'This system has no keyring, so the passphrase is asked each time.' } as const
    await open((fake) => fake.answer('backup.state', ok(aBackupState({ keyring }))))
    await toPlaces()
    expect(screen.getByText(keyring.sentence)).toBeTruthy()
    expect(screen.queryByRole('checkbox', { name: /Remember it/ })).toBeNull()
  })
  it('cannot choose a place that takes no file', async () => {
    const full = aPlace({ folder: '/full', label: 'Full', verdict: 'full', isWritable: false })
    await open((fake) => fake.answer('backup.places', ok([full, ...PLACES])))
    await toPlaces()
    expect(screen.getByRole<HTMLInputElement>('radio', { name: /Full/ }).disabled).toBe(true)
  })
  it('judges another folder before it is chosen', async () => {
    const fake = await open((one) => one.answer('window.chooseFile', ok({ path: '/tmp/b' })))
    fake.answer('backup.place', ok(aPlace({ folder: '/tmp/b', label: 'tmp', verdict: 'not-persistent' })))
    await toPlaces()
    press('Another folder…')
    expect((await screen.findByRole<HTMLInputElement>('radio', { name: /tmp/ })).checked).toBe(true)
    expect(screen.getByText('gone after a restart')).toBeTruthy()
  })
  it('shows a backup that is under way, also one that began elsewhere, and cancels it', async () => {
    const fake = await open()
    act(() => fake.publish('backup.changed', aBackupState({ running: aProgress() })))
    expect(screen.getByRole('progressbar', { name: 'Reading back' }).getAttribute('aria-valuenow')).toBe('71')
    expect(screen.getByText('Reading back', { selector: 'li' }).getAttribute('aria-current')).toBe('step')
    press('Cancel')
    expect(fake.calls.some((call) => call.name === 'backup.cancel')).toBe(true)
  })
  it('tells a cancelled backup as a fact and not as a failure', async () => {
    await open((fake) => fake.answer('backup.begin', fail('backup/cancelled', 'x')))
    await toPlaces()
    press('age recipients')
    type('Recipients', RECIPIENT)
    press('Write and read back')
    expect(await screen.findByText('Cancelled. Nothing is left of it.')).toBeTruthy()
    expect(screen.queryByRole('alert')).toBeNull()
  })
  it('says when a backup lies beside the keys', async () => {
    await open((fake) => fake.answer('backup.begin', ok(aBackupEntry({ isOnOtherDisk: false }))))
    await toPlaces()
    press('age recipients')
    type('Recipients', RECIPIENT)
    press('Write and read back')
    expect(await screen.findByText(/It lies on the same disk as the keys/)).toBeTruthy()
  })
})

describe('the standing of backups', () => {
  it('names the identities that are in no good backup', async () => {
    const snapshot = aSnapshot()
    const missing = snapshot.identities.slice(0, 5).map((one) => one.id)
    await open((fake) =>
      fake.answer('backup.state', ok(aBackupState({ summary: aSummary({ is: 'incomplete', missing: missing as never }) }))),
    )
    expect(screen.getByText('Fjord, Basalt, Grove and 2 more are in no good backup.')).toBeTruthy()
  })
  it('says what none means', async () => {
    await open((fake) =>
      fake.answer('backup.state', ok(aBackupState({ entries: [], summary: aSummary({ is: 'none', sentence: 'No backup yet' }) }))),
    )
    expect(screen.getByRole('heading', { name: 'No backup yet' })).toBeTruthy()
    expect(screen.queryByRole('heading', { name: 'History' })).toBeNull()
  })
  it('goes by the newest drill: one that failed after one that passed', async () => {
    const drills = [aDrill({ is: 'failed', sentence: 'One bit of part 3 differs' }), aDrill()]
    await open((fake) => fake.answer('backup.state', ok(aBackupState({ entries: [aBackupEntry({ drills })] }))))
    expect(screen.getByText('Last backup does not open')).toBeTruthy()
    expect(screen.queryByText('Last backup can be opened')).toBeNull()
  })
  it('shows an unplugged stick with when it was last seen', async () => {
    await open()
    expect(screen.getByText(/last seen 9\s+d ago/)).toBeTruthy()
  })
  it('takes an entry off the list by its id', async () => {
    const fake = await open()
    press(/20 Sep/)
    expect(screen.getByText(/its last 300 B are missing/)).toBeTruthy()
    press('Take off the list')
    await waitFor(() => expect(inputOf(fake, 'backup.forget')).toEqual({ id: 'b4' }))
  })
})

describe('a drill', () => {
  it('may use the remembered passphrase, except when its turn to be typed has come', async () => {
    const settings = { ...aBackupState().settings, isRemembered: true }
    const fake = await open((one) => one.answer('backup.state', ok(aBackupState({ settings }))))
    press('Drill now…')
    const dialog = screen.getByRole('dialog')
    fireEvent.click(within(dialog).getByRole('radio', { name: 'Use the remembered one' }))
    fireEvent.click(within(dialog).getByRole('button', { name: 'Drill now' }))
    await screen.findByText('Drill passed.')
    expect(inputOf(fake, 'backup.drill')).toEqual({ id: 'b1', secret: { useRemembered: true } })
    act(() => fake.publish('backup.changed', aBackupState({ settings, summary: aSummary({ mustTypePassphrase: true }) })))
    expect(within(dialog).getByText(/This time the passphrase is typed/)).toBeTruthy()
  })
  it('tells a failed drill in its own words', async () => {
    await open((fake) => fake.answer('backup.drill', ok(aDrill({ is: 'failed', sentence: 'One bit of part 3 differs' }))))
    press('Drill now…')
    type('Passphrase', SECRET)
    press('Drill now')
    expect(await screen.findByText(/One bit of part 3 differs/)).toBeTruthy()
    expect(document.documentElement.outerHTML).not.toContain(SECRET)
  })
})

describe('backups by themselves', () => {
  it('need something that opens them', async () => {
    const fake = await open((one) => one.answer('window.chooseFile', ok({ path: '/b' })))
    press('Change…')
    press('Choose the folder…')
    await screen.findByText('A backup that is made by itself needs an age recipient or a passphrase in the keyring.')
    expect(isOff('Save')).toBe(true)
    type('age recipients', RECIPIENT)
    type('Every so many days', '7')
    press('Save')
    await waitFor(() =>
      expect(inputOf(fake, 'backup.configure')).toEqual({
        folder: '/b',
        everyDays: 7,
        keep: 6,
        recipients: [RECIPIENT],
        extraFiles: [],
        withHistory: false,
      }),
    )
  })
  it('forget the remembered passphrase when they are told to, and leave it alone otherwise', async () => {
    const settings = { ...aBackupState().settings, isRemembered: true }
    const fake = await open((one) => one.answer('backup.state', ok(aBackupState({ settings }))))
    press('Change…')
    fireEvent.click(screen.getByRole('checkbox', { name: 'Forget the remembered one' }))
    press('Save')
    await waitFor(() => expect(inputOf(fake, 'backup.configure')).toMatchObject({ passphrase: null }))
  })
  it('take files of the user and the history only when he says so', async () => {
    const settings = { ...aBackupState().settings, extraFiles: ['/w/old.json'] }
    const fake = await open((one) => {
      one.answer('backup.state', ok(aBackupState({ settings })))
      one.answer('window.chooseFile', ok({ path: '/w/new.json' }))
    })
    press('Change…')
    const form = screen.getByRole('button', { name: 'Save' }).closest('form') as HTMLElement
    fireEvent.click(within(form).getByRole('button', { name: 'Add a file…' }))
    fireEvent.click(await within(form).findByRole('checkbox', { name: '/w/old.json' }))
    fireEvent.click(within(form).getByRole('checkbox', { name: /History of proofs/ }))
    press('Save')
    await waitFor(() => expect(inputOf(fake, 'backup.configure')).toMatchObject({ extraFiles: ['/w/new.json'], withHistory: true }))
  })
  it.each(['0', '366', '1.5', 'x', ''])('do not come every %j days', async (days) => {
    await open()
    press('Change…')
    type('Every so many days', days)
    expect(isOff('Save')).toBe(true)
  })
})

describe('restoring', () => {
  const openPlan = async (prepare?: (fake: FakeApi) => void): Promise<FakeApi> => {
    const fake = await open(prepare, { part: 'restore', file: '/media/b.age' })
    type('Passphrase', SECRET)
    press('Open and compare')
    await screen.findByRole('heading', { name: 'What would come back' })
    return fake
  }
  it('opens the file that was dropped, and forgets what opened it', async () => {
    const fake = await openPlan()
    expect(inputOf(fake, 'backup.open')).toEqual({ file: '/media/b.age', secret: { passphrase: SECRET, useRemembered: false } })
    expect(document.documentElement.outerHTML).not.toContain(SECRET)
  })
  it('ticks nothing, and cannot tick what is here, differs or is refused', async () => {
    await openPlan()
    const boxes = screen.getAllByRole<HTMLInputElement>('checkbox')
    expect(boxes.filter((box) => box.checked)).toEqual([])
    expect(boxes.map((box) => box.disabled)).toEqual([false, false, true, true, true])
    expect(isOff(/^Restore 0 of 2/)).toBe(true)
    press('Tick all that are missing')
    expect(isOff(/^Restore 2 of 2/)).toBe(false)
  })
  it('shows no error when the user says no to the question of main', async () => {
    const fake = await openPlan((one) => one.answer('backup.restore', fail('window/declined', 'no')))
    fireEvent.click(screen.getByRole('checkbox', { name: /^Fjord/ }))
    press(/^Restore 1 of 2/)
    await waitFor(() => expect(inputOf(fake, 'backup.restore')).toEqual({ token: 't1', items: ['keys/0'] }))
    expect(screen.queryByRole('alert')).toBeNull()
    expect(isOff(/^Restore 1 of 2/)).toBe(false)
  })
  it('reports what came back and what did not', async () => {
    await openPlan((one) =>
      one.answer('backup.restore', ok({ done: [], refused: [{ id: 'keys/0', sentence: 'runs on another node since 02:40' }] })),
    )
    fireEvent.click(screen.getByRole('checkbox', { name: /^Fjord/ }))
    press(/^Restore 1 of 2/)
    expect(await screen.findByRole('heading', { name: 'Nothing was placed' })).toBeTruthy()
    expect(screen.getByText(/runs on another node since 02:40/)).toBeTruthy()
  })
  it.each(['backup/wrong-secret', 'backup/damaged', 'backup/foreign', 'backup/newer', 'backup/not-there'])(
    'says what to do on %s, with the field empty again',
    async (code) => {
      await open((one) => one.answer('backup.open', fail(code, 'x')), { part: 'restore', file: '/media/b.age' })
      type('Passphrase', SECRET)
      press('Open and compare')
      expect((await screen.findByRole('alert')).textContent).toContain(faultText({ code }))
      expect(field('Passphrase').value).toBe('')
    },
  )
})
