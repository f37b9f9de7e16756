import { seededRandom, type Random } from '../../simulation/random.ts'
import { PROVER_BYTES, type Attempt, type GapScenario } from './gap-scenario.ts'

export type Phase = 'waiting' | 'preparing' | 'pow' | 'reading' | 'done'

/** What a keeper could see of one identity. */
export interface Sight {
  readonly phase: Phase
  /** May begin: the PoET round has ended, and it is not in the supervisor's back-off. */
  readonly isReady: boolean
  readonly phaseSinceMs: number
  readonly pass: number
  readonly readShare: number
  /** Measured over this pass, bytes/s; absent in its first minutes. */
  readonly bytesPerSecond?: number
}

export interface Chosen {
  readonly starts: readonly number[]
  /** Asked again then at the latest. */
  readonly wakeMs?: number
}

/** Says what is to begin now. Asked after everything that happens. */
export type GapPolicy = (nowMs: number, sights: readonly Sight[]) => Chosen

interface Running {
  phase: Phase
  attempts: number
  attempt: Attempt
  pass: number
  rest: number
  phaseSince: number
  startedAt: number
  notBefore: number
}

const HDD_PACE = [1, 1, 0.8, 0.65, 0.55, 0.5] as const
/** A keeper has other things to do than to plan all the time. */
const LOOK_MS = 15_000
const LEAST_SAMPLE = 0.02
const BACKOFF_MS = [10_000, 60_000, 300_000, 600_000] as const

/** Plays one gap with one policy: its own model of disks, processor and memory, nothing of the planner's. */
export class GapWorld {
  readonly #scenario: GapScenario
  readonly #policy: GapPolicy
  readonly #runs: Running[]
  readonly #random: Random
  #now = 0
  #wake = Number.POSITIVE_INFINITY

