import type { LocalDatabase } from '../../../../shared/domain/inventory.ts'
import type { Files } from '../../../../electron/lib/files.ts'
import { exchangeRules, planExportIdentity, planImportIdentity, type ExchangeNode } from '../../../../electron/operations/exchange/index.ts'
import type { ExportInput, ExportRequest, ImportInput, ImportRequest } from '../../../../electron/operations/exchange/index.ts'
import { stepRules } from '../../../../electron/operations/registry.ts'
import type { Draft, StepRule, StepTools } from '../../../../electron/operations/types.ts'
import { publicationText } from '../../../../electron/identities/index.ts'
import { createCrashFiles, type CrashFiles, type CrashFilesOptions } from '../../../fakes/crash-files.ts'
import { keyOf, putNode, rowsOf, type NodeKey } from '../../../fakes/crash-nodes.ts'
import { engineOn, type Rules } from '../crash-story.ts'

export const NOW = Date.UTC(2026, 10, 28)
export const PASSPHRASE = 'harvest-pebble-orbit-lantern-quiet'
export const NODE = '/node/main'
export const OUT = '/media/stick'
export const FILE = `${OUT}/amber.age`
export const POS = '/pos/amber'
export const SETUP = '/home/keeper/config/setup.json'
export const RECORDS = '/home/keeper/state/publication.json'
export const OPERATIONS = '/home/keeper/state/operations'
export const QUARANTINE = '/home/keeper/quarantine'

export const amber: NodeKey = keyOf(1, 'amber.key')
export const basalt: NodeKey = keyOf(2, 'basalt.key')
const GENESIS = '9eebff023abb17ccb775c602daade8ed708f0a50'

export const metadata = (identity: string = amber.identity, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    NodeId: Buffer.from(identity, 'hex').toString('base64'),
    CommitmentAtxId: Buffer.alloc(32, 7).toString('base64'),
    LabelsPerUnit: 640,
    NumUnits: 1,
    MaxFileSize: 4096,
    Nonce: 3,
    ...more,
  })

const setUpWith = (ids: readonly string[]): string =>
  `${JSON.stringify(
    {
      version: 1,
      identities: ids.map((id) => ({ id, nickname: id.slice(0, 4) })),
      services: ids.map((id) => ({ identity: id, posFolder: `/pos/${id.slice(0, 4)}`, wanted: 'down', stoppedBy: 'operation' })),
    },
    undefined,
    2,
  )}\n`

/** The machine that gives an identity up. */
export function sourceDisk(options: CrashFilesOptions = {}): CrashFiles {
  const files = createCrashFiles(options)
  files.putFolder('/home/keeper/state')
  putNode(files, NODE, { keys: [amber, basalt], rowsIn: 'both' })
  files.put(`${POS}/postdata_metadata.json`, metadata())
  files.put(`${POS}/identity.key`, amber.hex)
  files.putFolder(OUT)
  files.put(SETUP, setUpWith([amber.identity, basalt.identity]))
  return files
}

/** The machine that it comes to: a node with another key, and what the stick holds. */
export function targetDisk(sealed: Readonly<Record<string, Uint8Array>>, options: CrashFilesOptions = {}): CrashFiles {
  const files = createCrashFiles(options)
  files.putFolder('/home/keeper/state')
  putNode(files, NODE, { keys: [basalt] })
  files.put(SETUP, setUpWith([basalt.identity]))
  files.put(RECORDS, publicationText([]))
  files.putFolder(OUT)
  for (const [file, bytes] of Object.entries(sealed)) files.put(file, bytes)
  return files
}

const read: LocalDatabase = { is: 'read', schema: 9, bytes: 8192, rows: [], isInWal: true }
export const node = (keys: readonly NodeKey[], more: Partial<ExchangeNode> = {}): ExchangeNode => ({
  name: 'Main',
  dataFolder: NODE,
  version: 'schema 9',
  keys: keys.map(({ name, identity }) => ({ name, identity, form: 'good' })),
  database: read,
  genesisId: GENESIS,
  coinbase: 'sm1qqq',
  ...more,
})

const moment = { now: NOW, random: 'ab12', names: { [amber.identity]: 'Amber' }, window: { is: 'safe' } } as const

export const record = (more: object = {}) => ({
  identity: amber.identity as never,
  atxs: [{ publishEpoch: 2, atxId: 'aa'.repeat(32), seenAt: NOW - 1000, by: 'here' as const }],
  ...more,
})

