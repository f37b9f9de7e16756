import path from 'node:path'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { FoundPosFolder, LocalDatabase } from '../../../shared/domain/inventory.ts'
import type { PlanCheck, PlanRisk, QuarantineEntry } from '../../../shared/domain/operation.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import type { KeysIn, RowsData } from '../steps/data.ts'
import type { Draft } from '../types.ts'
import { bannedRefusal, databaseRefusal, heldRefusal } from './convert-refusals.ts'
import type { ProvingOptions } from './convert-config.ts'
import {
  databaseBytes,
  draftOf,
  freeKeyName,
  listed,
  markerOf,
  nameOf,
  no,
  planNode,
  schemaOf,
  setUpPairs,
  tablesOf,
  type NodeFolder,
  type Pair,
  type PlanMoment,
  type Standing,
} from './plan-parts.ts'
import { serviceOptions } from './convert.ts'
import { compareRows, rowsFor, standingOf } from './split-refusals.ts'
import { setRisks } from './split.ts'

/** A data folder whose database may know an identity. */
export interface KnownDatabase {
  readonly name: string
  readonly dataFolder: string
  readonly realFolder: string
  readonly lockFile?: string
  readonly database: LocalDatabase
}

export interface PutBackInput extends PlanMoment {
  readonly entry: QuarantineEntry
  /** The node that the keys go to: the one they came from, or another. */
  readonly node: NodeFolder
  /** Keys that a node runs or may start with, other than from this entry. */
  readonly conflicts: readonly { readonly identity: string; readonly why: string }[]
  /** Whether a key may be armed, by what was seen of it on the network; absent = nothing was judged. */
  readonly verdicts: Readonly<Record<string, { readonly is: 'clear' | 'hold' | 'wait'; readonly why: string }>>
  readonly standing: ReadonlyMap<string, Standing>
  /** Every database that is known on this machine; that of `node` may be among them. */
  readonly databases: readonly KnownDatabase[]
  /** Whether our set-up is about this node. */
  readonly isOurs: boolean
  /** Data of the identities, and how a service is to prove. */
  readonly posFolders: Readonly<Record<string, Pick<FoundPosFolder, 'path' | 'state'>>>
  readonly proving: ProvingOptions
  readonly cpus: number
}

/** One key that goes back. */
interface Returning {
  readonly identity: string
  readonly stored: string
  readonly name: string
  /** Where newer rows of it are than in the node's own database. */
  readonly rows: KnownDatabase | undefined
}

type EntryKey = QuarantineEntry['keys'][number]

/** The data folder that the keys of an entry came from; undefined: from several, or from no node. */
export function oldFolderOf({ keys }: QuarantineEntry): string | undefined {
  const folders = new Set(
    keys.map(({ from }) => (path.basename(path.dirname(from)) === 'identities' ? path.dirname(path.dirname(from)) : '')),
  )
  const [first] = folders
  return folders.size === 1 && first !== '' ? first : undefined
}

