import { expect, test, type Page } from '@playwright/test'
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationView } from '../../../shared/domain/operation.ts'
import type { WindowApi } from '../../../shared/ipc/contract.ts'
import { MigrateRoom } from '../pages/migrate.ts'
import { WelcomePage } from '../pages/welcome.ts'
import { cleanHome, startTheApp, type RunningApp } from './app.ts'
import { identityOf } from './page-state.ts'
import { makeDisk, makeExt4, prepareMigrate, type Disk, type MigrateMachine } from './story-home.ts'

/** The contract as the page has it. */
declare const smeshkeeper: WindowApi

const EPOCH_SECONDS = 80
const PASSPHRASE = 'eleven brave otters read the tide tables'
const operationsOf = (page: Page): Promise<readonly OperationView[]> =>
  page.evaluate(async () => {
    const state = await smeshkeeper.operations.state()
    return state.ok ? state.value.operations : []
  })

/** Main asks before an operation is run; here it always hears yes. */
const sayYes = (running: RunningApp): Promise<void> =>
  running.app.evaluate(({ dialog }) => {
    dialog.showMessageBox = (() => Promise.resolve({ response: 0, checkboxChecked: false })) as never
  })

/** Every file of these folders with its hash; what is empty says nothing (a lock file). */
function hashes(folders: readonly string[]): string {
  const files = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? files(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
    )
  return folders
    .flatMap(files)
    .filter((file) => statSync(file).size > 0)
    .sort()
    .map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')} ${file}`)
    .join('\n')
}

const rows = (dataFolder: string): Record<string, Record<string, number>> =>
  JSON.parse(
    execFileSync(process.execPath, ['scripts/electron-runtime.mjs', '--as-node', 'test/e2e/live/rows.ts', dataFolder], {
      encoding: 'utf8',
    }),
  ) as Record<string, Record<string, number>>

const keysIn = (dataFolder: string): readonly string[] =>
  readdirSync(path.join(dataFolder, 'identities')).filter((name) => name.endsWith('.key'))

/** Kills the operations process and the app while the journal grows. @returns whether it was in the middle */
async function pullThePlug(running: RunningApp, home: string): Promise<boolean> {
  const folder = path.join(home, 'state/operations')
  const before = new Set(existsSync(folder) ? readdirSync(folder) : [])
  for (let tries = 0; tries < 20_000; tries += 1) {
    const id = existsSync(folder) ? readdirSync(folder).find((name) => !before.has(name)) : undefined
    const journal = id === undefined ? '' : path.join(folder, id, 'journal.jsonl')
    if (journal !== '' && existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 8) break
    await sleep(1)
  }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('operations-main')) process.kill(Number(pid), 'SIGKILL')
    } catch {
      continue // it has ended
    }
  }
  await running.kill()
  const [id] = readdirSync(folder).filter((name) => !before.has(name))
  return id !== undefined && !readFileSync(path.join(folder, id, 'journal.jsonl'), 'utf8').includes('"is":"ended"')
}

