import { expect, test } from '@playwright/test'
import { anIdentity, aSnapshot, NOW } from '../../builders/snapshot.ts'
import { Frame } from '../pages/frame.ts'
import { NowRoom } from '../pages/now.ts'
import { WelcomePage } from '../pages/welcome.ts'
import { KINDS } from './kinds.ts'
import { startMocked, type Mocked } from './mocked.ts'

let mocked: Mocked
let frame: Frame
let now: NowRoom

test.beforeAll(async () => {
  mocked = await startMocked()
  frame = new Frame(mocked.page)
  now = new NowRoom(mocked.page)
})
test.afterAll(async () => mocked.app.close())
test.beforeEach(async () => {
  await mocked.size(1280, 800)
  await mocked.show(aSnapshot())
  await expect(frame.headline).toBeVisible()
  await frame.open('Now')
})

const everyKind = () =>
  aSnapshot({ identities: Object.values(KINDS).map((status, index) => anIdentity({ index, status, name: `One ${index}` })) })

test.describe('every state', () => {
  test('each kind of status is a row with its word and its sentence', async () => {
    await mocked.show(everyKind())
    await now.list.getByRole('button', { name: /^Proved/ }).click()
    for (const status of Object.values(KINDS)) await expect(now.list.getByText(status.sentence, { exact: true })).toHaveCount(1)
  })

  for (const count of [5, 50, 200]) {
    test(`${count} identities fit 1280×800 and 960×640 without scrolling sideways`, async () => {
      await mocked.show(aSnapshot({ identities: count }))
      await expect(frame.headline).toContainText(`of ${count} on time`)
      for (const [width, height] of [
        [1280, 800],
        [960, 640],
      ] as const) {
        await mocked.size(width, height)
        await expect.poll(() => mocked.page.evaluate(() => window.innerWidth)).toBe(width)
        await expect(now.rows.first()).toBeVisible()
        const wide = await mocked.page.evaluate(() =>
          [document.documentElement, ...document.querySelectorAll('main, main .card, .lanes, .list-scroll, footer, nav')]
            .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'hidden')
            .map((one) => one.className || one.tagName),
        )
        expect(wide, `${width}×${height}`).toEqual([])
        const seen = await now.rows.first().boundingBox()
        expect((seen?.y ?? 9999) + (seen?.height ?? 0), 'the first row is on the screen').toBeLessThan(height - 32)
      }
      expect(await now.rows.count()).toBeLessThanOrEqual(count)
    })
  }

  test('no identities: one sentence, one button', async () => {
    await mocked.show(aSnapshot({ identities: [] }))
    await mocked.page.getByRole('button', { name: 'Add one in Settings' }).click()
    await expect(mocked.page.getByLabel('Identity id')).toBeVisible()
  })

  test('a room that waits says what for, after two seconds', async () => {
    await mocked.answer('history.entries', undefined)
    await frame.open('History')
    await expect(mocked.page.locator('.skeleton')).toBeVisible()
    await mocked.answer('history.entries', { ok: true, value: [] })
  })

  test('a call that fails shows its sentence and the room stays', async () => {
    await mocked.answer('logs.list', { ok: false, fault: { code: 'internal', detail: 'ref 7', retry: 'now' } })
    await frame.openNodeLog()
    await expect(mocked.page.getByRole('alert')).toContainText('Something broke inside Smeshkeeper')
    await expect(frame.headline).toHaveText('Logs')
    await mocked.answer('logs.list', { ok: true, value: [] })
  })

  test('a set-up that is not in use is said in every room', async () => {
    await mocked.show(aSnapshot({ setupProblem: 'setup.json line 12 is damaged; the last good copy is in use.' }))
    for (const room of ['Now', 'Identities', 'History', 'Settings'] as const) {
      await frame.open(room)
      await expect(mocked.page.getByText('the last good copy is in use.').first()).toBeVisible()
    }
  })

  test('a keeper that is silent turns statuses to unknown with their age', async () => {
    await mocked.answer('app.snapshot', undefined)
    let at = NOW
    const later = async (): Promise<string | null> => {
      at += 40_000 // a flush of the last change may come in between
      await mocked.page.clock.setFixedTime(at)
      return now.rows.first().textContent()
    }
    await expect.poll(later, { intervals: [1200], timeout: 15_000 }).toMatch(/last heard \d+/)
    await mocked.page.clock.setFixedTime(NOW)
    await mocked.answer('app.snapshot', { ok: true, value: aSnapshot() })
  })

  test('without a keeper the page says so and comes back by itself', async () => {
    await mocked.show(undefined)
    await mocked.page.reload()
    await expect(frame.noKeeper).toBeVisible()
    expect(await mocked.axe()).toEqual([])
    await mocked.show(aSnapshot())
    await mocked.page.getByRole('button', { name: 'Try again' }).click()
    await expect(frame.headline).toContainText('on time')
  })
})

