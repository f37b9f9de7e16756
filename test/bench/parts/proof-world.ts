// Proofs as they come about, from hits and megabytes: it shares no formula with what predicts them.
import type { Random } from './random.ts'

const MIB = 2 ** 20
const TIB = 2 ** 40
export const POST = { k1: 26, k2: 37 } as const

export const DISK_TYPES = ['hdd', 'ssd', 'usb', 'ageing', 'network', 'changed'] as const
type DiskType = (typeof DISK_TYPES)[number]

export interface Smesher {
  readonly disk: DiskType
  readonly nonces: number
  readonly totalBytes: number
  /** What changes from one proof to the next. */
  readonly state: { level: number; proof: number; readonly changesAt: number; readonly changesBy: number }
  readonly baseSpeed: number
  /** ms of one group's search, on the mean, when nothing else runs. */
  readonly groupMs: number
}

export function smesherOf(disk: DiskType, nonces: number, random: Random): Smesher {
  const units = 4 + Math.floor(random.uniform() * 60)
  const fast = { hdd: 160, ssd: 450, usb: 120, ageing: 150, network: 100, changed: 170 }[disk]
  return {
    disk,
    nonces,
    totalBytes: (units / 16) * TIB,
    state: { level: 0, proof: 0, changesAt: 4 + Math.floor(random.uniform() * 16), changesBy: random.uniform() < 0.7 ? 0.65 : 1.4 },
    baseSpeed: fast * MIB * (0.8 + 0.4 * random.uniform()),
    groupMs: ((4687.5 * units) / (400 + 1600 * random.uniform())) * 1000,
  }
}

interface Pass {
  readonly powMs: number
  /** Bytes read in it, ms since its reading began. */
  readonly track: readonly { readonly bytes: number; readonly ms: number }[]
  readonly endBytes: number
}
export interface PlayedProof {
  readonly preparingMs: number
  readonly passes: readonly Pass[]
  readonly tookMs: number
  /** Of the last reading. */
  readonly bytesPerSecond: number
}

/** Share of the data at which the first of the nonces has its k2-th hit; above 1 when none has. */
function hitShare(nonces: number, random: Random): number {
  let first = Number.POSITIVE_INFINITY
  for (let nonce = 0; nonce < nonces; nonce += 1) {
    let at = 0
    for (let hit = 0; hit < POST.k2 && at < 1; hit += 1) at += random.exponential() / POST.k1
    first = Math.min(first, at)
  }
  return first
}

/** Searches without memory, one after the other, on a processor that somebody else uses now and then. */
function powMs({ nonces, groupMs }: Smesher, random: Random): number {
  const load = random.uniform() < 0.08 ? 1.3 + 0.5 * random.uniform() : 1 + 0.03 * Math.abs(random.normal())
  let took = 0
  for (let group = 0; group < nonces / 16; group += 1) took += random.exponential() * groupMs
  return took * load
}

const SLICES = 100

/** Speed of each hundredth of a reading, bytes/s. */
function slices(smesher: Smesher, random: Random): number[] {
  const { disk, baseSpeed, state } = smesher
  const day = Math.exp(state.level)
  let burst = 0
  return Array.from({ length: SLICES }, (_, i) => {
    const at = i / SLICES
    const noise = Math.exp(0.03 * random.normal())
    if (burst > 0) burst -= 1
    const mayBurst = disk === 'usb' ? 0.012 : disk === 'hdd' ? 0.004 : 0
    if (burst === 0 && random.uniform() < mayBurst) burst = 1 + Math.floor(random.exponential() * 5)
    const disturbed = burst > 0 ? 0.45 : 1
    const track = disk === 'hdd' || disk === 'ageing' || disk === 'changed' ? 1.05 - 0.1 * at : 1
    const heat = disk === 'ssd' && at > 0.2 && state.level < -0.01 ? 0.9 : 1
    return baseSpeed * day * noise * disturbed * track * heat
  })
}

/** What changes between two proofs: two weeks pass. */
function age({ disk, state }: Smesher, random: Random): void {
  state.proof += 1
  if (disk === 'network') state.level = 0.7 * state.level + 0.1 * random.normal()
  else if (disk === 'ageing') state.level += -0.012 + 0.015 * random.normal()
  else if (disk === 'ssd') state.level = 0.02 * random.normal()
  else if (disk === 'changed') state.level = (state.proof >= state.changesAt ? Math.log(state.changesBy) : 0) + 0.03 * random.normal()
  else state.level = 0.8 * state.level + 0.03 * random.normal()
}

export function playProof(smesher: Smesher, random: Random): PlayedProof {
  age(smesher, random)
  const preparingMs = 20_000 + 10_000 * random.uniform()
  const passes: Pass[] = []
  let tookMs = preparingMs
  for (;;) {
    const share = hitShare(smesher.nonces, random)
    const endBytes = Math.min(1, share) * smesher.totalBytes
    const pass: { bytes: number; ms: number }[] = []
    const [slice, pow] = [smesher.totalBytes / SLICES, powMs(smesher, random)]
    let [bytes, ms] = [0, 0]
    for (const speed of slices(smesher, random)) {
      const part = Math.min(slice, endBytes - bytes)
      if (part <= 0) break
      bytes += part
      ms += (part / speed) * 1000
      pass.push({ bytes, ms })
    }
    passes.push({ powMs: pow, track: pass, endBytes })
    tookMs += pow + ms
    if (share <= 1) return { preparingMs, passes, tookMs, bytesPerSecond: (bytes / ms) * 1000 }
  }
}
