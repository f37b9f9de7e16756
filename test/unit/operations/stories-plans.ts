import { planCoinbase } from '../../../electron/operations/plans/coinbase.ts'
import { planConvert } from '../../../electron/operations/plans/convert.ts'
import { unconvertConfig } from '../../../electron/operations/plans/convert-config.ts'
import type { FileSeen } from '../../../electron/operations/plans/plan-parts.ts'
import { planPutBack } from '../../../electron/operations/plans/put-back.ts'
import { planRetire } from '../../../electron/operations/plans/retire.ts'
import { planSplitBack } from '../../../electron/operations/plans/split-back.ts'
import { planSplit } from '../../../electron/operations/plans/split.ts'
import { planUnconvert } from '../../../electron/operations/plans/unconvert.ts'
import type { Draft } from '../../../electron/operations/types.ts'
import { createCrashFiles, type CrashFiles } from '../../fakes/crash-files.ts'
import { parseIdentityId, type IdentityId } from '../../../shared/domain/ids.ts'
import { keyOf, putNode, startNodes, type NodeKey } from '../../fakes/crash-nodes.ts'
import { aMoment, aNode, aPosFolder, aService, aSetup, absentNode, IDS, SETUP_FILE, someRows, writerFor } from './plans/plan-world.ts'
import type { OperationStory } from './crash-story.ts'

/** Real plans of convert, split, retire and put back, crashed. */

const amber = keyOf(1, 'amber.key')
const basalt = keyOf(2, 'basalt.key')
const iris = keyOf(3, 'identity.key')
const kelp = keyOf(4, 'kelp.key')
const local = keyOf(5, 'local.key')

const armed = (folder: string, name: string): string => `${folder}/identities/${name}`
const clean = new Map(Object.values(IDS).map((id) => [id, { is: 'clean', partners: [] }] as const))

/** A plan that is refused would make a story of nothing. */
function unrefused(draft: Draft): Draft {
  const [refusal] = draft.plan.refusals
  if (refusal !== undefined) throw new Error(`${draft.plan.id}: ${refusal.detail}`)
  return draft
}

/** A node that knows keys it does not have: their rows are older than elsewhere. */
function putWithOldRows(files: CrashFiles, folder: string, has: readonly NodeKey[], knows: readonly NodeKey[]): void {
  putNode(files, folder, { keys: [...has, ...knows] })
  for (const { name } of knows) files.remove(armed(folder, name))
}

/** Identity of the key that a node on this folder makes itself, when it finds none. */
function freshKeyOf(folder: string): IdentityId {
  const files = createCrashFiles()
  putNode(files, folder, { keys: [] })
  startNodes(files, [folder])
  const id = parseIdentityId(files.content(armed(folder, 'local.key'))?.toString().slice(-64) ?? '')
  if (id === undefined) throw new Error('no fresh key')
  return id
}

const SMAPP = '/node/smapp'
const supervised = {
  coinbase: 'sm1qqqqqq',
  dataDir: '/pos/home',
  numUnits: 4,
  maxFileBytes: 4096,
  provider: 0,
  proving: { nonces: 128, threads: 3, randomx: 'light' },
} as const
const smeshing = unconvertConfig('{"preset":"mainnet"}', supervised)
const SMESHING = smeshing.ok ? smeshing.value : ''
const custom: FileSeen = {
  file: `${SMAPP}/node-config.7c8cef2b.json`,
  text: '{"smeshing":{"smeshing-start":true,"smeshing-coinbase":"sm1qqqqqq"}}',
}
const settings: FileSeen = { file: `${SMAPP}/config.json`, text: '{"isAutoStartEnabled":true,"startNodeOnNextLaunch":true}' }
const convertSetup = aSetup()

const convert: OperationStory = {
  name: 'convert Smapp’s node',
  folders: [SMAPP],
  keys: [local],
  put(files) {
    putNode(files, SMAPP, { keys: [local] })
    for (const { file, text } of [custom, settings]) files.put(file, text ?? '')
    files.put(SETUP_FILE, JSON.stringify(convertSetup))
  },
  draft: () =>
    unrefused(
      planConvert(
        {},
        {
          ...aMoment({ setUp: writerFor(convertSetup) }),
          node: aNode('Smapp', { 'local.key': IDS.local }),
          config: { file: '/smapp/node-config.json', text: SMESHING },
          smapp: { custom, settings, ownConfig: { file: `${SMAPP}/own.json`, text: null } },
          posFolder: aPosFolder(IDS.local),
          standing: { is: 'clean', partners: [] },
          cpus: 4,
          isOurs: true,
        },
      ),
    ),
  done: { [local.identity]: armed(SMAPP, 'home.key') },
}

