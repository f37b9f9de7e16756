import { expect, test } from '@playwright/test'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { WindowApi } from '../../../shared/ipc/contract.ts'
import { WelcomePage } from '../pages/welcome.ts'
import { keysOf, makeKeys } from './keys.ts'
import {
  createUser,
  ending,
  installedPackages,
  markInstallation,
  mustRun,
  removeLeftInstallation,
  runCommand,
  unmarkInstallation,
  type SeenProcess,
  type TestUser,
} from './machine.ts'
import { secretsIn, secretsInText } from '../../secrets/search.ts'
import { debPayload, readFuses, rpmPayload, type Payload } from './payload.ts'
import { openWindow, type PackagedWindow } from './window.ts'

/**
 * The packages as a user has them: built, installed, used without and with a window, removed. One story, in order; the
 * .rpm is made and looked at while practice is on its way to its first proof.
 */
const HOME = '/opt/Smeshkeeper'
const PROGRAM = `${HOME}/smeshkeeper`
const COMMAND = '/usr/bin/smeshkeeper'
const MAX_PACKAGE_BYTES = 130 * 1024 * 1024
const MAX_ARCHIVE_BYTES = 8 * 1024 * 1024
const PROVED_WITHIN_MS = 270_000

/** Why this machine cannot run the test; undefined when it can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return 'packages are installed on Debian and its kin only'
  if (process.getuid?.() !== 0) return 'installing a package needs root'
  const missing = [
    'dpkg-deb',
    'rpmbuild',
    'rpm2cpio',
    'cpio',
    'xvfb-run',
    'dbus-run-session',
    'desktop-file-validate',
    'age-keygen',
    'unzip',
  ].filter((command) => runCommand('sh', ['-c', `command -v ${command}`]).code !== 0)
  if (missing.length > 0) return `these commands are missing: ${missing.join(', ')}`
  removeLeftInstallation()
  return existsSync(HOME) || existsSync(COMMAND) ? 'Smeshkeeper is installed here, and the test would remove it' : undefined
}

const why = obstacle()
if (why !== undefined) process.stdout.write(`packaged: skipped, ${why}\n`)
test.describe.configure({ mode: 'serial' })
test.skip(why !== undefined, why ?? '')

let work = ''
let before = new Set<string>()
let user: TestUser
let deb: Payload = new Map()
let window: PackagedWindow | undefined

/** Runs the packager; the files go into a folder of the test's own. */
function pack(...targets: readonly string[]): string {
  const output = path.join(work, 'dist')
  const args = ['scripts/dist.mjs', '--linux', ...targets, `-c.directories.output=${output}`]
  mustRun(process.execPath, args, { timeoutMs: 240_000 })
  const kind = targets[0] ?? ''
  const made = readdirSync(output).find((name) => name.endsWith(`.${kind}`))
  if (made === undefined) throw new Error(`no .${kind} was made`)
  return path.join(output, made)
}

/** One snapshot as `status --json` tells it to a user without a display. */
interface Told {
  readonly identities: readonly {
    readonly name: string
    readonly status: { readonly kind: string }
    readonly lastPublishedEpoch?: number
  }[]
}
const told = async (): Promise<Told> => {
  const { stdout } = await user.run([COMMAND, 'status', '--json'])
  return JSON.parse(stdout.trim() === '' ? '{"identities":[]}' : stdout) as Told
}

const appProcesses = () => user.processes().filter((one) => one.exe.startsWith(PROGRAM))
const peers = () => appProcesses().filter((one) => one.args.some((arg) => arg.startsWith('--smeshkeeper-peer=')))
const isProgram = (name: string): boolean => name === 'go-spacemesh' || name === 'post-service'
const nameOf = (one: SeenProcess): string => one.args[1]?.replace('--smeshkeeper-peer=', '') ?? ''
/** Node and services. Probes, searches and the vault come and go. */
const programsOf = (): string[] => peers().map(nameOf).filter(isProgram).toSorted()

test.beforeAll(() => {
  if (why !== undefined) return
  work = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-packages-'))
  before = installedPackages()
  user = createUser()
  markInstallation(user)
})

test.afterAll(async () => {
  if (why !== undefined) return
  await window?.browser.close().catch(() => undefined) // it may be gone with the app
  user.remove()
  const brought = [...installedPackages()].filter((name) => !before.has(name))
  if (brought.length > 0) runCommand('apt-get', ['purge', '-y', '-qq', '-o', 'DPkg::Lock::Timeout=120', ...brought], { timeoutMs: 120_000 })
  unmarkInstallation()
  rmSync(work, { recursive: true, force: true })
})

