import { textOf } from '../../../shared/domain/fault.ts'
import type { InitRecord, InitSight } from '../../../shared/domain/init-job.ts'
import { nodeStartMs, safeWindow, type SafeWindow } from '../../../shared/domain/safe-window.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { expectedFiles, type ExpectedFiles } from '../../pos-data/index.ts'
import { runTool, verifyArguments, verifyVerdict, type ToolRun } from '../../programs/index.ts'
import { companion } from './companions.ts'
import type { MachineContext } from './context.ts'
import type { InitBook } from './init-book.ts'
import { freeOperator, serviceBinary, withService } from './init-service.ts'

/** Labels that the processor makes anew in all: a quarter of an hour of one. Of each file so many that one wrong in a hundred is found. */
const COMPARED_LABELS = 1_000_000
const LEAST_A_FILE = 256
const MOST_A_FILE = 4_096

/** What follows when the last file is written: a check, a window, the key, the service. */
export interface Finisher {
  /** Begins the check of a job's data; it ends by itself. */
  verify(record: InitRecord): void
  /** Ends a check that runs; it begins anew later. */
  stepAside(id: string): void
  /** Jobs whose data is whole. */
  turn(): Promise<void>
  sight(record: InitRecord): Pick<InitSight, 'verifyPercent' | 'windowText' | 'windowUntil' | 'backedUp'>
  stop(): void
}

interface Parts {
  readonly context: MachineContext
  readonly book: InitBook
  readonly changed: () => void
  readonly isDiskGone: (record: InitRecord) => Promise<boolean>
}

/** Share of each file's labels that is compared, percent. */
export function fractionFor({ count, fileBytes }: Pick<ExpectedFiles, 'count' | 'fileBytes'>): number {
  const aFile = Math.min(MOST_A_FILE, Math.max(LEAST_A_FILE, COMPARED_LABELS / count))
  return Math.min(100, (aFile / (fileBytes / 16)) * 100)
}

function windowNow(context: MachineContext): SafeWindow {
  const [setup, snapshot] = [context.setup(), context.session()?.snapshot()]
  if (setup === undefined || snapshot === undefined) return { is: 'wait', why: 'nothing is known of the node yet' }
  const net = resolveNetwork(setup.network)
  const statuses = snapshot.identities.map(({ name, status }) => ({ name, status }))
  return safeWindow({ net, now: context.clock.now(), needMs: nodeStartMs(net), statuses })
}

