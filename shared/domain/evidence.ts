import { assertNever } from './fault.ts'
import { isFresh } from './freshness.ts'
import type { OperatorAnswer, PosFolderState } from './observation.ts'
import type { EvidenceLine } from './status.ts'
import type { View } from './view.ts'
import type { Seen } from './world.ts'
import { bytes, clockTime, percent } from './words.ts'

function operatorWords(answer: OperatorAnswer, totalBytes: number | undefined): string {
  switch (answer.is) {
    case 'proving': {
      const share =
        totalBytes === undefined || totalBytes === 0 ? '' : ` (${percent(Math.min(100, (answer.positionBytes / totalBytes) * 100))})`
      return `Proving, nonces ${answer.nonces.start}–${answer.nonces.end}, ${bytes(answer.positionBytes)}${share}`
    }
    case 'idle':
      return 'Idle'
    case 'done':
      return 'DoneProving (finished or failed)'
    case 'silent':
      return 'accepts, does not answer'
    case 'none':
      return 'nobody listens'
    case 'garbage':
      return `not a post-service: ${answer.text.slice(0, 60)}`
    default:
      return assertNever(answer)
  }
}

const folderWords = (folder: PosFolderState): string => {
  if (folder.is !== 'present') return folder.is
  return folder.problems.length === 0 ? `whole, ${bytes(folder.actualBytes)}` : `${folder.problems.length} files wrong`
}

/** Everything that was looked at for one identity, newest source first in weight: node, service, log, files. */
export function evidenceOf(v: View): readonly EvidenceLine[] {
  const { belief, world, now, limits } = v
  const lines: EvidenceLine[] = []
  const add = (what: string, value: string, from: Seen<unknown> | undefined, limit: number): void => {
    if (from === undefined) return
    lines.push({ what, value, source: from.source, at: from.at, isFresh: isFresh(world, now, from, limit) })
  }
  const said = (what: string, value: string, source: string, at: number | undefined): void => {
    if (at !== undefined) lines.push({ what, value, source, at })
  }
  const { postState, operator, process, failure, complete, link, run } = belief
  add('node PostStates', (postState?.value ?? '').toUpperCase(), postState, v.post === undefined ? -1 : limits.postStates)
  if (operator !== undefined) add('operator', operatorWords(operator.value, v.totalBytes), operator, limits.operator)
  if (process !== undefined) add('process', process.value.at, process, limits.supervisor)
  if (belief.cpu !== undefined) add('CPU', percent(belief.cpu.value), belief.cpu, limits.cpu)
  if (run?.challenge !== undefined) said('challenge', `${run.challenge.slice(0, 8)}…`, 'service-log', run.startedAt)
  said('proof found', clockTime(run?.foundAt ?? 0), 'service-log', run?.foundAt)
  if (failure !== undefined) said(failure.is === 'failed' ? 'proof failed' : 'proof wrong', failure.text, failure.source, failure.at)
  if (complete !== undefined) said('post_complete', `accepted, ${complete.challenge.slice(0, 8)}…`, 'events', complete.at)
  if (belief.initial !== undefined) said('initial proof', `accepted ${belief.initial.count}×`, 'events', belief.initial.at)
  const registered = belief.registrations.at(-1)
  if (registered !== undefined) said('PoET registration', `round ${registered.roundId}`, 'events', registered.at)
  const atx = [...belief.atxs].at(-1)
  if (atx !== undefined) said(`ATX of epoch ${atx[0]}`, `${atx[1].atxId.slice(0, 10)}…`, 'activation-list', atx[1].at)
  if (belief.saidPublished !== undefined) said('atx published', 'said by the node', 'events', belief.saidPublished.at)
  if (link !== undefined) said('connection', link.text, 'service-log', link.at)
  if (belief.twin !== undefined) said('second node', belief.twin.text, 'node-log', belief.twin.at)
  add('malfeasance', belief.ban?.value.isBanned === true ? 'banned' : 'clean', belief.ban, limits.keyFile)
  if (belief.folder !== undefined) add('PoS folder', folderWords(belief.folder.value), belief.folder, limits.posFolder)
  if (belief.volume !== undefined) add('volume', belief.volume.value.is, belief.volume, limits.volume)
  if (belief.key !== undefined) add('key file', belief.key.value.is, belief.key, limits.keyFile)
  return lines
}
