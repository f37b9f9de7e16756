import { existsSync } from 'node:fs'
import path from 'node:path'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import type { History } from '../history/index.ts'
import { diskSystem, lanesOf } from '../hardware/index.ts'
import type { Home } from '../lib/home.ts'
import { createFolderWatch, launchProbeBy, volumeMemoryAt, type FolderWatch } from '../pos-data/index.ts'
import type { LogSource, SessionOptions } from './session.ts'
import { serviceName, type LaneFacts } from './snapshot.ts'
import { nodeLogFile, serviceLogFile } from './wiring.ts'
import type { WorldLoop } from './world-loop.ts'

export const folderList = (setup: Setup): { identity: IdentityId; path: string }[] =>
  setup.services.map((service) => ({ identity: service.identity as IdentityId, path: service.posFolder }))

/** What the next proofs are judged by: more are as good as none. */
const PROOFS_REMEMBERED = 16

/** Accepted proofs of history, so that a restart of ours forgets no speed. */
export function earlierProofs(history: History | undefined, setup: Setup, at: number): Observation[] {
  return setup.services.map((service): Observation => {
    const identity = service.identity as IdentityId
    const proofs = history?.proofs({ identity, limit: PROOFS_REMEMBERED }) ?? []
    const samples = proofs
      .filter(({ outcome }) => outcome === 'accepted')
      .map(({ finishedAt, startedAt, bytesPerSecond, powMs, passes }) => ({
        at: finishedAt ?? startedAt,
        ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
        ...(powMs === undefined ? {} : { powMs: powMs / Math.max(1, passes) }),
      }))
    return { at, kind: 'earlier-proofs', identity, samples: samples.toReversed() }
  })
}

export function watchFolders(options: SessionOptions, setup: Setup, loop: () => WorldLoop, emit: (seen: Observation) => void): FolderWatch {
  const { clock, log, home } = options
  return createFolderWatch({
    launchProbe: (events) => {
      const { file, prefixArgs, env } = options.folderProbe()
      const { HOME, PATH, SystemRoot } = process.env
      return launchProbeBy({ binary: file, args: [...prefixArgs], env: { HOME, PATH, SystemRoot, ...env } })(events)
    },
    clock,
    log,
    memory: volumeMemoryAt(path.join(home.state, 'volumes.json'), log),
    isProving: (identity) => loop().world.identities.get(identity)?.postState?.value === 'proving',
    emit,
    folders: folderList(setup),
  })
}

/** identity → its physical disk. */
export function readLanes(setup: Setup): Map<string, LaneFacts> {
  const found = lanesOf(
    setup.services.map((service) => service.posFolder),
    diskSystem(),
  )
  return new Map(
    setup.services.flatMap((service) => {
      const lane = found.get(service.posFolder)
      return lane === undefined ? [] : [[service.identity, lane]]
    }),
  )
}

export function logSources(setup: Setup, home: Home, nameOf: (id: string) => string): LogSource[] {
  const nodeLog = nodeLogFile(setup, home.logs)
  const ownLog = path.join(home.logs, existsSync(path.join(home.logs, 'app.log')) ? 'app.log' : 'keeper.log')
  return [
    ...(nodeLog === undefined ? [] : [{ name: 'node', label: 'Node', file: nodeLog }]),
    ...setup.services.flatMap((service) => {
      const file = serviceLogFile(setup, service.identity, home.logs)
      return file === undefined ? [] : [{ name: serviceName(service.identity), label: nameOf(service.identity), file }]
    }),
    { name: 'keeper', label: 'Smeshkeeper', file: ownLog },
  ]
}
