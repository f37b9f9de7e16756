import type { NodeSnapshot } from '../ipc/snapshot.ts'
import { isFresh } from './freshness.ts'
import type { EvidenceLine } from './status.ts'
import type { Scene } from './view.ts'
import type { Seen } from './world.ts'
import { ago, duration, figure, moment, plural } from './words.ts'

export interface NodeVerdict {
  readonly kind: NodeSnapshot['kind']
  readonly sentence: string
  readonly step?: string
  readonly evidence: readonly EvidenceLine[]
}

const STEP_WORDS: Readonly<Record<string, string>> = {
  welcome: 'reads its configuration',
  starting: 'starts',
  p2p: 'joins the network',
  migrating: 'migrates its database; this may take long',
  'warm-up': 'warms up its caches',
  tortoise: 'reads the mesh',
  'poet-client': 'asks the PoETs',
  'poet-waiting': 'waits for a PoET that does not answer',
  'registering-keys': 'loads its keys',
  listening: 'opens its API',
}

/** Whether any part of the node's API answers and did so lately. */
export function isApiUp(scene: Scene): boolean {
  const { world, now, limits } = scene
  const { api, sync, postStatesAt } = world.node
  const lastDown = Math.max(...Object.values(api).map((entry) => (entry.value.reach === 'down' ? entry.steady : Number.NEGATIVE_INFINITY)))
  const isAnswer = (value: Seen<unknown> | undefined, limit: number): boolean =>
    isFresh(world, now, value, limit) && (value?.steady ?? 0) > lastDown
  return isAnswer(sync, limits.nodeSync) || isAnswer(postStatesAt, limits.postStates)
}

function judge(scene: Scene): Omit<NodeVerdict, 'evidence'> {
  const { setup, world, now, limits } = scene
  const { process, sync, ended, startStep, poetSlow, heardAt, version } = world.node
  const state = process?.value
  if (isApiUp(scene)) {
    const seen = sync !== undefined && isFresh(world, now, sync, limits.nodeSync) ? sync.value : undefined
    if (seen === undefined) return { kind: 'unknown', sentence: 'The node answers; whether it is in sync it has not said.' }
    const peers = plural(seen.connectedPeers, 'peer')
    if (!seen.isSynced) {
      const newest = Math.max(seen.latestLayer, seen.currentLayer)
      const behind = newest - seen.appliedLayer
      return {
        kind: 'syncing',
        sentence: `Not in sync: layer ${figure(seen.appliedLayer)} of ${figure(newest)} (${plural(behind, 'layer')} behind), ${peers}.`,
      }
    }
    const named = version === undefined ? '' : `, ${version.value}`
    return { kind: 'synced', sentence: `Node in sync, layer ${figure(seen.currentLayer)}, ${peers}${named}.` }
  }
  if (ended !== undefined && state?.at !== 'starting' && state?.at !== 'stopped') {
    // Who saw it end has read more than the line that told it, and says what to do.
    const why = (state !== undefined && 'last' in state ? state.last.cause : undefined) ?? `The node failed: ${ended.text}.`
    return {
      kind: 'failed',
      sentence: `${why} Identities that prove go on; nothing can be handed over or published until it runs.`,
    }
  }
  switch (state?.at) {
    case 'starting': {
      const step = startStep?.step ?? state.step
      const words = (step === undefined ? undefined : STEP_WORDS[step]) ?? 'starts'
      const slow = poetSlow === undefined ? '' : ` A PoET is slow (${poetSlow.text}).`
      return {
        kind: 'starting',
        sentence: `The node ${words}, for ${duration(now - state.since)} now.${slow}`,
        ...(step === undefined ? {} : { step }),
      }
    }
    case 'stopped':
      return { kind: 'stopped', sentence: 'The node is stopped. Nothing is registered or published meanwhile.' }
    case 'stopping':
      return { kind: 'stopped', sentence: 'The node is stopping.' }
    case 'exited':
    case 'failed':
      return { kind: 'failed', sentence: `The node ended ${ago(state.last.at, now)}: ${state.last.cause ?? 'cause unknown'}.` }
    case 'backoff':
      return {
        kind: 'failed',
        sentence: `The node ended (${state.last.cause ?? 'cause unknown'}) and starts again ${moment(state.until, now)}.`,
      }
    case 'ready':
    case undefined:
      break
  }
  const isDown = Object.values(world.node.api).some((entry) => entry.value.reach === 'down')
  const heard = heardAt === undefined ? 'It was not heard yet.' : `Last heard ${ago(heardAt, now)}.`
  if (isDown) return { kind: 'unreachable', sentence: `The node's API does not answer. ${heard}` }
  const mode = setup.node.mode === 'attached' ? 'The node that someone else runs' : 'The node'
  return { kind: 'unknown', sentence: `${mode} has not been heard. ${heard}` }
}

/** What is true of the node, with the evidence for it. */
export function nodeVerdict(scene: Scene): NodeVerdict {
  const { world, now, limits } = scene
  const { process, sync, version, api, smesherIds, postStatesAt } = world.node
  const line = (what: string, value: string, from: Seen<unknown>, limit: number): EvidenceLine => ({
    what,
    value,
    source: from.source,
    at: from.at,
    isFresh: isFresh(world, now, from, limit),
  })
  const evidence: EvidenceLine[] = []
  if (process !== undefined) evidence.push(line('process', process.value.at, process, limits.supervisor))
  for (const [listener, entry] of Object.entries(api)) evidence.push(line(`${listener} API`, entry.value.reach, entry, limits.nodeSync))
  if (sync !== undefined) evidence.push(line('sync', sync.value.isSynced ? 'in sync' : 'not in sync', sync, limits.nodeSync))
  if (postStatesAt !== undefined) evidence.push(line('PostStates', 'answered', postStatesAt, limits.postStates))
  if (smesherIds !== undefined) evidence.push(line('SmesherIDs', plural(smesherIds.value.length, 'id'), smesherIds, limits.keyFile))
  if (version !== undefined) evidence.push(line('version', version.value, version, Number.POSITIVE_INFINITY))
  return { ...judge(scene), evidence }
}