test('the .deb is made of what belongs into it', () => {
  // Stories that run beside this start what was built just before.
  if (process.env['OUT_IS_FRESH'] !== '1')
    mustRun(process.execPath, ['scripts/electron-runtime.mjs', '--env', 'electron-vite', 'build', '--logLevel', 'warn'])
  const file = pack('deb')
  expect(statSync(file).size).toBeLessThan(MAX_PACKAGE_BYTES)
  deb = debPayload(file, path.join(work, 'deb'))
  const names = [...deb.keys()]
  const modules = names
    .filter((name) => name.includes('/app.asar.unpacked/node_modules/'))
    .map((name) => name.split('/node_modules/')[1] ?? '')
  expect(new Set(modules.map((name) => name.split('/')[0]))).toEqual(new Set(['better-sqlite3', '@koromix']))
  expect(modules.filter((name) => name.endsWith('.node')).length).toBe(2)
  expect(names.filter((name) => name.endsWith('.map') || name.endsWith('default_app.asar'))).toEqual([])
  const notices = readFileSync(path.join(work, 'deb', HOME, 'resources/resources/THIRD-PARTY.txt'), 'utf8')
  const named = ['better-sqlite3', 'koffi', '@grpc/grpc-js', 'react-dom', 'zod', 'age-encryption', 'yaml', 'yauzl', 'yazl']
  for (const name of [...named, '@noble/curves', '@noble/hashes', '@zxcvbn-ts/core']) expect(notices).toContain(`\n${name} `)
  const archive = statSync(path.join(work, 'dist/linux-unpacked/resources/app.asar')).size
  process.stdout.write(`packaged: app.asar ${(archive / 1024 ** 2).toFixed(1)} MiB\n`)
  expect(archive).toBeLessThan(MAX_ARCHIVE_BYTES)
})

test('its fuses are set as the security list asks', () => {
  expect(readFuses(path.join(work, 'dist/linux-unpacked/smeshkeeper'))).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  })
})

test('it installs and every file is as packed', () => {
  const file = readdirSync(path.join(work, 'dist')).find((name) => name.endsWith('.deb')) ?? ''
  const options = ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']
  mustRun('apt-get', [...options, path.join(work, 'dist', file)], { timeoutMs: 180_000 })
  expect(runCommand('dpkg', ['-V', 'smeshkeeper'])).toMatchObject({ code: 0, stdout: '' })
  mustRun('desktop-file-validate', ['/usr/share/applications/smeshkeeper.desktop'])
  expect(readlinkSync(COMMAND)).toBe(`${HOME}/resources/bin/smeshkeeper`)
  expect(lstatSync(PROGRAM).uid).toBe(0)
})

test('keys are found, backed up, proved and brought back without a display', async () => {
  const keys = makeKeys(path.join(user.home, 'spacemesh/identities'), user, ['packaged-one.key', 'packaged-two.key'])
  const [one = '', two = ''] = keysOf(keys)
  const stick = path.join(user.home, 'stick')
  mustRun('install', ['-d', '-o', user.name, '-m', '700', stick])
  const passphrase = 'a passphrase of the packaged test'
  const env = { SMESHKEEPER_HOME: path.join(user.home, 'keys'), BACKUP_SECRET: passphrase }
  const verb = (...words: readonly string[]) => user.run([COMMAND, ...words], env)
  const found = await verb('scan', '--json')
  expect(found.stderr).toBe('')
  expect(JSON.parse(found.stdout)).toMatchObject({
    isWhole: true,
    identities: expect.arrayContaining([expect.objectContaining({ id: one }), expect.objectContaining({ id: two })]) as unknown,
  })
  const made = await verb('backup', '--to', stick, '--passphrase-env', 'BACKUP_SECRET', '--json')
  expect(made.code, made.stderr).toBe(0)
  const { file, identities } = JSON.parse(made.stdout) as { readonly file: string; readonly identities: readonly string[] }
  expect(identities).toEqual(expect.arrayContaining([one, two]))
  expect(await verb('drill', '--passphrase-env', 'BACKUP_SECRET')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Passed: /) as unknown,
  })
  const wrong = await user.run([COMMAND, 'drill', '--passphrase-env', 'OTHER'], { ...env, OTHER: 'not the passphrase of it' })
  expect(wrong).toMatchObject({ code: 1, stdout: expect.stringMatching(/^FAILED: /) as unknown })
  rmSync(keys[1]?.file ?? '')
  const back = await verb(
    'restore',
    file,
    '--passphrase-env',
    'BACKUP_SECRET',
    '--apply',
    '--item',
    'keys/packaged-two.key',
    '--yes',
    '--json',
  )
  expect(back.code, back.stderr).toBe(0)
  expect(JSON.parse(back.stdout)).toMatchObject({ report: { done: [{ id: 'keys/packaged-two.key' }], refused: [] } })
  const held = path.join(user.home, 'keys/quarantine/held', `${two}.key`)
  expect(readFileSync(held, 'utf8')).toBe(keys[1]?.text)
  expect(existsSync(keys[1]?.file ?? ''), 'held: in no node').toBe(false)
  const secrets = { passphrases: [passphrase], keys: keys.map(({ text }) => text) }
  expect(secretsIn(path.join(user.home, 'keys'), secrets)).toEqual([])
  expect(secretsInText(JSON.stringify([found, made, back, wrong]), secrets)).toEqual([])
})

