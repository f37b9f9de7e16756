import type { OperationKind, OperationPlan } from '../../../shared/domain/operation.ts'
import type { Draft, StepData } from '../../../electron/operations/types.ts'
import { keyOf, putNode, type NodeKey, type RowsIn } from '../../fakes/crash-nodes.ts'
import type { OperationStory } from './crash-story.ts'

/** A draft by hand: what matters to a crash are its steps. */
export function draftOf<S extends StepData>(kind: OperationKind, steps: readonly S[]): Draft {
  const plan: OperationPlan = {
    id: `${kind}-20261128-120000-ab12`,
    kind,
    title: kind,
    madeAt: 0,
    before: [],
    after: [],
    steps: steps.map(({ is }) => ({ title: is, detail: '', estimateMs: 1 })),
    risks: [],
    checks: [],
    tables: [],
    refusals: [],
    asks: [],
    stops: [],
    needs: { bytes: 0, ms: 0 },
    undo: '',
  }
  return { plan, steps, touches: [] }
}

const amber = keyOf(1, 'amber.key')
const basalt = keyOf(2, 'basalt.key')
const iris = keyOf(3, 'identity.key')
const kelp = keyOf(4, 'kelp.key')
const ids = (keys: readonly NodeKey[]): string[] => keys.map(({ identity }) => identity)

/** Steps of a merge as its plan orders them. */
export function mergeSteps(target: string, sources: readonly { readonly folder: string; readonly keys: readonly NodeKey[] }[]): StepData[] {
  const rows = {
    dataFolder: target,
    marker: 0x5eed01,
    snapshot: 'target',
    schema: 9,
    bring: sources.map(({ folder, keys }) => ({ dataFolder: folder, ids: ids(keys), all: true })),
    drop: [],
    movedTo: null,
    withCertificates: true,
  }
  const entry = (index: number): string => `2026-11-28-ab12-${index}-attic`
  return [
    { is: 'snapshot', dataFolder: target, snapshot: 'target' },
    { is: 'build-rows', ...rows },
    ...sources.map(({ folder, keys }, index) => ({
      is: 'keys-out',
      dataFolder: folder,
      entry: entry(index),
      why: 'merged',
      keys: keys.map(({ identity, name }) => ({ identity, name })),
    })),
    { is: 'swap-rows', ...rows },
    {
      is: 'keys-in',
      dataFolder: target,
      keys: sources.flatMap(({ keys }, index) =>
        keys.map(({ identity, name }) => ({ identity, entry: entry(index), stored: name, name: `merged-${name}` })),
      ),
    },
  ] as StepData[]
}

function merge(name: string, rowsIn: RowsIn, options?: OperationStory['options']): OperationStory {
  return {
    name,
    ...(options === undefined ? {} : { options }),
    folders: ['/node/main', '/node/attic'],
    keys: [amber, basalt, iris, kelp],
    put(files) {
      putNode(files, '/node/main', { keys: [amber, basalt], rowsIn })
      putNode(files, '/node/attic', { keys: [iris, kelp], rowsIn })
    },
    draft: () => draftOf('merge', mergeSteps('/node/main', [{ folder: '/node/attic', keys: [iris, kelp] }])),
    done: {
      [amber.identity]: '/node/main/identities/amber.key',
      [basalt.identity]: '/node/main/identities/basalt.key',
      [iris.identity]: '/node/main/identities/merged-identity.key',
      [kelp.identity]: '/node/main/identities/merged-kelp.key',
    },
  }
}

const pebble = keyOf(6, 'merged-identity.key')

/** Somebody puts a key under the name that one of ours is to get. */
const overTaken: OperationStory = {
  ...merge('merge onto a name that is taken', 'main'),
  keys: [amber, basalt, iris, kelp, pebble],
  stops: true,
  put(files) {
    putNode(files, '/node/main', { keys: [amber, basalt, pebble], rowsIn: 'main' })
    putNode(files, '/node/attic', { keys: [iris, kelp], rowsIn: 'main' })
  },
}

