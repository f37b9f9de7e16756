import { realpathSync } from 'node:fs'
import path from 'node:path'
import type { IdentityId } from '../../shared/domain/ids.ts'
import { systemFiles, type Files } from '../lib/files.ts'
import { identitiesOf } from './identities-folder.ts'
import { codeOf, isLoadedByNode, readKeyFile } from './key-file.ts'

/** What a node on this data folder would load, as far as it can be read. */
export interface NodeKeys {
  /** The folder without links: two names of one folder are one node. */
  readonly realFolder: string
  readonly keys: readonly { readonly path: string; readonly identity: IdentityId }[]
  /** What could not be read, for the user. */
  readonly problems: readonly string[]
}

export type ReadNodeKeys = (dataFolder: string) => NodeKeys

/** A folder that is not there has no other name. */
function withoutLinks(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch {
    return path.resolve(folder)
  }
}

interface Remembered {
  readonly stamp: string
  readonly identity: IdentityId | undefined
}

/**
 * Reads nodes' keys and remembers them by path, inode, size and time, so that a look before each start costs little. Links
 * are read each time: what they point to may change without them.
 */
export function nodeKeyReader(files: Files = systemFiles, realFolderOf: (folder: string) => string = withoutLinks): ReadNodeKeys {
  let remembered = new Map<string, Remembered>()

  function identityOf(file: string, seen: Map<string, Remembered>, problems: string[]): IdentityId | undefined {
    const facts = files.facts(file)
    if (facts === undefined || facts.is === 'folder') return undefined
    const stamp = `${facts.device} ${facts.inode} ${facts.bytes} ${facts.modifiedAt}`
    const known = facts.is === 'file' ? remembered.get(file) : undefined
    if (known?.stamp === stamp) {
      seen.set(file, known)
      return known.identity
    }
    const { identity, found, problem } = readKeyFile(file, files)
    if (found === 'unreadable') problems.push(`${file}: ${problem ?? 'it cannot be read'}`)
    else if (facts.is === 'file') seen.set(file, { stamp, identity })
    return identity
  }

  return (dataFolder) => {
    const folder = identitiesOf(dataFolder)
    const realFolder = realFolderOf(dataFolder)
    const problems: string[] = []
    const keys: { path: string; identity: IdentityId }[] = []
    const seen = new Map([...remembered].filter(([file]) => path.dirname(file) !== folder))
    try {
      for (const name of files.list(folder).filter(isLoadedByNode)) {
        const file = path.join(folder, name)
        const identity = identityOf(file, seen, problems)
        if (identity !== undefined) keys.push({ path: file, identity })
      }
    } catch (cause) {
      const code = codeOf(cause)
      if (code === '') throw cause
      if (code !== 'ENOENT') problems.push(`${folder} cannot be read (${code}), so it is not known which keys are in it`)
    }
    remembered = seen
    return { realFolder, keys, problems }
  }
}
