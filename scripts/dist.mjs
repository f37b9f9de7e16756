// npm run dist: electron-builder with whatever runtime is there. `--release` forbids the development runtime.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ensureSystem, root, say } from './ensure.mjs'
import { resolveElectron } from './electron-runtime.mjs'
import { writeNotices } from './notices.mjs'

const isRelease = process.argv.includes('--release')
const args = process.argv.slice(2).filter((arg) => arg !== '--release')
ensureSystem('tests')
const runtime = await resolveElectron({ release: isRelease })
const isDevelopment = runtime.source !== 'official'
const env = { ...process.env, FPM_LITE_LEVEL: process.env.FPM_LITE_LEVEL ?? '1' }
if (isDevelopment) {
  env.CUSTOM_FPM_PATH ??= path.join(root, 'scripts', 'fpm-lite.mjs')
  if (existsSync('/usr/bin/7za')) env.ELECTRON_BUILDER_7ZIP_PATH ??= '/usr/bin/7za'
  say(`packaging with Electron ${runtime.version} (${runtime.source}): a test package, not a release`)
}
writeNotices()
const targets = args.length > 0 ? args : process.platform === 'linux' ? ['--linux', 'deb', 'rpm'] : []
const run = spawnSync(
  process.execPath,
  [
    'node_modules/electron-builder/cli.js',
    ...targets,
    '--publish',
    'never',
    `-c.electronDist=${runtime.dir}`,
    `-c.electronVersion=${runtime.version}`,
    ...(isDevelopment ? ['-c.artifactName=${name}-${version}-devruntime-${arch}.${ext}'] : []),
  ],
  { stdio: 'inherit', env, cwd: root },
)
process.exit(run.status ?? 1)
