import path from 'node:path'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import { codeOf, identitiesOf, isLoadedByNode, LOCAL_KEY, readIdentitiesFolder } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { readGenesis, type GenesisFacts } from './genesis-id.ts'
import { readLocalFacts, type DatabaseFacts } from './local-facts.ts'
import { readNodeConfig, type NodeConfigFacts, type NodeConfigValues } from './node-config.ts'
import { readPlace, type PlaceFacts } from './place.ts'

/** One file that the node would load as a key. */
export interface FolderKey {
  readonly name: string
  readonly identity?: IdentityId
  readonly form: 'good' | 'repairable' | 'bad'
  /** Sentence without a full stop; absent when `good`. */
  readonly problem?: string
}

/** Everything that a plan needs to know of one node's data folder. Nothing of it was changed. */
export interface FolderFacts {
  /** Absolute, as it was asked for. */
  readonly dataFolder: string
  /** How the user calls this node. */
  readonly name: string
  readonly place: PlaceFacts
  /** By name. */
  readonly keys: readonly FolderKey[]
  /** Names of everything in `identities`. */
  readonly names: readonly string[]
  /** What would keep the node from starting; sentences without a full stop. */
  readonly keyProblems: readonly string[]
  readonly database: DatabaseFacts
  readonly genesis: GenesisFacts
  readonly config: NodeConfigFacts
  /** Values of its config, with what its command line puts over them. */
  readonly values: NodeConfigValues
  readonly lockFile?: string
}

export interface FolderInput {
  readonly dataFolder: string
  readonly name?: string
  readonly configFile?: string
  readonly lockFile?: string
  /** What is known better than from its config: the command line. */
  readonly known?: NodeConfigValues
}

export interface FactTools {
  readonly files: Files
  /** SQLite works on copies there. */
  readonly temporary: string
}

/** One key, named local.key: its node would run the service itself. */
export const isSupervised = ({ keys }: Pick<FolderFacts, 'keys'>): boolean => keys.length === 1 && keys[0]?.name === LOCAL_KEY

function namesIn(folder: string, files: Files): readonly string[] {
  try {
    return [...files.list(folder)].sort()
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return []
  }
}

/** Reads a data folder: its place, keys, database (every page), genesis and config. Never throws for what it finds. */
export function readFolderFacts(input: FolderInput, { files, temporary }: FactTools): FolderFacts {
  const dataFolder = path.resolve(input.dataFolder)
  const { keys, problems } = readIdentitiesFolder(dataFolder, files)
  const config = readNodeConfig(input.configFile, files)
  const values = { ...(config.is === 'read' ? config.values : {}), ...input.known }
  const lockFile = input.lockFile ?? values.lockFile
  return {
    dataFolder,
    name: input.name ?? path.basename(dataFolder),
    place: readPlace(dataFolder),
    keys: keys
      .filter(({ path: file }) => isLoadedByNode(path.basename(file)))
      .map(({ path: file, identity, form, problem }) => ({
        name: path.basename(file),
        form,
        ...(identity === undefined ? {} : { identity }),
        ...(problem === undefined ? {} : { problem }),
      })),
    names: namesIn(identitiesOf(dataFolder), files),
    keyProblems: problems,
    database: readLocalFacts(dataFolder, temporary),
    genesis: readGenesis(dataFolder, files),
    config,
    values,
    ...(lockFile === undefined ? {} : { lockFile: path.resolve(dataFolder, lockFile) }),
  }
}
