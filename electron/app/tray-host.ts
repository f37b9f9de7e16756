import { execFile } from 'node:child_process'

/** Runs a program and answers what it printed; `undefined` when it is not there, fails or is too slow. */
export type Ask = (file: string, args: readonly string[]) => Promise<string | undefined>

const DEADLINE_MS = 1_500
const WATCHER = 'org.kde.StatusNotifierWatcher'
/** The bus itself is asked, by whichever of the usual tools is installed. */
const TOOLS: readonly (readonly [string, readonly string[]])[] = [
  [
    'dbus-send',
    [
      '--session',
      '--print-reply',
      '--dest=org.freedesktop.DBus',
      '/org/freedesktop/DBus',
      'org.freedesktop.DBus.NameHasOwner',
      `string:${WATCHER}`,
    ],
  ],
  [
    'gdbus',
    [
      'call',
      '--session',
      '--dest',
      'org.freedesktop.DBus',
      '--object-path',
      '/org/freedesktop/DBus',
      '--method',
      'org.freedesktop.DBus.NameHasOwner',
      WATCHER,
    ],
  ],
  ['busctl', ['--user', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameHasOwner', 's', WATCHER]],
]

const askProgram: Ask = (file, args) =>
  new Promise((resolve) => {
    execFile(file, [...args], { timeout: DEADLINE_MS }, (error, stdout) => resolve(error === null ? stdout : undefined))
  })

/**
 * Whether a tray icon is seen by anybody. On Linux only where somebody hosts status notifiers; elsewhere always.
 * What cannot be known counts as no: a window that hides where nothing brings it back is lost to its user.
 */
export async function hasTrayHost(platform: NodeJS.Platform = process.platform, ask: Ask = askProgram): Promise<boolean> {
  if (platform !== 'linux') return true
  for (const [file, args] of TOOLS) {
    const said = await ask(file, args)
    if (said !== undefined) return /\btrue\b/.test(said)
  }
  return false
}
