import type { NodeEvent, Observation, PosFolderState } from '../../shared/domain/observation.ts'
import { assertNever } from '../../shared/domain/fault.ts'

export type Tone = 'info' | 'warn' | 'bad'

const ZERO_CHALLENGE = '0'.repeat(64)

/** What the timeline says of a node event; the identity stands beside it, so it is not named here. */
export function eventSentence(event: NodeEvent): { readonly sentence: string; readonly severity: Tone } {
  const severity: Tone = event.event === 'malfeasance' ? 'bad' : event.failure ? 'warn' : 'info'
  return { sentence: textOfEvent(event), severity }
}

function textOfEvent(event: NodeEvent): string {
  switch (event.event) {
    case 'beacon':
      return `The beacon of epoch ${event.epoch} is known.`
    case 'init-start':
      return 'Initialization of PoS data began.'
    case 'init-complete':
      return 'Initialization of PoS data is complete.'
    case 'init-failed':
      return `Initialization of PoS data failed: ${event.error ?? event.help}`
    case 'post-start':
      return event.challenge === ZERO_CHALLENGE ? 'The initial proof began.' : 'A proof began.'
    case 'post-complete':
      if (event.failure) return 'The proof failed.'
      return event.challenge === ZERO_CHALLENGE ? 'The node took the initial proof.' : 'The node accepted the proof.'
    case 'waiting-for-registration':
      return `Waiting for PoET registration for epoch ${event.publishEpoch}.`
    case 'registered-in-poet':
      return `Registered at ${event.poet}, round ${event.roundId}.`
    case 'waiting-for-round-end':
      return `Waiting for the end of the PoET round for epoch ${event.publishEpoch}.`
    case 'poet-proof-downloaded':
      return `Got the proof of ${event.poet}, round ${event.roundId}.`
    case 'best-proof-selected':
      return `Chose the proof of ${event.poet}, round ${event.roundId}.`
    case 'atx-published':
      return `The node sent an ATX for epoch ${event.publishEpoch}; it counts once the network lists it.`
    case 'eligibilities':
      return `Eligible in ${event.layers.length} layers of epoch ${event.epoch}.`
    case 'proposal':
      return `Made a proposal in layer ${event.layer}.`
    case 'malfeasance':
      return 'The network holds a proof of malfeasance.'
    case 'post-service-started':
      return 'The node started its own post-service.'
    case 'post-service-stopped':
      return 'The node’s own post-service stopped.'
    case 'unknown':
      return event.help === '' ? `The node sent an event that this version does not know (${event.field}).` : event.help
    default:
      return assertNever(event)
  }
}

/** A piece of evidence that the timeline tells when it changes; `undefined` for all others. */
export function evidenceChange(seen: Observation): { readonly key: string; readonly value: string; readonly severity: Tone } | undefined {
  switch (seen.kind) {
    case 'volume':
      return { key: `volume:${seen.identity}`, value: `drive ${seen.volume.is}`, severity: seen.volume.is === 'mounted' ? 'info' : 'bad' }
    case 'pos-folder':
      return { key: `pos-folder:${seen.identity}`, ...folderValue(seen.folder) }
    case 'key-file':
      return { key: `key-file:${seen.identity}`, value: `key file ${seen.is}`, severity: seen.is === 'present' ? 'info' : 'warn' }
    case 'node-api':
      return {
        key: `node-api:${seen.listener}`,
        value: `node API (${seen.listener}) ${seen.reach}`,
        severity: seen.reach === 'up' ? 'info' : 'warn',
      }
    case 'node-version':
      return { key: 'node-version', value: `node version ${seen.version}`, severity: 'info' }
    case 'node-sync':
      return {
        key: 'node-sync',
        value: seen.sync.isSynced ? 'node in sync' : 'node out of sync',
        severity: seen.sync.isSynced ? 'info' : 'warn',
      }
    case 'malfeasance':
      return seen.isBanned
        ? { key: `malfeasance:${seen.identity}`, value: `banned${seen.reason === undefined ? '' : `: ${seen.reason}`}`, severity: 'bad' }
        : { key: `malfeasance:${seen.identity}`, value: 'not banned', severity: 'info' }
    default:
      return undefined
  }
}

function folderValue(folder: PosFolderState): { readonly value: string; readonly severity: Tone } {
  switch (folder.is) {
    case 'present':
      return folder.problems.length === 0
        ? { value: `PoS data complete, ${folder.numUnits} units`, severity: 'info' }
        : { value: `PoS data with ${folder.problems.length} files missing or of a wrong size`, severity: 'bad' }
    case 'no-metadata':
      return { value: 'no PoS metadata in the folder', severity: 'bad' }
    case 'bad-metadata':
      return { value: `PoS metadata unusable: ${folder.text}`, severity: 'bad' }
    case 'unreadable':
      return { value: `PoS folder unreadable: ${folder.text}`, severity: 'bad' }
    default:
      return assertNever(folder)
  }
}
