import { createKeyStore } from '../../../electron/identities/index.ts'
import type { Files } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { isBackupName } from '../../../electron/vault/format.ts'
import { makeBackup } from '../../../electron/vault/make.ts'
import { openBackup } from '../../../electron/vault/open.ts'
import { restoreItems } from '../../../electron/vault/restore.ts'
import type { CrashScenario } from '../../fakes/crash-everywhere.ts'
import type { CrashFiles } from '../../fakes/crash-files.ts'
import { aHere, aJob, aKey, aMachine, DATA, machineItems, NOW, PASSPHRASE, STICK, tools } from './helpers.ts'

export const items = machineItems().filter(({ is, name }) => is === 'key' || is === 'local-database' || name === 'setup.json')
const withoutSouth = items.filter(({ name }) => name !== 'keys/south.key')
export const OLDER = `${STICK}/smeshkeeper-backup-2026-11-01-0000.zip.age`

/** Encrypted bytes are random: a torn sector (zeros) or a missing end shows without opening the file. */
function isTorn(bytes: Buffer, sizes: ReadonlySet<number>): boolean {
  if (!sizes.has(bytes.length)) return true
  for (let at = 0; at + 512 <= bytes.length; at += 512) if (bytes.subarray(at, at + 512).every((byte) => byte === 0)) return true
  return false
}

/** One more backup beside an older one; the next start makes it again. */
export async function backupScenario(more: Pick<CrashScenario, 'sabotage' | 'seeds' | 'stopAtFirst'> = {}): Promise<CrashScenario> {
  const prepare = (): CrashFiles => {
    const files = aMachine()
    files.put(OLDER, 'an older one')
    return files
  }
  const trial = await makeBackup(aJob({ items }), tools(prepare()))
  if (!trial.ok) throw new Error(trial.fault.detail)
  // Without local.sql, where it could not be copied, it is smaller.
  const sizes = new Set([trial.value.bytes])
  let claimed: string | undefined
  const run = async (files: Files): Promise<void> => {
    claimed = undefined
    const made = await makeBackup(aJob({ items }), tools(files))
    if (!made.ok) return
    claimed = made.value.file
    sizes.add(made.value.bytes)
  }
  return {
    ...more,
    prepare,
    run,
    recover: run,
    check(disk, at) {
      if (disk.content(OLDER)?.toString() !== 'an older one') return 'an older backup was changed'
      for (const n of [1, 2])
        if (disk.content(`${DATA}/identities/${n === 1 ? 'north' : 'south'}.key`)?.toString() !== aKey(n).text) return 'a key was changed'
      const finals = disk.all().filter(({ path }) => isBackupName(path.slice(STICK.length + 1)) && path !== OLDER)
      if (finals.some(({ bytes }) => isTorn(bytes, sizes))) return 'a partial file has the final name'
      if (claimed !== undefined && !finals.some(({ path }) => path === claimed)) return 'a backup that was made is not there'
      if (at === 'recovered' && claimed === undefined) return 'no backup could be made afterwards'
      const left = disk.all().filter(({ path }) => path.includes('.partial') || path.includes('/tmp/'))
      return at === 'recovered' && left.length > 0 ? `left behind: ${left.map(({ path }) => path).join()}` : undefined
    },
  }
}

/** A node's folder was lost but for a file of the user: what is in the backup comes back, the key on hold. */
export async function restoreScenario(more: Pick<CrashScenario, 'sabotage' | 'seeds' | 'stopAtFirst'> = {}): Promise<CrashScenario> {
  const source = aMachine()
  source.put('/home/u/papers/wallet.json', 'coins')
  const wallet = { is: 'file' as const, part: 'extra' as const, name: 'extra/wallet.json', path: '/home/u/papers/wallet.json', bytes: 5 }
  const made = await makeBackup(aJob({ items: [...withoutSouth, wallet] }), tools(source))
  if (!made.ok) throw new Error(made.fault.detail)
  const { file } = made.value
  const bytes = source.readWhole(file, 1024 ** 2)
  const whole: Readonly<Record<string, string>> = {
    [`${DATA}/local.sql`]: 'local database',
    '/home/u/papers/wallet.json': 'coins',
    '/home/u/smesh/config/setup.json': '{"version":1}',
  }
  let done: readonly string[] = []
  const run = async (files: Files): Promise<void> => {
    done = []
    const opened = await openBackup(file, { passphrase: PASSPHRASE }, files)
    if (!opened.ok) return
    const store = createKeyStore({ files, folder: '/home/u/smesh/quarantine', now: () => NOW, log: silentLogger })
    const by = { files, mark: 'here', holdKey: (key: Uint8Array, as: Parameters<typeof store.hold>[1]) => store.hold(key, as) }
    const outcome = await restoreItems(opened.value, { ids: opened.value.manifest.entries.map(({ name }) => name), here: aHere() }, by)
    done = outcome.report.done.map(({ id }) => id)
  }
  return {
    ...more,
    prepare() {
      const files = aMachine()
      for (const gone of ['identities/north.key', 'identities/south.key', 'local.sql', 'identities']) files.remove(`${DATA}/${gone}`)
      files.put(`${DATA}/mine.txt`, 'mine')
      files.put(file, bytes)
      return files
    },
    run,
    recover: run,
    check(disk, at) {
      if (disk.content(`${DATA}/mine.txt`)?.toString() !== 'mine') return 'a file of the user was changed'
      if (!disk.content(file)?.equals(bytes)) return 'the backup was changed'
      for (const [path, content] of Object.entries(whole)) {
        const found = disk.content(path)?.toString()
        if (found !== undefined && found !== content) return `${path} is partial`
        if (at === 'recovered' && found === undefined) return `${path} did not come back`
      }
      const keys = disk.all().filter(({ path }) => path.endsWith('.key'))
      if (keys.some(({ path }) => path.includes('/identities/'))) return 'a key is armed'
      if (at === 'recovered' && keys.length !== 1) return `${keys.length} keys came back`
      if (keys.some((key) => key.bytes.toString() !== aKey(1).text)) return 'a key is partial'
      const targets: Readonly<Record<string, string>> = {
        'node/local.sql': `${DATA}/local.sql`,
        'extra/wallet.json': '/home/u/papers/wallet.json',
      }
      const lost = done.find((id) => targets[id] !== undefined && disk.content(targets[id] ?? '') === undefined)
      if (lost !== undefined) return `${lost} was told to be back and is not`
      const left = disk.all().filter(({ path }) => path.includes('.partial'))
      return at === 'recovered' && left.length > 0 ? `left behind: ${left.map(({ path }) => path).join()}` : undefined
    },
  }
}
