import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fail, ok, textOf } from '../../../shared/domain/fault.ts'
import type { InitRecord } from '../../../shared/domain/init-job.ts'
import type { InitState } from '../../../shared/domain/initialization.ts'
import type { ParsedInitRequest } from '../../../shared/ipc/machine-contract.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Desk, MachineContext } from './context.ts'
import { companion } from './companions.ts'
import { initArrivals } from './init-arrivals.ts'
import { initBench } from './init-bench.ts'
import { openInitBook } from './init-book.ts'
import { InitEngine } from './init-engine.ts'
import { initFacts } from './init-facts.ts'
import { initPlans, type PlannedInit } from './init-plans.ts'
import { freeOperator, serviceBinary, withService } from './init-service.ts'
import type { MachineDesk } from './machine-desk.ts'

type Handlers = AppHandlers['init']

const EVERY_MS = 500
/** At most four a second reach a page. */
const TELL_MS = 250
const MOST_PLANS = 20
/** A plan older than this is made anew: disks and nodes go on. */
const PLAN_MS = 15 * 60_000
const ENDED_JOBS = 20

export interface InitDesk extends Desk<Handlers> {
  /** A test of the devices runs. */
  readonly isBenchmarking: boolean
}

/** New PoS data: plans, a queue that survives everything, a test of the devices, and data that comes from elsewhere. */
export function initDesk(context: MachineContext, machine: MachineDesk, isVerifying: () => boolean): InitDesk {
  const { clock, log } = context
  const book = openInitBook(context.home.state, () => clock.now(), log)
  const plans = new Map<string, { readonly request: ParsedInitRequest; readonly planned: PlannedInit }>()
  let isTelling = false
  let isClosed = false
  let stop: (() => void) | undefined
  let planCount = 0
  let engine: InitEngine | undefined

  const tell = (): void => {
    if (isTelling || isClosed) return
    isTelling = true
    clock.after(TELL_MS, () => {
      isTelling = false
      if (!isClosed) context.publish('init.changed', stateNow())
    })
  }
  /** Without a session nothing runs, but its list is shown. */
  const theEngine = (): InitEngine => (engine ??= new InitEngine(context, book, tell))
  const bench = initBench(context, book, tell)
  const arrivals = initArrivals(context, book, tell)
  const facts = initFacts({ context, machine, book, engine: theEngine })
  const makePlan = initPlans({ context, book, facts })
  const stateNow = (): InitState => ({
    jobs: [...theEngine().views()],
    arrivals: arrivals.views(),
    benchmark: bench.state,
    tested: book.providers(),
  })

  const turn = async (): Promise<void> => {
    if (isClosed || bench.state.is === 'running') return
    await theEngine().turn()
    if (!isClosed) await arrivals.turn(!theEngine().isBusy)
  }
  const hurry = (): void => {
    tell()
    if (stop !== undefined) void turn()
  }
  const unknown = fail('init/unknown', 'There is no such job.')
  const noSetup = fail('init/no-setup', 'Nothing is set up.')

  const begin: Handlers['begin'] = async ({ plan: id }) => {
    const setup = context.setup()
    const known = plans.get(id)
    if (setup === undefined) return noSetup
    if (known === undefined || clock.now() - known.planned.plan.at > PLAN_MS)
      return fail('init/stale', 'This plan is too old. Look at it again, then begin it.')
    const { plan, draft } = await makePlan(id, known.request, setup)
    const [refusal] = plan.refusals
    if (refusal !== undefined || draft === undefined)
      return fail('init/refused', refusal === undefined ? 'It cannot be begun.' : `${refusal.text} ${refusal.fix}`)
    // Made at once: a folder that is gone later means a disk that is gone, and nothing is ever written into its mount point.
    const folder = await mkdir(draft.folder, { recursive: true, mode: 0o700 }).then(
      () => ok(undefined),
      (cause: unknown) => fail('init/refused', textOf(cause)),
    )
    if (!folder.ok) return folder
    plans.delete(id)
    const made = identityFor(known.request, draft.name)
    if (!made.ok) return fail('init/not-written', made.fault.detail)
    const identity = made.value
    const volume = theEngine().holds.volume.mountPointOf(draft.folder)
    const job: InitRecord = {
      ...draft,
      volume,
      id: `${identity.slice(0, 12)}-${clock.now().toString(36)}`,
      identity,
      createdAt: clock.now(),
    }
    const written = book.change(({ jobs }) => ({ jobs: [...jobs.filter(({ is }) => is !== 'done'), ...ended(jobs), job] }))
    if (!written.ok) return written
    log.info('init.begun', { id: job.id, identity, numUnits: job.numUnits, providers: job.parts.length })
    hurry()
    return ok({ id: job.id, identity })
  }

  const identityFor = ({ key }: ParsedInitRequest, name: string) =>
    key.is === 'new' ? context.custody().makeKey(name, 'its PoS data is being made') : ok(key.id)

  const change = (id: string, edit: (job: InitRecord) => InitRecord): ReturnType<Handlers['pause']> => {
    const job = book.job(id)
    if (job === undefined || job.is === 'done') return unknown
    const written = book.update(id, edit)
    if (!written.ok) return fail('init/unknown', written.fault.detail)
    hurry()
    return ok(undefined)
  }

  const handlers: Handlers = {
    state: () => ok(stateNow()),
    async options() {
      const setup = context.setup()
      return setup === undefined ? noSetup : ok(await facts.options(setup))
    },
    async plan(request) {
      const setup = context.setup()
      if (setup === undefined) return noSetup
      planCount += 1
      const id = `plan-${clock.now().toString(36)}-${planCount}`
      const planned = await makePlan(id, request, setup)
      plans.set(id, { request, planned })
      for (const old of [...plans.keys()].slice(0, -MOST_PLANS)) plans.delete(old)
      return ok(planned.plan)
    },
    begin,
    pause: ({ id }) => change(id, (job) => ({ ...job, pausedAt: job.pausedAt ?? clock.now() })),
    resume: ({ id }) => change(id, resumed),
    reorder: ({ ids }) => {
      const place = (id: string): number => (ids.includes(id) ? ids.indexOf(id) : ids.length)
      const written = book.change(({ jobs }) => ({ jobs: jobs.toSorted((a, b) => place(a.id) - place(b.id)) }))
      if (written.ok) hurry()
      return written
    },
    discard: ({ id }) => {
      const job = book.job(id)
      if (job === undefined) return unknown
      if (theEngine().isWriting(id)) return fail('init/busy', 'It is being written. Pause it first, and wait until its batch is done.')
      const written = book.change(({ jobs }) => ({ jobs: jobs.filter((one) => one.id !== id) }))
      if (!written.ok) return written
      log.info('init.discarded', { id, identity: job.identity })
      tell()
      return ok({ text: `Nothing was deleted: ${leftWords(job)}` })
    },
    benchmark: ({ providers }) => {
      const setup = context.setup()
      if (setup === undefined) return noSetup
      if (companion(setup, 'postcli') === undefined) return fail('init/no-binary', 'postcli is not here, and only it makes labels.')
      if (bench.state.is === 'running' || theEngine().isBusy) return fail('init/busy', 'PoS data is being made, or a test runs already.')
      if (isVerifying())
        return fail(
          'init/busy',
          'PoS data is checked or made anew, or a proof is rehearsed. Pause that, or wait for its end, then test again.',
        )
      const all = facts.providers()
      void bench.run(providers === undefined ? all : all.filter(({ id }) => providers.includes(id)))
      return ok(undefined)
    },
    async watchArrival({ folder }) {
      const at = path.normalize(folder)
      const seen = await arrivals.look(at)
      if (seen.is === 'unreadable') return fail('init/unreadable', seen.sentence)
      const written = book.change((now) => ({
        arrivals: [...now.arrivals.filter((one) => one.folder !== at), { folder: at }],
      }))
      if (written.ok) hurry()
      return written
    },
    forgetArrival: ({ folder }) => {
      const at = path.normalize(folder)
      arrivals.forget(at)
      const written = book.change((now) => ({ arrivals: now.arrivals.filter((one) => one.folder !== at) }))
      tell()
      return written
    },
    async addArrived({ folder }) {
      const setup = context.setup()
      if (setup === undefined) return noSetup
      const at = path.normalize(folder)
      const seen = await arrivals.look(at)
      if (seen.is !== 'whole' || seen.identity === undefined) return fail('init/not-whole', seen.sentence)
      const { identity } = seen
      const [binary, there] = [serviceBinary(setup), setup.services.find((one) => one.identity === identity)]
      if (binary === undefined) return fail('init/refused', 'There is no post-service that could prove with it. Import a release first.')
      if (there !== undefined) return fail('init/refused', `This identity proves with ${there.posFolder} already. Move its data instead.`)
      const name = setup.identities.find(({ id }) => id === identity)?.nickname ?? path.basename(at)
      const made = { identity, name, posFolder: at, nonces: 288, randomx: 'fast', binary, operator: await freeOperator(setup) } as const
      const saved = await context.editSetup((own) => withService(own, made))
      if (!saved.ok) return saved
      const key = await keyWords(context, identity)
      await handlers.forgetArrival({ folder: at })
      return ok({ text: `${name} is in the set-up. ${key}` })
    },
  }

  return {
    handlers,
    get isBenchmarking() {
      return bench.state.is === 'running'
    },
    begin() {
      stop?.()
      stop = clock.every(EVERY_MS, () => void turn().catch((cause: unknown) => log.error('init.bug', { error: textOf(cause) })))
      void turn()
    },
    async close(outcome) {
      isClosed = true
      stop?.()
      bench.stop()
      arrivals.stop()
      await engine?.close(outcome)
    },
  }
}