/** Plans to arm keys of the quarantine in a node again, with the newest rows that are known of them. Only reads. */
export function planPutBack({ names }: { readonly names?: readonly string[] | undefined }, input: PutBackInput): Draft {
  const { entry, node, databases } = input
  const chosen = entry.keys.filter(({ name }) => names === undefined || names.includes(name))
  const who = listed(chosen.map((key) => (key.identity === undefined ? key.name : nameOf(input, key.identity))))
  const refusals = refusalsOf(chosen, names ?? [], input)
  const common = {
    kind: 'put-back' as const,
    title: `Put ${who === '' ? 'keys' : who} back into ${node.name}`,
    before: [planNode(input, node, node.keys)],
  }
  if (refusals.length > 0)
    return draftOf({ ...common, after: [], pairs: [], risks: [], checks: [], refusals, stops: [], bytes: 0, undo: '', touches: [] }, input)
  const keys = returningKeys(chosen, input)
  const ids = keys.map(({ identity }) => identity)
  const sources = [...new Set(keys.flatMap(({ rows }) => rows ?? []))]
  const come = keys.map(({ identity, name }) => ({ identity, name, change: 'put back' }))
  const expected = [...node.keys.flatMap(({ identity }) => identity ?? []), ...ids]
  return draftOf(
    {
      ...common,
      after: [planNode(input, node, [...node.keys, ...come])],
      pairs: pairsOf(keys, input),
      risks: risksOf(keys, input),
      checks: checksOf(keys, input),
      refusals: [],
      tables: sources.length === 0 ? [] : tablesOf(node.database, sources[0]?.database ?? node.database, ids),
      asks: [
        {
          id: 'elsewhere',
          text: `The ${ids.length === 1 ? 'key' : 'keys'} of ${who} ${ids.length === 1 ? 'runs' : 'run'} on no other machine, and I will not start ${ids.length === 1 ? 'it' : 'them'} elsewhere.`,
        },
      ],
      stops: [node.name, ...sources.map(({ name }) => name)],
      bytes: sources.length === 0 ? 1024 ** 2 : databaseBytes(node.database, ...databases.map(({ database }) => database)),
      undo: 'It can be undone exactly until the node is started. Afterwards retire it again.',
      touches: [node, ...sources],
      startsNode: true,
      expects: expected,
    },
    input,
  )
}

function refusalsOf(chosen: readonly EntryKey[], names: readonly string[], input: PutBackInput): readonly Fault[] {
  const { entry, node } = input
  const absent = names.find((name) => !entry.keys.some((key) => key.name === name))
  const faults: readonly (Fault | undefined)[] = [
    absent === undefined ? undefined : no('put-back/not-there', `${absent} is not in ${entry.path}. Choose from what is there`),
    chosen.length === 0 && absent === undefined
      ? no('put-back/no-key', `${entry.path} has no key in it. Look for the key in a backup`)
      : undefined,
    /^[A-Za-z0-9._-]{1,120}$/.test(entry.id)
      ? undefined
      : no(
          'put-back/entry-name',
          `${entry.path} was not named by Smeshkeeper. Rename the folder to letters, digits, points and dashes, then plan again`,
        ),
    heldRefusal('put-back', input, node),
    databaseRefusal('put-back', node),
    localBesides(chosen, node),
    ...chosen.flatMap((key) => keyRefusals(key, input)),
  ]
  return faults.filter((fault) => fault !== undefined)
}

/** Beside a `local.key` with data of its own no other key is loaded. */
function localBesides(chosen: readonly EntryKey[], { keys, name }: NodeFolder): Fault | undefined {
  if (chosen.length === 0 || !keys.some((key) => key.name === LOCAL_KEY)) return undefined
  return no(
    'put-back/supervised',
    `${name} runs its only identity itself (${LOCAL_KEY}), and could not start with others. Convert it first, or move that key out when the node made it by itself, then plan again`,
  )
}

function keyRefusals({ name: file, identity, armedAt }: EntryKey, input: PutBackInput): readonly (Fault | undefined)[] {
  const { entry, node, conflicts, verdicts, standing } = input
  if (identity === undefined)
    return [no('put-back/bad-key', `No key can be read from ${path.join(entry.path, file)}. Bring it back from a backup, then plan again`)]
  const name = nameOf(input, identity)
  const conflict = conflicts.find((one) => one.identity === identity)
  const here = node.keys.find((key) => key.identity === identity)
  const at = here === undefined ? armedAt : path.join(node.dataFolder, 'identities', here.name)
  const verdict = verdicts[identity]
  const partner = standingOf(standing, identity).partners.find((one) => standing.get(one)?.is === 'banned')
  return [
    at === undefined
      ? undefined
      : no('put-back/armed', `${name} is armed already, as ${at}. A second copy would get it banned for ever; nothing is to be done`),
    conflict === undefined || at !== undefined
      ? undefined
      : no('put-back/armed', `${name} runs or may be started elsewhere: ${conflict.why}`),
    verdict === undefined || verdict.is === 'clear'
      ? undefined
      : no(
          verdict.is === 'hold' ? 'put-back/hold' : 'put-back/wait',
          `${name} may not be armed yet: ${verdict.why}. ${verdict.is === 'hold' ? 'Wait until then, and plan again' : 'Let the node run and watch, and plan again'}`,
        ),
    bannedRefusal('put-back', standingOf(standing, identity), name),
    partner === undefined
      ? undefined
      : no(
          'put-back/banned',
          `${nameOf(input, partner)} is banned, and ${name} is of the same equivocation set, so it is banned as well. Leave it where it is`,
        ),
    rowsRefusal(identity, name, input),
  ]
}

