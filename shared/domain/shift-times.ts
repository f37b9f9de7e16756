import type { IdentityBelief, ProofRun } from './world.ts'

type Dated = { readonly at: number }
const dated = <K extends string, T extends Dated>(key: K, value: T | undefined, byMs: number): { readonly [name in K]?: T } =>
  (value === undefined ? {} : { [key]: { ...value, at: value.at + byMs } }) as { readonly [name in K]?: T }

const shiftRun = (run: ProofRun, byMs: number): ProofRun => ({
  ...run,
  startedAt: run.startedAt + byMs,
  phaseSince: run.phaseSince + byMs,
  ...(run.foundAt === undefined ? {} : { foundAt: run.foundAt + byMs }),
})

/**
 * The wall clock went back: what the service was just doing would lie in the future, and nothing that comes next could end
 * it. It is put onto the new clock. What belongs to an epoch (proofs, registrations, ATXs) keeps its time. A clock that goes
 * forward changes nothing here: that is also what a machine sees that slept.
 *
 * @param byMs  negative
 */
export function shiftIdentity(b: IdentityBelief, byMs: number): IdentityBelief {
  return {
    ...b,
    ...(b.run === undefined ? {} : { run: shiftRun(b.run, byMs) }),
    ...(b.lastRun === undefined ? {} : { lastRun: shiftRun(b.lastRun, byMs) }),
    ...dated('failure', b.failure, byMs),
    ...dated('link', b.link, byMs),
    ...dated('dataTrouble', b.dataTrouble, byMs),
    ...dated('startError', b.startError, byMs),
    ...(b.driveBackAt === undefined ? {} : { driveBackAt: b.driveBackAt + byMs }),
  }
}
