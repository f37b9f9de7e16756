import type { Action } from '../../shared/domain/decide.ts'
import { assertNever } from '../../shared/domain/fault.ts'
import type { Logger } from '../lib/logger.ts'
import type { ProcessState } from '../../shared/domain/process.ts'
import { serviceName } from './snapshot.ts'

/** What actions need of the processes; the supervisor itself, or one that looks before it starts. */
export interface Startable {
  state(name: string): ProcessState | undefined
  setDesired(name: string, desired: 'up' | 'down'): void
  restart(name: string): void
}

/** Does what was decided; doing it twice is harmless, since the next decision sees the new state. */
export function performActions(actions: readonly Action[], supervisor: Startable, log: Logger): void {
  for (const action of actions) {
    if (action.do === 'start-node') {
      if (supervisor.state('node') === undefined) continue
      log.info('action.start-node', { why: action.why })
      supervisor.setDesired('node', 'up')
      continue
    }
    const name = serviceName(action.identity)
    if (supervisor.state(name) === undefined) continue // cannot be run: why is in the set-up's problems
    log.info(`action.${action.do}`, { identity: action.identity, why: action.why })
    switch (action.do) {
      case 'start-service':
        supervisor.setDesired(name, 'up')
        break
      case 'stop-service':
        supervisor.setDesired(name, 'down')
        break
      case 'restart-service':
        supervisor.restart(name)
        break
      default:
        assertNever(action)
    }
  }
}
