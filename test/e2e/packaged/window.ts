import { chromium, expect, type Browser, type Page } from '@playwright/test'
import type { ChildProcess } from 'node:child_process'
import { ending, type Ended, type TestUser } from './machine.ts'

/** The packaged app with its window, as a user of a desktop has it. */
export interface PackagedWindow {
  readonly page: Page
  readonly browser: Browser
  /** Resolves when the app, its display and its bus are gone. */
  readonly ended: Promise<Ended>
}

const STARTED_WITHIN_MS = 60_000
const PAGE = 'app://smeshkeeper/'

/** Chromium says on stderr where its debugger listens; the inspector of Node is fused off, this is the page's own. */
function debuggerOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`no window: ${said.slice(-2000)}`)), STARTED_WITHIN_MS)
    child.stderr?.on('data', (chunk: string) => {
      said += chunk
      const [, url] = /DevTools listening on (ws:\S+)/.exec(said) ?? []
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      reject(new Error(`the app ended with ${code} before its window: ${said.slice(-2000)}`))
    })
  })
}

async function hasPage(debuggerUrl: string): Promise<boolean> {
  const listed = await fetch(`http://${new URL(debuggerUrl).host}/json/list`, { signal: AbortSignal.timeout(5_000) })
  const targets = (await listed.json()) as readonly { readonly type: string; readonly url: string }[]
  return targets.some((target) => target.type === 'page' && target.url.startsWith(PAGE))
}

/** Starts /usr/bin/smeshkeeper for the user in a display and a D-Bus session of its own. */
export async function openWindow(user: TestUser): Promise<PackagedWindow> {
  const display = ['xvfb-run', '-a', '-s', '-screen 0 1280x800x24', 'dbus-run-session', '--']
  const child = user.start([...display, '/usr/bin/smeshkeeper', '--remote-debugging-port=0', '--password-store=basic'])
  child.stdin?.end()
  const ended = ending(child, 0)
  const url = await debuggerOf(child)
  // Connected only when the page is there: one that is just being made is not always told of.
  await expect.poll(() => hasPage(url), { timeout: STARTED_WITHIN_MS }).toBe(true)
  const browser = await chromium.connectOverCDP(url)
  const pages = browser.contexts().flatMap((context) => context.pages())
  const page = pages.find((one) => one.url().startsWith(PAGE))
  if (page === undefined) throw new Error('the window has no page')
  return { page, browser, ended }
}