test('a node is merged and the merge is undone, to the last byte, without a display', async () => {
  const [from, to] = [path.join(user.home, 'attic'), path.join(user.home, 'merged')]
  mustRun('cp', ['-r', path.resolve('test/fixtures/recordings/data-folders/1.7.6-remote-after-sigterm'), from])
  mustRun('chown', ['-R', user.name, from])
  const env = { SMESHKEEPER_HOME: path.join(user.home, 'merges') }
  const verb = (...words: readonly string[]) => user.run([COMMAND, ...words], env)
  const hashes = () => runCommand('sh', ['-c', `cd ${from} && find . -type f | sort | xargs sha256sum`]).stdout
  const before = hashes()
  const planned = await verb('merge', '--from', from, '--to', to)
  expect(planned.code, planned.stderr).toBe(0)
  expect(planned.stdout).toContain('Nothing was changed. --apply does it.')
  const ran = await verb('merge', '--from', from, '--to', to, '--apply', '--yes', '--json')
  expect(ran.code, ran.stderr).toBe(0)
  const { id, state } = JSON.parse(ran.stdout) as { readonly id: string; readonly state: string }
  expect(state).toBe('done')
  expect(readdirSync(path.join(to, 'identities'))).toHaveLength(4)
  expect(readdirSync(path.join(from, 'identities'))).toEqual([])
  const undone = await verb('undo', id, '--apply', '--json')
  expect(JSON.parse(undone.stdout)).toMatchObject({ state: 'rolled-back' })
  expect(hashes()).toBe(before)
})

test("Debian's age and unzip open a backup of the package", async () => {
  const identity = path.join(work, 'identity.txt')
  const recipient = mustRun('sh', ['-c', 'age-keygen -o "$1" 2>/dev/null && age-keygen -y "$1"', 'sh', identity]).trim()
  const env = { SMESHKEEPER_HOME: path.join(user.home, 'keys') }
  const made = await user.run([COMMAND, 'backup', '--to', path.join(user.home, 'stick'), '--recipient', recipient, '--json'], env)
  expect(made.code, made.stderr).toBe(0)
  const { file } = JSON.parse(made.stdout) as { readonly file: string }
  const archive = path.join(work, 'opened.zip')
  mustRun('age', ['-d', '-i', identity, '-o', archive, file])
  expect(mustRun('unzip', ['-tq', archive])).toContain('No errors detected')
  expect(mustRun('unzip', ['-p', archive, 'keys/packaged-one.key'])).toBe(
    readFileSync(path.join(user.home, 'spacemesh/identities/packaged-one.key'), 'utf8'),
  )
  const unlike = await user.run([COMMAND, 'drill', file, '--identity-file', identity, '--json'], env)
  expect(unlike.code, 'the identity file is of root').toBe(1)
})

