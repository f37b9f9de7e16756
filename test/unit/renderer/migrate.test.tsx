import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { App } from '../../../renderer/app.tsx'
import { faultText } from '../../../renderer/components/fault-text.ts'
import { movedIds } from '../../../renderer/features/migrate/before-after.tsx'
import { clashesOf, namesProblem, nodeName } from '../../../renderer/features/migrate/choose.ts'
import { readRecipients } from '../../../renderer/features/migrate/forms.tsx'
import { MigratePage } from '../../../renderer/features/migrate/migrate-page.tsx'
import { planText } from '../../../renderer/features/migrate/plan-text.ts'
import { headlineOf, KINDS, progressWords, stepAt, tookWords, whyText } from '../../../renderer/features/migrate/words.ts'
import { routeStore } from '../../../renderer/state/route.ts'
import { initialState, keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { OPERATION_KINDS } from '../../../shared/domain/operation.ts'
import { aBackupState, aSummary } from '../../builders/backup.ts'
import { aFoundNode, aFoundSetup, aKeyCopy, anInventory, anInventoryIdentity } from '../../builders/inventory.ts'
import {
  anOperation,
  anOperationPlan,
  anUnfinishedOperation,
  aQuarantineEntry,
  aRunningOperation,
  ATTEST,
  aWizard,
  operationsState,
  stepViews,
} from '../../builders/operation.ts'
import { anId, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'

const MAIN = '/home/me/spacemesh'
const ATTIC = '/home/me/attic/node-data'
const THIRD = '/srv/third'
const id = (index: number) => anId(20 + index) as ReturnType<typeof anInventoryIdentity>['id']
const key = (folder: string, file: string, index: number) =>
  aKeyCopy({ path: `${folder}/identities/${file}`, identity: id(index), nodeFolder: folder, isLoaded: true, place: 'node' })

const threeNodes = (): Inventory =>
  anInventory({
    nodes: [
      aFoundNode({ dataFolder: MAIN, identities: [id(0)] }),
      aFoundNode({ dataFolder: ATTIC, identities: [id(1)], mode: 'supervised' }),
      aFoundNode({ dataFolder: THIRD, identities: [], mode: 'empty' }),
    ],
    keys: [key(MAIN, 'identity.key', 0), key(ATTIC, 'local.key', 1)],
    identities: ['Amber', 'Iris'].map((nickname, index) => anInventoryIdentity({ index: 20 + index, nickname })),
  })

async function open(prepare?: (fake: FakeApi) => void, props: { part?: string; file?: string } = {}): Promise<FakeApi> {
  const fake = fakeApi(aSnapshot())
  fake.answer('scan.state', ok({ is: 'done', inventory: threeNodes() }))
  prepare?.(fake)
  window.smeshkeeper = fake.api
  keeperStore.setState({ phase: 'ready', snapshot: aSnapshot() })
  render(<MigratePage part={props.part} file={props.file} />)
  await waitFor(() => expect(screen.queryByRole('status', { busy: true })).toBeNull())
  return fake
}
const inputOf = (fake: FakeApi, name: string): unknown => fake.calls.findLast((call) => call.name === name)?.input
const press = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('button', { name }))
const isOff = (name: string | RegExp): boolean => screen.getByRole<HTMLButtonElement>('button', { name }).disabled
const tick = (name: string | RegExp): boolean => fireEvent.click(screen.getByRole('checkbox', { name }))
const headline = (): string => screen.getByRole('heading', { level: 1 }).textContent
const headlineIs = (text: string): Promise<void> => waitFor(() => expect(headline()).toBe(text))

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  keeperStore.setState(initialState(), true)
  routeStore.setState({ route: { room: 'migrate' }, past: [] })
})
afterEach(() => vi.restoreAllMocks())

