import { powerMonitor, powerSaveBlocker } from 'electron'
import type { KeepAwake } from '../keeper/index.ts'
import type { Logger } from '../lib/logger.ts'

/** The desktop's own way: the screen may go dark, the system goes on. */
export function desktopKeepAwake(log: Logger): KeepAwake {
  let held: number | undefined
  powerMonitor.on('suspend', () => log.info('power.suspend', { wasHeld: held !== undefined }))
  return {
    canHold: true,
    set(isWanted, why) {
      if (isWanted && held === undefined) {
        held = powerSaveBlocker.start('prevent-app-suspension')
        log.info('awake.held', { why })
      } else if (!isWanted && held !== undefined) {
        powerSaveBlocker.stop(held)
        held = undefined
        log.info('awake.let-go')
      }
    },
  }
}
