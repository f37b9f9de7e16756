import path from 'node:path'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { PlanCheck, PlanNode } from '../../../shared/domain/operation.ts'
import { identitiesOf, LOCAL_KEY } from '../../identities/index.ts'
import { keysInSchema, keysOutSchema, type RowsData } from '../steps/data.ts'
import type { Draft, StepData } from '../types.ts'
import { databaseRefusal, heldRefusal } from './convert-refusals.ts'
import {
  databaseBytes,
  draftOf,
  refusedDraft,
  freeKeyName,
  listed,
  nameOf,
  no,
  planNode,
  schemaOf,
  setUpPairs,
  writeStep,
  type FileSeen,
  type NodeFolder,
  type Pair,
  type PlanMoment,
  type Standing,
} from './plan-parts.ts'
import { freshLocal, freshPairs, movedRows, moveParts, setRisks, type MovingKey } from './split-parts.ts'

/** A merge that is done, as its journal tells of it. */
export interface MergeDone {
  readonly id: string
  readonly title: string
  readonly steps: readonly StepData[]
}

export interface SplitBackInput extends PlanMoment {
  /** The node that everything was merged into, as it is now. */
  readonly from: NodeFolder
  /** The sources as they are now, by the data folder that the merge names. */
  readonly sources: ReadonlyMap<string, NodeFolder>
  /** Notes that the merge left in the sources, by data folder; the new text says that the keys are back. */
  readonly notes: ReadonlyMap<string, FileSeen>
  readonly standing: ReadonlyMap<string, Standing>
  /** Whether our set-up is about the node that everything was merged into. */
  readonly isOurs: boolean
}

/** Keys that one source gave, and how they were called there. */
interface Home {
  readonly folder: string
  readonly keys: readonly { readonly identity: string; readonly name: string }[]
}

/** Where every key of a merge came from; undefined: these steps are no merge. */
export function homesOf(steps: readonly StepData[]): { readonly target: string; readonly homes: readonly Home[] } | undefined {
  const outs = steps.flatMap((step) => keysOutSchema.safeParse(step).data ?? [])
  const [come] = steps.flatMap((step) => keysInSchema.safeParse(step).data ?? [])
  if (come === undefined || outs.length === 0) return undefined
  return { target: come.dataFolder, homes: outs.map(({ dataFolder, keys }) => ({ folder: dataFolder, keys })) }
}

interface Returning {
  readonly home: Home
  readonly node: NodeFolder
  readonly keys: readonly MovingKey[]
}

/**
 * Plans to take a merge back after a node has run on it: every key goes to where it came from, under its old name, with the
 * rows as they are now. Nothing old is put back. Only reads.
 */
export function planSplitBack(merge: MergeDone, input: SplitBackInput): Draft {
  const { from, sources } = input
  const known = homesOf(merge.steps)
  if (known === undefined)
    return refused(merge, input, [
      no('split/no-merge', 'The journal of that operation names no keys that were moved, so there is nothing to take back'),
    ])
  const { homes } = known
  const all = homes.map((home) => ({ home, node: sources.get(home.folder), keys: returningKeys(home, from, sources.get(home.folder)) }))
  const refusals = refusalsOf(all, input)
  if (refusals.length > 0) return refused(merge, input, refusals)
  const returning = all.flatMap(({ home, node, keys }): Returning[] =>
    node === undefined || keys.length === 0 ? [] : [{ home, node, keys }],
  )
  const ids = returning.flatMap(({ keys }) => keys.map(({ identity }) => identity))
  const names = listed(ids.map((id) => nameOf(input, id)))
  const gone = homes.flatMap(({ keys }) => keys.filter(({ identity }) => !ids.includes(identity)))
  return draftOf(
    {
      kind: 'split',
      title: `Split ${names} out of ${from.name} again`,
      before: [planNode(input, from, from.keys), ...returning.map(({ node }) => planNode(input, node, node.keys))],
      after: afterNodes(returning, input),
      pairs: pairsOf(merge, returning, input),
      risks: [
        ...setRisks(ids, input.standing, input),
        {
          grade: 'ban',
          text: `${names} may run at one place only: ${ids.length === 1 ? 'its node' : 'their nodes'} of before, and nowhere else.`,
        },
        ...(input.isOurs
          ? [
              {
                grade: 'loss' as const,
                text: `Smeshkeeper looks after ${from.name} only: ${names} ${ids.length === 1 ? 'needs' : 'need'} a service at ${ids.length === 1 ? 'its' : 'their'} own node again.`,
              },
            ]
          : []),
      ],
      checks: checksOf(returning, gone, input),
      refusals: [],
      asks: returning.map(({ node }, at) => ({
        id: `elsewhere-${at + 1}`,
        text: `The keys of ${node.name} run on no other machine, and I will not start them elsewhere.`,
      })),
      stops: [from.name, ...returning.map(({ node }) => node.name), ...ids.map((id) => `the service of ${nameOf(input, id)}`)],
      bytes: databaseBytes(from.database, ...returning.map(({ node }) => node.database), ...returning.map(() => from.database)),
      undo: 'It can be undone exactly until one of the nodes is started. Afterwards merge them anew.',
      touches: [from, ...returning.map(({ node }) => node)],
      startsNode: true,
      expects: from.keys.flatMap(({ identity }) => (identity === undefined || ids.includes(identity) ? [] : [identity])),
    },
    input,
  )
}

