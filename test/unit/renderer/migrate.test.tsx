import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { faultText } from '../../../renderer/components/fault-text.ts'
import { movedIds } from '../../../renderer/features/migrate/before-after.tsx'
import { clashesOf, namesProblem, nodeName } from '../../../renderer/features/migrate/choose.ts'
import { readRecipients } from '../../../renderer/features/migrate/forms.tsx'
import { MigratePage } from '../../../renderer/features/migrate/migrate-page.tsx'
import { planText } from '../../../renderer/features/migrate/plan-text.ts'
import { headlineOf, KINDS, progressWords, stepAt, tookWords, whyText } from '../../../renderer/features/migrate/words.ts'
import { routeStore } from '../../../renderer/state/route.ts'
import { keeperStore } from '../../../renderer/state/store.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import { OPERATION_KINDS } from '../../../shared/domain/operation.ts'
import { aBackupState, aSummary } from '../../builders/backup.ts'
import { aFoundNode, anInventory } from '../../builders/inventory.ts'
import {
  anOperation,
  anOperationPlan,
  anUnfinishedOperation,
  aRunningOperation,
  ATTEST,
  aWizard,
  operationsState,
  stepViews,
} from '../../builders/operation.ts'
import { anId, aSnapshot } from '../../builders/snapshot.ts'
import { fakeApi, type FakeApi } from '../../fakes/fake-api.ts'
import {
  MAIN,
  ATTIC,
  THIRD,
  id,
  key,
  threeNodes,
  openRoom,
  inputOf,
  press,
  isOff,
  tick,
  headline,
  headlineIs,
  setUpRoom,
} from './migrate-room.tsx'

setUpRoom()

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
    await openRoom()
    expect(screen.getAllByRole('button', { name: /…$/ })).toHaveLength(10)
    expect(headline()).toBe('Migrate: planned, written down, undoable')
  })
  it('shows what is open first, and begins nothing else', async () => {
    await openRoom((fake) => fake.answer('operations.state', ok(operationsState(anUnfinishedOperation(), anOperation({ id: 'old' })))))
    expect(headline()).toBe('The merge is unfinished: finish it or roll it back first')
    expect(isOff('Bring together…')).toBe(true)
    expect(isOff('Look…')).toBe(false)
    press('Finish or roll back')
    expect(routeStore.getState().route).toEqual({ room: 'migrate', part: 'operation', file: anOperation().id })
  })
  it('names journals that cannot be read', async () => {
    const problem = 'The journal of merge-7 is damaged in line 3. Keep its folder and ask for help'
    await openRoom((fake) => fake.answer('operations.state', ok({ operations: [], problems: [problem] })))
    expect(screen.getByText(problem)).toBeTruthy()
  })
  it('says why when the keeper cannot tell, and asks again', async () => {
    const fake = await openRoom((one) => one.answer('operations.state', fail('internal', 'ref 3')))
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
    await openRoom((fake) => fake.answer('scan.state', ok({ is: 'done', inventory: { ...threeNodes(), nodes: [aFoundNode()] } })), {
      part: 'merge',
    })
    await headlineIs('One node was found: there is nothing to bring together')
    expect(isOff('Next: the backup')).toBe(true)
  })
  it.each(['none', 'incomplete', 'broken', 'old'] as const)('leads to the backups when the backup is %s', async (is) => {
    await openRoom(
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
    const fake = await openRoom(
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
    const fake = await openRoom(wizard({ step: 'choose' }), { part: 'merge' })
    for (const box of [...screen.getAllByRole<HTMLInputElement>('checkbox'), ...screen.getAllByRole<HTMLInputElement>('radio')])
      expect(box.checked).toBe(false)
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'third is given up' }).disabled).toBe(true)
    tick('attic is given up')
    fireEvent.click(screen.getByRole('radio', { name: 'attic stays' }))
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toMatchObject({ to: ATTIC, from: [] }))
    expect(isOff('Make the plan')).toBe(true)
  })
  it('sends new names for keys that cannot keep theirs, and only good ones', async () => {
    const fake = await openRoom(wizard({ step: 'choose', to: MAIN, from: [ATTIC] }), { part: 'merge' })
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
    await openRoom(wizard({ step: 'choose', to: '/gone', from: [ATTIC] }), { part: 'merge' })
    expect(screen.getByText(/was not found by the last search/)).toBeTruthy()
  })
  it('goes to the run when the operation of its plan is in the journal', async () => {
    const fake = await openRoom(wizard({ step: 'plan', to: MAIN, from: [ATTIC] }), { part: 'merge' })
    await screen.findByRole('button', { name: 'Start the merge' })
    act(() => fake.publish('operations.changed', operationsState(aRunningOperation())))
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toMatchObject({ step: 'run', operation: anOperation().id }))
    expect(screen.getByText('Run', { selector: 'li' }).getAttribute('aria-current')).toBe('step')
  })
  it('takes up a merge whose beginning it could not write down', async () => {
    const fake = await openRoom(
      (one) => {
        wizard({ step: 'plan', to: MAIN, from: [ATTIC] })(one)
        one.answer('operations.state', ok(operationsState(anUnfinishedOperation())))
      },
      { part: 'merge' },
    )
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toMatchObject({ step: 'run', operation: anOperation().id }))
  })
  it('begins again when its operation is not known any more', async () => {
    const fake = await openRoom(wizard({ step: 'run', operation: 'gone' }), { part: 'merge' })
    press('Begin again')
    await waitFor(() => expect(inputOf(fake, 'operations.saveWizard')).toEqual(aWizard()))
  })
  it('says when its step cannot be written down, and goes on all the same', async () => {
    await openRoom(
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
    const fake = await openRoom(
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
    await openRoom(
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
