import type { IdentityId, UnixMs } from './ids.ts'
import type { NetworkTiming, PostParameters } from './network.ts'
import type { PosFolderState } from './observation.ts'
import type { Owner } from './process.ts'

/**
 * What is on this machine, as a scan found it. Nothing here holds a byte of a key's secret half: a key file is told by
 * its path and by the public key that was derived from its seed.
 */

/** One file that holds, or should hold, an identity key. */
export interface KeyCopy {
  readonly path: string
  /** Derived from the seed; absent when the file holds no usable key. */
  readonly identity?: IdentityId
  /**
   * `good`: as the node wants it. `repairable`: the key is whole, but the node would refuse the file (line end, BOM,
   * wrong public half). `bad`: no key can be read from it.
   */
  readonly form: 'good' | 'repairable' | 'bad'
  /** What is wrong, as a sentence without a full stop; absent when `good`. */
  readonly problem?: string
  /** Where it lies: a node's `identities`, beside PoS data, in our quarantine or a held place, or anywhere else. */
  readonly place: 'node' | 'pos-folder' | 'quarantine' | 'loose'
  /** Data folder of the node whose `identities` it lies in, and whether the node would load it (`*.key`). */
  readonly nodeFolder?: string
  readonly isLoaded?: boolean
  readonly modifiedAt: UnixMs
}

/** How dangerous a copy of a key is: it lies there; a node that may start would load it; a node runs with it. */
export type CopyGrade = 'at-rest' | 'configured' | 'running'

export interface FoundPosFolder {
  readonly path: string
  readonly state: PosFolderState
  /** Volume label or mount point, for the user. */
  readonly volume?: string
}

/** Rows of one identity in a node's local.sql. @source facts/local-db.md §5 */
export interface LocalRows {
  readonly identity: IdentityId
  readonly hasPost: boolean
  readonly challenge?: {
    readonly publishEpoch: number
    /** 64 hex; zeros for the first ATX. */
    readonly previousAtx: string
    readonly hasPoetProof: boolean
  }
  readonly hasProof: boolean
  readonly registrations: readonly { readonly address: string; readonly roundId: string; readonly roundEndsAt: UnixMs }[]
}

export type LocalDatabase =
  | { readonly is: 'absent' }
  | {
      readonly is: 'read'
      readonly schema: number
      readonly bytes: number
      readonly rows: readonly LocalRows[]
      /** All rows were in the write-ahead log beside it, as after most stops. */
      readonly isInWal: boolean
    }
  /** No node of a known version: newer than 9, or 1 and 2 (before v1.4 migrated them), or 0 (its WAL is missing). */
  | { readonly is: 'unsupported'; readonly schema: number; readonly text: string }
  | { readonly is: 'locked' | 'corrupt' | 'unreadable'; readonly text: string }

export interface FoundNode {
  readonly dataFolder: string
  readonly local: LocalDatabase
  /** 40 hex characters of the genesis id, when genesis.json could be read. */
  readonly genesisId?: string
  /** Public keys of its `identities/*.key`, in file order. */
  readonly identities: readonly IdentityId[]
  /** `supervised`: one key, named local.key. */
  readonly mode: 'supervised' | 'remote' | 'empty'
  /** Why nothing but this folder's own programs may start it: what was found to start it. */
  readonly starters: readonly NodeStarter[]
  /** What would keep it from starting or make it start with other keys, as sentences without a full stop; absent when nothing. */
  readonly problems?: readonly string[]
}

/** Something that would start a node on a data folder. */
export interface NodeStarter {
  readonly owner: Owner
  /** What it is, for the user: a unit's name, a compose file with its service, Smapp's folder. */
  readonly label: string
  /** File that says so. */
  readonly file?: string
  /** Whether it starts by itself (enabled unit, restart policy, Smapp's autostart). */
  readonly isAutomatic: boolean
}

/** A running program of the network. */
export interface FoundProcess {
  readonly pid: number
  readonly program: 'go-spacemesh' | 'post-service' | 'postcli' | 'smapp'
  readonly owner: Owner
  /** Unit, container or parent that it belongs to, for the user. */
  readonly ownerLabel?: string
  /** Name of the user it runs as, when not ours. */
  readonly user?: string
  readonly startedAt?: UnixMs
  /** Its own, without the program's name. */
  readonly args: readonly string[]
  readonly cwd?: string
  /** go-spacemesh: its data folder as its arguments and config say; post-service and postcli: the PoS folder. */
  readonly folder?: string
  /** File that its log goes to, where the system tells it. */
  readonly logFile?: string
  readonly binary?: string
}

