import { z } from 'zod'
import type { UnixMs } from '../domain/ids.ts'
import { identitySchema, serviceSchema, setupSchema, type Setup } from '../setup/schema.ts'
import { call, topic, type Api as ApiOf, type Handlers as HandlersOf } from './define.ts'
import { keysContract } from './keys-contract.ts'
import { machineContract } from './machine-contract.ts'
import { operationsContract } from './operations-contract.ts'
import type { AppSnapshot, SnapshotDelta } from './snapshot.ts'

/** Version of this contract: two sides of the local socket with different ones do not talk. */
export const CONTRACT_VERSION = 4

const nothing = z.void()
const identity = z.strictObject({ identity: z.string().regex(/^[0-9a-f]{64}$/) })
const logName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,80}$/)

export interface SetupProblem {
  /** Dotted place in the file, e.g. `services.2.threads`. */
  readonly at: string
  readonly message: string
  readonly severity: 'error' | 'warning'
}
export interface LogFile {
  readonly name: string
  readonly label: string
  readonly sizeBytes: number
  readonly modifiedAt: UnixMs
}
export interface LogLine {
  /** Byte offset of the line in the file. */
  readonly offset: number
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'none'
  readonly text: string
}
export interface LogPage {
  readonly lines: readonly LogLine[]
  /** Offset to ask `before` next, 0 at the start of the file. */
  readonly startOffset: number
  readonly endOffset: number
  readonly fileBytes: number
}
export interface BinaryReport {
  readonly path: string
  readonly program: 'go-spacemesh' | 'post-service' | 'postcli' | 'profiler' | 'merge-nodes' | 'unknown'
  readonly version?: string
  readonly sha256: string
  readonly architecture: string
  readonly runsHere: boolean
  /** Plain sentence when something is wrong or worth knowing (mainnet below 1.8.0, …). */
  readonly remark?: string
}
/** One proof as history knows it. Times Unix ms. */
export interface ProofRecord {
  readonly identity: string
  readonly epoch: number
  readonly startedAt: UnixMs
  readonly finishedAt?: UnixMs
  readonly outcome: 'running' | 'accepted' | 'failed' | 'rejected' | 'lost'
  readonly passes: number
  readonly powMs?: number
  readonly readMs?: number
  readonly bytesPerSecond?: number
  readonly cause?: string
}
export interface HistoryEntry {
  readonly id: number
  readonly at: UnixMs
  readonly identity?: string
  /** Stable kind, e.g. `node-event`, `process`, `status`, `alarm`, `notification`. */
  readonly kind: string
  readonly sentence: string
  readonly severity: 'info' | 'warn' | 'bad'
}
export interface UnitPrice {
  /** ms of proving work that would be thrown away; 0 when stopping is harmless. */
  readonly lostMs: number
  readonly sentence: string
}

/**
 * Every call and topic between the keeper and its faces (window, CLI, terminal). Handlers, preload, socket, fakes and
 * the end-to-end driver are derived from this object; a missing handler does not compile.
 */
