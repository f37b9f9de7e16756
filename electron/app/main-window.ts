import { BrowserWindow, nativeTheme, screen } from 'electron'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import type { Logger } from '../lib/logger.ts'
import { textOf } from '../../shared/domain/fault.ts'
import { PAGE_URL } from './security.ts'

interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly isMaximized: boolean
}

/** By hand: a schema library would be loaded before the first frame for this alone. */
export function asPlace(value: unknown): Place | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { x, y, width, height, isMaximized } = value as Readonly<Record<string, unknown>>
  const isNumber = (one: unknown): one is number => typeof one === 'number' && Number.isFinite(one)
  if (!isNumber(x) || !isNumber(y) || !isNumber(width) || !isNumber(height) || typeof isMaximized !== 'boolean') return undefined
  return width >= 400 && height >= 300 ? { x, y, width, height, isMaximized } : undefined
}

/** Where the window was; a damaged or off-screen place is forgotten. */
function readPlace(file: string): Place | undefined {
  try {
    const place = asPlace(JSON.parse(readFileSync(file, 'utf8')))
    if (place === undefined) return undefined
    const isVisible = screen
      .getAllDisplays()
      .some(({ workArea: a }) => place.x < a.x + a.width && place.x + place.width > a.x && place.y < a.y + a.height && place.y >= a.y - 8)
    return isVisible ? place : undefined
  } catch {
    return undefined
  }
}

interface Options {
  readonly preload: string
  readonly stateFolder: string
  readonly icon: string
  readonly log: Logger
  /** Closing hides into the tray when there is one. */
  readonly onClose: (event: { preventDefault(): void }) => void
}

export function createMainWindow({ preload, stateFolder, icon, log, onClose }: Options): BrowserWindow {
  const placeFile = path.join(stateFolder, 'window.json')
  const place = readPlace(placeFile)
  const window = new BrowserWindow({
    width: place?.width ?? 1280,
    height: place?.height ?? 800,
    ...(place === undefined ? {} : { x: place.x, y: place.y }),
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'Smeshkeeper',
    icon,
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#0F1312' : '#F4F5F2',
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, spellcheck: false },
  })
  if (place?.isMaximized === true) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', (event) => {
    try {
      writeFileAtomic(placeFile, JSON.stringify({ ...window.getNormalBounds(), isMaximized: window.isMaximized() }))
    } catch (cause: unknown) {
      log.warn('window.place-not-kept', { error: textOf(cause) })
    }
    onClose(event)
  })
  window.webContents.on('render-process-gone', (_event, details) => {
    log.error('window.renderer-gone', { reason: details.reason })
    if (details.reason !== 'clean-exit' && !window.isDestroyed()) window.reload()
  })
  window.loadURL(PAGE_URL).catch((cause: unknown) => log.error('window.not-loaded', { error: textOf(cause) }))
  return window
}
