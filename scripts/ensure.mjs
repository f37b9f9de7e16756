// Brings what a fresh machine lacks and says plainly what it cannot. Node ≥ 20 and npm are the only needs.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const stampFile = path.join(root, 'node_modules', '.smeshkeeper-installed')

export const say = (text) => console.error(`[smeshkeeper] ${text}`)

function npm(args) {
  const cli = process.env.npm_execpath
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: process.env }
  return cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
}

/** Whether an earlier `npm install` or `npm ci` left exactly what the lock file says: npm's own list tells. */
function isInstalled() {
  try {
    const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages
    const [wanted, there] = [read('package-lock.json'), read('node_modules/.package-lock.json')]
    return Object.entries(wanted).every(
      ([name, { version, optional }]) => name === '' || optional === true || there[name]?.version === version,
    )
  } catch {
    return false // nothing installed, or by another tool
  }
}

/** node_modules as the lock file says; nothing happens when they are. */
export function ensurePackages() {
  const [major] = process.versions.node.split('.')
  if (Number(major) < 20) {
    say(`Node ${process.versions.node} is too old: Smeshkeeper needs Node 20 or newer.`)
    process.exit(1)
  }
  const want = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === want) return
  if (isInstalled()) {
    writeFileSync(stampFile, want)
    return
  }
  say('installing packages (npm ci)')
  const run = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (run.status !== 0) {
    say('npm ci failed. Check the network and the npm registry setting, then run this again.')
    process.exit(run.status ?? 1)
  }
  mkdirSync(path.dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, want)
}

const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0
const isDebian = existsSync('/usr/bin/apt-get')

/** What a window needs on a bare Linux, and what the tests use besides. */
const WINDOW_PACKAGES = ['libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1']
const TEST_PACKAGES = [
  ...WINDOW_PACKAGES,
  'xvfb',
  'xauth',
  'dbus',
  'dbus-x11',
  'dunst',
  'libnotify-bin',
  'python3-dbus',
  'python3-gi',
  'desktop-file-utils',
  'xdg-utils',
  'rpm',
  'cpio',
  'tmux',
  'e2fsprogs',
  'unzip',
  'zip',
  'age',
  'gnome-keyring',
  'libsecret-1-0',
  'ocl-icd-libopencl1',
  'pocl-opencl-icd',
  'clinfo',
  'gcc',
  'libc6-dev',
]

function missingPackages(names) {
  const asked = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names], { encoding: 'utf8' })
  const installed = new Set(
    (asked.stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return names.filter((name) => !installed.has(name))
}

/** @returns the packages that are still missing afterwards */
export function ensureSystem(kind) {
  if (process.platform !== 'linux' || !isDebian) return []
  const names = kind === 'window' ? WINDOW_PACKAGES : TEST_PACKAGES
  const missing = missingPackages(names)
  if (missing.length === 0) return []
  if (process.getuid?.() !== 0) {
    say(`these Debian packages are missing; install them with: sudo apt-get install ${missing.join(' ')}`)
    return missing
  }
  say(`installing Debian packages: ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { stdio: ['ignore', 'ignore', 'inherit'], env })
  return missingPackages(names)
}

export const hasDisplay = () => process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY)

export { has }
