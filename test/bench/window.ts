import { stageApp, startWindow } from './parts/electron.ts'
import { startFakeKeeper } from './parts/fake-keeper.ts'
import { newBenchHome, removeHome } from './parts/fleet.ts'
import { cpuMsOf, descendants, loadNote } from './parts/proc.ts'
import { pause, until } from './parts/wait.ts'
import { atMost, below, CannotRun, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'window'
export const describe = 'the window with 200 identities at four updates a second: CPU of its page, long tasks'
export const needs = 'window'

const IDENTITIES = 200
const USUAL_MINUTES = 0.5
const SETTLE_MS = 5_000

const OBSERVE = `void (window.longTasks = [], new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(Math.round(entry.duration))
}).observe({ type: 'longtask' }))`

export async function run({ say, minutes = USUAL_MINUTES }: BenchOptions): Promise<BenchResult> {
  if (process.platform !== 'linux') throw new CannotRun('it reads /proc, which only Linux has')
  const home = newBenchHome()
  const staged = stageApp(say)
  const keeper = await startFakeKeeper(home.root, IDENTITIES)
  const window = await startWindow(staged.folder, home.root)
  try {
    const { page } = window
    const rows = `document.querySelectorAll('[data-row]').length`
    await until('the rows', 60_000, async () => ((await page.evaluate<number>(rows)) > 0 ? true : undefined))
    await pause(SETTLE_MS)
    const renderer = descendants(window.child.pid ?? 0).find((one) => one.args.join(' ').includes('--type=renderer'))
    if (renderer === undefined) throw new CannotRun('the process of the page was not found')
    await page.evaluate(OBSERVE)
    const words = `document.querySelector('[aria-label="Identities"]').innerText`
    const [before, began, updatesBefore, textBefore] = [
      cpuMsOf(renderer.pid),
      performance.now(),
      keeper.updates(),
      await page.evaluate(words),
    ]
    say(`measuring for ${minutes * 60} s`)
    await pause(minutes * 60_000)
    const [after, tookMs, updates] = [cpuMsOf(renderer.pid), performance.now() - began, keeper.updates() - updatesBefore]
    if (before === undefined || after === undefined) throw new Error('the page ended')
    if ((await page.evaluate(words)) === textBefore) throw new Error('the page did not follow the keeper')
    const longTasks = await page.evaluate<number[]>('window.longTasks')
    return {
      figures: [
        below('CPU of the page', ((after - before) / tookMs) * 100, '% of one core', 5),
        atMost('tasks over 50 ms after load', longTasks.length, 'tasks', 0),
        { name: 'longest of them', value: Math.max(0, ...longTasks), unit: 'ms' },
        { name: 'updates', value: updates / (tookMs / 1000), unit: 'a second' },
        { name: 'measured over', value: tookMs / 1000, unit: 's' },
      ],
      notes: [`${loadNote()}; drawn without a GPU; the keeper is played, main process, bridge and page are the real ones`],
    }
  } finally {
    await window.end()
    await keeper.close()
    staged.remove()
    removeHome(home)
  }
}
