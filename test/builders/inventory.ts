import type { KeyConflict } from '../../shared/domain/guard.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type {
  FoundNode,
  FoundPosFolder,
  FoundProcess,
  FoundSetup,
  Inventory,
  InventoryIdentity,
  KeyCopy,
  ScanProgress,
} from '../../shared/domain/inventory.ts'
import type { Hold } from '../../shared/domain/publication.ts'
import type { ImportProposal } from '../../shared/ipc/keys-contract.ts'
import { anId, NOW } from './snapshot.ts'

const DAY = 86_400_000
const TIB = 2 ** 40
const idOf = (index: number): IdentityId => anId(index) as IdentityId

export const aKeyCopy = (parts: Partial<KeyCopy> = {}): KeyCopy => ({
  path: '/home/me/spacemesh/identities/amber.key',
  identity: idOf(0),
  form: 'good',
  place: 'node',
  nodeFolder: '/home/me/spacemesh',
  isLoaded: true,
  modifiedAt: NOW - 40 * DAY,
  ...parts,
})

export const aFoundPosFolder = (parts: Partial<FoundPosFolder> = {}): FoundPosFolder => ({
  path: '/mnt/north/post-amber',
  state: {
    is: 'present',
    identity: idOf(0),
    numUnits: 64,
    labelsPerUnit: 4_294_967_296,
    expectedBytes: 4 * TIB,
    actualBytes: 4 * TIB,
    hasVrfNonce: true,
    problems: [],
  },
  volume: 'North',
  ...parts,
})

export const aFoundNode = (parts: Partial<FoundNode> = {}): FoundNode => ({
  dataFolder: '/home/me/spacemesh',
  local: { is: 'read', schema: 9, bytes: 2_000_000, rows: [], isInWal: true },
  genesisId: '9eebff023abb17ccb775c602daade8ed708f0a50',
  identities: [idOf(0), idOf(1), idOf(2)],
  mode: 'remote',
  starters: [],
  ...parts,
})

export const aFoundProcess = (parts: Partial<FoundProcess> = {}): FoundProcess => ({
  pid: 4711,
  program: 'go-spacemesh',
  owner: 'systemd',
  ownerLabel: 'spacemesh.service',
  startedAt: NOW - 12 * DAY,
  args: ['--config', 'config.json'],
  folder: '/home/me/spacemesh',
  ...parts,
})

export const aFoundSetup = (parts: Partial<FoundSetup> = {}): FoundSetup => ({
  kind: 'compose',
  owner: 'docker',
  label: '~/smesh/compose.yaml',
  file: '/home/me/smesh/compose.yaml',
  services: [],
  isAutomatic: true,
  problems: [],
  walletFiles: [],
  ...parts,
})

export const anInventoryIdentity = (parts: Partial<InventoryIdentity> & { readonly index?: number } = {}): InventoryIdentity => {
  const { index = 0, ...rest } = parts
  return {
    id: idOf(index),
    key: 'here',
    copies: [{ path: `/home/me/spacemesh/identities/k${index}.key`, grade: 'running', by: 'spacemesh.service' }],
    data: 'complete',
    posFolders: [`/mnt/north/post-${index}`],
    numUnits: 64,
    expectedBytes: 4 * TIB,
    actualBytes: 4 * TIB,
    knownBy: ['/home/me/spacemesh'],
    servedBy: ['post-service 4712'],
    sentence: 'Key and data are here and complete; spacemesh.service runs it',
    ...rest,
  }
}

