import path from 'node:path'
import { fail, ok, textOf, type Fault, type Result } from '../../../shared/domain/fault.ts'
import { isOpen, type Leftover, type OperationPlan, type OperationsState, type OperationView } from '../../../shared/domain/operation.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { OperationFaultCode, PlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { systemFiles } from '../../lib/files.ts'
import { rowsReader } from '../custody/arming.ts'
import { ownPids } from '../custody/context.ts'
import {
  createEngine,
  importedRecords,
  readQuarantine,
  runOperationJob,
  type Draft,
  type Engine,
  type OperationHome,
  type OperationRun,
} from '../../operations/index.ts'
import { gateDisks } from './disk-gate.ts'
import { leftoverDesk, type LeftoverDesk } from './leftovers.ts'
import { planContext, type PlanSources } from './plan-context.ts'
import { startAndCheck, type Registrations } from './start-check.ts'
import { stopping, type Stopping } from './stopping.ts'
import { wizardFile } from './wizard-file.ts'

const SHOW_MS = 250
/** What a plan saw may have changed since: it is made anew then. */
const PLAN_MS = 60 * 60_000
const MOST_DRAFTS = 20

type Handlers = AppHandlers['operations']
type Undone = { readonly is: 'undone'; readonly operation: OperationView } | { readonly is: 'plan'; readonly plan: OperationPlan }
type Kept = { readonly draft: Draft; readonly request: PlanRequest | undefined }

export interface OperationsDesk {
  readonly handlers: Handlers
  /** Why the node must not start now; undefined = operations do not mind. Waits until the journals were read. */
  refusal(): Promise<string | undefined>
  /** What the drawn question says of a plan. */
  plan(id: string): OperationPlan | undefined
  /** What the drawn question says of data that an operation left behind. */
  leftover(operation: string): Promise<Leftover | undefined>
  end(): void
}

interface Parts extends PlanSources {
  /** Keys, databases or PoS folders were moved. */
  readonly onMoved: () => void
}

class TheOperationsDesk implements OperationsDesk {
  readonly handlers: Handlers
  readonly #parts: Parts
  readonly #stopping: Stopping
  readonly #leftovers: LeftoverDesk
  readonly #drafts = new Map<string, Kept>()
  readonly #folders: Omit<OperationHome, 'ownPids'>
  #state: OperationsState = { operations: [], problems: [] }
  #running: { readonly id: string; readonly run: OperationRun<'run' | 'finish' | 'roll-back'> } | undefined
  readonly #isRead: Promise<void>
  #isTaken = false
  #shownAt = Number.NEGATIVE_INFINITY