export const anExportInput = (files: CrashFiles, more: Partial<ExportInput> = {}): ExportInput => ({
  moment,
  files,
  nodes: [node([amber, basalt])],
  held: [],
  posFolder: POS,
  proving: { nonces: 288, threads: 4, randomx: 'fast' },
  record: record(),
  setUpFile: SETUP,
  isInBackup: true,
  isBanned: false,
  machine: 'attic',
  madeBy: 'Smeshkeeper 0.1.0',
  freeBytes: () => 1024 ** 3,
  canWrite: () => true,
  ...more,
})

export const planExport = (files: CrashFiles, more: Partial<ExportInput> = {}, request: Partial<ExportRequest> = {}): Promise<Draft> =>
  planExportIdentity({ identity: amber.identity, file: FILE, recipients: [], ...request }, anExportInput(files, more))

export const anImportInput = (files: Files, temporary: string, more: Partial<ImportInput> = {}): ImportInput => ({
  moment: { ...moment, names: {} },
  files,
  temporary,
  node: node([basalt]),
  held: [],
  nodeFolders: [NODE],
  armedElsewhere: [],
  banned: [],
  recordsFile: RECORDS,
  setUpFile: SETUP,
  service: { binary: 'practice:post-service', operator: '127.0.0.1:50051', nodeAddress: 'http://127.0.0.1:9094' },
  holdUntil: null,
  freeBytes: () => 1024 ** 3,
  ...more,
})

export const planImport = (
  files: Files,
  temporary: string,
  more: Partial<ImportInput> = {},
  request: Partial<ImportRequest> = {},
): Promise<Draft> => planImportIdentity({ file: FILE, posFolder: '/new/amber', ...request }, anImportInput(files, temporary, more))

/** Every rule; a finish in the story has the passphrase again. Scrypt does one round. */
export function rulesWith(passphrase: string | undefined = PASSPHRASE): Rules {
  const all = { ...stepRules(), ...exchangeRules({ workFactor: 1 }) } as unknown as Record<string, StepRule>
  const given = (tools: StepTools): StepTools => (passphrase === undefined ? tools : { ...tools, passphrase })
  return Object.fromEntries(
    Object.entries(all).map(([name, rule]) => [
      name,
      { ...rule, apply: (data, tools) => rule.apply(data, given(tools)) } satisfies StepRule,
    ]),
  )
}

/** Does a whole export on a disk of its own. @returns every file on the stick */
export async function sealedBy(
  temporary: string,
  how: {
    readonly disk?: CrashFiles
    readonly recipients?: readonly string[]
    readonly passphrase?: string | undefined
    readonly input?: Partial<ExportInput>
  } = {},
): Promise<Record<string, Buffer>> {
  const { disk = sourceDisk(), recipients = [] } = how
  const draft = await planExport(disk, how.input, { recipients })
  const passphrase = 'passphrase' in how ? how.passphrase : PASSPHRASE
  const engine = engineOn(disk, temporary, rulesWith('passphrase' in how && passphrase === undefined ? '' : passphrase))
  const begun = engine.begin(draft)
  if (!begun.ok) throw new Error(begun.fault.detail)
  const ended = await engine.finish(draft.plan.id)
  if (!ended.ok) throw new Error(ended.fault.detail)
  return Object.fromEntries(
    disk
      .all()
      .filter(({ path }) => path.startsWith(`${OUT}/`) && path.endsWith('.age'))
      .map(({ path, bytes }) => [path, bytes]),
  )
}

/** Plans and runs an import; '' = without a passphrase. */
export async function runImport(
  files: CrashFiles,
  temporary: string,
  how: { readonly passphrase?: string; readonly input?: Partial<ImportInput> } = {},
) {
  const draft = await planImport(files, temporary, how.input)
  const engine = engineOn(files, temporary, rulesWith(how.passphrase ?? PASSPHRASE))
  const begun = engine.begin(draft)
  if (!begun.ok) throw new Error(begun.fault.detail)
  return { engine, id: draft.plan.id, ended: await engine.finish(draft.plan.id) }
}

export const HELD = `${QUARANTINE}/held/${amber.identity}.key`
export const sequenceOf = (disk: CrashFiles, identity: string): number | undefined => rowsOf(disk, NODE).get(identity)
