import type { Fault } from './fault.ts'
import type { UnixMs } from './ids.ts'

/** What can be done to nodes, keys and PoS data as one planned, journaled and undoable piece of work. */
export const OPERATION_KINDS = [
  'merge',
  'convert',
  'unconvert',
  'split',
  'retire',
  'put-back',
  'take-over',
  'hand-over',
  'move-data',
  'export-identity',
  'import-identity',
  'coinbase',
] as const
export type OperationKind = (typeof OPERATION_KINDS)[number]

/** One node as it is before, or will be after an operation. */
export interface PlanNode {
  readonly name: string
  readonly folder: string
  /** "v1.7.6, schema 9" as far as known. */
  readonly version: string
  /** What becomes of it, when that is no list of keys: "disarmed: no key, cannot smesh; nothing deleted". */
  readonly note?: string
  readonly identities: readonly {
    readonly id: string
    readonly name: string
    readonly keyFile: string
    /** 64-GiB units of its data, when known. */
    readonly numUnits?: number
    /** What is new here: "added", "renamed from identity.key", "leaves". */
    readonly change?: string
  }[]
}

export interface PlanStep {
  readonly title: string
  readonly detail: string
  /** How long it may take, ms. */
  readonly estimateMs: number
}

export interface PlanRisk {
  /** Worst first: a ban for ever, lost rewards or data, waiting, worth knowing. */
  readonly grade: 'ban' | 'loss' | 'cost' | 'note'
  readonly text: string
}

export interface PlanCheck {
  readonly is: 'pass' | 'warn' | 'fail'
  readonly text: string
}

/** Rows of one table, as a plan counts them. */
export interface TableChange {
  readonly table: string
  readonly before: number
  readonly added: number
  readonly removed: number
}

/** What is going to be done, as the user reads it. Nothing has been changed. */
export interface OperationPlan {
  readonly id: string
  readonly kind: OperationKind
  /** The headline: "Merge Attic into Main: one node, 5 identities". */
  readonly title: string
  readonly madeAt: UnixMs
  readonly before: readonly PlanNode[]
  readonly after: readonly PlanNode[]
  readonly steps: readonly PlanStep[]
  readonly risks: readonly PlanRisk[]
  readonly checks: readonly PlanCheck[]
  readonly tables: readonly TableChange[]
  /** Why it cannot be run; empty when it can. Each with what, why and what to do. */
  readonly refusals: readonly Fault[]
  /** Boxes that only the user can tick; all of them start unticked. */
  readonly asks: readonly { readonly id: string; readonly text: string }[]
  /** What has to be down meanwhile, in the user's words: "the node", "the service of Amber". */
  readonly stops: readonly string[]
  readonly needs: { readonly bytes: number; readonly ms: number }
  /** Until when it can be undone exactly, and what undo does afterwards. */
  readonly undo: string
}

export type StepState = 'todo' | 'running' | 'done' | 'undoing' | 'undone' | 'failed'

export interface OperationStepView extends PlanStep {
  readonly state: StepState
  /** Real duration, when it is done. */
  readonly tookMs?: number
  /** Evidence: "12 rows in 5 tables", "2 keys in quarantine". */
  readonly note?: string
}

/**
 * `running` forward, `rolling-back` the other way; `unfinished` = neither, and not at an end: the user finishes it or
 * rolls it back; the rest are ends.
 */
export type OperationState = 'running' | 'rolling-back' | 'unfinished' | 'done' | 'rolled-back'

export interface OperationProgress {
  readonly step: number
  readonly done: number
  readonly total: number
  readonly unit: 'bytes' | 'files' | 'rows' | 'keys'
  /** Remaining time, ms; absent while nobody can say. */
  readonly etaMs?: number
}

/** An operation that was begun, from its journal. */
export interface OperationView {
  readonly id: string
  readonly kind: OperationKind
  readonly title: string
  readonly state: OperationState
  readonly beganAt: UnixMs
  readonly endedAt?: UnixMs
  readonly steps: readonly OperationStepView[]
  /** Why it stopped. */
  readonly fault?: Fault
  readonly progress?: OperationProgress
  /** What the user may do with it now. `undo`: exactly as before, or by a split that carries the current rows. */
  readonly undo: { readonly is: 'exact' | 'by-split' | 'no'; readonly why: string }
  readonly before: readonly PlanNode[]
  readonly after: readonly PlanNode[]
  /** Rows by table, as its plan counted them; absent when no database is changed. */
  readonly tables?: readonly TableChange[]
  /** Folder of the journal and the snapshots. */
  readonly folder: string
  /** A node that is to be started and looked at, when the user says so. */
  readonly startsNode?: boolean
  /** Ids that the node must list afterwards. */
  readonly expects?: readonly string[]
}

export interface OperationsState {
  /** Newest first; a running or unfinished one is among them. */
  readonly operations: readonly OperationView[]
  /** Journals that cannot be read, with what to do. */
  readonly problems: readonly string[]
}

/** One piece of the quarantine: keys that were moved there together. */
export interface QuarantineEntry {
  /** Name of its folder. */
  readonly id: string
  readonly path: string
  readonly at: string
  readonly why: string
  /** Operation that moved it, when one did. */
  readonly operation?: string
  readonly keys: readonly {
    readonly name: string
    readonly identity?: string
    /** Where it was. */
    readonly from: string
    /** Where a copy of it is armed now, when one is. */
    readonly armedAt?: string
  }[]
}

/** PoS data that an operation left where it was, and that nothing needs once `may` says so. Nobody removes it but the user. */
export interface Leftover {
  /** The operation that left it; each leaves one at most. */
  readonly operation: string
  /** `moved-source`: a verified copy is elsewhere. `retired-data`: its identity was retired. */
  readonly kind: 'moved-source' | 'retired-data'
  readonly identity: string
  readonly name: string
  readonly folder: string
  readonly bytes: number
  /** When it was left there. */
  readonly since: UnixMs
  /** Whether it may be removed now. */
  readonly may: boolean
  /** Why it may, or why not and what to do. */
  readonly why: string
}

/** An operation that has not come to an end: nothing else is begun before it is finished or rolled back. */
export const isOpen = ({ state }: { readonly state: OperationState }): boolean => state !== 'done' && state !== 'rolled-back'
