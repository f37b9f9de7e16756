import type { FoundSetup } from '../../../shared/domain/inventory.ts'
import type { PlanStep } from '../../../shared/domain/operation.ts'
import type { WriteFile } from '../steps/data.ts'
import type { StepData } from '../types.ts'
import type { GoneData, ProveDownData, RememberData, StopData, Target } from './data.ts'
import type { FoundEdits } from './find-others.ts'
import { foldersOf, runningOf, type FoundTargets, type TargetSearch } from './found-targets.ts'
import { nameOf } from './remembered.ts'
import type { TakeOverDraft, TakeOverInput } from './take-over-input.ts'

const NODE_PATIENCE_MS = 20 * 60_000
const SERVICE_PATIENCE_MS = 2 * 60_000
const WATCH_MS = 10_000
const UNDO_PATIENCE_MS = 60_000

const STEP_WORDS: Readonly<Record<Target['is'], string>> = {
  systemd: 'Its links are taken away, so that nothing starts it by itself; then it gets the gentle signal and is waited for',
  docker: 'Its restart policy becomes “no”; then it gets the gentle signal and is waited for',
  program: 'It gets the gentle signal and is waited for; it is never killed',
  script: 'The loop gets the gentle signal, so that it starts nothing again',
}

function stopStep(
  target: Target,
  {
    folders,
    patienceMs,
    commands,
  }: { readonly folders: readonly string[]; readonly patienceMs: number; readonly commands: readonly string[] },
): Step {
  const data: StopData = { is: 'foreign-stop', target, folders: [...folders], patienceMs }
  const [command] = commands
  const words =
    command === undefined
      ? { title: `${target.is === 'systemd' ? 'Disable and stop' : 'Stop'} ${nameOf(target)}`, detail: STEP_WORDS[target.is] }
      : {
          title: `You type: ${command}`,
          detail: `${nameOf(target)} is root’s to change. The operation waits until it is disabled and stopped`,
        }
  return { data, step: { ...words, estimateMs: 30_000 } }
}

interface Step {
  readonly data: StepData
  readonly step: PlanStep
}

/** Programs that nobody has to stop. */
export function adoptable({ targets }: FoundTargets, { setup, canAdopt, processes }: TargetSearch): TakeOverDraft['adopts'] {
  const isLeft =
    setup.kind === 'psm' || setup.owner === 'someone' || targets.some((target) => target.is === 'systemd' && target.leavesProgram)
  if (!canAdopt || !isLeft || setup.owner === 'docker' || targets.some(({ is }) => is === 'docker')) return []
  return runningOf({ setup, processes }).flatMap(({ pid, program, folder }) =>
    program === 'go-spacemesh' || program === 'post-service' ? [{ pid, program, ...(folder === undefined ? {} : { folder }) }] : [],
  )
}

export function stepsOf(
  found: FoundEdits,
  { search, input, adopts }: { readonly search: TargetSearch; readonly input: TakeOverInput; readonly adopts: TakeOverDraft['adopts'] },
): readonly Step[] {
  const { setup } = search
  const all = foldersOf(setup)
  const smapp = setup.kind === 'smapp'
  const patienceMs = setup.node === undefined ? SERVICE_PATIENCE_MS : NODE_PATIENCE_MS
  // Of several containers or programs each is stopped for itself; that all are down is proven afterwards.
  const folders = found.targets.length === 1 && adopts.length === 0 ? all : []
  const targets = [...found.targets]
  const step = (data: RememberData | GoneData | ProveDownData | WriteFile, title: string, detail: string, estimateMs: number): Step => ({
    data,
    step: { title, detail, estimateMs },
  })
  return [
    ...(smapp
      ? [
          step(
            { is: 'foreign-gone', folders: [...all], smapp, withOurs: false, patienceMs: 1_000 },
            'See that Smapp is closed',
            'Nothing runs on its folders',
            1_000,
          ),
        ]
      : [
          step(
            { is: 'foreign-remember', targets },
            'Write down how it is now',
            'Enabled or not, running or not, restart policy: what an undo brings back',
            1_000,
          ),
        ]),
    ...found.edits.map((edit) => step(edit, `Change ${edit.file}`, editWords(setup), 100)),
    ...targets.map((target) => stopStep(target, { folders, patienceMs, commands: found.commands })),
    step(
      {
        is: 'foreign-prove-down',
        targets,
        folders: [...all],
        adopted: adopts.map(({ pid }) => pid),
        smapp,
        watchMs: WATCH_MS,
        patienceMs: UNDO_PATIENCE_MS,
      },
      'Prove that it stays down',
      proofWords(setup, found),
      WATCH_MS + 2_000,
    ),
    step(input.setUp, 'Make Smeshkeeper its owner', 'One change of our set-up; nothing is started by it', 100),
  ]
}

const editWords = ({ kind }: FoundSetup): string =>
  kind === 'smapp'
    ? 'Smeshing and starting by itself are switched off; every other setting stays, and the old file is kept'
    : 'Its services become comments; the old file is kept'

const proofWords = ({ kind }: FoundSetup, { commands }: FoundTargets): string => {
  if (kind === 'systemd')
    return commands.length === 0
      ? 'systemd is executed anew and watched; what else runs in it goes on'
      : 'Its links are looked at and it is watched; executing the system’s systemd anew needs root'
  return kind === 'compose'
    ? 'Its restart policy is looked at and it is watched; docker itself is not restarted'
    : 'Its files are looked at, and for a while whether anything is started again'
}
