import type { TableChange } from '../../../shared/domain/operation.ts'
import { firstRows, identityTables } from '../database/build.ts'
import type { FolderFacts } from '../facts/folder-facts.ts'
import type { DatabaseFacts } from '../facts/local-facts.ts'
import { idsOf } from './merge-facts.ts'

type Readable = Extract<DatabaseFacts, { is: 'read' }>
type Counts = Map<string, Map<string, number>>

export interface MergeRows {
  readonly tables: readonly TableChange[]
  readonly added: number
  /** Identities without a key in their source whose rows come along, as with merge-nodes. */
  readonly keyless: readonly string[]
  /** Identities without a key at the target whose rows there give way to the newer ones. */
  readonly replaced: readonly string[]
}

const readable = ({ database }: FolderFacts): Readable | undefined => (database.is === 'read' ? database : undefined)

/** What copying will do, row by row, as the step that does it: rows of moved keys replace, all others come where none are. */
export function mergeRows(target: FolderFacts, sources: readonly FolderFacts[]): MergeRows {
  const base = readable(target)
  const model = base ?? sources.map(readable).find((one) => one !== undefined)
  if (model === undefined) return { tables: [], added: 0, keyless: [], replaced: [] }
  const tables = identityTables(model.schema).map(({ table }) => table)
  const counts: Counts = new Map(tables.map((table) => [table, new Map(base?.perId[table] ?? [])]))
  const added = new Map<string, number>()
  /** Rows that a fresh database has. */
  const made = new Map<string, number>()
  const removed = new Map<string, number>()
  const keyless = new Set<string>()
  const replaced = new Set<string>()
  const plus = (map: Map<string, number>, table: string, rows: number): void => void map.set(table, (map.get(table) ?? 0) + rows)
  for (const source of sources) {
    const from = readable(source)
    if (from === undefined) continue
    const wanted = new Set(idsOf(source))
    const known = new Set([...counts.values()].flatMap((ids) => [...ids.keys()]))
    for (const table of tables) {
      const here = counts.get(table) ?? new Map<string, number>()
      for (const id of wanted) {
        const rows = here.get(id)
        if (rows === undefined) continue
        plus(removed, table, rows)
        replaced.add(id)
        here.delete(id)
      }
      for (const [id, rows] of from.perId[table] ?? []) {
        if (!wanted.has(id) && known.has(id)) continue
        if (!wanted.has(id)) keyless.add(id)
        here.set(id, rows)
        plus(added, table, rows)
      }
    }
  }
  if (base === undefined && firstRows(model.schema).length > 0) plus(made, 'malfeasance_sync_state', 1)
  const names = Object.keys(model.tables)
  return {
    tables: names.map((table) => ({
      table,
      before: base?.tables[table] ?? 0,
      added: (added.get(table) ?? 0) + (made.get(table) ?? 0),
      removed: removed.get(table) ?? 0,
    })),
    added: [...added.values()].reduce((all, rows) => all + rows, 0),
    keyless: [...keyless],
    replaced: [...replaced],
  }
}