/** The machine of the design's picture: a running node, Smapp, three PoS folders, a compose file, a dead drive. */
export function anInventory(parts: Partial<Inventory> = {}): Inventory {
  const present = aFoundPosFolder().state
  if (present.is !== 'present') throw new Error('the builder gives a folder that is there')
  const old = { ...present, identity: idOf(9), expectedBytes: 0.5 * TIB, actualBytes: 0.5 * TIB }
  const short = {
    ...present,
    identity: idOf(3),
    expectedBytes: TIB,
    actualBytes: 0.7 * TIB,
    problems: [{ file: 'postdata_7.bin', is: 'missing' as const, expectedBytes: 4 * 2 ** 30, actualBytes: 0 }],
  }
  const smapp = '/home/me/.config/Spacemesh'
  return {
    startedAt: NOW - 41_000,
    finishedAt: NOW,
    isWhole: true,
    volumes: [
      { mountPoint: '/', label: 'System disk', is: 'scanned', folders: 2100, files: 30_000 },
      { mountPoint: '/mnt/north', label: 'North', is: 'scanned', folders: 12, files: 1800 },
      { mountPoint: '/mnt/nas', label: 'nas', is: 'not-answering', why: 'It did not answer within 5 s', folders: 0, files: 0 },
    ],
    keys: [
      aKeyCopy(),
      aKeyCopy({ path: '/home/me/spacemesh/identities/basalt.key', identity: idOf(1) }),
      aKeyCopy({ path: '/home/me/spacemesh/identities/cedar.key', identity: idOf(2) }),
      aKeyCopy({ path: `${smapp}/node-data/identities/local.key`, identity: idOf(3), nodeFolder: `${smapp}/node-data` }),
      aKeyCopy({ path: '/home/me/old/identity.key', identity: idOf(4), place: 'loose', modifiedAt: NOW - 400 * DAY }),
    ],
    posFolders: [
      aFoundPosFolder(),
      aFoundPosFolder({ path: '/mnt/west/post-kelp', volume: 'West', state: short }),
      aFoundPosFolder({ path: '/mnt/vault/post-old', volume: 'Vault', state: old }),
    ],
    nodes: [
      aFoundNode(),
      aFoundNode({
        dataFolder: `${smapp}/node-data`,
        identities: [idOf(3)],
        mode: 'supervised',
        starters: [{ owner: 'smapp', label: 'Smapp', isAutomatic: false }],
      }),
    ],
    processes: [aFoundProcess()],
    setups: [
      aFoundSetup({
        kind: 'smapp',
        owner: 'smapp',
        label: 'Smapp',
        file: smapp,
        isAutomatic: false,
        node: { dataFolder: `${smapp}/node-data`, args: [] },
        walletFiles: [`${smapp}/my_wallet_0.json`],
      }),
      aFoundSetup({ services: [{ args: [], posFolder: '/mnt/north/post-amber', nonces: 288 }] }),
    ],
    identities: [
      anInventoryIdentity({ index: 0, nickname: 'Amber' }),
      anInventoryIdentity({ index: 1, nickname: 'Basalt' }),
      anInventoryIdentity({ index: 2, nickname: 'Cedar' }),
      anInventoryIdentity({
        index: 3,
        data: 'incomplete',
        expectedBytes: TIB,
        actualBytes: 0.7 * TIB,
        posFolders: ['/mnt/west/post-kelp'],
        copies: [{ path: `${smapp}/node-data/identities/local.key`, grade: 'configured', by: 'Smapp' }],
        sentence: 'Its data is incomplete: postdata_7.bin is missing. Finish it with postcli before it is proved',
      }),
      anInventoryIdentity({
        index: 9,
        key: 'missing',
        copies: [],
        posFolders: ['/mnt/vault/post-old'],
        expectedBytes: 0.5 * TIB,
        actualBytes: 0.5 * TIB,
        knownBy: [],
        servedBy: [],
        sentence: 'Data without a key: worthless until its key is found. Look for it in old backups',
      }),
    ],
    ...parts,
  }
}

export const aScanProgress = (parts: Partial<ScanProgress> = {}): ScanProgress => ({
  startedAt: NOW - 8000,
  at: 'North',
  volumesDone: 2,
  volumesInAll: 6,
  folders: 1840,
  files: 20_410,
  found: { keys: 3, posFolders: 2, nodes: 1, setups: 1 },
  ...parts,
})

export const aConflict = (parts: Partial<KeyConflict> = {}): KeyConflict => ({
  key: 'c1',
  identity: idOf(3),
  grade: 'configured',
  here: '/home/me/spacemesh/identities/kelp.key',
  there: '/home/me/.config/Spacemesh/node-data/identities/local.key',
  otherFolder: '/home/me/.config/Spacemesh/node-data',
  by: 'Smapp',
  sentence:
    'Amber would run twice. Smapp starts the same key on its own node, and two nodes with one key are banned for ever. Disarm the copy of Smapp.',
  ...parts,
})

export const aHold = (parts: Partial<Hold> = {}): Hold => ({
  code: 'active-elsewhere',
  reason: 'The network knows an ATX of epoch 60 that no node of ours published. Another node may run this key.',
  until: NOW + 20 * DAY,
  since: NOW - 3 * 3_600_000,
  ...parts,
})

export const aProposal = (parts: Partial<ImportProposal> = {}): ImportProposal => ({
  id: 'p1',
  label: 'spacemesh.service with 3 services',
  setup: { version: 1 } as unknown as ImportProposal['setup'],
  sentences: ['The node runs as spacemesh.service and is watched as it is.', '3 services are watched: Amber, Basalt and Cedar.'],
  problems: [],
  ...parts,
})
