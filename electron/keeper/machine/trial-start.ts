import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { ProcessState } from '../../../shared/domain/process.ts'
import type { ReadyIdentity } from '../../../shared/domain/readiness-rules.ts'
import type { SetupService } from '../../../shared/setup/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Session } from '../session.ts'
import { serviceName } from '../snapshot.ts'

/** identity → what its service did when it was looked at. */
export type Trials = ReadonlyMap<string, ReadyIdentity['service']>

/** A service answers within seconds: it reads its metadata and waits. */
const WAIT_MS = 60_000
const LOOK_MS = 250
/** So many are started at once: each is a process that opens its folder. */
const AT_ONCE = 4

/**
 * Starts each service of ours that does not run, as the gap will. A service that is started `when-due` and not needed is
 * stopped again by the policy as soon as it was idle for a while; nothing that runs is touched.
 */
export async function tryServices(session: Session, clock: Clock): Promise<Trials> {
  const found = new Map<string, ReadyIdentity['service']>()
  const queue = [...session.setup().services]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      found.set(next.identity, await tryService(session, clock, next))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}

async function tryService(session: Session, clock: Clock, service: SetupService): Promise<ReadyIdentity['service']> {
  const operator = session.world.identities.get(service.identity as IdentityId)?.operator?.value
  const isHeard = operator?.is === 'idle' || operator?.is === 'proving' || operator?.is === 'done'
  if (service.owner !== 'smeshkeeper') return isHeard ? { is: 'answers' } : { is: 'foreign' }
  if (service.wanted === 'down') return { is: 'stopped-by-user' }
  const name = serviceName(service.identity)
  const before = session.processes.state(name)
  if (before === undefined) return { is: 'fails', text: session.processes.problems()[0] ?? 'the set-up cannot run it' }
  if (before.at === 'ready') return { is: 'answers' }
  const begun = await session.processes.start(name)
  if (!begun.ok) return { is: 'fails', text: begun.fault.detail }
  return settled(() => session.processes.state(name), clock)
}

function settled(read: () => ProcessState | undefined, clock: Clock): Promise<ReadyIdentity['service']> {
  const until = clock.monotonic() + WAIT_MS
  return new Promise((resolve) => {
    const look = (): void => {
      const state = read()
      if (state?.at === 'ready') return resolve({ is: 'answers' })
      if (state?.at === 'failed' || state?.at === 'exited' || state?.at === 'backoff')
        return resolve({ is: 'fails', text: lastWords(state) })
      if (clock.monotonic() >= until) return resolve({ is: 'fails', text: 'it does not answer within a minute' })
      clock.after(LOOK_MS, look)
    }
    look()
  })
}

const lastWords = ({ last }: Extract<ProcessState, { readonly last: unknown }>): string =>
  last.cause ?? (last.code === undefined ? 'it ended' : `it ended with code ${last.code}`)
