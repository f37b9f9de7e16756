// Runs Playwright in a display and a D-Bus session of its own, so that a window, a tray and notifications are real.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { has, say } from './ensure.mjs'
import { resolveElectron } from './electron-runtime.mjs'

const electron = await resolveElectron()
const at = process.argv.indexOf('--config')
const config = at < 0 ? 'test/e2e/playwright.config.ts' : process.argv[at + 1]
const rest = process.argv.slice(2).filter((_, i) => at < 0 || (i !== at - 2 && i !== at - 1))
if (!existsSync('out/main/main.js')) {
  say('building')
  const build = spawnSync(process.execPath, ['scripts/electron-runtime.mjs', '--env', 'electron-vite', 'build', '--logLevel', 'warn'], {
    stdio: 'inherit',
  })
  if (build.status !== 0) process.exit(build.status ?? 1)
}
const command = [process.execPath, 'node_modules/@playwright/test/cli.js', 'test', '-c', config, ...rest]
const isBare = process.platform === 'linux'
if (isBare && (!has('xvfb-run') || !has('dbus-run-session'))) {
  say('xvfb-run and dbus-run-session are needed for the window tests (Debian: xvfb, dbus)')
  process.exit(1)
}
const [file, ...args] = isBare
  ? ['xvfb-run', '-a', '-n', config.includes('stories') ? '180' : '99', '-s', '-screen 0 1440x900x24', 'dbus-run-session', '--', ...command]
  : command
const env = { ...process.env, ELECTRON_EXEC_PATH: electron.exe, ELECTRON_OVERRIDE_DIST_PATH: electron.dir }
delete env.ELECTRON_RUN_AS_NODE
const run = spawnSync(file, args, { stdio: 'inherit', env })
process.exit(run.status ?? 1)
