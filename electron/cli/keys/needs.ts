import type { KeyConflict } from '../../../shared/domain/guard.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { titleOf } from './names.ts'

/** One thing on this machine that wants the user. `code` is for programs, `sentence` for him. */
export interface Need {
  readonly code: 'conflict' | 'key-missing' | 'key-unusable' | 'key-file' | 'data-incomplete' | 'data-unreadable' | 'not-whole'
  readonly identity?: string
  readonly path?: string
  readonly sentence: string
}

const KEY_NEEDS = { missing: 'key-missing', unusable: 'key-unusable' } as const
const DATA_NEEDS = { incomplete: 'data-incomplete', unreadable: 'data-unreadable' } as const

/**
 * What wants the user, worst first. A key without data is none of it (the data may lie on another machine), and neither
 * is a spoilt key file that no node would load.
 */
export function needsOf(inventory: Inventory, conflicts: readonly KeyConflict[]): Need[] {
  const ofIdentities = inventory.identities.flatMap((identity): Need[] => {
    const { id, key, data } = identity
    const sentence = `${titleOf(identity)}: ${identity.sentence}`
    if (key !== 'here') return [{ code: KEY_NEEDS[key], identity: id, sentence }]
    return data === 'incomplete' || data === 'unreadable' ? [{ code: DATA_NEEDS[data], identity: id, sentence }] : []
  })
  return [
    ...conflicts
      .filter(({ overriddenAt }) => overriddenAt === undefined)
      .map(({ identity, there, sentence }): Need => ({ code: 'conflict', identity, path: there, sentence })),
    ...ofIdentities,
    ...inventory.keys
      .filter(({ form, isLoaded }) => form !== 'good' && isLoaded === true)
      .map(({ path, problem }): Need => ({ code: 'key-file', path, sentence: `${path}: ${problem ?? 'no key can be read from it'}` })),
    ...(inventory.isWhole
      ? []
      : [{ code: 'not-whole' as const, sentence: 'The search was not finished: what is not listed may still be there. Search again.' }]),
  ]
}
