import path from 'node:path'
import { fail, type Fault } from '../../../shared/domain/fault.ts'
import { shortId, type UnixMs } from '../../../shared/domain/ids.ts'
import type { LocalDatabase, LocalRows } from '../../../shared/domain/inventory.ts'
import type {
  OperationKind,
  OperationPlan,
  PlanCheck,
  PlanNode,
  PlanRisk,
  PlanStep,
  TableChange,
} from '../../../shared/domain/operation.ts'
import type { Owner } from '../../../shared/domain/process.ts'
import type { SafeWindow } from '../../../shared/domain/safe-window.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import type { WriteFile } from '../steps/data.ts'
import { sha256Of } from '../steps/write-file.ts'
import type { Draft, StepData } from '../types.ts'

/** One file that a node would load as a key. */
export interface FolderKey {
  readonly name: string
  readonly identity?: string
  readonly form: 'good' | 'repairable' | 'bad'
  readonly problem?: string
}

/** What planners know of a node's data folder. Nothing in it is newer than the plan. */
export interface NodeFolder {
  readonly name: string
  readonly dataFolder: string
  /** What links on the way lead to: two names of one folder have one of these. */
  readonly realFolder: string
  /** "v1.7.6, schema 9", as far as known. */
  readonly version: string
  readonly keys: readonly FolderKey[]
  /** Every name in `identities`, loaded or not. */
  readonly taken: readonly string[]
  /** What would keep a node from starting on it. Sentences without a full stop. */
  readonly problems: readonly string[]
  readonly database: LocalDatabase
  /** 40 hex characters. */
  readonly genesisId?: string
  /** `main.filelock` of its config. */
  readonly lockFile?: string
}

/** A text file as the plan saw it; `text` null: it is not there. */
export interface FileSeen {
  readonly file: string
  readonly text: string | null
  /** Permission bits; 0600 when not given. */
  readonly mode?: number
}

/**
 * What the chain says of an identity. `partners`: the other members of its equivocation set, which are banned with it.
 * @source facts/identity-and-keys.md §11
 */
export interface Standing {
  readonly is: 'clean' | 'banned' | 'unknown'
  readonly partners: readonly string[]
}

/** What of our set-up changes with a plan. */
export interface SetUpEdit {
  /** The node that it manages afterwards; absent: the same as before. */
  readonly node?: {
    readonly dataFolder: string
    readonly configFile: string
    readonly lockFile?: string
    readonly coinbase?: string
    readonly postListener?: string
  }
  /** Who starts the node from now on: it is watched, and never started by us. */
  readonly handsNodeTo?: Owner
  /** Identities that come, or get another key file. */
  readonly identities: readonly { readonly id: string; readonly keyFile: string }[]
  readonly services: readonly {
    readonly identity: string
    readonly posFolder: string
    readonly nonces: number
    readonly threads: number
    readonly randomx: 'fast' | 'light'
  }[]
  /** Identities that leave, with their services. */
  readonly removed: readonly string[]
}

/** Makes the step of an edit; the caller knows programs and free ports. Undefined: there is nothing to change. */
export type SetUpWriter = (edit: SetUpEdit) => StepData | undefined

/** What every planner needs beside its facts. */
export interface PlanMoment {
  readonly now: UnixMs
  /** 4 hex characters. */
  readonly random: string
  /** How the user calls each identity. */
  readonly names: Readonly<Record<string, string>>
  /** Data folders that a program works on now which is not stopped for this plan, and which program. */
  readonly held: readonly { readonly realFolder: string; readonly by: string }[]
  readonly window: SafeWindow
  readonly setUp: SetUpWriter
}

/** A step as the user reads it and as the engine does it. */
export type Pair = readonly [step: PlanStep, data: StepData]

const two = (value: number): string => String(value).padStart(2, '0')

/** `split-20261128-120000-ab12`, in UTC. */
export function planId(kind: OperationKind, { now, random }: Pick<PlanMoment, 'now' | 'random'>): string {
  const at = new Date(now)
  const day = `${at.getUTCFullYear()}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}`
  return `${kind}-${day}-${two(at.getUTCHours())}${two(at.getUTCMinutes())}${two(at.getUTCSeconds())}-${random}`
}

const SAFE = /[^A-Za-z0-9]+/g

