import type { KeyCopy } from '../../shared/domain/inventory.ts'

/** What the keeper asks for. */
export interface ScanRequest {
  /** Folders that the user added; a link among them is followed, because he named it. */
  readonly roots?: readonly string[]
  /** Smeshkeeper's own home: its practice network is not looked at, copies of databases are made below it. */
  readonly home: string
  /** A key in it is told as being in quarantine. */
  readonly quarantine: string
  readonly homedir: string
  readonly platform: NodeJS.Platform
  /** Nodes of the set-up: whatever else starts them, we would. */
  readonly nodes?: readonly { readonly dataFolder: string; readonly label: string }[]
  readonly nicknames?: Readonly<Record<string, string>>
  /** PoS folders of the set-up's services, by identity: one that cannot be read is told at its identity. */
  readonly posFolders?: Readonly<Record<string, string>>
  /** Processes that we started ourselves. */
  readonly ownPids?: readonly number[]
  readonly limits?: Partial<ScanLimits>
}

export interface ScanLimits {
  /** Levels below a root; a root's own content is level 1. */
  readonly depth: number
  /** For everything. */
  readonly ms: number
  /** A volume that says nothing for so long is put aside. */
  readonly silentMs: number
  /** The same at its second try, last of all: a sleeping disk needs its time to spin up. */
  readonly patientMs: number
}

export const DEFAULT_LIMITS: ScanLimits = { depth: 8, ms: 120_000, silentMs: 5000, patientMs: 20_000 }

/** One folder that is walked, with everything below it but the other roots and mounted volumes. */
export interface ScanRoot {
  readonly path: string
  /** Mount point of the volume that it lies on. */
  readonly volume: string
  /** That volume's name for the user. */
  readonly label: string
  /** `maybe`: a place where something may be; nothing is said when it does not exist. */
  readonly is: 'folder' | 'volume' | 'maybe'
}

/** To the scan process, one line. */
export interface WalkOrder {
  readonly roots: readonly ScanRoot[]
  /** Paths that are not entered: mount points and the other roots. */
  readonly stops: readonly string[]
  readonly depth: number
  readonly ms: number
  readonly temporary: string
  readonly quarantine: string
  readonly platform: NodeJS.Platform
  /** Of tests: the process goes to sleep when it comes to this root, as on a dead disk. */
  readonly hangAt?: string
}

/** Files and folders that lead to set-ups of other programs. */
export interface Hints {
  readonly composeFiles: readonly string[]
  readonly psmFiles: readonly string[]
  readonly smappFolders: readonly string[]
}

/** What the place of a file says about a key in it. */
export type KeyPlace = Pick<KeyCopy, 'place' | 'nodeFolder' | 'isLoaded'>
