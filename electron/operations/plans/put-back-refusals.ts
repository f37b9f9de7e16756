import path from 'node:path'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { FoundPosFolder, LocalDatabase } from '../../../shared/domain/inventory.ts'
import type { QuarantineEntry } from '../../../shared/domain/operation.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import type { ProvingOptions } from './convert-config.ts'
import { bannedRefusal, databaseRefusal, heldRefusal } from './convert-refusals.ts'
import { nameOf, no, schemaOf, type NodeFolder, type PlanMoment, type Standing } from './plan-parts.ts'
import { freshLocal } from './split-parts.ts'
import { compareRows, rowsFor, standingOf } from './split-refusals.ts'

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

export type EntryKey = QuarantineEntry['keys'][number]

/** Why these keys cannot be armed; empty when they can. */
export function putBackRefusals(chosen: readonly EntryKey[], names: readonly string[], input: PutBackInput): readonly Fault[] {
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
function localBesides(chosen: readonly EntryKey[], { keys, name, database }: NodeFolder): Fault | undefined {
  const local = keys.find((key) => key.name === LOCAL_KEY)
  if (chosen.length === 0 || local === undefined || local === freshLocal({ keys, database })) return undefined
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
