import { buildChallenge, challengeFields } from './challenge.ts'
import { goDuration, goTime } from './go-time.ts'
import { buildInitialPost } from './initial-post.ts'
import type { Challenge } from './local-db.ts'
import type { PostHub } from './post-hub.ts'
import { fetchProof, ProofError, ProofTooLate, type FetchedProof, type PostStateBook } from './proving.ts'
import { publish } from './publishing.ts'
import { awaitPoetProof, PublishError, register } from './registration.ts'
import type { World } from './world.ts'

/** The life of one remote identity: initial proof, then challenge → registration → PoET → proof → ATX, epoch after epoch. */
export async function runIdentity(world: World, hub: PostHub, states: PostStateBook, id: string): Promise<void> {
  await buildInitialPost(world, hub, states, id)
  for (;;) {
    try {
      await publishOnce(world, hub, states, id)
    } catch (cause: unknown) {
      await recover(world, states, id, cause)
    }
  }
}

async function recover(world: World, states: PostStateBook, id: string, cause: unknown): Promise<void> {
  const { log, time, local, config } = world
  if (cause instanceof ProofError) {
    const error = `create ATX: build NIPost: failed to generate Post: ${cause.message}`
    log('WARN', 'node.atxBuilder', 'failed to publish atx', { error })
    log('WARN', 'node.atxBuilder', 'unknown error', { error })
    return time.nextLayer()
  }
  if (!(cause instanceof PublishError)) throw cause
  const error = cause.message.startsWith('create ATX') ? cause.message : `create ATX: build NIPost: ${cause.message}`
  log('WARN', 'node.atxBuilder', 'failed to publish atx', { error })
  if (cause.kind === 'expired') {
    local.reset(id)
    states.set(id, 'idle')
    return time.sleep(50)
  }
  log('WARN', 'node.atxBuilder', 'retrying after poet retry interval', { interval: goDuration(config.poet.retryMs), error: cause.inner })
  return time.until(time.now() + config.poet.retryMs)
}

function storedChallenge(world: World, states: PostStateBook, id: string): Challenge | undefined {
  const { local, log, time } = world
  const stored = local.challenge(id)
  if (stored === undefined || stored.epoch >= time.epoch()) return stored
  log('INFO', 'node.atxBuilder', 'existing NiPoST challenge is stale, resetting state', {
    smesherID: id.slice(0, 6),
    current_epoch: time.epoch(),
    publish_epoch: stored.epoch,
  })
  local.reset(id)
  states.set(id, 'idle')
  return undefined
}

async function publishOnce(world: World, hub: PostHub, states: PostStateBook, id: string): Promise<void> {
  const { log, poet, time, config } = world
  const challenge = storedChallenge(world, states, id) ?? (await buildChallenge(world, id))
  log('INFO', 'node.atxBuilder', 'atx challenge is ready', challengeFields(world, id, challenge))
  log('INFO', 'node.atxBuilder', 'building ATX', { smesherID: id, version: challenge.epoch >= config.atxV2From ? 'V2' : 'V1' })
  const iso = (ms: number): string => new Date(ms).toISOString()
  log('INFO', 'node.nipostBuilder', 'building nipost', {
    smesherID: id.slice(0, 6),
    'poet round start': iso(poet.roundStart(challenge.epoch - 1)),
    'poet round end': iso(poet.roundEnd(challenge.epoch - 1)),
    'publish epoch end': iso(time.epochStart(challenge.epoch + 1)),
    'publish epoch': challenge.epoch,
  })
  const registrations = register(world, id, challenge)
  const ref = challenge.poetProofRef ?? (await awaitPoetProof(world, id, challenge, registrations))
  const { proof, meta } = await proofFor(world, hub, states, { id, ref, challenge })
  log('INFO', 'node.nipostBuilder', 'finished nipost construction')
  await publish(world, { id, challenge, proof, meta })
}

interface Job {
  readonly id: string
  readonly ref: Uint8Array
  readonly challenge: Challenge
}

async function proofFor(world: World, hub: PostHub, states: PostStateBook, { id, ref, challenge }: Job): Promise<FetchedProof> {
  const { log, local, time } = world
  const stored = local.nipost(id)
  if (stored !== undefined) return { proof: stored, meta: stored }
  const begin = time.now()
  log('INFO', 'node.nipostBuilder', 'starting post execution', { challenge: Buffer.from(ref).toString('base64') })
  const deadline = time.epochStart(challenge.epoch + 1)
  try {
    const won = await fetchProof(world, hub, states, { id, challenge: ref, deadline })
    log('INFO', 'node.nipostBuilder', 'finished post execution', { duration: goDuration(time.now() - begin) })
    local.saveNipost(id, won.proof, won.meta, ref)
    return won
  } catch (cause: unknown) {
    if (!(cause instanceof ProofTooLate)) throw cause
    const text = `deadline to publish ATX for pub epoch ${challenge.epoch} exceeded (deadline: ${goTime(deadline)}, now: ${goTime(time.now())})`
    throw new PublishError('expired', `builder: atx expired: ${text}`)
  }
}
