import os from 'node:os'
import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { Advice, DiskReport, MachineReport, OpenClState, PowRates } from '../../../shared/domain/machine.ts'
import { mergeRates, ratesFromProofs } from '../../../shared/domain/proof-rates.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { detectOpencl, hostSystem, timeWatch } from '../../hardware/index.ts'
import { baseEnv } from '../../supervisor/index.ts'
import type { Session } from '../session.ts'
import { companion } from './companions.ts'
import type { Desk, MachineContext } from './context.ts'
import { lookAround, type MachineLook } from './machine-look.ts'
import { keptProofs, proofFacts, type ProofFacts } from './machine-proofs.ts'
import { makeReport } from './machine-report.ts'
import { openRates } from './machine-rates.ts'
import { machineDisks } from './machine-speed.ts'
import { numberedByPostcli } from './opencl-numbers.ts'
import { profilerFolders, removeProfilerFiles, runProfiler, type ProfilerRun } from './profiler-run.ts'
import { holdNow } from './verify-data.ts'

/** What the other desks ask of this one. */
export interface MachineDesk extends Desk<AppHandlers['machine']> {
  report(): MachineReport
  /** After a look that loads no driver, when the last one is older than `ms`. Never rejects. */
  fresh(ms: number): Promise<MachineReport>
  disks(): readonly DiskReport[]
  pow(): PowRates | undefined
  /** Chance that every proof is done in the next gap, 0..1; told by the plan's desk when it can be. */
  chanceAll?(): number | undefined
}

/** At most four a second reach a page. */
const TELL_MS = 250
/** The start of the app is left to what must run. */
const FIRST_LOOK_MS = 60_000
/** While nobody asks; a page asks by itself. */
const LOOK_EVERY_MS = 6 * 3_600_000
/** History is read again when something was proved, and that is seldom. */
const PROOFS_MS = 10_000
/** A proof that becomes due ends a measurement. */
const RECHECK_MS = 500
/** How often is looked whether a disk was not measured for long. */
const OLD_MS = 10 * 60_000

const NOTHING: ProofFacts = { taken: [], readings: new Map() }

/** Knows this computer: looks when somebody asks or nobody is busy, and keeps what it found. */
class TheMachine implements MachineDesk {
  readonly handlers: AppHandlers['machine']
  chanceAll?: () => number | undefined
  readonly #context: MachineContext
  readonly #system = hostSystem()
  readonly #times
  readonly #opencl
  readonly #rates
  readonly #disks
  readonly #folders: readonly string[]
  #session: Session | undefined
  #look: MachineLook | undefined
  #looking: Promise<void> | undefined
  #lookingAround: Promise<void> | undefined
  #openclState: OpenClState = { is: 'never' }
  #run: ProfilerRun | undefined
  #powProblem: string | undefined
  #proofs: { readonly at: number; readonly facts: ProofFacts } | undefined
  #isTelling = false
  #isClosed = false
  #timers: readonly (() => void)[] = []

