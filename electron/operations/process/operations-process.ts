import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { assertNever, fail, ok, type Result } from '../../../shared/domain/fault.ts'
import { codeOf } from '../../identities/index.ts'
import { systemFiles } from '../../lib/files.ts'
import { silentLogger } from '../../lib/logger.ts'
import { dropScratch, freshScratch } from '../database/scratch.ts'
import { createEngine, type Engine } from '../engine.ts'
import { holdFolders } from '../hold-folders.ts'
import { findLeftovers, removeLeftover, type LeftoverSources } from '../leftovers.ts'
import { systemBulkFiles } from '../move/index.ts'
import { planOperation, planSplitBackOf } from '../plan-operation.ts'
import { stepRules } from '../registry.ts'
import { parseAsk, type LeftoverFacts, type OperationAsk, type OperationLine } from './protocol.ts'

const SHOW_MS = 250

/**
 * The operations process: SQLite, file moves and hours of copying are here, so that the window stays fluid. It ends with
 * its answer. When whoever started it is gone, it stops at the next safe point; the journal says where it was.
 */
export async function runOperations(input: Readable, output: Writable): Promise<void> {
  const lines = createInterface({ input })
  const [line] = (await once(lines, 'line')) as [string]
  const say = (one: OperationLine): boolean => output.write(`${JSON.stringify(one)}\n`)
  const ask = parseAsk(line)
  if ('problem' in ask) {
    say({ is: 'fault', fault: fail('internal', ask.problem).fault })
    return
  }
  const gate = diskGate()
  const engine = engineFor(ask, say, gate)
  let isOver = false
  const stop = (): void => engine.cancel()
  lines.on('line', (said) => (said === 'hold' ? gate.hold() : said === 'go' ? gate.go() : stop()))
  lines.on('close', () => {
    if (!isOver) stop()
  })
  const result = await answer(ask, engine)
  isOver = true
  const last: OperationLine = result.ok ? { is: 'answer', value: result.value } : { is: 'fault', fault: result.fault }
  await new Promise<void>((resolve) => output.write(`${JSON.stringify(last)}\n`, () => resolve()))
  lines.close()
  input.destroy()
}

interface DiskGate {
  hold(): void
  go(): void
  mayUse(folders: { readonly signal: AbortSignal }): Promise<void>
}

/** The keeper says `hold` while somebody proves from a disk that a move uses, and `go` afterwards. */
function diskGate(): DiskGate {
  let isHeld = false
  const waiting: (() => void)[] = []
  const go = (): void => {
    isHeld = false
    for (const one of waiting.splice(0)) one()
  }
  return {
    hold: () => (isHeld = true),
    go,
    mayUse({ signal }) {
      if (!isHeld || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        waiting.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    },
  }
}

function engineFor({ home }: OperationAsk, say: (line: OperationLine) => boolean, gate: DiskGate): Engine {
  let shownAt = Number.NEGATIVE_INFINITY
  let step = ''
  return createEngine({
    files: systemFiles,
    folder: home.operations,
    quarantine: home.quarantine,
    temporary: home.temporary,
    rules: stepRules({ mayUse: (folders) => gate.mayUse(folders), ownPids: home.ownPids }),
    hold: holdFolders(),
    log: silentLogger,
    now: Date.now,
    monotonic: () => performance.now(),
    onChange(view) {
      const states = view.steps.map(({ state }) => state).join(' ')
      const now = performance.now()
      if (states === step && now - shownAt < SHOW_MS) return
      step = states
      shownAt = now
      say({ is: 'changed', view })
    },
  })
}

async function answer(ask: OperationAsk, engine: Engine): Promise<Result<unknown>> {
  const scratch = freshScratch(ask.home.temporary, `job-${process.pid}`)
  try {
    switch (ask.job) {
      case 'plan':
        return await planOperation(ask.request, ask.context, scratch)
      case 'split-back':
        return planSplitBackOf(ask.operation, { context: ask.context, engine, temporary: scratch })
      case 'run': {
        const begun = engine.begin(ask.draft)
        return begun.ok ? await engine.finish(ask.draft.plan.id, ask.passphrase) : begun
      }
      case 'finish':
        return await engine.finish(ask.id, ask.passphrase)
      case 'roll-back':
        return await engine.rollBack(ask.id)
      case 'leftovers':
        return ok(findLeftovers(await leftoverSources(ask, engine)))
      case 'remove-leftover':
        return await removeLeftover(ask, await leftoverSources(ask, engine))
      default:
        return assertNever(ask)
    }
  } catch (cause) {
    // A bug, or a disk that died below the journal. What it quotes is not ours to tell: only where it came from.
    const where = cause instanceof Error ? (cause.stack?.split('\n').find((one) => one.includes(' at ')) ?? '').trim() : ''
    const code = codeOf(cause)
    return fail('internal', `the operations process stopped: ${cause instanceof Error ? cause.name : typeof cause} ${code} ${where}`)
  } finally {
    dropScratch(scratch)
  }
}

/** Operations that came to their end, with their steps: only they leave something. */
async function leftoverSources({ context, proofs }: LeftoverFacts, engine: Engine): Promise<LeftoverSources> {
  const { operations } = await engine.state({ withObstacles: false })
  const ended = operations.flatMap(({ id, kind, state, endedAt, beganAt }) =>
    state === 'done' ? [{ id, kind, endedAt: endedAt ?? beganAt, steps: engine.begun(id)?.steps ?? [] }] : [],
  )
  return { files: systemFiles, bulk: systemBulkFiles, context, proofs, ended }
}
