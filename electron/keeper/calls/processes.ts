import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import type { SetupService } from '../../../shared/setup/schema.ts'
import { serviceName } from '../snapshot.ts'
import type { Session } from '../session.ts'
import { noSetup, type CallContext } from './context.ts'
import { priceOf } from './price.ts'

interface Found {
  readonly session: Session
  readonly service: SetupService
  readonly shown: IdentitySnapshot | undefined
}

type FindFault = 'process/unknown' | 'process/not-ours'

function find(context: CallContext, identity: string): Result<Found, FindFault> {
  const session = context.session()
  const service = session?.setup().services.find((one) => one.identity === identity)
  if (session === undefined || service === undefined) return fail('process/unknown', 'this identity has no service here')
  if (service.owner !== 'smeshkeeper')
    return fail('process/not-ours', `this service is run by ${service.owner}: it is watched, not started or stopped`)
  return ok({ session, service, shown: session.snapshot()?.identities.find((one) => one.id === identity) })
}

/** Remembers in the set-up what the user wants, so that it holds over restarts. */
async function remember(context: CallContext, identity: string, wanted: 'up' | 'down'): Promise<void> {
  const loaded = context.store.load().setup
  if (loaded === undefined) return
  const services = loaded.services.map((one) =>
    one.identity === identity ? { ...one, wanted, stoppedBy: wanted === 'down' ? ('user' as const) : null } : one,
  )
  await context.changeSetup({ ...loaded, services })
}

export function serviceCalls(context: CallContext): AppHandlers['service'] {
  return {
    async start({ identity }) {
      const found = find(context, identity)
      if (!found.ok) return found
      await remember(context, identity, 'up')
      return found.value.session.processes.start(serviceName(identity))
    },
    async stop({ identity, confirmed }) {
      const found = find(context, identity)
      if (!found.ok) return found
      const price = found.value.shown === undefined ? undefined : priceOf(found.value.shown, context.clock.now())
      if (!confirmed && price !== undefined && price.lostMs > 0) return fail('process/costs-work', price.sentence)
      await remember(context, identity, 'down')
      found.value.session.processes.setDesired(serviceName(identity), 'down')
      return ok(undefined)
    },
    restart({ identity, confirmed }) {
      const found = find(context, identity)
      if (!found.ok) return found
      const price = found.value.shown === undefined ? undefined : priceOf(found.value.shown, context.clock.now())
      if (!confirmed && price !== undefined && price.lostMs > 0) return fail('process/costs-work', price.sentence)
      found.value.session.processes.restartAnew(serviceName(identity))
      return ok(undefined)
    },
    price({ identity }) {
      const found = find(context, identity)
      if (!found.ok && found.fault.code === 'process/unknown') return fail('process/unknown', found.fault.detail)
      const shown = context
        .session()
        ?.snapshot()
        ?.identities.find((one) => one.id === identity)
      return shown === undefined ? fail('process/unknown', 'nothing is known of it yet') : ok(priceOf(shown, context.clock.now()))
    },
  }
}

export function nodeCalls(context: CallContext): AppHandlers['node'] {
  const mine = (): Result<Session, 'process/no-setup' | 'process/not-ours'> => {
    const session = context.session()
    if (session === undefined) return noSetup
    const { node } = session.setup()
    if (node.mode === 'attached' || node.owner !== 'smeshkeeper')
      return fail('process/not-ours', 'somebody else runs this node: it is watched, not started or stopped')
    return ok(session)
  }
  const want = async (wanted: 'up' | 'down'): Promise<void> => {
    const loaded = context.store.load().setup
    if (loaded?.node.mode === 'managed') await context.changeSetup({ ...loaded, node: { ...loaded.node, wanted } })
  }
  return {
    async start() {
      const session = mine()
      if (!session.ok) return session
      await want('up')
      return session.value.processes.start('node')
    },
    async stop({ confirmed }) {
      const session = mine()
      if (!session.ok) return fail('process/not-ours', session.fault.detail)
      const { wanted } = session.value.setup().node as { wanted?: string }
      if (!confirmed && wanted !== 'down')
        return fail(
          'process/costs-work',
          'While the node is down nothing is registered, handed over or published, and a start can take a quarter of an hour.',
        )
      await want('down')
      session.value.processes.setDesired('node', 'down')
      return ok(undefined)
    },
  }
}
