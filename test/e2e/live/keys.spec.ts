import { expect, test } from '@playwright/test'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { WindowApi } from '../../../shared/ipc/contract.ts'
import { BackupsRoom } from '../pages/backups.ts'
import { Frame } from '../pages/frame.ts'
import { WelcomePage } from '../pages/welcome.ts'
import { cleanHome, startTheApp, type RunningApp } from './app.ts'
import { identityOf, snapshotOf } from './page-state.ts'
import { makeExt4, prepareMachine, writeScript, type Disk, type StoryMachine } from './story-home.ts'

/** The contract as the page has it. */
declare const smeshkeeper: WindowApi

const EPOCH_SECONDS = 30

/** Everything that main asked, and what it answers from now on: the verb, or Cancel. */
interface Asked {
  readonly message: string
  readonly detail: string
}
async function answerQuestions(running: RunningApp, choice: 'yes' | 'cancel', chosenFile?: string): Promise<void> {
  await running.app.evaluate(
    ({ dialog }, { response, file }) => {
      const asked = ((globalThis as unknown as { asked?: unknown[] }).asked ??= [])
      dialog.showMessageBox = ((...args: unknown[]) => {
        asked.push(args.at(-1))
        return Promise.resolve({ response, checkboxChecked: false })
      }) as never
      dialog.showOpenDialog = (() =>
        Promise.resolve({ canceled: file === undefined, filePaths: file === undefined ? [] : [file] })) as never
    },
    { response: choice === 'yes' ? 0 : 1, file: chosenFile },
  )
}
const questions = (running: RunningApp): Promise<readonly Asked[]> =>
  running.app.evaluate(() => (globalThis as unknown as { asked?: Asked[] }).asked ?? [])

function flipOneBit(file: string): void {
  const bytes = readFileSync(file)
  const at = Math.floor(bytes.length * 0.6)
  bytes[at] = (bytes[at] ?? 0) ^ 0x10
  writeFileSync(file, bytes)
}