/** The newest of the jobs that are done. */
const ended = (jobs: readonly InitRecord[]): readonly InitRecord[] => jobs.filter(({ is }) => is === 'done').slice(-ENDED_JOBS)

/** A job that failed goes on where it stood: its files say how far that is. */
function resumed({ pausedAt: _paused, fault: _fault, endedAt: _ended, ...job }: InitRecord): InitRecord {
  if (job.is !== 'failed') return job
  if (job.isChecked) return { ...job, is: 'waiting-for-window' }
  const isWritten = job.parts.every(({ isDone }) => isDone)
  return {
    ...job,
    parts: job.parts.map((part) => ({ ...part, isDone: isWritten && job.parts.length > 1 })),
    is: isWritten && job.parts.length > 1 ? 'merging' : 'wanted',
  }
}

function leftWords({ folder, key, isBegun, isArmed }: InitRecord): string {
  const data = isBegun ? `the data stays in ${folder}` : `${folder} was not touched`
  if (key === 'public') return `${data}.`
  return `${data}, and its key ${isArmed ? 'stays in the node' : 'is kept with the held keys'}.`
}

/** Arms a held key; says where it is otherwise. */
async function keyWords(context: MachineContext, identity: string): Promise<string> {
  const { keys } = context.custody().handlers
  const held = await keys.held()
  if (!held.ok || !held.value.some((one) => one.identity === identity)) return 'Its service waits until the node has its key.'
  const released = await keys.release({ identity })
  return released.ok ? 'Its key goes into the node.' : `Its key is held here and was not put into the node: ${released.fault.detail}`
}
