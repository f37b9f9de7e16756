// npm test: brings what is missing, then runs everything. The last line counts all suites together.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ensurePackages, ensureSystem, root, say } from './ensure.mjs'

const only = process.argv.slice(2).filter((arg) => !arg.startsWith('-'))
const isAsked = (name) => only.length === 0 || only.includes(name)
ensurePackages()
const missing = ensureSystem('tests')
if (missing.length > 0) say('tests that need them are skipped and say so')
const { resolveElectron } = await import('./electron-runtime.mjs')
const electron = await resolveElectron()
const reports = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-test-'))
const runtime = { ELECTRON_OVERRIDE_DIST_PATH: electron.dir, ELECTRON_EXEC_PATH: electron.exe }
/** Hundreds of processes are started from source: half as fast where nobody keeps what was compiled. */
const asNode = { ...runtime, ELECTRON_RUN_AS_NODE: '1', NODE_COMPILE_CACHE: path.join(reports, 'compiled') }

/** Suite → its folder for temporary files. */
const temporary = {}
const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []

/** With `lines`, what it says is kept there instead of shown. */
function runCommand(file, args, env = {}, lines) {
  return new Promise((resolve) => {
    const out = lines === undefined ? 'inherit' : 'pipe'
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', out, out], env: { ...process.env, ...env } })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => lines.push(chunk))
    child.on('error', () => resolve(127))
    child.on('close', (code, signal) => resolve(signal === null ? code : 1))
  })
}

/** A check that is one thing: it passes or fails as a whole. */
const check = (name, file, args, env) => async (lines) => {
  const code = await runCommand(file, args, { ...env, TMPDIR: temporary[name] }, lines)
  if (code === 0) total.passed += 1
  else {
    total.failed += 1
    failures.push(name)
  }
}

/** A runner that writes a JSON report; a report that is missing or empty is a failure. */
const suite =
  (name, file, args, { env, report, read }) =>
  async (lines) => {
    const code = await runCommand(file, args, { ...env, TMPDIR: temporary[name] }, lines)
    let counted
    try {
      counted = read(JSON.parse(readFileSync(report, 'utf8')))
    } catch {
      counted = undefined
    }
    if (counted === undefined || counted.passed + counted.failed === 0) {
      total.failed += 1
      failures.push(`${name} (no test ran)`)
      return
    }
    total.passed += counted.passed
    total.failed += counted.failed
    total.skipped += counted.skipped
    if (counted.failed > 0 || code !== 0) {
      if (counted.failed === 0) total.failed += 1
      failures.push(...(counted.names.length > 0 ? counted.names : [name]))
    }
    for (const reason of counted.reasons ?? []) console.log(`skipped: ${reason}`)
  }

const vitest = (name, projects) => {
  const report = path.join(reports, `${name}.json`)
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...projects.flatMap((p) => ['--project', p]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const read = (json) => ({
    passed: json.numPassedTests,
    failed: json.numFailedTests + json.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length,
    skipped: json.numPendingTests + json.numTodoTests,
    names: json.testResults.flatMap((file) => file.assertionResults.filter((one) => one.status === 'failed').map((one) => one.fullName)),
    reasons: json.testResults.flatMap((file) =>
      file.assertionResults.filter((one) => one.status === 'pending' || one.status === 'skipped').map((one) => one.fullName),
    ),
  })
  return suite(name, electron.exe, args, { env: asNode, report, read })
}

const playwright = (name, config) => {
  const report = path.join(reports, `${name}.json`)
  const specsOf = (one) => [...(one.specs ?? []), ...(one.suites ?? []).flatMap(specsOf)]
  const read = (json) => {
    const specs = (json.suites ?? []).flatMap(specsOf)
    const why = (spec) =>
      spec.tests.flatMap((one) => one.annotations ?? []).find((note) => note.type === 'skip' || note.type === 'fixme')?.description
    return {
      passed: json.stats.expected + json.stats.flaky,
      failed: json.stats.unexpected + (json.errors?.length ?? 0),
      skipped: json.stats.skipped,
      names: specs.filter((spec) => !spec.ok).map((spec) => spec.title),
      reasons: specs
        .filter((spec) => spec.tests.some((one) => one.status === 'skipped'))
        .map((spec) => `${spec.title}: ${why(spec) ?? 'an earlier test of its story failed'}`),
    }
  }
  return suite(name, process.execPath, ['scripts/e2e.mjs', '--config', config], {
    env: { ...runtime, ELECTRON_RUN_AS_NODE: '', PLAYWRIGHT_JSON_OUTPUT_NAME: report, ...(isAsked('build') ? { OUT_IS_FRESH: '1' } : {}) },
    report,
    read,
  })
}

const node = process.execPath
const steps = {
  format: check('format', node, ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']),
  lint: check('lint', node, [
    'node_modules/oxlint/bin/oxlint',
    '--type-aware',
    '--quiet',
    'electron',
    'renderer',
    'shared',
    'test',
    'scripts',
  ]),
  boundaries: check('boundaries', node, ['scripts/boundaries.mjs']),
  types: check('types', node, ['scripts/typecheck.mjs']),
  changelog: check('changelog', node, ['scripts/check-docs.mjs']),
  unit: vitest('unit', ['unit', 'dom']),
  integration: vitest('integration', ['integration']),
  build: check('build', node, ['scripts/electron-runtime.mjs', '--env', 'electron-vite', 'build', '--logLevel', 'warn']),
  e2e: playwright('e2e', 'test/e2e/playwright.config.ts'),
  stories: playwright('stories', 'test/e2e/stories.config.ts'),
  packaged: playwright('packaged', 'test/e2e/packaged.config.ts'),
}

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1)

async function run(name, lines) {
  const start = Date.now()
  if (lines === undefined) console.log(`\n== ${name}`)
  temporary[name] = mkdtempSync(path.join(os.tmpdir(), 'sk-'))
  chmodSync(temporary[name], 0o755) // as /tmp: some tests look with the eyes of another user
  await steps[name](lines)
  // Killed workers leave folders; the stories search this machine and must not find them.
  try {
    rmSync(temporary[name], { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    say(`${temporary[name]} could not be removed: ${error.message}`)
  }
  if (lines !== undefined) process.stdout.write(Buffer.concat([Buffer.from(`\n== ${name}\n`), ...lines]))
  console.log(`== ${name}: ${seconds(start)} s`)
}

/** They read sources only, and the stories of the window wait for epochs most of the time: all go on at once. */
const BESIDE = ['format', 'lint', 'boundaries', 'types', 'changelog']
async function runBeside() {
  for (const name of BESIDE) if (isAsked(name)) await run(name, [])
}
const runStories = () => (isAsked('stories') ? run('stories', []) : undefined)
async function runWindow() {
  await run('e2e')
  if (isAsked('packaged')) await run('packaged')
}

const began = Date.now()
if (!isAsked('e2e')) for (const name of BESIDE) if (isAsked(name)) await run(name)
for (const name of Object.keys(steps)) {
  if (BESIDE.includes(name) || !isAsked(name)) continue
  if (name === 'e2e') await Promise.all([runWindow(), runStories(), runBeside()])
  else if (!['stories', 'packaged'].includes(name) || !isAsked('e2e')) await run(name)
}
if (existsSync(reports)) rmSync(reports, { recursive: true, force: true })
console.log(`\nall suites: ${((Date.now() - began) / 1000).toFixed(0)} s`)
for (const name of failures) console.log(`failed: ${name}`)
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed > 0 ? 1 : 0
