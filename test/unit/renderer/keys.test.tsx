import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { App } from '../../../renderer/app.tsx'
import { base64Of } from '../../../renderer/components/id-text.tsx'
import { nextOf } from '../../../renderer/state/match.ts'
import { routeStore, type Route } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import { identityIdFromBase64 } from '../../../shared/domain/ids.ts'
import type { ScanState } from '../../../shared/domain/inventory.ts'
import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import { aSummary } from '../../builders/backup.ts'
import { aConflict, aHold, anInventory, aProposal, aScanProgress } from '../../builders/inventory.ts'
import { anAlarm, anId, anIdentity, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

async function open(snapshot: AppSnapshot, prepare?: (fake: FakeApi) => void, route: Route = { room: 'now' }): Promise<FakeApi> {
  const fake = fakeApi(snapshot)
  prepare?.(fake)
  window.smeshkeeper = fake.api
  window.smeshkeeperFiles = { pathOf: (file) => (file.name === 'from-the-web' ? '' : `/home/me/${file.name}`) }
  routeStore.setState({ route, past: [] })
  render(<App />)
  await waitFor(() => expect(keeperStore.getState().phase).not.toBe('loading'))
  return fake
}
const firstRun = (parts: Partial<AppSnapshot> = {}): AppSnapshot => ({ ...aSnapshot({ identities: [] }), mode: 'none', ...parts })
const inputsOf = (fake: FakeApi, name: string): readonly unknown[] =>
  fake.calls.filter((call) => call.name === name).map((call) => call.input)
const press = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('button', { name }))
const scanned = (state: ScanState) => (fake: FakeApi) => fake.answer('scan.state', ok(state))
const done = scanned({ is: 'done', inventory: anInventory() })

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  keeperStore.setState(initialState(), true)
})
afterEach(() => vi.restoreAllMocks())

