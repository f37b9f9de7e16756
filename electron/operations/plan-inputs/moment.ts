import { realpathSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FoundSetup } from '../../../shared/domain/inventory.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { systemFiles } from '../../lib/files.ts'
import type { PlanContext } from '../context.ts'
import { readBans } from '../facts/bans.ts'
import { readFolderFacts, type FactTools, type FolderFacts } from '../facts/folder-facts.ts'
import type { FileSeen, NodeFolder, PlanMoment, SetUpEdit, Standing } from '../plans/plan-parts.ts'
import { setUpChange } from '../steps/set-up.ts'
import { readLocalDatabase } from '../../identities/index.ts'
import { withIdentities, withoutIdentities } from './services.ts'

export const realPath = (folder: string): string => {
  try {
    return realpathSync.native(folder)
  } catch {
    return path.resolve(folder)
  }
}

/** What every planner needs, from what the keeper knows. */
export function momentOf(context: PlanContext): PlanMoment {
  const { now, random, names, safeWindow } = context
  const held = context.processes.flatMap(({ pid, program, owner, ownerLabel, folder }) =>
    program === 'go-spacemesh' && owner !== 'smeshkeeper' && folder !== undefined
      ? [{ realFolder: realPath(folder), by: `process ${pid} (${ownerLabel ?? owner})` }]
      : [],
  )
  return { now, random, names, held, window: safeWindow, setUp: (edit) => setUpStep(context, edit) }
}

/** Our own nodes that run: they are stopped before anything is done. */
export const ownRunning = ({ processes }: PlanContext): readonly string[] =>
  processes.flatMap(({ program, owner, folder }) =>
    program === 'go-spacemesh' && owner === 'smeshkeeper' && folder !== undefined ? [realPath(folder)] : [],
  )

function setUpStep(context: PlanContext, edit: SetUpEdit): ReturnType<PlanMoment['setUp']> {
  const { setUp } = context
  if (setUp === null) return undefined
  const after = edited(setUp.setup, edit, context)
  const change = setUpChange(setUp.file, setUp.setup as never, after as never)
  return change.node === null && change.identities.length === 0 && change.services.length === 0 ? undefined : change
}

/** The set-up with an edit of a planner; services that it does not name are made like those that are there. */
function edited(setup: Setup, { node, handsNodeTo, identities, services, removed }: SetUpEdit, context: PlanContext): Setup {
  const left = withoutIdentities(setup, new Set(removed))
  const placed: Setup =
    node === undefined || left.node.mode !== 'managed'
      ? left
      : {
          ...left,
          node: {
            ...left.node,
            dataFolder: node.dataFolder,
            configFile: node.configFile,
            ...(node.lockFile === undefined ? {} : { lockFile: node.lockFile }),
            ...(node.coinbase === undefined ? {} : { coinbase: node.coinbase }),
            ...(node.postListener === undefined ? {} : { listeners: { ...left.node.listeners, post: node.postListener } }),
          },
        }
  const handed =
    handsNodeTo === undefined || placed.node.mode !== 'managed' ? placed : { ...placed, node: { ...placed.node, owner: handsNodeTo } }
  const named = identities.map((one) => ({
    ...one,
    ...(context.names[one.id] === undefined ? {} : { nickname: context.names[one.id] ?? '' }),
  }))
  const whole = withIdentities(handed, named, context)
  return {
    ...whole,
    services: whole.services.map((one) => {
      const wanted = services.find(({ identity }) => identity === one.identity)
      if (wanted === undefined) return one
      const { pinnedCores: _cores, ...rest } = one
      return { ...rest, posFolder: wanted.posFolder, nonces: wanted.nonces, threads: wanted.threads, randomx: wanted.randomx }
    }),
  }
}

/** The set-up of another program that uses this data folder. */
export const foundFor = ({ setups }: PlanContext, dataFolder: string): FoundSetup | undefined =>
  setups.find(({ node }) => node?.dataFolder !== undefined && realPath(node.dataFolder) === realPath(dataFolder))

/** Everything about a node's folder: config and lock as our set-up or another program's names them. */
export function factsOf(dataFolder: string, context: PlanContext, tools: FactTools): FolderFacts {
  return readFolderFacts({ dataFolder: path.resolve(dataFolder), ...hintsOf(dataFolder, context) }, tools)
}

/** Name, config and lock of a data folder, as far as somebody named them. */
export function hintsOf(
  dataFolder: string,
  context: PlanContext,
): { readonly name: string; readonly configFile?: string; readonly lockFile?: string } {
  const own = context.setUp?.expanded.node
  const found = foundFor(context, dataFolder)
  const isOwn = own?.mode === 'managed' && realPath(own.dataFolder) === realPath(dataFolder)
  const configFile = isOwn ? own.configFile : found?.node?.configFile
  const lockFile = isOwn ? own.lockFile : found?.node?.lockFile
  const base = path.basename(dataFolder)
  const name = found?.kind === 'smapp' ? 'Smapp’s node' : base.slice(0, 1).toUpperCase() + base.slice(1)
  return { name, ...(configFile === undefined ? {} : { configFile }), ...(lockFile === undefined ? {} : { lockFile }) }
}

/** The same as planners of one node take it. */
export function nodeFolder(facts: FolderFacts, temporary: string): NodeFolder {
  const { database, genesis } = facts
  const lock = facts.lockFile
  return {
    name: facts.name,
    dataFolder: facts.dataFolder,
    realFolder: facts.place.realPath,
    version: database.is === 'read' ? `schema ${database.schema}` : '',
    keys: facts.keys,
    taken: facts.names,
    problems: facts.keyProblems,
    database: readLocalDatabase(facts.dataFolder, { temporary }),
    ...(genesis.is === 'known' ? { genesisId: genesis.id } : {}),
    ...(lock === undefined ? {} : { lockFile: lock }),
  }
}

/** What the chain says of these identities, as the state of these nodes has it. */
export function standings(
  dataFolders: readonly string[],
  ids: readonly string[],
  { processes }: Pick<PlanContext, 'processes'>,
): ReadonlyMap<string, Standing> {
  const inUse = new Set(
    processes.flatMap(({ program, folder }) => (program === 'go-spacemesh' && folder !== undefined ? [realPath(folder)] : [])),
  )
  const bans = dataFolders.map((folder) => readBans(folder, ids, { isInUse: inUse.has(realPath(folder)) }))
  const known = bans.flatMap((one) => (one.is === 'read' ? [one] : []))
  return new Map(
    ids.map((id) => {
      const partners = [...new Set(known.flatMap(({ sets }) => sets.filter((set) => set.includes(id)).flat()))].filter((one) => one !== id)
      const isBanned = known.some(({ banned }) => banned.includes(id))
      return [id, { is: isBanned ? 'banned' : known.length > 0 ? 'clean' : 'unknown', partners }]
    }),
  )
}

/** A file as a plan sees it. */
export function seen(file: string): FileSeen {
  try {
    return { file, text: readFileSync(file, 'utf8'), mode: statSync(file).mode & 0o777 }
  } catch {
    return { file, text: null }
  }
}

export const factTools = (temporary: string): FactTools => ({ files: systemFiles, temporary })
