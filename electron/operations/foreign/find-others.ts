import path from 'node:path'
import type { FoundProcess, FoundSetup } from '../../../shared/domain/inventory.ts'
import type { InteropFiles } from '../../interop/index.ts'
import { codeOf } from '../../identities/index.ts'
import { sha256Of } from '../steps/write-file.ts'
import type { WriteFile } from '../steps/data.ts'
import { withoutAutostart, withoutServices, withoutSmeshing, type Edit } from './config-edits.ts'
import type { Target } from './data.ts'
import { NOTHING_FOUND, refusal, runningOf, type FoundTargets, type TargetSearch } from './found-targets.ts'

/** What else a plan writes into the files of another program. */
export interface FoundEdits extends FoundTargets {
  readonly edits: readonly WriteFile[]
}

const none = (found: FoundTargets): FoundEdits => ({ ...found, edits: [] })

const MOST_BYTES = 64 * 1024 ** 2

type EditOf = { readonly is: 'edit'; readonly write?: WriteFile } | { readonly is: 'bad'; readonly why: string }

/** The change of one file as a step; none when it is not there or is right already. */
function editOf(
  files: InteropFiles,
  file: string,
  { keep, change }: { readonly keep: string; readonly change: (text: string) => Edit },
): EditOf {
  try {
    const facts = files.facts(file)
    if (facts === undefined) return { is: 'edit' }
    if (facts.is !== 'file') return { is: 'bad', why: `${file} is a ${facts.is}, and what it leads to is not changed` }
    const bytes = Buffer.from(files.readWhole(file, MOST_BYTES))
    const edit = change(bytes.toString('utf8'))
    if (edit.is === 'bad') return { is: 'bad', why: `${file} is not understood: ${edit.why}` }
    if (edit.is === 'same') return { is: 'edit' }
    return { is: 'edit', write: { is: 'write-file', file, before: sha256Of(bytes), keep, text: edit.text, mode: facts.mode } }
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return { is: 'bad', why: `${file} could not be read (${codeOf(cause)})` }
  }
}

const OPEN_SMAPP =
  'it writes its settings when it closes, over ours. Close Smapp (its node stops with it: not while an identity proves), then plan again'

/** Smapp: its node and smeshing do not start any more; the program itself is the user's to close. */
export function findSmapp({ setup, processes }: TargetSearch, files: InteropFiles): FoundEdits {
  const open = processes.find(({ program, owner }) => program === 'smapp' || owner === 'smapp')
  if (open !== undefined) return none(refusal('foreign/smapp-open', `Smapp runs (process ${open.pid}), and ${OPEN_SMAPP}`))
  const folder = path.dirname(setup.file)
  const network = path.basename(setup.node?.dataFolder ?? '')
  const custom = path.join(folder, `node-config.${network}.json`)
  const edits = [
    editOf(files, custom, { keep: 'smapp-node-config.json', change: withoutSmeshing }),
    editOf(files, path.join(folder, 'config.json'), { keep: 'smapp-config.json', change: withoutAutostart }),
  ]
  const bad = edits.find((edit) => edit.is === 'bad')
  if (bad?.is === 'bad')
    return none(
      refusal(
        'foreign/file-unreadable',
        `${bad.why}. Smapp is not known to stay down with it. Open Smapp once so that it writes it anew, close it, and plan again`,
      ),
    )
  const writes = edits.flatMap((edit) => (edit.is === 'edit' && edit.write !== undefined ? [edit.write] : []))
  return {
    ...NOTHING_FOUND,
    edits: writes,
    checks: [
      { is: 'pass', text: 'Smapp is closed' },
      ...(writes.length === 0 ? [{ is: 'pass' as const, text: 'Its settings start neither a node nor smeshing' }] : []),
    ],
    risks: [
      {
        grade: 'cost',
        text: 'Opened by hand, Smapp still starts a node on this folder: while ours runs, its node refuses to start, because the folder is locked. Its wallet is not changed',
      },
    ],
  }
}

const asProgram = ({ pid, program, folder, args, binary }: FoundProcess): readonly Target[] =>
  program === 'go-spacemesh' || program === 'post-service'
    ? [{ is: 'program', pid, program, folder: folder ?? '?', argv: [binary ?? program, ...args] }]
    : []

/** Loops of the PSM script above its services. */
function scriptsOf(running: readonly FoundProcess[], search: TargetSearch): readonly Target[] {
  const pids = new Set(running.flatMap(({ ownerLabel }) => /^PSM, process (\d+)$/.exec(ownerLabel ?? '')?.[1] ?? []).map(Number))
  return [...pids].flatMap((pid): Target[] => {
    const argv = search.managers.commandOf(pid)
    return argv === undefined ? [] : [{ is: 'script', pid, argv: [...argv] }]
  })
}

/** The PSM that is a script: its config names no service any more, its loop ends, then its services, unless they can be adopted. */
export function findScriptPsm(search: TargetSearch, files: InteropFiles): FoundEdits {
  const { setup, canAdopt } = search
  const edit = editOf(files, setup.file, { keep: 'sm-psm-config.txt', change: withoutServices })
  if (edit.is === 'bad')
    return none(refusal('foreign/file-unreadable', `${edit.why}. What PSM starts is not known with it. Mend it, then plan again`))
  const running = runningOf(search)
  const scripts = scriptsOf(running, search)
  return {
    ...NOTHING_FOUND,
    edits: edit.write === undefined ? [] : [edit.write],
    targets: [...scripts, ...(canAdopt ? [] : running.flatMap(asProgram))],
    checks: [
      { is: 'pass', text: `${setup.file} is understood: ${setup.services.length} services` },
      ...(scripts.length === 0 && running.length > 0
        ? [{ is: 'warn' as const, text: 'The PSM script itself was not found running: where it still loops, end it' }]
        : []),
    ],
    risks: [
      {
        grade: 'cost',
        text: 'The PSM script has no manager: an undo gives it its config back, but you start the script again yourself',
      },
    ],
  }
}

/** A program that somebody started by hand. */
export function findProgram(search: TargetSearch): FoundTargets {
  const running = runningOf(search)
  if (running.length === 0)
    return refusal(
      'foreign/not-found',
      `${search.setup.label} does not run any more, so there is nothing to take over. Search the machine again, and bring its folder in as it is`,
    )
  return {
    ...NOTHING_FOUND,
    targets: search.canAdopt ? [] : running.flatMap(asProgram),
    checks: [
      {
        is: 'warn',
        text: 'No manager of it is known: whether a login script, a timetable (cron) or a terminal starts it again cannot be seen',
      },
    ],
    risks: [{ grade: 'cost', text: 'It has no manager, so an undo does not start it again: the report says with which command it ran' }],
  }
}

/** Its process was started by a manager whose files tell more than it does. */
export const byItsOwner = ({ owner, label }: FoundSetup): FoundTargets =>
  refusal(
    'foreign/unknown',
    `${label} belongs to ${owner === 'psm' ? 'a PSM' : 'Smapp'}, whose files were not found. Point the search at its folder, then choose ${owner === 'psm' ? 'the PSM' : 'Smapp'} itself`,
  )
