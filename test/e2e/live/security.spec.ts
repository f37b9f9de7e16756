import { expect, test, type Page } from '@playwright/test'
import { AxeBuilder } from '@axe-core/playwright'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { askMain, cleanHome, newHome, startTheApp, type RunningApp } from './app.ts'

test.describe('a page in a sandbox', () => {
  const home = newHome()
  let running: RunningApp
  let page: Page

  test.beforeAll(async () => {
    running = await startTheApp(home)
    page = running.page
  })
  test.afterAll(async () => {
    await running.kill()
    cleanHome(home)
  })

  test('comes from app:// with the strict policy and reaches nothing else', async () => {
    expect(page.url()).toBe('app://smeshkeeper/index.html')
    const seen = await page.evaluate(async () => {
      const violations: string[] = []
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))
      const reach = async (url: string): Promise<string> => {
        try {
          return `got ${(await fetch(url)).status}`
        } catch {
          return 'refused'
        }
      }
      const fetched = await Promise.all([
        reach('https://example.invalid/'),
        reach('http://127.0.0.1:9/'),
        reach('file:///etc/passwd'),
        reach('app://smeshkeeper/../../../../etc/passwd'),
      ])
      const image = new Image()
      const loaded = new Promise<string>((resolve) => {
        image.addEventListener('load', () => resolve('loaded'))
        image.addEventListener('error', () => resolve('refused'))
      })
      image.src = 'http://127.0.0.1:9/x.png'
      const script = document.createElement('script')
      script.textContent = 'window.planted = true'
      document.head.append(script)
      return { fetched, image: await loaded, planted: 'planted' in window, violations }
    })
    expect(seen.fetched).toEqual(['refused', 'refused', 'refused', 'refused'])
    expect(seen.image).toBe('refused')
    expect(seen.planted).toBe(false)
    expect(seen.violations).toContain('connect-src')
    expect(seen.violations.some((name) => name.startsWith('script-src'))).toBe(true)
  })

  test('has no Node, no Electron, no bridge but the contract', async () => {
    const names = await page.evaluate(() =>
      ['require', 'process', 'module', 'electron', 'Buffer', 'ipcRenderer'].filter((name) => name in window),
    )
    expect(names).toEqual([])
    const groups = await page.evaluate(() => Object.keys(Reflect.get(window, 'smeshkeeper') as object).sort())
    const ofKeys = ['backup', 'coinbase', 'imports', 'init', 'keys', 'machine', 'operations', 'plan', 'ready', 'scan', 'verify']
    expect(groups).toEqual(
      ['alerts', 'app', 'binaries', 'history', 'logs', 'node', 'practice', 'service', 'setup', 'window', ...ofKeys].toSorted(),
    )
    expect(await page.evaluate(() => Object.keys(Reflect.get(window, 'smeshkeeperFiles') as object))).toEqual(['pathOf'])
    const bridges = await page.evaluate(() => Object.getOwnPropertyNames(window).filter((name) => name.startsWith('smeshkeeper')))
    expect(bridges.toSorted()).toEqual(['smeshkeeper', 'smeshkeeperFiles'])
  })

  test('goes nowhere: navigation, windows, frames and permissions are denied', async () => {
    await page.evaluate(() => {
      location.href = 'https://example.invalid/'
    })
    expect(await page.evaluate(() => window.open('https://example.invalid/') === null)).toBe(true)
    const permission = await page.evaluate(async () => (await navigator.permissions.query({ name: 'geolocation' })).state)
    expect(permission).toBe('denied')
    const framed = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const frame = document.createElement('iframe')
          frame.src = 'https://example.invalid/'
          document.addEventListener(
            'securitypolicyviolation',
            (event) => {
              frame.remove()
              resolve(event.effectiveDirective)
            },
            { once: true },
          )
          document.body.append(frame)
        }),
    )
    expect(framed).toMatch(/frame-src|child-src|default-src/)
    expect(page.url()).toBe('app://smeshkeeper/index.html')
    expect(running.app.windows()).toHaveLength(1)
  })

  test('is answered by the contract only', async () => {
    const answers = await page.evaluate(async () => {
      const api = Reflect.get(window, 'smeshkeeper') as unknown as Record<
        string,
        Record<string, (input: unknown) => Promise<{ ok: boolean; fault?: { code: string } }>>
      >
      const ask = async (group: string, name: string, input: unknown): Promise<string> => {
        const answer = await api[group]?.[name]?.(input)
        return answer === undefined ? 'no such call' : answer.ok ? 'ok' : (answer.fault?.code ?? '?')
      }
      return Promise.all([
        ask('logs', 'page', { name: '../../etc/passwd', lines: 10 }),
        ask('service', 'stop', { identity: 'x', confirmed: true }),
        ask('setup', 'save', { setup: { version: 1 } }),
        ask('window', 'openLink', { id: 'https://example.invalid/' }),
        ask('history', 'entries', { limit: 1e9 }),
        ask('backup', 'begin', { folder: '/tmp', passphrase: 'x', read: '/etc/shadow' }),
        ask('keys', 'record', { identity: '../../etc/passwd' }),
      ])
    })
    expect(answers).toEqual(answers.map(() => 'bad-arguments'))
    expect(answers).toHaveLength(7)
  })

  test('has windows with sandbox, isolation and no Node', async () => {
    const preferences = await askMain(() =>
      running.app.evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents
        const read: unknown = contents === undefined ? undefined : Reflect.get(contents, 'getLastWebPreferences')
        return typeof read === 'function' ? (read.call(contents) as Record<string, unknown>) : {}
      }),
    )
    expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true })
  })

  test('keeps its home to its user', () => {
    expect(statSync(home).mode & 0o077).toBe(0)
    expect(statSync(path.join(home, 'keeper.sock')).mode & 0o777).toBe(0o600)
    for (const folder of ['logs', 'state'])
      if (existsSync(path.join(home, folder)))
        for (const name of readdirSync(path.join(home, folder))) {
          const file = path.join(home, folder, name)
          if (statSync(file).isFile()) expect(readFileSync(file).includes(Buffer.from('BEGIN PRIVATE'))).toBe(false)
        }
  })

  for (const scheme of ['light', 'dark'] as const) {
    test(`first run has no accessibility fault (${scheme})`, async () => {
      await page.emulateMedia({ colorScheme: scheme })
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
      expect(violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual(
        [],
      )
    })
  }
})
