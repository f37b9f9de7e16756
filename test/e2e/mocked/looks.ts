import { expect, test } from '@playwright/test'
import type { Mocked } from './mocked.ts'

const BOXES = 'main, main .card, main .banner, main .plan-scroll, nav, footer, dialog'

/** What a room shows, kept as a picture for people; nothing wider than its window, and axe finds nothing. */
export async function look(mocked: Mocked, name: string): Promise<void> {
  const { page } = mocked
  await page.screenshot({ path: test.info().outputPath(`${name}.png`) })
  const wide = await page.evaluate(
    (boxes) =>
      [document.documentElement, ...document.querySelectorAll(boxes)]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'hidden')
        .map((one) => one.className || one.tagName),
    BOXES,
  )
  expect(wide, `${name}: wider than its window`).toEqual([])
  expect(await mocked.axe(), name).toEqual([])
}

/** The same at 1280×800, at 960×640 and in the dark. */
export async function lookAtAllSizes(mocked: Mocked, name: string): Promise<void> {
  await look(mocked, name)
  await mocked.size(960, 640)
  await expect.poll(() => mocked.page.evaluate(() => window.innerWidth)).toBe(960)
  await look(mocked, `${name}-960`)
  await mocked.page.emulateMedia({ colorScheme: 'dark' })
  await look(mocked, `${name}-960-dark`)
  await mocked.page.emulateMedia({ colorScheme: 'light' })
  await mocked.size(1280, 800)
}
