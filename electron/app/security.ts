import { app, protocol, session, type Session, type WebContents } from 'electron'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from '../lib/logger.ts'

export const PAGE_ORIGIN = 'app://smeshkeeper'
export const PAGE_URL = `${PAGE_ORIGIN}/index.html`

/** No network, no inline code, no frames, no plug-ins. Styles set by script go through CSSOM, which this allows. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** What the page is made of; anything else is not served. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** The only pages that a click may open outside, by name. */
export const LINKS: Readonly<Record<string, string>> = {
  project: 'https://smeshkeeper.invalid/',
  spacemesh: 'https://docs.spacemesh.io/',
  releases: 'https://github.com/spacemeshos/go-spacemesh/releases',
}

/** Must run before `app` is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/** Path below `root` that a URL of our scheme names, or `undefined` for anything else. */
export function pageFile(root: string, url: string): string | undefined {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    return undefined
  }
  if (parsed.protocol !== 'app:' || parsed.host !== 'smeshkeeper') return undefined
  let name: string
  try {
    name = decodeURIComponent(parsed.pathname)
  } catch {
    return undefined
  }
  if (name.includes('\0')) return undefined
  const file = path.normalize(path.join(root, name))
  return file.startsWith(root + path.sep) ? file : undefined
}

/** Serves the renderer from `root` with the strict policy on every answer. */
export function servePage(root: string): void {
  protocol.handle('app', async (request) => {
    const file = pageFile(root, request.url)
    if (file === undefined || request.method !== 'GET') return new Response('', { status: 403 })
    const type = MEDIA_TYPES[path.extname(file)]
    if (type === undefined) return new Response('', { status: 404 })
    try {
      const headers = { 'content-type': type, 'content-security-policy': CONTENT_SECURITY_POLICY, 'x-content-type-options': 'nosniff' }
      return new Response(new Uint8Array(await readFile(file)), { headers })
    } catch {
      return new Response('', { status: 404 })
    }
  })
}

/** Denies permissions, devices, downloads and every request that is not our own page. */
function closeSession(target: Session): void {
  target.setPermissionRequestHandler((_contents, _permission, callback) => callback(false))
  target.setPermissionCheckHandler(() => false)
  target.setDevicePermissionHandler(() => false)
  target.on('will-download', (event) => event.preventDefault())
  target.webRequest.onBeforeRequest((details, callback) => {
    const isOwn = details.url.startsWith(`${PAGE_ORIGIN}/`) || details.url.startsWith('data:') || details.url.startsWith('devtools:')
    callback({ cancel: !isOwn })
  })
}

function closeContents(contents: WebContents, log: Logger): void {
  const deny = (event: { preventDefault(): void }, url: string): void => {
    if (url === PAGE_URL) return
    event.preventDefault()
    log.warn('window.navigation-denied', { url: url.slice(0, 200) })
  }
  contents.on('will-navigate', (event) => deny(event, event.url))
  contents.on('will-redirect', (event) => deny(event, event.url))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    log.warn('window.open-denied', { url: url.slice(0, 200) })
    return { action: 'deny' }
  })
}

/** Call once the app is ready. */
export function closeAllDoors(log: Logger): void {
  closeSession(session.defaultSession)
  app.on('web-contents-created', (_event, contents) => closeContents(contents, log))
}

/** Only the main frame of our own page may call. */
export function isOwnSender(frame: { url: string; parent: unknown } | null): boolean {
  return frame !== null && frame.parent === null && (frame.url === PAGE_URL || frame.url.startsWith(`${PAGE_URL}#`))
}