/** Name of an entry of the quarantine: `2026-11-28-ab12-1-attic`. */
export function entryName({ now, random }: Pick<PlanMoment, 'now' | 'random'>, n: number, what: string): string {
  const name = what
    .replace(SAFE, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60)
  return `${new Date(now).toISOString().slice(0, 10)}-${random}-${n}-${name === '' ? 'keys' : name}`
}

/** Another one for each plan and each database of it: what tells the swapped file from every other. */
export const markerOf = ({ now, random }: Pick<PlanMoment, 'now' | 'random'>, n: number): number =>
  ((Number.parseInt(sha256Of(`${now} ${random} ${n}`).slice(0, 8), 16) & 0x7fffffff) % 0x7ffffffe) + 1

export const nameOf = ({ names }: Pick<PlanMoment, 'names'>, identity: string): string => names[identity] ?? shortId(identity)

/** At most three names, then a count. */
export function listed(texts: readonly string[]): string {
  if (texts.length > 3) return `${texts.slice(0, 2).join(', ')} and ${texts.length - 2} more`
  return texts.length === 3 ? `${texts[0] ?? ''}, ${texts[1] ?? ''} and ${texts[2] ?? ''}` : texts.join(' and ')
}

const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/**
 * A name for a key file that is free, also on disks that do not tell case: the wanted one, then with the id's beginning.
 * `local.key` never: it would make the node run its only identity by itself.
 */
export function freeKeyName(wanted: string, identity: string, taken: readonly string[]): string {
  const isFree = (name: string): boolean => !sameName(name, LOCAL_KEY) && !taken.some((one) => sameName(one, name))
  if (isFree(wanted)) return wanted
  const stem = sameName(wanted, LOCAL_KEY) ? '' : wanted.replace(/\.key$/, '')
  for (const digits of [8, 16, 64]) {
    const name = `${stem === '' ? '' : `${stem}-`}${identity.slice(0, digits)}.key`
    if (isFree(name)) return name
  }
  return `${identity}-${taken.length}.key`
}

/** `Kelp №2` → `kelp-2.key`; an identity without a name is called by the beginning of its id. */
export function keyNameFor({ names }: Pick<PlanMoment, 'names'>, identity: string, taken: readonly string[]): string {
  const slug = (names[identity] ?? '')
    .replace(SAFE, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 40)
  return freeKeyName(`${slug === '' ? identity.slice(0, 8) : slug}.key`, identity, taken)
}

export const no = <Code extends string>(code: Code, detail: string): Fault<Code> => fail(code, detail).fault

/** Replaces or makes a text file; nothing to do when it says so already. */
export function writeStep({ file, text: old, mode = 0o600 }: FileSeen, text: string, keep: string): WriteFile | undefined {
  if (old === text) return undefined
  return { is: 'write-file', file, before: old === null ? null : sha256Of(old), keep, text, mode }
}

/** A node as the user sees it, with what changes of its keys. */
export function planNode(
  moment: Pick<PlanMoment, 'names'>,
  { name, dataFolder, version }: Pick<NodeFolder, 'name' | 'dataFolder' | 'version'>,
  keys: readonly { readonly identity?: string; readonly name: string; readonly change?: string }[],
  note?: string,
): PlanNode {
  const identities = keys.flatMap(({ identity, name: keyFile, change }) =>
    identity === undefined ? [] : [{ id: identity, name: nameOf(moment, identity), keyFile, ...(change === undefined ? {} : { change }) }],
  )
  return { name, folder: dataFolder, version, identities, ...(note === undefined ? {} : { note }) }
}

export const rowsOf = (database: LocalDatabase): readonly LocalRows[] => (database.is === 'read' ? database.rows : [])
export const schemaOf = (database: LocalDatabase): number | undefined => (database.is === 'read' ? database.schema : undefined)

/** Rows of a database by table, of all identities or of these. Certificates are not counted before it is built. */
function counted(database: LocalDatabase, ids?: ReadonlySet<string>): Readonly<Record<string, number>> {
  const rows = rowsOf(database).filter(({ identity }) => ids === undefined || ids.has(identity))
  const post = (schemaOf(database) ?? 9) < 8 ? 'initial_post' : 'post'
  return {
    [post]: rows.filter(({ hasPost }) => hasPost).length,
    challenge: rows.filter(({ challenge }) => challenge !== undefined).length,
    poet_registration: rows.reduce((sum, { registrations }) => sum + registrations.length, 0),
    nipost: rows.filter(({ hasProof }) => hasProof).length,
  }
}

