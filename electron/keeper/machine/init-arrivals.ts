import { textOf } from '../../../shared/domain/fault.ts'
import type { Arrival } from '../../../shared/domain/initialization.ts'
import { arrivalSentence } from '../../../shared/domain/init-arrival.ts'
import { rateOf, withLook, type SizeLook } from '../../../shared/domain/init-job.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { expectedFiles, METADATA_FILE } from '../../pos-data/index.ts'
import { runTool, verifyArguments, verifyVerdict, type ToolRun } from '../../programs/index.ts'
import { companion } from './companions.ts'
import type { MachineContext } from './context.ts'
import type { InitBook } from './init-book.ts'
import { fractionFor } from './init-finish.ts'
import { lookAtFolder, wholeBytes, type FolderLook } from './init-folder.ts'

const LOOK_MS = 2_000
/** Nothing came for so long: the copy has stopped. */
const STALLED_MS = 120_000
/** Some copies have their size before their bytes: a file is compared when nobody has written to it for so long. */
const SETTLED_MS = 5_000

type Present = Extract<FolderLook, { is: 'there' }>

interface Check {
  /** `unknown`: postcli could not compare it, which says nothing of the file. */
  readonly is: 'good' | 'bad' | 'unknown'
  readonly text: string
  readonly changedAt: number
}

/** What is known of one folder into which data arrives. */
interface Watched {
  look: FolderLook | undefined
  looks: readonly SizeLook[]
  grewAt: number
  seenAt: number
  /** Files whose sample was compared with the processor's labels, as they were then. */
  readonly checked: Map<number, Check>
}

export interface InitArrivals {
  views(): readonly Arrival[]
  /** Looks at all watched folders when it is time, and checks one file that has come. */
  turn(mayCheck: boolean): Promise<void>
  look(folder: string): Promise<Arrival>
  forget(folder: string): void
  stop(): void
}

