import type { BackupEntry } from '../../../shared/domain/backup.ts'
import { bytes, duration, plural } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { asSentence, EXIT, json, refuse, refusedWords, say, withKeeper, type KeysCli } from './context.ts'
import { newestOf } from './known.ts'

export const BACKUP_LIST: VerbWords = { usage: 'backup list [--json]', switches: ['json'], options: [], plain: 1 }

/** The newest drill of a backup, or that there was none. */
function drillText({ drills }: BackupEntry): string {
  const last = newestOf(drills, ({ at }) => at)
  if (last === undefined) return 'No drill yet.'
  const words = { passed: 'passed', failed: 'FAILED', 'not-reached': 'could not be done' }
  return `Drill ${words[last.is]}: ${asSentence(last.sentence)}`
}

function entryLines(entry: BackupEntry, now: number): string[] {
  const { id, madeAt, file, placeLabel, bytes: size, identities, isThere, lastSeenAt } = entry
  return [
    `${id}  ${new Date(madeAt).toISOString().slice(0, 16).replace('T', ' ')} UTC  ${plural(identities.length, 'key')}, ${bytes(size)}, on ${placeLabel}`,
    `  ${file}${isThere ? '' : ` (not there; last seen ${duration(now - lastSeenAt)} ago)`}`,
    `  ${drillText(entry)}`,
  ]
}

/** `backup list`: those that were made here, and how they stand. Exit 0 also when one is unplugged. */
export async function backupList(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, BACKUP_LIST)
  if (refused !== undefined) return refused
  return withKeeper(cli, async (api) => {
    const state = await api.backup.state()
    if (!state.ok) return refuse(cli, words, 'The backups are not known', state.fault)
    const { entries, summary } = state.value
    if (words.has('json')) cli.out(json({ summary, entries }))
    else {
      say(cli, asSentence(summary.sentence))
      for (const entry of entries) for (const line of entryLines(entry, cli.now())) say(cli, line)
    }
    return EXIT.done
  })
}
