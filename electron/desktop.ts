import { app } from 'electron'
import path from 'node:path'
import type { Setup } from '../shared/setup/schema.ts'
import type { DesktopNotice } from './alerts/index.ts'
import { prepareApp, startApp, type DesktopApp } from './app/app.ts'
import { desktopKeepAwake } from './app/keep-awake.ts'
import { desktopKeyring } from './app/keyring.ts'
import type { Hosted } from './host.ts'
import type { KeeperLink } from './ipc/index.ts'
import { launchFromSource, launchPackaged, PACKAGED_PRACTICE_IDENTITIES, type Launch } from './launch.ts'
import { theHome } from './lib/home.ts'
import { fileLogger } from './lib/logger.ts'

/** Where the pieces lie: `out/` beside `resources/`, in the package and from source alike. */
function foldersOf(state: string): { preload: string; renderer: string; resources: string; state: string } {
  const out = path.join(import.meta.dirname, '..')
  const resources = app.isPackaged ? path.join(process.resourcesPath, 'resources') : path.join(app.getAppPath(), 'resources')
  return { preload: path.join(out, 'preload', 'preload.cjs'), renderer: path.join(out, 'renderer'), resources, state }
}

/** The desktop app: hosts the keeper, or is the client of one that runs already. */
export async function runDesktop(): Promise<void> {
  const home = theHome()
  if (!process.argv.some((arg) => arg.startsWith('--user-data-dir='))) app.setPath('userData', home.profile)
  const log = fileLogger(path.join(home.logs, 'app.log'))
  process.on('uncaughtException', (cause) => log.error('app.bug', { error: cause.message, stack: cause.stack }))
  process.on('unhandledRejection', (cause) =>
    log.error('app.bug', { error: String(cause), stack: cause instanceof Error ? cause.stack : undefined }),
  )
  if (!prepareApp()) {
    app.quit()
    return
  }
  const launch: Launch = app.isPackaged
    ? launchPackaged(process.execPath, home.profile)
    : launchFromSource(path.join(app.getAppPath(), 'electron'))
  let hosted: Hosted | undefined
  let desktop: DesktopApp | undefined
  const early: DesktopNotice[] = []

  const notify = async (notice: DesktopNotice): Promise<string | undefined> => {
    if (desktop !== undefined) return desktop.notify(notice)
    early.push(notice) // the keeper is quicker than the window
    return undefined
  }
  const open = async (): Promise<KeeperLink> => {
    const [{ hostKeeper }, { connectKeeper }] = await Promise.all([import('./host.ts'), import('./ipc/index.ts')])
    const host = await hostKeeper({
      home,
      log,
      version: app.getVersion(),
      kind: 'app',
      launch,
      ...(app.isPackaged ? { practiceIdentities: PACKAGED_PRACTICE_IDENTITIES } : {}),
      notify,
      isWindowShowing: () => desktop?.isWindowShowing() ?? false,
      keyring: desktopKeyring(home.state, log),
      keepAwake: desktopKeepAwake(log),
      onQuit: (outcome) => desktop?.quit(outcome),
    })
    if (host.ok) {
      hosted = host.value
      return host.value.link
    }
    log.info('app.client', { why: host.fault.detail })
    const remote = await connectKeeper(home.socket, app.getVersion())
    if (remote.ok) return remote.value
    log.error('app.no-keeper', { code: remote.fault.code, detail: remote.fault.detail })
    return { call: () => Promise.resolve(host.fault.code === 'host/held' ? remote : host), onTopic: () => () => {} }
  }
  // The keeper is the larger part of the program: the window is there before it is read.
  const connect = async (): Promise<KeeperLink> => (await import('./ipc/index.ts')).lastingLink(open)
  // Log-out, shutdown and `kill` ask nothing: everything goes on and is adopted at the next start. Chromium takes these
  // signals for itself while it starts, so ours come after it.
  void app.whenReady().then(() => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (desktop === undefined) app.exit(0)
        else desktop.quit('leave-running')
      })
    }
    return undefined
  })
  const readSetup = async (): Promise<Setup | undefined> => {
    const read = await hosted?.link.call('setup.read', undefined)
    return read?.ok === true ? (read.value as { setup: Setup | undefined }).setup : undefined
  }
  desktop = await startApp({
    folders: foldersOf(home.state),
    log,
    connect,
    end: async (outcome) => hosted?.close(outcome),
    quitPreference: async () => (hosted === undefined ? 'leave-running' : ((await readSetup())?.onQuit ?? 'ask')),
    rememberQuit: async (choice) => {
      const setup = await readSetup()
      if (setup !== undefined) await hosted?.link.call('setup.save', { setup: { ...setup, onQuit: choice } })
    },
  })
  for (const notice of early) await desktop.notify(notice)
}
