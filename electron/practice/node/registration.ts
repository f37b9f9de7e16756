import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { goDuration, goTime } from './go-time.ts'
import type { Challenge, Registration } from './local-db.ts'
import { durationOf } from './messages.ts'
import { refusedText } from './poet.ts'
import { digest, type World } from './world.ts'

/** A step of the ATX cycle failed. `expired` = this epoch is lost, start anew; `unstable` = ask again soon; `unknown` = next layer. */
export class PublishError extends Error {
  override readonly name = 'PublishError'
  readonly kind: 'expired' | 'unstable' | 'unknown'
  readonly inner: string
  constructor(kind: PublishError['kind'], message: string, inner = message) {
    super(message)
    this.kind = kind
    this.inner = inner
  }
}

/** Ends the node at once: the reason is in the log only. */
export class Fatal extends Error {
  override readonly name = 'Fatal'
}

function submit(world: World, id: string, challenge: Challenge, address: string): boolean {
  const { log, poet, local, events } = world
  const smesherID = id.slice(0, 6)
  const round = challenge.epoch - 1
  log('DEBUG', 'node.poet', 'certifying node', { poet: address, smesherID })
  log('DEBUG', 'node.poet', "poet doesn't support certificates", { poet: address, smesherID })
  log('INFO', 'node.poet', 'falling back to PoW authorization', { poet: address, smesherID })
  const failed = (reason: string): false => {
    const error = `poet service is unstable: failed to submit challenge to poet service (${reason})`
    log('WARN', 'node.nipostBuilder', 'failed to submit challenge to poet', { error, smesherID })
    return false
  }
  const answer = poet.submit(id, address)
  if (answer === 'refused') {
    const inner = `doing request: GET ${address}/v1/pow_params giving up after ${world.config.poet.retries + 1} attempt(s): ${refusedText(address, '/v1/pow_params')}`
    return failed(`authorizing: poet service is unstable: failed to get PoW params (querying PoW params: ${inner})`)
  }
  log('DEBUG', 'node.poet', 'submitting challenge to poet proving service', { poet: address, smesherID })
  if (answer === 'conflict') {
    const body = '{"code":6, "message":"conflicting registration", "details":[]}'
    log('DEBUG', 'node.poet', 'poet request failed', { status: '409 Conflict', body })
    return failed(`submitting challenge: submitting challenge: unrecognized error: status code: 409 Conflict, body: ${body}`)
  }
  const roundEnd = Math.floor(poet.roundEnd(round) / 1000)
  local.saveRegistration(id, { hash: digest('challenge', id, challenge.epoch), address, roundId: String(round), roundEnd })
  log('INFO', 'node.nipostBuilder', 'challenge submitted to poet proving service', { poet: address, smesherID, round: String(round) })
  events.emit({ case: 'registeredInPoet', value: { url: address, smesher: Buffer.from(id, 'hex'), roundId: String(round) } })
  return true
}

/** Registers at every PoET, or takes the stored registrations. @throws PublishError, Fatal */
export function register(world: World, id: string, challenge: Challenge): readonly Registration[] {
  const { local, config, log, poet, time } = world
  const stored = local.registrations(id)
  const configured = config.poets.map((p) => p.address)
  const start = poet.roundStart(challenge.epoch - 1)
  const hasBegun = time.now() >= start
  const known = stored.filter((r) => configured.includes(r.address))
  if (hasBegun && stored.length > 0 && known.length === 0) {
    log(
      'FATAL',
      'node.nipostBuilder',
      'None of the poets listed in the config matches the existing registrations. Verify your config and local database state.',
      {
        smesherID: id.slice(0, 6),
        registrations: stored.map((r) => r.address),
        configured_poets: configured,
      },
    )
    throw new Fatal('None of the poets listed in the config matches the existing registrations.')
  }
  if (hasBegun && stored.length === 0) {
    throw new PublishError(
      'expired',
      `builder: atx expired: poet round has already started at ${goTime(start)} (now: ${goTime(time.now())})`,
    )
  }
  if (!hasBegun) {
    const missing = configured.filter((address) => !known.some((r) => r.address === address))
    for (const address of missing) submit(world, id, challenge, address)
  }
  const registrations = local.registrations(id).filter((r) => configured.includes(r.address))
  if (registrations.length > 0) return registrations
  throw new PublishError(
    'unstable',
    'poet service is unstable: failed to submit challenge to any PoET',
    'failed to submit challenge to any PoET',
  )
}

