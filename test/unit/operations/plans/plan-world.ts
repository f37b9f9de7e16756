import type { IdentityId } from '../../../../shared/domain/ids.ts'
import type { FoundPosFolder, LocalRows } from '../../../../shared/domain/inventory.ts'
import { setupSchema, type Setup } from '../../../../shared/setup/schema.ts'
import { setUpChange } from '../../../../electron/operations/steps/set-up.ts'
import type { NodeFolder, PlanMoment, SetUpWriter } from '../../../../electron/operations/plans/plan-parts.ts'
import { editedSetUp } from '../../../../electron/operations/plans/set-up-edit.ts'
import { aKey } from '../../identities/keys.ts'

export const NOW = Date.UTC(2026, 10, 28, 12, 0, 0)
export const SETUP_FILE = '/home/keeper/config/setup.json'

/** Test keys by what they are called. */
export const IDS = { amber: aKey(1).id, basalt: aKey(2).id, iris: aKey(3).id, kelp: aKey(4).id, local: aKey(5).id } as const
export const NAMES: Readonly<Record<string, string>> = {
  [IDS.amber]: 'Amber',
  [IDS.basalt]: 'Basalt',
  [IDS.iris]: 'Iris',
  [IDS.kelp]: 'Kelp',
  [IDS.local]: 'Home',
}

export const someRows = (identity: IdentityId, publishEpoch = 3): LocalRows => ({
  identity,
  hasPost: true,
  challenge: { publishEpoch, previousAtx: '02'.repeat(32), hasPoetProof: false },
  hasProof: true,
  registrations: [{ address: 'http://poet.one', roundId: '3', roundEndsAt: 1_800_000_000_000 }],
})

/** A sound node with these keys and their rows. */
export function aNode(name: string, keys: Readonly<Record<string, IdentityId>>, parts: Partial<NodeFolder> = {}): NodeFolder {
  const dataFolder = parts.dataFolder ?? `/node/${name.toLowerCase()}`
  return {
    name,
    dataFolder,
    realFolder: dataFolder,
    version: 'v1.7 and v1.8, schema 9',
    keys: Object.entries(keys).map(([file, identity]) => ({ name: file, identity, form: 'good' })),
    taken: Object.keys(keys),
    problems: [],
    database: { is: 'read', schema: 9, bytes: 100_000, isInWal: true, rows: Object.values(keys).map((id) => someRows(id)) },
    genesisId: '9e'.repeat(20),
    ...parts,
  }
}

export const absentNode = (name: string, dataFolder: string): NodeFolder => {
  const { genesisId: _, ...rest } = aNode(name, {}, { dataFolder, version: 'no database', database: { is: 'absent' } })
  return rest
}

export const aPosFolder = (
  identity: IdentityId,
  parts: Partial<Extract<FoundPosFolder['state'], { is: 'present' }>> = {},
): FoundPosFolder => ({
  path: '/pos/home',
  state: {
    is: 'present',
    identity,
    numUnits: 4,
    labelsPerUnit: 1024,
    expectedBytes: 65_536,
    actualBytes: 65_536,
    hasVrfNonce: true,
    problems: [],
    ...parts,
  },
})

/** Our set-up: the node Main, and what it is given. */
export const aSetup = (parts: object = {}): Setup =>
  setupSchema.parse({
    version: 1,
    network: { preset: 'mainnet' },
    node: {
      mode: 'managed',
      binary: '/opt/go-spacemesh',
      dataFolder: '/node/main',
      configFile: '/node/main.json',
      listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
    },
    ...parts,
  })

export const aService = (identity: IdentityId, port = 50_051): object => ({
  identity,
  binary: '/opt/post-service',
  posFolder: `/pos/${identity.slice(0, 4)}`,
  threads: 2,
  operator: `127.0.0.1:${port}`,
  nodeAddress: 'http://127.0.0.1:9094',
})

export const writerFor =
  (setup: Setup): SetUpWriter =>
  (edit) =>
    setUpChange(SETUP_FILE, setup, editedSetUp(setup, edit, { serviceBinary: '/opt/post-service' }))

export const aMoment = (parts: Partial<PlanMoment> = {}): PlanMoment => ({
  now: NOW,
  random: 'ab12',
  names: NAMES,
  held: [],
  window: { is: 'safe' },
  setUp: () => undefined,
  ...parts,
})
