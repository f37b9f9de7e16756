import { MOST_NONCES, poissonAtLeast } from '../../../shared/domain/odds.ts'
import { scaledPowDifficulty, type ServiceContext } from './context.ts'
import { minutes } from './log.ts'
import type { PostMetadata } from './metadata.ts'
import { complainOfSizes, dataFiles, readPass, totalBytes, type PassResult } from './reader.ts'
import { remotePow } from './remote-pow.ts'

export interface Progress {
  nonces: { start: number; end: number }
  position: number
}

export interface FoundProof {
  readonly nonce: number
  /** Even: valid for the practice node; odd: invalid. */
  readonly pow: bigint
  readonly indices: readonly number[]
  readonly corrupt: PassResult['corrupt']
}

export type Outcome = { readonly ok: true; readonly proof: FoundProof } | { readonly ok: false; readonly why: string }

type ProofContext = ServiceContext & { readonly random: () => number }

const totalLabels = (metadata: PostMetadata): number => metadata.numUnits * metadata.labelsPerUnit

export function announce(context: ServiceContext): void {
  const { args, metadata, log } = context
  const full = args.randomxMode === 'Fast' ? 'FLAG_FULL_MEM | ' : ''
  const flags = `RandomXFlag(FLAG_HARD_AES | ${full}FLAG_JIT | FLAG_ARGON2_SSSE3 | FLAG_ARGON2_AVX2)`
  const scaled = (2n ** 64n * BigInt(args.k1)) / BigInt(totalLabels(metadata))
  const pow = scaledPowDifficulty(context).toUpperCase()
  log(
    'INFO',
    'post::prove',
    `generating proof with PoW flags: ${flags}, difficulty (scaled with SU): ${scaled}, K2PoW difficulty (scaled with SU): ${pow}`,
  )
}

/** Chance that a pass finds a proof when only a part of the data can be read. @source facts/postcli-and-profiler.md §7 */
export function passChanceOf(context: ServiceContext, share: number): number {
  const { args, pace } = context
  const each = poissonAtLeast(args.k1 * share, args.k2)
  const natural = -Math.expm1(args.nonces * Math.log1p(-Math.min(each, 1 - 1e-12)))
  const isPossible = share > 0.9999 && natural > 1e-6
  return isPossible && pace.passSuccess !== undefined ? pace.passSuccess : natural
}

function found(context: ProofContext, start: number, corrupt: PassResult['corrupt']): FoundProof {
  const { random, metadata, args } = context
  const indices = Array.from({ length: args.k2 }, () => Math.floor(random() * totalLabels(metadata))).sort((a, b) => a - b)
  const isInvalid = corrupt === undefined && context.script.take('invalidProofs')
  return {
    nonce: start + Math.floor(random() * args.nonces),
    pow: BigInt(Math.floor(random() * 16) * 2 + (isInvalid ? 1 : 0)),
    indices,
    corrupt,
  }
}

function crash(context: ServiceContext, at: 'pow' | 'reading'): void {
  if (context.script.mishaps().crashAt !== at || !context.script.take('crashAt')) return
  context.die(101, "\nthread '<unnamed>' panicked at src/prove.rs:1:1:\npractice: a crash was asked for\n")
}

function pinCores({ args, die, log }: ServiceContext, cores: number): void {
  const missing = args.pinnedCores?.find((core) => core >= cores)
  if (missing === undefined) return
  log('ERROR', 'post::prove', `failed to set core affinity for thread to ${missing}`)
  die(1, '')
}

/** Pass after pass until a proof is found or all nonces are used up. */
export async function prove(service: ServiceContext, challenge: Uint8Array, progress: Progress, cores: number): Promise<Outcome> {
  const context = { ...service, random: service.randomFor(challenge) }
  const { args, log, script, pace, monotonic, sleep } = context
  const begun = monotonic()
  const mustFail = script.take('failNextProofs')
  pinCores(context, cores)
  if (context.version === '0.7.13') {
    announce(context)
    await sleep(pace.randomxMs)
  }
  for (let start = 0; ; start += args.nonces) {
    log('INFO', 'post::prove', `calculating proof of work for nonces ${start}..${start + args.nonces}`)
    if (args.nonces === 0 || start + args.nonces > MOST_NONCES) return { ok: false, why: 'creating prover' }
    Object.assign(progress, { nonces: { start, end: start + args.nonces }, position: 0 })
    const powBegun = monotonic()
    crash(context, 'pow')
    if (args.remoteK2pow === undefined) await sleep(pace.powMs)
    else await remotePow(context, challenge, start)
    log('INFO', 'post::prove', `finished k2pow in ${minutes(monotonic() - powBegun)}`)
    const isWanted = !mustFail && !(script.mishaps().secondPass === true && start === 0)
    const pass = await onePass(context, progress, isWanted)
    if (pass === undefined) {
      if (mustFail) start = Math.max(start, MOST_NONCES - args.nonces)
      continue
    }
    const proof = found(context, start, pass.corrupt)
    const indices = `[${proof.indices.join(', ')}]`
    log(
      'INFO',
      'post::prove',
      `found proof for nonce: ${proof.nonce}, pow: ${proof.pow} with ${indices} indices. It took ${minutes(monotonic() - begun)}`,
    )
    return { ok: true, proof }
  }
}

async function onePass(context: ProofContext, progress: Progress, isWanted: boolean): Promise<PassResult | undefined> {
  const { args, metadata, log, pace, monotonic, random } = context
  const files = dataFiles(args.dir, metadata)
  complainOfSizes(files, log)
  log('INFO', 'post::prove', 'started reading POST data')
  crash(context, 'reading')
  const readable = files.reduce((sum, file) => sum + Math.min(file.bytes, file.expected), 0)
  const share = readable / Math.max(1, totalBytes(metadata))
  const isLucky = isWanted && random() < passChanceOf(context, share)
  const begun = monotonic()
  const stopAt = isLucky ? Math.floor(readable * (0.8 + 0.19 * random())) : undefined
  const plan = { dir: args.dir, metadata, version: context.version, bytesPerSecond: pace.bytesPerSecond, stopAt }
  const result = await readPass(plan, files, { ...context, onPosition: (position) => (progress.position = position) })
  log('INFO', 'post::prove', `finished reading POST data in ${minutes(monotonic() - begun)}`)
  // A disk that went away during the pass took the hits with it.
  const isComplete = stopAt !== undefined && result.bytes >= Math.min(stopAt, readable) * 0.95
  return isComplete ? result : undefined
}
