import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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

const sweep = (machine: Machine) =>
  runVaultJob({ launch, request: { job: 'sweep', folders: [machine.stick], temporary: machine.temporary, mark: 'here' } }).done

/** A moment between the first step of a job and a little after its end: most of its time a process only starts. */
async function momentsOf(machine: Machine, job: () => Promise<unknown>, random: () => number): Promise<() => number> {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const beganAt = performance.now()
    await work()
    return performance.now() - beganAt
  }
  const startMs = (await timed(() => sweep(machine))) * 0.9
  const takesMs = await timed(job)
  return () => startMs + random() * Math.max(50, takesMs - startMs) * 1.1
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
  const moment = await momentsOf(machine, () => made(machine, { recipients }), random)
  let finished = 0
  for (let n = 0; n < times; n += 1) {
    const run = backup(machine, { recipients })
    const timer = setTimeout(() => run.cancel(), moment())
    if ((await run.done).ok) finished += 1
    clearTimeout(timer)
  }
  await sweep(machine)
  const names = readdirSync(machine.stick)
  for (const name of names) broken.push(...(await problemsOf(path.join(machine.stick, name), secret)))
  if (readdirSync(machine.temporary).length > 0) broken.push(`temporary files: ${readdirSync(machine.temporary).join()}`)
  const after = filesBelow(machine.dataFolder)
  if (after.size !== before.size) broken.push('files of the node came or went')
  for (const [file, bytes] of after) if (before.get(file)?.equals(bytes) !== true) broken.push(`${file} was changed`)
  if (names.length < finished + 1) broken.push(`${finished + 1} were made and ${names.length} are there`)
  return { line: `${times} backups killed at random moments: ${finished} had finished, ${broken.length} broken`, broken }
}

/**
 * Kills restores into an empty data folder at random moments, then lets one finish. What is there in between is whole, no
 * node would load a key, and in the end everything is back with nothing left over.
 */
export async function killRestores(
  machine: Machine,
  times: number,
  random: () => number,
): Promise<{ readonly line: string; readonly broken: readonly string[] }> {
  const { secret, recipients } = await recipient()
  const identityFile = path.join(machine.root, 'identity.txt')
  writeFileSync(identityFile, `${secret}\n`)
  const file = await made(machine, { recipients })
  const ids = machine.job().items.map(({ name }) => name)
  const restore = () => {
    const { quarantine } = machine
    return runVaultJob({
      launch,
      request: { job: 'restore', file, secret: { identityFile }, here: machine.here(), ids, quarantine, mark: 'here' },
    })
  }
  const lose = (): void => {
    for (const folder of [machine.dataFolder, machine.quarantine]) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
    }
  }
  const found = (): Map<string, string> =>
    new Map(
      [...filesBelow(machine.dataFolder), ...filesBelow(path.join(machine.quarantine))].map(([at, bytes]) => [at, bytes.toString('hex')]),
    )
  // Notes of held keys tell the moment, so only their presence is compared.
  const isNote = (at: string): boolean => at.endsWith('.json') && at.startsWith(machine.quarantine)
  lose()
  const moment = await momentsOf(machine, () => restore().done, random)
  const whole = found()
  const broken: string[] = []
  let finished = 0
  for (let n = 0; n < times; n += 1) {
    lose()
    const run = restore()
    const timer = setTimeout(() => run.cancel(), moment())
    if ((await run.done).ok) finished += 1
    clearTimeout(timer)
    for (const [at, bytes] of found()) {
      if (at.includes('/identities/')) broken.push(`${at} is armed`)
      if (whole.has(at) && !isNote(at) && whole.get(at) !== bytes) broken.push(`${at} is partial`)
      if (!whole.has(at) && !/\.(partial|part)$/.test(at)) broken.push(`${at} should not be there`)
    }
    await restore().done
    const after = found()
    for (const [at, bytes] of whole) if (!after.has(at) || (!isNote(at) && after.get(at) !== bytes)) broken.push(`${at} did not come back`)
    for (const at of after.keys()) if (!whole.has(at) && !at.startsWith(machine.quarantine)) broken.push(`${at} was left behind`)
  }
  return { line: `${times} restores killed at random moments: ${finished} had finished, ${broken.length} broken`, broken }
}

async function problemsOf(file: string, secret: string): Promise<string[]> {
  if (!isBackupName(path.basename(file))) return [`left behind: ${file}`]
  const opened = await openBackup(file, { identities: [secret] }, systemFiles)
  if (!opened.ok) return [`${file}: ${opened.fault.detail}`]
  const checked = await checkContents(opened.value)
  opened.value.close()
  return checked.ok ? [] : [`${file}: ${checked.fault.detail}`]
}
