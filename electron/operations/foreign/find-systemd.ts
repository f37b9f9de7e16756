import type { FoundSetup } from '../../../shared/domain/inventory.ts'
import { NOTHING_FOUND, refusal, type FoundTargets, type TargetSearch } from './found-targets.ts'
import type { SystemdTarget } from './data.ts'
import type { ForeignManagers } from './managers.ts'
import { commandsToStop, needsUser } from './rule-systemd.ts'
import { asTyped, installOf, isEnabled, isMasked, isUp, managerName, showUnit, type SystemdManager, type UnitState } from './systemd.ts'

const OF_USER = ' (of the user)'

interface Named {
  readonly unit: string
  /** Only one of them, when the label says which. */
  readonly managers: readonly SystemdManager[]
}

/** The unit of a set-up: a unit's file says whose it is, a process alone does not. */
function namedUnit({ kind, label, node, services }: FoundSetup): Named | undefined {
  if (kind === 'systemd') {
    const unit = node?.unit ?? services[0]?.unit ?? label.replace(OF_USER, '')
    return { unit, managers: [label.endsWith(OF_USER) ? 'user' : 'system'] }
  }
  const unit = /\(([^()]+\.service)\)$/.exec(label)?.[1]
  return unit === undefined ? undefined : { unit, managers: ['user', 'system'] }
}

interface Shown {
  readonly manager: SystemdManager
  readonly state: UnitState
}

/** The manager that has it; of two the one that runs it. */
async function shownUnit({ unit, managers: asked }: Named, managers: ForeignManagers): Promise<readonly Shown[]> {
  const shown: Shown[] = []
  for (const manager of asked) {
    const state = await showUnit(managers, manager, unit)
    if (state !== undefined) shown.push({ manager, state })
  }
  return shown.toSorted((a, b) => Number(isUp(b.state)) - Number(isUp(a.state)))
}

/** Whether and how a unit can be taken out of its manager's hands. */
export async function findSystemd({ setup, managers, canAdopt }: TargetSearch): Promise<FoundTargets> {
  const named = namedUnit(setup)
  if (named === undefined) return refusal('foreign/unknown', `Which unit starts ${setup.label} is not known. Search the machine again`)
  const { unit } = named
  if (unit.endsWith('@.service'))
    return refusal(
      'foreign/template',
      `${unit} is a template: it runs nothing itself. Choose one of its instances, such as ${unit.replace('@.', '@NAME.')}`,
    )
  const shown = await shownUnit(named, managers)
  const [first] = shown.filter(({ state }) => state.load !== 'not-found')
  const [asked = 'system'] = named.managers
  if (shown.length === 0) {
    const how =
      asked === 'user' ? 'Log in to your desktop, or “loginctl enable-linger” for a server' : 'See whether this system runs systemd at all'
    return refusal(
      'foreign/manager-unreachable',
      `${managerName(asked)} does not answer, so ${unit} cannot be disabled and nothing is known to stay down. ${how}, then plan again`,
    )
  }
  if (first === undefined)
    return refusal('foreign/not-found', `${managerName(asked)} has no unit ${unit} any more. Search the machine again`)
  return unitTargets(first, { setup, managers, canAdopt })
}

async function unitTargets({ manager, state }: Shown, { managers, canAdopt }: Omit<TargetSearch, 'processes'>): Promise<FoundTargets> {
  const unit = state.id
  const stuck = whyNotDisabled(unit, manager, state)
  if (stuck !== undefined) return refusal('foreign/cannot-disable', stuck)
  const { wantedBy, also } = await installOf(managers, manager, unit)
  // Links of its own [Install] go with `disable`, those that a package brought are hidden by `mask`; what another unit's file says stays.
  const goes = (name: string): boolean => (isEnabled(state) && wantedBy.includes(name)) || (name.endsWith('.target') && canBeMasked(state))
  const others = isMasked(state) ? [] : state.wantedBy.filter((name) => !goes(name))
  const first = state.triggeredBy[0] ?? others[0]
  if (first !== undefined) {
    const isTrigger = state.triggeredBy.length > 0
    const all = [...state.triggeredBy, ...others].join(', ')
    return refusal(
      'foreign/started-by-others',
      `${unit} is started by ${all} as well, so disabling ${unit} does not keep it down. ` +
        `${isTrigger ? `Type ${asTyped(manager, ['disable', '--now', first])}` : `Take ${unit} out of Wants= or Requires= of ${first}`}, then plan again`,
    )
  }
  const target: SystemdTarget = { is: 'systemd', manager, unit, leavesProgram: canAdopt && state.killMode === 'none' && isUp(state) }
  const commands = needsUser(target, managers) ? commandsToStop(target, state) : []
  return {
    ...NOTHING_FOUND,
    targets: [target],
    commands,
    checks: [
      { is: 'pass', text: `${unit}: ${state.file === '' ? 'no unit file' : state.file}, ${state.active}; nothing else starts it` },
      ...(also.length === 0
        ? []
        : [{ is: 'warn' as const, text: `${also.join(', ')} is disabled and enabled together with ${unit} (Also=)` }]),
    ],
  }
}

/** `mask` makes a link of the unit's name, where a file of the user or administrator would be in its way. */
const canBeMasked = ({ fragment }: UnitState): boolean => !/\/(etc\/systemd\/system|\.config\/systemd\/user)\/[^/]+$/.test(fragment)

function whyNotDisabled(unit: string, manager: SystemdManager, { file, load, fragment }: UnitState): string | undefined {
  if (load === 'error' || load === 'bad-setting')
    return `${managerName(manager)} does not understand ${fragment}, so it is not known what starts it. Mend it (systemd-analyze verify ${fragment}), then plan again`
  switch (file) {
    case 'transient':
      return `${unit} was started by hand with systemd-run and has no file: it could not be started again by an undo. Stop it yourself with ${asTyped(manager, ['stop', unit])}, then bring its folder in`
    case 'generated':
      return `${unit} is made anew at every start by a generator (${fragment}), so disabling it does not last. Remove what it is made from (a quadlet, an init script), then plan again`
    case 'bad':
      return `${managerName(manager)} cannot say whether ${unit} is enabled. Mend ${fragment}, then plan again`
    default:
      return undefined
  }
}