const unconvertSetup = aSetup({ identities: [{ id: IDS.amber, keyFile: 'amber.key' }], services: [aService(IDS.amber)] })
const unconvert: OperationStory = {
  name: 'let a node run its only identity itself again',
  folders: ['/node/main'],
  keys: [amber],
  put(files) {
    putNode(files, '/node/main', { keys: [amber], rowsIn: 'both' })
    files.put('/node/main/config.json', '{"smeshing":{"smeshing-start":false}}')
    files.put(SETUP_FILE, JSON.stringify(unconvertSetup))
  },
  draft: () =>
    unrefused(
      planUnconvert(
        { identity: IDS.amber },
        {
          ...aMoment({ setUp: writerFor(unconvertSetup) }),
          node: aNode('Main', { 'amber.key': IDS.amber }),
          configs: [{ file: '/node/main/config.json', text: '{"smeshing":{"smeshing-start":false}}' }],
          coinbase: 'sm1qqqqqq',
          posFolder: aPosFolder(IDS.amber),
          maxFileBytes: 4096,
          proving: {},
          standing: { is: 'clean', partners: [] },
          owner: 'someone',
          isOurs: true,
        },
      ),
    ),
  done: { [amber.identity]: armed('/node/main', 'local.key') },
}

const splitSetup = aSetup({
  identities: [
    { id: IDS.amber, keyFile: 'amber.key' },
    { id: IDS.basalt, keyFile: 'basalt.key' },
  ],
  services: [aService(IDS.basalt)],
})
const MAIN_CONFIG = '{"api":{"grpc-public-listener":"127.0.0.1:9092"}}'

const splitToNew: OperationStory = {
  name: 'split into a new node',
  folders: ['/node/main', '/node/second'],
  keys: [amber, basalt],
  put(files) {
    putNode(files, '/node/main', { keys: [amber, basalt], rowsIn: 'both' })
    files.put(SETUP_FILE, JSON.stringify(splitSetup))
  },
  draft: () =>
    unrefused(
      planSplit(
        { identities: [IDS.basalt] },
        {
          ...aMoment({ setUp: writerFor(splitSetup) }),
          from: aNode('Main', { 'amber.key': IDS.amber, 'basalt.key': IDS.basalt }),
          to: absentNode('Second', '/node/second'),
          newNode: {
            config: { file: '/node/second/config.json', text: null },
            copyOf: MAIN_CONFIG,
            lockFile: '/node/second/LOCK',
            listeners: { public: '127.0.0.1:9192', private: '127.0.0.1:9193', post: '127.0.0.1:9194' },
            p2pPort: 7514,
          },
          standing: clean,
          ours: 'from',
        },
      ),
    ),
  done: { [amber.identity]: armed('/node/main', 'amber.key'), [basalt.identity]: armed('/node/second', 'basalt.key') },
  goneRows: [{ dataFolder: '/node/main', identity: basalt.identity }],
}

const irisAgain = `identity-${iris.identity.slice(0, 8)}.key`
const splitToOther: OperationStory = {
  name: 'split two into a node that has a key of that name',
  folders: ['/node/main', '/node/second'],
  keys: [amber, basalt, iris, kelp],
  put(files) {
    putWithOldRows(files, '/node/second', [{ ...kelp, name: 'identity.key' }], [basalt])
    putNode(files, '/node/main', { keys: [amber, basalt, iris] })
    startNodes(files, ['/node/main'])
  },
  draft: () =>
    unrefused(
      planSplit(
        { identities: [IDS.basalt, IDS.iris] },
        {
          ...aMoment(),
          from: aNode('Main', { 'amber.key': IDS.amber, 'basalt.key': IDS.basalt, 'identity.key': IDS.iris }),
          to: aNode('Second', { 'identity.key': IDS.kelp }),
          standing: clean,
        },
      ),
    ),
  done: {
    [amber.identity]: armed('/node/main', 'amber.key'),
    [basalt.identity]: armed('/node/second', 'basalt.key'),
    [iris.identity]: armed('/node/second', irisAgain),
    [kelp.identity]: armed('/node/second', 'identity.key'),
  },
  goneRows: [basalt, iris].map(({ identity }) => ({ dataFolder: '/node/main', identity })),
}

const NOTE = '/node/attic/disarmed-by-smeshkeeper.txt'
const mergeSteps = [
  { is: 'keys-out', dataFolder: '/node/attic', entry: 'a', why: '', keys: [{ identity: iris.identity, name: 'identity.key' }] },
  { is: 'keys-out', dataFolder: '/node/smapp', entry: 'b', why: '', keys: [{ identity: local.identity, name: 'local.key' }] },
  { is: 'keys-in', dataFolder: '/node/main', keys: [] },
] as const

