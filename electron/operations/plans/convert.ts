import type { FoundPosFolder } from '../../../shared/domain/inventory.ts'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { PlanCheck, PlanRisk } from '../../../shared/domain/operation.ts'
import { LOCAL_KEY } from '../../identities/index.ts'
import { withoutAutostart, withoutSmeshing, type Edit } from '../foreign/config-edits.ts'
import type { Draft, StepData } from '../types.ts'
import { convertConfig, POST_LISTENER, smappConfig, type ConvertedConfig, type ProvingOptions } from './convert-config.ts'
import { bannedRefusal, databaseRefusal, heldRefusal, isOldSchema, posRefusal, supervisedKey } from './convert-refusals.ts'
import {
  draftOf,
  refusedDraft,
  keyNameFor,
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

export interface ConvertInput extends PlanMoment {
  readonly node: NodeFolder
  /** The config that the node was started with; of Smapp's node the effective one. */
  readonly config: FileSeen
  /** What Smapp decides by, and the file that gets the config of our own. */
  readonly smapp?: {
    /** `node-config.<8 hex>.json` */
    readonly custom: FileSeen
    /** `config.json` */
    readonly settings: FileSeen
    readonly ownConfig: FileSeen
  }
  readonly posFolder?: Pick<FoundPosFolder, 'path' | 'state'>
  readonly standing: Standing
  /** Logical CPUs of this machine. */
  readonly cpus: number
  /** Whether our set-up is about this node; one about another node stays as it is. */
  readonly isOurs: boolean
}

/** What a node proves with when its config does not say. @source facts/node-config-and-cli.md §2, mainnet */
const NODE_NONCES = 288
const FEWEST_NONCES = 16

/** Services prove as the node did: its own defaults differ from those of post-service. */
export function serviceOptions(
  { nonces = NODE_NONCES, threads, randomx = 'fast' }: ProvingOptions,
  cpus: number,
): { readonly nonces: number; readonly threads: number; readonly randomx: 'fast' | 'light' } {
  const isUsable = nonces >= FEWEST_NONCES && nonces <= 4096 && nonces % FEWEST_NONCES === 0
  const own = threads === undefined || threads === 0 ? Math.max(1, Math.floor((cpus * 3) / 4)) : threads
  return { nonces: isUsable ? nonces : NODE_NONCES, threads: own, randomx }
}

/**
 * Plans to make a node that runs its only identity itself (Smapp's, or a bare one) a node with services of their own, in
 * its place. Only reads.
 */
export function planConvert({ postListener = POST_LISTENER }: { readonly postListener?: string | undefined }, input: ConvertInput): Draft {
  const { node } = input
  const key = supervisedKey(node)
  if (key.is === 'refused') return refused(input, [key.fault])
  const { identity } = key
  const name = nameOf(input, identity)
  const text = input.smapp === undefined ? input.config.text : smappConfig(input.config.text, input.smapp.custom.text)
  const config = convertConfig(text ?? '{}', { postListener })
  const edits = smappEdits(input)
  const faults = [
    heldRefusal('convert', input, node),
    databaseRefusal('convert', node),
    bannedRefusal('convert', input.standing, name),
    config.ok ? coinbaseRefusal(config.value, node) : config.fault,
    posRefusal('convert', input.posFolder, { identity, name }),
    ...edits.refusals,
  ].filter((fault) => fault !== undefined)
  if (faults.length > 0 || !config.ok) return refused(input, faults)
  const keyFile = keyNameFor(input, identity, node.taken)
  const facts: Facts = { identity, name, keyFile, config: config.value, postListener }
  const pairs = pairsOf(facts, input, edits.pairs)
  const { risks, checks } = remarks(facts, input)
  return draftOf(
    {
      kind: 'convert',
      title: `Convert ${node.name}: one node, services of their own`,
      before: [planNode(input, node, node.keys, 'runs its only identity itself')],
      after: [planNode(input, node, [{ identity, name: keyFile, change: `renamed from ${LOCAL_KEY}` }], 'takes any number of identities')],
      pairs,
      risks,
      checks,
      refusals: [],
      stops: [input.smapp === undefined ? 'the node' : 'Smapp with its node', `the proof of ${name}, when it makes one now`],
      bytes: 1024 ** 2,
      undo: 'It can be undone exactly at any time before you change these files yourself: nothing in the database or the PoS data is touched.',
      touches: [node],
      startsNode: input.isOurs,
      expects: [identity],
    },
    input,
  )
}

interface Facts {
  readonly identity: string
  readonly name: string
  readonly keyFile: string
  readonly config: ConvertedConfig
  readonly postListener: string
}

const refused = (input: ConvertInput, refusals: readonly Fault[]): Draft =>
  refusedDraft(
    { kind: 'convert', title: `Convert ${input.node.name}`, before: [planNode(input, input.node, input.node.keys)], refusals },
    input,
  )

function coinbaseRefusal({ coinbase }: ConvertedConfig, { name }: NodeFolder): Fault | undefined {
  if (coinbase !== undefined) return undefined
  return no(
    'convert/no-coinbase',
    `The config of ${name} names no coinbase, and a node without one lets no service in. Write smeshing-coinbase with your address into it, then plan again`,
  )
}

/** Smapp must not be able to start the same key: smeshing off in its own config, and nothing that starts by itself. */
function smappEdits({ smapp }: ConvertInput): { readonly pairs: readonly Pair[]; readonly refusals: readonly Fault[] } {
  if (smapp === undefined) return { pairs: [], refusals: [] }
  const custom = editOf(smapp.custom, withoutSmeshing, {
    keep: 'smapp-network.json',
    title: 'Switch smeshing off in Smapp',
    detail: `${smapp.custom.file}: smeshing-start false, everything else as it is`,
  })
  const settings = editOf(smapp.settings, withoutAutostart, {
    keep: 'smapp-settings.json',
    title: 'Keep Smapp from starting by itself',
    detail: `${smapp.settings.file}: neither it nor its node starts unasked`,
  })
  return { pairs: [...settings.pairs, ...custom.pairs], refusals: [...custom.refusals, ...settings.refusals] }
}

function editOf(
  seen: FileSeen,
  edit: (text: string) => Edit,
  { keep, title, detail }: { readonly keep: string; readonly title: string; readonly detail: string },
): { readonly pairs: readonly Pair[]; readonly refusals: readonly Fault[] } {
  if (seen.text === null) return { pairs: [], refusals: [] }
  const edited = edit(seen.text)
  if (edited.is === 'same') return { pairs: [], refusals: [] }
  if (edited.is === 'bad') {
    const fault = no(
      'convert/smapp-config',
      `${seen.file} is damaged (${edited.why}), so Smapp cannot be kept from starting this key. Open and close Smapp once so that it writes the file anew, then plan again`,
    )
    return { pairs: [], refusals: [fault] }
  }
  const data = writeStep(seen, edited.text, keep)
  return { pairs: data === undefined ? [] : [[{ title, detail, estimateMs: 100 }, data]], refusals: [] }
}

function pairsOf({ identity, name, keyFile, config, postListener }: Facts, input: ConvertInput, smapp: readonly Pair[]): readonly Pair[] {
  const { node, posFolder, cpus } = input
  // Without Smapp the node's own config is changed; Smapp's is its own to write, so ours gets a file of its own.
  const target = input.smapp?.ownConfig ?? input.config
  const data = writeStep(target, config.text, 'node-config.json')
  const change = `${target.file}: smeshing off, services reach it at ${postListener}`
  const write: readonly Pair[] = data === undefined ? [] : [[{ title: 'Write the node’s config', detail: change, estimateMs: 100 }, data]]
  const rename: StepData & { readonly is: 'rename-key' } & Record<string, string> = {
    is: 'rename-key',
    dataFolder: node.dataFolder,
    identity,
    from: LOCAL_KEY,
    to: keyFile,
  }
  const options = serviceOptions(config.proving, cpus)
  const edit = {
    node: {
      dataFolder: node.dataFolder,
      configFile: target.file,
      postListener,
      ...(config.coinbase === undefined ? {} : { coinbase: config.coinbase }),
      ...(config.lockFile === undefined ? {} : { lockFile: config.lockFile }),
    },
    identities: [{ id: identity, keyFile }],
    services: posFolder === undefined ? [] : [{ identity, posFolder: posFolder.path, ...options }],
    removed: [],
  }
  const service = `A service for ${name}: ${options.nonces} nonces, ${options.threads} threads, RandomX ${options.randomx}`
  return [
    ...smapp,
    ...write,
    [{ title: `Rename ${LOCAL_KEY} to ${keyFile}`, detail: `the key of ${name}; it stays in ${node.dataFolder}`, estimateMs: 200 }, rename],
    ...(input.isOurs ? setUpPairs(input, edit, service) : []),
  ]
}

function remarks(
  { identity, name, keyFile, config }: Facts,
  { node, smapp, standing, posFolder, cpus, isOurs }: ConvertInput,
): { readonly risks: readonly PlanRisk[]; readonly checks: readonly PlanCheck[] } {
  const risks: PlanRisk[] = []
  if (smapp !== undefined)
    risks.push({
      grade: 'ban',
      text: `Smapp keeps this data folder. Its node and ours hold the same lock, so that only one of them runs; never copy ${node.dataFolder} or its key elsewhere, or ${name} is banned for ever.`,
    })
  if (node.database.is === 'absent')
    risks.push({
      grade: 'loss',
      text: `There is no local.sql in ${node.dataFolder}. If ${name} has smeshed before, find that file with its -wal first: without it a registration is lost.`,
    })
  if (isOldSchema(node.database))
    risks.push({
      grade: 'loss',
      text: `This folder is of an older node (${node.version}). On mainnet only nodes from 1.8.0 on earn: start go-spacemesh 1.8.3 on it as the first one after this.`,
    })
  if (config.openListener !== undefined)
    risks.push({
      grade: 'note',
      text: `The node answers other machines at ${config.openListener}, as before. Write 127.0.0.1 into grpc-public-listener when you do not want that.`,
    })
  if (!isOurs)
    risks.push({
      grade: 'loss',
      text: `Smeshkeeper does not look after ${node.name}: ${name} needs a service there before its next proof. Merge this node into ours, or add it in Settings.`,
    })
  const checks: PlanCheck[] = [
    { is: 'pass', text: `${LOCAL_KEY} is a whole key: ${identity.slice(0, 8)}. It becomes ${keyFile}.` },
    ...(posFolder === undefined
      ? []
      : [{ is: 'pass' as const, text: `The PoS data in ${posFolder.path} is complete and belongs to ${name}.` }]),
    { is: 'pass', text: `Rewards go on to ${config.coinbase ?? ''}.` },
    standingCheck(standing, name),
  ]
  const { nonces, threads } = config.proving
  const options = serviceOptions(config.proving, cpus)
  if (nonces !== undefined && nonces !== options.nonces)
    checks.push({ is: 'warn', text: `${nonces} nonces are no multiple of 16 up to 4096, so the service gets ${options.nonces}.` })
  if (threads === undefined)
    checks.push({ is: 'pass', text: `The node chose its threads itself; the service gets as many: ${options.threads} of ${cpus}.` })
  return { risks, checks }
}

export function standingCheck({ is }: Standing, name: string): PlanCheck {
  return is === 'unknown'
    ? { is: 'warn', text: `Bans could not be looked up, so it is not known whether ${name} is banned.` }
    : { is: 'pass', text: `${name} is not banned.` }
}
