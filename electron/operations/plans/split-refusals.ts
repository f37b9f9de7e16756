import path from 'node:path'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { LocalRows } from '../../../shared/domain/inventory.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import { bannedRefusal, databaseRefusal, heldRefusal } from './convert-refusals.ts'
import { listed, nameOf, no, rowsOf, schemaOf, type NodeFolder, type PlanMoment, type Standing } from './plan-parts.ts'

/** Two nodes between which identities are to move. */
export interface TwoNodes {
  readonly from: NodeFolder
  readonly to: NodeFolder
  /** There is no node in the target folder yet. */
  readonly isNew: boolean
  readonly standing: ReadonlyMap<string, Standing>
}

const UNKNOWN: Standing = { is: 'unknown', partners: [] }
export const standingOf = (standing: ReadonlyMap<string, Standing>, identity: string): Standing => standing.get(identity) ?? UNKNOWN

const isWithin = (inner: string, outer: string): boolean => {
  const way = path.relative(outer, inner)
  return way !== '' && !way.startsWith('..') && !path.isAbsolute(way)
}

/** The folders must be two, and both of this network and this schema. */
function placeRefusals({ from, to, isNew }: TwoNodes): readonly (Fault | undefined)[] {
  const [a, b] = [from.realFolder, to.realFolder]
  if (a === b)
    return [no('split/same-folder', `${to.dataFolder} is the folder of ${from.name} itself, maybe by another name. Choose another folder`)]
  if (a.toLowerCase() === b.toLowerCase())
    return [
      no(
        'split/same-folder',
        `${to.dataFolder} and ${from.dataFolder} differ only in upper and lower case, which some disks do not tell apart. Choose another folder`,
      ),
    ]
  if (isWithin(a, b) || isWithin(b, a))
    return [
      no(
        'split/nested',
        `One of ${from.dataFolder} and ${to.dataFolder} lies within the other, and nodes take what lies in their folder for theirs. Choose a folder beside it`,
      ),
    ]
  return [pathRefusal(to), genesisRefusal(from, to, isNew), schemaRefusal(from, to, isNew)]
}

