import type { Fault } from '../../../shared/domain/fault.ts'
import type { FoundPosFolder } from '../../../shared/domain/inventory.ts'
import type { PlanRisk } from '../../../shared/domain/operation.ts'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import type { KeysOut } from '../steps/data.ts'
import type { Draft } from '../types.ts'
import { heldRefusal } from './convert-refusals.ts'
import {
  draftOf,
  entryName,
  nameOf,
  no,
  planNode,
  setUpPairs,
  type NodeFolder,
  type Pair,
  type PlanMoment,
  type Standing,
} from './plan-parts.ts'
import { setRisks } from './split-parts.ts'

export interface RetireInput extends PlanMoment {
  readonly node: NodeFolder
  /** Whether the newest backup that was read back holds this key. */
  readonly backupHolds: boolean
  /** Whether our set-up is about this node. */
  readonly isOurs: boolean
  readonly posFolder?: Pick<FoundPosFolder, 'path' | 'state'>
  readonly standing: ReadonlyMap<string, Standing>
  /** What it has published and what is still to come of it, as a sentence; absent when nothing is known. */
  readonly pending?: string
}

/** What `why` of an entry begins with when its key was retired. */
export const RETIRED = 'Retired from '

/** Plans to take an identity out of service: its key to the quarantine, its service out of the set-up. Only reads. */
export function planRetire({ identity }: { readonly identity: string }, input: RetireInput): Draft {
  const { node, isOurs, standing } = input
  const name = nameOf(input, identity)
  const refusals = refusalsOf(identity, name, input)
  const rest = node.keys.filter((key) => key.identity !== identity)
  const common = { kind: 'retire' as const, title: `Retire ${name}`, before: [planNode(input, node, node.keys)], checks: [], refusals }
  if (refusals.length > 0) return draftOf({ ...common, after: [], pairs: [], risks: [], stops: [], bytes: 0, undo: '', touches: [] }, input)
  return draftOf(
    {
      ...common,
      after: [planNode(input, node, rest, rest.length === 0 ? 'no key left, cannot smesh' : undefined)],
      pairs: pairsOf(identity, name, input),
      risks: [...setRisks([identity], standing, input), ...risksOf(name, rest.length === 0, input)],
      checks: [{ is: 'pass', text: `The newest backup that was read back holds the key of ${name}.` }],
      asks: [{ id: 'no-more-rewards', text: `${name} earns nothing any more after the epochs that it has published for.` }],
      stops: ['the node', ...(isOurs ? [`the service of ${name}`] : [])],
      bytes: 1024 ** 2,
      undo: `At any time: put the key back from the quarantine. Undo of this operation does so exactly; its rows stay in the database meanwhile.`,
      touches: [node],
      startsNode: rest.length > 0,
      expects: rest.flatMap((key) => key.identity ?? []),
    },
    input,
  )
}

function refusalsOf(identity: string, name: string, input: RetireInput): readonly Fault[] {
  const { node, backupHolds } = input
  const key = node.keys.find((one) => one.identity === identity)
  const faults: readonly (Fault | undefined)[] = [
    heldRefusal('retire', input, node),
    key === undefined
      ? no('retire/key-not-here', `The key of ${name} is not in ${node.dataFolder}. Choose the node that has it`)
      : undefined,
    key?.name === LOCAL_KEY
      ? no(
          'retire/supervised',
          `${node.name} runs ${name} itself, and would make a new key and stop over its data. Convert it first, then retire ${name}`,
        )
      : undefined,
    key?.form === 'bad'
      ? no(
          'retire/bad-key',
          `${key.name} of ${node.name}: ${key.problem ?? 'no key can be read from it'}. Bring it back from a backup, then plan again`,
        )
      : undefined,
    backupHolds
      ? undefined
      : no(
          'retire/no-backup',
          `No backup that was read back holds the key of ${name}. Make a backup now, then plan again: a key that is only in the quarantine is one disk away from being lost`,
        ),
  ]
  return faults.filter((fault) => fault !== undefined)
}

function pairsOf(identity: string, name: string, input: RetireInput): readonly Pair[] {
  const { node, isOurs } = input
  const key = node.keys.find((one) => one.identity === identity)
  const entry = entryName(input, 1, input.names[identity] ?? identity.slice(0, 8))
  const out: KeysOut = {
    is: 'keys-out',
    dataFolder: node.dataFolder,
    entry,
    why: `${RETIRED}${node.name}`,
    keys: key === undefined ? [] : [{ identity, name: key.name }],
  }
  const edit = { identities: [], services: [], removed: [identity] }
  // The service first: without its key at the node it would only ask in vain.
  return [
    ...(isOurs ? setUpPairs(input, edit, `${name} and its service leave it`) : []),
    [{ title: `Take the key of ${name} out of ${node.name}`, detail: `into the quarantine, ${entry}`, estimateMs: 500 }, out],
  ]
}

function risksOf(name: string, isLast: boolean, { node, pending, posFolder }: RetireInput): readonly PlanRisk[] {
  const risks: PlanRisk[] = [
    {
      grade: 'loss',
      text:
        pending ??
        `Rewards of ${name} for epochs that it has not published for are given up; what it published still needs its key at the node while its layers come.`,
    },
  ]
  if (isLast)
    risks.push({
      grade: 'note',
      text: `${node.name} has no key left then. When it is started all the same, it makes itself a fresh local.key, which is worth nothing.`,
    })
  if (posFolder?.state.is === 'present')
    risks.push({
      grade: 'note',
      text: `Its PoS data in ${posFolder.path} stays, ${sizeOf(posFolder.state.actualBytes)}. Remove it afterwards by the end of its id, when you are sure.`,
    })
  return risks
}
