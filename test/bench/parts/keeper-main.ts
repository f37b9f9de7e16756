// The real keeper as a headless host has it, in a process of its own. Told by its parent what to measure; SIGKILL is its end.
import path from 'node:path'
import v8 from 'node:v8'
import { readdirSync } from 'node:fs'
import vm from 'node:vm'
import { hostKeeper } from '../../../electron/host.ts'
import { launchFromSource } from '../../../electron/launch.ts'
import { theHome } from '../../../electron/lib/home.ts'
import { fileLogger } from '../../../electron/lib/logger.ts'
import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import { isTrue, type KeeperSample, type KeeperSays } from './keeper-talk.ts'

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc') as () => void

const say = (line: KeeperSays): void => void process.send?.(line)
const home = theHome()
const startedAt = Date.now()
const hosted = await hostKeeper({
  home,
  log: fileLogger(path.join(home.logs, 'keeper.log')),
  version: '0.0.0',
  kind: 'headless',
  launch: launchFromSource(path.resolve(import.meta.dirname, '../../../electron')),
  onQuit: () => process.exit(0),
})
if (!hosted.ok) throw new Error(hosted.fault.detail)
const { keeper } = hosted.value

let wasTrue = false
const look = (snapshot: AppSnapshot): void => {
  if (wasTrue || !isTrue(snapshot, startedAt)) return
  wasTrue = true
  say({ is: 'true', startedAt, at: Date.now() })
}
keeper.onTopic(() => {
  if (!wasTrue) look(keeper.snapshot())
})
look(keeper.snapshot())

/** The collection itself is no work of the keeper: its CPU is told apart. */
let collectingMs = 0
function sample(): KeeperSample {
  const before = process.cpuUsage()
  collect()
  collect()
  const spent = process.cpuUsage(before)
  collectingMs += (spent.user + spent.system) / 1000
  const { user, system } = process.cpuUsage()
  return {
    cpuMs: (user + system) / 1000 - collectingMs,
    heapBytes: process.memoryUsage().heapUsed,
    rssBytes: process.memoryUsage().rss,
    files: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
    revision: keeper.snapshot().revision,
  }
}
process.on('message', (message) => {
  if (message === 'sample') say({ is: 'sample', sample: sample() })
  if (message === 'kinds')
    say({ is: 'kinds', kinds: keeper.snapshot().identities.map((one) => one.status.kind), trouble: keeper.snapshot().setupProblem })
  if (message === 'stop-all') void hosted.value.close('stop-all').then(() => process.exit(0))
})
process.on('disconnect', () => process.exit(0))
setInterval(() => {}, 60_000)
