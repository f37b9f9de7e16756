import { OperationStopped } from '../types.ts'
import type { ProveDownData, SystemdTarget, Target } from './data.ts'
import { containerState } from './docker.ts'
import { until, type ForeignManagers } from './managers.ts'
import { needsUser } from './rule-systemd.ts'
import { isEnabled, isMasked, isUp, managerName, mustSystemctl, showUnit, unitState, type SystemdManager } from './systemd.ts'
import { userName, usersOf } from './users.ts'

const LOOK_MS = 1_000
/** A manager that executes itself anew does not answer meanwhile. */
const BACK_WITHIN_MS = 60_000

const comesBack = (what: string, why: string): OperationStopped =>
  new OperationStopped(
    'foreign/comes-back',
    `${what} does not stay down: ${why}. Nothing of ours is started, so that nothing runs twice. Find out what starts it and switch that off, then finish it or roll it back`,
  )

/** The manager executes itself anew and reads all its files again; what runs goes on. @returns what was done, for the evidence */
async function restartManager(manager: SystemdManager, targets: readonly SystemdTarget[], managers: ForeignManagers): Promise<string> {
  const [first] = targets
  if (first === undefined) return ''
  if (needsUser(first, managers))
    return `${managerName(manager)} was not executed anew, because that needs root: its links say that it does not start ${units(targets)}`
  // It may drop the connection before it answers: what counts is that it is back.
  await mustSystemctl(managers, first, ['daemon-reload'])
  await managers.run({ program: 'systemctl', args: [...(manager === 'user' ? ['--user'] : []), 'daemon-reexec'], withinMs: BACK_WITHIN_MS })
  const back = { withinMs: BACK_WITHIN_MS, everyMs: LOOK_MS }
  await until(managers, back, async () => (await showUnit(managers, manager, first.unit)) !== undefined)
  return `${managerName(manager)} was executed anew and has left ${units(targets)} alone`
}

const units = (targets: readonly SystemdTarget[]): string => targets.map(({ unit }) => unit).join(', ')

async function checkTarget(target: Target, managers: ForeignManagers): Promise<void> {
  if (target.is === 'systemd') {
    const state = await unitState(managers, target.manager, target.unit)
    if (isEnabled(state)) throw comesBack(target.unit, 'it is enabled again')
    if (isUp(state)) throw comesBack(target.unit, `it is ${state.active}`)
    const pulls = isMasked(state) ? [] : [...state.wantedBy, ...state.triggeredBy]
    if (pulls.length > 0) throw comesBack(target.unit, `${pulls.join(', ')} starts it`)
  }
  if (target.is === 'docker') {
    const state = await containerState(managers, target.container, target.name)
    if (state?.isRunning === true) throw comesBack(`The container ${target.name}`, 'it runs again')
    if (state !== undefined && state.policy !== 'no')
      throw comesBack(`The container ${target.name}`, `its restart policy is ${state.policy} again`)
  }
}

async function checkFolders({ folders, adopted, smapp }: ProveDownData, managers: ForeignManagers): Promise<void> {
  const users = await usersOf(managers, { folders, smapp, but: adopted, withOurs: false })
  if (users.length > 0) throw comesBack(users.map(userName).join(' and '), 'it was started again')
}

/** @returns what was done, for the user: not every manager can be restarted by us */
export async function proveDown(data: ProveDownData, managers: ForeignManagers): Promise<string> {
  const { targets, watchMs } = data
  const said: string[] = []
  for (const manager of ['system', 'user'] as const) {
    const own = targets.filter((target) => target.is === 'systemd').filter((target) => target.manager === manager)
    const told = await restartManager(manager, own, managers)
    if (told !== '') said.push(told)
  }
  const named = targets.filter((target) => target.is === 'docker').map(({ name }) => name)
  if (named.length > 0)
    said.push(`docker was not restarted: the restart policy of ${named.join(', ')} is no, so a restart does not start it`)
  if (targets.some(({ is }) => is === 'program' || is === 'script')) said.push('no manager is known that could be restarted')
  if (data.smapp) said.push('Smapp was not started for a trial: its settings say that it starts no node and no smeshing by itself')
  await until(managers, { withinMs: watchMs, everyMs: LOOK_MS }, async () => {
    for (const target of targets) await checkTarget(target, managers)
    await checkFolders(data, managers)
    return false
  })
  return `${said.join('; ')}; watched for ${Math.round(watchMs / 1000)} s: nothing came back`
}
