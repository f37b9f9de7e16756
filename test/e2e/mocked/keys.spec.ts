import { expect, test } from '@playwright/test'
import { aBackupState, aProgress, aSummary } from '../../builders/backup.ts'
import { aConflict, aHold, anInventory, aProposal, aScanProgress } from '../../builders/inventory.ts'
import { anIdentity, aSnapshot } from '../../builders/snapshot.ts'
import { BackupsRoom } from '../pages/backups.ts'
import { Frame } from '../pages/frame.ts'
import { WelcomePage } from '../pages/welcome.ts'
import { KINDS } from './kinds.ts'
import { look as lookIn, lookAtAllSizes as lookInAllSizes } from './looks.ts'
import { startMocked, type Mocked } from './mocked.ts'

let mocked: Mocked
let frame: Frame
let backups: BackupsRoom

const withBackup = () => aSnapshot({ backup: aSummary() })
const firstRun = () => ({ ...aSnapshot({ identities: [] }), mode: 'none' as const })

test.beforeAll(async () => {
  mocked = await startMocked()
  frame = new Frame(mocked.page)
  backups = new BackupsRoom(mocked.page)
})
test.afterAll(async () => mocked.app.close())
test.beforeEach(async () => {
  await mocked.size(1280, 800)
  await mocked.answer('scan.state', { ok: true, value: { is: 'done', inventory: anInventory() } })
  await mocked.answer('backup.state', { ok: true, value: aBackupState() })
  await mocked.show(withBackup())
  await mocked.page.reload()
  await expect(frame.headline).toBeVisible()
})

const look = (name: string): Promise<void> => lookIn(mocked, name)
const lookAtAllSizes = (name: string): Promise<void> => lookInAllSizes(mocked, name)

test('first run searches by itself, shows what was found and begins with the backup', async () => {
  const { page } = mocked
  const before = (await mocked.calls('scan.begin')).length
  await mocked.answer('scan.state', { ok: true, value: { is: 'never' } })
  await mocked.show(firstRun())
  await page.reload()
  await expect(new WelcomePage(page).headline).toBeVisible()
  await expect.poll(async () => (await mocked.calls('scan.begin')).length).toBeGreaterThan(before)
  await mocked.publish('scan.changed', { is: 'running', progress: aScanProgress() })
  await expect(page.getByRole('progressbar', { name: 'Search' })).toHaveAttribute('aria-valuetext', /2 of 6 volumes/)
  await look('first-run-searching')
  await mocked.publish('scan.changed', { is: 'done', inventory: anInventory() })
  await expect(page.getByRole('row', { name: /Node, running for 12/ })).toBeVisible()
  await expect(page.getByText(/nas .* does not answer/)).toBeVisible()
  await lookAtAllSizes('first-run')
  await page.getByRole('button', { name: 'Start with the backup' }).click()
  await expect(backups.headline).toHaveText('Back up 7 keys: what goes in')
})

test('a found set-up is brought in after its sentences were read', async () => {
  const { page } = mocked
  await mocked.answer('imports.propose', { ok: true, value: [aProposal({ problems: ['The flag --foo is not carried.'] })] })
  await mocked.show(firstRun())
  await page.reload()
  await page.getByRole('button', { name: 'Bring it in…' }).click()
  await expect(page.getByText('3 services are watched: Amber, Basalt and Cedar.')).toBeVisible()
  await lookAtAllSizes('imports')
  await page.getByRole('button', { name: 'Bring it in', exact: true }).click()
  await expect.poll(() => mocked.calls('imports.apply')).toContainEqual({ id: 'p1' })
})

test('a backup goes from its contents to the place and the passphrase to the read-back', async () => {
  const { page } = mocked
  await backups.open()
  await expect(page.getByText('7, each checked against its public key')).toBeVisible()
  await expect(page.getByRole('checkbox', { name: /my_wallet_0/ })).not.toBeChecked()
  await page.getByRole('button', { name: 'Change…' }).click()
  await lookAtAllSizes('backup-contents')
  await backups.toPlaces()
  await expect(backups.place('KEYS-1')).toBeChecked()
  await expect(backups.write).toBeDisabled()
  await page.getByLabel('Passphrase', { exact: true }).fill('spacemesh')
  await expect(page.getByText(/can guess it/)).toBeVisible()
  const passphrase = await backups.takeSuggestion()
  await expect(page.getByText(/About 64 bits/)).toBeVisible()
  await lookAtAllSizes('backup-place')
  await mocked.publish('backup.changed', aBackupState({ running: aProgress() }))
  await expect(page.getByRole('progressbar', { name: 'Reading back' })).toBeVisible()
  await look('backup-running')
  await mocked.publish('backup.changed', aBackupState())
  expect(await backups.takeSuggestion(), 'nothing is kept of the first one').toBe(passphrase)
  await backups.write.click()
  await expect(page.getByRole('heading', { name: '6 keys read back and the same as here' })).toBeVisible()
  expect(await mocked.calls('backup.begin')).toMatchObject([{ folder: '/media/me/KEYS-1', passphrase, extraFiles: [], remember: false }])
  expect(await page.content(), 'the passphrase is gone from the page').not.toContain(passphrase)
  await lookAtAllSizes('backup-done')
})

