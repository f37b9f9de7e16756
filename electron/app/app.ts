import { app, ipcMain, Menu, powerMonitor, type BrowserWindow } from 'electron'
import path from 'node:path'
import type { DesktopNotice } from '../alerts/index.ts'
import type { KeeperLink } from '../ipc/index.ts'
import type { Logger } from '../lib/logger.ts'
import { followKeeper } from './feed.ts'
import { createMainWindow } from './main-window.ts'
import { createNotifier } from './notifier.ts'
import { createQuitting, type Outcome } from './quitting.ts'
import { closeAllDoors, isOwnSender, registerScheme, servePage } from './security.ts'
import { createTray, type KeeperTray } from './tray.ts'
import type { QuitChoice } from './questions.ts'

export interface AppFolders {
  readonly preload: string
  readonly renderer: string
  readonly resources: string
  readonly state: string
}

interface AppOptions {
  readonly folders: AppFolders
  readonly log: Logger
  readonly connect: () => Promise<KeeperLink>
  /** Ends the keeper if this process hosts it. */
  readonly end: (outcome: Outcome) => Promise<void>
  readonly quitPreference: () => Promise<'ask' | QuitChoice>
  readonly rememberQuit: (choice: QuitChoice) => Promise<void>
}

export interface DesktopApp {
  /** @returns a sentence when it could not be shown */
  notify(notice: DesktopNotice): Promise<string | undefined>
  isWindowShowing(): boolean
  show(identity?: string): void
  quit(outcome: Outcome): void
}

/** Everything that must happen before Electron is ready. */
export function prepareApp(): boolean {
  registerScheme()
  // As root Chromium runs without its sandbox or not at all; the user then said so on the command line.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  return app.requestSingleInstanceLock()
}

const DRAWN_WITHIN_MS = 3_000

/** The first frame is on the screen: from here on our work does not hold it up, as every frame needs this process. */
function firstFrame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DRAWN_WITHIN_MS)
    ipcMain.on('smeshkeeper:drawn', (event) => {
      if (!isOwnSender(event.senderFrame)) return
      clearTimeout(timer)
      resolve()
    })
  })
}

/** The one window: made when it is first wanted, shown again by tray, notification or a second start. */
function ownWindow(folders: AppFolders, icon: string, log: Logger, onClose: (event: { preventDefault(): void }) => void) {
  let window: BrowserWindow | undefined
  const current = (): BrowserWindow | undefined => (window?.isDestroyed() === false ? window : undefined)
  const open = (): BrowserWindow =>
    current() ?? (window = createMainWindow({ preload: folders.preload, stateFolder: folders.state, icon, log, onClose }))
  const send = (topic: string, value: unknown): void => current()?.webContents.send('smeshkeeper:topic', topic, value)
  return {
    current,
    open,
    send,
    show: (identity?: string): void => {
      const target = open()
      if (target.isMinimized()) target.restore()
      target.show()
      target.focus()
      if (identity !== undefined) send('window.showRoom', { room: 'identities', identity })
    },
    isShowing: (): boolean => current()?.isVisible() === true && current()?.isFocused() === true,
  }
}

const menu = (): Menu | null =>
  process.platform === 'darwin' ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]) : null

/** Window, tray and notifications over a keeper that is here or elsewhere. */
export async function startApp(options: AppOptions): Promise<DesktopApp> {
  const { folders, log } = options
  await app.whenReady()
  closeAllDoors(log)
  servePage(folders.renderer)
  Menu.setApplicationMenu(menu())
  const icon = path.join(folders.resources, 'icon.png')
  let tray: KeeperTray | undefined
  const window = ownWindow(folders, icon, log, (event) => {
    if (quitting.isQuitting()) return
    event.preventDefault()
    void quitting.closed()
  })
  const drawn = firstFrame()
  const connect = async (): Promise<KeeperLink> => {
    await drawn
    return options.connect()
  }
  const feed = followKeeper({ connect, relay: window.send, onSnapshot: (snapshot) => tray?.update(snapshot) })
  const quitting = createQuitting({
    link: feed.link,
    window: window.current,
    snapshot: feed.snapshot,
    quitPreference: options.quitPreference,
    rememberQuit: options.rememberQuit,
    end: async (outcome) => {
      await options.end(outcome)
      tray?.close()
      app.exit(0)
    },
  })
  const calls = drawn.then(async () => {
    const { pageCalls } = await import('./page-calls.ts')
    return pageCalls({ link: feed.link, log, window: window.current, snapshot: feed.snapshot })
  })
  ipcMain.handle('smeshkeeper:call', async (event, name: unknown, input: unknown) => (await calls)(event, name, input))
  window.open()
  tray = createTray({ resources: folders.resources, show: window.show, quit: () => void quitting.ask() })
  app.on('second-instance', () => window.show())
  app.on('activate', () => window.show())
  app.on('window-all-closed', () => {})
  app.on('before-quit', (event) => {
    if (quitting.isQuitting()) return
    event.preventDefault()
    void quitting.ask()
  })
  powerMonitor.on('resume', () => log.info('power.resume'))
  await feed.connected
  return {
    notify: createNotifier(icon, window.show),
    isWindowShowing: window.isShowing,
    show: window.show,
    quit: (outcome) => void quitting.finish(outcome),
  }
}