test.describe('keyboard alone', () => {
  test('reaches the page by the skip link, rooms by g and a letter, keys by ?', async () => {
    const { page } = mocked
    await page.reload()
    await expect(frame.headline).toContainText('on time')
    await page.keyboard.press('Tab')
    await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(page.locator('#main')).toBeFocused()
    await page.keyboard.type('gs')
    await expect(frame.headline).toHaveText('Settings')
    await page.keyboard.type('gi')
    await expect(page.getByRole('searchbox')).toBeVisible()
    await page.keyboard.press('/')
    await expect(page.getByRole('searchbox')).toBeFocused()
    await page.keyboard.press('Tab')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })

  test('walks the ribbon and the rows, and opens what it stands on', async () => {
    const { page } = mocked
    await page.getByRole('listbox').focus()
    await page.keyboard.press('ArrowDown')
    await expect(page.locator('.said')).toBeVisible()
    const first = await page.locator('.said').textContent()
    await page.keyboard.press('ArrowDown')
    await expect(page.locator('.said')).not.toHaveText(first ?? '')
    await page.keyboard.press('Escape')
    await expect(page.locator('.said')).toHaveCount(0)
    await now.rows.first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('e')
    await expect(now.evidence).toContainText('Why we say so')
    await page.keyboard.press('Escape')
    await expect(now.evidence).toHaveCount(0)
    await page.keyboard.press('Enter')
    await expect(frame.headline).toContainText(':')
  })

  test('opens the node, stops it only after the question', async () => {
    const { page } = mocked
    await mocked.show(aSnapshot({ node: { ...aSnapshot().node, process: { at: 'ready', since: NOW - 60_000, pid: 7 } } }))
    await frame.nodeStrip.getByRole('button', { name: /Node synced/ }).click()
    await mocked.answer('window.confirm', { ok: true, value: { confirmed: false } })
    await page.getByRole('button', { name: 'Stop node…' }).click()
    await expect.poll(() => mocked.calls('window.confirm')).toContainEqual({ question: 'stop-node' })
    expect(await mocked.calls('node.stop')).toEqual([])
    await mocked.answer('window.confirm', { ok: true, value: { confirmed: true } })
    await page.getByRole('button', { name: 'Stop node…' }).click()
    await expect.poll(() => mocked.calls('node.stop')).toEqual([{ confirmed: true }])
    await page.keyboard.press('Escape')
  })
})

test.describe('without sight, without colour', () => {
  for (const scheme of ['light', 'dark'] as const) {
    test(`axe finds nothing in any room (${scheme})`, async () => {
      const { page } = mocked
      await page.emulateMedia({ colorScheme: scheme })
      const faults: string[] = []
      const look = async (where: string): Promise<void> => {
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible() // rooms come when they are first opened
        faults.push(...(await mocked.axe()).map((fault) => `${where}: ${fault}`))
      }
      await look('now')
      await mocked.show(everyKind())
      await look('now with every kind')
      await now.rows.first().click()
      await look('identity')
      for (const room of ['Identities', 'History', 'Settings'] as const) {
        await frame.open(room)
        await expect(page.locator('.skeleton')).toHaveCount(0)
        await look(room)
      }
      for (const part of ['Identities', 'Services', 'Alerts', 'Start and quit', 'Set-up file']) {
        await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name: part }).click()
        await look(`settings ${part}`)
      }
      for (const [room, keys] of [
        ['machine', 'gc'],
        ['plan', 'gp'],
        ['add', 'ga'],
      ] as const) {
        await page.keyboard.type(keys)
        await expect(page.locator('.skeleton')).toHaveCount(0)
        await look(room)
      }
      await frame.openNodeLog()
      await look('logs')
      await mocked.show({ ...aSnapshot({ identities: [] }), mode: 'none' })
      await frame.page.keyboard.type('gn')
      await expect(new WelcomePage(page).headline).toBeVisible()
      await look('first run')
      expect(faults).toEqual([])
    })
  }

  test('says the same in forced colours', async () => {
    await mocked.page.emulateMedia({ forcedColors: 'active' })
    await expect(now.rows.first()).toBeVisible()
    const shot = await mocked.page.screenshot({ path: test.info().outputPath('forced-colours.png') })
    await mocked.page.emulateMedia({ forcedColors: 'none' })
    expect(shot.length).toBeGreaterThan(10_000)
  })
})
