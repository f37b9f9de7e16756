import { copyFile, mkdir, open, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import { sizeProblem, type FileLayout, type RewriteTask, type VerifyBook } from '../../../shared/domain/verify.ts'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { whyNotMoved } from '../../identities/index.ts'
import { systemFiles } from '../../lib/files.ts'
import { METADATA_FILE, type PosMetadata } from '../../pos-data/index.ts'
import { CPU_PROVIDER, rewriteArguments, rewriteFault, verifyArguments, verifyVerdict, type ToolRun } from '../../programs/index.ts'
import { companion } from './companions.ts'
import type { MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'
import type { VerifyBooks } from './verify-book.ts'
import { dataOf, readLayout, type VerifyData } from './verify-data.ts'
import type { VerifyWorker } from './verify-runner.ts'
import { putInPlace } from './verify-swap.ts'
import type { VerifyTools } from './verify-tools.ts'

type Layout = FileLayout & { readonly metadata: PosMetadata }

/** Folders within the PoS folder: the same disk, and no name that a PoST service or postcli takes for data. */
const asideOf = (folder: string, file: number): string => path.join(folder, `smeshkeeper-rewrite-${file}`)
const keptIn = (folder: string): string => path.join(folder, 'smeshkeeper-replaced')
const nameOf = (file: number): string => `postdata_${file}.bin`
const sizeAt = ({ count, fileBytes, lastFileBytes }: FileLayout, file: number): number => (file === count - 1 ? lastFileBytes : fileBytes)

/** A file of this size is compared whole; of a larger one a sample, as a whole one takes days. */
const WHOLE_BYTES = 64 * 1024 ** 2
const SAMPLE_PERCENT = 0.1

export interface VerifyRewriter extends VerifyWorker {
  begin(data: VerifyData, book: VerifyBook, file: number): Promise<Result<void, 'verify/busy' | 'verify/unknown' | 'verify/refused'>>
}

interface Parts {
  readonly context: MachineContext
  readonly machine: Pick<MachineDesk, 'report'>
  readonly books: VerifyBooks
  readonly tools: VerifyTools
  readonly changed: () => void
}

/** Whatever ends this turn before its end: what is done stays, and it goes on at the next. */
class Stopped extends Error {}

/** Makes one bad file anew in a folder aside, compares it, and puts it into its place; the bad one is kept. */
export function verifyRewriter({ context, machine, books, tools, changed }: Parts): VerifyRewriter {
  const { clock, log } = context
  let isBusy = false
  let isStopped = false
  let tool: ToolRun | undefined

  const providerNow = (): number => {
    const { opencl } = machine.report()
    const gpu = opencl.is === 'seen' ? opencl.devices.find(({ kind, provider }) => kind === 'gpu' && provider !== undefined) : undefined
    return gpu?.provider ?? CPU_PROVIDER
  }

  const runToEnd = async (args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> => {
    const setup = context.setup()
    const binary = setup === undefined ? undefined : companion(setup, 'postcli')
    if (binary === undefined) throw new Error('postcli is not here any more')
    tool = tools.run({ launcher: context.launcher(binary), args })
    const end = await tool.done
    tool = undefined
    if (end.isStopped || isStopped) throw new Stopped()
    return end
  }

  const make = async (data: VerifyData, layout: Layout, { file, provider }: RewriteTask): Promise<void> => {
    const setup = context.setup()
    if (setup === undefined) throw new Stopped()
    const folder = asideOf(data.folder, file)
    const { n: scryptN } = resolveNetwork(setup.network).post.scrypt
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await copyFile(path.join(data.folder, METADATA_FILE), path.join(folder, METADATA_FILE))
    const { identity, commitmentAtx, numUnits, labelsPerUnit, maxFileBytes } = layout.metadata
    const request = { folder, file, identity, commitmentAtx, numUnits, labelsPerUnit, maxFileBytes, scryptN, provider }
    const { output } = await runToEnd(rewriteArguments(request))
    const fault = rewriteFault(output)
    if (fault !== undefined) throw new Error(fault)
    const made = path.join(folder, nameOf(file))
    const size = sizeAt(layout, file)
    if ((await stat(made)).size !== size) throw new Error(`it does not have ${sizeOf(size)}`)
    const handle = await open(made, 'r+')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    const fractionPercent = size <= WHOLE_BYTES ? 100 : SAMPLE_PERCENT
    const checked = await runToEnd(verifyArguments({ folder, fromFile: file, toFile: file, fractionPercent, scryptN }))
    const verdict = verifyVerdict(checked.output, checked.code)
    if (verdict.is === 'good') return
    await rm(made, { force: true }) // the next attempt begins anew instead of going on with wrong labels
    throw new Error(verdict.is === 'bad' ? 'the device made wrong labels' : verdict.text)
  }

  const saveTask = (identity: string, rewrite: RewriteTask): void => {
    const book = books.get(identity)
    if (book !== undefined) books.save({ ...book, rewrite })
  }

  const swap = async (data: VerifyData, layout: Layout, task: RewriteTask): Promise<void> => {
    const folder = asideOf(data.folder, task.file)
    const place = path.join(data.folder, nameOf(task.file))
    const outcome = putInPlace(systemFiles, { made: path.join(folder, nameOf(task.file)), place, kept: task.keptAs })
    if (outcome === 'lost') return saveTask(data.identity, { ...task, is: 'making' })
    await rm(folder, { recursive: true, force: true })
    const book = books.get(data.identity)
    if (book === undefined) return
    const { rewrite: _, ...rest } = book
    const fractionPercent = sizeAt(layout, task.file) <= WHOLE_BYTES ? 100 : SAMPLE_PERCENT
    books.save({ ...rest, results: { ...book.results, [String(task.file)]: { is: 'good', at: clock.now(), fractionPercent } } })
    log.info('verify.rewritten', { identity: data.identity, file: task.file, kept: task.keptAs })
  }

  const work = async (data: VerifyData, task: RewriteTask): Promise<void> => {
    try {
      const layout = await readLayout(data.folder)
      if (!layout.ok) throw new Error(layout.fault.detail)
      if (task.is === 'making') await make(data, layout.value, task)
      const ready: RewriteTask = { ...task, is: 'swapping' }
      saveTask(data.identity, ready)
      await swap(data, layout.value, ready)
    } catch (cause) {
      if (cause instanceof Stopped) return
      const text = cause instanceof Error && 'code' in cause ? whyNotMoved(cause) : textOf(cause)
      log.warn('verify.not-rewritten', { identity: data.identity, file: task.file, text })
      saveTask(data.identity, { ...task, is: 'failed', text })
    }
  }

  return {
    get isBusy() {
      return isBusy
    },
    hold: ({ asked }) => {
      if (asked !== undefined) stop()
    },
    next({ asked }) {
      if (asked !== undefined) return false
      for (const { identity, rewrite } of books.all()) {
        const data = rewrite === undefined || rewrite.is === 'failed' ? undefined : dataOf(context, identity)
        if (rewrite === undefined || data === undefined || (data.state !== undefined && data.state.is !== 'present')) continue
        isBusy = true
        isStopped = false
        void work(data, rewrite).finally(() => {
          isBusy = false
          changed()
        })
        return true
      }
      return false
    },
    stop,
    begin: async (data, book, file) => {
      const layout = await readLayout(data.folder)
      if (!layout.ok) return fail('verify/unknown', layout.fault.detail)
      const refused = refusal(data, book, layout.value, file) ?? (await spaceRefusal(data.folder, sizeAt(layout.value, file)))
      if (refused !== undefined) return refused
      const day = new Date(clock.now()).toISOString().replace(/\D/g, '').slice(0, 14)
      const keptAs = path.join(keptIn(data.folder), `file-${file}-${day}`)
      books.save({ ...book, rewrite: { file, is: 'making', provider: providerNow(), startedAt: clock.now(), keptAs } })
      log.info('verify.rewrite', { identity: data.identity, file })
      changed()
      return ok(undefined)
    },
  }

  function stop(): void {
    isStopped = true
    tool?.stop()
  }
}

function refusal(
  data: VerifyData,
  book: VerifyBook,
  layout: Layout,
  file: number,
): Result<never, 'verify/busy' | 'verify/refused'> | undefined {
  const { rewrite } = book
  if (rewrite !== undefined && rewrite.is !== 'failed')
    return fail('verify/busy', `File ${rewrite.file} of ${data.name} is made anew already. Let it end first.`)
  if (data.service.owner !== 'smeshkeeper')
    return fail(
      'verify/refused',
      'Somebody else runs the PoST service of this data, and may read it at any time. Let Smeshkeeper take it over first.',
    )
  if (file >= layout.count) return fail('verify/refused', `${data.name} has no such file: its last one is ${layout.count - 1}.`)
  if (layout.metadata.identity !== data.identity)
    return fail('verify/refused', 'The folder holds data of another identity. Name the right folder in the set-up first.')
  const isBad = sizeProblem(data.state, file) !== undefined || book.results[String(file)]?.is === 'bad'
  return isBad ? undefined : fail('verify/refused', `File ${file} is not known to be bad: it is checked first.`)
}

async function spaceRefusal(folder: string, needed: number): Promise<Result<never, 'verify/refused'> | undefined> {
  const seen = await statfs(folder).catch(() => undefined)
  const free = seen === undefined ? undefined : seen.bavail * seen.bsize
  if (free === undefined || free >= needed * 1.05) return undefined
  return fail('verify/refused', `The new file needs ${sizeOf(needed)} beside the bad one, and ${sizeOf(free)} are free. Make room first.`)
}