export function initArrivals(context: MachineContext, book: InitBook, changed: () => void): InitArrivals {
  const { clock, log } = context
  const known = new Map<string, Watched>()
  let lookedAt = Number.NEGATIVE_INFINITY
  let check: { readonly folder: string; readonly run: ToolRun } | undefined

  const watchedOf = (folder: string): Watched => {
    const before = known.get(folder)
    if (before !== undefined) return before
    const fresh: Watched = { look: undefined, looks: [], grewAt: clock.monotonic(), seenAt: clock.now(), checked: new Map() }
    known.set(folder, fresh)
    return fresh
  }

  const lookAt = async (folder: string): Promise<void> => {
    const watched = watchedOf(folder)
    watched.look = await lookAtFolder(folder)
    watched.seenAt = clock.now()
    for (const [file, { changedAt }] of watched.checked) {
      if (watched.look.is === 'there' && watched.look.changedAt.get(file) !== changedAt) watched.checked.delete(file)
    }
    const bytes = watched.look.is === 'there' ? [...watched.look.sizes.values()].reduce((sum, one) => sum + one, 0) : 0
    const mono = clock.monotonic()
    if (bytes > (watched.looks.at(-1)?.bytes ?? -1)) watched.grewAt = mono
    watched.looks = withLook(watched.looks, { mono, bytes })
  }

  const view = (folder: string): Arrival => {
    const { look, looks, grewAt, seenAt, checked } = watchedOf(folder)
    const doneBytes = looks.at(-1)?.bytes ?? 0
    const rest = { folder, doneBytes, seenAt }
    if (look === undefined || look.is !== 'there' || look.metadata === undefined) {
      const why = look?.is === 'unreadable' ? look.text : look?.is === 'there' ? look.metadataProblem : undefined
      const is = look?.is === 'unreadable' || why !== undefined ? ('unreadable' as const) : ('arriving' as const)
      const said =
        why === undefined ? `${METADATA_FILE} has not come yet, so it is not known whose data this is.` : `It cannot be used: ${why}.`
      return { ...rest, is, sentence: said, problems: why === undefined ? [] : [why] }
    }
    const problems = problemsOf(context, look, look.metadata, checked)
    const { totalBytes, count } = expectedFiles(look.metadata)
    const isComplete = doneBytes >= totalBytes && look.sizes.size >= count
    const isStalled = clock.monotonic() - grewAt > STALLED_MS
    const is = problems.length > 0 ? 'bad' : isComplete ? 'whole' : isStalled ? 'stalled' : 'arriving'
    const rate = is === 'arriving' ? rateOf(looks) : undefined
    const etaAt = rate === undefined || rate <= 0 ? undefined : clock.now() + ((totalBytes - doneBytes) / rate) * 1000
    const figures = {
      doneBytes,
      totalBytes,
      checkedFiles: [...checked.values()].filter((one) => one.is === 'good').length,
      fileCount: count,
      now: clock.now(),
    }
    return {
      ...rest,
      identity: look.metadata.identity,
      is,
      totalBytes,
      ...(rate === undefined ? {} : { bytesPerSecond: rate }),
      ...(etaAt === undefined ? {} : { etaAt }),
      sentence: arrivalSentence(is, { ...figures, problem: problems[0], etaAt }),
      problems,
    }
  }

  /** Compares one whole file that was not compared yet. */
  const checkOne = (folder: string, { look, checked }: Watched): boolean => {
    const setup = context.setup()
    const binary = setup === undefined ? undefined : companion(setup, 'postcli')
    if (setup === undefined || binary === undefined || look?.is !== 'there' || look.metadata === undefined) return false
    const { metadata } = look
    const isSettled = (at: number): boolean => clock.now() - (look.changedAt.get(at) ?? 0) >= SETTLED_MS
    const file = [...look.sizes].find(([at, size]) => size === wholeBytes(metadata, at) && !checked.has(at) && isSettled(at))?.[0]
    if (file === undefined) return false
    const changedAt = look.changedAt.get(file) ?? 0
    const { scrypt } = resolveNetwork(setup.network).post
    const args = verifyArguments({
      folder,
      fromFile: file,
      toFile: file,
      fractionPercent: fractionFor(expectedFiles(metadata)),
      scryptN: scrypt.n,
    })
    const run = runTool({ launcher: context.launcher(binary), args })
    check = { folder, run }
    void conclude(folder, { file, changedAt }, run)
    return true
  }

  const conclude = async (
    folder: string,
    { file, changedAt }: { readonly file: number; readonly changedAt: number },
    run: ToolRun,
  ): Promise<void> => {
    const { output, code, isStopped } = await run.done
    check = undefined
    if (isStopped || !known.has(folder)) return
    const verdict = verifyVerdict(output, code)
    const is = verdict.is === 'good' || verdict.is === 'bad' ? verdict.is : 'unknown'
    const text = is === 'bad' ? `File ${file} holds wrong labels. Copy it again; if it stays so, it was made wrong.` : ''
    watchedOf(folder).checked.set(file, { is, text, changedAt })
    log.info('init.arrival-checked', { file, verdict: verdict.is })
    changed()
  }

  return {
    views: () => book.arrivals().map(({ folder }) => view(folder)),
    async turn(mayCheck) {
      const folders = book.arrivals().map(({ folder }) => folder)
      if (folders.length === 0) return
      if (clock.monotonic() - lookedAt >= LOOK_MS) {
        lookedAt = clock.monotonic()
        for (const folder of folders) await lookAt(folder).catch((cause: unknown) => log.warn('init.arrival', { error: textOf(cause) }))
        changed()
      }
      if (mayCheck && check === undefined) folders.some((folder) => checkOne(folder, watchedOf(folder)))
    },
    async look(folder) {
      await lookAt(folder)
      return view(folder)
    },
    forget(folder) {
      known.delete(folder)
      if (check?.folder === folder) check.run.stop()
    },
    stop() {
      check?.run.stop()
    },
  }
}

/** What is wrong already, whatever still comes. */
function problemsOf(
  context: MachineContext,
  look: Present,
  metadata: NonNullable<Present['metadata']>,
  checked: ReadonlyMap<number, Check>,
): readonly string[] {
  const setup = context.setup()
  const { count } = expectedFiles(metadata)
  const found = [...checked.values()].filter(({ is }) => is === 'bad').map(({ text }) => text)
  if (setup !== undefined && resolveNetwork(setup.network).post.labelsPerUnit !== metadata.labelsPerUnit)
    found.push('It was made for another network: its Space Units have another size.')
  for (const [file, size] of look.sizes) {
    if (file >= count) found.push(`postdata_${file}.bin does not belong to it.`)
    else if (size > wholeBytes(metadata, file)) found.push(`postdata_${file}.bin is longer than it must be.`)
  }
  const total = [...look.sizes].filter(([file, size]) => file < count && size === wholeBytes(metadata, file)).length
  if (total === count && !metadata.hasVrfNonce)
    found.push('It has no VRF nonce: put the ranges of all devices together first, or search for it with postcli.')
  return found
}
