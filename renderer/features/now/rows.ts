import { shortId } from '../../../shared/domain/ids.ts'
import type { IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import { byNeed, GROUP_WORDS, GROUPS, type Group } from '../../state/need.ts'

export type Row =
  | { readonly is: 'identity'; readonly id: string }
  | {
      readonly is: 'group'
      readonly key: string
      readonly group: Group | undefined
      readonly label: string
      readonly count: number
      readonly isOpen: boolean
    }

export interface ListView {
  readonly search: string
  readonly only: Group | undefined
  readonly by: 'state' | 'disk'
  /** Keys of groups turned from their default (proved closed, all others open). */
  readonly turned: ReadonlySet<string>
}

export const PLAIN: ListView = { search: '', only: undefined, by: 'state', turned: new Set() }

const isFound = (identity: IdentitySnapshot, search: string): boolean =>
  search === '' ||
  [identity.name, identity.id, shortId(identity.id), identity.disk ?? ''].some((text) => text.toLowerCase().includes(search))

export function countGroups(identities: readonly IdentitySnapshot[]): ReadonlyMap<Group, number> {
  const counts = new Map<Group, number>()
  for (const { group } of byNeed(identities)) counts.set(group, (counts.get(group) ?? 0) + 1)
  return counts
}

/** Rows of the list: plain by need, or grouped by state or disk with the proved closed. */
export function rowsOf(identities: readonly IdentitySnapshot[], view: ListView, isGrouped: boolean): readonly Row[] {
  const search = view.search.trim().toLowerCase()
  const found = byNeed(identities).filter(
    ({ identity, group }) => isFound(identity, search) && (view.only === undefined || group === view.only),
  )
  if (!isGrouped) return found.map(({ identity }) => ({ is: 'identity', id: identity.id }))
  const keyOf = (placed: (typeof found)[number]): string => (view.by === 'state' ? placed.group : (placed.identity.disk ?? 'unknown disk'))
  const keys =
    view.by === 'state' ? GROUPS.filter((group) => found.some((one) => one.group === group)) : [...new Set(found.map(keyOf))].sort()
  return keys.flatMap((key): Row[] => {
    const members = found.filter((one) => keyOf(one) === key)
    const isClosedFirst = key === 'proved' && view.only === undefined && search === ''
    const isOpen = view.turned.has(key) ? isClosedFirst : !isClosedFirst
    const group = GROUPS.find((one) => one === key)
    const head: Row = { is: 'group', key, group, label: group === undefined ? key : GROUP_WORDS[group], count: members.length, isOpen }
    return isOpen ? [head, ...members.map(({ identity }): Row => ({ is: 'identity', id: identity.id }))] : [head]
  })
}
