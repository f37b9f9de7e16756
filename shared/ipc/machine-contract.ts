import { z } from 'zod'
import type { InitOptions, InitPlan, InitState, FileCell, VerifyState } from '../domain/initialization.ts'
import type { UnixMs } from '../domain/ids.ts'
import type { MachineReport } from '../domain/machine.ts'
import type { PlanInputs } from '../domain/planner/types.ts'
import type { ReadyReport } from '../domain/readiness.ts'
import { call, topic } from './define.ts'

const nothing = z.void()
const path = z.string().min(1).max(4096)
const identityId = z.string().regex(/^[0-9a-f]{64}$/)
const identity = z.strictObject({ identity: identityId })
const jobId = z.string().regex(/^[a-z0-9-]{1,80}$/)
const job = z.strictObject({ id: jobId })
const provider = z.number().int().min(0).max(4_294_967_295)
const nonces = z
  .number()
  .int()
  .min(16)
  .max(4096)
  .refine((n) => n % 16 === 0, 'a multiple of 16')

/** What is to be made. */
export const initRequestSchema = z.strictObject({
  key: z.discriminatedUnion('is', [
    z.strictObject({ is: z.literal('new'), name: z.string().min(1).max(60) }),
    z.strictObject({ is: z.literal('public'), id: identityId, name: z.string().max(60).optional() }),
    z.strictObject({ is: z.literal('existing'), id: identityId }),
  ]),
  folder: path,
  numUnits: z.number().int().positive().max(1_048_576),
  /** Several: each makes a range of files. */
  providers: z.array(provider).min(1).max(16),
  maxFileBytes: z.number().int().positive().optional(),
  nonces: nonces.default(288),
  threads: z.number().int().positive().max(1024).optional(),
  randomx: z.enum(['fast', 'light']).default('fast'),
})
export type InitRequest = z.input<typeof initRequestSchema>
export type ParsedInitRequest = z.output<typeof initRequestSchema>

/** Changes of the plan that can be put into effect in the set-up. Moves between disks are operations. */
export const planChangesSchema = z.strictObject({
  identities: z
    .array(
      z.strictObject({
        identity: identityId,
        nonces: nonces.optional(),
        threads: z.number().int().positive().max(1024).optional(),
        randomx: z.enum(['fast', 'light']).optional(),
      }),
    )
    .max(2000)
    .default([]),
  /** Provers at once, at most; null = as memory allows. */
  maxProvers: z.number().int().positive().max(1000).nullable().optional(),
})
export type PlanChanges = z.input<typeof planChangesSchema>
export type ParsedPlanChanges = z.output<typeof planChangesSchema>

/** A what-if that the user keeps by a name; its content is the page's own. */
export const savedPlanSchema = z.strictObject({ name: z.string().min(1).max(60), at: z.number(), draft: z.unknown() })
export type SavedPlan = z.output<typeof savedPlanSchema>