describe('words of operations', () => {
  it('has words for every kind and a sentence for every fault of the contract', () => {
    for (const kind of OPERATION_KINDS) expect(KINDS[kind].room).not.toBe('')
    const source = readFileSync('shared/ipc/operations-contract.ts', 'utf8')
    const codes = [...source.matchAll(/'(operation\/[a-z-]+)'/g)].map((found) => found[1] ?? '')
    expect(new Set(codes).size).toBeGreaterThan(10)
    for (const code of codes) expect(faultText({ code }), code).not.toContain('It did not work')
  })
  it('lets a fault of an operation speak for itself, and others by their code', () => {
    expect(whyText({ code: 'merge/genesis', detail: 'Attic is of another network', retry: 'user' })).toBe('Attic is of another network.')
    expect(whyText({ code: 'internal', detail: 'ref 7 of it', retry: 'now' })).toBe(faultText({ code: 'internal' }))
    expect(whyText({ code: 'operation/busy', detail: 'merge-1', retry: 'user' })).toBe(faultText({ code: 'operation/busy' }))
  })
  it('says in the headline where it is', () => {
    expect(headlineOf(aRunningOperation())).toBe('Merging: step 3 of 7, Build the merged database aside')
    expect(headlineOf(anUnfinishedOperation())).toBe('The merge is unfinished: it stopped at step 5 of 7')
    expect(headlineOf(aRunningOperation({ state: 'rolling-back', steps: stepViews(1, 'undoing') }))).toContain('Undoing: step 2 of 7')
    expect(headlineOf(anOperation({ state: 'rolled-back' }))).toContain('all is as before')
  })
  it('finds the step that a power cut left, with none of them marked', () => {
    expect(stepAt(anUnfinishedOperation({ steps: stepViews(3, 'todo') }))).toBe(3)
    expect(stepAt(anOperation())).toBe(7)
  })
  it('writes figures with their unit', () => {
    expect(progressWords({ step: 0, done: 2 ** 30, total: 2 ** 32, unit: 'bytes', etaMs: 90_000 })).toMatch(
      /1\.0\sGiB of 4\.0\sGiB, about 1\sm 30\ss left/,
    )
    expect(progressWords({ step: 0, done: 1, total: 12, unit: 'rows' })).toBe('1 of 12 rows')
    expect(tookWords(940)).toMatch(/^0\.9\ss$/)
  })
  it('writes a plan as text, with its refusals and unticked boxes', () => {
    const text = planText(anOperationPlan({ refusals: [{ code: 'merge/space', detail: 'No room on the disk', retry: 'user' }] }))
    for (const part of [anId(3), '[ban]', `- [ ] ${ATTEST}`, 'No room on the disk (merge/space)', 'poet_registration: 6 + 4 - 0'])
      expect(text).toContain(part)
  })
})

describe('which node becomes what', () => {
  it('names a node by the part of its folder that tells it', () => {
    expect(['/home/me/spacemesh', ATTIC, 'C:\\Users\\me\\Spacemesh\\node-data', '/'].map(nodeName)).toEqual([
      'spacemesh',
      'attic',
      'Spacemesh',
      '/',
    ])
  })
  it('gives a clashing key, and one called local.key, a free name of its own', () => {
    const inventory = anInventory({
      keys: [key(MAIN, 'identity.key', 0), key(MAIN, 'iris.key', 1), key(ATTIC, 'IDENTITY.key', 2), key(THIRD, 'local.key', 3)],
    })
    const names = new Map([0, 1, 2, 3].map((index) => [id(index) as string, ['Amber', 'Basalt', 'Iris', 'Fjörd 2'][index] ?? '']))
    const clashes = clashesOf(inventory, { to: MAIN, from: [ATTIC, THIRD] }, (one) => names.get(one) ?? '')
    expect(clashes.map((one) => one.suggested)).toEqual([`iris-${id(2).slice(0, 8)}.key`, 'fj-rd-2.key'])
    expect(clashes[0]?.why).toBe('Amber has this name')
  })
  it('has no clash for the same key in both: that is refused by the plan', () => {
    const inventory = anInventory({ keys: [key(MAIN, 'a.key', 0), key(ATTIC, 'a.key', 0)] })
    expect(clashesOf(inventory, { to: MAIN, from: [ATTIC] }, String)).toEqual([])
  })
  it.each([
    [['iris'], 'is no name of a key file'],
    [['a/b.key'], 'is no name of a key file'],
    [['Local.key'], 'local.key is refused'],
    [['A.key', 'a.key'], 'Two keys would be called'],
    [['kept.key'], 'Two keys would be called'],
  ])('says why %j cannot be used', (names, why) => {
    expect(namesProblem(names, ['kept.key'])).toContain(why)
  })
  it('draws a line in colour only for what lies elsewhere afterwards', () => {
    const { before, after } = anOperationPlan()
    expect([...movedIds(before, after)].toSorted()).toEqual([anId(3), anId(4)].toSorted())
  })
  it('keeps good recipients apart from what is none', () => {
    const good = `age1${'q'.repeat(58)}`
    expect(readRecipients(`${good} ${good}\nAGE-SECRET-KEY-1X`)).toEqual({ good: [good], bad: ['AGE-SECRET-KEY-1X'] })
  })
})

