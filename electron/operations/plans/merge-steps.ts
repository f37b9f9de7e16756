import path from 'node:path'
import { bytes as sizeOf, plural } from '../../../shared/domain/words.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import { isSupervised, type FolderFacts } from '../facts/folder-facts.ts'
import type { KeysIn, KeysOut, RenameKey, RowsData, SnapshotData } from '../steps/data.ts'
import { convertConfig } from './convert-config.ts'
import { bytesOf, called, idsOf, toolFor, type MergeFacts } from './merge-facts.ts'
import { configSteps } from './merge-configs.ts'
import type { MergeKey } from './merge-names.ts'
import type { MergeRows } from './merge-rows.ts'
import { entryName, listed, markerOf, planId, setUpPairs, writeStep, type Pair } from './plan-parts.ts'

/** Left in the folder of a node that was given up. */
export const DISARMED_NOTE = 'disarmed-by-smeshkeeper.txt'

const BYTES_PER_MS = 50_000
const SYNC_MS = 100
const copyMs = (bytes: number): number => SYNC_MS + Math.ceil(bytes / BYTES_PER_MS)

export interface StepParts {
  readonly facts: MergeFacts
  readonly keys: readonly MergeKey[]
  readonly rows: MergeRows
  readonly schema: number
}

function buildDetail({ facts, rows, schema }: StepParts): string {
  const tool = toolFor(facts)
  if (tool === undefined)
    return `${plural(rows.added, 'row')} added to a copy of local.sql; integrity, row counts and schema ${schema} are checked`
  return `by ${tool.file} (SHA-256 ${tool.sha256}) on copies without keys; then it is looked whether every row of every identity of both sides is there`
}

/**
 * Everything is built and checked aside, then the sources are disarmed, then the database is swapped, and keys are placed
 * last: at every instant each key is armed once at most.
 */
export function mergeSteps(parts: StepParts): readonly Pair[] {
  const { facts } = parts
  const rows = rowsData(parts)
  return [
    snapshot(facts.target, 'target'),
    ...facts.sources.map((source, index) => snapshot(source, `source-${index + 1}`)),
    ...supervisedTarget(parts),
    [
      {
        title: 'Build the merged database aside',
        detail: buildDetail(parts),
        estimateMs: 2 * copyMs(allBytes(facts)),
      },
      { is: 'build-rows', ...rows } satisfies RowsData,
    ],
    ...facts.sources.map((source, index) => disarm(parts, source, index)),
    [
      {
        title: 'Swap the database in',
        detail: 'after its log is folded in; the old files are kept in the snapshot',
        estimateMs: copyMs(2 * bytesOf(facts.target)) + copyMs(allBytes(facts)),
      },
      { is: 'swap-rows', ...rows } satisfies RowsData,
    ],
    place(parts),
    ...facts.sources.flatMap((source, index) => [note(parts, source, index), ...configSteps(facts, index)]),
    ...ourSetUp(parts),
  ]
}

const allBytes = ({ target, sources }: MergeFacts): number => [target, ...sources].reduce((sum, one) => sum + bytesOf(one), 0)

function snapshot(node: FolderFacts, name: string): Pair {
  const bytes = bytesOf(node)
  const data: SnapshotData = { is: 'snapshot', dataFolder: node.dataFolder, snapshot: name }
  const detail = node.database.is === 'absent' ? 'there is no database yet' : `local.sql with its log: ${sizeOf(bytes)}`
  return [{ title: `Snapshot ${node.name}`, detail, estimateMs: copyMs(2 * bytes) }, data]
}

function supervisedTarget({ facts, keys }: StepParts): readonly Pair[] {
  const { target } = facts
  const own = keys.find(({ source }) => source === -1)
  if (!isSupervised(target) || own === undefined) return []
  const rename: RenameKey = { is: 'rename-key', dataFolder: target.dataFolder, identity: own.identity, from: LOCAL_KEY, to: own.to }
  const pairs: Pair[] = [
    [
      {
        title: `Rename ${LOCAL_KEY} of ${target.name} to ${own.to}`,
        detail: 'a node with that name runs one identity only',
        estimateMs: SYNC_MS,
      },
      rename,
    ],
  ]
  if (target.config.is !== 'read') return pairs
  const { file, text, mode } = target.config
  const converted = convertConfig(text)
  const data = converted.ok ? writeStep({ file, text, mode }, converted.value.text, 'target-config.json') : undefined
  if (data === undefined) return pairs
  const step = {
    title: `Change the config of ${target.name}`,
    detail: 'smeshing-start off, post listener fixed; the coinbase stays',
    estimateMs: SYNC_MS,
  }
  return [...pairs, [step, data]]
}

