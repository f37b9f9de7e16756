import type { Fault } from '../../../shared/domain/fault.ts'
import type { FoundPosFolder } from '../../../shared/domain/inventory.ts'
import type { PlanCheck, PlanRisk } from '../../../shared/domain/operation.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import type { RenameKey } from '../steps/data.ts'
import type { Draft } from '../types.ts'
import { standingCheck } from './convert.ts'
import { unconvertConfig, type ProvingOptions } from './convert-config.ts'
import { bannedRefusal, databaseRefusal, heldRefusal, posRefusal } from './convert-refusals.ts'
import {
  draftOf,
  refusedDraft,
  listed,
  nameOf,
  no,
  planNode,
  setUpPairs,
  writeStep,
  type FileSeen,
  type NodeFolder,
  type Pair,
  type PlanMoment,
  type Standing,
} from './plan-parts.ts'

export interface UnconvertInput extends PlanMoment {
  readonly node: NodeFolder
  /** Configs that get smeshing again: the node's own, and Smapp's custom one when its node it was. */
  readonly configs: readonly FileSeen[]
  readonly coinbase?: string
  readonly posFolder?: Pick<FoundPosFolder, 'path' | 'state'>
  /** `MaxFileSize` of the metadata, bytes. */
  readonly maxFileBytes?: number
  /** Device for further initialization; the CPU when not known, which finished data never uses. */
  readonly provider?: number
  /** How its service proves now. */
  readonly proving: ProvingOptions
  readonly standing: Standing
  /** Who starts the node from then on. */
  readonly owner: 'smapp' | 'someone'
  /** Whether our set-up is about this node; one about another node stays as it is. */
  readonly isOurs: boolean
}

/** Number of the CPU among the providers. @source facts/postcli-and-profiler.md §2 */
const CPU_PROVIDER = 4_294_967_295

/** Plans to make a node with services one that runs its only identity itself again. Only reads. */
export function planUnconvert({ identity }: { readonly identity: string }, input: UnconvertInput): Draft {
  const { node, posFolder, coinbase, maxFileBytes, proving, provider = CPU_PROVIDER } = input
  const name = nameOf(input, identity)
  const key = node.keys.find((one) => one.identity === identity)
  const faults: Fault[] = [
    heldRefusal('unconvert', input, node),
    keyRefusal(node, identity, input),
    databaseRefusal('unconvert', node),
    bannedRefusal('unconvert', input.standing, name),
    posRefusal('unconvert', posFolder, { identity, name }),
    coinbaseRefusal(input),
  ].filter((fault) => fault !== undefined)
  const state = posFolder?.state
  if (faults.length > 0 || key === undefined || posFolder === undefined || state?.is !== 'present' || coinbase === undefined)
    return refused(input, identity, faults)
  if (maxFileBytes === undefined)
    return refused(input, identity, [
      no(
        'unconvert/pos-data-unreadable',
        `MaxFileSize of ${posFolder.path} is not known, and a wrong one damages the data. Search the machine again, then plan again`,
      ),
    ])
  const options = { coinbase, dataDir: posFolder.path, numUnits: state.numUnits, maxFileBytes, provider, proving }
  const writes: Pair[] = []
  for (const [n, config] of input.configs.entries()) {
    const text = unconvertConfig(config.text ?? '{}', options)
    if (!text.ok) return refused(input, identity, [text.fault])
    const data = writeStep(config, text.value, `node-config-${n + 1}.json`)
    const detail = `${config.file}: ${state.numUnits} units as its data has, coinbase and proving options kept`
    if (data !== undefined) writes.push([{ title: 'Switch smeshing on', detail, estimateMs: 100 }, data])
  }
  return drafted(input, { identity, name, keyName: key.name, writes })
}

