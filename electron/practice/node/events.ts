import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { EventSchema, type Event } from '../../../proto/gen/spacemesh/v1/admin_pb.js'

export type EventDetails = NonNullable<MessageInitShape<typeof EventSchema>['details']>

const HELP: Readonly<Record<string, string>> = {
  beacon: 'Node computed randomness beacon, which will be used to determine consensus eligibility.',
  postStart: 'Node started PoST execution using the challenge from PoET.',
  postComplete: 'Node finished PoST execution using PoET challenge.',
  poetWaitRound:
    'Node is waiting for PoET registration window in current epoch to open. After this it will submit challenge and wait until PoET round ends in publish epoch.',
  poetWaitProof:
    "Node is waiting for PoET to complete. After it's complete, the node will fetch the PoET proof, generate a PoST proof, and finally publish an ATX to establish eligibility for rewards in the target epoch.",
  atxPublished:
    'Node published activation for the current epoch. It now needs to wait until the target epoch when it will be eligible for rewards.',
  eligibilities:
    'Node computed eligibilities for the epoch. Rewards will be received after successfully publishing proposals at specified layers. The rewards actually received will be based on the number of other participants in each layer.',
  proposal: 'Node published proposal. Rewards will be received once proposal is included in the block.',
  malfeasance: 'Node committed malicious behavior. Identity will be canceled.',
  proofDownloadedFromPoet: 'Downloaded proof from PoET.',
  registeredInPoet: 'Registered in PoET.',
  bestProofSelected: 'Best PoET proof selected.',
}
const SAME_HELP: Readonly<Record<string, string>> = {
  waitingForPoetRegistrationWindow: 'poetWaitRound',
  waitingForPoetRoundEnd: 'poetWaitProof',
}

const RING = 100

export interface EventBus {
  emit(details: EventDetails): void
  fail(details: EventDetails, help: string): void
  /** Replays the ring to `take`, then goes on live. Returns the way out. */
  subscribe(take: (event: Event) => void): () => void
}

/** The node's events: a ring of the last hundred, nothing survives a restart. */
export function eventBus(now: () => number): EventBus {
  const ring: Event[] = []
  const takers = new Set<(event: Event) => void>()
  const send = (details: EventDetails, help: string, failure: boolean): void => {
    const event = create(EventSchema, { timestamp: timestampFromMs(now()), failure, help, details })
    ring.push(event)
    if (ring.length > RING) ring.shift()
    for (const take of takers) take(event)
  }
  return {
    emit(details) {
      const kind = String(details.case)
      send(details, HELP[SAME_HELP[kind] ?? kind] ?? '', false)
    },
    fail: (details, help) => send(details, help, true),
    subscribe(take) {
      for (const event of ring) take(event)
      takers.add(take)
      return () => takers.delete(take)
    },
  }
}
