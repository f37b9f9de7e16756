import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import path from 'node:path'
import type { CollectItem } from '../../../electron/vault/collect.ts'
import type { MakeJob, MakeTools } from '../../../electron/vault/make.ts'
import type { RestoreHere } from '../../../electron/vault/restore-plan.ts'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Files } from '../../../electron/lib/files.ts'
import { createCrashFiles, type CrashFiles } from '../../fakes/crash-files.ts'

export interface TestKey {
  readonly id: IdentityId
  /** The 128 hex characters of its file. */
  readonly text: string
}

/** The same key for the same number. */
export function aKey(number: number): TestKey {
  const seed = createHash('sha256').update(`vault test ${number}`).digest()
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const id = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') as IdentityId
  return { id, text: seed.toString('hex') + id }
}

export const NOW = Date.UTC(2026, 10, 28, 14, 5)
export const PASSPHRASE = 'harvest-pebble-orbit-lantern-quiet'
export const STICK = '/media/stick'
export const DATA = '/home/u/node'

/** A node with two keys, its config, PoS metadata of both, and an empty stick. */
export function aMachine(): CrashFiles {
  const files = createCrashFiles({ devices: { [STICK]: 2 } })
  files.put(`${DATA}/identities/north.key`, aKey(1).text)
  files.put(`${DATA}/identities/south.key`, aKey(2).text)
  files.put(`${DATA}/config.json`, '{"smeshing":{}}')
  for (const n of [1, 2]) files.put(`/pos/${n}/postdata_metadata.json`, `{"n":${n}}`)
  files.put(`${DATA}/local.sql`, 'local database')
  files.putFolder(STICK)
  files.putFolder('/home/u/smesh/tmp')
  return files
}

export const machineItems = (): CollectItem[] => [
  { is: 'key', name: 'keys/north.key', identity: aKey(1).id, path: `${DATA}/identities/north.key` },
  { is: 'key', name: 'keys/south.key', identity: aKey(2).id, path: `${DATA}/identities/south.key` },
  {
    is: 'file',
    part: 'pos-metadata',
    name: `pos/${aKey(1).id}/postdata_metadata.json`,
    path: '/pos/1/postdata_metadata.json',
    bytes: 7,
    identity: aKey(1).id,
  },
  { is: 'file', part: 'node-config', name: 'node/config.json', path: `${DATA}/config.json`, bytes: 15 },
  { is: 'local-database', name: 'node/local.sql', dataFolder: DATA, bytes: 14 },
  { is: 'text', part: 'publication-record', name: 'publication-record.json', text: JSON.stringify({ version: 1, records: [] }) },
  { is: 'text', part: 'setup', name: 'setup.json', text: '{"version":1}', path: '/home/u/smesh/config/setup.json' },
]

export const aJob = (changes: Partial<MakeJob> = {}): MakeJob => ({
  kind: 'backup',
  items: machineItems(),
  folder: STICK,
  passphrase: PASSPHRASE,
  recipients: [],
  madeAt: NOW,
  madeBy: 'Smeshkeeper 0.1.0',
  mark: 'here',
  ...changes,
})

/** scrypt of one round, and databases copied as files. */
export function tools(files: Files, changes: Partial<MakeTools> = {}): MakeTools {
  const copy: MakeTools['copyDatabase'] = (from, target) => {
    try {
      const fd = files.create(target, 0o600)
      const bytes = files.readWhole(from, 1024 ** 2)
      files.write(fd, bytes)
      files.sync(fd)
      files.close(fd)
      return ok({ bytes: bytes.length })
    } catch (cause) {
      return fail('unreadable', String(cause))
    }
  }
  return {
    files,
    workFactor: 1,
    temporary: '/home/u/smesh/tmp',
    copyDatabase: copy,
    copyLocalDatabase: (folder, target) => copy(path.posix.join(folder, 'local.sql'), target),
    ...changes,
  }
}

/** Before a restore: nothing is known to be here. */
export const aHere = (changes: Partial<RestoreHere> = {}): RestoreHere => ({
  keys: [],
  refused: [],
  heldFolder: '/home/u/smesh/quarantine/held',
  dataFolder: DATA,
  configFile: `${DATA}/config.json`,
  posFolders: [],
  setupFile: '/home/u/smesh/config/setup.json',
  home: '/home/u',
  now: NOW,
  ...changes,
})
