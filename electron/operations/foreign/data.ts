import { z } from 'zod'

const path = z.string().min(1)
const pid = z.number().int().min(2)
const ms = z.number().int().nonnegative()

/** One thing that a manager runs and that is to stand still. */
export const targetSchema = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('systemd'),
    manager: z.enum(['system', 'user']),
    unit: z.string().regex(/^[A-Za-z0-9:_.\\@-]{1,250}\.service$/),
    /** Its program goes on when the unit is stopped (KillMode=none). */
    leavesProgram: z.boolean(),
  }),
  z.object({ is: z.literal('docker'), container: z.string().regex(/^[0-9a-f]{12,64}$/), name: z.string() }),
  /** A program that nobody manages; `argv` for the user who wants it back. */
  z.object({ is: z.literal('program'), pid, program: z.enum(['go-spacemesh', 'post-service']), folder: path, argv: z.array(z.string()) }),
  /** The loop of a PSM script. */
  z.object({ is: z.literal('script'), pid, argv: z.array(z.string()) }),
])
export type Target = z.output<typeof targetSchema>
export type SystemdTarget = Extract<Target, { is: 'systemd' }>

/** Writes down how the managers have it, before anything is changed. */
export const rememberSchema = z.object({ is: z.literal('foreign-remember'), targets: z.array(targetSchema) })
export type RememberData = z.output<typeof rememberSchema>

/** Takes one thing out of its manager's hands: does not start by itself any more, and stands still. */
export const stopSchema = z.object({
  is: z.literal('foreign-stop'),
  target: targetSchema,
  /** Data or PoS folders that nobody uses afterwards. */
  folders: z.array(path),
  /** How long a stop, or the user's command, is waited for. */
  patienceMs: ms,
})
export type StopData = z.output<typeof stopSchema>

/** Restarts the managers as far as they can be, and watches that nothing comes back. */
export const proveDownSchema = z.object({
  is: z.literal('foreign-prove-down'),
  targets: z.array(targetSchema),
  folders: z.array(path),
  /** Programs that go on and are adopted. */
  adopted: z.array(pid),
  /** Smapp must stay closed as well. */
  smapp: z.boolean(),
  watchMs: ms,
  /** How long an undo waits for our own programs to be gone. */
  patienceMs: ms,
})
export type ProveDownData = z.output<typeof proveDownSchema>

/** Waits until nobody uses these folders. */
export const goneSchema = z.object({
  is: z.literal('foreign-gone'),
  folders: z.array(path),
  smapp: z.boolean(),
  /** Also what we started ourselves. */
  withOurs: z.boolean(),
  /** What this unit runs does not count: after a crash it may have been started already. */
  unit: z.string().exactOptional(),
  patienceMs: ms,
})
export type GoneData = z.output<typeof goneSchema>

/** First step of a hand-over: the user's systemd answers; its undo, the last, makes it forget the removed unit. */
export const reloadSchema = z.object({ is: z.literal('foreign-reload'), unit: z.string() })
export type ReloadData = z.output<typeof reloadSchema>

/** Enables and starts a unit of ours in the user's systemd. */
export const startUnitSchema = z.object({
  is: z.literal('foreign-start-unit'),
  unit: z.string().regex(/^[A-Za-z0-9_.-]{1,200}\.service$/),
  folder: path,
  patienceMs: ms,
})
export type StartUnitData = z.output<typeof startUnitSchema>