/** What rows of `ids`, which come from `from`, make of the tables of `to`. */
export function tablesOf(to: LocalDatabase, from: LocalDatabase, ids: readonly string[]): readonly TableChange[] {
  const wanted = new Set(ids)
  const [all, old, fresh] = [counted(to), counted(to, wanted), counted(from, wanted)]
  return Object.keys(fresh).map((table) => ({ table, before: all[table] ?? 0, added: fresh[table] ?? 0, removed: old[table] ?? 0 }))
}

const GRADES = ['ban', 'loss', 'cost', 'note'] as const

/** What a draft is made of; what is missing is empty. */
export interface DraftParts {
  readonly kind: OperationKind
  readonly title: string
  readonly before: readonly PlanNode[]
  readonly after: readonly PlanNode[]
  readonly pairs: readonly Pair[]
  readonly risks: readonly PlanRisk[]
  readonly checks: readonly PlanCheck[]
  readonly refusals: readonly Fault[]
  readonly tables?: readonly TableChange[]
  readonly asks?: OperationPlan['asks']
  readonly stops: readonly string[]
  readonly bytes: number
  readonly undo: string
  readonly touches: readonly Pick<NodeFolder, 'dataFolder' | 'lockFile'>[]
  readonly startsNode?: boolean
  readonly expects?: readonly string[]
}

/** One draft of everything. A refused one has no steps, and leaves the nodes as they are. */
export function draftOf(parts: DraftParts, moment: PlanMoment): Draft {
  const { kind, title, before, refusals, tables = [], asks = [], bytes, undo } = parts
  const isRefused = refusals.length > 0
  const pairs = isRefused ? [] : parts.pairs
  const steps = pairs.map(([step]) => step)
  const window: readonly PlanRisk[] =
    moment.window.is === 'safe' || isRefused || parts.stops.length === 0
      ? []
      : [{ grade: 'cost', text: `It is no good moment: ${moment.window.why}.` }]
  const risks = isRefused ? [] : [...parts.risks, ...window]
  const plan: OperationPlan = {
    id: planId(kind, moment),
    kind,
    title,
    madeAt: moment.now,
    before,
    after: isRefused ? before : parts.after,
    steps,
    risks: GRADES.flatMap((grade) => risks.filter((risk) => risk.grade === grade)),
    checks: [...refusals.map(({ detail }): PlanCheck => ({ is: 'fail', text: detail })), ...parts.checks],
    tables: isRefused ? [] : tables,
    refusals,
    asks: isRefused ? [] : asks,
    stops: isRefused ? [] : parts.stops,
    needs: { bytes: isRefused ? 0 : bytes, ms: steps.reduce((sum, { estimateMs }) => sum + estimateMs, 0) },
    undo: isRefused ? 'Nothing is done, so there is nothing to undo.' : undo,
  }
  return {
    plan,
    steps: pairs.map(([, data]) => data),
    touches: isRefused
      ? []
      : parts.touches.map(({ dataFolder, lockFile }) => ({ dataFolder, ...(lockFile === undefined ? {} : { lockFile }) })),
    ...(isRefused || parts.startsNode === undefined ? {} : { startsNode: parts.startsNode }),
    ...(isRefused || parts.expects === undefined ? {} : { expects: parts.expects }),
  }
}

/** A plan that is refused before anything of it was worked out. */
export const refusedDraft = (parts: Pick<DraftParts, 'kind' | 'title' | 'before' | 'refusals'>, moment: PlanMoment): Draft =>
  draftOf({ ...parts, after: [], pairs: [], risks: [], checks: [], stops: [], bytes: 0, undo: '', touches: [] }, moment)

/** The set-up's step, when anything of it changes. */
export function setUpPairs({ setUp }: PlanMoment, edit: SetUpEdit, detail: string): readonly Pair[] {
  const data = setUp(edit)
  return data === undefined ? [] : [[{ title: 'Change our set-up', detail, estimateMs: 100 }, data]]
}

/** The node of this folder runs, or somebody else has its database. */
export function heldBy({ held }: Pick<PlanMoment, 'held'>, { realFolder }: Pick<NodeFolder, 'realFolder'>): string | undefined {
  return held.find((one) => one.realFolder === realFolder)?.by
}

/** Bytes that snapshots and a new database need. */
export const databaseBytes = (...databases: readonly LocalDatabase[]): number =>
  databases.reduce((sum, one) => sum + (one.is === 'read' ? one.bytes * 4 : 0), 1024 ** 2)

export const folderName = (dataFolder: string): string => path.basename(dataFolder)
