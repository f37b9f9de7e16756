import type { Told } from './alarm-told.ts'
import type { BackupSummary } from './backup.ts'
import { isFresh } from './freshness.ts'
import type { Scene, View } from './view.ts'
import { moment } from './words.ts'

/** A key that came back is asked about at once: what is settled within this time is no news. */
const CHECKED_WITHIN_MS = 15_000

/** What is wrong with the key of one identity beside its status. */
export function ofKey(v: View): readonly Told[] {
  const { key, isListed } = v.belief
  if (key === undefined || !isFresh(v.world, v.now, key, v.limits.keyFile)) return []
  // A node that has loaded it goes on with it: the loss shows at its next start only.
  if (key.value.is === 'missing' && isListed?.value === true) {
    const sentence =
      'its key file is gone. The running node still has the key in memory; after its next start it would not. Restore the key from a backup before that.'
    return [{ code: 'key-missing', severity: 'bad', since: key.at, sentence }]
  }
  const heldMs = v.now - key.at
  if (key.value.is === 'held' && heldMs > CHECKED_WITHIN_MS) {
    const end = key.value.until === undefined ? 'until you decide' : `until ${moment(key.value.until, v.now)}`
    return [
      { code: 'key-held', severity: 'warn', since: key.at, sentence: `its key is kept out of the node ${end}: ${key.value.text ?? ''}.` },
    ]
  }
  return []
}

const NEEDS_WORD: ReadonlySet<BackupSummary['is']> = new Set(['none', 'incomplete', 'broken', 'old', 'drill-due'])

/** Keys that could run twice, and how the backups stand. */
export function ofCustody({ world }: Scene): readonly (Told & { readonly about: string; readonly identity?: string })[] {
  const conflicts = (world.keyConflicts?.value ?? [])
    .filter((conflict) => conflict.overriddenAt === undefined)
    .map((conflict) => ({
      about: conflict.key,
      identity: conflict.identity,
      code: 'key-twice' as const,
      severity: conflict.grade === 'running' ? ('bad' as const) : ('warn' as const),
      since: world.keyConflicts?.at ?? 0,
      sentence: conflict.sentence,
    }))
  const backup = world.backup
  if (backup === undefined) return conflicts
  const about = backup.value.is
  const told = {
    about,
    code: 'backup' as const,
    severity: NEEDS_WORD.has(about) ? ('warn' as const) : ('info' as const),
    since: backup.since,
    sentence: backup.value.sentence,
  }
  return about === 'good' ? conflicts : [...conflicts, told]
}
