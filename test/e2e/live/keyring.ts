import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'

type Env = Readonly<Record<string, string>>

/** GNOME Keyring on a bus of its own, unlocked as a log-in does it. */
export interface Keyring {
  /** What a program of this desktop session has in its environment. */
  readonly env: Env
  end(): Promise<void>
}

const SETTLE_TRIES = 100
const SETTLE_MS = 100

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
    child.kill()
  })

/** Why this machine cannot play such a desktop; undefined when it can. */
export function noKeyring(): string | undefined {
  if (process.platform !== 'linux') return 'GNOME Keyring is of Linux'
  const missing = ['gnome-keyring-daemon', 'dbus-daemon', 'dbus-send'].filter(
    (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0,
  )
  return missing.length === 0
    ? undefined
    : `these commands are missing: ${missing.join(', ')} (Debian: gnome-keyring, dbus-daemon, dbus-bin)`
}

function ask(env: Env, to: string, ...words: readonly string[]): string {
  const run = spawnSync('dbus-send', ['--session', '--print-reply', `--dest=${to}`, ...words], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 5_000,
  })
  return run.stdout
}

/** Whether our daemon is there and its default collection open. Asked for by name first: a message would have the bus start another one. */
function isUnlocked(env: Env): boolean {
  const bus = ['/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets']
  if (!ask(env, 'org.freedesktop.DBus', ...bus).includes('boolean true')) return false
  const property = ['org.freedesktop.DBus.Properties.Get', 'string:org.freedesktop.Secret.Collection', 'string:Locked']
  return ask(env, 'org.freedesktop.secrets', '/org/freedesktop/secrets/aliases/default', ...property).includes('boolean false')
}

/** @param folder  of its own; the sealed collections lie below it and outlive `end()` */
export async function startKeyring(folder: string, logInWith: string): Promise<Keyring> {
  const runtime = path.join(folder, 'run')
  for (const one of [runtime, path.join(folder, 'data')]) if (!existsSync(one)) mkdirSync(one, { recursive: true, mode: 0o700 })
  const own = { HOME: folder, XDG_DATA_HOME: path.join(folder, 'data'), XDG_RUNTIME_DIR: runtime }
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1', '--nosyslog'], {
    env: { ...process.env, ...own },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: bus.stdout }).once('line', resolve)
    bus.once('error', reject)
    bus.once('exit', () => reject(new Error('the bus did not begin')))
  })
  const env = { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime }
  const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
    env: { ...process.env, ...own, ...env },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  daemon.stdin.end(logInWith)
  const end = async (): Promise<void> => {
    await ended(daemon)
    await ended(bus)
  }
  for (let left = SETTLE_TRIES; !isUnlocked(env); left -= 1) {
    if (left === 0) {
      await end()
      throw new Error('the keyring did not unlock')
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  }
  return { env, end }
}
