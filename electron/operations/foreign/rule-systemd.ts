import { OperationStopped, type StepTools } from '../types.ts'
import type { StopData, SystemdTarget } from './data.ts'
import { until, type ForeignManagers } from './managers.ts'
import { beforeOf, type SystemdBefore } from './remembered.ts'
import { asTyped, isEnabled, isMasked, isUp, managerName, mustSystemctl, systemctl, unitState, type UnitState } from './systemd.ts'
import { stillUsed, usersOf } from './users.ts'

const LOOK_MS = 500
/** How often a unit is looked at that only the user can change. */
const LOOK_FOR_USER_MS = 2_000

/** The system's units are root's to change. */
export const needsUser = ({ manager }: SystemdTarget, { isRoot }: ForeignManagers): boolean => manager === 'system' && !isRoot

/** It is enabled, or something that its manager starts wants it. */
const isWanted = (state: UnitState): boolean => !isMasked(state) && (isEnabled(state) || state.wantedBy.length > 0)

const isOut = (state: UnitState): boolean => !isWanted(state) && !isUp(state)

/** Waits until the user has done it. */
async function waitForUser(
  managers: ForeignManagers,
  {
    target,
    patienceMs,
    commands,
  }: { readonly target: SystemdTarget; readonly patienceMs: number; readonly commands: (state: UnitState) => readonly string[] },
  { tools, is }: { readonly tools: StepTools; readonly is: (state: UnitState) => boolean },
): Promise<void> {
  const look = { withinMs: patienceMs, everyMs: LOOK_FOR_USER_MS, signal: tools.signal }
  if (await until(managers, look, async () => is(await unitState(managers, target.manager, target.unit)))) return
  if (tools.signal.aborted) throw new OperationStopped('operation/cancelled', 'It was cancelled: finish it or roll it back.')
  const state = await unitState(managers, target.manager, target.unit)
  throw new OperationStopped(
    'foreign/command-needed',
    `${target.unit} belongs to the system, and only root may change it. Type in a terminal: ${commands(state).join(' && ')} – then go on here`,
  )
}

/** Takes its links away; where those of a package stay, an empty unit of ours hides it. */
async function keepFromStarting(managers: ForeignManagers, target: SystemdTarget): Promise<'nothing' | 'disabled' | 'masked'> {
  const { manager, unit } = target
  const look = (): Promise<UnitState> => unitState(managers, manager, unit)
  const state = await look()
  if (!isWanted(state)) return isMasked(state) ? 'masked' : 'nothing'
  if (isEnabled(state))
    await mustSystemctl(managers, target, ['disable', ...(state.file === 'enabled-runtime' ? ['--runtime'] : []), '--', unit])
  if (!isWanted(await look())) return 'disabled'
  // Enabled for all users, or by its package: what is not ours to take away is hidden.
  await mustSystemctl(managers, target, ['mask', '--', unit])
  if (!isWanted(await look())) return 'masked'
  throw new OperationStopped(
    'foreign/not-disabled',
    `${unit} is still started by itself although ${managerName(manager)} disabled it. See what starts it (${asTyped(manager, ['status', unit])}), mend that, then finish it or roll it back`,
  )
}

/** What the user types for it, from how it is now. */
export const commandsToStop = ({ manager, unit }: SystemdTarget, state: UnitState): readonly string[] => {
  if (isEnabled(state)) return [asTyped(manager, ['disable', '--now', unit])]
  return [isWanted(state) ? asTyped(manager, ['mask', '--now', unit]) : asTyped(manager, ['stop', unit])]
}

export async function takeOut(
  data: StopData & { readonly target: SystemdTarget },
  managers: ForeignManagers,
  tools: StepTools,
): Promise<string> {
  const { target, patienceMs } = data
  const { manager, unit } = target
  const before = beforeOf(target, 'systemd', tools)
  if (needsUser(target, managers)) {
    const wait = { target, patienceMs, commands: (state: UnitState) => commandsToStop(target, state) }
    await waitForUser(managers, wait, { tools, is: isOut })
    await freeFolders(data, managers)
    return `${unit} was taken out by you: ${words(await unitState(managers, manager, unit))}`
  }
  const kept = await keepFromStarting(managers, target)
  if (isUp(await unitState(managers, manager, unit))) {
    await mustSystemctl(managers, target, ['stop', '--no-block', '--', unit])
    const isDown = await until(
      managers,
      { withinMs: patienceMs, everyMs: LOOK_MS },
      async () => !isUp(await unitState(managers, manager, unit)),
    )
    if (!isDown)
      throw new OperationStopped(
        'foreign/not-stopped',
        `${unit} has not stopped yet. It may still be writing: look with ${asTyped(manager, ['status', unit])}, then finish it or roll it back`,
      )
  }
  await freeFolders(data, managers)
  const how = kept === 'nothing' ? `it starts nothing by itself (${before.file})` : kept
  return `${unit}: ${how}, ${words(await unitState(managers, manager, unit))}`
}

