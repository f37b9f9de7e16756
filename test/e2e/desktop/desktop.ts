import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'

/** One `Notify` call as it crossed the session bus. */
export interface SeenNotification {
  readonly at: number
  readonly title: string
  readonly body: string
}
export interface SeenTray {
  readonly tooltip?: string
  readonly icon?: readonly (readonly [number, number, number])[]
  readonly menu?: readonly string[]
}

/** A desktop as far as the app sees one: a real notification server (dunst) and a StatusNotifierItem host. */
export interface Desktop {
  readonly notifications: readonly SeenNotification[]
  readonly tray: readonly SeenTray[]
  close(): void
}

const STRING = /^ {3}string "(.*)"$/

/** dbus-monitor prints a call as a head line and one line a value; app, icon, title and body are its strings in order. */
function readNotifications(monitor: ChildProcess, into: SeenNotification[]): void {
  let strings: string[] | undefined
  if (monitor.stdout === null) throw new Error('dbus-monitor has no output')
  createInterface({ input: monitor.stdout }).on('line', (line) => {
    if (line.startsWith('method call')) strings = line.includes('member=Notify') ? [] : undefined
    else if (/^(method return|signal|error)/.test(line)) strings = undefined
    const text = STRING.exec(line)?.[1]
    if (strings === undefined || text === undefined) return
    strings.push(text)
    if (strings.length === 4) into.push({ at: Date.now(), title: strings[2] ?? '', body: strings[3] ?? '' })
  })
}

function firstLine(child: ChildProcess, onLine: (line: string) => void, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the desktop helper did not start')), deadlineMs)
    if (child.stdout === null) throw new Error('no output')
    createInterface({ input: child.stdout }).on('line', (line) => {
      clearTimeout(timer)
      onLine(line)
      resolve()
    })
  })
}

export async function startDesktop(): Promise<Desktop> {
  const notifications: SeenNotification[] = []
  const tray: SeenTray[] = []
  const dunst = spawn('dunst', [], { stdio: 'ignore' })
  const monitor = spawn('dbus-monitor', ["interface='org.freedesktop.Notifications',member='Notify'"], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  readNotifications(monitor, notifications)
  const watcher = spawn('/usr/bin/python3', [path.resolve('test/e2e/desktop/status-notifier-watcher.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await firstLine(
    watcher,
    (line) => {
      const seen = JSON.parse(line) as SeenTray
      if (seen.tooltip !== undefined || seen.menu !== undefined) tray.push(seen)
    },
    15_000,
  )
  return {
    notifications,
    tray,
    close: () => {
      for (const child of [dunst, monitor, watcher]) child.kill()
    },
  }
}