export const contract = {
  app: {
    snapshot: call(nothing).returns<AppSnapshot>(),
    changed: topic<SnapshotDelta>(),
    /** Whole and deliberate end of the keeper. `stop-all` costs running proofs. */
    quit: call(z.strictObject({ outcome: z.enum(['leave-running', 'stop-all']) })).returns<void>(),
  },
  setup: {
    read: call(nothing).returns<{ readonly setup: Setup | undefined; readonly path: string; readonly problems: readonly SetupProblem[] }>(),
    /** Looks at paths, ports, binaries and the whole; changes nothing. */
    check: call(z.strictObject({ setup: z.unknown() })).returns<readonly SetupProblem[]>(),
    save: call(z.strictObject({ setup: setupSchema })).returns<void, 'setup/invalid' | 'setup/not-written'>(),
    importFile: call(z.strictObject({ path: z.string() })).returns<
      void,
      'setup/invalid' | 'setup/unreadable' | 'setup/newer' | 'setup/not-written'
    >(),
    setIdentity: call(identitySchema).returns<void, 'setup/invalid' | 'setup/not-written'>(),
    setService: call(serviceSchema).returns<void, 'setup/invalid' | 'setup/not-written'>(),
  },
  practice: {
    begin: call(z.strictObject({ identities: z.number().int().min(1).max(12), epochSeconds: z.number().min(20).max(1_209_600) })).returns<
      void,
      'practice/busy' | 'practice/not-started'
    >(),
    /** Stops its processes; its folder is kept unless `forget`. */
    end: call(z.strictObject({ forget: z.boolean() })).returns<void>(),
  },
  node: {
    /** `process/refused`: it would be a second one, or nobody could watch it; the sentence says what to do. */
    start: call(nothing).returns<void, 'process/not-ours' | 'process/no-setup' | 'process/refused'>(),
    stop: call(z.strictObject({ confirmed: z.boolean() })).returns<void, 'process/not-ours' | 'process/costs-work'>(),
  },
  service: {
    start: call(identity).returns<void, 'process/not-ours' | 'process/unknown' | 'process/refused'>(),
    /** `confirmed`: the price was shown and accepted. */
    stop: call(identity.extend({ confirmed: z.boolean() })).returns<void, 'process/not-ours' | 'process/unknown' | 'process/costs-work'>(),
    restart: call(identity.extend({ confirmed: z.boolean() })).returns<
      void,
      'process/not-ours' | 'process/unknown' | 'process/costs-work'
    >(),
    price: call(identity).returns<UnitPrice, 'process/unknown'>(),
  },
  logs: {
    list: call(nothing).returns<readonly LogFile[]>(),
    /** The lines before `before` (end of file when absent), newest last; never more than 1,000 lines or 1 MiB. */
    page: call(
      z.strictObject({
        name: logName,
        before: z.number().int().nonnegative().optional(),
        after: z.number().int().nonnegative().optional(),
        lines: z.number().int().min(1).max(1000),
        minLevel: z.enum(['debug', 'info', 'warn', 'error']).optional(),
      }),
    ).returns<LogPage, 'logs/unknown' | 'logs/unreadable'>(),
    /** Offset of the nearest line at error level or worse in that direction. */
    findError: call(
      z.strictObject({ name: logName, from: z.number().int().nonnegative(), direction: z.enum(['back', 'forward']) }),
    ).returns<{ readonly offset: number | undefined }, 'logs/unknown' | 'logs/unreadable'>(),
  },
  history: {
    proofs: call(z.strictObject({ identity: z.string().optional(), limit: z.number().int().min(1).max(1000) })).returns<
      readonly ProofRecord[]
    >(),
    entries: call(
      z.strictObject({ identity: z.string().optional(), before: z.number().int().optional(), limit: z.number().int().min(1).max(500) }),
    ).returns<readonly HistoryEntry[]>(),
  },
  binaries: {
    inspect: call(z.strictObject({ path: z.string() })).returns<
      readonly BinaryReport[],
      'binary/missing' | 'binary/unreadable' | 'binary/not-recognised'
    >(),
    /** The user has seen that a program changed since its first use, and wants it. */
    accept: call(z.strictObject({ path: z.string() })).returns<void, 'binary/missing'>(),
    /** Unpacks an official release archive beside the others and inspects it. */
    importArchive: call(z.strictObject({ path: z.string() })).returns<
      readonly BinaryReport[],
      'binary/bad-archive' | 'binary/unreadable' | 'binary/no-space'
    >(),
  },
  alerts: {
    /** Sends one message through every configured way; the answer says which arrived. */
    test: call(nothing).returns<{ readonly desktop: string; readonly webhook: string }>(),
    pause: call(z.strictObject({ untilMs: z.number().nullable() })).returns<void>(),
  },
  ...keysContract,
  ...operationsContract,
  ...machineContract,
} as const

export type AppContract = typeof contract
export type Api = ApiOf<AppContract>
export type AppHandlers = HandlersOf<AppContract>

/** Calls that only the window's own main process answers (dialogs, links): not on the socket. */
export const windowContract = {
  window: {
    chooseFile: call(z.strictObject({ title: z.string(), kind: z.enum(['file', 'folder', 'archive']) })).returns<{
      readonly path: string | undefined
    }>(),
    /** Only links on the exact allow-list of main. */
    openLink: call(z.strictObject({ id: z.enum(['project', 'spacemesh', 'releases']) })).returns<void, 'link/unknown'>(),
    /** Asks main to draw the question; answers whether the user said yes. */
    confirm: call(
      z.strictObject({
        question: z.enum(['stop-service', 'restart-service', 'stop-node', 'stop-all', 'end-practice']),
        identity: z.string().optional(),
      }),
    ).returns<{
      readonly confirmed: boolean
    }>(),
    /** Ask the app to open at a place, e.g. from a notification. */
    showRoom: topic<{ readonly room: string; readonly identity?: string }>(),
  },
} as const
export type WindowContract = typeof windowContract
export type WindowApi = ApiOf<AppContract & WindowContract>
