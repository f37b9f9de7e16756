import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { BackupPart } from '../../../shared/domain/backup.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Inventory, KeyCopy } from '../../../shared/domain/inventory.ts'
import type { HeldKey, PublicationStore } from '../../identities/index.ts'
import type { BackupSources } from '../../vault/index.ts'
import type { CustodyContext } from './context.ts'
import type { KeyDesk } from './key-desk.ts'

const heldCopy = ({ path: file, identity }: HeldKey): KeyCopy => ({
  path: file,
  identity,
  form: 'good',
  place: 'quarantine',
  modifiedAt: 0,
})

/** Keys of our node and held ones: what is here for certain. */
export async function ownKeys(desk: KeyDesk): Promise<readonly KeyCopy[]> {
  const node = await desk.nodeKeys()
  return [...node.filter((key) => key.isLoaded === true), ...desk.store.held().map(heldCopy)]
}

/** Every key that is known here: our node's first, then held ones, then what the last scan found anywhere. */
export async function knownKeys(desk: KeyDesk, inventory: Inventory | undefined): Promise<readonly KeyCopy[]> {
  const own = await ownKeys(desk)
  const known = new Set(own.map((key) => key.path))
  return [...own, ...(inventory?.keys ?? []).filter((key) => key.form !== 'bad' && !known.has(key.path))]
}

/** Public keys of all identities that have a key here now. */
export const identitiesHere = (keys: readonly KeyCopy[]): readonly IdentityId[] => [
  ...new Set(keys.flatMap(({ identity }) => identity ?? [])),
]

/** PoS folders whose drive is not known to be away. */
function posFolders(context: CustodyContext, inventory: Inventory | undefined): BackupSources['posFolders'] {
  const world = context.session()?.world
  const ours = (context.setup()?.services ?? []).filter((service) => {
    const volume = world?.identities.get(service.identity as IdentityId)?.volume?.value.is
    return volume === undefined || volume === 'mounted'
  })
  const scanned = (inventory?.posFolders ?? []).flatMap(({ path: folder, state }) =>
    state.is === 'present' ? [{ path: folder, identity: state.identity }] : [],
  )
  const all = [...ours.map((service) => ({ path: service.posFolder, identity: service.identity as IdentityId })), ...scanned]
  return [...new Map(all.map((one) => [path.resolve(one.path), one])).values()]
}

function nodes(context: CustodyContext, inventory: Inventory | undefined): BackupSources['nodes'] {
  const node = context.setup()?.node
  const own =
    node === undefined
      ? []
      : [
          {
            ...(node.dataFolder === undefined ? {} : { dataFolder: node.dataFolder }),
            ...(node.mode === 'managed' ? { configFile: node.configFile } : {}),
          },
        ]
  const others = (inventory?.nodes ?? [])
    .filter((found) => found.dataFolder !== node?.dataFolder && (found.local.is === 'read' || found.identities.length > 0))
    .map((found) => {
      const configFile = inventory?.setups.find((setup) => setup.node?.dataFolder === found.dataFolder)?.node?.configFile
      return { dataFolder: found.dataFolder, ...(configFile === undefined ? {} : { configFile }) }
    })
  return [...own, ...others]
}

function setupText(file: string): BackupSources['setup'] {
  try {
    return { path: file, text: readFileSync(file, 'utf8') }
  } catch {
    return undefined // nothing is set up yet
  }
}

interface Wanted {
  readonly keys: readonly KeyCopy[]
  readonly parts: readonly BackupPart[]
  readonly extraFiles: readonly string[]
}

/** What a backup can be made of, as things stand now. */
export function backupSources(
  context: CustodyContext,
  records: PublicationStore,
  inventory: Inventory | undefined,
  wanted: Wanted,
): BackupSources {
  const nicknames = [
    ...(inventory?.identities ?? []).map(({ id, nickname }) => [id, nickname] as const),
    ...(context.setup()?.identities ?? []).map(({ id, nickname }) => [id as IdentityId, nickname] as const),
  ]
  const setup = setupText(path.join(context.home.config, 'setup.json'))
  const wallets = (inventory?.setups ?? []).flatMap(({ walletFiles, label }) =>
    walletFiles.map((file) => ({ path: file, why: `wallet of ${label}: it holds the coinbase's money, not a smeshing key` })),
  )
  return {
    keys: wanted.keys,
    names: Object.fromEntries(nicknames.flatMap(([id, nickname]) => (nickname === undefined ? [] : [[id, nickname]]))),
    nodes: nodes(context, inventory),
    posFolders: posFolders(context, inventory),
    records: records.all(),
    ...(setup === undefined ? {} : { setup }),
    extraFiles: wanted.extraFiles,
    offered: wallets,
    parts: wanted.parts,
  }
}
