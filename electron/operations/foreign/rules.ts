import { OperationStopped, type StepRule, type StepTools } from '../types.ts'
import {
  goneSchema,
  proveDownSchema,
  reloadSchema,
  rememberSchema,
  startUnitSchema,
  stopSchema,
  type GoneData,
  type ProveDownData,
  type ReloadData,
  type RememberData,
  type StartUnitData,
  type StopData,
  type SystemdTarget,
  type Target,
} from './data.ts'
import { containerState } from './docker.ts'
import { settle, until, type ForeignManagers } from './managers.ts'
import { isRemembered, remember } from './remembered.ts'
import { putBackDocker, putBackProcess, stopDocker, stopProcess } from './rule-others.ts'
import { proveDown } from './rule-prove.ts'
import { putBack, start, takeOut } from './rule-systemd.ts'
import { asTyped, isEnabled, isUp, mustSystemctl, showUnit, unitState } from './systemd.ts'
import { stillUsed, usersOf } from './users.ts'

const LOOK_MS = 1_000

const userUnit = (unit: string): SystemdTarget => ({ is: 'systemd', manager: 'user', unit, leavesProgram: false })

/** Waits until nobody uses the folders. @throws OperationStopped with who does */
async function waitUntilGone(
  {
    folders,
    smapp,
    withOurs,
    patienceMs,
    but = [],
    butOf = [],
  }: Omit<GoneData, 'is' | 'unit'> & { readonly but?: readonly number[]; readonly butOf?: readonly Target[] },
  { managers, tools, what }: { readonly managers: ForeignManagers; readonly tools: StepTools; readonly what: string },
): Promise<void> {
  const users = (): ReturnType<typeof usersOf> => usersOf(managers, { folders, smapp, but, butOf, withOurs })
  const look = { withinMs: patienceMs, everyMs: LOOK_MS, signal: tools.signal }
  if (await until(managers, look, async () => (await users()).length === 0)) return
  throw stillUsed(await users(), what)
}

/** @see beforeOf: a step that finds nothing written down changes nothing */
const rememberRule = (managers: ForeignManagers): StepRule<RememberData> => ({
  schema: rememberSchema,
  apply: ({ targets }, tools) => remember(targets, managers, tools),
  isDone: (_data, tools) => isRemembered(tools),
  undo: () => undefined,
})

/** Nothing of an earlier try is on its way to this manager. */
const quiet = (target: Target, managers: ForeignManagers): Promise<void> =>
  target.is === 'systemd'
    ? settle(managers, 'systemctl', target.unit)
    : target.is === 'docker'
      ? settle(managers, 'docker', target.container)
      : Promise.resolve()

function stopRule(managers: ForeignManagers): StepRule<StopData> {
  return {
    schema: stopSchema,
    async apply(data, tools) {
      const { target } = data
      await quiet(target, managers)
      if (target.is === 'systemd') return takeOut({ ...data, target }, managers, tools)
      if (target.is === 'docker') return stopDocker({ ...data, target }, managers, tools)
      return stopProcess({ ...data, target }, managers, tools)
    },
    // What somebody switched on again meanwhile is switched off by doing it once more.
    isDone: () => false,
    async undo(data, tools) {
      if (!isRemembered(tools)) return 'nothing was changed'
      const { target } = data
      await quiet(target, managers)
      if (target.is === 'systemd') return putBack({ ...data, target }, managers, tools)
      if (target.is === 'docker') return putBackDocker({ ...data, target }, managers, tools)
      return putBackProcess({ ...data, target }, managers, tools)
    },
    async obstacle({ target }) {
      if (target.is === 'docker' && (await containerState(managers, target.container, target.name)) === undefined)
        return `the container ${target.name} was removed since`
      return undefined
    },
  }
}

const proveRule = (managers: ForeignManagers): StepRule<ProveDownData> => ({
  schema: proveDownSchema,
  apply: (data) => proveDown(data, managers),
  isDone: () => false,
  // From here back the others are started: what we started on these folders must be gone.
  async undo({ folders, smapp, patienceMs, adopted, targets }, tools) {
    const context = { managers, tools, what: 'nothing of before is started again' }
    await waitUntilGone({ folders, smapp, withOurs: true, patienceMs, but: adopted, butOf: targets }, context)
    return undefined
  },
})

const goneRule = (managers: ForeignManagers): StepRule<GoneData> => ({
  schema: goneSchema,
  async apply(data, tools) {
    const butOf = data.unit === undefined ? [] : [userUnit(data.unit)]
    await waitUntilGone({ ...data, butOf }, { managers, tools, what: 'it does not go on' })
    return 'nobody uses its folder'
  },
  isDone: () => false,
  undo: () => undefined,
})

const reloadRule = (managers: ForeignManagers): StepRule<ReloadData> => ({
  schema: reloadSchema,
  async apply({ unit }) {
    await unitState(managers, 'user', unit)
    return undefined
  },
  isDone: () => true,
  async undo({ unit }) {
    await mustSystemctl(managers, { manager: 'user', unit }, ['daemon-reload'])
    return undefined
  },
})

function startUnitRule(managers: ForeignManagers): StepRule<StartUnitData> {
  return {
    schema: startUnitSchema,
    async apply({ unit, folder, patienceMs }) {
      const target = { manager: 'user', unit } as const
      await settle(managers, 'systemctl', unit)
      await mustSystemctl(managers, target, ['daemon-reload'])
      const strangers = await usersOf(managers, {
        folders: [folder],
        butOf: [userUnit(unit)],
        withOurs: true,
      })
      if (strangers.length > 0) throw stillUsed(strangers, `${unit} is not started`)
      await mustSystemctl(managers, target, ['enable', '--', unit])
      await start(managers, target, patienceMs)
      const { mainPid } = await unitState(managers, 'user', unit)
      return `${unit}: enabled, running as process ${mainPid}`
    },
    async isDone({ unit }) {
      const state = await showUnit(managers, 'user', unit)
      return state !== undefined && isEnabled(state) && isUp(state)
    },
    async undo({ unit, patienceMs }) {
      const target = { manager: 'user', unit } as const
      await settle(managers, 'systemctl', unit)
      const state = await unitState(managers, 'user', unit)
      if (isEnabled(state)) await mustSystemctl(managers, target, ['disable', '--', unit])
      if (!isUp(state)) return undefined
      await mustSystemctl(managers, target, ['stop', '--no-block', '--', unit])
      const look = { withinMs: patienceMs, everyMs: LOOK_MS }
      if (await until(managers, look, async () => !isUp(await unitState(managers, 'user', unit)))) return `${unit} is stopped and disabled`
      throw new OperationStopped(
        'foreign/not-stopped',
        `${unit} has not stopped yet: look with ${asTyped('user', ['status', unit])}, then roll back again`,
      )
    },
  }
}

export interface ForeignRules {
  readonly 'foreign-remember': StepRule<RememberData>
  readonly 'foreign-stop': StepRule<StopData>
  readonly 'foreign-prove-down': StepRule<ProveDownData>
  readonly 'foreign-gone': StepRule<GoneData>
  readonly 'foreign-reload': StepRule<ReloadData>
  readonly 'foreign-start-unit': StepRule<StartUnitData>
}

/** Steps of take-over and hand-over, on these managers. */
export const foreignRules = (managers: ForeignManagers): ForeignRules => ({
  'foreign-remember': rememberRule(managers),
  'foreign-stop': stopRule(managers),
  'foreign-prove-down': proveRule(managers),
  'foreign-gone': goneRule(managers),
  'foreign-reload': reloadRule(managers),
  'foreign-start-unit': startUnitRule(managers),
})