describe('the first page', () => {
  it('says what can be done, each with one sentence and one button', async () => {
    await open()
    expect(screen.getAllByRole('button', { name: /…$/ })).toHaveLength(9)
    expect(headline()).toBe('Migrate: planned, written down, undoable')
  })
  it('shows what is open first, and begins nothing else', async () => {
    await open((fake) => fake.answer('operations.state', ok(operationsState(anUnfinishedOperation(), anOperation({ id: 'old' })))))
    expect(headline()).toBe('The merge is unfinished: finish it or roll it back first')
    expect(isOff('Bring together…')).toBe(true)
    expect(isOff('Look…')).toBe(false)
    press('Finish or roll back')
    expect(routeStore.getState().route).toEqual({ room: 'migrate', part: 'operation', file: anOperation().id })
  })
  it('names journals that cannot be read', async () => {
    const problem = 'The journal of merge-7 is damaged in line 3. Keep its folder and ask for help'
    await open((fake) => fake.answer('operations.state', ok({ operations: [], problems: [problem] })))
    expect(screen.getByText(problem)).toBeTruthy()
  })
  it('says why when the keeper cannot tell, and asks again', async () => {
    const fake = await open((one) => one.answer('operations.state', fail('internal', 'ref 3')))
    fake.answer('operations.state', ok(operationsState()))
    press('Try again')
    await headlineIs('Migrate: planned, written down, undoable')
  })
  it('draws at most four changes a second, and the last of them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const fake = fakeApi(aSnapshot())
      fake.answer('operations.state', ok(operationsState(anOperation())))
      window.smeshkeeper = fake.api
      keeperStore.setState({ phase: 'ready', snapshot: aSnapshot() })
      render(<MigratePage part="operation" file={anOperation().id} />)
      await act(() => vi.advanceTimersByTimeAsync(10))
      for (const done of [0, 1, 2, 3])
        act(() => fake.publish('operations.changed', operationsState(aRunningOperation({ steps: stepViews(done) }))))
      expect(headline()).toContain('step 1 of 7')
      await act(() => vi.advanceTimersByTimeAsync(250))
      expect(headline()).toContain('step 4 of 7')
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('the wizard', () => {
  const wizard = (parts: Parameters<typeof aWizard>[0]) => (fake: FakeApi) => fake.answer('operations.wizard', ok(aWizard(parts)))

  it('needs two nodes to go on', async () => {
    await open((fake) => fake.answer('scan.state', ok({ is: 'done', inventory: { ...threeNodes(), nodes: [aFoundNode()] } })), {
      part: 'merge',
    })
    await headlineIs('One node was found: there is nothing to bring together')
    expect(isOff('Next: the backup')).toBe(true)
  })
  it.each(['none', 'incomplete', 'broken', 'old'] as const)('leads to the backups when the backup is %s', async (is) => {
    await open(
      (fake) => {
        wizard({ step: 'backup' })(fake)
        fake.answer('backup.state', ok(aBackupState({ summary: aSummary({ is }) })))
      },
      { part: 'merge' },
    )
    expect(screen.queryByRole('button', { name: /Next: choose/ })).toBeNull()
    press('To the backups')
    expect(routeStore.getState().route).toEqual({ room: 'backups' })
  })
  it('goes on with a backup on one disk only when the user says so', async () => {
    const fake = await open(
      (one) => {
        wizard({ step: 'backup' })(one)
        one.answer('backup.state', ok(aBackupState({ summary: aSummary({ is: 'not-elsewhere' }) })))
      },
      { part: 'merge' },
    )
    expect(isOff('Next: choose')).toBe(true)
    tick(/on one disk only/)
    press('Next: choose')
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toMatchObject({ step: 'choose' }))
  })
  it('ticks nothing, never takes one node as both, and none without a key', async () => {
    const fake = await open(wizard({ step: 'choose' }), { part: 'merge' })
    for (const box of [...screen.getAllByRole<HTMLInputElement>('checkbox'), ...screen.getAllByRole<HTMLInputElement>('radio')])
      expect(box.checked).toBe(false)
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'third is given up' }).disabled).toBe(true)
    tick('attic is given up')
    fireEvent.click(screen.getByRole('radio', { name: 'attic stays' }))
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toMatchObject({ to: ATTIC, from: [] }))
    expect(isOff('Make the plan')).toBe(true)
  })
  it('sends new names for keys that cannot keep theirs, and only good ones', async () => {
    const fake = await open(wizard({ step: 'choose', to: MAIN, from: [ATTIC] }), { part: 'merge' })
    const box = screen.getByRole<HTMLInputElement>('textbox', { name: 'New file name of Iris' })
    expect(box.value).toBe('iris.key')
    fireEvent.change(box, { target: { value: 'local.key' } })
    expect(isOff('Make the plan')).toBe(true)
    expect(fake.calls.some((call) => call.name === 'operations.saveWizard')).toBe(false)
    fireEvent.change(box, { target: { value: 'attic.key' } })
    press('Make the plan')
    await waitFor(() =>
      expect(inputOf(fake, 'operations.plan')).toEqual({ kind: 'merge', from: [ATTIC], to: MAIN, names: { [id(1)]: 'attic.key' } }),
    )
  })
  it('says that a chosen node was not found any more', async () => {
    await open(wizard({ step: 'choose', to: '/gone', from: [ATTIC] }), { part: 'merge' })
    expect(screen.getByText(/was not found by the last search/)).toBeTruthy()
  })
  it('goes to the run when the operation of its plan is in the journal', async () => {
    const fake = await open(wizard({ step: 'plan', to: MAIN, from: [ATTIC] }), { part: 'merge' })
    await screen.findByRole('button', { name: 'Start the merge' })
    act(() => fake.publish('operations.changed', operationsState(aRunningOperation())))
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toMatchObject({ step: 'run', operation: anOperation().id }))
    expect(screen.getByText('Run', { selector: 'li' }).getAttribute('aria-current')).toBe('step')
  })
  it('takes up a merge whose beginning it could not write down', async () => {
    const fake = await open(
      (one) => {
        wizard({ step: 'plan', to: MAIN, from: [ATTIC] })(one)
        one.answer('operations.state', ok(operationsState(anUnfinishedOperation())))
      },
      { part: 'merge' },
    )
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toMatchObject({ step: 'run', operation: anOperation().id }))
  })
  it('begins again when its operation is not known any more', async () => {
    const fake = await open(wizard({ step: 'run', operation: 'gone' }), { part: 'merge' })
    press('Begin again')
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toEqual(aWizard()))
  })
  it('says when its step cannot be written down, and goes on all the same', async () => {
    await open(
      (fake) => {
        wizard({ step: 'scan' })(fake)
        fake.answer('operations.saveWizard', fail('operation/not-written', 'ENOSPC'))
      },
      { part: 'merge' },
    )
    press('Next: the backup')
    expect((await screen.findByRole('alert')).textContent).toContain('could not be written down')
    expect(screen.getByText('Backup', { selector: 'li' }).getAttribute('aria-current')).toBe('step')
  })
  it('starts the node only after a box of its own', async () => {
    const fake = await open(
      (one) => {
        wizard({ step: 'start', operation: anOperation().id })(one)
        one.answer('operations.state', ok(operationsState(anOperation())))
      },
      { part: 'merge' },
    )
    expect(isOff('Start Main')).toBe(true)
    tick(/exact undo ends/)
    press('Start Main')
    await headlineIs('Main runs with all that it should')
    expect(inputOf(fake, 'operations.start')).toEqual({ id: anOperation().id })
  })
  it('verifies without the box once a node was started', async () => {
    const started = anOperation({ undo: { is: 'by-split', why: 'Main was started' } })
    await open(
      (one) => {
        wizard({ step: 'start', operation: started.id })(one)
        one.answer('operations.state', ok(operationsState(started)))
        one.answer('operations.start', fail('operation/not-started', 'The node ended at once: FATAL in its log'))
      },
      { part: 'merge' },
    )
    expect(screen.queryByRole('checkbox')).toBeNull()
    press('Start and verify Main')
    expect((await screen.findByRole('alert')).textContent).toContain('FATAL in its log')
  })
})

