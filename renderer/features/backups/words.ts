import type { BackupPart, BackupPlace, BackupSettings, RestoreItem, VaultProgress } from '../../../shared/domain/backup.ts'
import type { UnixMs } from '../../../shared/domain/ids.ts'
import { duration, plural, THIN } from '../../../shared/domain/words.ts'
import type { Look } from '../../components/glyph.tsx'

const DAY_MS = 86_400_000

/** "9 d", "3 h 5 m" */
const apart = (ms: number): string => (ms >= 2 * DAY_MS ? `${Math.floor(ms / DAY_MS)}${THIN}d` : duration(ms))
export const agoWords = (at: UnixMs, now: UnixMs): string => `${apart(Math.max(0, now - at))} ago`
export const inWords = (at: UnixMs, now: UnixMs): string => (at <= now ? 'now' : `in ${apart(at - now)}`)

export const PART_NAMES: Readonly<Record<BackupPart, string>> = {
  keys: 'Identity keys',
  'pos-metadata': 'PoS metadata',
  'node-config': 'Node configuration',
  'local-database': 'local.sql',
  'publication-record': 'Publication record',
  setup: 'Set-up',
  extra: 'Your own files',
}

const look = (shape: Look['shape'], tone: Look['tone'], word: string): Look => ({ shape, tone, word })

export const VERDICTS: Readonly<Record<BackupPlace['verdict'], Look>> = {
  'own-disk': look('disc-tick', 'ok', 'own disk'),
  'shares-pos-data': look('triangle', 'warn', 'holds PoS data'),
  'same-disk-as-keys': look('alert', 'bad', 'same disk as the keys'),
  'not-persistent': look('alert', 'bad', 'gone after a restart'),
  'synced-in-clear': look('triangle', 'warn', 'copied to a cloud'),
  'read-only': look('cross', 'bad', 'read-only'),
  full: look('cross', 'bad', 'full'),
  unknown: look('question', 'dim', 'unknown disk'),
}

export const ITEM_LOOKS: Readonly<Record<RestoreItem['is'], Look>> = {
  missing: look('ring', 'accent', 'missing here'),
  same: look('disc-tick', 'ok', 'here already'),
  differs: look('triangle', 'warn', 'differs, stays'),
  refused: look('octagon', 'bad', 'refused'),
}

const STEPS: Readonly<Record<VaultProgress['step'], string>> = {
  collecting: 'Collecting',
  encrypting: 'Encrypting',
  writing: 'Writing',
  'reading-back': 'Reading back',
  decrypting: 'Decrypting',
  comparing: 'Comparing',
  placing: 'Placing',
}
export const stepWord = (step: VaultProgress['step']): string => STEPS[step]

/** Steps in the order in which a job takes them. */
export const STEPS_OF: Readonly<Record<VaultProgress['job'], readonly VaultProgress['step'][]>> = {
  backup: ['collecting', 'encrypting', 'writing', 'reading-back', 'decrypting', 'comparing'],
  drill: ['decrypting', 'comparing'],
  open: ['decrypting', 'comparing'],
  restore: ['placing'],
}

export const keysWord = (count: number): string => plural(count, 'key')

/** "Every 30 d to /media/KEYS-1; 6 are kept." */
export function scheduleWords({ folder, everyDays, keep }: BackupSettings): string {
  if (folder === null) return 'No backup is made by itself.'
  return `Every ${everyDays}${THIN}d to ${folder}; ${keep === 1 ? 'the last one is' : `the last ${keep} are`} kept.`
}

const RECIPIENT = /^age1[02-9ac-hj-np-z]{20,2000}$/

/** Lines of recipients, and which of them are none. */
export function readRecipients(text: string): { readonly good: readonly string[]; readonly bad: readonly string[] } {
  const lines = text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return { good: [...new Set(lines.filter((line) => RECIPIENT.test(line)))], bad: lines.filter((line) => !RECIPIENT.test(line)) }
}

/** What a passphrase of that many bits is worth. A guess costs about a second of one processor core, by age's scrypt. */
export function strengthOf(bits: number): { readonly tone: 'ok' | 'warn' | 'bad'; readonly sentence: string } {
  const about = `About ${Math.round(bits)} bits`
  if (bits < 35) return { tone: 'bad', sentence: `${about}: whoever finds the file can guess it. Take more words.` }
  if (bits < 55) return { tone: 'warn', sentence: `${about}: it holds for a while, not against someone with many computers.` }
  return { tone: 'ok', sentence: `${about}: nobody guesses it. Write it on paper.` }
}
