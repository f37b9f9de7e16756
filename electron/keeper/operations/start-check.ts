import { ok, fail, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { OperationView } from '../../../shared/domain/operation.ts'
import { figure } from '../../../shared/domain/words.ts'
import type { CustodyContext } from '../custody/context.ts'

const LOOK_MS = 500
/** Then what is missing is told as such; whoever asks again waits again. */
const PATIENCE_MS = 60_000

export interface StartCheck {
  readonly is: 'pass' | 'fail' | 'waiting'
  readonly text: string
}

/** PoET registrations of the node's database: how many it was given, and how many it has. */
export interface Registrations {
  readonly expected: number
  readonly now: () => Promise<number | undefined>
}

/** They go when an identity has published: fewer is no fault then. */
async function registered({ expected, now }: Registrations): Promise<readonly StartCheck[]> {
  if (expected === 0) return []
  const have = await now()
  if (have === undefined) return [{ is: 'waiting', text: 'Its database cannot be read now, so its PoET registrations were not counted.' }]
  if (have >= expected) return [{ is: 'pass', text: `All ${figure(expected)} PoET registrations are there.` }]
  return [
    {
      is: 'pass',
      text: `${figure(have)} of ${figure(expected)} PoET registrations are left: those that were used for a publication are gone.`,
    },
  ]
}

/** Starts our node after an operation and looks at what it makes of its keys. */
export async function startAndCheck(
  context: CustodyContext,
  operation: OperationView,
  registrations: Registrations = { expected: 0, now: () => Promise.resolve(undefined) },
): Promise<Result<{ readonly checks: readonly StartCheck[] }, 'operation/not-started'>> {
  const { clock } = context
  const session = context.session()
  const setup = context.setup()
  if (session === undefined && setup !== undefined)
    return fail('operation/not-started', 'Nothing is run here now: start the app, or `smeshkeeper run`, then say it again.')
  if (session === undefined || setup === undefined || setup.node.mode !== 'managed' || setup.node.owner !== 'smeshkeeper')
    return fail('operation/not-started', 'The node is not run by Smeshkeeper here: start it as you do, and look at Now.')
  const beganAt = clock.now()
  const saved = await context.editSetup((one) => (one.node.mode === 'managed' ? { ...one, node: { ...one.node, wanted: 'up' } } : one))
  if (!saved.ok) return fail('operation/not-started', saved.fault.detail)
  try {
    const started = await session.processes.start('node')
    if (!started.ok) return fail('operation/not-started', started.fault.detail)
  } catch (cause) {
    return fail('operation/not-started', textOf(cause))
  }
  const end = clock.monotonic() + PATIENCE_MS
  for (;;) {
    const checks = checksOf(context, operation, beganAt)
    const isOver = checks.every(({ is }) => is !== 'waiting') || clock.monotonic() > end
    if (isOver) return ok({ checks: [...checks, ...(await registered(registrations))] })
    await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve))
  }
}

function checksOf(context: CustodyContext, { expects = [] }: OperationView, since: number): readonly StartCheck[] {
  const session = context.session()
  const state = session?.processes.state('node')
  if (session === undefined || state === undefined || state.at === 'failed' || state.at === 'exited' || state.at === 'stopped')
    return [{ is: 'fail', text: 'The node did not stay up: its log says why (Logs).' }]
  const isReady = state.at === 'ready'
  const beliefs = expects.map((id) => session.world.identities.get(id as IdentityId))
  const listed = beliefs.filter((one) => one?.isListed?.value === true && one.isListed.at >= since).length
  const asked = beliefs.filter(
    (one) => one?.postState !== undefined && one.postState.at >= since && one.postState.value !== 'unknown',
  ).length
  const all = figure(expects.length)
  const counted = (have: number, pass: string, wait: string): StartCheck =>
    have === expects.length ? { is: 'pass', text: pass } : { is: 'waiting', text: wait }
  return [
    isReady ? { is: 'pass', text: 'The node is up.' } : { is: 'waiting', text: 'The node starts: this can take a quarter of an hour.' },
    counted(listed, `It lists all ${all} identities.`, `It lists ${figure(listed)} of ${all} identities.`),
    counted(asked, `It tells the state of all ${all}.`, `It tells the state of ${figure(asked)} of ${all}.`),
  ]
}