  constructor(context: MachineContext) {
    const { clock, log, home } = context
    this.#context = context
    this.#times = timeWatch(clock)
    this.#opencl = detectOpencl({ launch: () => context.launch('opencl-probe'), clock, log, env: baseEnv(process.env) })
    this.#rates = openRates(path.join(home.state, 'machine-rates.json'), log)
    this.#disks = machineDisks(context, () => this.#tell())
    this.#folders = profilerFolders(home.state)
    this.handlers = {
      report: () => {
        if (this.#look === undefined && this.#session !== undefined) void this.#lookNow()
        return ok(this.report())
      },
      look: () => {
        void this.#lookNow()
        return ok(undefined)
      },
      measure: (ask) => {
        const setup = context.setup()
        if (setup === undefined) return fail('machine/no-files', 'Nothing is set up: there is no PoS data to read.')
        return this.#disks.measure(setup, this.disks(), ask)
      },
      cancel: () => {
        this.#run?.stop()
        this.#disks.cancel()
        return ok(undefined)
      },
      benchmark: () => this.#benchmark(),
    }
  }

  begin(session: Session): void {
    this.#session = session
    const { clock } = this.#context
    this.#stopTimers()
    this.#timers = [
      clock.after(FIRST_LOOK_MS, () => this.#lookWhenIdle()),
      clock.every(LOOK_EVERY_MS, () => this.#lookWhenIdle()),
      clock.every(RECHECK_MS, () => this.#stepAside()),
      clock.every(OLD_MS, () => this.#measureOld()),
    ]
  }

  close(): void {
    this.#isClosed = true
    this.#session = undefined
    this.#stopTimers()
    this.#opencl.close()
    this.#disks.close()
    if (this.#run !== undefined) {
      this.#run.stop()
      removeProfilerFiles(this.#folders)
    }
  }

  disks(): readonly DiskReport[] {
    const setup = this.#context.setup()
    if (setup === undefined) return []
    return this.#disks.reports(setup, this.#proofFacts().readings)
  }

  pow(): PowRates | undefined {
    const setup = this.#context.setup()
    if (setup === undefined) return this.#rates.get()
    return mergeRates(this.#rates.get(), ratesFromProofs(this.#proofFacts().taken, resolveNetwork(setup.network).post))
  }

  report(): MachineReport {
    const list = os.cpus()
    const disks = this.disks()
    const threads = Math.max(1, list.length)
    const cpu = { model: list[0]?.model ?? 'unknown', cores: threads, threads, hasAes: undefined, hasAvx2: undefined }
    return makeReport(
      {
        now: this.#context.clock.now(),
        look: this.#look,
        isLooking: this.#looking !== undefined,
        opencl: this.#openclState,
        pow: this.pow(),
        profiler: this.#run?.progress(),
        advice: [...this.#disks.advice(disks), ...(this.#powProblem === undefined ? [] : [profilerAdvice(this.#powProblem)])],
        disks,
        setup: this.#context.setup(),
        session: this.#session,
      },
      { cpu, memory: { totalBytes: os.totalmem(), availableBytes: os.freemem() } },
    )
  }

  async fresh(ms: number): Promise<MachineReport> {
    const isOld = this.#look === undefined || Math.abs(this.#context.clock.now() - this.#look.at) > ms
    if (isOld || this.#lookingAround !== undefined) await this.#lookAround()
    return this.report()
  }

  #stopTimers(): void {
    for (const stop of this.#timers) stop()
    this.#timers = []
  }

  #tell(): void {
    if (this.#isTelling || this.#isClosed) return
    this.#isTelling = true
    this.#context.clock.after(TELL_MS, () => {
      this.#isTelling = false
      if (!this.#isClosed) this.#context.publish('machine.changed', this.report())
    })
  }

  /** A proof is due: whatever was measured beside it ends. */
  #stepAside(): void {
    this.#disks.recheck()
    if (this.#run !== undefined && holdNow(this.#context, undefined).asked !== undefined) this.#run.stop()
  }

  /** Practice data is too small to tell anything of a disk. */
  #measureOld(): void {
    const setup = this.#context.setup()
    if (setup !== undefined && this.#context.mode === 'real') this.#disks.measureOld(setup, this.disks())
  }

  #lookWhenIdle(): void {
    if (holdNow(this.#context, undefined).byItself === undefined) void this.#lookNow()
  }

  /** Two looks at once are one, here and below. Never rejects. */
  #lookNow(): Promise<void> {
    this.#looking ??= Promise.all([this.#lookAround(), this.#lookAtOpencl()]).then(() => {
      this.#looking = undefined
      this.#tell()
    })
    this.#tell()
    return this.#looking
  }

  async #lookAtOpencl(): Promise<void> {
    const { clock, log, launcher } = this.#context
    this.#openclState = { is: 'looking', since: clock.now() }
    const setup = this.#context.setup()
    const binary = setup === undefined ? undefined : companion(setup, 'postcli')
    const isReal = binary !== undefined && !binary.startsWith('practice:') // the simulated one knows no card
    try {
      this.#openclState = await numberedByPostcli(await this.#opencl.look(), isReal ? launcher(binary) : undefined, { clock, log })
    } catch (cause: unknown) {
      this.#openclState = { is: 'never' }
      log.error('machine.bug', { error: textOf(cause) })
    }
    this.#tell()
  }

  #lookAround(): Promise<void> {
    this.#lookingAround ??= this.#around().finally(() => (this.#lookingAround = undefined))
    return this.#lookingAround
  }

  async #around(): Promise<void> {
    const { clock, log } = this.#context
    const setup = this.#context.setup()
    try {
      const parts = { clock, system: this.#system, times: this.#times, setup, session: this.#session }
      const [look] = await Promise.all([lookAround(parts), setup === undefined ? undefined : this.#disks.look(setup)])
      this.#look = look
      log.info('machine.looked', { clock: look.time?.offsetMs ?? null, ports: look.ports.length })
    } catch (cause: unknown) {
      log.error('machine.bug', { error: textOf(cause) })
    }
    this.#tell()
  }

  #proofFacts(): ProofFacts {
    const now = this.#context.clock.monotonic()
    if (this.#proofs !== undefined && now - this.#proofs.at < PROOFS_MS) return this.#proofs.facts
    const setup = this.#context.setup()
    const identities = this.#session?.snapshot()?.identities
    if (setup === undefined || identities === undefined) return NOTHING
    const units = new Map(identities.flatMap(({ id, numUnits }) => (numUnits === undefined ? [] : [[id, numUnits] as const])))
    const facts = proofFacts(setup, keptProofs(this.#session?.history), units, os.cpus().length)
    this.#proofs = { at: now, facts }
    return facts
  }

  #benchmark(): Result<void, 'machine/busy' | 'machine/no-profiler' | 'machine/proving'> {
    const { log, launcher, clock } = this.#context
    if (this.#run !== undefined) return fail('machine/busy', 'The profiler runs already.')
    const setup = this.#context.setup()
    const binary = setup === undefined ? undefined : companion(setup, 'profiler')
    if (setup === undefined || binary === undefined)
      return fail(
        'machine/no-profiler',
        'The profiler is not here. It comes with post-service: put it beside it, or name it in the settings.',
      )
    const hold = this.#session === undefined ? undefined : holdNow(this.#context, undefined).asked
    if (hold !== undefined) return fail('machine/proving', `Not now: ${hold}. A benchmark would take its processor.`)
    const run = runProfiler({
      launcher: launcher(binary),
      log,
      setup,
      threads: os.cpus().length,
      folders: this.#folders,
      clock,
      onProgress: () => this.#tell(),
    })
    this.#run = run
    void run.done.then(({ figures, problem }) => {
      this.#run = undefined
      this.#powProblem = problem
      this.#rates.keep(figures, clock.now())
      this.#tell()
    })
    this.#tell()
    return ok(undefined)
  }
}

const profilerAdvice = (text: string): Advice => ({
  key: 'profiler/failed',
  severity: 'warn',
  title: 'The profiler did not measure everything.',
  text,
})

export const machineDesk = (context: MachineContext): MachineDesk => new TheMachine(context)
