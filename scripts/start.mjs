// npm start: installs what is missing, builds, opens the app. Without a display, or with --headless: the terminal face.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { ensurePackages, ensureSystem, hasDisplay, root, say } from './ensure.mjs'
import { runThrough } from './run-through.mjs'

const args = process.argv.slice(2)
const isHeadless = args.includes('--headless') || !hasDisplay()
ensurePackages()
const { resolveElectron } = await import('./electron-runtime.mjs')
const electron = await resolveElectron()

function newest(folder) {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const inner = path.join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(inner) : statSync(inner).mtimeMs)
  }
  return latest
}
const built = path.join(root, 'out', 'main', 'main.js')

if (isHeadless) {
  ensureSystem('window') // the runtime is linked against them, also as plain Node
  if (!args.includes('--headless'))
    say('no display here: this is the terminal face (Ctrl-C leaves; the window opens where there is a display)')
  const rest = args.filter((arg) => arg !== '--headless')
  const isSetUp = existsSync(path.join(homeRoot(), 'config', 'setup.json'))
  const practice = isSetUp || rest.includes('--practice') ? [] : ['--practice']
  if (practice.length > 0) say('there is no set-up yet: this is the practice network; nothing real is touched')
  process.exit(
    await runThrough(electron.exe, [path.join(root, 'electron', 'cli.ts'), 'run', ...practice, ...rest], {
      cwd: root,

      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    }),
  )
}

const missing = ensureSystem('window')
if (missing.length > 0) say('the window may not open without them')
const sources = ['electron', 'renderer', 'shared', 'proto'].map((name) => newest(path.join(root, name)))
if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources)) {
  say('building')
  const build = spawnSync(
    process.execPath,
    [path.join(root, 'scripts', 'electron-runtime.mjs'), '--env', 'electron-vite', 'build', '--logLevel', 'warn'],
    { cwd: root, stdio: 'inherit' },
  )
  if (build.status !== 0) process.exit(build.status ?? 1)
}
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
process.exit(
  await runThrough(electron.exe, ['.', ...asRoot, ...args], {
    cwd: root,

    env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: electron.dir },
  }),
)

function homeRoot() {
  if (process.env.SMESHKEEPER_HOME) return path.resolve(process.env.SMESHKEEPER_HOME)
  const home = process.env.HOME ?? '.'
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Smeshkeeper')
  if (process.platform === 'win32') return path.join(process.env.APPDATA ?? home, 'Smeshkeeper')
  return path.join(
    process.env.XDG_DATA_HOME?.startsWith('/') ? process.env.XDG_DATA_HOME : path.join(home, '.local', 'share'),
    'smeshkeeper',
  )
}
