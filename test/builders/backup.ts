import type {
  BackupEntry,
  BackupPlace,
  BackupPlan,
  BackupState,
  BackupSummary,
  DrillResult,
  RestoreItem,
  RestorePlan,
  VaultProgress,
} from '../../shared/domain/backup.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import { anId, NOW } from './snapshot.ts'

const DAY = 86_400_000
const idOf = (index: number): IdentityId => anId(index) as IdentityId

export const aDrill = (parts: Partial<DrillResult> = {}): DrillResult => ({
  at: NOW - 9 * DAY,
  is: 'passed',
  sentence: 'Opened, its manifest agrees, and all 6 keys are the ones that are here',
  isTyped: true,
  ...parts,
})

export const aSummary = (parts: Partial<BackupSummary> = {}): BackupSummary => ({
  is: 'good',
  sentence: 'Backup 9 d old, drill passed',
  lastMadeAt: NOW - 9 * DAY,
  lastDrill: aDrill(),
  missing: [],
  nextDrillAt: NOW + 21 * DAY,
  mustTypePassphrase: false,
  ...parts,
})

export const aBackupEntry = (parts: Partial<BackupEntry> = {}): BackupEntry => ({
  id: 'b1',
  madeAt: NOW - 9 * DAY,
  file: '/media/me/KEYS-1/smeshkeeper-2026-11-15.age',
  placeLabel: 'KEYS-1',
  volumeId: 'vol-keys-1',
  bytes: 2.1 * 2 ** 20,
  sha256: 'ab'.repeat(32),
  identities: [0, 1, 2, 3, 4, 5].map(idOf),
  openedBy: 'passphrase',
  isOnOtherDisk: true,
  drills: [aDrill()],
  lastSeenAt: NOW - 3_600_000,
  isThere: true,
  ...parts,
})

/** As in the design's picture: four backups, one of them unreadable. */
export const HISTORY: readonly BackupEntry[] = [
  aBackupEntry(),
  aBackupEntry({
    id: 'b2',
    file: '/media/me/KEYS-1/smeshkeeper-2026-10-18.age',
    madeAt: NOW - 37 * DAY,
    identities: [0, 1, 2, 3, 4].map(idOf),
    drills: [aDrill({ at: NOW - 37 * DAY })],
  }),
  aBackupEntry({
    id: 'b3',
    file: '/mnt/north/smeshkeeper-2026-10-18.age',
    madeAt: NOW - 37.1 * DAY,
    placeLabel: 'North',
    drills: [],
    isThere: false,
    lastSeenAt: NOW - 9 * DAY,
  }),
  aBackupEntry({
    id: 'b4',
    file: '/media/me/KEYS-0/smeshkeeper-2026-09-20.age',
    madeAt: NOW - 65 * DAY,
    placeLabel: 'KEYS-0',
    identities: [0, 1, 2].map(idOf),
    drills: [aDrill({ is: 'failed', sentence: 'It does not open: its last 300 B are missing' })],
  }),
]

export const aBackupState = (parts: Partial<BackupState> = {}): BackupState => ({
  summary: aSummary(),
  entries: HISTORY,
  settings: { folder: null, everyDays: 30, keep: 6, recipients: [], isRemembered: false, extraFiles: [], withHistory: false },
  keyring: { is: 'there', sentence: 'GNOME Keyring can remember the passphrase.' },
  ...parts,
})

export const aPlace = (parts: Partial<BackupPlace> = {}): BackupPlace => ({
  folder: '/media/me/KEYS-1',
  label: 'KEYS-1',
  detail: 'USB stick, 12 GiB free',
  freeBytes: 12 * 2 ** 30,
  verdict: 'own-disk',
  sentence: 'Nothing of yours is on it',
  isWritable: true,
  ...parts,
})