  constructor(scenario: GapScenario, policy: GapPolicy) {
    this.#scenario = scenario
    this.#policy = policy
    this.#random = seededRandom(scenario.seed ^ 0x5eed)
    this.#runs = scenario.jobs.map((job) => ({
      phase: 'waiting',
      attempts: 0,
      attempt: job.attempt(0),
      pass: 0,
      rest: 0,
      phaseSince: 0,
      startedAt: 0,
      notBefore: job.readyMs,
    }))
  }

  /** @returns Space Units without a proof when the gap ends */
  play(): number {
    const { gapMs, jobs } = this.#scenario
    let isAsked = true
    for (let guard = 0; guard < 20_000 && this.#now < gapMs; guard += 1) {
      if (isAsked) this.#ask()
      if (this.#runs.every((run) => run.phase === 'done')) return 0
      isAsked = this.#step()
    }
    return jobs.reduce((sum, job, i) => sum + (this.#runs[i]?.phase === 'done' ? 0 : job.units), 0)
  }

  #ask(): void {
    const { starts, wakeMs } = this.#policy(this.#now, this.#sights())
    this.#wake = wakeMs !== undefined && wakeMs > this.#now ? Math.max(wakeMs, this.#now + LOOK_MS) : Number.POSITIVE_INFINITY
    for (const i of starts) {
      const run = this.#runs[i]
      const job = this.#scenario.jobs[i]
      if (run === undefined || job === undefined || run.phase !== 'waiting' || run.notBefore > this.#now) continue
      run.attempt = job.attempt(run.attempts)
      run.attempts += 1
      run.startedAt = this.#now
      run.pass = 0
      this.#enter(run, 'preparing', run.attempt.prepareMs)
    }
    this.#killForMemory()
  }

  #sights(): Sight[] {
    return this.#runs.map((run, i) => {
      const job = this.#scenario.jobs[i]
      const readMs = this.#now - run.phaseSince
      const readShare = run.phase === 'reading' ? (run.attempt.shares[run.pass] ?? 1) - run.rest : 0
      return {
        phase: run.phase,
        isReady: run.phase === 'waiting' && run.notBefore <= this.#now,
        phaseSinceMs: run.phaseSince,
        pass: run.pass + 1,
        readShare,
        ...(readShare > LEAST_SAMPLE && readMs > 0 ? { bytesPerSecond: (readShare * (job?.bytes ?? 0) * 1000) / readMs } : {}),
      }
    })
  }

  #enter(run: Running, phase: Phase, rest: number): void {
    run.phase = phase
    run.rest = rest
    run.phaseSince = this.#now
  }

  /** Without swap the kernel ends one of them, whichever it likes; with swap all crawl (see `#paces`). */
  #killForMemory(): void {
    if (this.#scenario.hasSwap) return
    for (;;) {
      const alive = this.#runs.filter((run) => run.phase !== 'waiting' && run.phase !== 'done')
      if (alive.length * PROVER_BYTES <= this.#scenario.memoryBytes) return
      const victim = alive[this.#random.whole(0, alive.length - 1)]
      if (victim !== undefined) this.#down(victim)
    }
  }

  #down(run: Running): void {
    this.#enter(run, 'waiting', 0)
    run.notBefore = this.#now + (BACKOFF_MS[Math.min(run.attempts, BACKOFF_MS.length) - 1] ?? 600_000)
  }

  /** Pace of each: share of its work done a ms. */
  #paces(): number[] {
    const { disks, jobs, threads, labelCost, memoryBytes, hasSwap } = this.#scenario
    const readers = disks.map(() => 0)
    let alive = 0
    let active = 0
    for (const [i, run] of this.#runs.entries()) {
      if (run.phase === 'waiting' || run.phase === 'done') continue
      alive += 1
      if (run.phase !== 'reading') active += 1
      else readers[jobs[i]?.disk ?? 0] = (readers[jobs[i]?.disk ?? 0] ?? 0) + 1
    }
    const raw = this.#runs.map((run, i) => {
      const job = jobs[i]
      if (job === undefined || run.phase !== 'reading')
        return { bytes: 0, cpu: run.phase === 'pow' || run.phase === 'preparing' ? (job?.threads ?? 0) : 0 }
      const count = readers[job.disk] ?? 1
      const disk = disks[job.disk]
      const seek = disk?.isHdd === true ? (HDD_PACE[Math.min(count, 5)] ?? 0.5) : 1
      const ofDisk = ((disk?.bytesPerSecond ?? 0) * this.#paceOfDisk(job.disk) * seek) / count
      const ofLabels = (job.threads * 2 ** 30) / (labelCost.base + labelCost.perNonce * job.nonces)
      return { bytes: Math.min(ofDisk, ofLabels), cpu: (job.threads * Math.min(ofDisk, ofLabels)) / ofLabels }
    })
    const demand = raw.reduce((sum, one) => sum + one.cpu, 0)
    const share = demand > threads ? threads / demand : 1
    // RandomX reads its 2 GiB at random: what does not fit crawls. What only reads PoS data can be swapped out, at a price for all.
    const crawl = hasSwap && alive * PROVER_BYTES > memoryBytes ? (active * PROVER_BYTES > memoryBytes ? 0.05 : 0.5) : 1
    return this.#runs.map((run, i) => {
      if (run.phase === 'preparing' || run.phase === 'pow') return share * crawl
      if (run.phase !== 'reading') return 0
      return ((raw[i]?.bytes ?? 0) * share * Math.max(crawl, 0.5)) / 1000 / (jobs[i]?.bytes ?? 1)
    })
  }

  #paceOfDisk(index: number): number {
    let pace = 1
    for (const slump of this.#scenario.disks[index]?.slumps ?? [])
      if (this.#now >= slump.fromMs && this.#now < slump.toMs) pace = slump.pace
    return pace
  }

  /** Time of the next thing that changes a pace or lets somebody begin. */
  #nextChange(): number {
    let next = Math.min(this.#scenario.gapMs, this.#wake)
    for (const disk of this.#scenario.disks)
      for (const { fromMs, toMs } of disk.slumps) {
        if (fromMs > this.#now) next = Math.min(next, fromMs)
        else if (toMs > this.#now) next = Math.min(next, toMs)
      }
    for (const run of this.#runs) {
      if (run.phase === 'waiting' && run.notBefore > this.#now) next = Math.min(next, run.notBefore)
      const crashAt = run.startedAt + run.attempt.crashAfterMs
      if (run.phase !== 'waiting' && run.phase !== 'done' && crashAt > this.#now) next = Math.min(next, crashAt)
    }
    return next
  }

  /** @returns whether the policy is to be asked */
  #step(): boolean {
    const paces = this.#paces()
    let next = this.#nextChange()
    for (const [i, run] of this.#runs.entries()) {
      const pace = paces[i] ?? 0
      if (pace > 0) next = Math.min(next, this.#now + Math.max(0, run.rest) / pace)
    }
    const dt = Math.max(0, next - this.#now)
    this.#now = next
    for (const [i, run] of this.#runs.entries()) run.rest -= dt * (paces[i] ?? 0)
    let isAsked = this.#now >= this.#wake
    for (const run of this.#runs) {
      if (run.phase === 'waiting') isAsked ||= run.notBefore === this.#now
      else if (run.phase !== 'done') isAsked = this.#onward(run) || isAsked
    }
    return isAsked
  }

  #onward(run: Running): boolean {
    if (run.startedAt + run.attempt.crashAfterMs <= this.#now) {
      this.#down(run)
      return true
    }
    const isOver = run.rest <= (run.phase === 'reading' ? 1e-9 : 1e-6)
    if (!isOver) return false
    if (run.phase === 'preparing') this.#enter(run, 'pow', run.attempt.powMs[0] ?? 0)
    else if (run.phase === 'pow') this.#enter(run, 'reading', run.attempt.shares[run.pass] ?? 1)
    else if (run.pass + 1 < run.attempt.shares.length) {
      run.pass += 1
      this.#enter(run, 'pow', run.attempt.powMs[run.pass] ?? 0)
    } else if (run.attempt.fails) this.#down(run)
    else this.#enter(run, 'done', 0)
    return true
  }
}