/** What this computer can prove in time, and new identities on it. */
export const machineContract = {
  machine: {
    report: call(nothing).returns<MachineReport>(),
    /** At most four a second. */
    changed: topic<MachineReport>(),
    /** Looks at everything anew that costs no disk reading: OpenCL, disks, memory, clock, ports. */
    look: call(nothing).returns<void>(),
    /** Reads the user's real PoS files (or writes a file of its own). Without `disks` all. `acceptsNow`: outside the quiet hours too. */
    measure: call(
      z.strictObject({
        disks: z.array(z.string().max(500)).max(500).optional(),
        what: z.enum(['read', 'write']).default('read'),
        acceptsNow: z.boolean().default(true),
      }),
    ).returns<void, 'machine/busy' | 'machine/unknown-disk' | 'machine/proving' | 'machine/no-files'>(),
    cancel: call(nothing).returns<void>(),
    /** Runs the profiler: k2pow and labels. */
    benchmark: call(nothing).returns<void, 'machine/busy' | 'machine/no-profiler' | 'machine/proving'>(),
  },
  plan: {
    /** Everything the planner needs; the page computes odds itself. */
    inputs: call(nothing).returns<PlanInputs, 'plan/no-setup'>(),
    /** Puts nonces, threads, mode and limit into the set-up; services that prove keep theirs until they are restarted. */
    use: call(planChangesSchema).returns<void, 'plan/no-setup' | 'plan/unknown' | 'setup/not-written'>(),
    saved: call(nothing).returns<readonly SavedPlan[]>(),
    save: call(savedPlanSchema).returns<void, 'plan/not-written'>(),
    forget: call(z.strictObject({ name: z.string().max(60) })).returns<void, 'plan/not-written'>(),
  },
  ready: {
    report: call(nothing).returns<ReadyReport | undefined>(),
    changed: topic<ReadyReport>(),
    /** Looks now: volumes, file sizes, a trial start of each service that does not run, PoETs, clock, memory, space, sleep. */
    check: call(nothing).returns<ReadyReport, 'ready/no-setup' | 'ready/busy'>(),
  },
  init: {
    state: call(nothing).returns<InitState>(),
    changed: topic<InitState>(),
    options: call(nothing).returns<InitOptions, 'init/no-setup'>(),
    /** Only reads. */
    plan: call(initRequestSchema).returns<InitPlan, 'init/no-setup'>(),
    /** Makes the key (new), puts it into a backup when a place is set, and queues the job. */
    begin: call(z.strictObject({ plan: jobId })).returns<
      { readonly id: string; readonly identity: string },
      'init/refused' | 'init/stale' | 'init/not-written' | 'init/no-setup'
    >(),
    /** Takes effect after the running batch: up to a quarter of an hour on a CPU. */
    pause: call(job).returns<void, 'init/unknown'>(),
    resume: call(job).returns<void, 'init/unknown' | 'init/refused'>(),
    reorder: call(z.strictObject({ ids: z.array(jobId).max(1000) })).returns<void, 'init/not-written'>(),
    /** Takes it from the queue. Data and key stay where they are; the answer says where. */
    discard: call(job).returns<{ readonly text: string }, 'init/unknown' | 'init/busy' | 'init/not-written'>(),
    /** Makes some labels in a scratch folder with each provider and checks them against the CPU. */
    benchmark: call(z.strictObject({ providers: z.array(provider).max(16).optional() })).returns<
      void,
      'init/busy' | 'init/no-binary' | 'init/no-setup'
    >(),
    /** Watches a folder into which data made elsewhere is copied. */
    watchArrival: call(z.strictObject({ folder: path })).returns<void, 'init/not-written' | 'init/unreadable'>(),
    forgetArrival: call(z.strictObject({ folder: path })).returns<void, 'init/not-written'>(),
    /** Whole data that is here becomes a service of ours; its key must be here or follow. */
    addArrived: call(z.strictObject({ folder: path })).returns<
      { readonly text: string },
      'init/not-whole' | 'init/refused' | 'init/no-setup' | 'setup/not-written'
    >(),
  },
  verify: {
    state: call(nothing).returns<VerifyState>(),
    changed: topic<VerifyState>(),
    /** Samples labels of each file, low priority, between gaps. `files`: only these. */
    begin: call(
      identity.extend({
        fractionPercent: z.number().positive().max(100).default(0.1),
        files: z.array(z.number().int().nonnegative()).optional(),
      }),
    ).returns<void, 'verify/busy' | 'verify/unknown' | 'verify/no-binary'>(),
    pause: call(identity).returns<void, 'verify/unknown'>(),
    resume: call(identity).returns<void, 'verify/unknown'>(),
    cancel: call(identity).returns<void, 'verify/unknown'>(),
    map: call(identity).returns<
      { readonly files: readonly FileCell[]; readonly fileBytes: number; readonly lastWholeAt?: UnixMs },
      'verify/unknown'
    >(),
    /** Makes one bad file anew, aside, and puts it in place of the bad one, which is kept beside it. Drawn by main. */
    rewriteFile: call(identity.extend({ file: z.number().int().nonnegative() })).returns<
      void,
      'verify/busy' | 'verify/unknown' | 'verify/refused' | 'verify/no-binary'
    >(),
    /** Proves on its real files that it will prove. */
    rehearse: call(identity).returns<void, 'verify/busy' | 'verify/unknown' | 'verify/refused'>(),
    cancelRehearsal: call(identity).returns<void, 'verify/unknown'>(),
  },
  coinbase: {
    read: call(nothing).returns<
      { readonly coinbase: string | undefined; readonly source: string; readonly sentence: string; readonly problem?: string },
      'coinbase/no-setup'
    >(),
    /** Checks an address without changing anything. */
    check: call(z.strictObject({ address: z.string().max(200) })).returns<{ readonly address: string }, 'coinbase/invalid'>(),
  },
} as const
