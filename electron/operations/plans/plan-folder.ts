import { assertNever } from '../../../shared/domain/fault.ts'
import type { BanFacts } from '../facts/bans.ts'
import type { DatabaseFacts } from '../facts/local-facts.ts'
import type { FolderFacts } from '../facts/folder-facts.ts'
import { rangeOf } from './merge-refusals-databases.ts'
import type { NodeFolder, Standing } from './plan-parts.ts'

/** "v1.7.0 to v1.8, schema 9" */
function versionOf(database: DatabaseFacts): string {
  switch (database.is) {
    case 'read':
      return `${rangeOf(database.schema)}, schema ${database.schema}`
    case 'absent':
      return 'no database'
    case 'unsupported':
      return `schema ${database.schema}`
    case 'locked':
    case 'corrupt':
    case 'unreadable':
      return 'unknown version'
    default:
      return assertNever(database)
  }
}

/** Everything that was read of a data folder, as the planners of single nodes take it. */
export function nodeFolderOf(facts: FolderFacts): NodeFolder {
  const { dataFolder, name, place, keys, names, keyProblems, database, genesis, lockFile } = facts
  const drift = database.is === 'read' ? database.drift : undefined
  return {
    name,
    dataFolder,
    realFolder: place.realPath,
    version: versionOf(database),
    keys,
    taken: names,
    problems: [
      ...keyProblems,
      ...(drift === undefined ? [] : [`its database is not as its release makes it (${drift}): restore it from a backup`]),
    ],
    database,
    ...(genesis.is === 'known' ? { genesisId: genesis.id } : {}),
    ...(lockFile === undefined ? {} : { lockFile }),
  }
}

/** What the state databases of some nodes say of identities: a ban that one of them knows counts. */
export function standingsOf(bans: readonly BanFacts[], ids: readonly string[]): ReadonlyMap<string, Standing> {
  const read = bans.flatMap((one) => (one.is === 'read' ? [one] : []))
  const banned = new Set(read.flatMap((one) => one.banned))
  const sets = read.flatMap((one) => one.sets)
  const all = new Set([...ids, ...sets.flat(), ...banned])
  return new Map(
    [...all].map((id) => {
      const partners = [...new Set(sets.filter((set) => set.includes(id)).flat())].filter((one) => one !== id)
      const is = banned.has(id) ? 'banned' : read.length === 0 ? 'unknown' : 'clean'
      return [id, { is, partners }] as const
    }),
  )
}
