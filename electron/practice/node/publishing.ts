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

/** Builds the activation of one challenge; another node of the same identity would build another one. */
export function atxFor(world: World, maker: 'own' | 'twin', { id, challenge, meta }: Omit<Finished, 'proof'>): Atx {
  const { numUnits } = meta
  const weight = WEIGHT_PER_UNIT * BigInt(Math.max(1, numUnits))
  return {
    id: digest('atx', maker, id, challenge.epoch).toString('hex'),
    smesher: id,
    publishEpoch: challenge.epoch,
    numUnits,
    sequence: challenge.epoch >= world.config.atxV2From ? 0 : challenge.sequence,
    weight,
    height: BigInt(challenge.epoch) * WEIGHT_PER_UNIT,
    coinbase: world.coinbase ?? new Uint8Array(24),
  }
}

/** Another node publishes for the same identity: its ATX is on the network before ours. */
function twinPublishes(world: World, finished: Finished): Atx {
  const twin = atxFor(world, 'twin', finished)
  world.state.saveAtx(twin, world.time.now())
  return twin
}

function refusal(world: World, atx: Atx, proof: PostProof, twin: Atx | undefined): string | undefined {
  const shortAtx = atx.id.slice(0, 10)
  if (twin !== undefined) {
    const who = atx.smesher.slice(0, 6)
    return world.version.is18
      ? `cannot store atx ${shortAtx}: store atx: checking previous ATX: multiple ATXs with the same previous ATX ${twin.id.slice(0, 10)} published by ${who}`
      : `cannot store atx ${shortAtx}: store atx: check malicious: ${who} already published an ATX in epoch ${atx.publishEpoch}`
  }
  if (!isValidProof(world, atx.smesher, proof)) return `validating atx ${shortAtx}: verifying PoST: invalid index: 0`
  return concerns(world.script.now().refuseOwnAtx, atx.smesher)
    ? `cannot store atx ${shortAtx}: store atx: refused by the practice script`
    : undefined
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
  const twin = concerns(world.script.now().twins, id) ? twinPublishes(world, finished) : undefined
  const atx = atxFor(world, 'own', finished)
  log('INFO', 'node.atxBuilder', 'broadcasting ATX', { atx_id: atx.id.slice(0, 10), smesherID })
  const refused = refusal(world, atx, proof, twin)
  if (refused === undefined) state.saveAtx(atx, time.now())
  else
    log('WARN', 'node.atxHandler', 'failed to process atx gossip', {
      requestId: digest(atx.id).toString('hex').slice(0, 8),
      error: refused,
    })
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
