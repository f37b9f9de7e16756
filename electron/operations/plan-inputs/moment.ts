import { existsSync, realpathSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FoundSetup } from '../../../shared/domain/inventory.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { systemFiles } from '../../lib/files.ts'
import type { PlanContext } from '../context.ts'
import { readBans } from '../facts/bans.ts'
import { commandLineValues } from '../facts/command-line.ts'
import { readFolderFacts, type FactTools, type FolderFacts, type FolderInput } from '../facts/folder-facts.ts'
import type { FileSeen, NodeFolder, PlanMoment, SetUpEdit, Standing } from '../plans/plan-parts.ts'
import { setUpChange } from '../steps/set-up.ts'
import { nodeFolderOf, standingsOf } from '../plans/plan-folder.ts'
import { editedSetUp } from '../plans/set-up-edit.ts'
import { serviceBinary, servicesFor } from './services.ts'

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
  const change = setUpChange(setUp.file, setUp.setup as never, edited(setUp.setup, edit, context) as never)
  return change.node === null && change.identities.length === 0 && change.services.length === 0 ? undefined : change
}

/** The set-up with an edit of a planner; identities whose PoS data is known get a service that the edit does not name. */
function edited(setup: Setup, edit: SetUpEdit, context: PlanContext): Setup {
  const named = new Set(edit.services.map(({ identity }) => identity))
  const more = servicesFor(
    setup,
    edit.identities.map(({ id }) => id).filter((id) => !named.has(id)),
    context,
  )
  const binary = serviceBinary(setup, context)
  const after = editedSetUp(
    setup,
    { ...edit, services: binary === undefined ? [] : [...edit.services, ...more] },
    { serviceBinary: binary ?? '' },
  )
  const known = new Set(setup.identities.map(({ id }) => id))
  return {
    ...after,
    identities: after.identities.map((one) => {
      const name = context.names[one.id]
      return known.has(one.id) || name === undefined || name.includes('…') ? one : { ...one, nickname: name.slice(0, 60) }
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

/** The same as planners of one node take it. */
export const nodeAt = (dataFolder: string, context: PlanContext, tools: FactTools): NodeFolder =>
  nodeFolderOf(factsOf(dataFolder, context, tools))

/** Name, config, lock and command line of a data folder, as far as somebody named them. */
export function hintsOf(
  dataFolder: string,
  context: PlanContext,
): Required<Pick<FolderInput, 'name'>> & Pick<FolderInput, 'configFile' | 'lockFile' | 'known'> {
  const own = context.setUp?.expanded.node
  const found = foundFor(context, dataFolder)
  const isOwn = own?.mode === 'managed' && realPath(own.dataFolder) === realPath(dataFolder)
  const beside = path.join(dataFolder, 'config.json')
  const configFile = isOwn ? own.configFile : (found?.node?.configFile ?? (existsSync(beside) ? beside : undefined))
  const lockFile = isOwn ? own.lockFile : found?.node?.lockFile
  const args = isOwn ? own.extraArgs : found?.node?.args
  const base = path.basename(dataFolder)
  const name = found?.kind === 'smapp' ? 'Smapp’s node' : base.slice(0, 1).toUpperCase() + base.slice(1)
  return {
    name,
    ...(configFile === undefined ? {} : { configFile }),
    ...(lockFile === undefined ? {} : { lockFile }),
    ...(args === undefined ? {} : { known: commandLineValues(args) }),
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
  return standingsOf(bans, ids)
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
