import type {
  Leftover,
  OperationPlan,
  OperationsState,
  OperationStepView,
  OperationView,
  PlanNode,
  PlanStep,
  QuarantineEntry,
} from '../../shared/domain/operation.ts'
import type { WizardState } from '../../shared/ipc/operations-contract.ts'
import { anId, NOW } from './snapshot.ts'

const key = (
  index: number,
  name: string,
  keyFile: string,
  more: { numUnits: number; change?: string },
): PlanNode['identities'][number] => ({
  id: anId(index),
  name,
  keyFile,
  ...more,
})

const MAIN: PlanNode = {
  name: 'Main',
  folder: '/home/me/spacemesh',
  version: 'v1.7.6, schema 9',
  identities: [
    key(0, 'Amber', 'amber.key', { numUnits: 64 }),
    key(1, 'Basalt', 'basalt.key', { numUnits: 48 }),
    key(2, 'Cedar', 'identity.key', { numUnits: 64 }),
  ],
}
const ATTIC: PlanNode = {
  name: 'Attic',
  folder: '/home/me/attic/node-data',
  version: 'v1.7.6, schema 9',
  identities: [
    key(3, 'Iris', 'identity.key', { numUnits: 32, change: 'leaves' }),
    key(4, 'Kelp', 'kelp.key', { numUnits: 16, change: 'leaves' }),
  ],
}
const AFTER: readonly PlanNode[] = [
  {
    ...MAIN,
    identities: [
      ...MAIN.identities,
      key(3, 'Iris', 'iris.key', { numUnits: 32, change: 'renamed from identity.key' }),
      key(4, 'Kelp', 'kelp.key', { numUnits: 16, change: 'added' }),
    ],
  },
  { ...ATTIC, identities: [], note: 'disarmed: no key, cannot smesh; nothing deleted' },
]

/** Steps of the design's picture of a merge. */
export const STEPS: readonly PlanStep[] = [
  { title: 'Stop both nodes and take their locks', detail: 'services stay up', estimateMs: 60_000 },
  { title: 'Snapshot both data folders', detail: 'keys, local.sql, config: 7.4 MiB', estimateMs: 2000 },
  { title: 'Build the merged database aside', detail: '12 rows added to a copy of local.sql', estimateMs: 2000 },
  { title: 'Check it', detail: 'integrity, row counts, foreign rows, schema 9', estimateMs: 3000 },
  { title: 'Disarm Attic', detail: 'its keys move to the quarantine', estimateMs: 1000 },
  { title: 'Swap the database in', detail: 'the old three files are kept', estimateMs: 1000 },
  { title: 'Place 2 keys in Main', detail: 'iris.key and kelp.key, mode 0600', estimateMs: 1000 },
]

export const ATTEST = 'Attic’s keys run on no other machine, and I will not start them elsewhere.'

export const anOperationPlan = (parts: Partial<OperationPlan> = {}): OperationPlan => ({
  id: 'merge-20261124-024200',
  kind: 'merge',
  title: 'Merge Attic into Main: one node, 5 identities',
  madeAt: NOW,
  before: [MAIN, ATTIC],
  after: AFTER,
  steps: STEPS,
  risks: [
    {
      grade: 'ban',
      text: 'Attic must never start again with these keys. Two live copies mean a permanent ban, so step 5 takes them out first.',
    },
    { grade: 'note', text: 'No identity is proving now. The cycle gap opens in 3 d 3 h.' },
  ],
  checks: [
    { is: 'pass', text: '5 valid keys, none twice' },
    { is: 'pass', text: 'same network, 5 PoETs' },
    { is: 'pass', text: 'databases sound, schema 9' },
    { is: 'warn', text: 'coinbase differs: the one of Main stays' },
  ],
  tables: [
    { table: 'post', before: 3, added: 2, removed: 0 },
    { table: 'poet_registration', before: 6, added: 4, removed: 0 },
    { table: 'nipost', before: 3, added: 2, removed: 0 },
  ],
  refusals: [],
  asks: [{ id: 'elsewhere', text: ATTEST }],
  stops: ['Main', 'Attic'],
  needs: { bytes: 7_759_462, ms: 70_000 },
  undo: 'Undo restores both exactly until a node starts. After that, undo splits Iris and Kelp out again with their newer rows.',
  ...parts,
})

/** The steps with the first `done` of them done and the next one running, when `running` is not the last. */
export const stepViews = (done: number, next: OperationStepView['state'] = 'running'): readonly OperationStepView[] =>
  STEPS.map((step, i) => ({
    ...step,
    state: i < done ? 'done' : i === done ? next : 'todo',
    ...(i < done ? { tookMs: 900 + i * 100, note: i === 2 ? '12 rows in 5 tables' : 'read back and compared' } : {}),
  }))

export const anOperation = (parts: Partial<OperationView> = {}): OperationView => ({
  id: anOperationPlan().id,
  kind: 'merge',
  title: 'Merge Attic into Main: one node, 5 identities',
  state: 'done',
  beganAt: NOW - 60_000,
  endedAt: NOW - 50_000,
  steps: stepViews(STEPS.length),
  undo: { is: 'exact', why: 'No node was started since: undo restores both exactly.' },
  before: [MAIN, ATTIC],
  after: AFTER,
  folder: '/home/me/.local/share/smeshkeeper/state/operations/merge-20261124-024200',
  startsNode: true,
  expects: [0, 1, 2, 3, 4].map(anId),
  ...parts,
})

/** As it stands while it runs, or after a power cut with `state: 'unfinished'`. */
export function aRunningOperation(parts: Partial<OperationView> = {}): OperationView {
  const { endedAt: _, ...open } = anOperation({
    state: 'running',
    steps: stepViews(2),
    progress: { step: 2, done: 6, total: 12, unit: 'rows', etaMs: 1500 },
    undo: { is: 'exact', why: 'No node was started since: undo restores both exactly.' },
  })
  return { ...open, ...parts }
}

export function anUnfinishedOperation(parts: Partial<OperationView> = {}): OperationView {
  const { progress: _, ...stopped } = aRunningOperation({ state: 'unfinished', steps: stepViews(4, 'failed') })
  return { ...stopped, ...parts }
}

export const operationsState = (...operations: readonly OperationView[]): OperationsState => ({ operations, problems: [] })

export const aQuarantineEntry = (parts: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  id: '20261124-0242-merge',
  path: '/home/me/.local/share/smeshkeeper/quarantine/20261124-0242-merge',
  at: '2026-11-24T02:42:00.000Z',
  why: 'Attic was merged into Main',
  operation: anOperationPlan().id,
  keys: [
    { name: 'identity.key', identity: anId(3), from: '/home/me/attic/node-data/identities/identity.key' },
    { name: 'kelp.key', identity: anId(4), from: '/home/me/attic/node-data/identities/kelp.key' },
  ],
  ...parts,
})

export const aWizard = (parts: Partial<WizardState> = {}): WizardState => ({
  step: 'scan',
  from: [],
  to: null,
  names: {},
  operation: null,
  ...parts,
})

/** Moved data of Amber whose new place proved already. */
export const aLeftover = (parts: Partial<Leftover> = {}): Leftover => ({
  operation: 'move-data-20261124-024200',
  kind: 'moved-source',
  identity: anId(0),
  name: 'Amber',
  folder: '/mnt/old/amber',
  bytes: 4_398_046_511_104,
  since: NOW - 86_400_000,
  may: true,
  why: 'A proof that was made from /mnt/new/amber was accepted, so /mnt/old/amber is not needed any more.',
  ...parts,
})
