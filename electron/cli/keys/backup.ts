import path from 'node:path'
import type { BackupEntry, BackupPlace, BackupPlan, BackupSettings, BackupState } from '../../../shared/domain/backup.ts'
import { BACKUP_PARTS } from '../../../shared/domain/backup.ts'
import { bytes, plural } from '../../../shared/domain/words.ts'
import type { VerbWords, Words } from '../arguments.ts'
import { backupList, BACKUP_LIST } from './backup-list.ts'
import { backupSettings, BACKUP_SETTINGS } from './backup-settings.ts'
import { asSentence, EXIT, json, refuse, refusedWords, refuseUse, say, warn, withKeeper, type KeysApi, type KeysCli } from './context.ts'
import { watchedJob } from './progress.ts'
import { newPassphrase, unfitRecipient } from './secrets.ts'

const MAKE: VerbWords = {
  usage:
    'backup [--to DIR] [--passphrase-file FILE | --passphrase-env NAME | --suggest] [--recipient AGE1…]… [--extra FILE]… [--with-history] [--plan] [--json]',
  switches: ['json', 'plan', 'suggest', 'with-history'],
  options: ['to', 'passphrase-file', 'passphrase-env', 'recipient', 'extra'],
  repeated: ['recipient', 'extra'],
  plain: 0,
}

export const BACKUP: VerbWords = {
  usage: [MAKE, BACKUP_LIST, BACKUP_SETTINGS].map(({ usage }) => usage).join('\n'),
  switches: [...MAKE.switches, ...BACKUP_SETTINGS.switches],
  options: [...MAKE.options, ...BACKUP_SETTINGS.options],
  plain: 1,
}

interface Order {
  /** Absent: not chosen yet; enough for a plan. */
  readonly folder?: string
  readonly extraFiles: readonly string[]
  readonly recipients: readonly string[]
  readonly settings: BackupSettings
}

/** Words on the line win over the settings; extra files of both go in. */
function orderOf(cli: KeysCli, words: Words, { settings }: BackupState): Order {
  const to = words.value('to')
  const folder = to === undefined ? (settings.folder ?? undefined) : path.resolve(cli.folder, to)
  const recipients = words.values('recipient')
  return {
    ...(folder === undefined ? {} : { folder }),
    extraFiles: [...new Set([...settings.extraFiles, ...words.values('extra').map((file) => path.resolve(cli.folder, file))])],
    recipients: recipients.length > 0 ? recipients : settings.recipients,
    settings,
  }
}

const PARTS: Readonly<Record<BackupPlan['parts'][number]['part'], string>> = {
  keys: 'keys',
  'pos-metadata': 'PoS metadata',
  'node-config': 'node config',
  'local-database': 'local.sql',
  'publication-record': 'publication record',
  setup: 'set-up',
  extra: 'extra files',
}

const placeLine = ({ folder, label, detail, sentence }: BackupPlace): string =>
  `Place: ${folder} (${label}, ${detail}). ${asSentence(sentence)}`

function planLines({ parts, identities, problems, offered }: BackupPlan): string[] {
  return [
    `A backup would hold the ${plural(identities.length, 'key')} of:`,
    ...identities.map(({ name, keyPath }) => `  ${name}: ${keyPath}`),
    'In it:',
    ...parts.map(({ part, sentence, bytes: size }) => `  ${PARTS[part].padEnd(18)} ${asSentence(sentence)} ${bytes(size)}`),
    ...problems.map((problem) => `! ${asSentence(problem)}`),
    ...(offered.length === 0 ? [] : ['Not in it unless you add it:']),
    ...offered.map(({ path: file, why }) => `  --extra ${file} (${why})`),
  ]
}

async function showPlan(cli: KeysCli, api: KeysApi, words: Words, order: Order): Promise<number> {
  const plan = await watchedJob(cli, api, () => api.backup.plan({ extraFiles: [...order.extraFiles] }))
  if (!plan.ok) return refuse(cli, words, 'There is nothing to back up', plan.fault)
  const place = order.folder === undefined ? undefined : await api.backup.place({ folder: order.folder })
  if (place?.ok === false) return refuse(cli, words, 'No backup can go there', place.fault)
  if (words.has('json')) cli.out(json({ ...plan.value, ...(place === undefined ? {} : { place: place.value }) }))
  else {
    for (const line of planLines(plan.value)) say(cli, line)
    say(cli, place === undefined ? 'Place: not chosen; --to DIR chooses one.' : placeLine(place.value))
  }
  return plan.value.problems.length === 0 && place?.value.isWritable !== false ? EXIT.done : EXIT.failed
}

function madeLines({ file, bytes: size, sha256, identities, openedBy, isOnOtherDisk, leftOut = [] }: BackupEntry): string[] {
  const opens = {
    passphrase: 'its passphrase',
    recipients: 'the identity file of its recipient',
    both: 'its passphrase or an identity file',
  }
  return [
    `Backed up the ${plural(identities.length, 'key')} to ${file} (${bytes(size)}).`,
    'Read back from the disk, opened and compared: every part is as it was.',
    `It opens with ${opens[openedBy]}, here or with \`age -d\` and \`unzip\`.`,
    `SHA-256 ${sha256}`,
    ...leftOut.map((sentence) => `! ${asSentence(sentence)}`),
    ...(isOnOtherDisk ? [] : ['! It lies on the same disk as your keys: if that disk dies, both are gone. Make one on another disk too.']),
  ]
}

async function make(cli: KeysCli, api: KeysApi, words: Words, order: Order): Promise<number> {
  const { folder, recipients, extraFiles, settings } = order
  if (folder === undefined) return refuseUse(cli, 'Where to? Add --to DIR, or choose a folder with `backup settings --to DIR`.', MAKE)
  const what = 'No backup was made'
  // Before anybody thinks of a passphrase.
  const place = await api.backup.place({ folder })
  if (!place.ok) return refuse(cli, words, what, place.fault)
  if (place.value.verdict !== 'own-disk') warn(cli, placeLine(place.value))
  const secret = await newPassphrase(cli, api, words, { hasRecipients: recipients.length > 0, isRemembered: settings.isRemembered })
  if (!secret.ok) return secret.code
  const made = await watchedJob(cli, api, () =>
    api.backup.begin({
      folder,
      parts: [...BACKUP_PARTS],
      extraFiles: [...extraFiles],
      recipients: [...recipients],
      remember: false,
      withHistory: words.has('with-history') || settings.withHistory,
      ...(secret.value === undefined ? {} : { passphrase: secret.value }),
    }),
  )
  if (!made.ok) return refuse(cli, words, what, made.fault)
  if (words.has('json')) cli.out(json(made.value))
  else for (const line of madeLines(made.value)) say(cli, line)
  return EXIT.done
}

/** `backup`: makes one and reads it back; its forms list those that were made and keep the settings. */
export async function backup(cli: KeysCli, words: Words): Promise<number> {
  const [what] = words.plain
  if (what === 'list') return backupList(cli, words)
  if (what === 'settings') return backupSettings(cli, words)
  const refused = refusedWords(cli, words, { ...MAKE, usage: BACKUP.usage })
  if (refused !== undefined) return refused
  const why = unfitRecipient(words.values('recipient'))
  if (why !== undefined) return refuseUse(cli, why, MAKE)
  return withKeeper(cli, async (api) => {
    const state = await api.backup.state()
    if (!state.ok) return refuse(cli, words, 'The backups are not known', state.fault)
    const order = orderOf(cli, words, state.value)
    return words.has('plan') ? showPlan(cli, api, words, order) : make(cli, api, words, order)
  })
}
