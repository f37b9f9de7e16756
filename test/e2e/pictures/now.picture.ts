import { expect, test } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import type { WindowApi } from '../../../shared/ipc/contract.ts'
import { cleanHome, newHome, startTheApp } from '../live/app.ts'
import { prepareHome } from '../live/story-home.ts'

/** The contract as the page has it. */
declare const smeshkeeper: WindowApi

test('practice while it proves', async () => {
  const home = newHome()
  prepareHome({
    home,
    identities: 5,
    epochSeconds: 150,
    pace: { randomxMs: 800, powMs: 5000, bytesPerSecond: 14_000, verifyMs: 300 },
  })
  const running = await startTheApp(home)
  const { app, page } = running
  try {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(1280, 800))
    const isTheMoment = (): Promise<boolean> =>
      page.evaluate(async () => {
        const whole = await smeshkeeper.app.snapshot()
        if (!whole.ok || whole.value.ribbon?.isGapOpen !== true) return false
        const reading = whole.value.identities.filter(({ status }) => status.kind === 'proving' && (status.percent ?? 0) > 35)
        return reading.length >= 3 && reading.every(({ status }) => status.finish !== undefined)
      })
    await expect.poll(isTheMoment, { timeout: 280_000, intervals: [400] }).toBe(true)
    await page.waitForFunction(() => document.querySelectorAll('[data-segment="reading"]').length >= 3)
    await page.mouse.move(640, 740) // a pointer that rests on a row would open its evidence
    await expect(page.getByRole('tooltip')).toHaveCount(0)
    mkdirSync('docs', { recursive: true })
    await page.screenshot({ path: 'docs/screenshot.png' })
  } finally {
    await running.kill()
    cleanHome(home)
  }
})
