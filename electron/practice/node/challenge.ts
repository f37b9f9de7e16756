import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { goDuration } from './go-time.ts'
import type { Challenge } from './local-db.ts'
import { durationOf } from './messages.ts'
import type { World } from './world.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const short = (id: Uint8Array): string => Buffer.from(id).toString('hex').slice(0, 10)
/** Identities search for a positioning ATX once an epoch; the others take what was found. */
const searched = new Set<number>()

/** Waits for the registration window of the next PoET round and builds the challenge for the epoch after it. */
export async function buildChallenge(world: World, id: string): Promise<Challenge> {
  const epoch = await waitForWindow(world, id)
  const { log, state, local } = world
  const smesherID = id.slice(0, 6)
  log('INFO', 'node.atxBuilder', 'building new NiPOST challenge', { smesherID, current_epoch: epoch })
  const previous = state.latestAtx(id)
  const post = previous === undefined ? local.post(id) : undefined
  if (previous === undefined) {
    log('INFO', 'node.atxBuilder', 'no previous ATX found, creating an initial nipost challenge', { smesherID })
    log('INFO', 'node.atxBuilder', 'verifying the initial post', { smesherID })
  }
  const publish = epoch + 1
  const isFirstSearch = !searched.has(publish)
  searched.add(publish)
  if (isFirstSearch) {
    log('INFO', 'node.atxBuilder', 'searching for positioning atx', { smesherID, 'publish epoch': publish, latest_epoch: epoch })
    if (previous === undefined) {
      const error = 'not found'
      log('INFO', 'node.atxBuilder', 'search failed - using golden atx as positioning atx', { smesherID, 'publish epoch': publish, error })
    }
  }
  const posAtx = bytes(previous?.id ?? world.goldenAtx)
  const chosen = previous === undefined ? 'selected positioning atx' : 'selected previous as positioning atx'
  log('INFO', 'node.atxBuilder', chosen, { id: short(posAtx), smesherID })
  const isV2Chain = previous !== undefined && previous.publishEpoch >= world.config.atxV2From
  const challenge: Challenge = {
    epoch: publish,
    sequence: previous === undefined ? 0 : isV2Chain ? 1 : previous.sequence + 1,
    prevAtx: previous === undefined ? new Uint8Array(32) : bytes(previous.id),
    posAtx,
    commitAtx: previous === undefined ? (post?.commitmentAtx ?? bytes(world.goldenAtx)) : undefined,
    post,
    poetProofRef: undefined,
  }
  local.saveChallenge(id, challenge)
  return challenge
}

async function waitForWindow(world: World, id: string): Promise<number> {
  const { time, poet, config, events, log } = world
  let current = time.epoch()
  if (time.now() >= poet.roundStart(current)) current += 1
  const opens = poet.roundStart(current) - config.poet.graceMs
  const wait = opens - time.now()
  if (wait > 0) {
    log('INFO', 'node.atxBuilder', 'paused building NiPoST challenge. Waiting until closer to poet start to get a better posATX', {
      smesherID: id.slice(0, 6),
      'till poet round': goDuration(wait + config.poet.graceMs),
      'current epoch': current,
      'waiting until': new Date(opens).toISOString(),
    })
    const smesher = bytes(id)
    const until = timestampFromMs(opens)
    events.emit({ case: 'poetWaitRound', value: { current, publish: current + 1, wait: durationOf(wait), until, smesher } })
    events.emit({ case: 'waitingForPoetRegistrationWindow', value: { current, publish: current + 1, roundEnd: until, smesher } })
    await time.until(opens)
  }
  return current
}

/** The fields of the log line `atx challenge is ready`. */
export function challengeFields(world: World, id: string, c: Challenge): Readonly<Record<string, unknown>> {
  const post = c.post === undefined ? '{}' : JSON.stringify({ nonce: c.post.nonce, indices: Buffer.from(c.post.indices).toString('hex') })
  const commitment = c.commitAtx === undefined ? {} : { CommitmentATX: short(c.commitAtx) }
  return {
    smesherID: id.slice(0, 6),
    current_epoch: world.time.epoch(),
    challenge: {
      PublishEpoch: c.epoch,
      Sequence: c.sequence,
      PrevATXID: short(c.prevAtx),
      PositioningATX: short(c.posAtx),
      ...commitment,
      InitialPost: JSON.parse(post) as unknown,
    },
  }
}
