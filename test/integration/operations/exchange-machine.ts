import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { ok } from '../../../shared/domain/fault.ts'
import { publicationText, readLocalDatabase } from '../../../electron/identities/index.ts'
import { systemFiles } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createEngine, type Engine } from '../../../electron/operations/engine.ts'
import {
  exchangeRules,
  planExportIdentity,
  planImportIdentity,
  type ExchangeNode,
  type ExportInput,
} from '../../../electron/operations/exchange/index.ts'
import { stepRules } from '../../../electron/operations/registry.ts'
import type { Draft, StepRule } from '../../../electron/operations/types.ts'

export const PASSPHRASE = 'harvest-pebble-orbit-lantern-quiet'

/** One machine below a folder: `node`, `home` and `out`. */
export interface ExchangeMachine {
  readonly root: string
}

export const places = ({ root }: ExchangeMachine) =>
  ({
    node: path.join(root, 'node'),
    out: path.join(root, 'out'),
    operations: path.join(root, 'home', 'operations'),
    quarantine: path.join(root, 'home', 'quarantine'),
    temporary: path.join(root, 'home', 'temporary'),
    records: path.join(root, 'home', 'publication.json'),
  }) as const

export function makeMachine(machine: ExchangeMachine): void {
  const { out, operations } = places(machine)
  for (const folder of [out, operations]) mkdirSync(folder, { recursive: true })
}

const moment = { now: Date.UTC(2026, 10, 28), random: 'ab12', names: {}, window: { is: 'safe' } } as const

function nodeOf(machine: ExchangeMachine, identities: Readonly<Record<string, string>>): ExchangeNode {
  const { node, temporary } = places(machine)
  return {
    name: 'Main',
    dataFolder: node,
    version: '',
    keys: Object.entries(identities).map(([name, identity]) => ({ name, identity, form: 'good' })),
    database: readLocalDatabase(node, { temporary }),
  }
}

/** @param identities  by file name */
export function planExportOn(machine: ExchangeMachine, identity: string, identities: Readonly<Record<string, string>>): Promise<Draft> {
  const input: ExportInput = {
    moment,
    files: systemFiles,
    nodes: [nodeOf(machine, identities)],
    held: [],
    posFolder: null,
    proving: null,
    record: { identity: identity as never, atxs: [] },
    setUpFile: null,
    isInBackup: true,
    isBanned: false,
    machine: 'attic',
    madeBy: 'Smeshkeeper 0.1.0',
    freeBytes: () => 1024 ** 3,
    canWrite: () => true,
  }
  return planExportIdentity({ identity, file: path.join(places(machine).out, 'it.age'), recipients: [] }, input)
}

export function planImportOn(machine: ExchangeMachine, file: string, identities: Readonly<Record<string, string>>): Promise<Draft> {
  const { node, temporary, records } = places(machine)
  const input = {
    moment,
    files: systemFiles,
    temporary,
    node: nodeOf(machine, identities),
    held: [],
    nodeFolders: [node],
    armedElsewhere: [],
    banned: [],
    recordsFile: records,
    setUpFile: null,
    service: null,
    holdUntil: null,
    freeBytes: () => 1024 ** 3,
    passphrase: PASSPHRASE,
  }
  return planImportIdentity({ file }, input)
}

export function engineFor(machine: ExchangeMachine): Engine {
  const { operations, quarantine, temporary } = places(machine)
  return createEngine({
    files: systemFiles,
    folder: operations,
    quarantine,
    temporary,
    rules: { ...stepRules(), ...(exchangeRules({ workFactor: 4 }) as unknown as Record<string, StepRule>) },
    hold: () => Promise.resolve(ok({ release: () => undefined })),
    log: silentLogger,
    now: () => Date.now(),
    monotonic: () => performance.now(),
  })
}

/** Begins it unless that was done, and finishes it. @returns `done`, or why not */
export async function goOn(machine: ExchangeMachine, draft: Draft): Promise<string> {
  const engine = engineFor(machine)
  if ((await engine.view(draft.plan.id)) === undefined) {
    const begun = engine.begin(draft)
    if (!begun.ok) return begun.fault.detail
  }
  const ended = await engine.finish(draft.plan.id, PASSPHRASE)
  return ended.ok ? ended.value.state : ended.fault.detail
}

/** Every row of an identity, as text, by table. */
export function rowsIn(dataFolder: string, identity: string): Readonly<Record<string, string>> {
  const db = new Sqlite(path.join(dataFolder, 'local.sql'))
  try {
    const tables = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()
    const found = tables.flatMap((table): [string, string][] => {
      const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table)
      const id = columns.includes('node_id')
        ? 'node_id'
        : ['post', 'initial_post', 'challenge', 'poet_registration', 'nipost'].includes(table)
          ? 'id'
          : undefined
      if (id === undefined) return []
      const quoted = columns.map((name) => `quote("${name}")`).join(" || ',' || ")
      const rows = db
        .prepare<[Buffer], string>(`SELECT ${quoted} FROM ${table} WHERE ${id} = ? ORDER BY 1`)
        .pluck()
        .all(Buffer.from(identity, 'hex'))
      return [[table, rows.join('\n')]]
    })
    return Object.fromEntries(found)
  } finally {
    db.close()
  }
}

/** Files below a folder whose whole content is this text. */
export function copiesOf(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(path.join(entry.parentPath, entry.name), 'latin1') === text)
    .map((entry) => path.join(entry.parentPath, entry.name))
}

export const emptyRecords = (): string => publicationText([])
