import { createPublicKey, createPrivateKey, randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { copyLocalDatabase } from '../../electron/identities/index.ts'
import { systemFiles } from '../../electron/lib/files.ts'
import type { CollectItem } from '../../electron/vault/collect.ts'
import { copyDatabase } from '../../electron/vault/copy-database.ts'
import { drillBackup } from '../../electron/vault/drill.ts'
import { makeBackup, type MakeJob } from '../../electron/vault/make.ts'
import { openBackup } from '../../electron/vault/open.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import { below, type BenchOptions, type BenchResult, type Figure } from './types.ts'

export const name = 'vault'
export const describe = 'backup and read-back of 1,000 identities and a large file; drill of 1,000 identities (--minutes is not used)'

const IDENTITIES = 1000
const LARGE_MIB = 512
const PASSPHRASE = 'bench-bench-bench-bench-bench'
const MB = 1e6

const atLeast = (what: string, value: number, unit: string, least: number): Figure => ({
  name: what,
  value,
  unit,
  limit: `≥ ${least}`,
  ok: value >= least,
})

interface Ready {
  readonly root: string
  readonly keys: readonly CollectItem[]
  readonly large: CollectItem
}

function prepare(): Ready {
  const root = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-bench-'))
  for (const folder of ['identities', 'target', 'tmp']) mkdirSync(path.join(root, folder))
  const keys = Array.from({ length: IDENTITIES }, (_, n): CollectItem => {
    const seed = randomBytes(32)
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
    const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
    const identity = key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') as IdentityId
    const file = path.join(root, 'identities', `${n}.key`)
    writeFileSync(file, seed.toString('hex') + identity)
    return { is: 'key', name: `keys/${n}.key`, identity, path: file }
  })
  const file = path.join(root, 'large.bin')
  const piece = randomBytes(1024 ** 2)
  for (let n = 0; n < LARGE_MIB; n += 1) appendFileSync(file, piece)
  return { root, keys, large: { is: 'file', part: 'extra', name: 'extra/large.bin', path: file, bytes: statSync(file).size } }
}

/** Times each step of one backup, without its key derivations, and how far memory went up. */
async function timeBackup(ready: Ready, items: readonly CollectItem[]) {
  const startMiB = process.memoryUsage.rss() / 1024 ** 2
  const times = new Map<string, { from: number; to: number; bytes: number }>()
  let mostMiB = startMiB
  const job: MakeJob = {
    kind: 'backup',
    items,
    folder: path.join(ready.root, 'target'),
    passphrase: PASSPHRASE,
    recipients: [],
    madeAt: Date.now(),
    madeBy: 'bench',
    mark: 'bench',
  }
  const made = await makeBackup(job, {
    files: systemFiles,
    temporary: path.join(ready.root, 'tmp'),
    copyDatabase,
    copyLocalDatabase: (folder, target) => copyLocalDatabase(folder, target, { temporary: path.join(ready.root, 'tmp') }),
    onProgress(step, doneBytes) {
      const now = performance.now()
      const time = times.get(step) ?? { from: now, to: now, bytes: 0 }
      times.set(step, { from: time.from, to: now, bytes: doneBytes })
      mostMiB = Math.max(mostMiB, process.memoryUsage.rss() / 1024 ** 2)
    },
  })
  if (!made.ok) throw new Error(made.fault.detail)
  const speed = (step: string): number => {
    const time = times.get(step)
    return time === undefined ? Number.NaN : time.bytes / MB / ((time.to - time.from) / 1000)
  }
  return { file: made.value.file, speed, grewMiB: mostMiB - startMiB }
}

async function timeOf<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const from = performance.now()
  const value = await work()
  return { seconds: (performance.now() - from) / 1000, value }
}

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  say(`making ${IDENTITIES} keys and a file of ${LARGE_MIB} MiB`)
  const ready = prepare()
  try {
    say('backing up')
    const large = await timeBackup(ready, [...ready.keys, ready.large])
    const keysOnly = await timeBackup(ready, ready.keys)
    say('drilling')
    const secret = { passphrase: PASSPHRASE }
    const live = ready.keys.flatMap((key) => (key.is === 'key' ? [{ identity: key.identity, path: key.path }] : []))
    // Opening is one derivation and the table of contents: what a drill takes beside it is the drill.
    const opening = await timeOf(() => openBackup(keysOnly.file, secret, systemFiles))
    if (opening.value.ok) opening.value.value.close()
    const drill = await timeOf(() =>
      drillBackup({ file: keysOnly.file, live, isTyped: true, at: Date.now() }, secret, { files: systemFiles }),
    )
    if (drill.value.result.is !== 'passed') throw new Error(drill.value.result.sentence)
    return {
      figures: [
        atLeast('collect, encrypt and write', large.speed('writing'), 'MB/s', 40),
        atLeast('read back, decrypt and compare', large.speed('reading-back'), 'MB/s', 40),
        below(`memory above the start, ${LARGE_MIB} MiB file`, large.grewMiB, 'MiB', 450),
        below(`drill of ${IDENTITIES} identities, without the derivation`, drill.seconds - opening.seconds, 's', 5),
        { name: 'one derivation and the table of contents', value: opening.seconds, unit: 's' },
      ],
      notes: [
        `load ${os.loadavg()[0]?.toFixed(1) ?? '?'} on ${os.cpus().length} cores; scrypt of age needs 256 MiB for a second, which is in the memory`,
      ],
    }
  } finally {
    rmSync(ready.root, { recursive: true, force: true })
  }
}
