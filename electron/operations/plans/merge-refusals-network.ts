import type { Fault } from '../../../shared/domain/fault.ts'
import type { FolderFacts } from '../facts/folder-facts.ts'
import { called, idsOf, movingOf, refusal, type MergeFacts } from './merge-facts.ts'
import { listed } from './plan-parts.ts'

export const networkRefusals = (facts: MergeFacts): readonly Fault[] => [
  ...genesisRefusals(facts),
  ...poetRefusals(facts),
  ...banRefusals(facts),
]

function genesisRefusals({ target, sources }: MergeFacts): readonly Fault[] {
  const [base, ...rest] = [target, ...sources].flatMap(({ name, genesis }) => (genesis.is === 'known' ? [{ name, genesis }] : []))
  if (base === undefined) return []
  return rest
    .filter(({ genesis }) => genesis.id !== base.genesis.id)
    .map(({ name, genesis }) =>
      refusal(
        'other-genesis',
        `${name} is of another network than ${base.name}: its genesis is ${genesis.time} (${genesis.id.slice(0, 8)}), that of ${base.name} ${base.genesis.time} (${base.genesis.id.slice(0, 8)}). Nodes of two networks cannot be merged: choose a target of the same one`,
      ),
    )
}

/** PoETs where an identity that moves is registered. */
export function registeredAt({
  database,
  keys,
}: FolderFacts): readonly { readonly poet: string; readonly identities: readonly string[] }[] {
  if (database.is !== 'read') return []
  const moving = new Set(idsOf({ keys }))
  const at = new Map<string, string[]>()
  for (const { identity, registrations } of database.rows)
    if (moving.has(identity)) for (const { address } of registrations) at.set(address, [...(at.get(address) ?? []), identity])
  return [...at].map(([poet, identities]) => ({ poet, identities }))
}

function poetRefusals(facts: MergeFacts): readonly Fault[] {
  const { target, sources } = facts
  const { poets } = target.values
  if (poets === undefined) return []
  const missing = new Map<string, Set<string>>()
  for (const { poet, identities } of sources.flatMap(registeredAt)) {
    if (poets.includes(poet)) continue
    missing.set(poet, new Set([...(missing.get(poet) ?? []), ...identities]))
  }
  // Those of the command line win over the config.
  const isInConfig = target.config.is === 'read' && target.config.values.poets === poets
  const place = isInConfig ? `main.poet-servers in ${target.config.file}` : `--poet-servers of the command line of ${target.name}`
  return [...missing].map(([poet, identities]) =>
    refusal(
      'poet-not-listed',
      `${listed([...identities].map((id) => called(facts, id)))} ${identities.size === 1 ? 'is' : 'are'} registered at ${poet}, which ${target.name} does not list: its node would stop with a FATAL line for all its identities. Add ${poet} to ${place}, then plan again`,
    ),
  )
}

/** All that is known of bans, from whichever node knows it. */
export function bansKnown({ bans }: MergeFacts): { readonly banned: ReadonlySet<string>; readonly sets: readonly (readonly string[])[] } {
  const read = bans.flatMap((one) => (one.is === 'read' ? [one] : []))
  const sets = new Map<string, readonly string[]>()
  for (const set of read.flatMap((one) => one.sets)) sets.set([...set].sort().join(), set)
  return { banned: new Set(read.flatMap(({ banned }) => banned)), sets: [...sets.values()] }
}

function banRefusals(facts: MergeFacts): readonly Fault[] {
  const { banned, sets } = bansKnown(facts)
  const moving = movingOf(facts)
  const direct = moving.filter((id) => banned.has(id))
  const bySet = sets
    .filter((set) => set.some((id) => banned.has(id)))
    .flatMap((set) =>
      set.filter((id) => moving.includes(id) && !banned.has(id)).map((id) => ({ id, by: set.filter((one) => banned.has(one)) })),
    )
  return [
    ...direct.map((id) =>
      refusal(
        'banned',
        `${called(facts, id)} is banned for ever: it was seen to sign twice, and earns nothing anywhere. Take its key out of its node (Retire), then plan again`,
      ),
    ),
    ...bySet.map(({ id, by }) =>
      refusal(
        'set-banned',
        `${called(facts, id)} shares an equivocation set with ${listed(by.map((one) => called(facts, one)))}, banned for ever, and such a ban holds for the whole set. Take its key out of its node (Retire), then plan again`,
      ),
    ),
  ]
}