test.describe('the story of a migration', () => {
  const base = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-migrate-'))
  let machine: MigrateMachine
  let stick: Disk | undefined
  let second: Disk | undefined
  let running: RunningApp
  let room: MigrateRoom

  const start = async (): Promise<void> => {
    running = await startTheApp(machine.home, { HOME: machine.user, XDG_CONFIG_HOME: path.join(machine.user, '.config') })
    room = new MigrateRoom(running.page)
    await sayYes(running)
  }

  test.beforeAll(async () => {
    stick = makeExt4(path.join(base, 'stick'), path.join(base, 'stick.img'))
    second = makeDisk(path.join(base, 'second'))
    machine = prepareMigrate({ base, epochSeconds: EPOCH_SECONDS })
    await start()
  })
  test.afterAll(async () => {
    await running.kill()
    if (process.env['STORY_KEEP'] !== undefined) cpSync(path.join(machine.home, 'logs'), process.env['STORY_KEEP'], { recursive: true })
    cleanHome(machine.home, [PASSPHRASE])
    stick?.remove()
    second?.remove()
    rmSync(base, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  })

  /** From the first page of Migrate to the plan of the merge, everything ticked. */
  const toThePlan = async (): Promise<void> => {
    const { page } = running
    await room.open()
    await room.begin('Bring nodes together')
    await room.next('Next: the backup')
    // A loop device shares its file's disk: the user says that he knows.
    await expect(async () => {
      const known = page.getByRole('checkbox')
      if ((await known.count()) > 0) await known.first().check({ timeout: 1000 })
      await expect(page.getByRole('button', { name: 'Next: choose' })).toBeEnabled({ timeout: 1000 })
    }).toPass({ timeout: 20_000 })
    await room.next('Next: choose')
    // The whole machine is searched: other tests may have nodes of the same names.
    const ours = page.getByRole('row').filter({ hasText: base })
    await ours.getByRole('radio', { name: 'spacemesh stays' }).check()
    await ours.getByRole('checkbox', { name: '7c8cef2b is given up' }).check()
    await ours.getByRole('checkbox', { name: 'attic is given up' }).check()
    await room.next('Make the plan')
    await expect(room.headline).toHaveText(/^Merge .* into .*: one node, 5 identities$/, { timeout: 30_000 })
    for (const box of await page.getByRole('checkbox').all()) await box.check()
    await expect(room.run).toBeEnabled()
  }

  test('three nodes become one, whatever is killed, taken back and done again; one leaves, one moves', async () => {
    test.setTimeout(420_000)
    const folders = [machine.main, path.join(machine.user, '.config'), machine.attic]
    const before = hashes(folders)
    const { ids } = machine
    let merged = ''

    await test.step('the machine is searched, its set-up is brought in, the keys are backed up', async () => {
      const { page } = running
      const welcome = new WelcomePage(page)
      await expect(welcome.headline).toBeVisible()
      await expect(await welcome.found(/Smapp/)).toBeVisible()
      const imported = await page.evaluate((file) => smeshkeeper.setup.importFile({ path: file }), machine.setupFile)
      expect(imported.ok).toBe(true)
      const backUp = (): Promise<string> =>
        page.evaluate(
          async ({ folder, passphrase }) => {
            const parts = ['keys', 'pos-metadata', 'local-database', 'setup'] as const
            const made = await smeshkeeper.backup.begin({
              folder,
              passphrase,
              recipients: [],
              remember: false,
              withHistory: false,
              extraFiles: [],
              parts: [...parts],
            })
            const state = await smeshkeeper.backup.state()
            return made.ok ? (state.ok ? state.value.summary.is : state.fault.detail) : made.fault.detail
          },
          { folder: stick?.folder ?? machine.user, passphrase: PASSPHRASE },
        )
      const search = async (): Promise<void> => {
        await page.evaluate(() => smeshkeeper.scan.begin({ folders: [] }))
        await expect
          .poll(() => page.evaluate(async () => ((await smeshkeeper.scan.state()) as { value?: { is: string } }).value?.is), {
            timeout: 150_000,
          })
          .toBe('done')
      }
      // The search finds keys of other tests on this machine, which come and go: then it is done again.
      for (let tries = 0; ; tries += 1) {
        const is = await backUp()
        if (is === 'good' || is === 'not-elsewhere') break
        expect(tries, is).toBeLessThan(5)
        await search()
      }
    })

    await test.step('the app is killed in the middle of the merge', async () => {
      for (let tries = 0; ; tries += 1) {
        await toThePlan()
        const plug = pullThePlug(running, machine.home)
        await room.run.click().catch(() => {}) // the window may be gone before it answers
        const isInTheMiddle = await plug
        await start()
        if (isInTheMiddle) return
        // It was faster than the plug: taken back, and pulled again.
        expect(tries, 'the merge is always faster than kill -9').toBeLessThan(10)
        const [last] = await operationsOf(running.page)
        if (last?.state === 'done') await running.page.evaluate((id) => smeshkeeper.operations.undo({ id }), last.id)
        await expect.poll(() => hashes(folders)).toBe(before)
      }
    })

    await test.step('it has the window at the start, and finishes', async () => {
      await expect(room.headline).toHaveText(/^The merge is unfinished/, { timeout: 30_000 })
      await room.next('Finish')
      await expect(room.headline).toContainText('Done:', { timeout: 30_000 })
      expect(keysIn(machine.main)).toHaveLength(5)
      expect([...keysIn(machine.attic), ...keysIn(machine.smappNode)]).toEqual([])
      await room.next('Go on')
    })

    await test.step('before the first start everything is undone, and every hash is as in the beginning', async () => {
      const [last] = await operationsOf(running.page)
      const undone = await running.page.evaluate((id) => smeshkeeper.operations.undo({ id }), last?.id ?? '')
      expect(undone).toMatchObject({ ok: true, value: { is: 'undone' } })
      expect(hashes(folders)).toBe(before)
    })

    await test.step('done again and started, all five are there with their old rows', async () => {
      const { page } = running
      await running.page.evaluate(() => smeshkeeper.operations.saveWizard({ step: 'scan', from: [], to: null, names: {}, operation: null }))
      await page.reload()
      await toThePlan()
      await room.run.click()
      await expect(room.headline).toContainText('Done:', { timeout: 30_000 })
      merged = (await operationsOf(page))[0]?.id ?? ''
      await room.next(/^Next: start /)
      await page.getByRole('checkbox', { name: /the exact undo ends/ }).check()
      await page.getByRole('button', { name: 'Start Spacemesh', exact: true }).click()
      await expect(room.headline).toContainText('runs with all that it should', { timeout: 60_000 })
      const registered = Object.values(rows(machine.main)).filter((one) => one['poet_registration'] === 1 && one['challenge'] === 1)
      expect(registered).toHaveLength(5)
    })

    await test.step('all five publish for this epoch, without a second registration', async () => {
      const { page } = running
      for (const id of Object.values(ids))
        await expect
          .poll(async () => (await identityOf(page, id))?.lastPublishedEpoch ?? -1, { timeout: 150_000, message: `${id} publishes` })
          .toBeGreaterThanOrEqual(1)
      const log = readdirSync(path.join(machine.home, 'logs')).find((name) => name.startsWith('node')) ?? ''
      const registrations = readFileSync(path.join(machine.home, 'logs', log), 'utf8')
        .split('\n')
        .filter((line) => line.includes('challenge submitted to poet') && /"round":\s*"0"/.test(line))
      expect(registrations).toEqual([])
    })

    await test.step('an undo now is a split with the current rows', async () => {
      const undo = await running.page.evaluate((id) => smeshkeeper.operations.undo({ id }), merged)
      expect(undo).toMatchObject({ ok: true, value: { is: 'plan', plan: { kind: 'split' } } })
      expect(keysIn(machine.main)).toHaveLength(5)
    })

    await test.step('one identity is split out with its current rows', async () => {
      const { page } = running
      const target = path.join(machine.user, 'elder-node')
      const kept = rows(machine.main)[ids.elder]
      const done = await page.evaluate(
        async ({ identity, to }) => {
          const plan = await smeshkeeper.operations.plan({ kind: 'split', identities: [identity], to })
          if (!plan.ok) return plan.fault.detail
          if (plan.value.refusals.length > 0) return plan.value.refusals.map(({ detail }) => detail).join(' ')
          const ticked = plan.value.asks.map(({ id }) => id)
          const ran = await smeshkeeper.operations.run({ plan: plan.value.id, ticked, acceptsPrice: true })
          return ran.ok ? ran.value.state : ran.fault.detail
        },
        { identity: ids.elder, to: target },
      )
      expect(done).toBe('done')
      expect(keysIn(target)).toHaveLength(1)
      expect(keysIn(machine.main)).toHaveLength(4)
      expect(rows(target)[ids.elder]).toEqual(kept)
      expect(rows(machine.main)[ids.elder]).toBeUndefined()
      const [split] = await operationsOf(page)
      const started = await page.evaluate((id) => smeshkeeper.operations.start({ id }), split?.id ?? '')
      expect(started.ok ? '' : started.fault.detail).toBe('')
    })

    await test.step('another is moved to a second disk while a third is proving', async () => {
      test.skip(second === undefined, 'no second disk can be mounted here (not root)')
      const { page } = running
      await expect
        .poll(async () => (await identityOf(page, ids.cedar))?.status.kind, { timeout: 150_000, intervals: [200] })
        .toBe('proving')
      const to = path.join(second?.folder ?? '', 'birch')
      const done = await page.evaluate(
        async ({ identity, folder }) => {
          const plan = await smeshkeeper.operations.plan({ kind: 'move-data', identity, to: folder })
          if (!plan.ok) return plan.fault.detail
          if (plan.value.refusals.length > 0) return plan.value.refusals.map(({ detail }) => detail).join(' ')
          const ticked = plan.value.asks.map(({ id }) => id)
          const ran = await smeshkeeper.operations.run({ plan: plan.value.id, ticked, acceptsPrice: true })
          return ran.ok ? ran.value.state : ran.fault.detail
        },
        { identity: ids.birch, folder: to },
      )
      expect(done).toBe('done')
      expect(existsSync(path.join(to, 'postdata_metadata.json'))).toBe(true)
      await expect
        .poll(async () => (await identityOf(page, ids.birch))?.lastPublishedEpoch ?? 0, { timeout: 150_000 })
        .toBeGreaterThanOrEqual(2)
      expect(existsSync(path.join(machine.drives, 'birch', 'postdata_metadata.json')), 'the source stays until the user removes it').toBe(
        true,
      )
    })
  })
})
