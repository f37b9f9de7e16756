import type { NodeLogFact } from '../../../shared/domain/log-facts.ts'
import { atLeast } from '../binaries/version.ts'
import type { Readiness } from '../types.ts'

type StartStep = Extract<NodeLogFact, { fact: 'start-step' }>['step']

/** Everything that says how far a start is. */
export interface NodeSigns {
  /** Whether `NodeService.Status` answers: the only reliable sign. */
  readonly api: 'up' | 'down'
  /** `undefined` before the log named it. */
  readonly version: string | undefined
  /** Facts of its log since this start, oldest first; `undefined` when its log is not read. */
  readonly facts: readonly NodeLogFact[] | undefined
  readonly nowMs: number
  /** When it was started, same clock. */
  readonly startedAt: number
}

/** ms after which a step is longer than usual; migrations and warm-up grow with state.sql. */
const USUAL_MS: Readonly<Record<Exclude<StartStep, 'poet-client' | 'poet-waiting'>, number>> = {
  welcome: 10_000,
  starting: 30_000,
  p2p: 60_000,
  migrating: 3_600_000,
  'warm-up': 600_000,
  tortoise: 600_000,
  'registering-keys': 30_000,
  listening: 30_000,
}

const NAMES: Readonly<Record<StartStep, string>> = {
  welcome: 'reading its config and keys',
  starting: 'starting',
  p2p: 'opening its databases',
  migrating: 'migrating its databases',
  'warm-up': 'loading the network’s state',
  tortoise: 'counting votes',
  'poet-client': 'asking the PoETs',
  'poet-waiting': 'waiting for a PoET',
  'registering-keys': 'registering its keys',
  listening: 'opening its API',
}

/**
 * How long the node may wait for one PoET: refused connections are tried again for 13½ minutes up to 1.7, a silent one
 * holds it for ever; from 1.7.17 the limit is 30 s each.
 * @source facts/node-config-and-cli.md §4, §10
 */
export const poetPatienceMs = (version: string | undefined): number =>
  version !== undefined && atLeast(version, '1.7.17') ? 30_000 : version !== undefined && !atLeast(version, '1.7.0') ? 10_000 : 810_000

/** ms until a start without any news is given up. */
export const nodeReadyWithinMs = (version: string | undefined): number =>
  version !== undefined && atLeast(version, '1.8.0') ? 6 * 60_000 : 20 * 60_000

/** ms from SIGTERM to kill: from 1.8 a stop during the start waits for the PoET questions. */
export const nodeStopWaitMs = (version: string | undefined): number =>
  version !== undefined && atLeast(version, '1.8.0') ? 150_000 : 60_000

/** How far the start is, from the log: the last step, since when, and whether that is longer than usual. */
export interface StartProgress {
  readonly step: StartStep
  /** In words, with the PoET or database that it waits for. */
  readonly name: string
  readonly sinceMs: number
  readonly isLongerThanUsual: boolean
}

export function startProgress(signs: NodeSigns): StartProgress | undefined {
  const last = signs.facts?.findLast((fact) => fact.fact === 'start-step')
  if (last === undefined) return undefined
  const sinceMs = signs.nowMs - (last.loggedAt ?? signs.startedAt)
  const usualMs = last.step === 'poet-client' || last.step === 'poet-waiting' ? poetPatienceMs(signs.version) : USUAL_MS[last.step]
  const detail = last.detail === undefined || last.step === 'starting' ? '' : ` (${last.detail})`
  return { step: last.step, name: `${NAMES[last.step]}${detail}`, sinceMs, isLongerThanUsual: sinceMs > usualMs }
}

/**
 * Whether the node is up. A fatal line is believed at once: the process ends up to 40 s after it.
 * @source facts/node-config-and-cli.md §4
 */
export function nodeReadiness(signs: NodeSigns): Readiness {
  const end = signs.facts?.findLast((fact) => fact.fact === 'start-failed' || fact.fact === 'fatal')
  if (end !== undefined) return { is: 'failed', cause: end.text, causeCode: end.code }
  if (signs.api === 'up') return { is: 'ready' }
  const progress = startProgress(signs)
  if (progress === undefined) return { is: 'not-yet', step: 'starting' }
  const slow = signs.facts?.findLast((fact) => fact.fact === 'poet-slow')
  const isPoet = progress.step === 'poet-client' || progress.step === 'poet-waiting'
  if (isPoet && slow !== undefined) {
    const who = slow.poet ?? 'a PoET'
    return {
      is: 'not-yet',
      step: progress.name,
      cause: `${who} does not take connections; the node goes on without it in time.`,
      causeCode: 'node/poet-refuses',
    }
  }
  if (!progress.isLongerThanUsual) return { is: 'not-yet', step: progress.name }
  const cause = isPoet
    ? 'A PoET took the connection and does not answer; the node may hang for good.'
    : 'This step takes longer than usual.'
  return { is: 'not-yet', step: progress.name, cause, causeCode: isPoet ? 'node/poet-silent' : 'node/start-slow' }
}