describe('a plan', () => {
  const retire = async (prepare?: (fake: FakeApi) => void): Promise<FakeApi> => {
    const fake = await open(prepare, { part: 'retire' })
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
    const fake = await open(undefined, { part: 'convert' })
    choose(/^attic/)
    expect(await planned(fake)).toEqual({ kind: 'convert', folder: ATTIC })
  })
  it('converts back by folder and identity', async () => {
    const fake = await open(undefined, { part: 'convert' })
    press('Back to supervised')
    choose(/^spacemesh/)
    expect(isOff('Make the plan')).toBe(true)
    choose(/^Fjord/)
    expect(await planned(fake)).toEqual({ kind: 'unconvert', folder: MAIN, identity: anId(0) })
  })
  it('splits several out to a folder', async () => {
    const fake = await open((one) => one.answer('window.chooseFile', ok({ path: '/srv/own' })), { part: 'split' })
    tick(/^Fjord/)
    tick(/^Basalt/)
    press('Choose: Data folder of the other node')
    await waitFor(() => expect(isOff('Make the plan')).toBe(false))
    expect(await planned(fake)).toEqual({ kind: 'split', identities: [anId(0), anId(1)], to: '/srv/own' })
  })
  it('moves PoS data', async () => {
    const fake = await open(undefined, { part: 'move-data' })
    choose(/^Fjord/)
    fill('New folder', '/mnt/east/fjord')
    expect(await planned(fake)).toEqual({ kind: 'move-data', identity: anId(0), to: '/mnt/east/fjord' })
  })
  it('takes over what was found, and hands over what is ours', async () => {
    const smapp = aFoundSetup({ kind: 'smapp', owner: 'smapp', label: 'Smapp', file: '/home/me/.config/Spacemesh' })
    const inventory = { ...threeNodes(), setups: [smapp] }
    const fake = await open((one) => one.answer('scan.state', ok({ is: 'done', inventory })), { part: 'take-over' })
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
    const fake = await open(undefined, { part: 'export-identity' })
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
    const fake = await open((one) => one.answer('operations.plan', ok(anOperationPlan({ kind: 'import-identity', asks: [] }))), {
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
    open((fake) => fake.answer('operations.state', ok(operationsState(operation))), { part: 'operation', file: operation.id })

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
    const fake = await open((one) => one.answer('operations.quarantine', ok([aQuarantineEntry({ keys })])), { part: 'quarantine' })
    expect(isOff('Put back…')).toBe(true)
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /kelp\.key/ }).disabled).toBe(true)
    tick(/identity\.key/)
    press('Put back 1 key…')
    await waitFor(() =>
      expect(inputOf(fake, 'operations.plan')).toEqual({ kind: 'put-back', entry: aQuarantineEntry().id, names: ['identity.key'] }),
    )
  })
  it('is empty with a sentence', async () => {
    await open(undefined, { part: 'quarantine' })
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
