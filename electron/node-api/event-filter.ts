import { toBinary } from '@bufbuild/protobuf'
import { EventSchema, type Event } from '../../proto/gen/spacemesh/v1/admin_pb.js'
import type { NodeEvent } from '../../shared/domain/observation.ts'
import { eventFromProto } from './node-events.ts'

/** The node replays at most its last 100 events; three times that also covers what came live since. */
const REMEMBERED = 300
/** The deprecated and the new event of one step are sent within microseconds. */
const SAME_STEP_MS = 2_000

const DEPRECATED: ReadonlySet<string | undefined> = new Set(['poetWaitRound', 'poetWaitProof'])
const THEIR_SUCCESSORS: ReadonlySet<string | undefined> = new Set(['waitingForPoetRegistrationWindow', 'waitingForPoetRoundEnd'])

/**
 * Every event once: over re-subscriptions (the node replays its ring; events have no id, so time and content tell them
 * apart) and over the two forms in which newer nodes send the same step.
 */
export class EventFilter {
  readonly #seen = new Set<string>()
  /** step → when, and by which form it was first told. */
  readonly #steps = new Map<string, { at: number; isDeprecated: boolean }>()

  /** @returns the event, or `undefined` when it was already given. */
  take(event: Event): NodeEvent | undefined {
    const key = Buffer.from(toBinary(EventSchema, event)).toString('latin1')
    if (this.#seen.has(key)) return undefined
    this.#seen.add(key)
    forgetOldest(this.#seen)
    const told = eventFromProto(event)
    return this.#isTwin(event, told) ? undefined : told
  }

  #isTwin(event: Event, told: NodeEvent): boolean {
    const isDeprecated = DEPRECATED.has(event.details.case)
    if (!isDeprecated && !THEIR_SUCCESSORS.has(event.details.case)) return false
    const { emittedAt: at, ...step } = told
    const key = JSON.stringify(step)
    const other = this.#steps.get(key)
    if (other !== undefined && other.isDeprecated !== isDeprecated && Math.abs(at - other.at) <= SAME_STEP_MS) return true
    this.#steps.delete(key)
    this.#steps.set(key, { at, isDeprecated })
    forgetOldest(this.#steps)
    return false
  }
}

function forgetOldest(kept: Set<string> | Map<string, unknown>): void {
  if (kept.size <= REMEMBERED) return
  const oldest = kept.keys().next().value
  if (oldest !== undefined) kept.delete(oldest)
}
