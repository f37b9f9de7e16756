import { shortId } from '../../../shared/domain/ids.ts'
import type { FoundNode, Inventory } from '../../../shared/domain/inventory.ts'
import type { IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'

/** Last parts of folders that say nothing: the part before them is the name. */
const PLAIN = new Set(['node-data', 'data', 'node'])
/** What a supervised node calls its key; a node with several keys refuses it. */
const SUPERVISED = 'local.key'

const partsOf = (path: string): readonly string[] => path.split(/[/\\]/).filter((part) => part !== '')
const baseOf = (path: string): string => partsOf(path).at(-1) ?? path

/** A folder in one word: "spacemesh", "attic". */
export function nodeName(folder: string): string {
  const parts = partsOf(folder)
  const last = parts.at(-1) ?? folder
  return PLAIN.has(last.toLowerCase()) ? (parts.at(-2) ?? last) : last
}

export const identityName = (inventory: Inventory | undefined, known: readonly IdentitySnapshot[] | undefined, id: string): string =>
  known?.find((one) => one.id === id)?.name ?? inventory?.identities.find((one) => one.id === id)?.nickname ?? shortId(id)

/** "3 keys, schema 9", or why its database says nothing. */
export function schemaWords({ local }: FoundNode): string {
  switch (local.is) {
    case 'absent':
      return 'no local.sql'
    case 'read':
    case 'unsupported':
      return `schema ${local.schema}`
    case 'locked':
      return 'local.sql is in use'
    case 'corrupt':
      return 'local.sql is damaged'
    case 'unreadable':
      return 'local.sql cannot be read'
    default:
      return local satisfies never
  }
}

export interface NodeKey {
  readonly identity: string
  readonly file: string
  readonly folder: string
}

/** Keys that the node of `folder` loads, with their file names. */
export const keysOf = (inventory: Inventory, folder: string): readonly NodeKey[] =>
  inventory.keys.flatMap((key) =>
    key.nodeFolder === folder && key.place === 'node' && key.isLoaded !== false && key.identity !== undefined
      ? [{ identity: key.identity, file: baseOf(key.path), folder }]
      : [],
  )

export interface Choice {
  readonly from: readonly string[]
  readonly to: string | null
}

export interface Clash extends NodeKey {
  readonly suggested: string
  readonly why: string
}

const suggest = (name: string, identity: string, taken: ReadonlySet<string>): string => {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const first = `${plain === '' ? identity.slice(0, 8) : plain}.key`
  return taken.has(first) || first === SUPERVISED ? `${plain === '' ? 'key' : plain}-${identity.slice(0, 8)}.key` : first
}

/** Keys that cannot keep their file names in one node, each with a name that is free. Case does not tell names apart. */
export function clashesOf(inventory: Inventory, choice: Choice, nameOf: (id: string) => string): readonly Clash[] {
  if (choice.to === null || choice.from.length === 0) return []
  const taken = new Map<string, string>()
  const clashes: Clash[] = []
  for (const folder of [choice.to, ...choice.from]) {
    for (const key of keysOf(inventory, folder)) {
      const name = key.file.toLowerCase()
      const owner = taken.get(name)
      const isSupervised = name === SUPERVISED
      if (!isSupervised && (owner === undefined || owner === key.identity)) {
        taken.set(name, key.identity)
        continue
      }
      const suggested = suggest(nameOf(key.identity), key.identity, new Set(taken.keys()))
      taken.set(suggested, key.identity)
      clashes.push({
        ...key,
        suggested,
        why: isSupervised ? 'a node with several keys refuses this name' : `${nameOf(owner ?? '')} has this name`,
      })
    }
  }
  return clashes
}

/** Why these new names cannot be used; `undefined` when they can. */
export function namesProblem(names: readonly string[], kept: readonly string[]): string | undefined {
  const bad = names.find((name) => !/^[^/\\\0]{1,200}\.key$/.test(name))
  if (bad !== undefined) return `“${bad}” is no name of a key file: it ends in .key and holds no slash.`
  if (names.some((name) => name.toLowerCase() === SUPERVISED)) return 'local.key is refused by a node with several keys. Take another name.'
  const all = [...names, ...kept].map((name) => name.toLowerCase())
  const twice = names.find((name) => all.filter((one) => one === name.toLowerCase()).length > 1)
  return twice === undefined ? undefined : `Two keys would be called ${twice}. Take another name for one of them.`
}
