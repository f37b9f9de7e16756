import type { PlanRisk } from '../../../shared/domain/operation.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import type { KeysIn, KeysOut, RowsData } from '../steps/data.ts'
import {
  entryName,
  freeKeyName,
  listed,
  markerOf,
  nameOf,
  rowsOf,
  type FolderKey,
  type NodeFolder,
  type Pair,
  type PlanMoment,
  type Standing,
} from './plan-parts.ts'
import { standingOf } from './split-refusals.ts'

/** One key that moves: where it is, and how it is called there. */
export interface MovingKey {
  readonly identity: string
  readonly name: string
  readonly newName: string
}

/** Names that are free at the target; nobody has to rename anything by hand. */
export function movingKeys(ids: readonly string[], from: NodeFolder, taken: readonly string[]): readonly MovingKey[] {
  const all = [...taken]
  return ids.flatMap((identity) => {
    const key = from.keys.find((one) => one.identity === identity)
    if (key === undefined) return []
    const newName = freeKeyName(key.name, identity, all)
    all.push(newName)
    return [{ identity, name: key.name, newName }]
  })
}

/** Rows of these identities go from one folder to the other: what builds and swaps both databases. */
export function movedRows(
  ids: readonly string[],
  { from, to, schema }: { readonly from: string; readonly to: string; readonly schema: number },
  { moment, n }: { readonly moment: Pick<PlanMoment, 'now' | 'random'>; readonly n: number },
): { readonly arriving: Omit<RowsData, 'is'>; readonly leaving: Omit<RowsData, 'is'> } {
  const common = { schema, withCertificates: true }
  return {
    arriving: {
      ...common,
      dataFolder: to,
      marker: markerOf(moment, 2 * n),
      snapshot: `arriving-${n}`,
      bring: [{ dataFolder: from, ids: [...ids], all: false }],
      drop: [],
      movedTo: null,
    },
    leaving: {
      ...common,
      dataFolder: from,
      marker: markerOf(moment, 2 * n + 1),
      snapshot: `leaving-${n}`,
      bring: [],
      drop: [...ids],
      movedTo: to,
    },
  }
}

/** The steps that take keys and rows of one node to another; keys are out first and in last. */
export interface MoveParts {
  readonly fromName: string
  readonly toName: string
  readonly build: Pair
  readonly out: Pair
  readonly arrive: Pair
  readonly leave: Pair
  readonly come: Pair
}

export function moveParts(
  keys: readonly MovingKey[],
  {
    from,
    to,
    schema,
    why,
    n,
  }: {
    readonly from: NodeFolder
    readonly to: Pick<NodeFolder, 'name' | 'dataFolder'>
    readonly schema: number
    readonly why: string
    readonly n: number
  },
  moment: PlanMoment,
): MoveParts {
  const ids = keys.map(({ identity }) => identity)
  const entry = entryName(moment, n, from.name)
  const { arriving, leaving } = movedRows(ids, { from: from.dataFolder, to: to.dataFolder, schema }, { moment, n })
  const out: KeysOut = {
    is: 'keys-out',
    dataFolder: from.dataFolder,
    entry,
    why,
    keys: keys.map(({ identity, name }) => ({ identity, name })),
  }
  const come: KeysIn = {
    is: 'keys-in',
    dataFolder: to.dataFolder,
    keys: keys.map(({ identity, name, newName }) => ({ identity, entry, stored: name, name: newName })),
  }
  const files = listed(keys.map(({ newName }) => newName))
  const count = `${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`
  return {
    fromName: from.name,
    toName: to.name,
    build: [
      {
        title: `Build the database of ${to.name} aside`,
        detail: 'rows are copied and counted, integrity checked; nothing is changed yet',
        estimateMs: 1000,
      },
      { is: 'build-rows', ...arriving },
    ],
    out: [{ title: `Take ${count} out of ${from.name}`, detail: `into the quarantine, ${entry}`, estimateMs: 500 }, out],
    arrive: [
      { title: `Swap the database of ${to.name} in`, detail: 'the old files are kept in a snapshot', estimateMs: 500 },
      { is: 'swap-rows', ...arriving },
    ],
    leave: [
      { title: `Take the rows out of ${from.name}`, detail: 'the old files are kept in a snapshot', estimateMs: 1000 },
      { is: 'swap-rows', ...leaving },
    ],
    come: [{ title: `Place ${count} in ${to.name}`, detail: `${files}, mode 0600`, estimateMs: 500 }, come],
  }
}

/** What an equivocation set means for keys on two nodes. @source facts/identity-and-keys.md §11 */
export function setRisks(ids: readonly string[], standing: ReadonlyMap<string, Standing>, moment: PlanMoment): readonly PlanRisk[] {
  return ids.flatMap((identity): PlanRisk[] => {
    const { partners } = standingOf(standing, identity)
    if (partners.length === 0) return []
    const who = listed(partners.map((one) => nameOf(moment, one)))
    return [
      {
        grade: 'ban',
        text: `${nameOf(moment, identity)} is in one equivocation set with ${who}. A mistake with one of their keys bans all ${partners.length + 1} for ever, on whichever node it runs; only one program may ever publish a merged ATX for them.`,
      },
    ]
  })
}

/** A key that a node made itself when it was started without any: no row of the database is its own. */
export const freshLocal = ({ keys, database }: Pick<NodeFolder, 'keys' | 'database'>): FolderKey | undefined =>
  keys.find(
    ({ name, identity }) => name === LOCAL_KEY && identity !== undefined && !rowsOf(database).some((rows) => rows.identity === identity),
  )

/** Moves a fresh key out of the way of those that come; nothing else would be loaded beside it. */
export function freshPairs(node: NodeFolder, n: number, moment: PlanMoment): readonly Pair[] {
  const key = freshLocal(node)
  if (key?.identity === undefined) return []
  const entry = entryName(moment, n, `${node.name} fresh`)
  const data: KeysOut = {
    is: 'keys-out',
    dataFolder: node.dataFolder,
    entry,
    why: `${node.name} made it by itself when it was started without keys`,
    keys: [{ identity: key.identity, name: key.name }],
  }
  const detail = `${shortId(key.identity)} has never smeshed and goes to the quarantine, ${entry}`
  return [[{ title: `Set the fresh ${LOCAL_KEY} of ${node.name} aside`, detail, estimateMs: 200 }, data]]
}
