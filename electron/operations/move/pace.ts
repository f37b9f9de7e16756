import { setTimeout as sleep } from 'node:timers/promises'

/** Of one core, with some room for what a run costs between two looks. */
const MOST_SHARE = 0.9
const WINDOW_MS = 1000
/** Shorter sleeps are not worth a timer. */
const LEAST_SLEEP_MS = 2

/**
 * Waits as long as it takes for this process to have used less than one core, all of its threads together: between fast disks
 * hashing and copying would take more, and the window, or a proof, needs it.
 */
export function belowOneCore(): () => Promise<void> {
  let cpu = process.cpuUsage()
  let since = performance.now()
  return async () => {
    const { user, system } = process.cpuUsage(cpu)
    const spentMs = performance.now() - since
    const owedMs = (user + system) / 1000 / MOST_SHARE - spentMs
    if (owedMs > LEAST_SLEEP_MS) await sleep(owedMs)
    // Idle time of long ago is no credit.
    if (spentMs < WINDOW_MS) return
    cpu = process.cpuUsage()
    since = performance.now()
  }
}
