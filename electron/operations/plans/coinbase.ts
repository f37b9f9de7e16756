import type { Fault } from '../../../shared/domain/fault.ts'
import { checkCoinbase } from '../../../shared/domain/coinbase.ts'
import type { PlanCheck, PlanRisk } from '../../../shared/domain/operation.ts'
import { plural } from '../../../shared/domain/words.ts'
import { configKeys } from '../../programs/index.ts'
import type { Draft } from '../types.ts'
import { parsed, written } from './convert-config.ts'
import { heldRefusal } from './convert-refusals.ts'
import { draftOf, no, planNode, setUpPairs, writeStep, type FileSeen, type NodeFolder, type Pair, type PlanMoment } from './plan-parts.ts'

const { put, sectionOf, textAt } = configKeys
const SECTION = 'smeshing'
const KEY = 'smeshing-coinbase'

export interface CoinbaseInput extends PlanMoment {
  readonly node: NodeFolder
  /** The node's entry of our set-up as it is written there. */
  readonly own: { readonly dataFolder: string; readonly configFile: string; readonly coinbase?: string }
  /** The config that the node is started with. */
  readonly config: FileSeen
  /** Of the network, e.g. `sm`. */
  readonly prefix: string
}

/** `sm1qqqqqq…wxyz`: enough to tell two accounts apart. */
const short = (address: string): string => (address.length <= 24 ? address : `${address.slice(0, 14)}…${address.slice(-6)}`)

/** The coinbase that a config's text names. */
export function coinbaseOf(text: string | null): string | undefined {
  const read = text === null ? undefined : parsed(text)
  return read?.ok === true ? textAt(read.value, SECTION, KEY) : undefined
}

/**
 * Plans another account for the rewards of a node: its entry of our set-up, and its config when that names one too, so that
 * a start by hand pays nobody else. Only reads.
 */
export function planCoinbase({ address }: { readonly address: string }, input: CoinbaseInput): Draft {
  const { node, own, config, prefix } = input
  const checked = checkCoinbase(address, prefix)
  const next = checked.ok ? checked.value : address
  const unread = config.text === null ? undefined : parsed(config.text)
  const inConfig = coinbaseOf(config.text)
  const now = own.coinbase ?? inConfig
  const write = inConfig === undefined || inConfig === next || !checked.ok ? undefined : editedConfig(config.text ?? '', next)
  const refusals: Fault[] = [
    checked.ok ? undefined : no('coinbase/invalid', checked.fault.detail.replace(/\.$/, '')),
    checked.ok && now === next && (inConfig === undefined || inConfig === next)
      ? no('coinbase/same', `Rewards go to ${short(next)} already. Nothing is to be done`)
      : undefined,
    unread?.ok === false ? unread.fault : undefined,
    heldRefusal('coinbase', input, node),
  ].filter((fault) => fault !== undefined)
  const edit = { node: { ...own, coinbase: next }, identities: [], services: [], removed: [] }
  const change = `${now === undefined ? 'no coinbase' : short(now)} → ${short(next)}`
  const data = write === undefined ? undefined : writeStep(config, write, 'node-config.json')
  const pairs: readonly Pair[] = [
    ...(data === undefined
      ? []
      : [[{ title: 'Change the node’s config', detail: `${config.file}: ${change}`, estimateMs: 100 }, data] as Pair]),
    ...(own.coinbase === next ? [] : setUpPairs(input, edit, `the node’s coinbase: ${change}`)),
  ]
  return draftOf(
    {
      kind: 'coinbase',
      title: `Send the rewards of ${node.name} to ${short(next)}`,
      before: [planNode(input, node, node.keys, now === undefined ? 'no coinbase' : `rewards to ${now}`)],
      after: [planNode(input, node, node.keys, `rewards to ${next}`)],
      pairs,
      risks: risksOf(now, next, node),
      checks: checksOf(next, input),
      refusals,
      asks: [{ id: 'own-wallet', text: `The wallet of ${next} is mine. Rewards that went to another account do not come back.` }],
      stops: ['the node'],
      bytes: 1024 ** 2,
      undo: 'At any time, as long as nobody changed the config or the set-up in the same place: the old coinbase comes back. Rewards that were paid meanwhile stay where they went.',
      touches: [node],
    },
    input,
  )
}

function editedConfig(text: string, coinbase: string): string {
  const read = parsed(text)
  if (!read.ok) return text
  put(sectionOf(read.value, SECTION), KEY, coinbase)
  return written(text, read.value)
}

function risksOf(now: string | undefined, next: string, { keys }: NodeFolder): readonly PlanRisk[] {
  const count = keys.filter(({ identity }) => identity !== undefined).length
  return [
    {
      grade: 'note',
      text: `One node, one coinbase: it is that of ${count === 1 ? 'its identity' : `all ${plural(count, 'identity', 'identities')} of it`}. For another account, an identity needs a node of its own.`,
    },
    ...(now === undefined
      ? []
      : [
          {
            grade: 'note' as const,
            text: `Each publication names the coinbase of its moment: what is published already still pays ${short(now)}; ${short(next)} is paid from the next publication on.`,
          },
        ]),
    { grade: 'note', text: 'The node is stopped and started again. Services wait meanwhile, and go on by themselves.' },
  ]
}

function checksOf(next: string, { prefix, window }: CoinbaseInput): readonly PlanCheck[] {
  return [
    { is: 'pass', text: `${short(next)} is a valid address of this network (${prefix}).` },
    window.is === 'safe'
      ? { is: 'pass', text: 'Nobody proves, and nothing is due while the node is away.' }
      : { is: 'warn', text: `It is no good moment: ${window.why}.` },
  ]
}
