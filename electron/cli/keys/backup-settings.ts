import path from 'node:path'
import type { BackupSettings } from '../../../shared/domain/backup.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { EXIT, json, refuse, refusedWords, refuseUse, say, withKeeper, type KeysCli } from './context.ts'
import { unfitRecipient } from './secrets.ts'

export const BACKUP_SETTINGS: VerbWords = {
  usage:
    'backup settings [--to DIR | --no-folder] [--every DAYS] [--keep N] [--recipient AGE1…]… [--no-recipients] [--extra FILE]… [--no-extra] [--with-history | --without-history] [--json]',
  switches: ['json', 'no-folder', 'no-recipients', 'no-extra', 'with-history', 'without-history'],
  options: ['to', 'every', 'keep', 'recipient', 'extra'],
  repeated: ['recipient', 'extra'],
  plain: 1,
}

type Kept = Omit<BackupSettings, 'isRemembered'>

const EITHER_OR = [
  ['to', 'no-folder'],
  ['recipient', 'no-recipients'],
  ['extra', 'no-extra'],
  ['with-history', 'without-history'],
] as const

/** A whole number between two others; `undefined` for anything else. */
function wholeNumber(text: string, most: number): number | undefined {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return value >= 1 && value <= most ? value : undefined
}

const MOST_DAYS = 365
const MOST_KEPT = 1000

/** The settings with what the words change, or why they cannot be. */
export function changedSettings(words: Words, now: Kept, folder: string): Kept | string {
  const both = EITHER_OR.find(([one, other]) => words.has(one) && words.has(other))
  if (both !== undefined) return `--${both[0]} and --${both[1]} are two answers to one question. Give one.`
  const every = words.value('every')
  const keep = words.value('keep')
  const everyDays = every === undefined ? now.everyDays : wholeNumber(every, MOST_DAYS)
  const kept = keep === undefined ? now.keep : wholeNumber(keep, MOST_KEPT)
  if (everyDays === undefined) return `--every takes a number of days from 1 to ${MOST_DAYS}.`
  if (kept === undefined) return `--keep takes a number of backups from 1 to ${MOST_KEPT}.`
  const recipients = words.values('recipient')
  const why = unfitRecipient(recipients)
  if (why !== undefined) return why
  const to = words.value('to')
  const extra = words.values('extra').map((file) => path.resolve(folder, file))
  return {
    folder: words.has('no-folder') ? null : to === undefined ? now.folder : path.resolve(folder, to),
    everyDays,
    keep: kept,
    recipients: words.has('no-recipients') ? [] : recipients.length > 0 ? recipients : now.recipients,
    extraFiles: words.has('no-extra') ? [] : extra.length > 0 ? extra : now.extraFiles,
    withHistory: words.has('with-history') || (now.withHistory && !words.has('without-history')),
  }
}

function settingsLines({ folder, everyDays, keep, recipients, extraFiles, withHistory, isRemembered }: BackupSettings): string[] {
  const opens =
    recipients.length > 0 ? recipients.join(', ') : isRemembered ? 'the passphrase in the keyring' : 'nobody yet: none is made by itself'
  return [
    folder === null ? 'No backup is made by itself: no folder is chosen.' : `Every ${everyDays} d to ${folder}; the last ${keep} are kept.`,
    `Opened by: ${opens}`,
    `Extra files: ${extraFiles.length === 0 ? 'none' : extraFiles.join(', ')}`,
    `History: ${withHistory ? 'in it' : 'not in it'}`,
  ]
}

/** `backup settings`: shows or changes how backups are made by themselves. A passphrase is remembered by the window only. */
export async function backupSettings(cli: KeysCli, words: Words): Promise<number> {
  const refused = refusedWords(cli, words, BACKUP_SETTINGS)
  if (refused !== undefined) return refused
  return withKeeper(cli, async (api) => {
    const before = await api.backup.state()
    if (!before.ok) return refuse(cli, words, 'The settings are not known', before.fault)
    const isChange =
      BACKUP_SETTINGS.options.some((name) => words.has(name)) || BACKUP_SETTINGS.switches.some((name) => name !== 'json' && words.has(name))
    const next = changedSettings(words, before.value.settings, cli.folder)
    if (typeof next === 'string') return refuseUse(cli, next, BACKUP_SETTINGS)
    if (isChange) {
      const { recipients, extraFiles, ...rest } = next
      const done = await api.backup.configure({ ...rest, recipients: [...recipients], extraFiles: [...extraFiles] })
      if (!done.ok) return refuse(cli, words, 'The settings stay as they were', done.fault)
    }
    const settings: BackupSettings = { ...next, isRemembered: before.value.settings.isRemembered }
    if (words.has('json')) cli.out(json({ settings, keyring: before.value.keyring }))
    else for (const line of settingsLines(settings)) say(cli, line)
    return EXIT.done
  })
}
