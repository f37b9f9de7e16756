import path from 'node:path'
import type { PlanNode } from '../../../shared/domain/operation.ts'
import { plural } from '../../../shared/domain/words.ts'
import { readBans } from '../facts/bans.ts'
import { isSupervised, readFolderFacts, type FactTools, type FolderFacts } from '../facts/folder-facts.ts'
import { readPlace } from '../facts/place.ts'
import { lookAtTool } from '../tool/merge-program.ts'
import type { Draft } from '../types.ts'
import { seenFile, sourceConfigs } from './merge-configs.ts'
import { idsOf, movingOf, toolFor, type MergeFacts, type MergeInput, type MergeRequest } from './merge-facts.ts'
import { mergeNames, type MergeKey } from './merge-names.ts'
import { rangeOf } from './merge-refusals-databases.ts'
import { mergeRefusals, neededBytes } from './merge-refusals.ts'
import { mergeChecks, mergeRisks } from './merge-risks.ts'
import { mergeRows } from './merge-rows.ts'
import { DISARMED_NOTE, mergeSteps } from './merge-steps.ts'
import { draftOf, heldBy, listed, planNode } from './plan-parts.ts'

export type { MergeInput, MergeRequest } from './merge-facts.ts'

/**
 * Plans the merge of nodes into one: same rows as merge-nodes, plus certificates; supervised ones are converted on the way.
 * Only reads, every page of every database.
 * @returns a draft whose plan says in `refusals` why it cannot be run, when it cannot
 */
export function planMerge(request: MergeRequest, input: MergeInput, tools: FactTools): Promise<Draft> {
  // Reading is synchronous: planning has a process of its own.
  return Promise.resolve(mergeDraft(readMergeFacts(request, input, tools)))
}

/** Reads everything that the plan is made of. */
export function readMergeFacts(request: MergeRequest, input: MergeInput, tools: FactTools): MergeFacts {
  const facts = (folder: string): FolderFacts => {
    const dataFolder = path.resolve(folder)
    const known = input.nodes.find((node) => path.resolve(node.dataFolder) === dataFolder)
    return readFolderFacts({ ...known, dataFolder }, tools)
  }
  const target = facts(request.to)
  const sources = request.from.map(facts)
  const ids = [...new Set([target, ...sources].flatMap(idsOf))]
  return {
    request,
    input,
    target,
    sources,
    bans: [target, ...sources].map(({ dataFolder, place }) => readBans(dataFolder, ids, { isInUse: isInUse(input, place.realPath) })),
    ...(input.operations === undefined ? {} : { home: readPlace(input.operations) }),
    ...(request.tool === undefined ? {} : { tool: lookAtTool(request.tool) }),
    notes: sources.map(({ dataFolder }) => seenFile(path.join(dataFolder, DISARMED_NOTE), tools.files)),
    configs: sources.map((source) => sourceConfigs(source, tools.files)),
  }
}

const isInUse = (input: MergeInput, realFolder: string): boolean =>
  heldBy(input, { realFolder }) !== undefined || (input.running ?? []).includes(realFolder)

/** The draft of these facts. Pure. */
export function mergeDraft(facts: MergeFacts): Draft {
  const { input, target, sources } = facts
  const refusals = mergeRefusals(facts)
  const { keys } = mergeNames(facts)
  const rows = mergeRows(target, sources)
  const schema =
    toolFor(facts)?.schema ?? [target, ...sources].flatMap(({ database }) => (database.is === 'read' ? [database.schema] : []))[0] ?? 0
  const { atTarget, atHome } = neededBytes(facts)
  const all = [...new Set([...idsOf(target), ...movingOf(facts)])]
  const names = listed(sources.map(({ name }) => name))
  return draftOf(
    {
      kind: 'merge',
      title: `Merge ${names} into ${target.name}: one node, ${plural(all.length, 'identity', 'identities')}`,
      before: [target, ...sources].map((node) => nodeBefore(facts, node)),
      after: nodesAfter(facts, keys),
      pairs: refusals.length > 0 ? [] : mergeSteps({ facts, keys, rows, schema }),
      risks: mergeRisks(facts, rows),
      checks: refusals.length > 0 ? [] : mergeChecks(facts),
      refusals,
      tables: rows.tables,
      asks: sources.map(({ name }, index) => ({
        id: `only-here-${index + 1}`,
        text: `${name}’s keys run on no other machine, and I will not start them elsewhere.`,
      })),
      stops: input.stops,
      bytes: atTarget + atHome,
      undo: undoText(facts),
      touches: [target, ...sources],
      startsNode: true,
      expects: all,
    },
    input,
  )
}

const undoText = (facts: MergeFacts): string =>
  `Undo restores all of them exactly until one of these nodes is started. ${
    toolFor(facts) === undefined
      ? `After that, undo splits ${plural(movingOf(facts).length, 'identity', 'identities')} out again with the rows that they have then.`
      : 'After that there is no undo: this Smeshkeeper does not know their database well enough to take single rows out again.'
  }`

const versionOf = ({ database }: FolderFacts): string =>
  database.is === 'read'
    ? `${rangeOf(database.schema)}, schema ${database.schema}`
    : database.is === 'absent'
      ? 'no database'
      : database.is === 'unsupported' && database.schema > 0
        ? `schema ${database.schema}`
        : 'unknown version'

function withUnits(node: PlanNode, { numUnits = {} }: MergeInput): PlanNode {
  const identities = node.identities.map((one) => {
    const units = numUnits[one.id]
    return units === undefined ? one : { ...one, numUnits: units }
  })
  return { ...node, identities }
}

const nodeBefore = ({ input }: MergeFacts, node: FolderFacts): PlanNode =>
  withUnits(
    planNode(input, { ...node, version: versionOf(node) }, node.keys, isSupervised(node) ? 'supervised: runs its own service' : undefined),
    input,
  )

function nodesAfter({ input, target, sources }: MergeFacts, keys: readonly MergeKey[]): readonly PlanNode[] {
  const own = keys.find(({ source }) => source === -1)
  const stays = target.keys.map(({ identity, name }) =>
    own !== undefined && identity === own.identity
      ? { identity, name: own.to, change: `renamed from ${name}` }
      : { ...(identity === undefined ? {} : { identity }), name },
  )
  const comes = keys
    .filter(({ source }) => source >= 0)
    .map(({ identity, from, to }) => ({ identity, name: to, change: from === to ? 'added' : `added, renamed from ${from}` }))
  const model = [target, ...sources].find(({ database }) => database.is === 'read' || database.is === 'unsupported') ?? target
  const main = planNode(input, { ...target, version: versionOf(model) }, [...stays, ...comes])
  return [
    withUnits(main, input),
    ...sources.map((source) =>
      planNode(input, { ...source, version: versionOf(source) }, [], 'disarmed: no key, cannot smesh; nothing deleted'),
    ),
  ]
}
