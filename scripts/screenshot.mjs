// Makes docs/screenshot.png: the real window in practice, while a proof is being read. Light, 1280×800.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { has, say } from './ensure.mjs'
import { resolveElectron } from './electron-runtime.mjs'

const electron = await resolveElectron()
if (!existsSync('out/main/main.js')) {
  say('building')
  const build = spawnSync(process.execPath, ['scripts/electron-runtime.mjs', '--env', 'electron-vite', 'build', '--logLevel', 'warn'], {
    stdio: 'inherit',
  })
  if (build.status !== 0) process.exit(build.status ?? 1)
}
const command = [process.execPath, 'node_modules/@playwright/test/cli.js', 'test', '-c', 'test/e2e/screenshot.config.ts']
const isLinux = process.platform === 'linux'
if (isLinux && (!has('xvfb-run') || !has('dbus-run-session'))) {
  say('xvfb-run and dbus-run-session are needed for the screenshot (Debian: xvfb, dbus)')
  process.exit(1)
}
const [file, ...args] = isLinux ? ['xvfb-run', '-a', '-s', '-screen 0 1440x900x24', 'dbus-run-session', '--', ...command] : command
const env = { ...process.env, TZ: 'UTC', ELECTRON_EXEC_PATH: electron.exe, ELECTRON_OVERRIDE_DIST_PATH: electron.dir }
delete env.ELECTRON_RUN_AS_NODE
process.exit(spawnSync(file, args, { stdio: 'inherit', env }).status ?? 1)
