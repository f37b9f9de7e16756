import { expect, test } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { WindowApi } from '../../../shared/ipc/contract.ts'
import { Frame } from '../pages/frame.ts'
import { NowRoom } from '../pages/now.ts'
import { SettingsRoom } from '../pages/settings.ts'
import { WelcomePage } from '../pages/welcome.ts'
import { cleanHome, newHome, startTheApp, type RunningApp } from './app.ts'
import { prepareByHand, type ByHand } from './by-hand.ts'

/** The contract as the page has it. */
declare const smeshkeeper: WindowApi

test.describe.serial('the set-up by hand', () => {
  const home = newHome()
  const folder = newHome()
  let byHand: ByHand
  let running: RunningApp
  let settings: SettingsRoom
  const fill = (label: string, value: string | number | undefined): Promise<void> => settings.field(label).fill(String(value ?? ''))

  test.beforeAll(async () => {
    byHand = prepareByHand(folder)
    running = await startTheApp(home)
    settings = new SettingsRoom(running.page)
  })
  test.afterAll(async () => {
    await running.kill()
    cleanHome(home)
    cleanHome(folder)
  })

  test('a node: its program is looked at, its network filled in', async () => {
    const { page } = running
    const { node, setup, programs } = byHand
    await new WelcomePage(page).setUpByHand()
    await fill('go-spacemesh', path.join(folder, 'bin/nothing-here'))
    await page.getByRole('button', { name: 'Look at it' }).click()
    await expect(page.getByRole('alert')).toContainText('There is no program at this place')
    await fill('go-spacemesh', programs.node)
    await page.getByRole('button', { name: 'Look at it' }).click()
    await expect(page.locator('.binary')).toContainText(/go-spacemesh v?\d+\.\d+\.\d+/)
    await expect(page.locator('.binary')).toContainText(/SHA-256 [0-9a-f]{64}/)
    await fill('Data folder', node.dataFolder)
    await fill('Config file', node.configFile)
    await fill('Coinbase', node.coinbase)
    await fill('Public', node.listeners.public)
    await fill('Private', node.listeners.private)
    await fill('Post', node.listeners.private)
    await expect(page.getByText(/^port \d+ is used for two listeners/).first()).toBeVisible()
    await fill('Post', node.listeners.post)
    await page.getByRole('button', { name: 'Another', exact: true }).click()
    const { network } = setup
    if (network.preset !== 'custom') throw new Error('practice has a network of its own')
    const { poet, post } = network
    const figures: readonly (readonly [string, string | number])[] = [
      ['Genesis', network.genesisTime],
      ['Layer, ms', network.layerDurationMs],
      ['Layers an epoch', network.layersPerEpoch],
      ['PoET phase shift, ms', poet.phaseShiftMs],
      ['PoET cycle gap, ms', poet.cycleGapMs],
      ['PoET grace period, ms', poet.gracePeriodMs],
      ['Labels a Space Unit', post.labelsPerUnit],
      ['Least Space Units', post.minNumUnits],
      ['Most Space Units', post.maxNumUnits],
      ['k1', post.k1],
      ['k2', post.k2],
      ['Proof of work difficulty', post.powDifficulty],
      ['scrypt N', post.scrypt.n],
      ['scrypt r', post.scrypt.r],
      ['scrypt p', post.scrypt.p],
      ['Address prefix', network.addressPrefix],
    ]
    for (const [label, value] of figures) await fill(label, value)
  })

  test('one service: wrong values are told beside their fields, and nothing can be saved', async () => {
    const { page } = running
    const [first] = byHand.setup.services
    if (first === undefined) throw new Error('no service')
    await settings.show('Identities')
    await page.getByLabel('Identity id').fill('not an identity')
    await expect(page.getByText('An identity is 64 hexadecimal characters')).toBeVisible()
    await settings.addIdentity(first.identity)
    await fill('Name', 'Amber')
    await settings.show('Services')
    await page.getByRole('button', { name: 'Add one for Amber' }).click()
    await fill('PoS folder', first.posFolder)
    await fill('post-service', byHand.programs.service)
    await fill('Nonces', 17)
    await expect(settings.problems.filter({ hasText: 'a multiple of 16' })).toBeVisible()
    await expect(settings.save).toBeDisabled()
    await fill('Nonces', 128)
    await fill('Node address', '127.0.0.1:9094')
    await expect(settings.problems.filter({ hasText: 'begin it with http://' })).toBeVisible()
    await fill('Node address', first.nodeAddress)
    await fill('Operator address', byHand.node.listeners.post)
    await expect(settings.problems.filter({ hasText: 'is already a listener of the node' })).toBeVisible()
    await fill('Operator address', first.operator)
    await page.getByRole('button', { name: 'light', exact: true }).click()
    await page.getByRole('button', { name: 'pinned cores' }).click()
    await fill('Pinned cores', '0, x')
    await expect(settings.save).toBeDisabled()
    await page.getByRole('button', { name: 'threads', exact: true }).click()
    await fill('Threads', 1)
  })

  test('saved: the processes start, and what they do is told', async () => {
    const { page } = running
    await expect(settings.save).toBeEnabled()
    await settings.save.click()
    await expect(page.getByText('New set-up.')).toHaveCount(0)
    await new Frame(page).open('Now')
    await expect(new Frame(page).nodeStrip).toContainText(/in sync/, { timeout: 60_000 })
    await expect(new NowRoom(page).row('Amber')).toContainText(/Waits|Registered|Proof|Reading|Proved/, { timeout: 60_000 })
  })

  test('a setting of a running service waits for its restart; discarded it is as before', async () => {
    const { page } = running
    await new Frame(page).open('Settings')
    await settings.show('Services')
    await fill('Nonces', 288)
    await expect(page.getByText('1 change waits.')).toBeVisible()
    await expect(page.getByText('takes effect at its next restart')).toBeVisible()
    await settings.discard.click()
    await expect(settings.field('Nonces')).toHaveValue('128')
    const pid = () =>
      page.evaluate(async () => {
        const whole = await smeshkeeper.app.snapshot()
        const process = whole.ok ? whole.value.identities[0]?.service?.process : undefined
        return process !== undefined && 'pid' in process ? process.pid : undefined
      })
    const before = await pid()
    expect(before).toBeGreaterThan(0)
    await fill('Nonces', 288)
    await settings.save.click()
    await expect(page.getByText('1 change waits.')).toHaveCount(0)
    await expect(settings.field('Nonces')).toHaveValue('288')
    expect(await pid()).toBe(before)
  })

  test('a program that changed is not started before it is accepted', async () => {
    const { page } = running
    await running.kill()
    const file = byHand.programs.service
    writeFileSync(file, `${(await import('node:fs')).readFileSync(file, 'utf8')}# another release\n`)
    running = await startTheApp(home)
    settings = new SettingsRoom(running.page)
    expect(page).not.toBe(running.page)
    const banner = running.page.getByText(/has changed since its first use/).first()
    await expect(banner).toBeVisible({ timeout: 30_000 })
    await running.page.getByRole('button', { name: 'Open Settings' }).click()
    await settings.show('Services')
    await running.page.getByRole('button', { name: 'Accept the changed program' }).click()
    await expect(running.page.getByText(/has changed since its first use/)).toHaveCount(0, { timeout: 30_000 })
  })
})