/** Those keys of a source that the target still has; each under its old name, when that is free. */
function returningKeys({ keys }: Home, from: NodeFolder, node: NodeFolder | undefined): readonly MovingKey[] {
  const fresh = node === undefined ? undefined : freshLocal(node)?.name
  const taken = (node?.taken ?? []).filter((name) => name !== fresh)
  return keys.flatMap(({ identity, name }) => {
    const here = from.keys.find((key) => key.identity === identity)
    if (here === undefined) return []
    const isFree = !taken.some((one) => one.toLowerCase() === name.toLowerCase())
    return [{ identity, name: here.name, newName: isFree ? name : freeKeyName(name, identity, taken) }]
  })
}

function refusalsOf(
  all: readonly { readonly home: Home; readonly node: NodeFolder | undefined; readonly keys: readonly MovingKey[] }[],
  input: SplitBackInput,
): readonly Fault[] {
  const { from } = input
  const faults = all.flatMap(({ home, node, keys }): readonly (Fault | undefined)[] => {
    if (keys.length === 0) return []
    if (node === undefined)
      return [
        no(
          'split/source-gone',
          `${home.folder} is not there any more, and ${listed(keys.map(({ identity }) => nameOf(input, identity)))} came from it. Connect its disk, or split ${keys.length === 1 ? 'it' : 'them'} out into another folder`,
        ),
      ]
    const doubled = keys.find(({ identity }) => node.keys.some((one) => one.identity === identity))
    const [here, there] = [schemaOf(from.database), schemaOf(node.database)]
    const local = node.keys.find(({ name }) => name === LOCAL_KEY)
    return [
      heldRefusal('split', input, node),
      databaseRefusal('split', node),
      doubled === undefined
        ? undefined
        : no(
            'split/key-in-both',
            `${identitiesOf(node.dataFolder)} has the key of ${nameOf(input, doubled.identity)} already: if both nodes run, it is banned for ever. Disarm one of the two copies, then plan again`,
          ),
      local === undefined || doubled !== undefined || local === freshLocal(node)
        ? undefined
        : no(
            'split/supervised',
            `${node.name} runs an identity of its own now (${LOCAL_KEY}), and could not start with others. Convert it first, then plan again`,
          ),
      here === undefined || there === undefined || here === there
        ? undefined
        : no(
            'split/schema',
            `The databases of ${from.name} and ${node.name} have versions ${here} and ${there} now, and rows only go between equal ones. Start the newer node’s release once on the other folder, then plan again`,
          ),
    ]
  })
  const nobody = all.every(({ keys }) => keys.length === 0)
  return [
    heldRefusal('split', input, from),
    databaseRefusal('split', from),
    nobody
      ? no('split/nothing-left', `None of the keys of that merge is in ${from.dataFolder} any more, so there is nothing to take back`)
      : undefined,
    ...faults,
  ].filter((fault) => fault !== undefined)
}

function refused({ title }: MergeDone, input: SplitBackInput, refusals: readonly Fault[]): Draft {
  const before = [planNode(input, input.from, input.from.keys)]
  return refusedDraft({ kind: 'split', title: `Take back: ${title}`, before, refusals }, input)
}