const words = (state: UnitState): string =>
  `${state.file === '' ? 'no unit file' : state.file}, ${state.active === '' ? 'inactive' : state.active}`

async function freeFolders({ target, folders }: StopData & { readonly target: SystemdTarget }, managers: ForeignManagers): Promise<void> {
  if (target.leavesProgram) return
  const users = await usersOf(managers, { folders, withOurs: false })
  if (users.length > 0) throw stillUsed(users, 'the take-over does not go on')
}

/** Commands that put it back by hand. */
function commandsToPutBack({ manager, unit }: SystemdTarget, before: SystemdBefore, now: UnitState): readonly string[] {
  return [
    ...(isMasked(now) && !before.isMasked ? [asTyped(manager, ['unmask', unit])] : []),
    ...(isEnabled(before) ? [asTyped(manager, ['enable', ...runtime(before), before.linkedFrom ?? unit])] : []),
    ...(before.isUp ? [asTyped(manager, ['start', unit])] : []),
  ]
}

const runtime = ({ file }: SystemdBefore): readonly string[] => (file === 'enabled-runtime' ? ['--runtime'] : [])

/** One that is being stopped is up, but not for long. */
const goesOn = (state: UnitState): boolean => isUp(state) && state.active !== 'deactivating'

const isBack = (state: UnitState, before: SystemdBefore): boolean =>
  isEnabled(state) === isEnabled(before) && isMasked(state) === before.isMasked && (goesOn(state) || !before.isUp)

export async function putBack(
  data: StopData & { readonly target: SystemdTarget },
  managers: ForeignManagers,
  tools: StepTools,
): Promise<string> {
  const { target, folders, patienceMs } = data
  const { manager, unit } = target
  const before = beforeOf(target, 'systemd', tools)
  const state = await unitState(managers, manager, unit)
  if (isBack(state, before)) return `${unit} is as before: ${words(state)}`
  const strangers = await usersOf(managers, { folders, butOf: [target], withOurs: true })
  const isLeft = target.leavesProgram && strangers.length > 0
  if (before.isUp && strangers.length > 0 && !isLeft) throw stillUsed(strangers, `${unit} is not started again`)
  if (needsUser(target, managers)) {
    const wait = { target, patienceMs, commands: (now: UnitState) => commandsToPutBack(target, before, now) }
    await waitForUser(managers, wait, { tools, is: (now) => isBack(now, before) })
    return `${unit} was put back by you`
  }
  if (isMasked(state) && !before.isMasked) await mustSystemctl(managers, target, ['unmask', '--', unit])
  if (isEnabled(before) && !isEnabled(await unitState(managers, manager, unit)))
    await mustSystemctl(managers, target, ['enable', ...runtime(before), '--', before.linkedFrom ?? unit])
  if (isLeft) return `${unit} is enabled again; its program goes on as it is, and the unit starts it the next time`
  if (before.isUp) await start(managers, target, patienceMs)
  const now = await unitState(managers, manager, unit)
  const missing = before.wantedBy.filter((name) => !now.wantedBy.includes(name))
  return `${unit} is as before: ${words(now)}${missing.length === 0 ? '' : `, but not started by ${missing.join(', ')} any more`}`
}

/** Starts it and waits until it is up. */
export async function start(managers: ForeignManagers, target: Pick<SystemdTarget, 'manager' | 'unit'>, patienceMs: number): Promise<void> {
  const { manager, unit } = target
  if ((await unitState(managers, manager, unit)).active === 'active') return
  await systemctl(managers, manager, ['reset-failed', '--', unit])
  await mustSystemctl(managers, target, ['start', '--no-block', '--', unit])
  const isStarted = await until(managers, { withinMs: patienceMs, everyMs: LOOK_MS }, async () => {
    const { active } = await unitState(managers, manager, unit)
    return active === 'active' || active === 'failed'
  })
  if (isStarted && (await unitState(managers, manager, unit)).active === 'active') return
  throw new OperationStopped(
    'foreign/not-started',
    `${unit} did not start. See why with ${asTyped(manager, ['status', unit])}, mend that, then go on`,
  )
}
