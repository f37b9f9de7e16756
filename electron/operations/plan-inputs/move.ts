import path from 'node:path'
import { currentGap } from '../../../shared/domain/network.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { diskSystem, lanesOf, type DiskSystem } from '../../hardware/index.ts'
import type { DiskSpeed, PlanContext } from '../context.ts'
import { planMoveData, systemBulkFiles, type MoveInput, type MoveNeed } from '../move/index.ts'
import { nameIn, ownNode, setUpWrite } from '../planning.ts'
import { planId } from '../plans/plan-parts.ts'
import type { Draft } from '../types.ts'

/** When the service of this identity is needed next, by its status and the clock of its network. */
function needOf({ statuses, setUp, now }: PlanContext, identity: string): MoveNeed {
  const status = statuses[identity]
  if (setUp === null) return { is: 'unknown' }
  const gap = currentGap(resolveNetwork(setUp.expanded.network), now)
  if (status !== undefined && ['proving', 'queued', 'handing-over', 'needs-service'].includes(status.kind))
    return { is: 'proving', price: status.sentence, gapEnd: gap.closesAt }
  return { is: 'needed-at', at: gap.isOpen ? now : gap.opensAt, gapEnd: gap.closesAt }
}

/** What was measured of the disks of two folders; a new folder is on the disk of the one above it. */
export function speedsBetween(from: string, to: string, disks: DiskSystem, known: readonly DiskSpeed[]): MoveInput['speeds'] {
  const lanes = lanesOf([from, path.dirname(to)], disks)
  const [source, target] = [lanes.get(from)?.id, lanes.get(path.dirname(to))?.id]
  const [old, next] = [source, target].map((lane) => known.find((one) => one.lane === lane))
  return {
    ...(old?.read === undefined ? {} : { read: old.read }),
    ...(next?.write === undefined ? {} : { write: next.write }),
    ...(next?.read === undefined ? {} : { readBack: next.read }),
    isOneDisk: source !== undefined && source !== 'unknown' && source === target,
  }
}

/** What the planner of a move needs of this machine and of our set-up. */
export function planMove(request: { readonly identity: string; readonly to: string }, context: PlanContext): Promise<Draft> {
  const setup = context.setUp?.expanded
  const service = setup?.services.find(({ identity }) => identity === request.identity)
  const disks = diskSystem()
  const node = ownNode(context)
  const moved = (one: Setup): Setup => ({
    ...one,
    services: one.services.map((old) => (old.identity === request.identity ? { ...old, posFolder: request.to } : old)),
  })
  const input: MoveInput = {
    id: planId('move-data', context),
    now: context.now,
    identity: { id: request.identity, name: nameIn(context, request.identity) },
    from: service?.posFolder ?? null,
    owner: service?.owner ?? 'smeshkeeper',
    others: (setup?.services ?? [])
      .filter(({ identity }) => identity !== request.identity)
      .map(({ identity, posFolder }) => ({ name: nameIn(context, identity), posFolder })),
    ...(node === undefined ? {} : { node }),
    system: { platform: context.platform, mounts: disks.mounts(), resolve: (folder) => disks.resolve(folder) },
    bulk: systemBulkFiles,
    speeds: service === undefined ? {} : speedsBetween(service.posFolder, request.to, disks, context.diskSpeeds),
    need: needOf(context, request.identity),
    setUp: setUpWrite(context, moved),
  }
  return planMoveData(request, input)
}