test('the window opens in its sandbox, searches by itself, and practice begins at one click', async () => {
  window = await openWindow(user)
  const { page } = window
  await expect(new WelcomePage(page).headline).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Found on this machine' })).toBeVisible({ timeout: 60_000 })
  const found = await page.evaluate(async () => {
    const { smeshkeeper } = globalThis as unknown as { smeshkeeper: WindowApi }
    const state = await smeshkeeper.scan.state()
    return state.ok && state.value.is === 'done' ? state.value.inventory.keys.map((key) => key.path) : []
  })
  expect(found).toContain(path.join(user.home, 'spacemesh/identities/packaged-one.key'))
  await page.getByRole('region', { name: 'Practice' }).getByRole('button', { name: 'Practice' }).click()
  await expect.poll(programsOf, { timeout: 60_000 }).toEqual(['go-spacemesh', 'post-service', 'post-service', 'post-service'])
  const shown = appProcesses().filter((one) => !peers().some((peer) => peer.pid === one.pid))
  expect(shown.filter((one) => one.args.includes('--no-sandbox'))).toEqual([])
  const main = shown.find((one) => !one.args.some((arg) => arg.startsWith('--type=')))
  const renderer = shown.find((one) => one.args.includes('--type=renderer'))
  const status = readFileSync(`/proc/${renderer?.pid}/status`, 'utf8')
  expect(status).toMatch(/^Seccomp:\t2$/m)
  expect(status).toMatch(/^NoNewPrivs:\t1$/m)
  expect(readlinkSync(`/proc/${renderer?.pid}/ns/pid`)).not.toBe(readlinkSync(`/proc/${main?.pid}/ns/pid`))
})

test('verbs work without a display and end as asked', async () => {
  const env = { SMESHKEEPER_HOME: path.join(user.home, 'second') }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(await user.run([COMMAND, 'version'], env)).toEqual({ code: 0, signal: null, stdout: `smeshkeeper ${version}\n`, stderr: '' })
  expect(await user.run([COMMAND, 'status'], env)).toMatchObject({ code: 4, stdout: '' })
  expect(await user.run([COMMAND, 'setup', 'check', '/nothing/here.json'], env)).toMatchObject({ signal: null, stdout: '' })
  const tooMany = await user.run([COMMAND, 'run', '--practice', '--identities', '4'], env)
  expect(tooMany).toMatchObject({ code: 1, stdout: '' })
  expect(tooMany.stderr).toContain('practises with 3 at most')
  const recording = path.resolve('test/fixtures/recordings/post-service/SIGTERM-while-proving-0.8.5.jsonl')
  const copy = path.join(user.home, 'recording.jsonl')
  mustRun('install', ['-o', user.name, '-m', '600', recording, copy])
  const replayed = await user.run([COMMAND, 'replay', copy, '--json'], env)
  expect(replayed).toMatchObject({ code: 0, stderr: '' })
  for (const line of replayed.stdout.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
})

test('a headless run practises in single processes and ends at Ctrl-C', async () => {
  const before = new Set(user.processes().map((one) => one.pid))
  const own = () => user.processes().filter((one) => !before.has(one.pid))
  const env = { SMESHKEEPER_HOME: path.join(user.home, 'third') }
  const child = user.start([COMMAND, 'run', '--practice', '--json', '--identities', '1'], env)
  child.stdin?.end()
  const ended = ending(child)
  const count = (program: string): number => own().filter((one) => one.args.includes(`--smeshkeeper-peer=${program}`)).length
  await expect.poll(() => [count('go-spacemesh'), count('post-service')], { timeout: 60_000 }).toEqual([1, 1])
  expect(own().filter((one) => one.args.some((arg) => arg.startsWith('--type=')))).toEqual([])
  child.kill('SIGINT')
  const { code, stdout, stderr } = await ended
  expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
  for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('identities')
  await expect.poll(own, { timeout: 20_000 }).toEqual([])
})

test('packaged peers speak, exit and die as the programs do', async () => {
  const peer = (program: string, ...args: readonly string[]): string[] => {
    const switches = ['--ozone-platform=headless', '--disable-gpu', '--no-zygote', '--no-sandbox', '--log-level=3']
    return [PROGRAM, `--smeshkeeper-peer=${program}`, ...switches, `--user-data-dir=${user.home}/peer`, '--', ...args]
  }
  const asked = await user.run(peer('folder-probe'), {}, '{"id":7,"ask":"space","path":"/"}\n')
  expect(asked).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(asked.stdout)).toMatchObject({ id: 7, is: 'space' })
  expect(await user.run(peer('post-service', '--bogus'))).toMatchObject({ code: 2, stdout: '' })
  expect(await user.run(peer('postcli'))).toMatchObject({ code: 1 })
  expect(await user.run(peer('nobody'))).toMatchObject({ code: 2, stdout: '' })
  const service = ['--dir', path.join(user.home, 'none'), '--address', 'http://127.0.0.1:1', '--threads', '1']
  expect(await user.run(peer('post-service', ...service))).toMatchObject({ code: 1, signal: null })
  const node = user.start(peer('folder-probe'))
  const died = ending(node)
  node.stdin?.write('{"id":1,"ask":"space","path":"/"}\n')
  await new Promise((resolve) => node.stdout?.once('data', resolve))
  node.kill('SIGTERM')
  expect(await died).toMatchObject({ code: null, signal: 'SIGTERM' })
  expect((await user.run(peer('post-service', '--version'), { ELECTRON_RUN_AS_NODE: '1' })).stdout).toMatch(/^service /)
})

