import { expect, test } from '@playwright/test'
import { aBackupState, aSummary } from '../../builders/backup.ts'
import { aFoundNode, aKeyCopy, anInventory, anInventoryIdentity } from '../../builders/inventory.ts'
import {
  aLeftover,
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
import { anId, aSnapshot } from '../../builders/snapshot.ts'
import { Frame } from '../pages/frame.ts'
import { MigrateRoom } from '../pages/migrate.ts'
import { look as lookIn, lookAtAllSizes as lookInAllSizes } from './looks.ts'
import { startMocked, type Mocked } from './mocked.ts'

let mocked: Mocked
let frame: Frame
let room: MigrateRoom

const ATTIC = '/home/me/attic/node-data'
const MAIN = '/home/me/spacemesh'
/** Not those of the set-up: the search gave them their names. */
const id = (index: number) => anId(20 + index) as ReturnType<typeof anInventoryIdentity>['id']

/** Main with two keys, Attic with two of which one has a name of Main. */
const twoNodes = () => {
  const key = (folder: string, file: string, index: number) =>
    aKeyCopy({ path: `${folder}/identities/${file}`, identity: id(index), nodeFolder: folder, isLoaded: true, place: 'node' })
  return anInventory({
    nodes: [aFoundNode({ dataFolder: MAIN, identities: [id(0), id(2)] }), aFoundNode({ dataFolder: ATTIC, identities: [id(3), id(4)] })],
    keys: [key(MAIN, 'amber.key', 0), key(MAIN, 'identity.key', 2), key(ATTIC, 'identity.key', 3), key(ATTIC, 'kelp.key', 4)],
    identities: ['Amber', 'Basalt', 'Cedar', 'Iris', 'Kelp'].map((nickname, index) => anInventoryIdentity({ index: 20 + index, nickname })),
  })
}

const ok = (value: unknown) => ({ ok: true, value })

test.beforeAll(async () => {
  mocked = await startMocked()
  frame = new Frame(mocked.page)
  room = new MigrateRoom(mocked.page)
})
test.afterAll(async () => mocked.app.close())
test.beforeEach(async () => {
  await mocked.size(1280, 800)
  await mocked.answer('scan.state', ok({ is: 'done', inventory: twoNodes() }))
  await mocked.answer('backup.state', ok(aBackupState({ summary: aSummary({ is: 'good' }) })))
  await mocked.answer('operations.state', ok(operationsState()))
  await mocked.answer('operations.plan', ok(anOperationPlan()))
  await mocked.answer('operations.wizard', ok(aWizard()))
  await mocked.show(aSnapshot({ backup: aSummary({ is: 'good' }) }))
  await reload()
})

async function reload(): Promise<void> {
  await mocked.page.reload()
  await expect(room.headline).toBeVisible()
}

const look = (name: string): Promise<void> => lookIn(mocked, name)
const lookAtAllSizes = (name: string): Promise<void> => lookInAllSizes(mocked, name)

test('the first page says what can be done and what was done, and opens by g m', async () => {
  const { page } = mocked
  await mocked.answer('operations.state', ok(operationsState(anOperation(), anOperation({ id: 'b', state: 'rolled-back' }))))
  await reload()
  await page.keyboard.type('gm')
  await expect(room.headline).toHaveText('Nothing is under way; 2 operations ended here')
  await expect(page.getByRole('button', { name: /^Report.* of Merge Attic/ })).toHaveCount(2)
  await lookAtAllSizes('start')
})

test('two nodes become one: scan, backup, choose, plan, run, start, report', async () => {
  const { page } = mocked
  await room.open()
  await room.begin('Bring nodes together')
  await expect(room.headline).toHaveText('2 nodes were found')
  await lookAtAllSizes('wizard-scan')
  await room.next('Next: the backup')
  await expect(room.headline).toHaveText('The backup is good: every key is in it')
  await look('wizard-backup')
  await room.next('Next: choose')

  await expect(room.givenUp('attic')).not.toBeChecked()
  await expect(room.stays('spacemesh')).not.toBeChecked()
  await room.stays('spacemesh').check()
  await expect(room.givenUp('spacemesh')).toBeDisabled()
  await room.givenUp('attic').check()
  await expect(room.headline).toHaveText('attic joins spacemesh')
  const renamed = page.getByRole('textbox', { name: 'New file name of Iris' })
  await expect(renamed).toHaveValue('iris.key')
  await renamed.fill('amber.key')
  await expect(page.getByText('Two keys would be called amber.key')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Make the plan' })).toBeDisabled()
  await renamed.fill('iris.key')
  await lookAtAllSizes('wizard-choose')
  await room.next('Make the plan')

  await expect(room.headline).toHaveText('Merge Attic into Main: one node, 5 identities')
  expect(await mocked.calls('operations.plan')).toEqual([{ kind: 'merge', from: [ATTIC], to: MAIN, names: { [id(3)]: 'iris.key' } }])
  await expect(room.run).toBeDisabled()
  const box = page.getByRole('checkbox', { name: ATTEST })
  await expect(box).not.toBeChecked()
  await box.check()
  await expect(room.run).toBeEnabled()
  await lookAtAllSizes('wizard-plan')

  await mocked.answer('operations.run', ok(aRunningOperation()))
  await room.run.click()
  await expect
    .poll(() => mocked.calls('operations.run'))
    .toEqual([{ plan: anOperationPlan().id, ticked: ['elsewhere'], acceptsPrice: false }])
  await mocked.answer('operations.state', ok(operationsState(aRunningOperation())))
  await mocked.publish('operations.changed', operationsState(aRunningOperation()))
  await expect(room.headline).toHaveText('Merging: step 3 of 7, Build the merged database aside')
  await expect(room.step).toHaveText(/Run/)
  await expect(page.getByRole('progressbar', { name: 'Build the merged database aside' })).toHaveAttribute('aria-valuenow', '50')
  await lookAtAllSizes('wizard-run')

  await mocked.publish('operations.changed', operationsState(anOperation()))
  await mocked.answer('operations.state', ok(operationsState(anOperation())))
  await expect(room.headline).toHaveText('Done: Merge Attic into Main: one node, 5 identities')
  await look('wizard-ran')
  await room.next('Next: start Main…')
  const start = page.getByRole('button', { name: 'Start Main', exact: true })
  await expect(start).toBeDisabled()
  await page.getByRole('checkbox', { name: /the exact undo ends/ }).check()
  await look('wizard-start')
  const checks = [
    { is: 'pass', text: 'process 48213 is up' },
    { is: 'pass', text: '5 keys loaded' },
  ]
  await mocked.answer('operations.start', ok({ checks: [...checks, { is: 'waiting', text: 'the node lists 5 smesher ids' }] }))
  await start.click()
  await expect(room.headline).toHaveText('Main was started: 1 check to go')
  await look('wizard-verify')
  await mocked.answer('operations.start', ok({ checks }))
  await room.next('Look again')
  await expect(room.headline).toHaveText('Main runs with all that it should')
  await room.next('To the report')
  await expect(room.step).toHaveText(/Done/)
  await expect
    .poll(async () => (await mocked.calls('operations.saveWizard')).at(-1))
    .toMatchObject({ step: 'done', operation: anOperationPlan().id })
  await lookAtAllSizes('wizard-done')
})

test('a closed window goes on where it was', async () => {
  await mocked.answer('operations.state', ok(operationsState(anOperation())))
  await mocked.answer('operations.wizard', ok(aWizard({ step: 'start', from: [ATTIC], to: MAIN, operation: anOperation().id })))
  await reload()
  await room.open()
  await room.begin('Bring nodes together')
  await expect(room.headline).toHaveText('All is in place: start Main when you say so')
})

test('a refusal stands in place of the button, with what to do', async () => {
  const { page } = mocked
  const detail =
    'Attic has schema 8 and Main 9, so their rows do not fit. Start Attic once with go-spacemesh v1.7.6, stop it, then check again'
  const refused = anOperationPlan({
    refusals: [{ code: 'merge/schema-differs', detail, retry: 'user' }],
    checks: [{ is: 'fail', text: 'schema 8 and 9' }, ...anOperationPlan().checks],
  })
  await mocked.answer('operations.plan', ok(refused))
  await mocked.answer('operations.wizard', ok(aWizard({ step: 'plan', from: [ATTIC], to: MAIN })))
  await reload()
  await room.open()
  await room.begin('Bring nodes together')
  await expect(room.refusals).toContainText('Start Attic once with go-spacemesh v1.7.6')
  await expect(room.run).toHaveCount(0)
  await expect(page.getByRole('checkbox')).toHaveCount(0)
  await lookAtAllSizes('refusal')
  await mocked.answer('operations.plan', ok(anOperationPlan()))
  await room.refusals.getByRole('button', { name: 'Check again' }).click()
  await expect(room.run).toBeVisible()
})

test('without a good backup the wizard leads to the backups', async () => {
  const sentence = '2 of 7 keys are in no backup'
  await mocked.answer('backup.state', ok(aBackupState({ summary: aSummary({ is: 'incomplete', sentence }) })))
  await mocked.answer('operations.wizard', ok(aWizard({ step: 'backup' })))
  await reload()
  await room.open()
  await room.begin('Bring nodes together')
  await expect(mocked.page.getByRole('button', { name: 'Next: choose' })).toHaveCount(0)
  await look('no-backup')
  await room.next('To the backups')
  await expect(room.headline).toContainText('Back up')
})

test('an unfinished operation has the window at the start, and can be finished', async () => {
  const { page } = mocked
  await mocked.answer('operations.state', ok(operationsState(anUnfinishedOperation())))
  await reload()
  await expect(room.headline).toHaveText('The merge is unfinished: it stopped at step 5 of 7')
  await expect(page.getByRole('navigation', { name: 'Rooms' })).toHaveCount(0)
  await lookAtAllSizes('unfinished')
  await room.next('Finish')
  await expect.poll(() => mocked.calls('operations.finish')).toEqual([{ id: anOperation().id, acceptsPrice: false }])
  await mocked.publish('operations.changed', operationsState(anOperation()))
  await expect(room.headline).toContainText('Done:')
  await room.next('Go on')
  await expect(page.getByRole('navigation', { name: 'Rooms' })).toBeVisible()
})

test('an unfinished operation can be left for later and stays first in Migrate', async () => {
  const { page } = mocked
  await mocked.answer('operations.state', ok(operationsState(anUnfinishedOperation())))
  await reload()
  await room.next('Look at the other rooms first')
  await expect(frame.headline).toContainText('on time')
  await room.open()
  await expect(page.getByRole('region', { name: 'Bring nodes together' }).getByRole('button')).toBeDisabled()
  await look('open-first')
  await room.next('Finish or roll back')
  await room.confirm('Roll back…', 'Roll back')
  await expect.poll(() => mocked.calls('operations.rollBack')).toEqual([{ id: anOperation().id }])
})

test('a running operation is cancelled, or undone as a whole', async () => {
  const running = aRunningOperation()
  await mocked.answer('operations.state', ok(operationsState(running)))
  await mocked.answer('operations.wizard', ok(aWizard({ step: 'run', operation: running.id })))
  await reload()
  await room.open()
  await room.next('Show it')
  const before = (await mocked.calls('operations.rollBack')).length
  await room.confirm('Undo everything…', 'Undo everything')
  await expect.poll(() => mocked.calls('operations.cancel')).toEqual([{ id: running.id }])
  await mocked.publish('operations.changed', operationsState(anUnfinishedOperation({ steps: stepViews(3, 'todo') })))
  await expect.poll(async () => (await mocked.calls('operations.rollBack')).length).toBe(before + 1)
  await mocked.publish('operations.changed', operationsState(aRunningOperation({ state: 'rolling-back', steps: stepViews(1, 'undoing') })))
  await expect(room.headline).toHaveText('Undoing: step 2 of 7, Snapshot both data folders')
  await look('undoing')
})

test('what is done can be undone, exactly or by a split', async () => {
  await mocked.answer('operations.state', ok(operationsState(anOperation())))
  await reload()
  await room.open()
  await room.next(/^Report.* of Merge Attic/)
  await room.confirm('Undo…', 'Undo it')
  await expect.poll(() => mocked.calls('operations.undo')).toEqual([{ id: anOperation().id }])
  const bySplit = { is: 'by-split', why: 'Main was started, so Iris and Kelp are split out with their newer rows' } as const
  await mocked.publish('operations.changed', operationsState(anOperation({ undo: bySplit })))
  const plan = anOperationPlan({ id: 'split-1', kind: 'split', title: 'Split Iris and Kelp out of Main again' })
  await mocked.answer('operations.undo', ok({ is: 'plan', plan }))
  await room.confirm('Split out again…', 'Show the plan')
  await expect(room.headline).toHaveText('Split Iris and Kelp out of Main again')
})

test('old data of a move is removed by the end of its id, and the rail tells of it elsewhere', async () => {
  const { page } = mocked
  const left = aLeftover()
  const kept = aLeftover({ operation: 'retire-1', kind: 'retired-data', name: 'Birch', may: false, why: 'A node loads its key.' })
  await mocked.answer('operations.state', ok(operationsState(anOperation({ id: left.operation, kind: 'move-data' }))))
  await mocked.answer('operations.leftovers', ok([left, kept]))
  await reload()
  await expect(room.mark('old PoS data may be removed')).toBeVisible()
  await lookAtAllSizes('now-with-leftovers')
  await room.open()
  await expect(page.getByText('4.0 TiB may be removed')).toBeVisible()
  await page.getByRole('button', { name: 'Remove… the data of Amber' }).click()
  await expect(page.getByRole('button', { name: 'Remove it…' })).toBeDisabled()
  await page.keyboard.type(left.identity.slice(-8))
  await lookAtAllSizes('leftovers')
  await mocked.answer('operations.leftovers', ok([kept]))
  await page.keyboard.press('Enter')
  await expect(page.getByText('5 files and the folder /mnt/old/amber are removed.')).toBeVisible()
  expect((await mocked.calls('operations.removeLeftover')).at(-1)).toEqual({ operation: left.operation, typed: left.identity.slice(-8) })
  await expect(page.getByRole('listitem', { name: /^Amber/ })).toHaveCount(0)
  await expect(room.mark('old PoS data may be removed')).toHaveCount(0)
  // What stopped while the user is elsewhere is told there.
  await page.keyboard.press('Escape')
  await page.keyboard.type('gn')
  await mocked.publish('operations.changed', operationsState(anUnfinishedOperation()))
  await expect(room.mark('an operation is unfinished')).toBeVisible()
  await mocked.answer('operations.leftovers', ok([]))
})

test('a key in quarantine is put back by a plan, one that is armed elsewhere stays', async () => {
  const { page } = mocked
  const [iris, kelp] = aQuarantineEntry().keys
  const armed = { ...kelp, armedAt: '/home/me/spacemesh/identities/kelp.key' }
  await mocked.answer('operations.quarantine', ok([aQuarantineEntry({ keys: [iris, armed] as never })]))
  await room.open()
  await room.begin('Quarantine')
  await expect(room.headline).toHaveText('2 keys in quarantine, none of them can start')
  await expect(page.getByRole('checkbox', { name: /kelp\.key/ })).toBeDisabled()
  await lookAtAllSizes('quarantine')
  await page.getByRole('checkbox', { name: /identity\.key/ }).check()
  await mocked.answer('operations.plan', ok(anOperationPlan({ kind: 'put-back', title: 'Put the key of Iris back into Attic' })))
  await room.next('Put back 1 key…')
  await expect(room.headline).toHaveText('Put the key of Iris back into Attic')
  expect((await mocked.calls('operations.plan')).at(-1)).toEqual({
    kind: 'put-back',
    entry: aQuarantineEntry().id,
    names: ['identity.key'],
  })
  await room.next('Back')
  await expect(page.getByRole('checkbox', { name: /identity\.key/ })).toBeChecked()
})

test('the other deeds ask for what they need first', async () => {
  const { page } = mocked
  const deeds = [
    ['Convert a supervised node', 'convert'],
    ['Split an identity out', 'split'],
    ['Move PoS data', 'move'],
    ['Take over', 'take-over'],
    ['Retire an identity', 'retire'],
    ['To another machine', 'export'],
    ['From another machine', 'import'],
  ] as const
  for (const [deed, name] of deeds) {
    await room.open()
    await room.begin(deed)
    await expect(page.getByRole('button', { name: 'Make the plan' })).toBeDisabled()
    await lookAtAllSizes(`form-${name}`)
  }
})

test('an export asks for its passphrase with the plan and keeps it nowhere', async () => {
  const { page } = mocked
  await mocked.answer('operations.plan', ok(anOperationPlan({ kind: 'export-identity', title: 'Export Fjord', asks: [] })))
  await room.open()
  await room.begin('To another machine')
  await page.getByRole('radio', { name: /Fjord/ }).check()
  await page.getByLabel('Folder for the sealed file', { exact: true }).fill('/media/me/KEYS-1')
  await room.next('Make the plan')
  await page.getByLabel('Passphrase', { exact: true }).fill('planted pebble')
  const run = page.getByRole('button', { name: 'Export and disarm' })
  await expect(run).toBeDisabled()
  await page.getByLabel('Typed again').fill('planted pebble')
  await look('export-plan')
  await mocked.answer('operations.run', { ok: false, fault: { code: 'window/declined', detail: 'no', retry: 'user' } })
  await run.click()
  await expect.poll(async () => (await mocked.calls('operations.run')).at(-1)).toMatchObject({ passphrase: 'planted pebble' })
  await expect(page.getByLabel('Passphrase', { exact: true })).toHaveValue('')
  await expect(page.getByRole('alert')).toHaveCount(0)
})
