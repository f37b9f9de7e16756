import { fail, type Result } from '../../../shared/domain/fault.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Home } from '../../lib/home.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Session } from '../session.ts'
import type { SetupStore } from '../setup-store.ts'

/** What the handlers of all calls share. */
export interface CallContext {
  readonly home: Home
  readonly clock: Clock
  readonly log: Logger
  readonly store: SetupStore
  session(): Session | undefined
  /** Saves and puts into effect. */
  changeSetup(setup: Setup): Promise<Result<void, 'setup/not-written'>>
}

export const noSetup = fail('process/no-setup', 'nothing is set up yet')