function rowsData({ facts, schema }: StepParts): Omit<RowsData, 'is'> {
  const tool = toolFor(facts)
  return {
    dataFolder: facts.target.dataFolder,
    marker: markerOf(facts.input, 0),
    snapshot: 'target',
    schema,
    bring: facts.sources.map((source) => ({ dataFolder: source.dataFolder, ids: [...idsOf(source)], all: true })),
    drop: [],
    movedTo: null,
    withCertificates: true,
    ...(tool === undefined ? {} : { tool: { file: tool.file, sha256: tool.sha256 } }),
  }
}

const entryOf = ({ input }: MergeFacts, { name }: FolderFacts, index: number): string => entryName(input, index + 1, name)
const keysFrom = ({ keys }: StepParts, index: number): readonly MergeKey[] => keys.filter(({ source }) => source === index)

function disarm(parts: StepParts, source: FolderFacts, index: number): Pair {
  const { facts } = parts
  const keys = keysFrom(parts, index)
  const data: KeysOut = {
    is: 'keys-out',
    dataFolder: source.dataFolder,
    entry: entryOf(facts, source, index),
    why: `${source.name} was merged into ${facts.target.name} (${facts.target.dataFolder}), where this key is armed now`,
    keys: keys.map(({ identity, from }) => ({ identity, name: from })),
  }
  return [
    {
      title: `Disarm ${source.name}`,
      detail: `${plural(keys.length, 'key')} to the quarantine, with a note`,
      estimateMs: SYNC_MS + keys.length,
    },
    data,
  ]
}

function place(parts: StepParts): Pair {
  const { facts } = parts
  const { target, sources } = facts
  const keys = sources.flatMap((source, index) =>
    keysFrom(parts, index).map(({ identity, from, to }) => ({ identity, entry: entryOf(facts, source, index), stored: from, name: to })),
  )
  const data: KeysIn = { is: 'keys-in', dataFolder: target.dataFolder, keys }
  return [
    {
      title: `Place ${plural(keys.length, 'key')} in ${target.name}`,
      detail: `${listed(keys.map(({ name }) => name))}, mode 0600, read back and compared`,
      estimateMs: SYNC_MS + keys.length,
    },
    data,
  ]
}

function note(parts: StepParts, source: FolderFacts, index: number): Pair {
  const { facts } = parts
  const file = path.join(source.dataFolder, DISARMED_NOTE)
  const text = noteText(parts, source, index)
  const data = writeStep(facts.notes[index] ?? { file, text: null }, text, `note-${index + 1}.txt`)
  // It never says the same: the id of the plan stands in it.
  if (data === undefined) throw new Error('the note of an operation that was planned twice')
  return [
    {
      title: `Leave a note in ${source.name}`,
      detail: `${DISARMED_NOTE} says where its keys are and that they must not come back`,
      estimateMs: SYNC_MS,
    },
    data,
  ]
}

function noteText(parts: StepParts, source: FolderFacts, index: number): string {
  const { facts } = parts
  const { input, target } = facts
  const keys = keysFrom(parts, index).map(({ identity, to }) => `  ${called(facts, identity)}  ${identity}  ${to}`)
  return [
    `Disarmed by Smeshkeeper on ${new Date(input.now).toISOString()}.`,
    '',
    `This node was merged into ${target.dataFolder}, where these identities run now:`,
    ...keys,
    '',
    'Do not bring their keys back to this folder and do not start them anywhere else:',
    'two nodes with one key are banned for ever. Nothing was deleted here.',
    `Smeshkeeper keeps copies of the keys in its quarantine (${entryOf(facts, source, index)}).`,
    `To take it all back: smeshkeeper undo ${planId('merge', input)}`,
    '',
  ].join('\n')
}

function ourSetUp({ facts, keys }: StepParts): readonly Pair[] {
  const identities = keys.map(({ identity, to }) => ({ id: identity, keyFile: to }))
  return setUpPairs(
    facts.input,
    { identities, services: [], removed: [] },
    `${plural(identities.length, 'identity', 'identities')} with their key files`,
  )
}
