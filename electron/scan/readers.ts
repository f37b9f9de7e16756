import type { IdentityId } from '../../shared/domain/ids.ts'
import type { FoundProcess, FoundSetup, KeyCopy, LocalDatabase } from '../../shared/domain/inventory.ts'
import type { PosFolderState } from '../../shared/domain/observation.ts'
import type { Hints } from './request.ts'

/** What the scan needs of a key's bytes. */
export interface KeyBytes {
  readonly form: KeyCopy['form']
  readonly identity?: IdentityId
  readonly problem?: string
}

export interface IdentitiesFolder {
  readonly keys: readonly KeyCopy[]
  readonly problems: readonly string[]
}

/** What reads one finding; the other rooms' functions in the scan process, fakes in tests. */
export interface Readers {
  readonly parseKeyBytes: (bytes: Uint8Array) => KeyBytes
  readonly readIdentitiesFolder: (dataFolder: string) => IdentitiesFolder
  readonly isLoadedByNode: (name: string) => boolean
  readonly readLocalDatabase: (dataFolder: string) => LocalDatabase
  readonly inspectPosFolder: (folder: string) => PosFolderState
}

/** What looks for running programs and for what other programs have set up. */
export interface ProgramReaders {
  readonly findProcesses: (ownPids: readonly number[]) => Promise<readonly FoundProcess[]>
  readonly findSetups: (processes: readonly FoundProcess[], hints: Hints) => Promise<readonly FoundSetup[]>
}
