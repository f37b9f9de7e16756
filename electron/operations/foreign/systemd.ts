import { OperationStopped } from '../types.ts'
import type { SystemdTarget } from './data.ts'
import { saidBy, type ForeignManagers, type Ran } from './managers.ts'

/** A unit as its manager has it. */
export interface UnitState {
  /** Its own name, when `unit` is another one of it. */
  readonly id: string
  /** loaded, not-found, masked, bad-setting, error */
  readonly load: string
  /** active, activating, inactive, failed … */
  readonly active: string
  /** enabled, disabled, static, linked, masked …; '' for none. */
  readonly file: string
  readonly mainPid: number
  readonly killMode: string
  readonly fragment: string
  /** Units that start it when they are started. */
  readonly wantedBy: readonly string[]
  /** Timers, sockets and paths that start it. */
  readonly triggeredBy: readonly string[]
}

const PULLS = ['WantedBy', 'RequiredBy', 'RequisiteOf', 'BoundBy', 'UpheldBy'] as const
const PROPERTIES = ['Id', 'LoadState', 'ActiveState', 'UnitFileState', 'MainPID', 'KillMode', 'FragmentPath', 'TriggeredBy', ...PULLS]
const QUICK_MS = 30_000

export type SystemdManager = SystemdTarget['manager']

/** `systemctl [--user] …`, never waiting for a password. */
export const systemctl = (managers: ForeignManagers, manager: SystemdManager, args: readonly string[], withinMs = QUICK_MS): Promise<Ran> =>
  managers.run({
    program: 'systemctl',
    args: [...(manager === 'user' ? ['--user'] : []), '--no-ask-password', '--no-pager', ...args],
    withinMs,
  })

function parseShow(text: string): UnitState {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const))
  const field = (name: string): string => fields.get(name)?.trim() ?? ''
  const list = (name: string): string[] =>
    field(name)
      .split(' ')
      .filter((one) => one !== '')
  return {
    id: field('Id'),
    load: field('LoadState'),
    active: field('ActiveState'),
    file: field('UnitFileState'),
    mainPid: Number(field('MainPID')) || 0,
    killMode: field('KillMode'),
    fragment: field('FragmentPath'),
    wantedBy: [...new Set(PULLS.flatMap(list))].toSorted(),
    triggeredBy: list('TriggeredBy').toSorted(),
  }
}

/** @returns undefined when the manager does not answer; a unit that is not there is a state */
export async function showUnit(managers: ForeignManagers, manager: SystemdManager, unit: string): Promise<UnitState | undefined> {
  const ran = await systemctl(managers, manager, ['show', ...PROPERTIES.map((name) => `--property=${name}`), '--', unit])
  return ran.code === 0 && ran.stdout.includes('LoadState=') ? parseShow(ran.stdout) : undefined
}

export const managerName = (manager: SystemdManager): string => (manager === 'user' ? 'your user’s systemd' : 'the system’s systemd')

/** The state, or a stop: without it nothing is known. */
export async function unitState(managers: ForeignManagers, manager: SystemdManager, unit: string): Promise<UnitState> {
  const state = await showUnit(managers, manager, unit)
  if (state === undefined)
    throw new OperationStopped(
      'foreign/manager-unreachable',
      `${managerName(manager)} does not answer, so it is not known what becomes of ${unit}. When it answers (systemctl${manager === 'user' ? ' --user' : ''} status), finish it or roll it back`,
    )
  return state
}

export const isEnabled = ({ file }: Pick<UnitState, 'file'>): boolean => file === 'enabled' || file === 'enabled-runtime'
export const isMasked = ({ file, load }: Pick<UnitState, 'file' | 'load'>): boolean => file.startsWith('masked') || load === 'masked'
/** Also between two tries of `Restart=`: it would be started again. */
export const isUp = ({ active }: Pick<UnitState, 'active'>): boolean => !['inactive', 'failed', ''].includes(active)

/** The unit's [Install] names, as its files say; specifiers are not filled. */
export async function installOf(
  managers: ForeignManagers,
  manager: SystemdManager,
  unit: string,
): Promise<{ readonly wantedBy: readonly string[]; readonly also: readonly string[] }> {
  const { code, stdout } = await systemctl(managers, manager, ['cat', '--', unit])
  if (code !== 0) return { wantedBy: [], also: [] }
  const named = (key: RegExp): string[] =>
    stdout.split('\n').flatMap(
      (line) =>
        key
          .exec(line.trim())?.[1]
          ?.split(/\s+/)
          .filter((one) => one !== '') ?? [],
    )
  return { wantedBy: named(/^(?:WantedBy|RequiredBy|UpheldBy)\s*=\s*(.*)$/), also: named(/^Also\s*=\s*(.*)$/) }
}

/** The command, or a stop with what systemd said. */
export async function mustSystemctl(
  managers: ForeignManagers,
  { manager, unit }: Pick<SystemdTarget, 'manager' | 'unit'>,
  args: readonly string[],
): Promise<void> {
  const ran = await systemctl(managers, manager, args)
  if (ran.code === 0) return
  throw new OperationStopped(
    'foreign/manager-refused',
    `${managerName(manager)} did not do “${args.join(' ')}” for ${unit}: ${saidBy(ran)}. Mend that, then finish it or roll it back`,
  )
}

/** The same in a terminal, for the user. */
export const asTyped = (manager: SystemdManager, args: readonly string[]): string =>
  `${manager === 'user' ? 'systemctl --user' : 'sudo systemctl'} ${args.map(quoted).join(' ')}`

const quoted = (word: string): string => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