function afterNodes(returning: readonly Returning[], input: SplitBackInput): readonly PlanNode[] {
  const { from } = input
  const gone = new Set(returning.flatMap(({ keys }) => keys.map(({ identity }) => identity)))
  const stay = from.keys.filter(({ identity }) => identity === undefined || !gone.has(identity))
  return [
    planNode(input, from, stay),
    ...returning.map(({ node, keys }) => {
      const come = keys.map(({ identity, name, newName }) => ({
        identity,
        name: newName,
        change: name === newName ? 'back' : `back, called ${name} in ${from.name}`,
      }))
      const others = node.keys.filter((key) => key !== freshLocal(node))
      return planNode(input, node, [...others, ...come])
    }),
  ]
}

function pairsOf(merge: MergeDone, returning: readonly Returning[], input: SplitBackInput): readonly Pair[] {
  const { from, notes } = input
  const schema = schemaOf(from.database) ?? 9
  const parts = returning.map(({ node, keys }, at) =>
    moveParts(keys, { from, to: node, schema, why: `Back to ${node.name}: ${merge.title}`, n: at + 1 }, input),
  )
  const writes = returning.flatMap(({ home, node, keys }, at): readonly Pair[] => {
    const note = notes.get(home.folder)
    if (note === undefined || note.text === null) return []
    const day = new Date(input.now).toISOString().slice(0, 10)
    const text = `${note.text.trimEnd()}\n\nSince ${day} its keys are back: ${keys.map(({ newName }) => newName).join(', ')}.\n`
    const data = writeStep(note, text, `note-${at + 1}.txt`)
    return data === undefined
      ? []
      : [[{ title: `Write into the note of ${node.name}`, detail: path.basename(note.file), estimateMs: 100 }, data]]
  })
  const ids = returning.flatMap(({ keys }) => keys.map(({ identity }) => identity))
  const edit = { identities: [], services: [], removed: ids }
  return [
    ...parts.map(({ build }) => build),
    ...returning.flatMap(({ node }, at) => freshPairs(node, returning.length + at + 1, input)),
    ...parts.map(({ out }) => out),
    ...parts.map(({ arrive }) => arrive),
    leaving(returning, input, schema),
    ...writes,
    ...parts.map(({ come }) => come),
    ...(input.isOurs ? setUpPairs(input, edit, 'these identities and their services leave it') : []),
  ]
}

/** One swap for all of them: a database is changed once in an operation, so that each change can be told and taken back. */
function leaving(returning: readonly Returning[], input: SplitBackInput, schema: number): Pair {
  const { from } = input
  const moved = returning.map(({ node, keys }) => ({ dataFolder: node.dataFolder, ids: keys.map(({ identity }) => identity) }))
  const ids = moved.flatMap((one) => one.ids)
  const { leaving: rows } = movedRows(ids, { from: from.dataFolder, to: '', schema }, { moment: input, n: 0 })
  const data: RowsData = { is: 'swap-rows', ...rows, movedTo: null, moved }
  return [{ title: `Take the rows out of ${from.name}`, detail: 'the old files are kept in a snapshot', estimateMs: 1000 }, data]
}

function checksOf(returning: readonly Returning[], gone: Home['keys'], input: SplitBackInput): readonly PlanCheck[] {
  const renamed = returning.flatMap(({ home, keys }) =>
    keys.flatMap(({ identity, newName }) => {
      const old = home.keys.find((key) => key.identity === identity)?.name
      return old === undefined || old === newName
        ? []
        : [{ is: 'warn' as const, text: `${home.folder} has another ${old} now, so the one that comes is called ${newName}.` }]
    }),
  )
  const left = gone.map(({ identity }) => nameOf(input, identity))
  return [
    ...returning.map(({ node, keys }) => ({
      is: 'pass' as const,
      text: `${node.name}: ${keys.length} ${keys.length === 1 ? 'key goes' : 'keys go'} home with the rows of today.`,
    })),
    ...renamed,
    ...(left.length === 0
      ? []
      : [
          {
            is: 'warn' as const,
            text: `${listed(left)} left ${input.from.name} since the merge and ${left.length === 1 ? 'stays' : 'stay'} where ${left.length === 1 ? 'it is' : 'they are'}.`,
          },
        ]),
  ]
}