/** Newer rows that cannot come along: with the old ones the node could publish twice. */
function rowsRefusal(identity: string, name: string, input: PutBackInput): Fault | undefined {
  const { node } = input
  const unknown = input.databases.find(({ database }) => database.is !== 'read' && database.is !== 'absent')
  if (unknown !== undefined && input.entry.keys.some(({ from }) => from.startsWith(path.join(unknown.dataFolder, path.sep))))
    return databaseRefusal('put-back', unknown)
  const newest = newestRows(identity, input)
  if (newest === undefined) return undefined
  const [here, there] = [schemaOf(node.database), schemaOf(newest.database)]
  if (here !== undefined && here !== there)
    return no(
      'put-back/schema',
      `The newest rows of ${name} are in ${newest.name}, version ${there ?? 0}, and ${node.name} has version ${here}: rows only go between equal ones. Start the newer node’s release once on the other folder, then plan again`,
    )
  const by = input.held.find(({ realFolder }) => realFolder === newest.realFolder)?.by
  return by === undefined
    ? undefined
    : no(
        'put-back/node-running',
        `The newest rows of ${name} are in ${newest.dataFolder}, on which ${by} runs. Stop it, wait until it has ended, then plan again`,
      )
}

/** The database with newer rows of this identity than the node's own; undefined: there is none. */
export function newestRows(identity: string, { node, databases }: Pick<PutBackInput, 'node' | 'databases'>): KnownDatabase | undefined {
  let best: KnownDatabase | undefined
  for (const one of databases) {
    if (one.realFolder === node.realFolder || rowsFor(one, identity) === undefined) continue
    if (compareRows(rowsFor(one, identity), rowsFor(best ?? node, identity)) > 0) best = one
  }
  return best
}

function returningKeys(chosen: readonly EntryKey[], input: PutBackInput): readonly Returning[] {
  const { node } = input
  const taken = [...node.taken]
  return chosen.flatMap(({ identity, name: stored, from }) => {
    if (identity === undefined) return []
    const old = path.basename(from)
    const isAlone = node.keys.length === 0 && chosen.length === 1
    const wanted = old.endsWith('.key') ? old : `${identity.slice(0, 8)}.key`
    // The only key of a node that ran it itself keeps the name by which the node knows so.
    const name = wanted === LOCAL_KEY && isAlone && !taken.includes(LOCAL_KEY) ? LOCAL_KEY : freeKeyName(wanted, identity, taken)
    taken.push(name)
    return [{ identity, stored, name, rows: newestRows(identity, input) }]
  })
}

function pairsOf(keys: readonly Returning[], input: PutBackInput): readonly Pair[] {
  const { node, entry, isOurs, posFolders, proving, cpus } = input
  const come: KeysIn = {
    is: 'keys-in',
    dataFolder: node.dataFolder,
    keys: keys.map(({ identity, stored, name }) => ({ identity, entry: entry.id, stored, name })),
  }
  const files = listed(keys.map(({ name }) => name))
  const services = keys.flatMap(({ identity }) => {
    const folder = posFolders[identity]
    const isWhole = folder?.state.is === 'present' && folder.state.identity === identity && folder.state.problems.length === 0
    return folder !== undefined && isWhole ? [{ identity, posFolder: folder.path, ...serviceOptions(proving, cpus) }] : []
  })
  const edit = { identities: keys.map(({ identity, name }) => ({ id: identity, keyFile: name })), services, removed: [] }
  return [
    ...rowsPairs(keys, input),
    [
      {
        title: `Place ${keys.length === 1 ? 'the key' : `${keys.length} keys`} in ${node.name}`,
        detail: `${files}, mode 0600; the quarantine keeps its copy`,
        estimateMs: 500,
      },
      come,
    ],
    ...(isOurs
      ? setUpPairs(input, edit, services.length === 0 ? 'the identity comes into it' : 'the identity and its service come into it')
      : []),
  ]
}

