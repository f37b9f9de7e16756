import path from 'node:path'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { UnixMs } from '../../../shared/domain/ids.ts'
import type { OperationPlan, PlanCheck, PlanNode, PlanRisk, PlanStep } from '../../../shared/domain/operation.ts'
import type { SafeWindow } from '../../../shared/domain/safe-window.ts'
import type { InteropFiles } from '../../interop/index.ts'
import type { ProcessPlan } from '../../programs/index.ts'
import type { WriteFile } from '../steps/data.ts'
import type { Draft, StepData } from '../types.ts'
import type { GoneData, ReloadData, StartUnitData } from './data.ts'
import { refused } from './found-targets.ts'
import type { ForeignManagers } from './managers.ts'
import { showUnit } from './systemd.ts'
import { isUnusable, unitText } from './unit-text.ts'
import { windowCheck } from './window.ts'

export interface HandOverInput {
  readonly id: string
  readonly now: UnixMs
  readonly managers: ForeignManagers
  readonly files: InteropFiles
  /** `~/.config/systemd/user` */
  readonly unitFolder: string
  readonly userName: string
  /** Exactly what Smeshkeeper runs. */
  readonly program: ProcessPlan
  /** Its data or PoS folder. */
  readonly folder: string
  readonly node: PlanNode
  /** Our set-up with systemd as its owner. */
  readonly setUp: WriteFile
  readonly window: SafeWindow
}

/** Name of the unit that a node or a service gets. */
export const handedUnit = (what: string): string =>
  what === 'node' ? 'spacemesh-node.service' : `spacemesh-post-${what.slice(0, 8)}.service`

async function refusalsOf(unit: string, { managers, files, unitFolder, program, folder }: HandOverInput): Promise<readonly Fault[]> {
  const state = managers.hasSystemd ? await showUnit(managers, 'user', unit) : undefined
  if (state === undefined)
    return [
      refused(
        'foreign/manager-unreachable',
        'Your user’s systemd does not answer, so there is nothing to hand over to. Log in to your desktop, or “loginctl enable-linger” for a server, then plan again',
      ),
    ]
  const file = path.join(unitFolder, unit)
  const there = files.facts(file) !== undefined ? file : state.load === 'not-found' ? undefined : state.fragment
  const bad = [program.file, program.cwd, program.logFile, folder].find(isUnusable)
  return [
    ...(there === undefined
      ? []
      : [
          refused(
            'foreign/unit-exists',
            `${unit} is there already (${there}), and nothing is written over. Remove or rename it, then plan again`,
          ),
        ]),
    ...(bad === undefined
      ? []
      : [
          refused(
            'foreign/path-unusable',
            `A unit cannot name ${JSON.stringify(bad)}: a line break, or a space or backslash at its end. Rename it, then plan again`,
          ),
        ]),
  ]
}

/** A user's systemd ends with the last log-out, unless it lingers. */
async function lingering({ managers, userName }: HandOverInput): Promise<PlanCheck | PlanRisk> {
  const ran = await managers.run({ program: 'loginctl', args: ['show-user', userName, '--property=Linger', '--value'], withinMs: 20_000 })
  if (ran.code === 0 && ran.stdout.trim() === 'yes')
    return { is: 'pass', text: 'It starts at boot and goes on after a log-out (lingering is on)' }
  return {
    grade: 'cost',
    text: `It starts when you log in and ends when you log out, unless lingering is on: loginctl enable-linger ${userName}`,
  }
}

const PATIENCE_MS = 2 * 60_000

/** Plans to give a node or service of ours to the user's systemd. Only reads. */
export async function planHandOver(request: { readonly what: string }, input: HandOverInput): Promise<Draft> {
  const { program, folder, node, unitFolder } = input
  const unit = handedUnit(request.what)
  const refusals = await refusalsOf(unit, input)
  const linger = await lingering(input)
  const file = path.join(unitFolder, unit)
  const patienceMs = program.policy.stopWaitMs + PATIENCE_MS
  const write: WriteFile = {
    is: 'write-file',
    file,
    before: null,
    keep: 'unit.before',
    text: unitText({ description: `Spacemesh: ${node.name}`, program }),
    mode: 0o644,
  }
  const reload: ReloadData = { is: 'foreign-reload', unit }
  const gone: GoneData = { is: 'foreign-gone', folders: [folder], smapp: false, withOurs: true, unit, patienceMs }
  const startUnit: StartUnitData = { is: 'foreign-start-unit', unit, folder, patienceMs }
  const all: readonly (readonly [StepData, PlanStep])[] = [
    [reload, { title: 'See that systemd answers', detail: 'Nothing is changed', estimateMs: 100 }],
    [write, { title: `Write ${file}`, detail: 'The same command line that Smeshkeeper runs', estimateMs: 100 }],
    [input.setUp, { title: 'Make systemd its owner', detail: 'From here on Smeshkeeper watches it and starts nothing', estimateMs: 100 }],
    [gone, { title: 'Wait until ours is down', detail: 'Nobody uses its folder', estimateMs: 10_000 }],
    [
      startUnit,
      {
        title: `Enable and start ${unit}`,
        detail: 'systemctl --user daemon-reload, enable, start; then it is looked at',
        estimateMs: 5_000,
      },
    ],
  ]
  const steps = refusals.length > 0 ? [] : all
  const plan: OperationPlan = {
    id: input.id,
    kind: 'hand-over',
    title: `Hand over ${node.name} to systemd: ${unit}`,
    madeAt: input.now,
    before: [{ ...node, note: 'started by Smeshkeeper' }],
    after: [{ ...node, note: `started by ${unit} of your user` }],
    steps: steps.map(([, step]) => step),
    risks: [
      ...(input.window.is === 'wait' ? [{ grade: 'cost' as const, text: `It is stopped and started: ${input.window.why}` }] : []),
      ...('grade' in linger ? [linger] : []),
      { grade: 'note', text: 'Smeshkeeper then only watches it: it neither schedules it nor restarts it after a failed proof' },
    ],
    checks: [windowCheck(input.window), ...('is' in linger ? [linger] : [])],
    tables: [],
    refusals,
    asks: [],
    stops: [request.what === 'node' ? 'the node' : `the service on ${folder}`],
    needs: { bytes: 64 * 1024, ms: steps.reduce((sum, [, { estimateMs }]) => sum + estimateMs, 0) },
    undo: `At any time: ${unit} is stopped, disabled and removed while its file is as it was written, and Smeshkeeper owns it again.`,
  }
  return { plan, steps: steps.map(([data]) => data), touches: [] }
}
