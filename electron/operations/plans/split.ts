import path from 'node:path'
import type { PlanCheck, PlanRisk } from '../../../shared/domain/operation.ts'
import type { Draft } from '../types.ts'
import { furtherConfig, type FurtherNode } from './convert-config.ts'
import {
  databaseBytes,
  draftOf,
  listed,
  nameOf,
  planNode,
  schemaOf,
  setUpPairs,
  tablesOf,
  writeStep,
  type FileSeen,
  type NodeFolder,
  type Pair,
  type PlanMoment,
  type Standing,
} from './plan-parts.ts'
import { moveParts, movingKeys, setRisks, type MovingKey } from './split-parts.ts'
import { splitRefusals, standingOf } from './split-refusals.ts'

export interface SplitInput extends PlanMoment {
  readonly from: NodeFolder
  readonly to: NodeFolder
  /** There is no node in the target folder yet: its config, a copy of the other's with what must be its own. */
  readonly newNode?: Omit<FurtherNode, 'dataFolder'> & { readonly config: FileSeen; readonly copyOf: string }
  readonly standing: ReadonlyMap<string, Standing>
  /** Which of the two our set-up is about. */
  readonly ours?: 'from' | 'to'
}

/** Plans to take identities out of one node and into another, with their rows. Only reads. */
export function planSplit({ identities }: { readonly identities: readonly string[] }, input: SplitInput): Draft {
  const { from, to, newNode, standing } = input
  const ids = [...new Set(identities)]
  const names = listed(ids.map((id) => nameOf(input, id)))
  const config = newNode === undefined ? undefined : furtherConfig(newNode.copyOf, { ...newNode, dataFolder: to.dataFolder })
  const refusals = [
    ...splitRefusals(ids, { from, to, isNew: newNode !== undefined, standing }, input),
    ...(config?.ok === false ? [config.fault] : []),
  ]
  const title = `Split ${names} out of ${from.name} into ${to.name}`
  const before = [planNode(input, from, from.keys), ...(newNode === undefined ? [planNode(input, to, to.keys)] : [])]
  if (refusals.length > 0)
    return draftOf(
      { kind: 'split', title, before, after: [], pairs: [], risks: [], checks: [], refusals, stops: [], bytes: 0, undo: '', touches: [] },
      input,
    )
  const keys = movingKeys(ids, from, to.taken)
  const text = config?.ok === true ? config.value : undefined
  return draftOf(
    {
      kind: 'split',
      title,
      before,
      after: afterNodes(keys, input),
      pairs: pairsOf(keys, input, text),
      risks: risksOf(ids, input),
      checks: checksOf(ids, keys, input),
      refusals: [],
      tables: tablesOf(to.database, from.database, ids),
      asks: [
        {
          id: 'elsewhere',
          text: `The ${ids.length === 1 ? 'key' : 'keys'} of ${names} ${ids.length === 1 ? 'runs' : 'run'} on no other machine, and I will not start ${ids.length === 1 ? 'it' : 'them'} elsewhere.`,
        },
      ],
      stops: [from.name, ...(newNode === undefined ? [to.name] : []), ...ids.map((id) => `the service of ${nameOf(input, id)}`)],
      bytes: databaseBytes(from.database, to.database),
      undo: `It can be undone exactly until one of the two nodes is started. Afterwards split ${ids.length === 1 ? 'it' : 'them'} back: the rows of that day come along.`,
      touches: [from, { dataFolder: to.dataFolder, ...lockOf(to, newNode) }],
      startsNode: true,
      expects: (input.ours === 'to' ? [...to.keys, ...keys] : from.keys.filter(({ identity }) => !ids.includes(identity ?? ''))).flatMap(
        ({ identity }) => identity ?? [],
      ),
    },
    input,
  )
}

const lockOf = (to: NodeFolder, newNode: SplitInput['newNode']): { readonly lockFile?: string } => {
  const lockFile = newNode?.lockFile ?? to.lockFile
  return lockFile === undefined ? {} : { lockFile }
}

function afterNodes(keys: readonly MovingKey[], input: SplitInput): ReturnType<typeof planNode>[] {
  const { from, to } = input
  const gone = new Set(keys.map(({ identity }) => identity))
  const stay = from.keys.filter(({ identity }) => identity === undefined || !gone.has(identity))
  const come = keys.map(({ identity, name, newName }) => ({
    identity,
    name: newName,
    change: name === newName ? 'added' : `added, renamed from ${name}`,
  }))
  return [
    planNode(input, from, stay, stay.length === 0 ? 'no key left, cannot smesh; nothing deleted' : undefined),
    planNode(input, to, [...to.keys, ...come], input.newNode === undefined ? undefined : 'new node'),
  ]
}

