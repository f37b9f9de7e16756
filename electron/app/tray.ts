import { Menu, nativeImage, nativeTheme, Tray } from 'electron'
import path from 'node:path'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import { trayView, type TrayIcon } from './tray-menu.ts'

interface Options {
  readonly resources: string
  readonly show: (identity?: string) => void
  readonly quit: () => void
}

export interface KeeperTray {
  update(snapshot: AppSnapshot | undefined): void
  close(): void
}

function imageOf(resources: string, icon: TrayIcon): Electron.NativeImage {
  if (process.platform === 'darwin') {
    const image = nativeImage.createFromPath(path.join(resources, 'tray', `tray-${icon}Template.png`))
    image.setTemplateImage(true)
    return image
  }
  const tone = nativeTheme.shouldUseDarkColors || process.platform === 'linux' ? 'ondark' : 'onlight'
  return nativeImage.createFromPath(path.join(resources, 'tray', `tray-${icon}-${tone}-${process.platform === 'win32' ? 16 : 22}.png`))
}

/** The tray; redrawn only when what it says changed. */
export function createTray({ resources, show, quit }: Options): KeeperTray {
  const tray = new Tray(imageOf(resources, 'offline'))
  let last = ''
  tray.on('click', () => show())
  const update = (snapshot: AppSnapshot | undefined): void => {
    const view = trayView(snapshot)
    const now = JSON.stringify(view)
    if (now === last) return
    last = now
    tray.setImage(imageOf(resources, view.icon))
    tray.setToolTip(view.tooltip)
    const { lines } = view
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: view.tooltip, enabled: false },
        ...(lines.length === 0 ? [] : [{ type: 'separator' as const }]),
        ...lines.map((line) => ({ label: line.label, click: () => show(line.identity) })),
        { type: 'separator' },
        { label: 'Open Smeshkeeper', click: () => show() },
        { label: 'Quit…', click: quit },
      ]),
    )
  }
  update(undefined)
  return { update, close: () => tray.destroy() }
}