const splitBack: OperationStory = {
  name: 'take a merge of two back after nodes ran',
  folders: ['/node/main', '/node/attic', '/node/smapp'],
  keys: [amber, iris, local],
  put(files) {
    putWithOldRows(files, '/node/attic', [], [iris])
    putWithOldRows(files, '/node/smapp', [], [local])
    files.put(NOTE, 'merged\n')
    putNode(files, '/node/main', { keys: [amber, iris, { ...local, name: 'home.key' }] })
    // Of the sources one was started as well, and has made itself a key.
    startNodes(files, ['/node/main', '/node/attic'])
  },
  draft: () =>
    unrefused(
      planSplitBack(
        { id: 'merge-20261127-120000-ab12', title: 'Merge Attic and Smapp into Main', steps: mergeSteps },
        {
          ...aMoment(),
          from: aNode('Main', { 'amber.key': IDS.amber, 'identity.key': IDS.iris, 'home.key': IDS.local }),
          sources: new Map([
            [
              '/node/attic',
              aNode(
                'Attic',
                { 'local.key': freshKeyOf('/node/attic') },
                { database: { is: 'read', schema: 9, bytes: 1, isInWal: true, rows: [] } },
              ),
            ],
            ['/node/smapp', aNode('Smapp', {})],
          ]),
          notes: new Map([['/node/attic', { file: NOTE, text: 'merged\n' }]]),
          standing: clean,
          isOurs: true,
        },
      ),
    ),
  done: {
    [amber.identity]: armed('/node/main', 'amber.key'),
    [iris.identity]: armed('/node/attic', 'identity.key'),
    [local.identity]: armed('/node/smapp', 'local.key'),
  },
  goneRows: [iris, local].map(({ identity }) => ({ dataFolder: '/node/main', identity })),
  texts: { [NOTE]: 'merged\n\nSince 2026-11-28 its keys are back: identity.key.\n' },
}

const retire: OperationStory = {
  name: 'retire one identity',
  folders: ['/node/main'],
  keys: [amber, basalt],
  put(files) {
    putNode(files, '/node/main', { keys: [amber, basalt] })
    files.put(SETUP_FILE, JSON.stringify(splitSetup))
  },
  draft: () =>
    unrefused(
      planRetire(
        { identity: IDS.basalt },
        {
          ...aMoment({ setUp: writerFor(splitSetup) }),
          node: aNode('Main', { 'amber.key': IDS.amber, 'basalt.key': IDS.basalt }),
          backupHolds: true,
          isOurs: true,
          standing: clean,
        },
      ),
    ),
  done: { [amber.identity]: armed('/node/main', 'amber.key'), [basalt.identity]: undefined },
}

const ENTRY = '2026-11-27-aa11-1-kelp'
const KEPT = `/home/keeper/quarantine/${ENTRY}`
const putBack: OperationStory = {
  name: 'put a key back with newer rows of another node',
  folders: ['/node/main', '/node/old'],
  keys: [amber, kelp],
  put(files) {
    putWithOldRows(files, '/node/main', [amber], [kelp])
    putNode(files, '/node/old', { keys: [kelp] })
    startNodes(files, ['/node/old'])
    files.remove(armed('/node/old', 'kelp.key'))
    files.put(`${KEPT}/kelp.key`, kelp.hex)
    files.put(`${KEPT}/note.json`, '{}')
  },
  draft: () => {
    const node = aNode('Main', { 'amber.key': IDS.amber })
    const other = aNode('Old', {}, { database: { is: 'read', schema: 9, bytes: 1, isInWal: true, rows: [someRows(IDS.kelp, 4)] } })
    return unrefused(
      planPutBack(
        {},
        {
          ...aMoment(),
          entry: {
            id: ENTRY,
            path: KEPT,
            at: '',
            why: 'retired',
            keys: [{ name: 'kelp.key', identity: IDS.kelp, from: '/node/main/identities/kelp.key' }],
          },
          node,
          conflicts: [],
          verdicts: {},
          standing: clean,
          databases: [node, other],
          isOurs: true,
          posFolders: {},
          proving: {},
          cpus: 4,
        },
      ),
    )
  },
  done: { [amber.identity]: armed('/node/main', 'amber.key'), [kelp.identity]: armed('/node/main', 'kelp.key') },
  atRest: [`${KEPT}/kelp.key`, `${KEPT}/note.json`],
}

const PAID = 'sm1qqqqqqzgqpjxdw77aw74f8mz540rykda4x2jgjgaca7z5'
const PAID_NEXT = 'sm1qqqqqqylyl2l0zsmmax0wnutt4dwnrkcwef5eeq3xladz'
const PAYING = `{\n  "smeshing": {\n    "smeshing-coinbase": "${PAID}"\n  },\n  "unknown": 1\n}\n`
const paidSetup = aSetup({ node: { ...aSetup().node, coinbase: PAID } })

const coinbase: OperationStory = {
  name: 'send the rewards to another account',
  folders: ['/node/main'],
  keys: [amber],
  put(files) {
    putNode(files, '/node/main', { keys: [amber] })
    files.put('/node/main.json', PAYING)
    files.put(SETUP_FILE, JSON.stringify(paidSetup))
  },
  draft: () =>
    unrefused(
      planCoinbase(
        { address: PAID_NEXT },
        {
          ...aMoment({ setUp: writerFor(paidSetup) }),
          node: aNode('Main', { 'amber.key': IDS.amber }),
          own: { dataFolder: '/node/main', configFile: '/node/main.json', coinbase: PAID },
          config: { file: '/node/main.json', text: PAYING },
          prefix: 'sm',
        },
      ),
    ),
  done: { [amber.identity]: armed('/node/main', 'amber.key') },
  texts: { '/node/main.json': PAYING.replace(PAID, PAID_NEXT) },
}

export const planStories: readonly OperationStory[] = [convert, unconvert, splitToNew, splitToOther, splitBack, retire, putBack, coinbase]
