import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { CannotRun } from '../types.ts'
import { openPage, type PageLink } from './cdp.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')

function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (latest, entry) => (entry.isFile() ? Math.max(latest, statSync(path.join(entry.parentPath, entry.name)).mtimeMs) : latest),
    0,
  )
}

function build(say: (line: string) => void): void {
  const made = path.join(ROOT, 'out/main/main.js')
  const sources = Math.max(...['electron', 'renderer', 'shared', 'proto'].map((folder) => newest(path.join(ROOT, folder))))
  if (existsSync(made) && statSync(made).mtimeMs > sources) return
  say('building')
  const run = spawnSync(process.execPath, ['scripts/electron-runtime.mjs', '--env', 'electron-vite', 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (run.status !== 0) throw new CannotRun('the app could not be built')
}

/** A copy of the built app that no later build changes under the measurement. */
export function stageApp(say: (line: string) => void): { readonly folder: string; remove(): void } {
  build(say)
  const folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-bench-app-'))
  cpSync(path.join(ROOT, 'out'), path.join(folder, 'out'), { recursive: true })
  cpSync(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'))
  for (const name of ['resources', 'electron', 'shared', 'proto', 'node_modules'])
    symlinkSync(path.join(ROOT, name), path.join(folder, name))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The least that Electron can show: a window of the same size with one line of text. */
export function emptyApp(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-bench-empty-'))
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'empty', version: '0.0.0', main: 'main.cjs' }))
  writeFileSync(
    path.join(folder, 'main.cjs'),
    `const { app, BrowserWindow } = require('electron')
void app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 800, show: false, webPreferences: { sandbox: true, contextIsolation: true } })
  window.once('ready-to-show', () => window.show())
  return window.loadFile('index.html')
})
`,
  )
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><meta charset="utf-8"><title>Empty</title><p data-row>Nothing</p>')
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface RunningWindow {
  /** Unix ms at which its process was started. */
  readonly spawnedAt: number
  readonly child: ChildProcess
  readonly page: PageLink
  /** Ends this process alone; what the keeper started goes on. */
  end(): Promise<void>
}

export async function startWindow(folder: string, home: string): Promise<RunningWindow> {
  const executable = process.env['ELECTRON_EXEC_PATH']
  if (executable === undefined) throw new CannotRun('start it with npm run bench')
  const { ELECTRON_RUN_AS_NODE: _none, ...env } = process.env
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const flags = ['--no-sandbox', '--disable-gpu', '--password-store=basic', '--remote-debugging-port=0']
  const spawnedAt = Date.now()
  const child = spawn(executable, [folder, ...flags, `--user-data-dir=${path.join(home, 'profile')}`], {
    env: { ...env, SMESHKEEPER_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const told: string[] = []
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new CannotRun(`Electron ended with ${code}: ${told.slice(-5).join(' | ')}`)))
    createInterface({ input: child.stderr }).on('line', (line) => {
      told.push(line)
      const found = /^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
  })
  const page = await openPage(port)
  return {
    spawnedAt,
    child,
    page,
    async end() {
      page.close()
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.kill('SIGKILL')
      await gone
    },
  }
}
