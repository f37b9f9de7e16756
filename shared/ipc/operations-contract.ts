import { z } from 'zod'
import type { Leftover, OperationPlan, OperationsState, OperationView, QuarantineEntry } from '../domain/operation.ts'
import { call, topic } from './define.ts'

const nothing = z.void()
const path = z.string().min(1).max(4096)
const identityId = z.string().regex(/^[0-9a-f]{64}$/)
const operationId = z.string().regex(/^[a-z0-9-]{1,80}$/)
const keyName = z.string().regex(/^[^/\\\0]{1,200}\.key$/, 'a key file is called NAME.key')

/** What is to be planned. Planning only reads. */
export const planRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('merge'),
    /** Data folders of the nodes that are given up. */
    from: z.array(path).min(1).max(100),
    to: path,
    /** New file names for keys, by identity. */
    names: z.record(identityId, keyName).default({}),
    /** merge-nodes of the release that wrote these databases, for a schema that we do not know. */
    tool: path.optional(),
  }),
  /** Supervised 1:1 to 1:N. */
  z.strictObject({ kind: z.literal('convert'), folder: path, postListener: z.string().max(100).optional() }),
  /** And back. */
  z.strictObject({ kind: z.literal('unconvert'), folder: path, identity: identityId }),
  z.strictObject({ kind: z.literal('split'), identities: z.array(identityId).min(1).max(2000), from: path.optional(), to: path }),
  z.strictObject({ kind: z.literal('retire'), identity: identityId }),
  z.strictObject({
    kind: z.literal('put-back'),
    entry: z.string().min(1).max(300),
    names: z.array(keyName).optional(),
    to: path.optional(),
  }),
  z.strictObject({ kind: z.literal('take-over'), label: z.string().min(1).max(4096) }),
  z.strictObject({ kind: z.literal('hand-over'), what: z.union([z.literal('node'), identityId]) }),
  z.strictObject({ kind: z.literal('move-data'), identity: identityId, to: path }),
  z.strictObject({
    kind: z.literal('export-identity'),
    identity: identityId,
    file: path,
    recipients: z.array(z.string().max(4096)).max(20).default([]),
  }),
  z.strictObject({ kind: z.literal('import-identity'), file: path, posFolder: path.optional() }),
  /** Where the rewards of all identities of our node go. */
  z.strictObject({ kind: z.literal('coinbase'), address: z.string().max(200) }),
])
export type PlanRequest = z.input<typeof planRequestSchema>
export type ParsedPlanRequest = z.output<typeof planRequestSchema>

export type OperationFaultCode =
  | 'operation/busy'
  | 'operation/unknown'
  | 'operation/refused'
  | 'operation/not-ticked'
  | 'operation/unsafe-now'
  | 'operation/stopped'
  | 'operation/cancelled'
  | 'operation/not-undoable'
  | 'operation/stale'

/** Where the wizard is, kept by main so that a closed window goes on where it was. */
export const wizardSchema = z.strictObject({
  step: z.enum(['scan', 'backup', 'choose', 'plan', 'run', 'start', 'done']),
  /** Data folders that the user chose to give up, and the one that stays. */
  from: z.array(path).max(100).default([]),
  to: path.nullable().default(null),
  names: z.record(identityId, keyName).default({}),
  operation: operationId.nullable().default(null),
})
export type WizardState = z.output<typeof wizardSchema>

/** Planned, journaled, undoable work on nodes, keys and PoS data. */
export const operationsContract = {
  operations: {
    state: call(nothing).returns<OperationsState>(),
    /** At most four a second. */
    changed: topic<OperationsState>(),
    /** Only reads. The plan is kept for `run`, until another keeper runs. */
    plan: call(planRequestSchema).returns<OperationPlan, 'operation/busy' | 'operation/unreadable'>(),
    /** Every box of the plan must be in `ticked`. `acceptsPrice`: stop what proves, or do it outside a safe window. Drawn by main. */
    run: call(
      z.strictObject({
        plan: operationId,
        ticked: z.array(z.string()).max(50),
        acceptsPrice: z.boolean().default(false),
        /** Of an export or import; crosses once and is kept by nobody. */
        passphrase: z.string().min(1).max(1024).optional(),
      }),
    ).returns<OperationView, OperationFaultCode>(),
    /** Stops after the current step or chunk; the operation stays unfinished. */
    cancel: call(z.strictObject({ id: operationId })).returns<void, 'operation/unknown'>(),
    finish: call(z.strictObject({ id: operationId, acceptsPrice: z.boolean().default(false) })).returns<
      OperationView,
      OperationFaultCode
    >(),
    rollBack: call(z.strictObject({ id: operationId })).returns<OperationView, OperationFaultCode>(),
    /** Of one that is done: exactly as before as long as no node was started, else a plan of a split with the current rows. */
    undo: call(z.strictObject({ id: operationId })).returns<
      { readonly is: 'undone'; readonly operation: OperationView } | { readonly is: 'plan'; readonly plan: OperationPlan },
      OperationFaultCode | 'operation/unreadable'
    >(),
    /** The confirmed last step: starts the node and waits until it lists what the operation expects. */
    start: call(z.strictObject({ id: operationId })).returns<
      { readonly checks: readonly { readonly is: 'pass' | 'fail' | 'waiting'; readonly text: string }[] },
      'operation/unknown' | 'operation/not-started'
    >(),
    quarantine: call(nothing).returns<readonly QuarantineEntry[]>(),
    /** PoS data that operations left behind, newest first; what was removed is not among it. */
    leftovers: call(nothing).returns<readonly Leftover[], 'operation/unreadable'>(),
    /** Removes one of them, file by file. `typed`: the last eight characters of the identity. Drawn by main. */
    removeLeftover: call(z.strictObject({ operation: operationId, typed: z.string().max(100) })).returns<
      { readonly text: string },
      'operation/busy' | 'operation/unknown' | 'operation/not-typed' | 'operation/refused' | 'operation/not-removed'
    >(),
    wizard: call(nothing).returns<WizardState>(),
    saveWizard: call(wizardSchema).returns<void, 'operation/not-written'>(),
  },
} as const