/** Newer rows come along in one swap, and stay where they were as well: a database without the key harms nobody. */
function rowsPairs(keys: readonly Returning[], input: PutBackInput): readonly Pair[] {
  const { node } = input
  const sources = [...new Set(keys.flatMap(({ rows }) => rows ?? []))]
  const [first] = sources
  if (first === undefined) return []
  const rows = {
    dataFolder: node.dataFolder,
    marker: markerOf(input, 0),
    snapshot: 'rows',
    schema: schemaOf(node.database) ?? schemaOf(first.database) ?? 9,
    bring: sources.map((source) => ({
      dataFolder: source.dataFolder,
      ids: keys.filter((key) => key.rows === source).map(({ identity }) => identity),
      all: false,
    })),
    drop: [],
    movedTo: null,
    withCertificates: true,
  }
  const build: RowsData = { is: 'build-rows', ...rows }
  const swap: RowsData = { is: 'swap-rows', ...rows }
  return [
    [
      {
        title: `Build the database of ${node.name} aside`,
        detail: `newer rows from ${listed(sources.map(({ name }) => name))}; nothing is changed yet`,
        estimateMs: 1000,
      },
      build,
    ],
    [{ title: 'Swap it in', detail: 'the old files are kept in a snapshot', estimateMs: 500 }, swap],
  ]
}

function risksOf(keys: readonly Returning[], input: PutBackInput): readonly PlanRisk[] {
  const { node, isOurs, databases } = input
  const ids = keys.map(({ identity }) => identity)
  const names = listed(ids.map((id) => nameOf(input, id)))
  const risks: PlanRisk[] = [
    ...setRisks(ids, input.standing, input),
    {
      grade: 'ban',
      text: `If ${names} ran anywhere in the last two epochs, also on another machine, a second start bans ${ids.length === 1 ? 'it' : 'them'} for ever.`,
    },
  ]
  const without = ids.filter((id) => [node, ...databases].every((one) => rowsFor(one, id) === undefined))
  if (without.length > 0)
    risks.push({
      grade: 'loss',
      text: `No database here has rows of ${listed(without.map((id) => nameOf(input, id)))}. A registration made before is lost, and a proof it has published for is not known.`,
    })
  if (!isOurs)
    risks.push({ grade: 'note', text: `Smeshkeeper does not look after ${node.name}: it needs a service of its own for ${names}.` })
  return risks
}

function checksOf(keys: readonly Returning[], input: PutBackInput): readonly PlanCheck[] {
  return keys.flatMap(({ identity, name, rows }): readonly PlanCheck[] => {
    const who = nameOf(input, identity)
    const judged = input.verdicts[identity]
    const old = path.basename(input.entry.keys.find((key) => key.identity === identity)?.from ?? name)
    return [
      { is: 'pass', text: `No node on this machine has the key of ${who}.` },
      judged === undefined
        ? { is: 'warn', text: `It is not known when ${who} was active last: only you know whether it ran within the last two epochs.` }
        : { is: 'pass', text: `${who} was not active for two epochs.` },
      rows === undefined
        ? { is: 'pass', text: `${input.node.name} has the newest rows of ${who} that are known here.` }
        : { is: 'warn', text: `${rows.name} has newer rows of ${who}: they come along.` },
      ...(old === name
        ? []
        : [{ is: 'warn' as const, text: `The key is called ${name} from now on, because ${old} is taken or not its name.` }]),
    ]
  })
}