describe('first run', () => {
  it('searches by itself once, and not when there is an inventory', async () => {
    const fake = await open(firstRun())
    await waitFor(() => expect(inputsOf(fake, 'scan.begin')).toEqual([{ folders: [] }]))
  })
  it('does not search again what was searched', async () => {
    const fake = await open(firstRun(), done)
    await screen.findByRole('heading', { name: 'Found on this machine' })
    expect(inputsOf(fake, 'scan.begin')).toEqual([])
  })
  it('shows the search with its counts, and cancels it', async () => {
    const fake = await open(firstRun(), scanned({ is: 'running', progress: aScanProgress() }))
    expect(await screen.findByText(/Found so far: 3 keys, 2 PoS folders, 1 node, 1 set-up/)).toBeTruthy()
    press('Cancel the search')
    await waitFor(() => expect(inputsOf(fake, 'scan.cancel')).toHaveLength(1))
  })
  it('keeps every chosen folder in the next search', async () => {
    const fake = await open(firstRun(), (one) => {
      done(one)
      one.answer('window.chooseFile', ok({ path: '/a' }))
    })
    fireEvent.click(await screen.findByRole('button', { name: 'Search another folder…' }))
    await waitFor(() => expect(inputsOf(fake, 'scan.begin')).toEqual([{ folders: ['/a'] }]))
    fake.answer('window.chooseFile', ok({ path: '/b' }))
    await waitFor(() => press('Search another folder…'))
    await waitFor(() => expect(inputsOf(fake, 'scan.begin').at(-1)).toEqual({ folders: ['/a', '/b'] }))
  })
  it('says why a search failed and what the last one found', async () => {
    await open(firstRun(), scanned({ is: 'failed', at: NOW, why: 'the searcher ended', last: anInventory() }))
    expect(await screen.findByText(/the searcher ended/)).toBeTruthy()
    expect(screen.getByRole('heading', { name: 'Found on this machine' })).toBeTruthy()
  })
  it('names dead volumes', async () => {
    await open(firstRun(), done)
    expect((await screen.findByRole('list', { name: 'Volumes that were not searched whole' })).textContent).toContain(
      'nas /mnt/nas does not answer',
    )
  })
  it('begins with the backup where keys were found, and with the import once they are backed up', async () => {
    await open(firstRun(), done)
    fireEvent.click(await screen.findByRole('button', { name: 'Start with the backup' }))
    expect(routeStore.getState().route).toEqual({ room: 'backups' })
    expect(await screen.findByRole('heading', { level: 1, name: /Back up 7 keys/ })).toBeTruthy()
  })
  it('goes on to bring in what is backed up', async () => {
    await open(firstRun({ backup: aSummary() }), (one) => {
      done(one)
      one.answer('imports.propose', ok([aProposal()]))
    })
    expect((await screen.findAllByRole('button', { name: /Bring it in…|Start with the backup/ })).map((one) => one.textContent)).toEqual([
      'Bring it in…',
    ])
    press('Bring it in…')
    expect(await screen.findByText('3 services are watched: Amber, Basalt and Cedar.')).toBeTruthy()
  })
  it('marks a fresh start as fitting where nothing was found', async () => {
    const nothing = { keys: [], posFolders: [], nodes: [], processes: [], setups: [], identities: [], volumes: [] }
    await open(firstRun(), scanned({ is: 'done', inventory: anInventory(nothing) }))
    expect(await screen.findByText(/Nothing of Spacemesh was found here/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Set it up by hand' }).className).toContain('primary')
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Bring it in…' }).disabled).toBe(true)
  })
})

describe('bringing in', () => {
  const at: Route = { room: 'imports' }
  it('offers the search when none was made', async () => {
    const fake = await open(firstRun(), (one) => one.answer('imports.propose', fail('scan/never', 'x')), at)
    fireEvent.click(await screen.findByRole('button', { name: 'Search this machine' }))
    await waitFor(() => expect(inputsOf(fake, 'scan.begin')).toHaveLength(1))
  })
  it('cannot bring in what lacks something', async () => {
    const proposal = aProposal({ setup: null, problems: ['The address of the node is not known.'] })
    await open(firstRun(), (one) => one.answer('imports.propose', ok([proposal])), at)
    expect(await screen.findByText('The address of the node is not known.')).toBeTruthy()
    expect(screen.queryByRole('button', { name: 'Bring it in' })).toBeNull()
  })
  it('asks for the backup first while there is none', async () => {
    const backup = aSummary({ is: 'none', sentence: 'No backup yet' })
    await open(firstRun({ backup }), (one) => one.answer('imports.propose', ok([aProposal()])), at)
    fireEvent.click(await screen.findByRole('button', { name: 'Back up' }))
    expect(routeStore.getState().route).toEqual({ room: 'backups' })
  })
})

describe('conflicts', () => {
  const at: Route = { room: 'identities' }
  const panels = () => screen.findAllByRole('region', { name: /^One key, two nodes/ })
  it('puts the running one first and leaves no way round it', async () => {
    const running = aConflict({ key: 'r', grade: 'running', by: 'old.service', pid: 7, sentence: 'It runs elsewhere.' })
    await open({ ...aSnapshot(), conflicts: [aConflict(), running] }, undefined, at)
    const [first] = await panels()
    if (first === undefined) throw new Error('no panel')
    expect(first.textContent).toContain('Stop old.service first.')
    expect(within(first).queryAllByRole('button', { name: /Disarm|Let it start/ })).toEqual([])
    expect(first.textContent).toContain(running.here)
    expect(first.textContent).toContain(running.there)
  })
  it('says which nodes could not be looked into', async () => {
    await open(aSnapshot(), (one) => one.answer('keys.blindSpots', ok(['old.service may hold a key: EACCES'])), at)
    expect((await screen.findByRole('note')).textContent).toContain('old.service may hold a key: EACCES.')
  })
  it('disarms the other copy, never ours, and says where it lies', async () => {
    const fake = await open(
      { ...aSnapshot(), conflicts: [aConflict()] },
      (one) => one.answer('keys.disarm', ok({ quarantined: '/q/1' })),
      at,
    )
    await panels()
    press('Disarm the copy…')
    expect(await screen.findByText(/It lies whole in \/q\/1/)).toBeTruthy()
    expect(inputsOf(fake, 'keys.disarm')).toEqual([{ identity: aConflict().identity, path: aConflict().there }])
  })
  it('shows no error when the user says no to main', async () => {
    const fake = await open(
      { ...aSnapshot(), conflicts: [aConflict()] },
      (one) => one.answer('keys.disarm', fail('window/declined', 'no')),
      at,
    )
    await panels()
    press('Disarm the copy…')
    await waitFor(() => expect(inputsOf(fake, 'keys.disarm')).toHaveLength(1))
    expect(screen.queryByRole('alert')).toBeNull()
    expect(screen.queryByText(/It lies whole/)).toBeNull()
  })
  it('lets a node start all the same only after the end of the id was typed', async () => {
    const fake = await open({ ...aSnapshot(), conflicts: [aConflict()] }, undefined, at)
    await panels()
    const typed = screen.getByLabelText(/Last 8 characters/)
    const letStart = screen.getByRole<HTMLButtonElement>('button', { name: 'Let it start…' })
    for (const wrong of ['', aConflict().identity.slice(0, 8), aConflict().identity.slice(-7)]) {
      fireEvent.change(typed, { target: { value: wrong } })
      expect(letStart.disabled, wrong).toBe(true)
    }
    fireEvent.change(typed, { target: { value: ` ${aConflict().identity.slice(-8).toUpperCase()} ` } })
    fireEvent.click(letStart)
    await waitFor(() => expect(inputsOf(fake, 'keys.override')).toEqual([{ conflict: 'c1', typed: aConflict().identity.slice(-8) }]))
  })
  it('stand first on Now, before an alarm that is as bad', async () => {
    const twice = anAlarm({ key: 'k', code: 'key-twice', severity: 'warn', sentence: 'Amber would run twice. Disarm one.', since: NOW })
    await open({ ...aSnapshot(), alarms: [anAlarm(), twice], conflicts: [aConflict()] })
    expect(screen.getByText('Amber would run twice.')).toBeTruthy()
    press('Both places')
    expect(routeStore.getState().route).toEqual({ room: 'identities' })
  })
})

describe('held keys', () => {
  const held = (hold = aHold()) => anIdentity({ index: 0, hold, status: { ...anIdentity().status, kind: 'held' } as never })
  const opened = (hold = aHold(), prepare?: (fake: FakeApi) => void): Promise<FakeApi> =>
    open(aSnapshot({ identities: [held(hold), anIdentity({ index: 1 })] }), prepare, { room: 'identities', identity: anId(0) })
  it('are armed early only with the id typed, and then say what happens next', async () => {
    const fake = await opened(aHold(), (one) => one.answer('keys.release', ok({ placed: '/n/identities/f.key', needsRestart: true })))
    const arm = await screen.findByRole<HTMLButtonElement>('button', { name: 'Arm it…' })
    expect(arm.disabled).toBe(true)
    fireEvent.change(screen.getByLabelText(/type the last 8 characters/), { target: { value: anId(0).slice(-8) } })
    fireEvent.click(arm)
    expect(await screen.findByText(/The node loads it at its next start/)).toBeTruthy()
    expect(inputsOf(fake, 'keys.release')).toEqual([{ identity: anId(0), typed: anId(0).slice(-8) }])
  })
  it('are armed without typing once their time is over', async () => {
    const fake = await opened(aHold({ until: NOW - 1 }))
    fireEvent.click(await screen.findByRole('button', { name: 'Arm it…' }))
    await waitFor(() => expect(inputsOf(fake, 'keys.release')).toEqual([{ identity: anId(0) }]))
  })
  it('that have no end are armed only with the id typed, except when the user held them', async () => {
    const { until: _until, ...endless } = aHold()
    await opened(endless)
    expect((await screen.findByRole<HTMLButtonElement>('button', { name: 'Arm it…' })).disabled).toBe(true)
  })
  it('that the user held are armed when he says so', async () => {
    const { until: _until, ...endless } = aHold({ code: 'by-user' })
    await opened(endless)
    expect((await screen.findByRole<HTMLButtonElement>('button', { name: 'Arm it…' })).disabled).toBe(false)
  })
  it('say why on Now', async () => {
    await open(aSnapshot({ identities: [held(), anIdentity({ index: 1 })] }))
    press('Why held, Fjord')
    expect(routeStore.getState().route).toEqual({ room: 'identities', identity: anId(0) })
  })
  it('show what is known to have been published', async () => {
    const atxs = [57, 58].map((publishEpoch) => ({ publishEpoch, atxId: `a${publishEpoch}`, seenAt: NOW, by: 'network' as const }))
    await opened(aHold(), (one) => one.answer('keys.record', ok({ identity: anId(0), atxs })))
    const record = (await screen.findByRole('heading', { name: 'Publication record' })).closest('section')
    expect(within(record as HTMLElement).getAllByRole('row')[1]?.textContent).toContain('58seen on the network')
  })
})

describe('what is on this machine', () => {
  it('is one sentence an identity, the whole id on demand in both forms', async () => {
    await open(aSnapshot(), done, { room: 'identities' })
    const machine = (await screen.findByRole('heading', { name: 'On this machine' })).closest('section') as HTMLElement
    expect(await within(machine).findByText(/worthless until its key is found/)).toBeTruthy()
    const [first] = within(machine).getAllByRole('button', { name: /…/, expanded: false })
    fireEvent.click(first as HTMLElement)
    expect(within(machine).getByText(anId(0))).toBeTruthy()
    expect(within(machine).getByText(base64Of(anId(0)))).toBeTruthy()
    expect(identityIdFromBase64(base64Of(anId(0)))).toBe(anId(0))
  })
  it('draws only the first of 1,000', async () => {
    const identities = Array.from({ length: 1000 }, (_, index) => ({ ...anInventory().identities[0], id: anId(index) }))
    await open(aSnapshot(), scanned({ is: 'done', inventory: anInventory({ identities: identities as never }) }), { room: 'identities' })
    expect(await screen.findByRole('button', { name: /^Show 200 more of 1000$/ })).toBeTruthy()
    expect(document.querySelectorAll('.found-id').length).toBe(50)
  })
  it('tells what a pasted id is', async () => {
    const fake = await open(
      aSnapshot(),
      (one) => one.answer('scan.match', ok({ is: 'identity', sentences: ['This key has no data here.'] })),
      {
        room: 'identities',
      },
    )
    fireEvent.change(await screen.findByLabelText('Paste an id'), { target: { value: ' ab== ' } })
    press('What is it?')
    expect(await screen.findByText('This key has no data here.')).toBeTruthy()
    expect(inputsOf(fake, 'scan.match')).toEqual([{ text: 'ab==' }])
  })
})

describe('dropping on the window', () => {
  const drop = (...names: readonly string[]): void => {
    const files = names.map((name) => new File([''], name))
    const event = Object.assign(new Event('drop', { cancelable: true }), { dataTransfer: { types: ['Files'], files } })
    act(() => void window.dispatchEvent(event))
    expect(event.defaultPrevented, 'the window must not open the file').toBe(true)
  }
  it('asks the keeper by path and leads on with one action', async () => {
    const fake = await open(aSnapshot(), (one) =>
      one.answer('scan.match', ok({ is: 'backup', sentences: ['A backup of 6 keys.'], next: 'restore' })),
    )
    drop('b.age')
    await screen.findByText('A backup of 6 keys.')
    expect(inputsOf(fake, 'scan.match')).toEqual([{ path: '/home/me/b.age' }])
    press('Open this backup…')
    expect(routeStore.getState().route).toEqual({ room: 'backups', part: 'restore', file: '/home/me/b.age' })
    expect(screen.queryByRole('status', { name: 'What you dropped' })).toBeNull()
  })
  it('says what could not be read, beside what could', async () => {
    const answers = (input: unknown): Result<unknown> =>
      (input as { path: string }).path.endsWith('bad') ? fail('scan/unreadable', 'EACCES') : ok({ is: 'key', sentences: ['A key.'] })
    await open(aSnapshot(), (one) => one.answer('scan.match', answers))
    drop('bad', 'good')
    expect(await screen.findByText('A key.')).toBeTruthy()
    expect(screen.getByRole('status', { name: 'What you dropped' }).textContent).toContain('It cannot be read')
  })
  it('looks at five and says how many it did not', async () => {
    const fake = await open(aSnapshot())
    drop('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
    expect(await screen.findByText(/3 more were not looked at/)).toBeTruthy()
    expect(inputsOf(fake, 'scan.match')).toHaveLength(5)
    act(() => void fireEvent.keyDown(window, { key: 'Escape' }))
    expect(screen.queryByRole('status', { name: 'What you dropped' })).toBeNull()
  })
  it('does nothing with what has no path', async () => {
    const fake = await open(aSnapshot())
    drop('from-the-web')
    expect(inputsOf(fake, 'scan.match')).toEqual([])
  })
  it('has one way on for each answer, and none where there is none', () => {
    const label = (next: Parameters<typeof nextOf>[0]['next']) =>
      nextOf({ is: 'key', sentences: [], ...(next ? { next } : {}) }, '/x')?.label
    expect([label('restore'), label('import'), label('backup'), label('add-key'), label('none'), label(undefined)]).toEqual([
      'Open this backup…',
      'Bring it in…',
      'Back it up',
      'Add it to the set-up',
      undefined,
      undefined,
    ])
  })
})

describe('the rail', () => {
  it('tells how the backups stand and opens them', async () => {
    await open({ ...aSnapshot(), backup: aSummary({ is: 'none', sentence: 'No backup yet' }) })
    press(/No backup yet/)
    expect(routeStore.getState().route).toEqual({ room: 'backups' })
    const rail = screen.getByRole('navigation', { name: 'Rooms' })
    expect(within(rail).getByRole('button', { name: 'Identities' }).getAttribute('aria-current')).toBe('page')
  })
  it('keeps what was told while the first answer was on its way', async () => {
    let answer: (result: Result<unknown>) => void = () => undefined
    const late = new Promise<Result<unknown>>((resolve) => {
      answer = resolve
    })
    const fake = await open(firstRun(), (one) => one.answer('scan.state', () => late))
    await waitFor(() => expect(inputsOf(fake, 'scan.state').length).toBeGreaterThan(0))
    act(() => fake.publish('scan.changed', { is: 'done', inventory: anInventory() }))
    await act(async () => answer(ok({ is: 'never' })))
    expect(await screen.findByRole('heading', { name: 'Found on this machine' })).toBeTruthy()
    expect(inputsOf(fake, 'scan.begin')).toEqual([])
  })
})
