import { createHash } from 'node:crypto'
import type { KeyConflict } from '../../shared/domain/guard.ts'
import { shortId, type IdentityId } from '../../shared/domain/ids.ts'
import { identitiesOf } from './identities-folder.ts'
import type { ReadNodeKeys } from './node-keys.ts'

/** A node beside ours that runs, or that something would start. */
export interface OtherNode {
  readonly dataFolder: string
  readonly grade: 'configured' | 'running'
  /** What starts or runs it, for the user: a unit, Smapp, "process 4711". */
  readonly by: string
  readonly pid?: number
}

export interface GuardInput {
  readonly own: {
    readonly dataFolder: string
    /** Keys that are not in this folder yet but are about to be placed there. */
    readonly arming?: readonly IdentityId[]
  }
  readonly others: readonly OtherNode[]
}

/**
 * Every key that our node would load and another node has or would load, the running ones first.
 *
 * Compares by public keys that are derived from the seeds. One folder under two names is one node and no conflict; a key that
 * is doubled within one folder is none either, since no node starts on that.
 */
export function findConflicts({ own, others, read }: GuardInput & { readonly read: ReadNodeKeys }): readonly KeyConflict[] {
  if (others.length === 0) return []
  const ours = read(own.dataFolder)
  const here = new Map<IdentityId, string>((own.arming ?? []).map((identity) => [identity, identitiesOf(own.dataFolder)]))
  for (const { identity, path } of ours.keys) here.set(identity, path)
  if (here.size === 0) return []
  const found = new Map<string, KeyConflict>()
  for (const other of others) {
    const theirs = read(other.dataFolder)
    if (theirs.realFolder === ours.realFolder) continue
    for (const { identity, path } of theirs.keys) {
      const place = here.get(identity)
      if (place === undefined) continue
      const key = keyOf(identity, ours.realFolder, path)
      const conflict = { key, ...conflictOf(identity, place, path, other) }
      // The same folder may be named twice: by what would start it and by what runs.
      if (found.get(conflict.key)?.grade !== 'running') found.set(conflict.key, conflict)
    }
  }
  return [...found.values()].sort((a, b) => (a.grade === b.grade ? a.here.localeCompare(b.here) : a.grade === 'running' ? -1 : 1))
}

/** What the guard cannot see: keys of other nodes that may not be read. Sentences for the user. */
export function blindSpots({ own, others, read }: GuardInput & { readonly read: ReadNodeKeys }): readonly string[] {
  const ourFolder = read(own.dataFolder).realFolder
  return others.flatMap((other) => {
    const theirs = read(other.dataFolder)
    if (theirs.realFolder === ourFolder) return []
    return theirs.problems.map((problem) => `${other.by} may hold a key of yours as well: ${problem}`)
  })
}

/** Of the two places, not of the file name here: what is said to a conflict while a key is armed holds afterwards. */
const keyOf = (identity: IdentityId, ownFolder: string, there: string): string =>
  createHash('sha256').update(`${identity}\n${ownFolder}\n${there}`).digest('hex').slice(0, 32)

function conflictOf(
  identity: IdentityId,
  here: string,
  there: string,
  { dataFolder, grade, by, pid }: OtherNode,
): Omit<KeyConflict, 'key'> {
  const name = `Key ${shortId(identity)}`
  const sentence =
    grade === 'running'
      ? `${name} runs already: ${by} has it as ${there}, and it is in ${here} too. A second node with it gets the key banned for ever. ` +
        'Stop that node, then move one of the two files away.'
      : `${name} is in two nodes: as ${here}, and as ${there}, which ${by} would start. If both run, the key is banned for ever. ` +
        'Disarm the copy there, or see to it that nothing starts that node.'
  return { identity, grade, here, there, otherFolder: dataFolder, by, ...(pid === undefined ? {} : { pid }), sentence }
}
