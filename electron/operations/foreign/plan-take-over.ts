import path from 'node:path'
import { assertNever } from '../../../shared/domain/fault.ts'
import type { FoundSetup } from '../../../shared/domain/inventory.ts'
import type { OperationPlan, PlanRisk } from '../../../shared/domain/operation.ts'
import { PSM_CONFIG_NAME, type InteropFiles } from '../../interop/index.ts'
import { findContainerPsm, findDocker } from './find-docker.ts'
import { byItsOwner, findProgram, findScriptPsm, findSmapp, type FoundEdits } from './find-others.ts'
import { findSystemd } from './find-systemd.ts'
import { refusal, runningOf, type FoundTargets, type TargetSearch } from './found-targets.ts'
import type { TakeOverDraft, TakeOverInput } from './take-over-input.ts'
import { notPermitted, twoManagers } from './take-over-refusals.ts'
import { adoptable, stepsOf } from './take-over-steps.ts'
import { windowCheck } from './window.ts'

const MANAGER: Readonly<Record<FoundSetup['kind'], string>> = {
  systemd: 'systemd',
  compose: 'docker',
  psm: 'PSM',
  smapp: 'Smapp',
  process: 'whoever started it',
}

async function find(search: TargetSearch, files: InteropFiles): Promise<FoundEdits> {
  const { setup } = search
  const bare = (found: FoundTargets): FoundEdits => ({ ...found, edits: [] })
  switch (setup.kind) {
    case 'systemd':
      return bare(await findSystemd(search))
    case 'compose':
      return bare(await findDocker(search))
    case 'psm':
      return path.basename(setup.file) === PSM_CONFIG_NAME
        ? findScriptPsm(search, files)
        : bare(await findContainerPsm(search, path.dirname(setup.file)))
    case 'smapp':
      return findSmapp(search, files)
    case 'process':
      if (setup.owner === 'systemd') return bare(await findSystemd(search))
      if (setup.owner === 'docker') return bare(await findDocker(search))
      return bare(setup.owner === 'someone' ? findProgram(search) : byItsOwner(setup))
    default:
      return assertNever(setup.kind)
  }
}

/** The set-up of this label; a compose file may have two, its node's and that of services without one. */
function named(label: string, setups: readonly FoundSetup[]): FoundSetup | undefined {
  const same = setups.filter((one) => one.label === label)
  const first = same.find(({ node }) => node !== undefined) ?? same[0]
  if (first === undefined || same.length === 1) return first
  const ofFile = same.filter(({ file }) => file === first.file)
  return { ...first, services: ofFile.flatMap(({ services }) => services), isAutomatic: ofFile.some(({ isAutomatic }) => isAutomatic) }
}

const SUPERVISED: PlanRisk = {
  grade: 'cost',
  text: 'Its node smeshed by itself, with the one key local.key. Owned by Smeshkeeper it proves again when it is converted to services: do that right afterwards',
}

/** Plans to take a node or service out of another manager's hands into ours. Only reads. */
export async function planTakeOver(request: { readonly label: string }, input: TakeOverInput): Promise<TakeOverDraft> {
  const { setups, processes, managers, canAdopt, files } = input
  const setup = named(request.label, setups)
  if (setup === undefined)
    return drafted(request.label, {
      input,
      found: {
        ...refusal('foreign/unknown', `“${request.label}” was not found on this machine. Search it again, and choose from the list`),
        edits: [],
      },
    })
  if (setup.owner === 'smeshkeeper')
    return drafted(request.label, {
      input,
      setup,
      found: { ...refusal('foreign/ours', `${setup.label} is Smeshkeeper’s own already. Nothing is to be done`), edits: [] },
    })
  const search: TargetSearch = { setup, processes, managers, canAdopt }
  const found = await find(search, files)
  const second = twoManagers(setup, input)
  const refusals = [...found.refusals, ...(second === undefined ? [] : [second]), ...notPermitted(setup, input)]
  const risks = setup.node?.isSmeshing === true ? [SUPERVISED, ...found.risks] : found.risks
  return drafted(request.label, { input, setup, found: { ...found, refusals, risks }, search })
}

