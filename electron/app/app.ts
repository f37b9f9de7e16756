import { app, BrowserWindow, dialog, Menu, powerMonitor } from 'electron'
import path from 'node:path'
import { applyDelta, type AppSnapshot, type SnapshotDelta } from '../../shared/ipc/snapshot.ts'
import type { DesktopNotice } from '../alerts/index.ts'
import type { KeeperLink } from '../ipc/index.ts'
import type { Logger } from '../lib/logger.ts'
import { createMainWindow } from './main-window.ts'
import { createNotifier } from './notifier.ts'
import { bindPageCalls } from './page-calls.ts'
import { closeAllDoors, registerScheme, servePage } from './security.ts'
import { createTray, type KeeperTray } from './tray.ts'

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
  readonly end: (outcome: 'leave-running' | 'stop-all') => Promise<void>
  readonly quitPreference: () => Promise<'ask' | 'tray' | 'leave-running' | 'stop-all'>
  readonly rememberQuit: (choice: 'tray' | 'leave-running' | 'stop-all') => Promise<void>
}

export interface DesktopApp {
  /** @returns a sentence when it could not be shown */
  notify(notice: DesktopNotice): Promise<string | undefined>
  isWindowShowing(): boolean
  show(identity?: string): void
  quit(outcome: 'leave-running' | 'stop-all'): void
}

/** Everything that must happen before Electron is ready. */
export function prepareApp(): boolean {
  registerScheme()
  // As root Chromium runs without its sandbox or not at all; the user then said so on the command line.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  return app.requestSingleInstanceLock()
}

/** Window, tray and notifications over a keeper that is here or elsewhere. */
export async function startApp(options: AppOptions): Promise<DesktopApp> {
  const { folders, log } = options
  await app.whenReady()
  closeAllDoors(log)
  servePage(folders.renderer)
  Menu.setApplicationMenu(
    process.platform === 'darwin' ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]) : null,
  )
  const icon = path.join(folders.resources, 'icon.png')
  let window: BrowserWindow | undefined
  let tray: KeeperTray | undefined
  let snapshot: AppSnapshot | undefined
  let isQuitting = false

  const finish = async (outcome: 'leave-running' | 'stop-all'): Promise<void> => {
    if (isQuitting) return
    isQuitting = true
    await options.end(outcome)
    tray?.close()
    app.exit(0)
  }

  /** Asked once, remembered: stay in the tray, leave everything running, stop everything. */
  const quit = async (): Promise<void> => {
    const preference = await options.quitPreference()
    if (preference === 'tray') {
      window?.hide()
      return
    }
    if (preference !== 'ask') return finish(preference)
    const question = {
      type: 'question' as const,
      message: 'What happens when you quit?',
      detail:
        'Proofs take hours and have no checkpoint. Leaving everything running costs nothing; stopping everything loses proofs that are being made.',
      buttons: ['Keep smeshing in the tray', 'Quit, leave everything running', 'Stop everything', 'Cancel'],
      defaultId: 1,
      cancelId: 3,
      noLink: true,
      checkboxLabel: 'Remember this',
    }
    const { response, checkboxChecked } =
      window === undefined ? await dialog.showMessageBox(question) : await dialog.showMessageBox(window, question)
    const choice = (['tray', 'leave-running', 'stop-all'] as const)[response]
    if (choice === undefined) return
    if (checkboxChecked) await options.rememberQuit(choice)
    if (choice === 'tray') window?.hide()
    else await finish(choice)
  }

  const open = (): BrowserWindow => {
    if (window !== undefined && !window.isDestroyed()) return window
    window = createMainWindow({
      preload: folders.preload,
      stateFolder: folders.state,
      icon,
      log,
      onClose: (event) => {
        if (isQuitting) return
        event.preventDefault()
        if (tray === undefined) void quit()
        else window?.hide()
      },
    })
    return window
  }
  const show = (identity?: string): void => {
    const target = open()
    if (target.isMinimized()) target.restore()
    target.show()
    target.focus()
    if (identity !== undefined) target.webContents.send('smeshkeeper:topic', 'window.showRoom', { room: 'identity', identity })
  }

  const link = options.connect().then((connected) => {
    connected.onTopic((name, value) => {
      if (window !== undefined && !window.isDestroyed()) window.webContents.send('smeshkeeper:topic', name, value)
      if (name !== 'app.changed') return
      const next = snapshot === undefined ? undefined : applyDelta(snapshot, value as SnapshotDelta)
      if (next === undefined) return void refresh(connected)
      snapshot = next
      tray?.update(snapshot)
    })
    void refresh(connected)
    return connected
  })
  const refresh = async (connected: KeeperLink): Promise<void> => {
    const whole = await connected.call('app.snapshot', undefined)
    if (!whole.ok) return
    snapshot = whole.value as AppSnapshot
    tray?.update(snapshot)
  }
  /** The page may ask before the keeper is there: its calls wait. */
  const lateLink: KeeperLink = {
    call: async (name, input) => (await link).call(name, input),
    onTopic: () => () => {},
  }
  bindPageCalls({ link: lateLink, log, window: () => window, snapshot: () => snapshot })
  open()
  tray = createTray({ resources: folders.resources, show, quit: () => void quit() })
  app.on('second-instance', () => show())
  app.on('activate', () => show())
  app.on('window-all-closed', () => {})
  app.on('before-quit', (event) => {
    if (isQuitting) return
    event.preventDefault()
    void quit()
  })
  powerMonitor.on('resume', () => log.info('power.resume'))
  await link
  return {
    notify: createNotifier(icon, show),
    isWindowShowing: () => window !== undefined && !window.isDestroyed() && window.isVisible() && window.isFocused(),
    show,
    quit: (outcome) => void finish(outcome),
  }
}
