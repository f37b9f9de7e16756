import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { goTime } from './go-time.ts'
import type { Challenge, PostMeta, PostProof } from './local-db.ts'
import { durationOf } from './messages.ts'
import { isValidProof } from './proving.ts'
import { PublishError } from './registration.ts'
import { concerns } from './script.ts'
import type { Atx } from './state-db.ts'
import { digest, type World } from './world.ts'

/** A challenge with the proof that was made for it. */
export interface Finished {
  readonly id: string
  readonly challenge: Challenge
  readonly proof: PostProof
  readonly meta: PostMeta
}

const WEIGHT_PER_UNIT = 13_000n

/** What an activation is made of, as far as it is played. */
export interface AtxParts {
  readonly id: string
  readonly epoch: number
  readonly sequence: number
  readonly numUnits: number
}

/** Builds an activation; another node of the same identity would build another one. */
export function atxFor(world: World, maker: 'own' | 'twin', { id, epoch, sequence, numUnits }: AtxParts): Atx {
  const weight = WEIGHT_PER_UNIT * BigInt(Math.max(1, numUnits))
  return {
    id: digest('atx', maker, id, epoch).toString('hex'),
    smesher: id,
    publishEpoch: epoch,
    numUnits,
    sequence: epoch >= world.config.atxV2From ? 0 : sequence,
    weight,
    height: BigInt(epoch) * WEIGHT_PER_UNIT,
    coinbase: world.coinbase ?? new Uint8Array(24),
  }
}

/** ATX of another node for the same identity and epoch that is on the network before ours: made now, or there already. */
function twinOf(world: World, parts: AtxParts): Atx | undefined {
  const twin = atxFor(world, 'twin', parts)
  if (concerns(world.script.now().twins, parts.id)) world.state.saveAtx(twin, world.time.now())
  return world.state.atxs().find((atx) => atx.id === twin.id)
}

/** Why the node does not take `atx` although `known` of the same identity and epoch is on the network. */
function doubleText(world: World, atx: Atx, known: Atx): string {
  const who = atx.smesher.slice(0, 6)
  const why = world.version.is18
    ? `checking previous ATX: multiple ATXs with the same previous ATX ${known.id.slice(0, 10)} published by ${who}`
    : `check malicious: ${who} already published an ATX in epoch ${atx.publishEpoch}`
  return `cannot store atx ${atx.id.slice(0, 10)}: store atx: ${why}`
}

function refusal(world: World, atx: Atx, proof: PostProof, twin: Atx | undefined): string | undefined {
  const shortAtx = atx.id.slice(0, 10)
  if (twin !== undefined) return doubleText(world, atx, twin)
  if (!isValidProof(world, atx.smesher, proof)) return `validating atx ${shortAtx}: verifying PoST: invalid index: 0`
  return concerns(world.script.now().refuseOwnAtx, atx.smesher)
    ? `cannot store atx ${shortAtx}: store atx: refused by the practice script`
    : undefined
}

const gossipRefused = ({ log }: World, atx: Atx, error: string): void =>
  log('WARN', 'node.atxHandler', 'failed to process atx gossip', { requestId: digest(atx.id).toString('hex').slice(0, 8), error })

/** An ATX of another node comes over the network. The first of an identity and epoch is kept, a second one refused. */
export function receiveAtx(world: World, atx: Atx): void {
  const known = world.state.latestAtx(atx.smesher)
  if (known?.publishEpoch === atx.publishEpoch) gossipRefused(world, atx, doubleText(world, atx, known))
  else world.state.saveAtx(atx, world.time.now())
}

/** Broadcasts the ATX of a finished proof. "Published" is said even when the node itself refuses it. @throws PublishError */
export async function publish(world: World, finished: Finished): Promise<void> {
  const { id, challenge, proof } = finished
  const { time, config, log, events, state, local } = world
  const end = time.epochStart(challenge.epoch + 1)
  if (time.now() >= end) {
    const text = `deadline to publish ATX for pub epoch ${challenge.epoch} exceeded (deadline: ${goTime(end)}, now: ${goTime(time.now())})`
    throw new PublishError('expired', `builder: atx expired: ${text}`)
  }
  const smesherID = id.slice(0, 6)
  log('INFO', 'node.atxBuilder', 'awaiting atx publication epoch', {
    pub_epoch: challenge.epoch,
    pub_epoch_first_layer: challenge.epoch * config.layersPerEpoch,
    current_layer: time.layer(),
    smesherID,
  })
  await time.until(time.epochStart(challenge.epoch))
  const parts = { id, epoch: challenge.epoch, sequence: challenge.sequence, numUnits: finished.meta.numUnits }
  const twin = twinOf(world, parts)
  const atx = atxFor(world, 'own', parts)
  log('INFO', 'node.atxBuilder', 'broadcasting ATX', { atx_id: atx.id.slice(0, 10), smesherID })
  const refused = refusal(world, atx, proof, twin)
  if (refused === undefined) state.saveAtx(atx, time.now())
  else gossipRefused(world, atx, refused)
  log('INFO', 'node.atxBuilder', 'atx published', { atx_id: atx.id.slice(0, 10), size: 374 })
  local.reset(id)
  events.emit({
    case: 'atxPublished',
    value: {
      current: challenge.epoch,
      target: challenge.epoch + 1,
      id: Buffer.from(atx.id, 'hex'),
      wait: durationOf(end - time.now()),
      until: timestampFromMs(end),
      smesher: Buffer.from(id, 'hex'),
    },
  })
}