/** The node makes a URI of its path. @source design.md §9.14 */
function pathRefusal({ dataFolder }: NodeFolder): Fault | undefined {
  const found = /[#?%]/.exec(dataFolder)?.[0]
  if (found === undefined) return undefined
  return no(
    'split/path',
    `${dataFolder} has ${found} in it, and a node there writes its rows to another file than it reads. Choose a folder without # ? %`,
  )
}

function genesisRefusal(from: NodeFolder, to: NodeFolder, isNew: boolean): Fault | undefined {
  if (isNew || from.genesisId === to.genesisId) return undefined
  if (from.genesisId === undefined || to.genesisId === undefined) {
    const which = from.genesisId === undefined ? from : to
    return no(
      'split/genesis-unknown',
      `genesis.json of ${which.name} cannot be read, so it is not known which network it is of. Bring the file back, then plan again`,
    )
  }
  return no(
    'split/genesis',
    `${from.name} and ${to.name} are nodes of two networks (${from.genesisId.slice(0, 8)} and ${to.genesisId.slice(0, 8)}). Choose a node of the same network`,
  )
}

function schemaRefusal(from: NodeFolder, to: NodeFolder, isNew: boolean): Fault | undefined {
  const [one, other] = [schemaOf(from.database), schemaOf(to.database)]
  if (one === undefined && from.database.is === 'absent')
    return no(
      'split/no-database',
      `${from.name} has no local.sql, and with it the rows of its identities are missing. Find that file with its -wal, or start the node once, then plan again`,
    )
  if (isNew || one === undefined || other === undefined || one === other) return undefined
  const older = one < other ? from : to
  return no(
    'split/schema',
    `The databases have versions ${one} and ${other}, and rows only go between equal ones. Start the newer node’s release once on ${older.dataFolder}, then plan again`,
  )
}

/** Every identity must be in `from`, under a name of its own, and nowhere in `to`. */
function keyRefusals(identities: readonly string[], nodes: TwoNodes, moment: PlanMoment): readonly (Fault | undefined)[] {
  const { from, to } = nodes
  const supervised = [from, to].find(({ keys }) => keys.some(({ name }) => name === LOCAL_KEY))
  if (supervised !== undefined)
    return [
      no(
        'split/supervised',
        `${supervised.name} runs its only identity itself (${LOCAL_KEY}), and could not start with others. Convert it first, then plan again`,
      ),
    ]
  return identities.flatMap((identity) => {
    const name = nameOf(moment, identity)
    const here = from.keys.filter((key) => key.identity === identity)
    const [key, second] = here
    if (key === undefined) return [no('split/key-not-here', `The key of ${name} is not in ${from.dataFolder}. Choose the node that has it`)]
    if (second !== undefined)
      return [
        no(
          'split/key-twice',
          `${from.name} has the key of ${name} twice, as ${key.name} and ${second.name}, and does not start so. Move one of them away, then plan again`,
        ),
      ]
    const there = to.keys.find((one) => one.identity === identity)
    if (there !== undefined)
      return [
        no(
          'split/key-in-both',
          `${to.name} has the key of ${name} already, as ${there.name}: if both nodes run, it is banned for ever. Disarm one of the two copies, then plan again`,
        ),
      ]
    if (key.form === 'bad')
      return [
        no(
          'split/bad-key',
          `${key.name} of ${from.name}: ${key.problem ?? 'no key can be read from it'}. Bring it back from a backup, then plan again`,
        ),
      ]
    return [bannedRefusal('split', standingOf(nodes.standing, identity), name), newerRefusal(identity, nodes, name)]
  })
}

/** Which of two sets of rows is the newer one: by epoch, then by how far it has come. */
export function compareRows(one: LocalRows | undefined, other: LocalRows | undefined): number {
  const steps = (rows: LocalRows | undefined): readonly number[] => [
    rows?.challenge?.publishEpoch ?? -1,
    rows?.hasProof === true ? 1 : 0,
    rows?.challenge?.hasPoetProof === true ? 1 : 0,
    Math.max(0, ...(rows?.registrations ?? []).map(({ roundEndsAt }) => roundEndsAt)),
    rows?.hasPost === true ? 1 : 0,
  ]
  const [a, b] = [steps(one), steps(other)]
  for (const [at, value] of a.entries()) {
    const rest = value - (b[at] ?? 0)
    if (rest !== 0) return rest
  }
  return 0
}

export const rowsFor = (node: Pick<NodeFolder, 'database'>, identity: string): LocalRows | undefined =>
  rowsOf(node.database).find((rows) => rows.identity === identity)

/** Rows that are newer over there: the key has run there since, and its rows here are stale. */
function newerRefusal(identity: string, { from, to }: TwoNodes, name: string): Fault | undefined {
  if (rowsFor(to, identity) === undefined || compareRows(rowsFor(to, identity), rowsFor(from, identity)) <= 0) return undefined
  return no(
    'split/newer-rows',
    `${to.name} has newer rows of ${name} than ${from.name}, so its key has run there since. Retire it here, and put it back into ${to.name} from the quarantine`,
  )
}

/** Members of a set of which one is banned: with it all of them are. */
function setRefusals(identities: readonly string[], { standing }: TwoNodes, moment: PlanMoment): readonly (Fault | undefined)[] {
  return identities.map((identity) => {
    const banned = standingOf(standing, identity).partners.find((one) => standing.get(one)?.is === 'banned')
    return banned === undefined
      ? undefined
      : no(
          'split/banned',
          `${nameOf(moment, banned)} is banned, and ${nameOf(moment, identity)} is of the same equivocation set, so it is banned as well. Retire it`,
        )
  })
}

/** Why identities cannot be split out; empty when they can. */
export function splitRefusals(identities: readonly string[], nodes: TwoNodes, moment: PlanMoment): readonly Fault[] {
  const { from, to } = nodes
  const places = placeRefusals(nodes)
  const isOnePlace = places.length === 1
  const all = [
    ...places,
    heldRefusal('split', moment, from),
    isOnePlace ? undefined : heldRefusal('split', moment, to),
    databaseRefusal('split', from),
    isOnePlace ? undefined : databaseRefusal('split', to),
    ...(isOnePlace ? [] : keyRefusals(identities, nodes, moment)),
    ...setRefusals(identities, nodes, moment),
    problemRefusal(from),
    isOnePlace ? undefined : problemRefusal(to),
  ].filter((fault) => fault !== undefined)
  const seen = new Set<string>()
  return all.filter(({ detail }) => !seen.has(detail) && seen.add(detail))
}

/** What would keep the node from starting anyway. */
function problemRefusal({ name, problems }: NodeFolder): Fault | undefined {
  return problems.length === 0 ? undefined : no('split/unsound', `${name} would not start as it is: ${listed(problems)}`)
}
