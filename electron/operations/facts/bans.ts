import { existsSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { textOf } from '../../../shared/domain/fault.ts'

/** What one node's state.sql says of some identities: who is banned, and with whom they share the liability. */
export type BanFacts =
  | {
      readonly is: 'read'
      /** Those that are banned for ever, among the asked and the members of their sets. */
      readonly banned: readonly string[]
      /** Equivocation sets of the asked, all members each. */
      readonly sets: readonly (readonly string[])[]
    }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown'; readonly why: string }

/** One question about one identity, answered over an index. */
interface Questions {
  readonly isBanned: (id: Buffer) => boolean
  readonly setOf: (id: Buffer) => readonly Buffer[]
}

function columnsOf(db: Database, table: string): ReadonlySet<string> {
  return new Set(db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table))
}

/**
 * Which tables there are depends on the version: `identities` alone up to v1.6.0, with the sets in it up to v1.7.4, then
 * `malfeasance` and `marriages` beside it.
 * @source facts/local-db.md §6, facts/identity-and-keys.md §11
 */
function questionsFor(db: Database): Questions | undefined {
  const identities = columnsOf(db, 'identities')
  const malfeasance = columnsOf(db, 'malfeasance')
  const marriages = columnsOf(db, 'marriages')
  if (!identities.has('pubkey') || !identities.has('proof')) return undefined
  const tests = [db.prepare<[Buffer]>('SELECT 1 FROM identities WHERE pubkey = ? AND proof IS NOT NULL')]
  if (malfeasance.has('pubkey')) tests.push(db.prepare('SELECT 1 FROM malfeasance WHERE pubkey = ?'))
  const members = marriages.has('id')
    ? 'SELECT pubkey FROM marriages WHERE id = (SELECT id FROM marriages WHERE pubkey = ?)'
    : identities.has('marriage_atx')
      ? 'SELECT pubkey FROM identities WHERE marriage_atx = (SELECT marriage_atx FROM identities WHERE pubkey = ?)'
      : undefined
  const set = members === undefined ? undefined : db.prepare<[Buffer], Buffer>(members).pluck()
  return {
    isBanned: (id) => tests.some((test) => test.get(id) !== undefined),
    setOf: (id) => set?.all(id) ?? [],
  }
}

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex')

function ask({ isBanned, setOf }: Questions, ids: readonly string[]): BanFacts {
  const banned = new Set<string>()
  const sets: string[][] = []
  const seen = new Set<string>()
  for (const id of ids) {
    if (isBanned(Buffer.from(id, 'hex'))) banned.add(id)
    if (seen.has(id)) continue
    const members = setOf(Buffer.from(id, 'hex'))
    if (members.length === 0) continue
    for (const member of members) if (isBanned(member)) banned.add(hex(member))
    const all = members.map(hex)
    for (const member of all) seen.add(member)
    sets.push(all)
  }
  return { is: 'read', banned: [...banned], sets }
}

/**
 * Looks identities up in a node's state.sql. The file has tens of gigabytes, so it is opened where it lies, read-only and
 * only while no node has it open; SQLite may leave its own `-shm` there, as the node does.
 */
export function readBans(dataFolder: string, ids: readonly string[], { isInUse }: { readonly isInUse: boolean }): BanFacts {
  const file = path.join(dataFolder, 'state.sql')
  if (!existsSync(file)) return { is: 'absent' }
  if (isInUse) return { is: 'unknown', why: `${file} is in use` }
  try {
    const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 2000 })
    try {
      const questions = questionsFor(db)
      return questions === undefined ? { is: 'unknown', why: `${file} has no table of banned identities` } : ask(questions, ids)
    } finally {
      db.close()
    }
  } catch (cause) {
    return { is: 'unknown', why: `${file} cannot be read: ${textOf(cause)}` }
  }
}