test('a passphrase is gone from the fields when the backup fails', async () => {
  const { page } = mocked
  await mocked.answer('backup.begin', { ok: false, fault: { code: 'backup/no-space', detail: 'ENOSPC', retry: 'user' } })
  await backups.open()
  await backups.toPlaces()
  await backups.takeSuggestion()
  await backups.write.click()
  await expect(page.getByRole('alert')).toContainText('The place is full')
  await expect(page.getByLabel('Passphrase', { exact: true })).toHaveValue('')
})

test('a drill asks for the passphrase when its turn has come', async () => {
  const { page } = mocked
  const settings = { ...aBackupState().settings, isRemembered: true }
  await mocked.answer('backup.state', { ok: true, value: aBackupState({ settings, summary: aSummary({ mustTypePassphrase: true }) }) })
  await backups.open()
  await page.getByRole('button', { name: 'Drill now…' }).first().click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('radio', { name: 'Use the remembered one' })).toHaveCount(0)
  await look('drill')
  await dialog.getByLabel('Passphrase', { exact: true }).fill('harvest pebble')
  await page.keyboard.press('Enter')
  await expect(dialog.getByText('Drill passed.')).toBeVisible()
  await expect
    .poll(() => mocked.calls('backup.drill'))
    .toEqual([{ id: 'b1', secret: { passphrase: 'harvest pebble', useRemembered: false } }])
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
})

test('a restore shows what would come back, with nothing ticked, and then what came back', async () => {
  const { page } = mocked
  await backups.open()
  await backups.openRestore()
  await page
    .getByRole('radio', { name: /KEYS-1/ })
    .first()
    .check()
  await lookAtAllSizes('restore-open')
  await page.getByLabel('Passphrase', { exact: true }).fill('harvest pebble')
  await page.getByRole('button', { name: 'Open and compare' }).click()
  await expect(page.getByRole('region', { name: 'Risks, worst first' })).toContainText('publish twice')
  await expect(backups.item('Fjord')).not.toBeChecked()
  await expect(backups.item('Grove')).toBeDisabled()
  await lookAtAllSizes('restore-plan')
  await backups.item('Fjord').check()
  await mocked.answer('backup.restore', { ok: false, fault: { code: 'window/declined', detail: 'no', retry: 'user' } })
  await page.getByRole('button', { name: 'Restore 1 of 2…' }).click()
  await expect.poll(() => mocked.calls('backup.restore')).toEqual([{ token: 't1', items: ['keys/0'] }])
  await expect(page.getByRole('alert')).toHaveCount(0)
  await mocked.answer('backup.restore', {
    ok: true,
    value: { done: [{ id: 'keys/0', sentence: 'lies in the held place' }], refused: [] },
  })
  await page.getByRole('button', { name: 'Restore 1 of 2…' }).click()
  await expect(page.getByRole('heading', { name: '1 of 1 came back' })).toBeVisible()
  await look('restore-report')
})

test('a conflict names both places; a running one has no way round', async () => {
  const { page } = mocked
  const conflicts = [
    aConflict(),
    aConflict({ key: 'c2', grade: 'running', by: 'old-node.service', pid: 88, sentence: 'Basalt runs elsewhere.' }),
  ]
  const unseen = 'old-root.service may hold a key of yours as well: /srv/old/identities cannot be read (EACCES)'
  await mocked.answer('keys.blindSpots', { ok: true, value: [unseen] })
  await mocked.show({ ...withBackup(), conflicts })
  await frame.open('Identities')
  await expect(page.getByRole('note')).toContainText(unseen)
  const panels = page.getByRole('region', { name: /^One key, two nodes/ })
  await expect(panels.first()).toContainText('Stop old-node.service first')
  await expect(panels.first().getByRole('button', { name: /Disarm|Let it start/ })).toHaveCount(0)
  await panels.last().getByText('Start the node all the same').click()
  const letStart = panels.last().getByRole('button', { name: 'Let it start…' })
  await expect(letStart).toBeDisabled()
  await panels
    .last()
    .getByLabel(/Last 8 characters/)
    .fill(aConflict().identity.slice(-8))
  await expect(letStart).toBeEnabled()
  await lookAtAllSizes('identities')
  await mocked.answer('keys.disarm', { ok: true, value: { quarantined: '/home/me/quarantine/x' } })
  await panels.last().getByRole('button', { name: 'Disarm the copy…' }).click()
  await expect(page.getByText(/The copy is disarmed/)).toBeVisible()
  await expect.poll(() => mocked.calls('keys.disarm')).toEqual([{ identity: aConflict().identity, path: aConflict().there }])
})