interface Parts {
  readonly input: TakeOverInput
  readonly found: FoundEdits
  readonly setup?: FoundSetup
  readonly search?: TargetSearch
}

function drafted(label: string, { input, found, setup, search }: Parts): TakeOverDraft {
  const isRefused = found.refusals.length > 0 || search === undefined || setup === undefined
  const adopts = isRefused ? [] : adoptable(found, search)
  const steps = isRefused ? [] : stepsOf(found, { search, input, adopts })
  const stopped = isRefused || adopts.length > 0 ? [] : runningOf(search)
  const manager = setup === undefined ? label : MANAGER[setup.kind]
  const plan: OperationPlan = {
    id: input.id,
    kind: 'take-over',
    title: `Take over ${input.node.name} from ${manager}: ${label}`,
    madeAt: input.now,
    before: [{ ...input.node, note: `started by ${label}` }],
    after: [
      { ...input.node, note: adopts.length > 0 ? 'owned by Smeshkeeper, adopted, not restarted' : 'owned and started by Smeshkeeper' },
    ],
    steps: steps.map(({ step }) => step),
    risks: [
      ...(stopped.length > 0 && input.window.is === 'wait'
        ? [{ grade: 'cost' as const, text: `It is stopped and started: ${input.window.why}` }]
        : []),
      ...found.risks,
    ],
    checks: [
      ...found.checks,
      ...(adopts.length > 0
        ? [
            {
              is: 'pass' as const,
              text: `${adopts.map(({ program, pid }) => `${program}, process ${pid}`).join(', ')}: adopted, not restarted`,
            },
          ]
        : [windowCheck(input.window)]),
    ],
    tables: [],
    refusals: found.refusals,
    asks: setup === undefined || isRefused ? [] : asksOf(setup, found),
    stops: stopped.map(
      ({ program, folder }) => `${program === 'go-spacemesh' ? 'the node' : 'the service'}${folder === undefined ? '' : ` on ${folder}`}`,
    ),
    needs: { bytes: 1024 ** 2, ms: steps.reduce((sum, { step }) => sum + step.estimateMs, 0) },
    undo: undoWords(found, setup),
  }
  return {
    plan,
    steps: steps.map(({ data }) => data),
    // The others run on these folders and hold their locks until they are stopped: nothing of ours is opened there.
    touches: [],
    startsNode: setup?.node !== undefined && adopts.length === 0,
    adopts,
  }
}

function asksOf({ kind, label }: FoundSetup, { commands }: FoundTargets): OperationPlan['asks'] {
  return [
    ...commands.map((command, at) => ({
      id: `command-${at + 1}`,
      text: `I can become root here, and type this in a terminal when the operation waits for it: ${command}`,
    })),
    ...(kind === 'smapp' ? [{ id: 'smapp-closed', text: 'Smapp is closed, and I do not open it before this is done.' }] : []),
    ...(kind === 'psm' || kind === 'process'
      ? [{ id: 'nothing-else', text: `No timetable, login script or terminal of mine starts ${label} again.` }]
      : []),
    ...(kind === 'compose' ? [{ id: 'no-compose', text: `I do not run “docker compose up” for ${label} any more.` }] : []),
  ]
}

function undoWords({ targets, commands }: FoundTargets, setup: FoundSetup | undefined): string {
  if (setup === undefined) return 'Nothing is changed.'
  const back = targets.some(({ is }) => is === 'systemd' || is === 'docker')
  const base = back
    ? 'At any time, once ours is stopped: it is enabled and started exactly as it was written down'
    : 'At any time, once ours is stopped: its files come back as they were; you start it yourself'
  return commands.length === 0 ? `${base}.` : `${base}, by commands that you type.`
}
