import type { FoundProcess } from '../../../shared/domain/inventory.ts'
import { OperationStopped } from '../types.ts'
import type { Target } from './data.ts'
import type { ForeignManagers } from './managers.ts'

const bare = (folder: string): string => folder.replace(/(?<=.)[\\/]+$/, '')

interface Uses {
  readonly folders: readonly string[]
  /** Smapp itself counts, whatever folder it uses. */
  readonly smapp?: boolean
  readonly but?: readonly number[]
  /** What these run themselves does not count. */
  readonly butOf?: readonly Target[]
  /** Also what this Smeshkeeper started itself: on the way back, and when another manager gets it. */
  readonly withOurs: boolean
}

/** Programs that use one of these folders. */
export async function usersOf(
  managers: ForeignManagers,
  { folders, smapp = false, but = [], butOf = [], withOurs }: Uses,
): Promise<readonly FoundProcess[]> {
  const wanted = new Set(folders.map(bare))
  const theirs = new Set(butOf.map(ownLabel))
  const all = await managers.programs()
  return all.filter(({ pid, folder, program, owner, ownerLabel }) => {
    if (but.includes(pid) || (ownerLabel !== undefined && theirs.has(ownerLabel)) || (owner === 'smeshkeeper' && !withOurs)) return false
    return (folder !== undefined && wanted.has(bare(folder))) || (smapp && program === 'smapp')
  })
}

/** How a process tells what runs it. */
const ownLabel = (target: Target): string | undefined =>
  target.is === 'systemd' ? target.unit : target.is === 'docker' ? `container ${target.container.slice(0, 12)}` : undefined

/** `go-spacemesh, process 4711 (spacemesh.service)` */
export const userName = ({ program, pid, ownerLabel }: FoundProcess): string =>
  `${program === 'smapp' ? 'Smapp' : program}, process ${pid}${ownerLabel === undefined ? '' : ` (${ownerLabel})`}`

export const stillUsed = (users: readonly FoundProcess[], what: string): OperationStopped => {
  const [first] = users
  const where = first?.folder === undefined ? '' : ` and uses ${first.folder}`
  return new OperationStopped(
    'foreign/still-running',
    `${users.map(userName).join(' and ')} still runs${where}. Two programs must not work on one folder, so ${what}. Stop it, then go on`,
  )
}
