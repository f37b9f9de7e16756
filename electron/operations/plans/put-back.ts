import path from 'node:path'
import type { PlanCheck, PlanRisk, QuarantineEntry } from '../../../shared/domain/operation.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import type { KeysIn, RowsData } from '../steps/data.ts'
import type { Draft } from '../types.ts'
import {
  databaseBytes,
  draftOf,
  freeKeyName,
  listed,
  markerOf,
  nameOf,
  planNode,
  schemaOf,
  setUpPairs,
  tablesOf,
  type Pair,
} from './plan-parts.ts'
import { serviceOptions } from './convert.ts'
import { newestRows, putBackRefusals, type EntryKey, type KnownDatabase, type PutBackInput } from './put-back-refusals.ts'
import { freshLocal, freshPairs, setRisks } from './split-parts.ts'
import { rowsFor } from './split-refusals.ts'

export { newestRows, type KnownDatabase, type PutBackInput } from './put-back-refusals.ts'

/** One key that goes back. */
interface Returning {
  readonly identity: string
  readonly stored: string
  readonly name: string
  /** Where newer rows of it are than in the node's own database. */
  readonly rows: KnownDatabase | undefined
}

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
  const refusals = putBackRefusals(chosen, names ?? [], input)
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
  const staying = node.keys.filter((key) => key !== freshLocal(node))
  const expected = [...staying.flatMap(({ identity }) => identity ?? []), ...ids]
  return draftOf(
    {
      ...common,
      after: [planNode(input, node, [...staying, ...come])],
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

function returningKeys(chosen: readonly EntryKey[], input: PutBackInput): readonly Returning[] {
  const { node } = input
  const fresh = freshLocal(node)
  const taken = node.taken.filter((name) => name !== fresh?.name)
  return chosen.flatMap(({ identity, name: stored, from }) => {
    if (identity === undefined) return []
    const old = path.basename(from)
    const isAlone = node.keys.every((key) => key === fresh) && chosen.length === 1
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
    ...freshPairs(node, 1, input),
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