test.describe('the story of the keys', () => {
  const base = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-keys-'))
  let machine: StoryMachine
  let stick: Disk | undefined
  let running: RunningApp
  let passphrase = ''

  test.beforeAll(async () => {
    stick = makeExt4(path.join(base, 'user', 'stick'), path.join(base, 'stick.img'))
    machine = prepareMachine({ base, epochSeconds: EPOCH_SECONDS })
    running = await startTheApp(machine.home, { HOME: machine.user, XDG_CONFIG_HOME: path.join(machine.user, '.config') })
  })
  test.afterAll(async () => {
    await running.kill()
    if (process.env['STORY_KEEP'] !== undefined) cpSync(path.join(machine.home, 'logs'), process.env['STORY_KEEP'], { recursive: true })
    stick?.remove()
    cleanHome(
      machine.home,
      [passphrase].filter((one) => one !== ''),
    )
    rmSync(base, { recursive: true, force: true })
  })

  test('a key is found, backed up, kept from running twice, lost, restored, held while its twin lives, and proves again', async () => {
    test.setTimeout(420_000)
    const { page } = running
    const frame = new Frame(page)
    const backups = new BackupsRoom(page)

    await test.step('the machine is searched: Smapp, two node folders, three PoS folders, one not whole', async () => {
      const welcome = new WelcomePage(page)
      await expect(welcome.headline).toBeVisible()
      await expect(await welcome.found(/Smapp/)).toBeVisible()
      const inventory = await page.evaluate(async () => {
        const state = await smeshkeeper.scan.state()
        return state.ok && state.value.is === 'done' ? state.value.inventory : undefined
      })
      const found = (id: string) => inventory?.identities.find((one) => one.id === id)
      expect(found(machine.amber.id)).toMatchObject({ key: 'here', data: 'complete' })
      expect(
        found(machine.amber.id)
          ?.copies.map((copy) => copy.path)
          .sort(),
      ).toEqual([machine.amber.key, path.join(machine.oldNode, 'identities', 'amber.key')].sort())
      expect(found(machine.birch.id)).toMatchObject({ key: 'here', data: 'complete' })
      expect(found(machine.cedar.id)).toMatchObject({ key: 'here', data: 'incomplete' })
      expect(inventory?.setups.map((setup) => setup.kind)).toEqual(expect.arrayContaining(['smapp', 'systemd']))
    })

    await test.step('its own set-up is brought in; the node is not started while a second copy could start', async () => {
      const imported = await page.evaluate((file) => smeshkeeper.setup.importFile({ path: file }), machine.setupFile)
      expect(imported.ok).toBe(true)
      await expect.poll(async () => (await snapshotOf(page)).conflicts?.length ?? 0, { timeout: 30_000 }).toBe(1)
      await frame.open('Identities')
      const conflict = page.getByRole('region', { name: /^One key, two nodes/ })
      await expect(conflict).toContainText(machine.amber.key)
      await expect(conflict).toContainText(path.join(machine.oldNode, 'identities', 'amber.key'))
      await expect(conflict).toContainText('old-node.service')
      expect((await snapshotOf(page)).node.kind).not.toBe('synced')
      const refused = await page.evaluate(() => smeshkeeper.node.start())
      expect(refused.ok ? '' : refused.fault.detail).toContain(machine.oldNode)
    })

    await test.step('all keys are backed up to a second volume and read back', async () => {
      await answerQuestions(running, 'cancel', stick?.folder ?? path.join(base, 'user'))
      await backups.open()
      await backups.toPlaces()
      await page
        .getByRole('button', { name: /Another folder/ })
        .or(page.getByRole('radio', { name: /Another folder/ }))
        .first()
        .click()
      passphrase = await backups.takeSuggestion()
      await backups.write.click()
      await expect(page.getByRole('heading', { name: /read back and the same as here/ })).toBeVisible({ timeout: 60_000 })
      const state = await page.evaluate(async () => {
        const answer = await smeshkeeper.backup.state()
        return answer.ok ? answer.value : undefined
      })
      const entry = state?.entries[0]
      expect(entry?.identities).toEqual(expect.arrayContaining([machine.amber.id, machine.birch.id, machine.cedar.id]))
      if (stick !== undefined) expect(entry?.file.startsWith(stick.folder)).toBe(true)
      expect(await page.content(), 'the passphrase is gone from the page').not.toContain(passphrase)
    })

    await test.step('the copy is disarmed, when main was told yes, and the node starts', async () => {
      await frame.open('Identities')
      const disarm = page.getByRole('button', { name: 'Disarm the copy…' })
      await disarm.click()
      await expect.poll(async () => (await questions(running)).length).toBe(1)
      expect((await questions(running))[0]?.message).toContain(machine.oldNode)
      expect(existsSync(path.join(machine.oldNode, 'identities', 'amber.key')), 'a no moves nothing').toBe(true)
      await answerQuestions(running, 'yes')
      await disarm.click()
      await expect(page.getByText(/The copy is disarmed/)).toBeVisible()
      expect(existsSync(path.join(machine.oldNode, 'identities', 'amber.key'))).toBe(false)
      await expect.poll(async () => (await snapshotOf(page)).node.kind, { timeout: 60_000 }).toBe('synced')
    })

    await test.step('one bit of the backup is destroyed, and the drill says so', async () => {
      const [file = ''] = await page.evaluate(async () => {
        const answer = await smeshkeeper.backup.state()
        return answer.ok ? answer.value.entries.map((entry) => entry.file) : []
      })
      const whole = readFileSync(file)
      flipOneBit(file)
      await backups.open()
      await page.getByRole('button', { name: 'Drill now…' }).first().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
      await page.keyboard.press('Enter')
      await expect(dialog.getByRole('status')).toContainText(/Drill (failed|unreadable|broken)/i, { timeout: 60_000 })
      await page.keyboard.press('Escape')
      await expect.poll(async () => (await snapshotOf(page)).backup?.is).toBe('broken')
      writeFileSync(file, whole) // the other stick
    })

    await test.step('Birch publishes; then its key is lost, and its twin is somewhere on the network', async () => {
      await expect
        .poll(async () => (await identityOf(page, machine.birch.id))?.lastPublishedEpoch ?? -1, { timeout: 120_000 })
        .toBeGreaterThan(0)
      const before = (await identityOf(page, machine.birch.id))?.lastPublishedEpoch ?? 0
      await page.evaluate(() => smeshkeeper.node.stop({ confirmed: true }))
      await expect.poll(async () => (await snapshotOf(page)).node.kind, { timeout: 30_000 }).toBe('stopped')
      rmSync(machine.birch.key)
      writeScript(machine.script, { node: { elsewhere: [machine.birch.id] } })
      await page.evaluate(() => smeshkeeper.node.start())
      // Its key is missing, until the twin publishes, which may be at once.
      await expect
        .poll(async () => (await identityOf(page, machine.birch.id))?.status.kind, { timeout: 60_000 })
        .toMatch(/^(incomplete|twin-suspected)$/)
      await expect
        .poll(async () => (await identityOf(page, machine.birch.id))?.lastPublishedEpoch ?? 0, { timeout: 90_000 })
        .toBeGreaterThan(before)
    })

    await test.step('the lost key is restored from the good backup and held, because somebody publishes with it', async () => {
      await backups.open()
      await backups.openRestore()
      await page.getByRole('radio').first().check()
      await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
      await page.getByRole('button', { name: 'Open and compare' }).click()
      await backups.item(String.raw`birch\.key`).check({ timeout: 60_000 })
      await page.getByRole('button', { name: /^Restore 1 of/ }).click()
      await expect(page.getByRole('heading', { name: '1 of 1 came back' })).toBeVisible({ timeout: 60_000 })
      await expect.poll(async () => (await identityOf(page, machine.birch.id))?.hold?.code, { timeout: 60_000 }).toBe('active-elsewhere')
      expect(existsSync(machine.birch.key), 'a held key is in no node').toBe(false)
      const held = await identityOf(page, machine.birch.id)
      expect(held?.status).toMatchObject({ kind: 'held' })
      expect(held?.hold?.until).toBeGreaterThan(Date.now())
    })

    await test.step('the twin ends; after the window Birch is armed by itself and proves again', async () => {
      writeScript(machine.script, { node: {} })
      const before = (await identityOf(page, machine.birch.id))?.lastPublishedEpoch ?? 0
      await expect.poll(() => existsSync(machine.birch.key), { timeout: 180_000, intervals: [500] }).toBe(true)
      await expect
        .poll(async () => (await identityOf(page, machine.birch.id))?.status.kind, { timeout: 120_000 })
        .toMatch(/^(proving|handing-over|proved|published|eligible)$/)
      await expect
        .poll(async () => (await identityOf(page, machine.birch.id))?.lastPublishedEpoch ?? 0, { timeout: 120_000 })
        .toBeGreaterThan(before)
      expect(readdirSync(path.join(machine.home, 'quarantine')).length).toBeGreaterThan(1)
    })
  })
})
