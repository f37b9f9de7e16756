import { ok, type Result } from '../../shared/domain/fault.ts'
import type { IdentitySnapshot } from '../../shared/ipc/snapshot.ts'
import { api } from './api.ts'

export type ServiceAction = 'start' | 'stop' | 'restart'

/** Which actions make sense: only for our own service, by what its process does. */
export function actionsOf(identity: IdentitySnapshot): readonly ServiceAction[] {
  const { service } = identity
  if (service === undefined || service.owner !== 'smeshkeeper') return []
  switch (service.process?.at) {
    case 'ready':
    case 'starting':
      return ['stop', 'restart']
    case 'backoff':
      return ['stop', 'start']
    case 'stopping':
      return []
    default:
      return ['start']
  }
}

/**
 * Stops or restarts after the price is known: harmless ones at once, costly ones only after the user said yes to the
 * question that main draws. `false` = the user said no.
 */
export async function actOnService(action: ServiceAction, identity: string): Promise<Result<boolean>> {
  const { service, window } = api()
  if (action === 'start') {
    const started = await service.start({ identity })
    return started.ok ? ok(true) : started
  }
  const price = await service.price({ identity })
  if (!price.ok) return price
  if (price.value.lostMs > 0) {
    const answer = await window.confirm({ question: action === 'stop' ? 'stop-service' : 'restart-service', identity })
    if (!answer.ok) return answer
    if (!answer.value.confirmed) return ok(false)
  }
  const done = await service[action]({ identity, confirmed: price.value.lostMs > 0 })
  return done.ok ? ok(true) : done
}
