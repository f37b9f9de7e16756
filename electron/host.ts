import { fail, ok, type Result } from '../shared/domain/fault.ts'
import { contract } from '../shared/ipc/contract.ts'
import { dispatch, startSocketServer, type KeeperLink } from './ipc/index.ts'
import { createKeeper, type Keeper } from './keeper/index.ts'
import { systemClock } from './lib/clock.ts'
import { tryLock } from './lib/file-lock.ts'
import type { Home } from './lib/home.ts'
import type { Logger } from './lib/logger.ts'
import type { Launch } from './launch.ts'

/** The keeper in this process, reachable here and over the local socket. */
export interface Hosted {
  readonly link: KeeperLink
  readonly keeper: Keeper
  /** Ends the keeper. Children go on unless `stop-all`. */
  close(outcome: 'leave-running' | 'stop-all'): Promise<void>
}

interface Options {
  readonly home: Home
  readonly log: Logger
  readonly version: string
  readonly kind: 'app' | 'headless'
  readonly launch: Launch
  /** Most identities of a practice network. */
  readonly practiceIdentities?: number
  /** Shows one desktop message; absent where there is no desktop. */
  readonly notify?: Parameters<typeof createKeeper>[0]['notify']
  readonly isWindowShowing?: () => boolean
  readonly keyring?: Parameters<typeof createKeeper>[0]['keyring']
  readonly keepAwake?: Parameters<typeof createKeeper>[0]['keepAwake']
  /** Starts and watches nothing. */
  readonly isQuiet?: boolean
  /** The contract's `app.quit`. */
  readonly onQuit: (outcome: 'leave-running' | 'stop-all') => void
}

/**
 * Hosts the keeper when nobody else does: whoever holds the lock on `keeper.lock` is the keeper.
 * @fault `host/held` somebody hosts already (be its client); `host/unavailable` the home cannot be used
 */
export async function hostKeeper(options: Options): Promise<Result<Hosted, 'host/held' | 'host/unavailable'>> {
  const { home, log, version, kind } = options
  const lock = tryLock(home.lockFile)
  if (!lock.ok) return fail(lock.fault.code === 'lock/held' ? 'host/held' : 'host/unavailable', lock.fault.detail)
  const keeper = await createKeeper({
    home,
    clock: systemClock,
    log,
    version,
    hostKind: kind,
    launch: options.launch,
    onQuit: options.onQuit,
    ...(options.practiceIdentities === undefined ? {} : { practiceIdentities: options.practiceIdentities }),
    ...(options.notify === undefined ? {} : { notify: options.notify }),
    ...(options.isWindowShowing === undefined ? {} : { isWindowShowing: options.isWindowShowing }),
    ...(options.keyring === undefined ? {} : { keyring: options.keyring }),
    ...(options.keepAwake === undefined ? {} : { keepAwake: options.keepAwake }),
    ...(options.isQuiet === undefined ? {} : { isQuiet: options.isQuiet }),
  })
  const calls = { contract, handlers: keeper.handlers, log }
  const link: KeeperLink = { call: (name, input) => dispatch(calls, name, input), onTopic: (listener) => keeper.onTopic(listener) }
  const server = await startSocketServer(link, { socketPath: home.socket, version, log })
  if (!server.ok) {
    await keeper.close('leave-running')
    lock.value.release()
    return fail('host/unavailable', server.fault.detail)
  }
  let closing: Promise<void> | undefined
  return ok({
    link,
    keeper,
    close(outcome) {
      closing ??= (async () => {
        await server.value.close()
        await keeper.close(outcome)
        lock.value.release()
      })()
      return closing
    },
  })
}
