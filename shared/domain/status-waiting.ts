import { forecastFrom } from './forecast.ts'
import { isFresh } from './freshness.ts'
import { asEpoch, type UnixMs } from './ids.ts'
import { cycleGap } from './network.ts'
import { plannedEpoch } from './status-done.ts'
import { handedOver, linkWords, needsService } from './status-proving.ts'
import { common, deadlineWords, type Rule } from './status-rule.ts'
import type { IdentityStatus } from './status.ts'
import { deadlinesOf, timingOf, type Deadlines } from './timing.ts'
import type { View } from './view.ts'
import { moment } from './words.ts'

type Phase = Extract<IdentityStatus, { kind: 'waiting' }>['phase']
interface Wait {
  readonly phase: Phase
  readonly sentence: string
  readonly until?: UnixMs
  readonly due?: Deadlines
}

function roundWait(v: View, epoch: number): Wait {
  const due = deadlinesOf(v.net, asEpoch(epoch))
  const ends = v.belief.waitsForRound?.publishEpoch === epoch ? v.belief.waitsForRound.endsAt : due.gapOpens
  if (v.now < Math.max(ends, due.gapOpens)) {
    return {
      phase: 'poet-round',
      until: due.gapOpens,
      due,
      sentence: `Registered for PoET round ${epoch - 1}. The proof begins ${moment(due.gapOpens, v.now)}`,
    }
  }
  const tail = v.now < due.gapEnd ? ` The gap ends ${moment(due.gapEnd, v.now)}.` : ' The gap has ended; the PoET is late.'
  return { phase: 'poet-proof', due, sentence: `The PoET round has ended; the node waits for the PoET's proof.${tail}` }
}

function registrationWait(v: View, epoch: number, opensAt: UnixMs | undefined): Wait {
  const closes = cycleGap(v.net, asEpoch(epoch - 1)).closesAt
  const due = { epoch: asEpoch(epoch), gapOpens: cycleGap(v.net, asEpoch(epoch)).opensAt, gapEnd: cycleGap(v.net, asEpoch(epoch)).closesAt }
  if (opensAt !== undefined && v.now < opensAt) {
    return {
      phase: 'poet-registration',
      until: opensAt,
      due,
      sentence: `Waits for the PoET registration, which opens ${moment(opensAt, v.now)}.`,
    }
  }
  if (v.now < closes)
    return {
      phase: 'poet-registration',
      until: closes,
      due,
      sentence: `Not registered at a PoET yet; it must be by ${moment(closes, v.now)}.`,
    }
  return {
    phase: 'next-epoch',
    due,
    sentence: `No registration at a PoET was seen by ${moment(closes, v.now)}: it waits for the next round.`,
  }
}

function initialWait(v: View): Wait {
  const gap = cycleGap(v.net, v.epoch)
  const epoch = v.now < gap.closesAt ? v.epoch + 1 : v.epoch + 2
  const { sentence, ...wait } = registrationWait(v, epoch, undefined)
  return { ...wait, sentence: `The initial proof is made. ${sentence}` }
}

/** What an identity of which the node wants nothing is waiting for, as far as somebody said. */
function waitOf(v: View): Wait {
  const { belief, world, now, limits } = v
  const sync = world.node.sync
  const isBehind = isFresh(world, now, sync, limits.nodeSync) && sync?.value.isSynced === false
  const planned = plannedEpoch(v)
  const round = planned !== undefined && planned >= v.epoch ? roundWait(v, planned) : undefined
  // A round goes on and a window opens whether the node is in sync or not; only its next step may have to wait.
  if (round !== undefined && !(isBehind && round.phase === 'poet-proof')) return round
  const waits = belief.waitsForWindow
  const isWindow = round === undefined && waits !== undefined && waits.publishEpoch > v.epoch
  if (isWindow && !(isBehind && waits.opensAt <= now)) return registrationWait(v, waits.publishEpoch, waits.opensAt)
  if (isBehind) return { phase: 'sync', sentence: 'Waits until the node is in sync.' }
  const hasHistory = belief.atxs.size > 0 || belief.complete !== undefined || belief.registrations.length > 0
  if (belief.initial !== undefined && !hasHistory) return initialWait(v)
  if (!hasHistory && belief.listedAt !== undefined && belief.absent.size > 0 && belief.initial === undefined) {
    return { phase: 'initial-proof', sentence: 'The node has not asked for the initial proof yet.' }
  }
  if (now >= v.due.gapEnd && !belief.atxs.has(v.epoch)) {
    return { phase: 'next-epoch', sentence: `The node asks for no proof in epoch ${v.epoch}; it waits for the next round.` }
  }
  return { phase: 'not-needed', sentence: 'The node asks for no proof now; whether it is registered for a round nobody has said.' }
}

function refused(v: View): IdentityStatus | undefined {
  const link = v.belief.link
  if (link?.is !== 'refused' || v.now - link.at > 60_000) return undefined
  const sentence = `Its service runs but is not connected: ${linkWords(v)}. Nothing is lost yet.`
  return { kind: 'not-connected', ...common(v, { sentence, since: link.at, cause: link.text, causeCode: `link/${link.why ?? link.is}` }) }
}

/** The node wants nothing of this identity now. */
export const nothingWanted: Rule = (v) => {
  if (v.post !== 'idle') return undefined
  const isDown = v.alive === 'no' || (v.operator?.is === 'none' && v.alive !== 'yes')
  if (isDown && !v.isParked) return needsService(v, 'unknown', v.belief.process?.at ?? v.belief.operator?.at ?? v.now)
  const isParkedWell = v.isParked && (v.operator === undefined || v.operator.is === 'none')
  // It answers nobody while it checks what it has just handed over.
  if (v.operator?.is === 'silent' && v.alive !== 'no') return handedOver(v)
  // A proof that came too late is kept until the next request throws it away.
  const isLeftOver = v.operator?.is === 'done' && v.belief.run?.foundAt !== undefined
  if (v.operator?.is !== 'idle' && !isParkedWell && !isLeftOver) return undefined
  const unconnected = isParkedWell ? undefined : refused(v)
  if (unconnected !== undefined) return unconnected
  const wait = waitOf(v)
  // The node says IDLE a moment before it says that it accepted.
  const idleFor = v.now - (v.belief.postStateSince ?? 0)
  const taken = wait.phase === 'poet-proof' && idleFor < v.limits.doneGrace ? handedOver(v) : undefined
  if (taken !== undefined) return taken
  const due = wait.due ?? v.due
  const finish = wait.phase === 'poet-round' && wait.until !== undefined ? forecastFrom(v, wait.until) : undefined
  const timing = wait.phase === 'poet-proof' || finish !== undefined ? timingOf(v.net, v.now, due, finish) : 'unknown'
  const since = v.belief.postStateSince ?? v.now
  const deadline = wait.phase === 'poet-round' ? `${deadlineWords(v, timing, finish, due)}.` : ''
  const tail = `${deadline}${isLeftOver ? ' Its service still holds a proof that nobody asks for any more.' : ''}`
  const phase = isParkedWell && wait.phase !== 'sync' ? 'not-needed' : wait.phase
  return {
    kind: 'waiting',
    phase,
    ...(wait.until === undefined ? {} : { until: wait.until }),
    ...common(v, { sentence: `${wait.sentence}${tail}`, since, timing, finish, due }),
  }
}
