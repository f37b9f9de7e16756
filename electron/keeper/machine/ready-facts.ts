import { assertNever } from '../../../shared/domain/fault.ts'
import { isFresh, limitsFor } from '../../../shared/domain/freshness.ts'
import type { IdentityId, UnixMs } from '../../../shared/domain/ids.ts'
import type { ReadyFacts, ReadyIdentity } from '../../../shared/domain/readiness-rules.ts'
import type { IdentityBelief, World } from '../../../shared/domain/world.ts'
import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { Session } from '../session.ts'
import type { Trials } from './trial-start.ts'

type Limits = ReturnType<typeof limitsFor>

function volumeOf(belief: IdentityBelief | undefined, world: World, now: UnixMs, limits: Limits): ReadyIdentity['volume'] {
  const seen = belief?.volume
  if (seen === undefined || !isFresh(world, now, seen, limits.volume)) return 'unknown'
  return seen.value.is === 'mounted' ? 'there' : seen.value.is
}

function filesOf(belief: IdentityBelief | undefined, world: World, now: UnixMs, limits: Limits): ReadyIdentity['files'] {
  const seen = belief?.folder
  if (seen === undefined || !isFresh(world, now, seen, limits.posFolder))
    return { is: 'unknown', text: 'Its files were not looked at today.' }
  const { value } = seen
  if (value.is !== 'present') return { is: 'wrong', text: `its folder is ${value.is.replaceAll('-', ' ')}` }
  const bad = value.problems.filter((one) => one.is !== 'long')
  if (bad.length === 0) return { is: 'whole' }
  return {
    is: 'wrong',
    text: bad.length === 1 ? `${bad[0]?.file ?? 'a file'} is ${bad[0]?.is ?? 'wrong'}` : `${bad.length} files are missing or short`,
  }
}

/** Every identity that has a service, as it stands now. */
export function identityFacts(session: Session, setup: Setup, trials: Trials, now: UnixMs): readonly ReadyIdentity[] {
  const { world } = session
  const shown = new Map(session.snapshot()?.identities.map((one) => [one.id, one]))
  const limits = limitsFor(resolveNetwork(setup.network))
  return setup.services.flatMap((service) => {
    const one = shown.get(service.identity)
    if (one === undefined) return []
    const belief = world.identities.get(service.identity as IdentityId)
    return [
      {
        id: one.id,
        name: one.name,
        status: one.status,
        volume: volumeOf(belief, world, now, limits),
        files: filesOf(belief, world, now, limits),
        service: trials.get(service.identity) ?? { is: 'unknown', text: 'nobody has looked' },
      },
    ]
  })
}

export function nodeFacts(snapshot: AppSnapshot | undefined): ReadyFacts['node'] {
  const node = snapshot?.node
  if (node === undefined) return { is: 'unknown', text: 'Nobody has heard of the node.' }
  const { kind } = node
  switch (kind) {
    case 'synced':
      return { is: 'synced', text: node.sentence }
    case 'syncing':
    case 'starting':
      return { is: 'behind', text: node.sentence }
    case 'stopped':
    case 'failed':
    case 'unreachable':
    case 'none':
      return { is: 'down', text: node.sentence }
    case 'unknown':
      return { is: 'unknown', text: node.sentence }
    default:
      return assertNever(kind)
  }
}
