import { newBenchHome, removeHome } from './parts/fleet.ts'
import { writeBigHome } from './parts/big-home.ts'
import { emptyApp, stageApp, startWindow, type RunningWindow } from './parts/electron.ts'
import { loadNote } from './parts/proc.ts'
import { median } from './parts/stats.ts'
import { pause, until } from './parts/wait.ts'
import { atMost, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'start'
export const describe = 'first frame of Now, and use with 200 identities and 1,000,000 events, in multiples of an empty Electron window'
export const needs = 'window'

const IDENTITIES = 200
const EVENTS = 1_000_000
const PAIRS = 9
/** The first pair warms the disk cache and Chromium's profile; it does not count. */
const WARM_UP = 1

interface Times {
  readonly firstFrame: number
  readonly usable: number
}

const FIRST_FRAME = `(() => { const e = performance.getEntriesByName('first-contentful-paint')[0]; return e && performance.timeOrigin + e.startTime })()`
const LISTEN = `void (window.answered = new Promise((resolve) =>
  addEventListener('keydown', () => requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now()))), { once: true })))`

/** From the start of the process to the first frame with content, and to the frame after a key that the filled page handled. */
async function timesOf(window: RunningWindow): Promise<Times> {
  const { page, spawnedAt } = window
  await until(
    'the rows',
    60_000,
    async () => ((await page.evaluate<number>(`document.querySelectorAll('[data-row]').length`)) > 0 ? true : undefined),
    15,
  )
  await page.evaluate(LISTEN)
  for (const type of ['keyDown', 'keyUp']) await page.send('Input.dispatchKeyEvent', { type, key: 'Shift', code: 'ShiftLeft' })
  const usable = await page.evaluate<number>('window.answered')
  const firstFrame = await until('the first frame', 10_000, async () => (await page.evaluate<number | null>(FIRST_FRAME)) ?? undefined)
  return { firstFrame: firstFrame - spawnedAt, usable: usable - spawnedAt }
}

async function once(folder: string, home: string): Promise<Times> {
  const window = await startWindow(folder, home)
  try {
    return await timesOf(window)
  } finally {
    await window.end()
    await pause(300) // its helper processes end a little later
  }
}

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  const home = newBenchHome()
  const other = newBenchHome()
  const staged = stageApp(say)
  const empty = emptyApp()
  try {
    say(`writing ${EVENTS} events`)
    await writeBigHome(home, IDENTITIES, EVENTS)
    const pairs: { readonly ours: Times; readonly reference: Times }[] = []
    for (let pair = 0; pair < PAIRS + WARM_UP; pair += 1) {
      const reference = await once(empty.folder, other.root)
      const ours = await once(staged.folder, home.root)
      say(
        `pair ${pair}: empty ${reference.firstFrame.toFixed(0)} / ${reference.usable.toFixed(0)} ms, ours ${ours.firstFrame.toFixed(0)} / ${ours.usable.toFixed(0)} ms`,
      )
      if (pair >= WARM_UP) pairs.push({ ours, reference })
    }
    return {
      figures: [
        atMost('first frame of Now / empty window', median(pairs.map((p) => p.ours.firstFrame / p.reference.firstFrame)), '×', 1.6),
        atMost('usable with 200 identities / empty window', median(pairs.map((p) => p.ours.usable / p.reference.usable)), '×', 2.2),
        { name: 'empty window: first frame', value: median(pairs.map((p) => p.reference.firstFrame)), unit: 'ms' },
        { name: 'empty window: usable', value: median(pairs.map((p) => p.reference.usable)), unit: 'ms' },
        { name: 'ours: first frame', value: median(pairs.map((p) => p.ours.firstFrame)), unit: 'ms' },
        { name: 'ours: usable', value: median(pairs.map((p) => p.ours.usable)), unit: 'ms' },
      ],
      notes: [`medians of ${PAIRS} interleaved pairs; ${loadNote()}; built app, run from the build folder`],
    }
  } finally {
    staged.remove()
    empty.remove()
    removeHome(home)
    removeHome(other)
  }
}