/** Waits for the end of the round (plus the node's jitter) and takes the best proof there is. @throws PublishError */
export async function awaitPoetProof(
  world: World,
  id: string,
  challenge: Challenge,
  registrations: readonly Registration[],
): Promise<Uint8Array> {
  const { time, poet, config, log, events, local } = world
  const round = challenge.epoch - 1
  const deadline = time.epochStart(challenge.epoch + 1) - config.poet.gapMs
  if (time.now() > deadline) {
    const text = `deadline to query poet proof for pub epoch ${challenge.epoch} exceeded (deadline: ${goTime(deadline)}, now: ${goTime(time.now())})`
    throw new PublishError('expired', `builder: atx expired: ${text}`)
  }
  const smesherID = id.slice(0, 6)
  const smesher = Buffer.from(id, 'hex')
  const end = poet.roundEnd(round)
  // 8.64 to 17.28 s of mainnet's 14 days, and the same share of any other cycle gap.
  const jitter = config.poet.gapMs * (0.0002 + 0.0002 * (digest('jitter', id, round).readUInt8(0) / 255))
  const wait = Math.max(0, end - time.now())
  const target = challenge.epoch + 1
  const until = timestampFromMs(end)
  events.emit({ case: 'poetWaitProof', value: { publish: challenge.epoch, target, wait: durationOf(wait), until, smesher } })
  events.emit({ case: 'waitingForPoetRoundEnd', value: { publish: challenge.epoch, target, roundEnd: until, smesher } })
  for (const r of registrations) {
    const fields = { smesherID, poet_address: r.address, round: r.roundId, 'wait time': goDuration(wait + jitter) }
    log('INFO', 'node.nipostBuilder', 'waiting until poet round end', fields)
  }
  await time.until(end + jitter)
  let best: { ref: Uint8Array; leaves: number; ticks: number; address: string } | undefined
  for (const r of registrations) {
    const proof = poet.proof(r.address, round)
    if (proof === undefined) {
      missing(world, smesherID, r)
      continue
    }
    announce(world, r, proof.ticks)
    log('INFO', 'node.nipostBuilder', 'got poet proof', { 'leaf count': proof.leaves, smesherID })
    if (best === undefined || proof.leaves > best.leaves) best = { ...proof, address: r.address }
  }
  if (best === undefined) {
    const inner = "builder: didn't receive any poet proof"
    throw new PublishError('unstable', `create ATX: build NIPost: poet service is unstable: getBestProof failed (${inner})`, inner)
  }
  const ref = Buffer.from(best.ref).toString('base64')
  log('INFO', 'node.nipostBuilder', 'selected the best proof', { leafCount: best.leaves, ref, smesherID })
  events.emit({ case: 'bestProofSelected', value: { url: best.address, roundId: String(round), ticks: BigInt(best.ticks), smesher } })
  local.savePoetProof(id, best.ref, digest('membership', id, round))
  return best.ref
}

function missing({ log, poet, config }: World, smesherID: string, r: Registration): void {
  const url = `${r.address}/v1/proofs/${r.roundId}`
  const attempts = `GET ${url} giving up after ${config.poet.retries + 1} attempt(s)`
  const why = poet.isDown(r.address) ? `${attempts}: ${refusedText(r.address, `/v1/proofs/${r.roundId}`)}` : attempts
  log('WARN', 'node.nipostBuilder', 'failed to get proof from poet', {
    smesherID,
    poet_address: r.address,
    round: r.roundId,
    error: `getting proof: getting proof: doing request: ${why}`,
  })
}

const downloaded = new Set<string>()

/** The download itself happens once a PoET and round; the other identities get it from the cache. */
function announce({ events, log }: World, r: Registration, ticks: number): void {
  const key = `${r.address} ${r.roundId}`
  if (downloaded.has(key)) {
    log('DEBUG', 'node.poet', 'returning cached proof', { round_id: r.roundId })
    return
  }
  downloaded.add(key)
  log('DEBUG', 'node.poet', 'performing request', { method: 'GET', url: `${r.address}/v1/proofs/${r.roundId}` })
  log('DEBUG', 'node.poet', 'response received', { url: `${r.address}/v1/proofs/${r.roundId}`, status: 200 })
  events.emit({ case: 'proofDownloadedFromPoet', value: { url: r.address, roundId: r.roundId, ticks: BigInt(ticks) } })
}
