import { ok } from '../../../../shared/domain/fault.ts'
import type { Files } from '../../../../electron/lib/files.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { createEngine, type Engine } from '../../../../electron/operations/engine.ts'
import { moveRules, planMoveData, type BulkFiles, type MoveDeps, type MoveInput } from '../../../../electron/operations/move/index.ts'
import { fileRules, sha256Of } from '../../../../electron/operations/steps/write-file.ts'
import type { Draft } from '../../../../electron/operations/types.ts'
import { aKey } from '../../../builders/machine-tree.ts'
import { createCrashFiles, type CrashFiles } from '../../../fakes/crash-files.ts'
import { bulkOver } from './bulk-over.ts'

export const FROM = '/old/post'
export const TO = '/new/post'
export const ASIDE = `${TO}.smeshkeeper-moving`
export const SETUP = '/home/config/setup.json'
export const OLD_SETUP = '{"posFolder":"/old/post"}'
export const NEW_SETUP = '{"posFolder":"/new/post"}'
export const OPERATIONS = '/home/state/operations'
export const ID = 'move-data-20261128-120000-abcd'
export const FOLDER = `${OPERATIONS}/${ID}`
export const { identity: IDENTITY, text: KEY } = aKey(1)
export const NOW = Date.UTC(2026, 10, 28, 12)

const FILE_BYTES = 4096
const FILES = 3

/** Bytes that no two places share. */
export const dataOf = (number: number, bytes = FILE_BYTES): Buffer => {
  const data = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += 4) data.writeUInt32LE(((number + 1) * 2_654_435_761 + at * 40_503) >>> 0, at)
  return data
}

export const metadata = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    NodeId: Buffer.from(IDENTITY, 'hex').toString('base64'),
    CommitmentAtxId: Buffer.alloc(32, 7).toString('base64'),
    LabelsPerUnit: (FILES * FILE_BYTES - 1024) / 16,
    NumUnits: 1,
    MaxFileSize: FILE_BYTES,
    Nonce: 3,
    NonceValue: '00',
    ...more,
  })

/** What the old folder holds, key included. */
export const SOURCE: Readonly<Record<string, Buffer>> = {
  'identity.key': Buffer.from(KEY),
  'postdata_0.bin': dataOf(0),
  'postdata_1.bin': dataOf(1),
  'postdata_2.bin': dataOf(2, FILE_BYTES - 1024),
  'postdata_metadata.json': Buffer.from(metadata()),
  'smeshing_metadata.json': Buffer.from('{"posInitStart":1}'),
}
export const MOVED = Object.keys(SOURCE).filter((name) => name !== 'identity.key')

/** Two volumes and the home of the app. */
export function aDisk(isOneVolume = false): CrashFiles {
  const files = createCrashFiles({ devices: isOneVolume ? {} : { '/old': 2, '/new': 3 } })
  for (const [name, bytes] of Object.entries(SOURCE)) files.put(`${FROM}/${name}`, bytes)
  files.putFolder('/new')
  files.put(SETUP, OLD_SETUP)
  files.putFolder(OPERATIONS)
  return files
}

export const mount = (mountPoint: string, fsType = 'ext4', superOptions = 'rw') => ({
  mountPoint,
  device: '8:1',
  fsType,
  source: '/dev/sda1',
  superOptions,
})

export const anInput = (bulk: BulkFiles, more: Partial<MoveInput> = {}): MoveInput => ({
  id: ID,
  now: NOW,
  identity: { id: IDENTITY, name: 'Amber' },
  from: FROM,
  owner: 'smeshkeeper',
  others: [],
  system: { platform: 'linux', mounts: [mount('/'), mount('/old'), mount('/new')], resolve: (folder) => folder },
  bulk,
  speeds: { read: 200 * 1024 ** 2, write: 100 * 1024 ** 2, readBack: 200 * 1024 ** 2 },
  need: { is: 'needed-at', at: NOW + 3 * 86_400_000 },
  setUp: { file: SETUP, before: sha256Of(OLD_SETUP), text: NEW_SETUP, mode: 0o600 },
  ...more,
})

export const oneVolume = { system: { platform: 'linux' as const, mounts: [mount('/')], resolve: (folder: string) => folder } }

export const aPlan = (bulk: BulkFiles, more: Partial<MoveInput> = {}): Promise<Draft> =>
  planMoveData({ identity: IDENTITY, to: TO }, anInput(bulk, more))

/** Chunks of 2 KiB and blocks of 512 bytes: every file has several. */
export const smallDeps = (bulk: BulkFiles, more: Partial<MoveDeps> = {}): MoveDeps => ({
  bulk,
  mayUse: () => Promise.resolve(),
  chunkBytes: 2048,
  blockBytes: 512,
  ...more,
})

export function anEngine(files: Files, deps: MoveDeps = smallDeps(bulkOver(files))): Engine {
  let now = NOW
  return createEngine({
    files,
    folder: OPERATIONS,
    quarantine: '/home/quarantine',
    temporary: '/home/temporary',
    rules: { ...moveRules(deps), ...fileRules },
    hold: () => Promise.resolve(ok({ release: () => undefined })),
    log: silentLogger,
    now: () => (now += 1000),
    monotonic: () => now,
  })
}

const same = (disk: CrashFiles, folder: string, name: string): boolean =>
  disk.content(`${folder}/${name}`)?.equals(SOURCE[name] ?? Buffer.alloc(0)) === true

/** What of the source is not as it was; names. */
export const missingFrom = (disk: CrashFiles, folder: string, names: readonly string[] = Object.keys(SOURCE)): readonly string[] =>
  names.filter((name) => !same(disk, folder, name))

/** Every place where the key is. */
export const keysOn = (disk: CrashFiles): readonly string[] =>
  disk.all().flatMap(({ path, bytes }) => (bytes.toString('utf8').includes(KEY.slice(0, 64)) ? [path] : []))

/** A sentence when the end of the move, or of its undoing, is not as promised. */
export function wrongAtEnd(disk: CrashFiles, end: 'moved' | 'rolled-back'): string | undefined {
  const setUp = disk.content(SETUP)?.toString()
  if (setUp !== (end === 'moved' ? NEW_SETUP : OLD_SETUP)) return `the set-up is ${setUp ?? 'gone'}`
  const left = disk.all().filter(({ path }) => path.startsWith('/new/') && (end === 'rolled-back' || !path.startsWith(`${TO}/`)))
  if (left.length > 0) return `${left.map(({ path }) => path).join(' ')} is left`
  const missing = end === 'moved' ? missingFrom(disk, TO, MOVED) : []
  return missing.length > 0 ? `${missing.join(' ')} did not arrive` : undefined
}
