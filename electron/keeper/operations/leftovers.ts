import { existsSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, type Fault, type Result } from '../../../shared/domain/fault.ts'
import { isOpen, type Leftover, type OperationsState } from '../../../shared/domain/operation.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { openHistory, type History } from '../../history/index.ts'
import { runOperationJob, type AcceptedProof, type OperationHome } from '../../operations/index.ts'
import type { CustodyContext } from '../custody/context.ts'
import { planContext, type PlanSources } from './plan-context.ts'

/** Operations that leave PoS data where it was. */
const LEAVING: ReadonlySet<string> = new Set(['move-data', 'retire'])
/** Two epochs of two thousand identities. */
const MOST_PROOFS = 5_000

type Handlers = AppHandlers['operations']
type Removed = Awaited<ReturnType<Handlers['removeLeftover']>>

export interface LeftoverDesk {
  readonly list: () => Promise<Result<readonly Leftover[], 'operation/unreadable'>>
  readonly remove: (input: Parameters<Handlers['removeLeftover']>[0]) => Promise<Removed>
  /** One of them as it was listed last, or as it is now. */
  readonly one: (operation: string) => Promise<Leftover | undefined>
}

interface Parts {
  readonly sources: PlanSources
  readonly home: () => OperationHome
  /** Once the journals were read. */
  readonly state: () => Promise<OperationsState>
}

/** Lists and removes PoS data that operations left behind; both are done in the operations process, where a dead disk blocks nobody. */
export function leftoverDesk({ sources, home, state }: Parts): LeftoverDesk {
  const { context } = sources
  const launch = (): ReturnType<typeof context.launch> => context.launch('operations')
  let asking: ReturnType<LeftoverDesk['list']> | undefined
  let last: readonly Leftover[] = []

  async function look(): ReturnType<LeftoverDesk['list']> {
    const { operations } = await state()
    const left = operations.filter((one) => one.state === 'done' && LEAVING.has(one.kind))
    if (left.length === 0) return ok([])
    const facts = { context: await planContext(sources), proofs: acceptedProofs(context) }
    const found = await runOperationJob<'leftovers'>({ launch: launch(), ask: { job: 'leftovers', home: home(), ...facts } }).done
    if (!found.ok) return fail('operation/unreadable', found.fault.detail)
    last = found.value
    return found
  }

  /** Whoever asks meanwhile gets the same answer: a dead disk holds one process, not many. */
  const list = (): ReturnType<LeftoverDesk['list']> => (asking ??= look().finally(() => (asking = undefined)))

  return {
    list,
    async one(operation) {
      const known = last.find((one) => one.operation === operation)
      if (known !== undefined) return known
      const listed = await list()
      return listed.ok ? listed.value.find((one) => one.operation === operation) : undefined
    },
    async remove({ operation, typed }) {
      const { operations } = await state()
      const open = operations.find(isOpen)
      if (open !== undefined) return fail('operation/busy', `“${open.title}” is not at its end: finish it or roll it back first.`)
      if (!operations.some(({ id }) => id === operation)) return fail('operation/unknown', 'No such operation is known here.')
      const facts = { context: await planContext(sources), proofs: acceptedProofs(context) }
      const ask = { job: 'remove-leftover' as const, home: home(), operation, typed, ...facts }
      const removed = await runOperationJob<'remove-leftover'>({ launch: launch(), ask }).done
      last = []
      context.log.info('leftover.removed', { operation, is: removed.ok ? 'done' : removed.fault.code })
      return removed.ok ? removed : { ok: false, fault: asRemoveFault(removed.fault) }
    },
  }
}

type RemoveCode = Extract<Removed, { readonly ok: false }>['fault']['code']
const CODES: ReadonlySet<string> = new Set<RemoveCode>(['operation/unknown', 'operation/not-typed', 'operation/refused'])

/** A process that died may have removed a part: it goes on when it is asked again. */
const asRemoveFault = (fault: Fault): Fault<RemoveCode> => ({
  ...fault,
  code: CODES.has(fault.code) ? (fault.code as RemoveCode) : 'operation/not-removed',
})

/** Proofs that the node accepted, as history knows them; also that of earlier sessions while none runs. */
export function acceptedProofs(context: CustodyContext): readonly AcceptedProof[] {
  const { home, clock, log } = context
  const session = context.session()
  const file = path.join(home.state, 'history.sqlite')
  if (session?.history !== undefined) return proofsIn(session.history)
  if (session !== undefined) return proofsBelieved(context)
  if (!existsSync(file)) return []
  const opened = openHistory(file, { clock, log })
  if (!opened.ok) return []
  try {
    return proofsIn(opened.value)
  } finally {
    opened.value.close()
  }
}

/** Of each identity the newest: an older one says nothing that it does not. */
function proofsIn(history: History): readonly AcceptedProof[] {
  const newest = new Map<string, AcceptedProof>()
  for (const { identity, startedAt, finishedAt, outcome } of history.proofs({ limit: MOST_PROOFS }))
    if (outcome === 'accepted' && finishedAt !== undefined && !newest.has(identity))
      newest.set(identity, { identity, startedAt, acceptedAt: finishedAt })
  return [...newest.values()]
}

/** Where history cannot be read: the last that the node told. It was asked for before it was begun. */
const proofsBelieved = (context: CustodyContext): readonly AcceptedProof[] =>
  [...(context.session()?.world.identities.values() ?? [])].flatMap(({ id, complete }) =>
    complete === undefined || complete.count > 1 ? [] : [{ identity: id, startedAt: complete.askedAt, acceptedAt: complete.at }],
  )
