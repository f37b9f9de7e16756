import { expect, test, type Page } from '@playwright/test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { BackupState, DrillResult } from '../../../shared/domain/backup.ts'
import type { WindowApi } from '../../../shared/ipc/contract.ts'
import { BackupsRoom } from '../pages/backups.ts'
import { askMain, cleanHome, startTheApp, type RunningApp } from './app.ts'
import { noKeyring, startKeyring, type Keyring } from './keyring.ts'
import { prepareMachine, type StoryMachine } from './story-home.ts'

/** The contract as the page has it. */
declare const smeshkeeper: WindowApi

/** What the user logs in with opens the keyring; it is not the passphrase of the backups. */
const LOG_IN = 'log-in of the keyring test'
const why = noKeyring()
if (why !== undefined) process.stdout.write(`keyring: skipped, ${why}\n`)

const stateOf = (page: Page): Promise<BackupState> =>
  page.evaluate(async () => {
    const answer = await smeshkeeper.backup.state()
    if (!answer.ok) throw new Error(answer.fault.detail)
    return answer.value
  })

/** Of the one backup, the oldest first. */
const drillsIn = ({ entries }: BackupState): readonly Pick<DrillResult, 'is' | 'isTyped'>[] =>
  (entries[0]?.drills ?? []).toSorted((a, b) => a.at - b.at).map(({ is, isTyped }) => ({ is, isTyped }))

test.describe.serial('a passphrase that the keyring of the desktop remembers', () => {
  test.skip(why !== undefined, why ?? '')
  const base = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-keyring-'))
  const place = path.join(base, 'user', 'stick')
  let keyring: Keyring | undefined
  let machine: StoryMachine
  let running: RunningApp | undefined
  let passphrase = ''
  const remembered = (): string => path.join(machine.home, 'state', 'remembered.bin')

  const start = async (passwordStore: 'basic' | 'gnome-libsecret'): Promise<Page> => {
    await running?.kill()
    const desktop = { ...keyring?.env, HOME: machine.user, XDG_CONFIG_HOME: path.join(machine.user, '.config') }
    const { app, page } = (running = await startTheApp(machine.home, desktop, { passwordStore }))
    await askMain(() =>
      app.evaluate(({ dialog }, folder) => {
        dialog.showOpenDialog = (() => Promise.resolve({ canceled: false, filePaths: [folder] })) as never
      }, place),
    )
    return page
  }
  const openBackups = async (page: Page): Promise<BackupsRoom> => {
    const backups = new BackupsRoom(page)
    await backups.open()
    return backups
  }
  const toWhoCanOpen = async (page: Page): Promise<BackupsRoom> => {
    const backups = await openBackups(page)
    await backups.toPlaces()
    await page.getByRole('button', { name: /Another folder/ }).click()
    return backups
  }
  /** Drills the newest backup by hand; `typed` is absent for the remembered passphrase. */
  const drill = async (page: Page, typed?: string): Promise<void> => {
    await page.getByRole('button', { name: 'Drill now…' }).first().click()
    const dialog = page.getByRole('dialog')
    if (typed === undefined) await dialog.getByRole('radio', { name: 'Use the remembered one' }).check()
    else await dialog.getByLabel('Passphrase', { exact: true }).fill(typed)
    await dialog.getByRole('button', { name: 'Drill now' }).click()
    await expect(dialog.getByRole('status')).toContainText('Drill passed', { timeout: 60_000 })
    await dialog.getByRole('button', { name: 'Close' }).click()
  }

  test.beforeAll(async () => {
    machine = prepareMachine({ base, epochSeconds: 120 })
    mkdirSync(place)
    keyring = await startKeyring(path.join(base, 'keyring'), LOG_IN)
  })
  test.afterAll(async () => {
    await running?.kill()
    await keyring?.end()
    cleanHome(
      machine.home,
      [passphrase].filter((one) => one !== ''),
    )
    rmSync(base, { recursive: true, force: true })
  })

  test('without a keyring it is not offered, and the page says why', async () => {
    const page = await start('basic')
    const imported = await page.evaluate((file) => smeshkeeper.setup.importFile({ path: file }), machine.setupFile)
    expect(imported.ok).toBe(true)
    await toWhoCanOpen(page)
    const who = page.getByRole('region', { name: 'Who can open it' })
    await expect(who.getByText(/This desktop has no keyring .* so nothing can be remembered safely: type the passphrase/)).toBeVisible()
    await expect(page.getByRole('checkbox', { name: /Remember it/ })).toHaveCount(0)
    const told = await page.evaluate(() =>
      smeshkeeper.backup.configure({
        folder: null,
        everyDays: 7,
        keep: 5,
        recipients: [],
        extraFiles: [],
        withHistory: false,
        passphrase: 'a passphrase that nobody keeps',
      }),
    )
    expect(told.ok ? '' : told.fault.code).toBe('backup/no-keyring')
    expect(existsSync(remembered()), 'the plain-text fallback is not used').toBe(false)
  })

  test('it is sealed by the keyring: no byte of it stands in our file', async () => {
    const page = await start('gnome-libsecret')
    const backups = await toWhoCanOpen(page)
    passphrase = await backups.takeSuggestion()
    await page.getByRole('checkbox', { name: /Remember it/ }).check()
    await backups.write.click()
    await expect(page.getByRole('heading', { name: /read back and the same as here/ })).toBeVisible({ timeout: 60_000 })
    expect((await stateOf(page)).settings.isRemembered).toBe(true)
    const sealed = readFileSync(remembered())
    expect(sealed.subarray(0, 3).toString()).toBe('v11') // of a real keyring; v10 is the plain-text fallback
    for (const word of passphrase.split('-')) expect(sealed.includes(Buffer.from(word))).toBe(false)
    expect(sealed.includes(Buffer.from(passphrase, 'utf16le'))).toBe(false)
  })

  test('after a restart two drills pass without typing, and count as not typed', async () => {
    const page = await start('gnome-libsecret')
    await openBackups(page)
    await drill(page)
    await drill(page)
    const state = await stateOf(page)
    expect(drillsIn(state)).toEqual([
      { is: 'passed', isTyped: false },
      { is: 'passed', isTyped: false },
    ])
    expect(state.summary.mustTypePassphrase).toBe(true)
  })

  test('the third has to be typed', async () => {
    const { page } = running ?? { page: await start('gnome-libsecret') }
    await page.getByRole('button', { name: 'Drill now…' }).first().click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText('This time the passphrase is typed')
    await expect(dialog.getByRole('radio', { name: 'Use the remembered one' })).toHaveCount(0)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await drill(page, passphrase)
    const state = await stateOf(page)
    expect(drillsIn(state).at(-1)).toEqual({ is: 'passed', isTyped: true })
    expect(state.summary.mustTypePassphrase).toBe(false)
  })

  test('where that keyring is not, what it remembers cannot be used, and the drill says what to do', async () => {
    const page = await start('basic')
    await openBackups(page)
    const entry = (await stateOf(page)).entries[0]
    const told = await page.evaluate((id) => smeshkeeper.backup.drill({ id, secret: { useRemembered: true } }), entry?.id)
    expect(told.ok ? '' : told.fault.detail).toContain('type it')
  })
})
