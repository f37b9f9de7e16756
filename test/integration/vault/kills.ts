import { readdirSync } from 'node:fs'
import path from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { systemFiles } from '../../../electron/lib/files.ts'
import { isBackupName } from '../../../electron/vault/format.ts'
import { runVaultJob } from '../../../electron/vault/index.ts'
import { checkContents, openBackup } from '../../../electron/vault/open.ts'
import { backup, filesBelow, launch, made, type Machine } from './machine.ts'

/** What a file for recipients opens with: no scrypt, so a job is short. */
export async function recipient(): Promise<{ readonly secret: string; readonly recipients: readonly string[] }> {
  const secret = await generateX25519Identity()
  return { secret, recipients: [await identityToRecipient(secret)] }
}

/** Kills backups at random moments; afterwards each file with a final name must open whole, and nothing else may lie around. */
export async function killBackups(
  machine: Machine,
  times: number,
  random: () => number,
): Promise<{ readonly line: string; readonly broken: readonly string[] }> {
  const { secret, recipients } = await recipient()
  const broken: string[] = []
  const before = filesBelow(machine.dataFolder)
  const beganAt = performance.now()
  await made(machine, { recipients })
  const takesMs = performance.now() - beganAt
  let finished = 0
  for (let n = 0; n < times; n += 1) {
    const run = backup(machine, { recipients })
    const timer = setTimeout(() => run.cancel(), takesMs * (0.3 + random() * 0.9))
    if ((await run.done).ok) finished += 1
    clearTimeout(timer)
  }
  await runVaultJob({ launch, request: { job: 'sweep', folders: [machine.stick], temporary: machine.temporary, mark: 'here' } }).done
  const names = readdirSync(machine.stick)
  for (const name of names) broken.push(...(await problemsOf(path.join(machine.stick, name), secret)))
  if (readdirSync(machine.temporary).length > 0) broken.push(`temporary files: ${readdirSync(machine.temporary).join()}`)
  const after = filesBelow(machine.dataFolder)
  if (after.size !== before.size) broken.push('files of the node came or went')
  for (const [file, bytes] of after) if (before.get(file)?.equals(bytes) !== true) broken.push(`${file} was changed`)
  if (names.length < finished + 1) broken.push(`${finished + 1} were made and ${names.length} are there`)
  return { line: `${times} backups killed at random moments: ${finished} had finished, ${broken.length} broken`, broken }
}

async function problemsOf(file: string, secret: string): Promise<string[]> {
  if (!isBackupName(path.basename(file))) return [`left behind: ${file}`]
  const opened = await openBackup(file, { identities: [secret] }, systemFiles)
  if (!opened.ok) return [`${file}: ${opened.fault.detail}`]
  const checked = await checkContents(opened.value)
  opened.value.close()
  return checked.ok ? [] : [`${file}: ${checked.fault.detail}`]
}