function pairsOf(keys: readonly MovingKey[], input: SplitInput, config: string | undefined): readonly Pair[] {
  const { from, to, newNode, ours } = input
  const ids = keys.map(({ identity }) => identity)
  const names = listed(ids.map((id) => nameOf(input, id)))
  const why = `Split out of ${from.name} into ${to.name}`
  const parts = moveParts(keys, { from, to, schema: schemaOf(from.database) ?? 9, why, n: 1 }, input)
  const data = newNode === undefined || config === undefined ? undefined : writeStep(newNode.config, config, 'new-node-config.json')
  const write: readonly Pair[] =
    data === undefined
      ? []
      : [
          [
            {
              title: `Write the config of ${to.name}`,
              detail: `${data.file}: a copy of the other’s, with ports, lock and folder of its own`,
              estimateMs: 100,
            },
            data,
          ],
        ]
  const edit = {
    identities: ours === 'to' ? keys.map(({ identity, newName }) => ({ id: identity, keyFile: newName })) : [],
    services: [],
    removed: ours === 'from' ? ids : [],
  }
  const setUp =
    ours === undefined
      ? []
      : setUpPairs(
          input,
          edit,
          ours === 'from' ? `${names} and their services leave it` : `${names} come into it; see in Identities that each has a service`,
        )
  return [parts.build, parts.out, parts.arrive, parts.leave, ...write, parts.come, ...setUp]
}

function risksOf(ids: readonly string[], input: SplitInput): readonly PlanRisk[] {
  const { from, to, newNode, standing, ours } = input
  const names = listed(ids.map((id) => nameOf(input, id)))
  const risks: PlanRisk[] = [
    ...setRisks(ids, standing, input),
    {
      grade: 'ban',
      text: `Never bring an older copy of ${from.dataFolder} back: it still has the key of ${names}, and two nodes with one key are banned for ever.`,
    },
  ]
  if (ours === 'from')
    risks.push({
      grade: 'loss',
      text: `Smeshkeeper looks after ${from.name} only. ${names} ${ids.length === 1 ? 'needs' : 'need'} a service at ${to.name} from then on: without one ${ids.length === 1 ? 'it misses' : 'they miss'} the next proof.`,
    })
  if (newNode !== undefined)
    risks.push({
      grade: 'cost',
      text: `${to.name} is a new node and has to sync first, for hours or days. Copy state.sql of ${from.name} there, while neither runs, to spare it that.`,
    })
  if (from.keys.every(({ identity }) => identity !== undefined && ids.includes(identity)))
    risks.push({
      grade: 'note',
      text: `${from.name} has no key left then. When it is started all the same, it makes itself a fresh local.key, which is worth nothing.`,
    })
  return risks
}

function checksOf(ids: readonly string[], keys: readonly MovingKey[], input: SplitInput): readonly PlanCheck[] {
  const { from, to, newNode, standing } = input
  const unknown = ids.filter((id) => standingOf(standing, id).is === 'unknown').map((id) => nameOf(input, id))
  const renamed = keys.filter(({ name, newName }) => name !== newName)
  return [
    { is: 'pass', text: `${keys.length} ${keys.length === 1 ? 'key is' : 'keys are'} in ${from.name} and nowhere in ${to.name}.` },
    ...(newNode === undefined
      ? [{ is: 'pass' as const, text: `Both nodes are of one network, databases of version ${schemaOf(from.database) ?? 9}.` }]
      : []),
    ...renamed.map(({ name, newName }) => ({
      is: 'warn' as const,
      text: `${to.name} has a ${name} already, so the one that comes is called ${newName}.`,
    })),
    unknown.length === 0
      ? { is: 'pass', text: `None of them is banned.` }
      : {
          is: 'warn',
          text: `Bans could not be looked up, so it is not known whether ${listed(unknown)} ${unknown.length === 1 ? 'is' : 'are'} banned.`,
        },
  ]
}

/** The config of a new node beside its folder, never within another's. */
export const newConfigFile = (dataFolder: string): string => path.join(dataFolder, 'config.json')
