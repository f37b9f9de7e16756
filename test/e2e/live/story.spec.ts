import { expect, test } from '@playwright/test'
import { appendFileSync } from 'node:fs'
import type { WindowApi } from '../../../shared/ipc/contract.ts'
import { startDesktop, type Desktop } from '../desktop/desktop.ts'
import { cleanHome, newHome, startTheApp, type RunningApp } from './app.ts'
import { named, snapshotOf, until } from './page-state.ts'
import { makeDisk, pidsOf, prepareHome, writeScript, type Disk } from './story-home.ts'

/** The contract as the page has it. */
declare const smeshkeeper: WindowApi

/** Into the tray, as closing the window does: notifications are quiet while the window shows the news. */
const hide = (running: RunningApp): Promise<void> =>
  running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((window) => window.hide()))

test.describe('the story of the keeper', () => {
  const home = newHome()
  let desktop: Desktop
  let disk: Disk | undefined
  let running: RunningApp | undefined

  test.beforeAll(async () => {
    desktop = await startDesktop()
    disk = makeDisk(`${home}-disk`)
  })
  test.afterAll(async () => {
    await running?.kill()
    desktop.close()
    cleanHome(home)
    disk?.remove()
  })

  test('three identities on two disks: one fails first, one flaps, the app is killed, the good ones are published', async () => {
    if (disk === undefined) test.info().annotations.push({ type: 'note', description: 'no second disk without root and loop devices' })
    const story = prepareHome({
      home,
      identities: 3,
      epochSeconds: 70,
      ...(disk === undefined ? {} : { secondDisk: disk.folder }),
      pace: { randomxMs: 500, powMs: 1500, bytesPerSecond: 22_000, verifyMs: 300 },
    })
    const [, birchId = '', cedarId = ''] = story.ids
    // Cedar's proofs are found, and refused by the node, again and again.
    writeScript(story.script, { services: { [cedarId]: { invalidProofs: 1000 } } })

    running = await startTheApp(home)
    let { page } = running
    await expect(page.getByText('Practice', { exact: true }).first()).toBeVisible()
    await hide(running)
    await until(page, 'Cedar', (one) => one.status.kind === 'failing')
    await until(page, 'Amber', (one) => one.status.kind === 'waiting' && one.status.phase === 'poet-round')
    await until(page, 'Birch', (one) => one.status.kind === 'waiting' && one.status.phase === 'poet-round')
    if (disk !== undefined) {
      const lanes = (await snapshotOf(page)).identities.map((identity) => identity.lane)
      expect(new Set(lanes).size, `lanes ${lanes.join(', ')}`).toBe(2)
    }

    // Birch's first regular proof finds nothing.
    writeScript(story.script, { services: { [cedarId]: { invalidProofs: 1000 }, [birchId]: { failNextProofs: 1 } } })
    await until(page, 'Amber', (one) => one.status.kind === 'proving' && one.status.phase === 'reading')
    const before = pidsOf(home)
    const killedAt = Date.now()
    await running.kill()
    for (const pid of before.values()) expect(() => process.kill(pid, 0), `process ${pid} goes on`).not.toThrow()

    running = await startTheApp(home)
    page = running.page
    await hide(running)
    await until(page, 'Amber', (one) => ['proving', 'handing-over', 'proved', 'published'].includes(one.status.kind), 10_000)
    const after = pidsOf(home)
    const [amberId = ''] = story.ids
    for (const name of ['node', `service-${amberId.slice(0, 12)}`])
      expect(after.get(name), `${name} was adopted, not restarted`).toBe(before.get(name))

    await until(page, 'Amber', (one) => one.status.kind === 'published')
    await until(page, 'Birch', (one) => one.status.kind === 'published')
    const cedar = named(await snapshotOf(page), 'Cedar')
    expect(['failing', 'missed', 'waiting', 'proving', 'handing-over', 'failed']).toContain(cedar.status.kind)
    expect(cedar.lastPublishedEpoch).toBeUndefined()

    // What arrived at the notification server.
    const texts = (): string[] => desktop.notifications.map((one) => `${one.title} | ${one.body}`)
    await expect.poll(() => texts().join('\n'), { timeout: 20_000 }).toMatch(/(Amber|2 proofs finished)[\s\S]*/)
    if (process.env['STORY_LOG'] !== undefined) appendFileSync(process.env['STORY_LOG'], `${texts().join('\n')}\n`)
    const finished = texts().filter((text) => /finished|proved/i.test(text))
    expect(finished.some((text) => text.includes('Amber'))).toBe(true)
    expect(finished.some((text) => text.includes('Birch'))).toBe(true)
    expect(texts().some((text) => /Cedar/.test(text) && /invalid/i.test(text))).toBe(true)
    expect(texts().some((text) => /Birch/.test(text) && /failed/i.test(text))).toBe(true)
    expect(finished.filter((text) => text.includes('Cedar'))).toEqual([])
    expect(texts().filter((text) => /Amber/.test(text) && /(failed|invalid|missed|late|down)/i.test(text))).toEqual([])

    expect(texts().filter((text) => /not connected|node is down|went down|twin|banned|drive/i.test(text))).toEqual([])

    // And history tells it, over the death of the app.
    const told = await page.evaluate(async () => {
      const [entries, proofs] = await Promise.all([smeshkeeper.history.entries({ limit: 500 }), smeshkeeper.history.proofs({ limit: 100 })])
      if (!entries.ok || !proofs.ok) throw new Error('no history')
      return { entries: entries.value, proofs: proofs.value }
    })
    expect(told.entries.some((entry) => entry.at < killedAt)).toBe(true)
    expect(told.proofs.some((proof) => proof.identity === amberId && proof.outcome === 'accepted')).toBe(true)
    expect(told.proofs.some((proof) => proof.identity === birchId && proof.outcome === 'failed')).toBe(true)
    expect(told.proofs.some((proof) => proof.identity === birchId && proof.outcome === 'accepted')).toBe(true)
    expect(told.proofs.some((proof) => proof.identity === cedarId && proof.outcome === 'rejected')).toBe(true)

    // The tray says the same.
    await expect.poll(() => desktop.tray.some((one) => (one.menu ?? []).some((line) => line.includes('Amber')))).toBe(true)
    expect(desktop.tray.some((one) => (one.icon ?? []).some(([w, h, pixels]) => w >= 16 && h >= 16 && pixels > 20))).toBe(true)
  })
})
