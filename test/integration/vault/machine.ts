import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readIdentitiesFolder } from '../../../electron/identities/index.ts'
import {
  planBackup,
  runVaultJob,
  type CollectItem,
  type MakeJob,
  type RestoreHere,
  type VaultLauncher,
} from '../../../electron/vault/index.ts'
import { BACKUP_PARTS } from '../../../shared/domain/backup.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'

const RECORDED = path.resolve('test/fixtures/recordings/data-folders/1.7.6-remote-after-sigterm')
export const PASSPHRASE = 'harvest-pebble-orbit-lantern-quiet'

export const launch: VaultLauncher = {
  file: process.execPath,
  prefixArgs: [path.resolve('electron/vault/vault-main.ts')],
  env: { ELECTRON_RUN_AS_NODE: '1' },
}

export const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0

/** A machine in a folder: a node as it was recorded, a home of ours, and an empty place for backups. */
export interface Machine {
  readonly root: string
  readonly dataFolder: string
  readonly stick: string
  readonly temporary: string
  readonly quarantine: string
  readonly identities: readonly IdentityId[]
  items(extraFiles?: readonly string[]): readonly CollectItem[]
  job(changes?: Partial<MakeJob>): MakeJob
  here(changes?: Partial<RestoreHere>): RestoreHere
  end(): void
}

export function aMachine(): Machine {
  const root = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-vault-'))
  const at = (...parts: string[]): string => path.join(root, ...parts)
  cpSync(RECORDED, at('node'), { recursive: true })
  writeFileSync(at('node', 'config.json'), '{"smeshing":{"smeshing-start":true}}')
  for (const folder of ['stick', 'home/tmp', 'home/quarantine', 'pos']) mkdirSync(at(folder), { recursive: true })
  writeFileSync(at('pos', 'postdata_metadata.json'), '{}')
  const { keys } = readIdentitiesFolder(at('node'))
  const setup = { path: at('home/config/setup.json'), text: '{"version":1}' }
  const items = (extraFiles: readonly string[] = []): readonly CollectItem[] => {
    const nodes = [{ dataFolder: at('node'), configFile: at('node', 'config.json') }]
    const more = { names: {}, nodes, posFolders: [{ path: at('pos') }], records: [], setup, extraFiles, offered: [], parts: BACKUP_PARTS }
    const planned = planBackup({ keys, ...more })
    if (!planned.ok) throw new Error(planned.fault.detail)
    return planned.value.items
  }
  return {
    root,
    dataFolder: at('node'),
    stick: at('stick'),
    temporary: at('home/tmp'),
    quarantine: at('home/quarantine'),
    identities: keys.flatMap(({ identity }) => (identity === undefined ? [] : [identity])),
    items,
    job: (changes = {}) => ({
      kind: 'backup',
      items: items(),
      folder: at('stick'),
      recipients: [],
      madeAt: Date.now(),
      madeBy: 'Smeshkeeper 0.1.0',
      mark: 'here',
      ...changes,
    }),
    here: (changes = {}) => ({
      keys: [],
      refused: [],
      heldFolder: at('home/quarantine/held'),
      dataFolder: at('node'),
      configFile: at('node', 'config.json'),
      posFolders: [],
      setupFile: setup.path,
      home: root,
      now: Date.now(),
      ...changes,
    }),
    end: () => rmSync(root, { recursive: true, force: true }),
  }
}

export const backup = (machine: Machine, changes: Partial<MakeJob> = {}) =>
  runVaultJob({ launch, request: { job: 'backup', make: machine.job(changes), temporary: machine.temporary } })

export async function made(machine: Machine, changes: Partial<MakeJob> = {}): Promise<string> {
  const result = await backup(machine, changes).done
  if (!result.ok) throw new Error(`${result.fault.code}: ${result.fault.detail}`)
  return result.value.file
}

/** Every file below a folder with its bytes. */
export function filesBelow(folder: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) found.set(path.join(entry.parentPath, entry.name), readFileSync(path.join(entry.parentPath, entry.name)))
  return found
}