test('a held identity says why, and is armed early only with its id typed', async () => {
  const { page } = mocked
  const held = anIdentity({ index: 0, status: KINDS.held, hold: aHold() })
  await mocked.show({ ...withBackup(), identities: [held, anIdentity({ index: 1 })] })
  await page.getByRole('button', { name: 'Why held, Fjord' }).click()
  await expect(page.getByText(/no node of ours published/)).toBeVisible()
  const arm = page.getByRole('button', { name: 'Arm it…' })
  await expect(arm).toBeDisabled()
  await page.getByLabel(/type the last 8 characters/).fill(held.id.slice(-8))
  await lookAtAllSizes('held')
  await mocked.answer('keys.release', { ok: true, value: { placed: '/home/me/spacemesh/identities/fjord.key', needsRestart: true } })
  await arm.click()
  await expect(page.getByText('The node loads it at its next start.')).toBeVisible()
  await expect.poll(() => mocked.calls('keys.release')).toEqual([{ identity: held.id, typed: held.id.slice(-8) }])
})

test('an id shows in hex and base64 and is copied', async () => {
  const { page } = mocked
  await frame.open('Identities')
  await page
    .getByRole('button', { name: /^[0-9a-f]{4}…/ })
    .first()
    .click()
  await page.getByRole('button', { name: 'Copy as base64' }).click()
  await expect(page.getByText('Copied')).toBeVisible()
  const copied = await mocked.app.evaluate(({ clipboard }) => clipboard.readText())
  expect(copied).toMatch(/^[A-Za-z0-9+/]{43}=$/)
})

test('a pasted id is told what it is', async () => {
  const { page } = mocked
  await mocked.answer('scan.match', {
    ok: true,
    value: { is: 'identity', sentences: ['This is 4.0 TiB of identity ab12…; its key is here; complete.'], next: 'backup' },
  })
  await frame.open('Identities')
  await page.getByLabel('Paste an id').fill('ab12')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/its key is here; complete/)).toBeVisible()
  await page.getByRole('button', { name: 'Back it up' }).click()
  await expect(backups.headline).toContainText('Back up 7 keys')
})

test('a real file dropped on the window reaches the keeper by its path', async () => {
  const { page } = mocked
  await mocked.answer('scan.match', {
    ok: true,
    value: { is: 'backup', sentences: ['This is a backup of 6 keys.', 'It was made 9 d ago.'], next: 'restore' },
  })
  // A file of the disk: only such a one has a path.
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', id: 'from-disk' })
    document.body.append(input)
  })
  await page.setInputFiles('#from-disk', 'package.json')
  await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('#from-disk')
    const transfer = new DataTransfer()
    for (const file of input?.files ?? []) transfer.items.add(file)
    input?.remove()
    window.dispatchEvent(new DragEvent('dragover', { dataTransfer: transfer, cancelable: true }))
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }))
  })
  const panel = page.getByRole('status', { name: 'What you dropped' })
  await expect(panel).toContainText('This is a backup of 6 keys.')
  const asked = (await mocked.calls('scan.match')).at(-1)
  expect(asked).toMatchObject({ path: expect.stringMatching(/package\.json$/) as unknown })
  await look('dropped')
  await panel.getByRole('button', { name: 'Open this backup…' }).click()
  await expect(backups.headline).toHaveText('Restore: first see what would come back')
  await expect(page.getByRole('radio', { name: /package\.json/ })).toBeChecked()
})

test('the rail tells how the backups stand in every room', async () => {
  await expect(mocked.page.getByRole('navigation', { name: 'Rooms' })).toContainText('Backup 9 d old, drill passed')
  await mocked.page.keyboard.type('gb')
  await expect(backups.headline).toContainText('Back up')
})
