import { _electron, expect, type ElectronApplication, type Page } from '@playwright/test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { secretsIn } from '../../secrets/search.ts'

export interface RunningApp {
  readonly app: ElectronApplication
  readonly page: Page
  readonly home: string
  /** kill -9 of the app alone: what it started goes on. */
  kill(): Promise<void>
}

export const newHome = (): string => mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-e2e-'))

interface Start {
  /** `basic` is a desktop without a keyring. */
  readonly passwordStore: 'basic' | 'gnome-libsecret'
}

/** Starts the built app from source as its user would, in a home of its own. */
export async function startTheApp(
  home: string,
  more: Readonly<Record<string, string>> = {},
  { passwordStore }: Start = { passwordStore: 'basic' },
): Promise<RunningApp> {
  const executablePath = process.env['ELECTRON_EXEC_PATH']
  if (executablePath === undefined) throw new Error('run through scripts/e2e.mjs')
  const { ELECTRON_RUN_AS_NODE: _none, ...env } = process.env
  const app = await _electron.launch({
    executablePath,
    args: ['.', '--no-sandbox', '--disable-gpu', `--password-store=${passwordStore}`],
    env: { ...(env as Record<string, string>), SMESHKEEPER_HOME: home, ...more },
    timeout: 60_000,
  })
  const page = await app.firstWindow()
  await expect(page.locator('#root')).not.toBeEmpty()
  return {
    app,
    page,
    home,
    kill: async () => {
      const gone = new Promise<void>((resolve) => app.process().once('exit', () => resolve()))
      app.process().kill('SIGKILL')
      await gone
    },
  }
}

const LOST_ANSWER = 'promise was garbage collected'
const ASKED_AGAIN = 10

/**
 * Asks Electron's main process. Its garbage collector takes an answer now and then, more often the busier it is (a first
 * run searches the machine): asked again, so only for what may be done twice.
 */
export async function askMain<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = ASKED_AGAIN; ; left -= 1) {
    try {
      return await ask()
    } catch (cause) {
      if (left === 0 || !String(cause).includes(LOST_ANSWER)) throw cause
    }
  }
}

/** Has main do what must not be done twice; it is done also when its answer is lost. */
export async function tellMain(tell: () => Promise<unknown>): Promise<void> {
  try {
    await tell()
  } catch (cause) {
    if (!String(cause).includes(LOST_ANSWER)) throw cause
  }
}

/** Chromium's own processes end a moment after it and write until then: tried again as a whole, for ten seconds. */
function removeFolder(folder: string): void {
  for (let left = 40; ; left -= 1) {
    try {
      rmSync(folder, { recursive: true, force: true })
      return
    } catch (cause) {
      if (left === 0) throw cause
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250)
    }
  }
}

/** Ends every process of a home and removes it; nothing may stay behind, and no secret may stand where it must not. */
export function cleanHome(home: string, passphrases: readonly string[] = []): void {
  for (const table of ['state/processes.json', 'practice/state/processes.json']) {
    const file = path.join(home, table)
    if (!existsSync(file)) continue
    for (const pid of readFileSync(file, 'utf8').matchAll(/"pid":\s*(\d+)/g)) {
      try {
        process.kill(Number(pid[1]), 'SIGKILL')
      } catch {
        continue // gone already
      }
    }
  }
  const found = secretsIn(home, { passphrases })
  removeFolder(home)
  expect(found, 'secrets outside of key files').toEqual([])
}
