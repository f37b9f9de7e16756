import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { AxeBuilder } from '@axe-core/playwright'
import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import { NOW } from '../../builders/snapshot.ts'
import type { MockedMain } from './main.ts'

/** In the process of `main.ts`. */
declare const mocked: MockedMain

export interface Mocked {
  readonly app: ElectronApplication
  readonly page: Page
  show(snapshot: AppSnapshot | undefined): Promise<void>
  answer(name: string, result: unknown): Promise<void>
  publish(topic: string, value: unknown): Promise<void>
  calls(name: string): Promise<readonly unknown[]>
  size(width: number, height: number): Promise<void>
  /** Faults that axe finds in the page as it is, as lines. */
  axe(): Promise<readonly string[]>
}

/** The real page at the moment of the design's pictures. */
export async function startMocked(): Promise<Mocked> {
  const executablePath = process.env['ELECTRON_EXEC_PATH']
  if (executablePath === undefined) throw new Error('run through scripts/e2e.mjs')
  const { ELECTRON_RUN_AS_NODE: _none, ...env } = process.env
  const app = await _electron.launch({
    executablePath,
    args: ['test/e2e/mocked/main.ts', '--no-sandbox', '--disable-gpu', '--password-store=basic'],
    env: env as Record<string, string>,
    timeout: 60_000,
  })
  const page = await app.firstWindow()
  await page.clock.setFixedTime(NOW)
  await page.reload()
  return {
    app,
    page,
    show: (snapshot) => app.evaluate((_electronModule, value) => mocked.show(value), snapshot),
    answer: (name, result) => app.evaluate((_electronModule, value) => mocked.answer(value.name, value.result), { name, result }),
    publish: (topic, value) => app.evaluate((_electronModule, told) => mocked.publish(told.topic, told.value), { topic, value }),
    calls: (name) =>
      app.evaluate((_electronModule, wanted) => mocked.calls.filter((one) => one.name === wanted).map((one) => one.input), name),
    size: (width, height) =>
      app.evaluate(({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]?.setContentSize(to.width, to.height), { width, height }),
    axe: async () => {
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
      return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(' ')} ${node.html}`).join(' | ')}`)
    },
  }
}