function keyRefusal(node: NodeFolder, identity: string, input: UnconvertInput): Fault | undefined {
  const name = nameOf(input, identity)
  const key = node.keys.find((one) => one.identity === identity)
  if (key === undefined)
    return no(
      'unconvert/key-not-here',
      `The key of ${name} is not in ${node.dataFolder}. Choose the node that has it, or put the key back first`,
    )
  const others = node.keys.filter((one) => one.identity !== identity)
  if (others.length > 0) {
    const names = listed(others.map((one) => (one.identity === undefined ? one.name : nameOf(input, one.identity))))
    return no(
      'unconvert/others',
      `A node that runs its identity itself can have one only, and ${node.name} has ${names} as well. Split or retire ${others.length === 1 ? 'that one' : 'those'} first, then plan again`,
    )
  }
  if (key.form !== 'good')
    return no(
      'unconvert/bad-key',
      `${key.name} of ${node.name}: ${key.problem ?? 'no key can be read from it'}. Bring it back from a backup, then plan again`,
    )
  if (key.name !== LOCAL_KEY) return undefined
  return no('unconvert/supervised', `${node.name} runs ${name} itself already: its key is called ${LOCAL_KEY}. Nothing is to be done`)
}

function coinbaseRefusal({ coinbase, node, configs }: UnconvertInput): Fault | undefined {
  if (configs.length === 0)
    return no(
      'unconvert/no-config',
      `The config of ${node.name} is not known, so smeshing cannot be switched on in it. Search the machine again, then plan again`,
    )
  if (coinbase !== undefined) return undefined
  return no(
    'unconvert/no-coinbase',
    `The config of ${node.name} names no coinbase, and the node would stop at its start. Write smeshing-coinbase with your address into it, then plan again`,
  )
}

function refused(input: UnconvertInput, identity: string, refusals: readonly Fault[]): Draft {
  const { node } = input
  const title = `Let ${node.name} run ${nameOf(input, identity)} itself`
  return refusedDraft({ kind: 'unconvert', title, before: [planNode(input, node, node.keys)], refusals }, input)
}

interface Facts {
  readonly identity: string
  readonly name: string
  readonly keyName: string
  readonly writes: readonly Pair[]
}

function drafted(input: UnconvertInput, { identity, name, keyName, writes }: Facts): Draft {
  const { node, standing } = input
  const rename: RenameKey = { is: 'rename-key', dataFolder: node.dataFolder, identity, from: keyName, to: LOCAL_KEY }
  const edit = { handsNodeTo: input.owner, identities: [], services: [], removed: [identity] }
  // Its own service first: beside it the node would start a second one.
  const pairs: readonly Pair[] = [
    ...(input.isOurs
      ? setUpPairs(input, edit, `The service of ${name} leaves it, and the node is watched only: it starts a service itself`)
      : []),
    [{ title: `Rename ${keyName} to ${LOCAL_KEY}`, detail: `the key of ${name}; it stays in ${node.dataFolder}`, estimateMs: 200 }, rename],
    ...writes,
  ]
  const risks: readonly PlanRisk[] = [
    { grade: 'cost', text: `A proof of ${name} that is being made is thrown away, and begins anew when the node starts its own service.` },
    {
      grade: 'note',
      text: `Smeshkeeper does not start a node that runs its identity itself: start ${node.name} as you did before, with its own program.`,
    },
  ]
  const checks: readonly PlanCheck[] = [
    { is: 'pass', text: `${name} is the only identity of ${node.name}.` },
    { is: 'pass', text: 'Units and file size are written as the data has them: with fewer units the node would delete files.' },
    standingCheck(standing, name),
  ]
  return draftOf(
    {
      kind: 'unconvert',
      title: `Let ${node.name} run ${name} itself`,
      before: [planNode(input, node, node.keys, 'takes any number of identities')],
      after: [planNode(input, node, [{ identity, name: LOCAL_KEY, change: `renamed from ${keyName}` }], 'runs its only identity itself')],
      pairs,
      risks,
      checks,
      refusals: [],
      stops: ['the node', `the service of ${name}`],
      bytes: 1024 ** 2,
      undo: 'It can be undone exactly at any time before you change these files yourself: nothing in the database or the PoS data is touched.',
      touches: [node],
      startsNode: false,
      expects: [identity],
    },
    input,
  )
}
