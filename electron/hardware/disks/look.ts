import type { DiskFolder, DiskReport } from '../../../shared/domain/machine.ts'
import type { HostSystem } from '../host.ts'
import { lanePartsOf, type LaneParts } from '../lanes.ts'
import type { DiskSystem } from '../system.ts'
import { linuxFacts } from './linux.ts'
import { macFacts } from './mac.ts'
import { windowsFacts } from './windows.ts'

/** What the system tells of one lane without touching its volumes. */
export type DiskFacts = Pick<
  DiskReport,
  'id' | 'label' | 'detail' | 'media' | 'bus' | 'sizeBytes' | 'shingled' | 'smart' | 'sleepsAfterMs' | 'volumes' | 'folders'
>

/** What each platform finds out beside the lane itself. */
export type PlatformFacts = Pick<DiskFacts, 'media' | 'bus' | 'sizeBytes' | 'shingled' | 'smart' | 'sleepsAfterMs'> & {
  /** Better than what the lane itself says. */
  readonly detail?: string
}

export interface LookOptions {
  readonly system: DiskSystem
  readonly host: HostSystem
  /** Size of a volume as it was last told: asking a dead one ourselves could take forever. */
  readonly space?: (folder: string) => { readonly totalBytes: number; readonly freeBytes: number } | undefined
}

/** Every disk that holds one of `folders`, in their order; folders that share a spindle are in one. Never rejects. */
export async function lookAtDisks(folders: readonly DiskFolder[], { system, host, space }: LookOptions): Promise<readonly DiskFacts[]> {
  const parts = lanePartsOf(
    folders.map(({ path }) => path),
    system,
  )
  const lanes = new Map<string, { readonly parts: LaneParts; readonly folders: DiskFolder[] }>()
  for (const folder of folders) {
    const found = parts.get(folder.path)
    if (found === undefined) continue
    const lane = lanes.get(found.lane.id) ?? { parts: found, folders: [] }
    lane.folders.push(folder)
    lanes.set(found.lane.id, lane)
  }
  const facts = await platformFacts(
    [...lanes.values()].map((lane) => lane.parts),
    { system, host },
  )
  return [...lanes.values()].map((lane, at) => ({
    ...lane.parts.lane,
    ...(facts[at] ?? UNKNOWN),
    volumes: volumesOf(lane.folders, parts, space),
    folders: lane.folders,
  }))
}

const UNKNOWN: PlatformFacts = {
  media: 'unknown',
  bus: 'unknown',
  shingled: 'unknown',
  smart: { is: 'unreadable', text: 'The system does not tell the health of this disk.' },
}

function platformFacts(
  lanes: readonly LaneParts[],
  { system, host }: Pick<LookOptions, 'system' | 'host'>,
): Promise<readonly PlatformFacts[]> {
  switch (system.platform) {
    case 'linux':
      return linuxFacts(lanes, system, host)
    case 'darwin':
      return macFacts(lanes, host)
    case 'win32':
      return windowsFacts(lanes, host)
    default:
      return Promise.resolve([])
  }
}

function volumesOf(
  folders: readonly DiskFolder[],
  parts: ReadonlyMap<string, LaneParts>,
  space: LookOptions['space'],
): DiskFacts['volumes'] {
  const volumes = new Map<string, DiskFacts['volumes'][number]>()
  for (const { path } of folders) {
    const found = parts.get(path)
    const mountPoint = found?.mount?.mountPoint ?? found?.disks[0]?.label
    if (mountPoint === undefined || volumes.has(mountPoint)) continue
    const isReadOnly = /(?:^|,)(ro|read-only)(?:,|$)/.test((found?.mount?.superOptions ?? '').replaceAll(', ', ','))
    volumes.set(mountPoint, {
      mountPoint,
      fsType: found?.mount?.fsType ?? '',
      ...space?.(path),
      ...(isReadOnly ? { isReadOnly } : {}),
    })
  }
  return [...volumes.values()]
}