const overOldRows: OperationStory = {
  ...merge('merge keys that were here before', 'both'),
  put(files) {
    putNode(files, '/node/main', { keys: [amber, basalt], rowsIn: 'wal', oldRowsOf: [iris, kelp] })
    putNode(files, '/node/attic', { keys: [iris, kelp], rowsIn: 'both' })
  },
}

const intoNew: OperationStory = {
  name: 'merge into a folder that is not there yet',
  folders: ['/node/fresh', '/node/attic'],
  keys: [iris, kelp],
  put(files) {
    files.putFolder('/node')
    putNode(files, '/node/attic', { keys: [iris, kelp] })
  },
  draft: () => draftOf('merge', mergeSteps('/node/fresh', [{ folder: '/node/attic', keys: [iris, kelp] }])),
  done: {
    [iris.identity]: '/node/fresh/identities/merged-identity.key',
    [kelp.identity]: '/node/fresh/identities/merged-kelp.key',
  },
}

const splitRows = { schema: 9, withCertificates: true }
const split: OperationStory = {
  name: 'split one identity out',
  folders: ['/node/main', '/node/second'],
  keys: [amber, basalt],
  put(files) {
    putNode(files, '/node/main', { keys: [amber, basalt], rowsIn: 'both' })
  },
  draft: () =>
    draftOf('split', [
      {
        is: 'keys-out',
        dataFolder: '/node/main',
        entry: '2026-11-28-split',
        why: 'split',
        keys: [{ identity: basalt.identity, name: basalt.name }],
      },
      {
        is: 'swap-rows',
        ...splitRows,
        dataFolder: '/node/second',
        marker: 0x5eed02,
        snapshot: 'second',
        bring: [{ dataFolder: '/node/main', ids: [basalt.identity], all: false }],
        drop: [],
        movedTo: null,
      },
      {
        is: 'swap-rows',
        ...splitRows,
        dataFolder: '/node/main',
        marker: 0x5eed03,
        snapshot: 'main',
        bring: [],
        drop: [basalt.identity],
        movedTo: '/node/second',
      },
      {
        is: 'keys-in',
        dataFolder: '/node/second',
        keys: [{ identity: basalt.identity, entry: '2026-11-28-split', stored: basalt.name, name: basalt.name }],
      },
    ]),
  done: {
    [amber.identity]: '/node/main/identities/amber.key',
    [basalt.identity]: '/node/second/identities/basalt.key',
  },
  goneRows: [
    { dataFolder: '/node/main', identity: basalt.identity },
    { dataFolder: '/node/second', identity: amber.identity },
  ],
}

const local = keyOf(5, 'local.key')
const convert: OperationStory = {
  name: 'give a supervised key another name',
  folders: ['/node/smapp'],
  keys: [local],
  put(files) {
    putNode(files, '/node/smapp', { keys: [local] })
    files.put('/node/smapp/config.json', '{"smeshing":{"smeshing-start":true}}')
  },
  draft: () =>
    draftOf('convert', [
      { is: 'rename-key', dataFolder: '/node/smapp', identity: local.identity, from: 'local.key', to: 'home.key' },
      {
        is: 'write-file',
        file: '/node/smapp/config.json',
        before: '8aac1c1745aee46c00eeb58db2e0fd62deb2e483ecb46d0fa0f975abaf6cfe90',
        keep: 'config.json',
        text: '{"smeshing":{"smeshing-start":false}}',
        mode: 0o600,
      },
    ]),
  done: { [local.identity]: '/node/smapp/identities/home.key' },
  texts: { '/node/smapp/config.json': '{"smeshing":{"smeshing-start":false}}' },
}

export const stories: readonly OperationStory[] = [
  merge('merge with all rows in the log', 'wal'),
  merge('merge with all rows in the file', 'main'),
  merge('merge with rows in both', 'both'),
  merge('merge over two disks', 'wal', { devices: { '/home': 2, '/node/attic': 3 } }),
  merge('merge without hard links', 'wal', { hasLinks: false }),
  overTaken,
  overOldRows,
  intoNew,
  split,
  convert,
]
