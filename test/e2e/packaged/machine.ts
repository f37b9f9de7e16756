import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

export function runCommand(
  file: string,
  args: readonly string[],
  options: { readonly timeoutMs?: number; readonly cwd?: string } = {},
): Ended {
  const run = spawnSync(file, [...args], {
    encoding: 'utf8',
    timeout: options.timeoutMs ?? 60_000,
    maxBuffer: MAX_OUTPUT_BYTES,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  return { code: run.status, signal: run.signal, stdout: run.stdout ?? '', stderr: `${run.stderr ?? ''}${run.error?.message ?? ''}` }
}

/** Throws with what the command said when it does not end with 0. */
export function mustRun(
  file: string,
  args: readonly string[],
  options: { readonly timeoutMs?: number; readonly cwd?: string } = {},
): string {
  const ended = runCommand(file, args, options)
  if (ended.code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${ended.code ?? ended.signal}: ${ended.stderr.slice(-2000)}`)
  return ended.stdout
}

export interface SeenProcess {
  readonly pid: number
  readonly args: readonly string[]
  readonly exe: string
}

/** What runs as this user now; zombies do not. */
export function processesOf(uid: number): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8')
        if (!new RegExp(`^Uid:\\t${uid}\\t`, 'm').test(status) || /^State:\tZ/m.test(status)) return []
        // Chromium's helpers write their whole command line as one argument.
        const told = readFileSync(`/proc/${name}/cmdline`, 'utf8')
          .split('\0')
          .filter((arg) => arg !== '')
        const args = told.length === 1 ? (told[0] ?? '').split(' ') : told
        return [{ pid: Number(name), args, exe: readlinkSync(`/proc/${name}/exe`) }]
      } catch {
        return [] // ended while we looked
      }
    })
}

/** A normal user of this machine for the time of a test, with a home that goes with it. */
export interface TestUser {
  readonly name: string
  readonly uid: number
  readonly home: string
  /** Runs a command as the user; `env` is all it gets besides the usual few. */
  start(command: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess
  run(command: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Promise<Ended>
  processes(): SeenProcess[]
  remove(): void
}

const RUN_WITHIN_MS = 150_000

/** Collects the output of a child until it has ended; one that runs too long is killed and ends by that signal. 0: no limit. */
export function ending(child: ChildProcess, withinMs = RUN_WITHIN_MS): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const text = { stdout: '', stderr: '' }
    const timer = withinMs === 0 ? undefined : setTimeout(() => child.kill('SIGKILL'), withinMs)
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk))
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, ...text })
    })
  })
}

export function createUser(): TestUser {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-package-'))
  mustRun('chmod', ['755', folder])
  const name = `smk-test-${process.pid}`
  const home = path.join(folder, 'home')
  mustRun('useradd', ['--create-home', '--home-dir', home, '--shell', '/bin/sh', '--user-group', name])
  const uid = Number(mustRun('id', ['-u', name]))
  const gid = Number(mustRun('id', ['-g', name]))
  mkdirSync(path.join(home, 'tmp'), { mode: 0o700 })
  mustRun('chown', [name, path.join(home, 'tmp')])
  const base = { HOME: home, USER: name, LOGNAME: name, PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TMPDIR: path.join(home, 'tmp') }
  const start: TestUser['start'] = ([file = '', ...args], env = {}) =>
    // In a session of its own, as from another terminal; the uid is the child's own from its first instruction.
    spawn(file, args, { uid, gid, cwd: home, env: { ...base, ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const processes = (): SeenProcess[] => processesOf(uid)
  return {
    name,
    uid,
    home,
    start,
    run: (command, env, input) => {
      const child = start(command, env)
      child.stdin?.end(input ?? '')
      return ending(child)
    },
    processes,
    remove: () => {
      // Twice: one that was just starting another is seen the second time.
      for (const one of [...processes(), ...processes()]) {
        try {
          process.kill(one.pid, 'SIGKILL')
        } catch {
          continue // gone already
        }
      }
      runCommand('userdel', ['--force', name])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

/** Packages that are installed; the difference of two looks is what an installation brought. */
export const installedPackages = (): Set<string> =>
  new Set(
    mustRun('dpkg-query', ['-W', '-f', '${Package}\t${db:Status-Status}\n'])
      .split('\n')
      .filter((line) => line.endsWith('\tinstalled'))
      .map((line) => line.split('\t')[0] ?? ''),
  )

/** Says that the installed Smeshkeeper is a test's, and whose: one that was killed leaves it behind. */
const MARK = '/var/lib/smeshkeeper-package-test.json'

/** Field 22 of its stat: a number that the next process of this pid does not have; undefined when it is gone. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19]
  } catch {
    return undefined
  }
}

/** To be called before the package is installed: until `unmarkInstallation` it belongs to this run of the tests. */
export function markInstallation(user: TestUser): void {
  const mark = { runner: process.ppid, start: startOf(process.ppid), user: user.name, uid: user.uid }
  // Whole or not at all: the next run has to read it after a kill.
  writeFileSync(`${MARK}.new`, JSON.stringify(mark))
  renameSync(`${MARK}.new`, MARK)
}

export const unmarkInstallation = (): void => rmSync(MARK, { force: true })

/** Removes what a test left installed that was killed; touches no installation of anybody else and none of a test that runs. */
export function removeLeftInstallation(): void {
  if (!existsSync(MARK)) return
  const mark: unknown = JSON.parse(readFileSync(MARK, 'utf8'))
  const { runner, start, user, uid } = Object(mark) as { runner: number; start: string; user: string; uid: number }
  if (startOf(runner) === start) return
  for (const { pid } of processesOf(uid)) runCommand('kill', ['-9', String(pid)])
  runCommand('userdel', ['--force', user])
  runCommand('dpkg', ['--configure', '-a'], { timeoutMs: 120_000 })
  if (installedPackages().has('smeshkeeper')) mustRun('apt-get', ['purge', '-y', '-qq', '-o', 'DPkg::Lock::Timeout=120', 'smeshkeeper'])
  unmarkInstallation()
}
