import { Notification } from 'electron'
import type { DesktopNotice } from '../alerts/index.ts'

const SHOWN_WITHIN_MS = 5_000
const BRIEF_MS = 8_000

/**
 * Native notifications. One under the same tag replaces the one before it, as a group that grows; what needs the user
 * stays until it is seen.
 */
export function createNotifier(icon: string, open: (identity?: string) => void): (notice: DesktopNotice) => Promise<string | undefined> {
  // A notification that is collected loses its click: those on screen are kept here.
  const onScreen = new Map<string, Notification>()
  return (notice) => {
    if (!Notification.isSupported()) return Promise.resolve('this desktop shows no notifications')
    onScreen.get(notice.tag)?.close()
    const { tag, title, body, severity, isLasting, identity } = notice
    const urgency = severity === 'bad' ? 'critical' : severity === 'warn' ? 'normal' : 'low'
    const notification = new Notification({ title, body, icon, urgency, timeoutType: isLasting ? 'never' : 'default' })
    onScreen.set(tag, notification)
    const forget = (): void => {
      if (onScreen.get(tag) === notification) onScreen.delete(tag)
    }
    notification.on('close', forget)
    notification.on('click', () => {
      forget()
      open(identity)
    })
    if (!isLasting) setTimeout(() => notification.close(), BRIEF_MS)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('the desktop did not take it'), SHOWN_WITHIN_MS)
      const settle = (problem: string | undefined): void => {
        clearTimeout(timer)
        resolve(problem)
      }
      notification.once('show', () => settle(undefined))
      notification.once('failed', (_event, error) => settle(error))
      notification.show()
    })
  }
}
