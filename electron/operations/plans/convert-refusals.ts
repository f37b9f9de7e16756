import { shortId } from '../../../shared/domain/ids.ts'
import { assertNever, type Fault } from '../../../shared/domain/fault.ts'
import type { FoundPosFolder, LocalDatabase } from '../../../shared/domain/inventory.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import { heldBy, listed, no, type NodeFolder, type PlanMoment, type Standing } from './plan-parts.ts'

/** Why a database keeps a plan from being made, with what to do; undefined: it is one that we know. */
export function databaseRefusal(prefix: string, { name, database }: Pick<NodeFolder, 'name' | 'database'>): Fault | undefined {
  switch (database.is) {
    case 'read':
    case 'absent':
      return undefined
    case 'unsupported':
      return no(`${prefix}/database-version`, `${name}: ${database.text}`)
    case 'locked':
      return no(`${prefix}/node-running`, `${name}: ${database.text}. Stop what uses it, then plan again`)
    case 'corrupt':
      return no(`${prefix}/database-corrupt`, `${name}: ${database.text}. Bring the database back from a backup, then plan again`)
    case 'unreadable':
      return no(`${prefix}/database-unreadable`, `${name}: ${database.text}. Mend the cause, then plan again`)
    default:
      return assertNever(database)
  }
}

/** A program works on the folder. */
export function heldRefusal(prefix: string, moment: Pick<PlanMoment, 'held'>, node: NodeFolder): Fault | undefined {
  const by = heldBy(moment, node)
  if (by === undefined) return undefined
  return no(
    `${prefix}/node-running`,
    `${by.slice(0, 1).toUpperCase()}${by.slice(1)} runs on ${node.dataFolder}, and its keys and rows cannot be changed under it. Stop it, wait until it has ended, then plan again`,
  )
}

/** The one key of a supervised node, or why it is none. */
export function supervisedKey(
  node: NodeFolder,
): { readonly is: 'key'; readonly identity: string } | { readonly is: 'refused'; readonly fault: Fault } {
  const refuse = (code: string, detail: string) => ({ is: 'refused' as const, fault: no(`convert/${code}`, detail) })
  const [key, ...others] = node.keys
  if (key === undefined)
    return refuse(
      'no-key',
      `${node.name} has no key, so there is nothing to convert. Bring its key back from a backup, or merge another node into it`,
    )
  const local = node.keys.find(({ name }) => name === LOCAL_KEY)
  if (local === undefined) {
    const names = listed(node.keys.map(({ name }) => name))
    return refuse(
      'not-supervised',
      `${node.name} does not run its identity itself: its ${others.length === 0 ? 'key is' : 'keys are'} called ${names}, not ${LOCAL_KEY}. It needs no conversion; add services for it in Identities`,
    )
  }
  if (others.length > 0)
    return refuse(
      'local-beside-others',
      `${node.name} has ${LOCAL_KEY} beside ${others.length} more, and no node starts with both. Move out the one that is not yours, or give ${LOCAL_KEY} another name, then plan again`,
    )
  if (local.form !== 'good' || local.identity === undefined)
    return refuse(
      'bad-key',
      `${LOCAL_KEY} of ${node.name}: ${local.problem ?? 'no key can be read from it'}. Bring it back from a backup, then plan again`,
    )
  return { is: 'key', identity: local.identity }
}

/** The data that the identity proves with must be there, whole, and its own. */
export function posRefusal(
  prefix: string,
  posFolder: Pick<FoundPosFolder, 'path' | 'state'> | undefined,
  { identity, name }: { readonly identity: string; readonly name: string },
): Fault | undefined {
  const refuse = (code: string, detail: string): Fault => no(`${prefix}/${code}`, detail)
  if (posFolder === undefined)
    return refuse(
      'no-pos-data',
      `No PoS data of ${name} was found, and without it nothing can be proven. Connect its disk and search the machine again, then plan again`,
    )
  const { path: folder, state } = posFolder
  if (state.is === 'no-metadata')
    return refuse(
      'no-pos-data',
      `${folder} has no postdata_metadata.json, so it is not known whose data it is. Connect the right disk, or bring the file back from a backup, then plan again`,
    )
  if (state.is === 'bad-metadata' || state.is === 'unreadable')
    return refuse(
      'pos-data-unreadable',
      `The metadata in ${folder} cannot be read: ${state.text}. Bring it back from a backup, then plan again`,
    )
  if (state.identity !== identity)
    return refuse(
      'pos-data-of-another',
      `${folder} holds the data of ${shortId(state.identity)}, not of ${name}. Look for the right folder, search the machine again, then plan again`,
    )
  const [problem] = state.problems
  if (problem === undefined) return undefined
  return refuse(
    'pos-data-incomplete',
    `The data of ${name} in ${folder} is not complete: ${problem.file} ${problem.is === 'missing' ? 'is missing' : `is too ${problem.is}`}. Finish its initialization or bring the file back, then plan again`,
  )
}

export function bannedRefusal(prefix: string, standing: Standing, name: string): Fault | undefined {
  if (standing.is !== 'banned') return undefined
  return no(
    `${prefix}/banned`,
    `${name} is banned for ever: it was seen at two places at once, and earns nothing any more. Retire it, and make a new identity with new data`,
  )
}

/** Databases of nodes before the current schema: nothing keeps from going on, but it should be told. */
export const isOldSchema = (database: LocalDatabase): boolean => database.is === 'read' && database.schema < 9