test('the .rpm has the same files; its scripts are not run', () => {
  const file = pack('rpm', '--prepackaged', path.join(work, 'dist/linux-unpacked'))
  const rpm = rpmPayload(file, path.join(work, 'rpm'))
  const differing = [...new Set([...deb.keys(), ...rpm.keys()])].filter((name) => deb.get(name) !== rpm.get(name))
  expect(differing).toEqual([])
  expect(rpm.size).toBeGreaterThan(30)
  const scripts = mustRun('rpm', ['-qp', '--scripts', file])
  expect(scripts).toContain('ln -sf')
  expect(scripts).toContain('rm -f /usr/bin/smeshkeeper')
  const lines = scripts.split('\n').filter((line) => /scriptlet/.test(line))
  process.stdout.write(`packaged: scripts of the .rpm, not run: ${lines.join(' ')}\n`)
})

test('every identity of practice proves and is published', async () => {
  const published = async (): Promise<number> => (await told()).identities.filter((one) => one.lastPublishedEpoch !== undefined).length
  await expect.poll(published, { timeout: PROVED_WITHIN_MS, intervals: [2_000] }).toBe(3)
  if (window === undefined) throw new Error('there is no window')
  await expect(window.page.getByText(/published: it earns epoch/).first()).toBeVisible()
})

const quit = (outcome: 'leave-running' | 'stop-all') =>
  window?.page.evaluate((choice) => {
    const { smeshkeeper } = globalThis as unknown as { smeshkeeper: { app: { quit(input: { outcome: string }): Promise<unknown> } } }
    void smeshkeeper.app.quit({ outcome: choice })
  }, outcome)

test('quitting leaves everything running, and the next start adopts it', async () => {
  const pidsOf = (): number[] =>
    peers()
      .filter((one) => isProgram(nameOf(one)))
      .map((one) => one.pid)
      .toSorted((a, b) => a - b)
  const pids = pidsOf()
  expect(pids.length).toBe(4)
  await quit('leave-running')
  expect((await window?.ended)?.code).toBe(0)
  expect(pidsOf()).toEqual(pids)
  window = await openWindow(user)
  await expect(window.page.getByText('Amber').first()).toBeVisible()
  await expect.poll(async () => (await told()).identities.length, { timeout: 20_000 }).toBe(3)
  expect(pidsOf()).toEqual(pids)
  await quit('stop-all')
  expect((await window.ended).code).toBe(0)
  await expect.poll(() => user.processes().map((one) => one.args.join(' ')), { timeout: 20_000 }).toEqual([])
})

test('removal takes the program and leaves every file of the user', async () => {
  const root = path.join(user.home, '.local/share/smeshkeeper')
  const files = () => readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()
  // The app runs while it is removed: it goes with its package.
  window = await openWindow(user)
  await expect.poll(programsOf, { timeout: 60_000 }).toHaveLength(4)
  mustRun('apt-get', ['purge', '-y', '-qq', '-o', 'DPkg::Lock::Timeout=120', 'smeshkeeper'], { timeoutMs: 120_000 })
  expect([HOME, COMMAND, '/usr/share/applications/smeshkeeper.desktop'].filter((file) => existsSync(file))).toEqual([])
  await expect.poll(() => user.processes().map((one) => one.args.join(' ')), { timeout: 30_000 }).toEqual([])
  const left = files()
  for (const name of ['practice/config/setup.json', 'state/mode.json']) expect(left).toContain(name)
  expect(left.filter((name) => name.endsWith('.key')).length).toBe(3)
})
