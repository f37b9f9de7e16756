import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export const WHY_NOT =
  'a systemd of its own needs root, systemd, unshare, nsenter and the version 2 of control groups (Debian: systemd, util-linux)'

/** Where control groups of version 2 are mounted, alone or beside those of version 1. */
const GROUPS = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((folder) => existsSync(`${folder}/cgroup.procs`))
const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find((file) => existsSync(file))

export const isPossible =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  GROUPS !== undefined &&
  SYSTEMD !== undefined &&
  ['unshare', 'nsenter', 'systemctl'].every((tool) => spawnSync(tool, ['--version']).status === 0)

/**
 * A user's systemd in a control group, a view of mounts and a home of its own: nothing of the machine's is seen or changed
 * by it. systemd refuses to run on a machine that was not booted with it, which only its view of `/run/systemd` says.
 */
const INSIDE = [
  'umount -l /sys/fs/cgroup',
  'mount -t cgroup2 none /sys/fs/cgroup',
  'mount -t tmpfs none /run/systemd',
  'mkdir /run/systemd/system',
  'exec "$0" --user --unit=default.target',
].join(' && ')

export class PrivateSystemd {
  readonly home = mkdtempSync(path.join(os.tmpdir(), 'private-systemd-'))
  readonly runtime = path.join(this.home, 'run')
  readonly config = path.join(this.home, '.config')
  readonly units = path.join(this.config, 'systemd', 'user')
  readonly env = { PATH: '/usr/bin:/bin', HOME: this.home, XDG_RUNTIME_DIR: this.runtime, XDG_CONFIG_HOME: this.config }
  readonly #group = path.join(GROUPS ?? '', `smeshkeeper-test-${process.pid}-${path.basename(this.home)}`)
  #manager: ChildProcess | undefined

  async start(): Promise<void> {
    mkdirSync(this.runtime, { recursive: true, mode: 0o700 })
    mkdirSync(this.units, { recursive: true })
    mkdirSync(this.#group, { recursive: true })
    const join = 'echo $$ > "$1"/cgroup.procs && exec unshare --mount --cgroup --propagation private sh -c "$2" "$3"'
    this.#manager = spawn('sh', ['-c', join, 'sh', this.#group, INSIDE, SYSTEMD ?? ''], { env: this.env, stdio: 'ignore' })
    for (let tries = 0; !/^(running|degraded)$/.test(this.run('is-system-running').stdout); tries += 1) {
      if (tries > 100) throw new Error('systemd did not come up')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** As after a log-out and a log-in: everything ends, and what is enabled starts. */
  async restart(): Promise<void> {
    await this.#end()
    await this.start()
  }

  async stop(): Promise<void> {
    await this.#end()
    rmSync(this.home, { recursive: true, force: true })
  }

  async #end(): Promise<void> {
    const manager = this.#manager
    this.#manager = undefined
    if (manager !== undefined && manager.exitCode === null) {
      const ended = new Promise((resolve) => manager.once('exit', resolve))
      writeFileSync(path.join(this.#group, 'cgroup.kill'), '1')
      await ended
    }
    for (let tries = 0; existsSync(this.#group) && tries < 50; tries += 1) {
      removeGroups(this.#group)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    rmSync(this.runtime, { recursive: true, force: true })
  }

  get pid(): number {
    return this.#manager?.pid ?? 0
  }

  /** How a tool is called so that it sees what the manager sees. */
  locate = (program: string): readonly string[] => ['nsenter', `--target=${this.pid}`, '--mount', `/usr/bin/${program}`]

  run(...args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
    const [file = '', ...before] = this.locate('systemctl')
    const { status, stdout } = spawnSync(file, [...before, '--user', ...args], { env: this.env, encoding: 'utf8' })
    return { status, stdout: stdout.trim() }
  }

  putUnit(name: string, text: string, folder = this.units): void {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
}

/** From the deepest; one that still has a process stays for the next try. */
function removeGroups(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) removeGroups(path.join(folder, entry.name))
  try {
    rmdirSync(folder)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EBUSY')) throw cause
  }
}