/** A set-up of another program, as its own files say it. */
export interface FoundSetup {
  readonly kind: 'smapp' | 'psm' | 'systemd' | 'compose' | 'process'
  readonly owner: Owner
  /** For the user: "Smapp", `spacemesh.service`, `~/smesh/compose.yaml`. */
  readonly label: string
  readonly file: string
  readonly node?: FoundNodeSetup
  readonly services: readonly FoundServiceSetup[]
  readonly isAutomatic: boolean
  /** What could not be understood; nothing is guessed. */
  readonly problems: readonly string[]
  /** Smapp's wallet files: offered for the backup, never touched otherwise. */
  readonly walletFiles: readonly string[]
}

/** Network that a node's config describes, its preset and built-in values filled in. */
export interface FoundNetwork extends NetworkTiming {
  readonly isMainnet: boolean
  readonly post: PostParameters
  readonly addressPrefix: string
}

export interface FoundNodeSetup {
  readonly binary?: string
  readonly dataFolder?: string
  readonly configFile?: string
  readonly lockFile?: string
  readonly listeners?: { readonly public?: string; readonly private?: string; readonly post?: string }
  readonly coinbase?: string
  /** smeshing-start: the node runs the only service itself (supervised). */
  readonly isSmeshing?: boolean
  /** Absent when its files do not tell it all. */
  readonly network?: FoundNetwork
  readonly logFile?: string
  readonly unit?: string
  readonly pid?: number
  readonly args: readonly string[]
}

export interface FoundServiceSetup {
  readonly binary?: string
  readonly posFolder?: string
  readonly nodeAddress?: string
  readonly operator?: string
  readonly nonces?: number
  readonly threads?: number
  readonly pinnedCores?: readonly number[]
  readonly randomx?: 'fast' | 'light'
  readonly remoteK2pow?: string
  readonly logFile?: string
  readonly unit?: string
  readonly pid?: number
  readonly args: readonly string[]
}

export interface ScannedVolume {
  readonly mountPoint: string
  readonly label: string
  readonly is: 'scanned' | 'partly' | 'not-answering' | 'skipped'
  /** Why it was not scanned whole, for the user. */
  readonly why?: string
  readonly folders: number
  readonly files: number
}

/** One identity with everything that was found of it. */
export interface InventoryIdentity {
  readonly id: IdentityId
  readonly nickname?: string
  readonly key: 'here' | 'missing' | 'unusable'
  readonly copies: readonly { readonly path: string; readonly grade: CopyGrade; readonly by?: string }[]
  readonly data: 'complete' | 'incomplete' | 'missing' | 'unreadable'
  readonly posFolders: readonly string[]
  readonly numUnits?: number
  readonly expectedBytes?: number
  readonly actualBytes?: number
  /** Data folders of nodes whose local.sql has rows of it. */
  readonly knownBy: readonly string[]
  /** Pid or label of what serves it. */
  readonly servedBy: readonly string[]
  /** One sentence for the user: what is here, what is missing, what to do. */
  readonly sentence: string
}

export interface Inventory {
  readonly startedAt: UnixMs
  readonly finishedAt: UnixMs
  /** false when it was cancelled or ran into its time limit: what is not listed may still be there. */
  readonly isWhole: boolean
  readonly volumes: readonly ScannedVolume[]
  readonly keys: readonly KeyCopy[]
  readonly posFolders: readonly FoundPosFolder[]
  readonly nodes: readonly FoundNode[]
  readonly processes: readonly FoundProcess[]
  readonly setups: readonly FoundSetup[]
  /** Paths of our own encrypted archives. */
  readonly backups?: readonly string[]
  readonly identities: readonly InventoryIdentity[]
}

/** What a scan shows while it runs. */
export interface ScanProgress {
  readonly startedAt: UnixMs
  /** Volume that is looked at now. */
  readonly at?: string
  readonly volumesDone: number
  readonly volumesInAll: number
  readonly folders: number
  readonly files: number
  readonly found: { readonly keys: number; readonly posFolders: number; readonly nodes: number; readonly setups: number }
}

export type ScanState =
  | { readonly is: 'never' }
  | { readonly is: 'running'; readonly progress: ScanProgress; readonly last?: Inventory }
  | { readonly is: 'done'; readonly inventory: Inventory }
  | { readonly is: 'failed'; readonly at: UnixMs; readonly why: string; readonly last?: Inventory }

/** Answer of the matcher for one dropped path or pasted id. */
export interface MatchAnswer {
  /** What it is. */
  readonly is: 'key' | 'pos-folder' | 'node-folder' | 'backup' | 'identity' | 'unknown'
  readonly identity?: IdentityId
  /** Sentences for the user, the answer first. */
  readonly sentences: readonly string[]
  /** What is worth doing with it here. */
  readonly next?: 'restore' | 'import' | 'backup' | 'add-key' | 'none'
}
