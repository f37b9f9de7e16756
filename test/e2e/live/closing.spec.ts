import { expect, test } from '@playwright/test'
import { spawn } from 'node:child_process'
import { startDesktop, type Desktop } from '../desktop/desktop.ts'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { askMain, cleanHome, newHome, startTheApp, tellMain, type RunningApp } from './app.ts'
import { pidsOf, prepareHome } from './story-home.ts'

/** Answers every question of main with its last button, and keeps what was asked. */
const refuseQuestions = (running: RunningApp): Promise<void> =>
  askMain(() =>
    running.app.evaluate(({ dialog }) => {
      const asked: string[][] = []
      Reflect.set(globalThis, 'asked', asked)
      dialog.showMessageBox = ((...args: unknown[]) => {
        const { buttons = [] } = args.at(-1) as { buttons?: string[] }
        asked.push(buttons)
        return Promise.resolve({ response: buttons.length - 1, checkboxChecked: false })
      }) as typeof dialog.showMessageBox
    }),
  )
const askedOf = (running: RunningApp): Promise<string[][]> =>
  askMain(() => running.app.evaluate(() => Reflect.get(globalThis, 'asked') as string[][]))
const closeWindow = (running: RunningApp): Promise<void> =>
  tellMain(() =>
    running.app.evaluate(({ BrowserWindow }) => {
      setTimeout(() => BrowserWindow.getAllWindows().forEach((window) => window.close()), 0)
    }),
  )
const isVisible = (running: RunningApp): Promise<boolean> =>
  askMain(() => running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isVisible())))

/** The same app once more in the same home, as a user who clicks its icon again. @returns its exit code */
function startAgain(home: string): Promise<number | null> {
  const { ELECTRON_RUN_AS_NODE: _none, ...env } = process.env
  const second = spawn(process.env['ELECTRON_EXEC_PATH'] ?? '', ['.', '--no-sandbox', '--disable-gpu', '--password-store=basic'], {
    env: { ...env, SMESHKEEPER_HOME: home },
    stdio: 'ignore',
  })
  return new Promise((resolve) => second.once('exit', resolve))
}

/** Pids of the children once the process table is there. */
const startedPids = (home: string): number[] =>
  existsSync(path.join(home, 'practice/state/processes.json')) ? [...pidsOf(home).values()] : []

test.describe('closing the window', () => {
  const home = newHome()
  let running: RunningApp
  let desktop: Desktop | undefined

  test.beforeAll(async () => {
    running = await startTheApp(home)
    await refuseQuestions(running)
    await expect.poll(() => isVisible(running)).toBe(true)
  })
  test.afterAll(async () => {
    desktop?.close()
    await running.kill()
    cleanHome(home)
  })

  test('asks where nobody shows a tray, and the window stays when the answer is no', async () => {
    await closeWindow(running)
    await expect.poll(() => askedOf(running)).toEqual([['Quit, leave everything running', 'Stop everything', 'Cancel']])
    expect(await isVisible(running)).toBe(true)
  })

  test('hides it where a tray is shown, and a second start brings it back', async () => {
    desktop = await startDesktop()
    await closeWindow(running)
    await expect.poll(() => isVisible(running)).toBe(false)
    expect(await askedOf(running)).toHaveLength(1)
    expect(await startAgain(home)).toBe(0)
    await expect.poll(() => isVisible(running)).toBe(true)
  })
})

test.describe('log-out and shutdown', () => {
  const home = newHome()
  test.afterAll(() => cleanHome(home))

  test('ask nothing and leave node and services running', async () => {
    prepareHome({ home, identities: 1, epochSeconds: 60 })
    const running = await startTheApp(home)
    await expect.poll(() => [...startedPids(home)].length, { timeout: 30_000 }).toBe(2)
    const children = startedPids(home)
    const ended = new Promise<number | null>((resolve) => running.app.process().once('exit', (code) => resolve(code)))
    running.app.process().kill('SIGTERM')
    expect(await ended).toBe(0)
    for (const pid of children) expect(() => process.kill(pid, 0), `process ${pid} goes on`).not.toThrow()
  })
})