  constructor(parts: Parts) {
    const { home, log } = parts.context
    this.#parts = parts
    this.#stopping = stopping(parts.context)
    this.#folders = {
      operations: path.join(home.state, 'operations'),
      quarantine: home.quarantine,
      temporary: path.join(home.state, 'operations-scratch'),
    }
    this.#leftovers = leftoverDesk({ sources: parts, home: () => this.#home, state: () => this.#isRead.then(() => this.#state) })
    this.handlers = this.#makeHandlers()
    this.#isRead = this.#read().catch((cause: unknown) => log.error('operations.not-read', { error: textOf(cause) }))
  }

  get #home(): OperationHome {
    return { ...this.#folders, ownPids: ownPids(this.#parts.context) }
  }

  async refusal(): Promise<string | undefined> {
    await this.#isRead
    if (this.#running !== undefined)
      return 'The node is not started: an operation works on its files. It is started again when that is done.'
    const open = this.#state.operations.find(isOpen)
    const problem = this.#state.problems[0]
    if (open !== undefined)
      return `The node is not started: “${open.title}” is not at its end. Finish it or roll it back in Migrate; both always work.`
    return problem === undefined ? undefined : `The node is not started: ${problem}.`
  }

  plan(id: string): OperationPlan | undefined {
    return this.#drafts.get(id)?.draft.plan
  }

  leftover(operation: string): Promise<Leftover | undefined> {
    return this.#leftovers.one(operation)
  }

  end(): void {
    this.#running?.run.cancel()
  }

  /** Reads journals, which are small; databases are looked at by the operations process alone. */
  #reader(): Engine {
    const { context } = this.#parts
    return createEngine({
      files: systemFiles,
      folder: this.#folders.operations,
      quarantine: this.#folders.quarantine,
      temporary: this.#folders.temporary,
      rules: {},
      hold: () => Promise.resolve(fail('operation/folder-unknown', 'nothing is run here')),
      log: context.log,
      now: () => context.clock.now(),
      monotonic: () => context.clock.monotonic(),
    })
  }

  async #read(): Promise<void> {
    this.#state = await this.#reader().state({ withObstacles: false })
    this.#show(true)
  }

  #show(isEnd: boolean): void {
    const { clock } = this.#parts.context
    if (!isEnd && clock.monotonic() - this.#shownAt < SHOW_MS) return
    this.#shownAt = clock.monotonic()
    this.#parts.context.publish('operations.changed', this.#state)
  }

  #changed(view: OperationView): void {
    const others = this.#state.operations.filter(({ id }) => id !== view.id)
    const isStep = view.steps.some(
      ({ state }, index) => state !== this.#state.operations.find(({ id }) => id === view.id)?.steps[index]?.state,
    )
    this.#state = { ...this.#state, operations: [view, ...others].sort((a, b) => b.beganAt - a.beganAt) }
    this.#show(isStep)
  }

  /** One thing at a time: planning reads what running changes. */
  async #alone<T>(work: () => Promise<T>): Promise<T | ReturnType<typeof fail<'operation/busy'>>> {
    if (this.#isTaken) return fail('operation/busy', 'Another operation is being planned or run. Wait until it is done.')
    this.#isTaken = true
    try {
      return await work()
    } finally {
      this.#isTaken = false
    }
  }

  #makeHandlers(): Handlers {
    const { context } = this.#parts
    const wizard = wizardFile(context.home.state)
    return {
      state: () => ok(this.#state),
      plan: (request) => this.#alone(() => this.#plan(request)),
      run: (input) => this.#alone(() => this.#begin(input)),
      cancel: ({ id }) => {
        if (this.#running?.id !== id) return fail('operation/unknown', 'It is not running.')
        this.#running.run.cancel()
        return ok(undefined)
      },
      finish: ({ id }) => this.#alone(() => this.#finish(id)),
      rollBack: ({ id }) => this.#alone(() => this.#rollBack(id)),
      undo: ({ id }) => this.#alone(() => this.#undo(id)),
      start: async ({ id }) => {
        const operation = this.#state.operations.find((one) => one.id === id)
        if (operation === undefined) return fail('operation/unknown', 'No such operation is known here.')
        const why = await this.refusal()
        if (why !== undefined) return fail('operation/not-started', why)
        await this.#stopping.letUp(id, true)
        return startAndCheck(context, operation, this.#registrations(id))
      },
      quarantine: () => ok(readQuarantine(systemFiles, context.home.quarantine, this.#armed())),
      leftovers: () => this.#leftovers.list(),
      removeLeftover: (input) => this.#alone(() => this.#leftovers.remove(input)),
      wizard: () => ok(wizard.read()),
      saveWizard: (state) => wizard.write(state),
    }
  }

  /** Those that the plan counted, and those of the node's database now. */
  #registrations(id: string): Registrations {
    const { context } = this.#parts
    const table = this.#reader()
      .begun(id)
      ?.plan.tables.find((one) => one.table === 'poet_registration')
    const read = rowsReader(context)
    return {
      expected: table === undefined ? 0 : table.before + table.added - table.removed,
      now: async () => {
        const known = await read()
        if (known === undefined || known === 'none') return undefined
        return [...known.rows.values()].reduce((sum, { registrations }) => sum + registrations.length, 0)
      },
    }
  }

  /** Where a copy of each key is armed, as the last search and the node's folder say. */
  #armed(): ReadonlyMap<string, string> {
    const copies = (this.#parts.inventory()?.keys ?? []).filter(({ isLoaded, identity }) => isLoaded === true && identity !== undefined)
    return new Map(copies.map(({ identity, path: file }) => [identity ?? '', file]))
  }

  async #plan(request: PlanRequest): Promise<Result<OperationPlan, 'operation/busy' | 'operation/unreadable'>> {
    const open = this.#state.operations.find(isOpen)
    if (open !== undefined) return fail('operation/busy', `“${open.title}” is not at its end: finish it or roll it back first.`)
    const job = runOperationJob<'plan'>({
      launch: this.#parts.context.launch('operations'),
      ask: { job: 'plan', home: this.#home, request, context: await planContext(this.#parts) },
    })
    const planned = await job.done
    return planned.ok ? ok(this.#keep(planned.value, request)) : fail('operation/unreadable', planned.fault.detail)
  }

  #keep(draft: Draft, request: PlanRequest | undefined): OperationPlan {
    this.#drafts.set(draft.plan.id, { draft, request })
    const [oldest] = this.#drafts.keys()
    if (this.#drafts.size > MOST_DRAFTS && oldest !== undefined) this.#drafts.delete(oldest)
    return draft.plan
  }

  async #begin(input: Parameters<Handlers['run']>[0]): Promise<Result<OperationView, OperationFaultCode>> {
    const { clock } = this.#parts.context
    const kept = this.#drafts.get(input.plan)
    if (kept === undefined || clock.now() - kept.draft.plan.madeAt > PLAN_MS)
      return fail('operation/stale', 'This plan is too old: make it anew and read it again.')
    const { draft } = kept
    const [refusal] = draft.plan.refusals
    if (refusal !== undefined) return fail('operation/refused', refusal.detail)
    const missing = draft.plan.asks.find(({ id }) => !input.ticked.includes(id))
    if (missing !== undefined) return fail('operation/not-ticked', missing.text)
    const stopped = await this.#stopFor(draft, { id: draft.plan.id, request: kept.request, acceptsPrice: input.acceptsPrice === true })
    if (!stopped.ok) return stopped
    const ask = {
      job: 'run' as const,
      home: this.#home,
      draft,
      ...(input.passphrase === undefined ? {} : { passphrase: input.passphrase }),
    }
    const ended = await this.#do('run', draft.plan.id, ask)
    // What was never begun leaves nothing behind.
    if (!ended.ok && !this.#state.operations.some(({ id }) => id === draft.plan.id)) await this.#stopping.letUp(draft.plan.id, true)
    return ended
  }

  async #stopFor(
    draft: Pick<Draft, 'plan' | 'touches'>,
    { id, request, acceptsPrice }: { readonly id: string; readonly request: PlanRequest | undefined; readonly acceptsPrice: boolean },
  ): Promise<Result<void, 'operation/unsafe-now' | 'operation/stopped'>> {
    const needed = this.#stopping.needed(draft, identitiesOf(request))
    if (!acceptsPrice) {
      const why = await this.#priceOf(needed)
      if (why !== undefined) return fail('operation/unsafe-now', why)
    }
    return this.#stopping.stop({ operation: id, ...needed })
  }

  /** What stopping costs now, as a sentence. */
  async #priceOf({ node, services }: { readonly node: boolean; readonly services: readonly string[] }): Promise<string | undefined> {
    const { safeWindow } = node ? await planContext(this.#parts) : { safeWindow: { is: 'safe' as const } }
    if (safeWindow.is === 'wait') return `It is no good moment: ${safeWindow.why}. Wait, or do it all the same and lose what that costs.`
    const identities = this.#parts.context.session()?.snapshot()?.identities ?? []
    const busy = identities.filter(({ id, status }) => services.includes(id) && ['proving', 'handing-over', 'queued'].includes(status.kind))
    const [first] = busy
    return first === undefined ? undefined : `${first.name} is at its proof: stopping its service now throws that work away.`
  }

  /** Runs one job of the engine and follows it. */
  async #do<J extends 'run' | 'finish' | 'roll-back'>(
    job: J,
    id: string,
    ask: Parameters<typeof runOperationJob<J>>[0]['ask'],
  ): Promise<Result<OperationView, OperationFaultCode>> {
    const { context, onMoved } = this.#parts
    const run = runOperationJob<J>({ launch: context.launch('operations'), ask, onChange: (view) => this.#changed(view) })
    this.#running = { id, run: run as OperationRun<'run' | 'finish' | 'roll-back'> }
    const endGate = gateDisks(context, run, this.#dataFolders(id))
    try {
      const ended = await run.done
      return ended.ok ? ok(ended.value as OperationView) : { ok: false, fault: codeOf(ended.fault) }
    } finally {
      endGate()
      this.#running = undefined
      await this.#read()
      await this.#settle(id)
      onMoved()
    }
  }

  /** Folders of PoS data that it reads and writes. */
  #dataFolders(id: string): readonly string[] {
    const request = this.#drafts.get(id)?.request
    const moved =
      request?.kind === 'move-data' ? [request.identity] : id.startsWith('move-data') ? (this.#stopping.of(id)?.services ?? []) : []
    const sources = (this.#parts.context.setup()?.services ?? []).filter(({ identity }) => moved.includes(identity))
    return [...sources.map(({ posFolder }) => posFolder), ...(request?.kind === 'move-data' ? [request.to] : [])]
  }

  /** Afterwards: the set-up that is on disk counts, and what was stopped comes up again. */
  async #settle(id: string): Promise<void> {
    const { context } = this.#parts
    const operation = this.#state.operations.find((one) => one.id === id)
    const reread = await context.rereadSetup()
    if (!reread.ok) context.log.warn('operation.set-up-not-read', { why: reread.fault.detail })
    if (operation === undefined || isOpen(operation)) return
    // The record is open here, and would be written over what the operation added to its file.
    if (operation.kind === 'import-identity') this.#parts.keys.records.merge(importedRecords(systemFiles, operation.folder))
    const waitsForUser = operation.state === 'done' && operation.startsNode === true
    await this.#stopping.letUp(id, !waitsForUser)
  }

  async #finish(id: string): Promise<Result<OperationView, OperationFaultCode>> {
    if (!this.#state.operations.some((one) => one.id === id)) return fail('operation/unknown', 'No such operation is known here.')
    return this.#do('finish', id, { job: 'finish', home: this.#home, id })
  }

  async #rollBack(id: string): Promise<Result<OperationView, OperationFaultCode>> {
    const begun = this.#reader().begun(id)
    if (begun === undefined) return fail('operation/unknown', 'No such operation is known here.')
    const back = await this.#do('roll-back', id, { job: 'roll-back', home: this.#home, id })
    // What was done may run by now; whether it may be undone at all was looked at first.
    const needed = this.#stopping.needed(begun, servicesOf(begun.steps))
    if (back.ok || back.fault.code !== 'operation/stopped' || (!needed.node && needed.services.length === 0)) return back
    const stopped = await this.#stopping.stop({ operation: id, ...needed })
    return stopped.ok ? this.#do('roll-back', id, { job: 'roll-back', home: this.#home, id }) : stopped
  }

  async #undo(id: string): Promise<Result<Undone, OperationFaultCode | 'operation/unreadable'>> {
    const operation = this.#state.operations.find((one) => one.id === id)
    if (operation === undefined) return fail('operation/unknown', 'No such operation is known here.')
    const back = await this.#rollBack(id)
    if (back.ok) return ok({ is: 'undone', operation: back.value })
    if (back.fault.code !== 'operation/not-undoable' || operation.kind !== 'merge') return back
    const job = runOperationJob<'split-back'>({
      launch: this.#parts.context.launch('operations'),
      ask: { job: 'split-back', home: this.#home, operation: id, context: await planContext(this.#parts) },
    })
    const planned = await job.done
    return planned.ok ? ok({ is: 'plan', plan: this.#keep(planned.value, undefined) }) : fail('operation/unreadable', planned.fault.detail)
  }
}

/** Services that the operation gave to us: they are ours to stop before that is taken back. */
const servicesOf = (steps: Draft['steps']): readonly string[] =>
  steps.flatMap((step) => {
    const services: unknown = step.is === 'set-up' ? Reflect.get(step, 'services') : []
    return Array.isArray(services) ? services.map((one: unknown) => String(Reflect.get(Object(one), 'id'))) : []
  })

/** Identities whose service must be down meanwhile. */
function identitiesOf(request: PlanRequest | undefined): readonly string[] {
  if (request === undefined) return []
  if (request.kind === 'split') return request.identities
  if (request.kind === 'retire' || request.kind === 'move-data' || request.kind === 'export-identity') return [request.identity]
  return request.kind === 'hand-over' && request.what !== 'node' ? [request.what] : []
}

const CODES: ReadonlySet<string> = new Set<OperationFaultCode>([
  'operation/busy',
  'operation/unknown',
  'operation/refused',
  'operation/stopped',
  'operation/cancelled',
  'operation/not-undoable',
])

const codeOf = (fault: Fault): Fault<OperationFaultCode> => ({
  ...fault,
  code: CODES.has(fault.code) ? (fault.code as OperationFaultCode) : 'operation/stopped',
})

export const operationsDesk = (parts: Parts): OperationsDesk => new TheOperationsDesk(parts)
