// A supervising process that is killed by the tests: starts `count` children and says when each is ready.
import path from 'node:path'
import { systemClock } from '../../../../electron/lib/clock.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { createSupervisor } from '../../../../electron/supervisor/index.ts'
import { sleepSpec } from './specs.ts'

const [folder = '', countText = '1', dieAt = ''] = process.argv.slice(2)
const supervisor = createSupervisor({ tableFile: path.join(folder, 'state', 'processes.json'), clock: systemClock, log: silentLogger })
const names = Array.from({ length: Number(countText) }, (_, i) => `child ${i}`)
await supervisor.adopt(names.map((name) => sleepSpec(folder, name)))
supervisor.onChange(() => {
  if (dieAt === 'starting') process.kill(process.pid, 'SIGKILL')
  const states = [...supervisor.states().values()]
  if (states.some((s) => s.at === 'starting' && s.pid !== undefined) && dieAt === 'spawned') process.kill(process.pid, 'SIGKILL')
  if (states.every((s) => s.at === 'ready')) {
    if (dieAt === 'left') void supervisor.leaveRunning().then(() => process.exit(0))
    else console.log(JSON.stringify(states.map((s) => ('pid' in s ? s.pid : 0))))
  }
})
for (const name of names) supervisor.setDesired(name, 'up')
setInterval(() => {}, 1000)