export function finisher({ context, book, changed, isDiskGone }: Parts): Finisher {
  const { clock, log } = context
  let check: { readonly id: string; readonly run: ToolRun; percent: number } | undefined
  let window: SafeWindow = { is: 'safe' }
  let backedUp: ReadonlySet<string> = new Set()

  const fail = (id: string, code: string, text: string, fix: string): void => {
    log.warn('init.failed', { id, code })
    book.update(id, (job) => ({ ...job, is: 'failed', fault: { code, text, fix }, endedAt: clock.now() }))
  }

  const conclude = async (record: InitRecord, run: ToolRun): Promise<void> => {
    const { output, code, isStopped } = await run.done
    const isGone = await isDiskGone(record)
    check = undefined
    if (isStopped || book.job(record.id)?.is !== 'verifying') return changed()
    if (isGone) return changed() // it is checked anew when its disk is there
    const verdict = verifyVerdict(output, code)
    log.info('init.verified', { id: record.id, verdict: verdict.is })
    if (verdict.is === 'good') {
      const isElsewhere = record.key === 'public'
      const end = isElsewhere ? { is: 'done' as const, endedAt: clock.now() } : { is: 'waiting-for-window' as const }
      book.update(record.id, (job) => ({ ...job, ...end, isChecked: true }))
    } else if (verdict.is === 'bad')
      fail(
        record.id,
        'init/bad-labels',
        `File ${verdict.file} holds wrong labels: the device that made it, or the disk, makes mistakes.`,
        'Nothing is deleted. Try the device on the Machine page, then discard this job and make the data anew elsewhere.',
      )
    else fail(record.id, 'init/not-checked', verdict.text, 'Resume it: it is checked again.')
    changed()
  }

  /** Key, then service: a service without its key would only be refused. */
  const arm = async (record: InitRecord): Promise<void> => {
    const setup = context.setup()
    const binary = setup === undefined ? undefined : serviceBinary(setup)
    if (setup === undefined || binary === undefined)
      return fail(record.id, 'init/no-service', 'There is no post-service that could prove with it.', 'Import a release, then resume.')
    book.update(record.id, (job) => ({ ...job, is: 'arming' }))
    const held = await context.custody().handlers.keys.held()
    const isHeld = held.ok && held.value.some(({ identity }) => identity === record.identity)
    let isArmed = !isHeld
    if (isHeld) {
      const released = await context.custody().handlers.keys.release({ identity: record.identity })
      if (!released.ok && released.fault.code !== 'keys/no-node')
        return fail(
          record.id,
          released.fault.code,
          `Its key was not put into the node: ${released.fault.detail}`,
          'Clear that up, then resume.',
        )
      isArmed = released.ok
    }
    const made = { ...record, posFolder: record.folder, binary, operator: await freeOperator(setup) }
    const saved = await context.editSetup((own) => withService(own, made))
    if (!saved.ok) return fail(record.id, saved.fault.code, saved.fault.detail, 'Look at the disk of the set-up, then resume.')
    log.info('init.done', { id: record.id, identity: record.identity, isArmed })
    book.update(record.id, (job) => ({ ...job, is: 'done', isArmed, endedAt: clock.now() }))
  }

  const lookAtBackups = async (): Promise<void> => {
    const state = await context.custody().handlers.backup.state()
    backedUp = new Set(state.ok ? state.value.entries.flatMap(({ identities }) => identities) : [])
  }
  let backupsAt = Number.NEGATIVE_INFINITY

  return {
    verify(record) {
      if (check !== undefined) return
      const setup = context.setup()
      const binary = setup === undefined ? undefined : companion(setup, 'postcli')
      if (binary === undefined)
        return fail(
          record.id,
          'init/no-binary',
          'postcli is not here any more, and only it can check labels.',
          'Name it in Settings, then resume.',
        )
      const range = { fromFile: 0, toFile: record.fileCount - 1 }
      const args = verifyArguments({
        folder: record.folder,
        ...range,
        fractionPercent: fractionFor(expectedFiles(record)),
        scryptN: record.scryptN,
      })
      const onLine = (line: string): void => {
        const file = /verifying file .*postdata_(\d+)\.bin/.exec(line)?.[1]
        if (file === undefined || check === undefined) return
        check.percent = (Number(file) / record.fileCount) * 100
        changed()
      }
      const run = runTool({ launcher: context.launcher(binary), args, onLine })
      check = { id: record.id, run, percent: 0 }
      void conclude(record, run)
    },
    stepAside(id) {
      if (check?.id === id) check.run.stop()
    },
    async turn() {
      const jobs = book.jobs()
      if (jobs.length > 0 && clock.monotonic() - backupsAt > 30_000) {
        backupsAt = clock.monotonic()
        await lookAtBackups()
      }
      const ready = jobs.filter(({ is }) => is === 'waiting-for-window' || is === 'arming')
      if (ready.length === 0) return
      window = windowNow(context)
      for (const record of ready) {
        if (record.is === 'waiting-for-window' && window.is === 'wait') continue
        try {
          await arm(record)
        } catch (cause) {
          fail(record.id, 'init/not-armed', `Its key was not put into the node: ${textOf(cause)}.`, 'Resume it.')
        }
        changed()
      }
    },
    sight: ({ id, identity }) => ({
      verifyPercent: check?.id === id ? check.percent : 0,
      windowText: window.is === 'wait' ? window.why : 'now',
      ...(window.is === 'wait' && window.until !== undefined ? { windowUntil: window.until } : {}),
      backedUp: backedUp.has(identity),
    }),
    stop() {
      check?.run.stop()
    },
  }
}