export const PLACES: readonly BackupPlace[] = [
  aPlace(),
  aPlace({
    folder: '/mnt/north',
    label: 'North',
    detail: 'HDD, 212 GiB free',
    verdict: 'shares-pos-data',
    sentence: 'It holds Amber and shares its fate',
  }),
  aPlace({
    folder: '/home/me/backups',
    label: 'System disk',
    detail: 'NVMe, 388 GiB free',
    verdict: 'same-disk-as-keys',
    sentence: 'No help if it dies',
  }),
]

export const aBackupPlan = (parts: Partial<BackupPlan> = {}): BackupPlan => ({
  parts: [
    { part: 'keys', sentence: '7, each checked against its public key', items: 7, bytes: 896 },
    { part: 'pos-metadata', sentence: '7 of 7 folders; not the data itself', items: 7, bytes: 3174 },
    { part: 'node-config', sentence: 'config and lock file of the node', items: 2, bytes: 9000 },
    { part: 'local-database', sentence: 'schema 9, whole', items: 1, bytes: 1.9 * 2 ** 20 },
    { part: 'publication-record', sentence: '7 identities', items: 7, bytes: 5000 },
    { part: 'setup', sentence: 'tokens stay in the keyring', items: 1, bytes: 5200 },
  ],
  identities: [0, 1, 2, 3, 4, 5, 6].map((index) => ({
    id: idOf(index),
    name: `Key ${index + 1}`,
    keyPath: `/home/me/spacemesh/identities/k${index}.key`,
  })),
  problems: [],
  offered: [{ path: '/home/me/.config/Spacemesh/my_wallet_0.json', bytes: 2048, why: 'Wallet of Smapp' }],
  ...parts,
})

export const aProgress = (parts: Partial<VaultProgress> = {}): VaultProgress => ({
  job: 'backup',
  step: 'reading-back',
  doneBytes: 1.5 * 2 ** 20,
  totalBytes: 2.1 * 2 ** 20,
  startedAt: NOW - 4000,
  endsAt: NOW + 40_000,
  ...parts,
})

export const aRestoreItem = (parts: Partial<RestoreItem> = {}): RestoreItem => ({
  id: 'keys/0',
  part: 'keys',
  identity: idOf(0),
  name: 'Fjord',
  bytes: 128,
  target: '/home/me/spacemesh/identities/fjord.key',
  is: 'missing',
  sentence: 'Its key is not here; it comes back and is held until epoch 63 begins',
  holdUntil: NOW + 20 * DAY,
  ...parts,
})

export const aRestorePlan = (parts: Partial<RestorePlan> = {}): RestorePlan => ({
  token: 't1',
  file: '/media/me/KEYS-1/smeshkeeper-2026-11-15.age',
  madeAt: NOW - 9 * DAY,
  madeBy: 'Smeshkeeper 0.1.0',
  items: [
    aRestoreItem(),
    aRestoreItem({ id: 'keys/1', identity: idOf(1), name: 'Basalt', is: 'same', sentence: 'Here already, byte for byte' }),
    aRestoreItem({
      id: 'keys/2',
      identity: idOf(2),
      name: 'Grove',
      is: 'refused',
      sentence: 'Another node runs it now: ~/old-node. Stop that node first',
    }),
    aRestoreItem({
      id: 'setup/0',
      part: 'setup',
      name: 'setup.json',
      bytes: 5200,
      target: '/home/me/.config/smeshkeeper/setup.json',
      is: 'differs',
      sentence: 'Another set-up is in use and stays',
    }),
    aRestoreItem({
      id: 'local-database/0',
      part: 'local-database',
      name: 'local.sql',
      bytes: 1.9 * 2 ** 20,
      target: '/home/me/spacemesh/local.sql',
      sentence: 'There is none here; this one is 9 d old',
    }),
  ],
  risks: [
    'This local.sql is 9 d old. A node that goes on from it may publish twice in one epoch, which bans the identity for ever; so its keys are held until epoch 63 begins.',
    'Grove runs on another node and does not come back.',
  ],
  ...parts,
})
