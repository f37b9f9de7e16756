import { z } from 'zod'

/** What `waiting` waits for. */
export const WAITING_FOR = ['sync', 'initial-proof', 'poet-registration', 'poet-round', 'poet-proof', 'next-epoch', 'not-needed'] as const
export const PROVING_PHASES = ['preparing', 'pow', 'reading', 'outdated'] as const

/**
 * Against which deadline: tight = P95 less than 1 h before gap end (scaled with the gap on other networks); late = gap
 * end passed or unreachable, still worth it until publish end; lost = publish end unreachable.
 */
export const timingSchema = z.enum(['unknown', 'on-time', 'tight', 'late', 'lost'])
export type Timing = z.infer<typeof timingSchema>

const ms = z.number()
/** Predicted finish, Unix ms. */
export const finishSchema = z.object({ p5: ms, p50: ms, p95: ms })
export type Finish = z.infer<typeof finishSchema>

const common = {
  timing: timingSchema,
  /** One sentence of truth for the user, complete with figures. */
  sentence: z.string(),
  /** The publish epoch this status speaks of. */
  epoch: z.number().optional(),
  gapEnd: ms.optional(),
  publishEnd: ms.optional(),
  finish: finishSchema.optional(),
  /** Cause in plain words, first cause first; with a stable code in `causeCode`. */
  cause: z.string().optional(),
  causeCode: z.string().optional(),
  /** Since when this kind holds, Unix ms. */
  since: ms,
}

/**
 * The status of one identity. `kind` says what is happening, `timing` against which deadline.
 * @source design.md §4 (the table is the specification of `decide`)
 */
export const statusSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unknown'), ...common, lastKnown: z.string().optional() }),
  z.object({ kind: z.literal('incomplete'), ...common }),
  z.object({ kind: z.literal('drive-missing'), ...common }),
  z.object({ kind: z.literal('stopped'), ...common, stoppedBy: z.enum(['user', 'operation']) }),
  z.object({ kind: z.literal('held'), ...common }),
  z.object({ kind: z.literal('not-known-to-node'), ...common }),
  z.object({ kind: z.literal('waiting'), ...common, phase: z.enum(WAITING_FOR), until: ms.optional() }),
  z.object({ kind: z.literal('queued'), ...common, place: z.number(), expectedStart: ms.optional() }),
  z.object({ kind: z.literal('needs-service'), ...common }),
  z.object({ kind: z.literal('not-connected'), ...common }),
  z.object({
    kind: z.literal('proving'),
    ...common,
    phase: z.enum(PROVING_PHASES),
    /** 1 for the first pass over the data. */
    pass: z.number().optional(),
    /** Share of this pass that is read, 0..100. */
    percent: z.number().optional(),
    bytesPerSecond: z.number().optional(),
    positionBytes: z.number().optional(),
    totalBytes: z.number().optional(),
    startedAt: ms.optional(),
    /** ms between P95 and gap end (negative = over). */
    slackMs: z.number().optional(),
  }),
  z.object({ kind: z.literal('handing-over'), ...common, foundAt: ms.optional() }),
  z.object({ kind: z.literal('failed'), ...common, restartAt: ms.optional() }),
  z.object({ kind: z.literal('failing'), ...common, round: z.number() }),
  z.object({ kind: z.literal('proved'), ...common, provedAt: ms }),
  z.object({ kind: z.literal('published'), ...common, provedAt: ms.optional(), publishedAt: ms.optional(), atxId: z.string() }),
  z.object({ kind: z.literal('eligible'), ...common, atxId: z.string().optional(), layers: z.number(), nextLayer: z.number().optional() }),
  z.object({ kind: z.literal('missed'), ...common }),
  z.object({ kind: z.literal('twin-suspected'), ...common }),
  z.object({ kind: z.literal('banned'), ...common }),
])
export type IdentityStatus = z.infer<typeof statusSchema>
export type StatusKind = IdentityStatus['kind']

/** Kinds that say "nothing is wrong": each needs fresh evidence, never its absence. */
export const FINE_KINDS: readonly StatusKind[] = ['waiting', 'queued', 'proving', 'handing-over', 'proved', 'published', 'eligible']

/** One line of the evidence card. */
export const evidenceLineSchema = z.object({
  /** What was looked at, e.g. `node PostStates`, `operator`, `PoS folder`. */
  what: z.string(),
  value: z.string(),
  source: z.string(),
  at: ms,
  /** false: too old to be relied on. */
  isFresh: z.boolean().optional(),
})
export type EvidenceLine = z.infer<typeof evidenceLineSchema>

export const severitySchema = z.enum(['info', 'warn', 'bad'])
export type Severity = z.infer<typeof severitySchema>

/** Something the user should know; `key` is stable for one cause, so that it is told once. */
export const alarmSchema = z.object({
  key: z.string(),
  code: z.string(),
  severity: severitySchema,
  identity: z.string().optional(),
  /** Cause, consequence with time, action. */
  sentence: z.string(),
  since: ms,
  /** Last moment at which acting still helps, Unix ms. */
  actBy: ms.optional(),
})
export type Alarm = z.infer<typeof alarmSchema>

/** Codes of alarms; texts are made by `decide`, grouping and routing by `electron/alerts`. */
export const ALARM_CODES = [
  'proof-failed',
  'proof-invalid',
  'will-be-late',
  'will-be-lost',
  'missed',
  'service-down',
  'service-not-connected',
  'drive-gone',
  'data-incomplete',
  'node-down',
  'node-start-failed',
  'node-out-of-sync',
  'node-too-old',
  'node-version-unknown',
  'no-coinbase',
  'clock-off',
  'disk-low',
  'twin-suspected',
  'banned',
  'api-lost',
  'outdated-proof',
  'duplicate-service',
  'poet-trouble',
  'setup-invalid',
  'key-twice',
  'key-missing',
  'key-held',
  'backup',
] as const
export type AlarmCode = (typeof ALARM_CODES)[number]
