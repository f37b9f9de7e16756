import { actBy, type Judged, type Told } from './alarm-told.ts'
import { ofCustody, ofKey } from './alarms-keys.ts'
import { ofMachine } from './alarms-machine.ts'
import { ofProgress } from './alarms-progress.ts'
import { assertNever } from './fault.ts'
import type { Alarm, IdentityStatus, Severity } from './status.ts'
import { isPublicationFalse } from './status-done.ts'
import { linkWords } from './status-proving.ts'
import { isApiUp, type NodeVerdict } from './node-verdict.ts'
import { isBefore, nodeTooOld, parseVersion } from './node-versions.ts'
import type { Scene, View } from './view.ts'
import { duration, figure, moment } from './words.ts'

/** What is wanted and was started or stopped on purpose needs a moment to come up: no news in that. */
const START_GRACE_MS = 10_000
/** A PoET that is asked at the start may be slow for this long before anybody is told. */
const POET_PATIENCE_MS = 20_000

/** A service that began, or is being restarted, a moment ago has had no time to be heard. */
function isJustStarted({ belief, now, limits }: View): boolean {
  const state = belief.process?.value
  if (state?.at === 'starting') return now - state.since < limits.connectGrace
  // It runs and was heard once: its work, not its end, is the likely reason for a silence.
  if (state?.at === 'ready') return now - state.since < 2 * limits.connectGrace
  return (state?.at === 'stopping' || state?.at === 'stopped') && now - (belief.process?.at ?? now) < START_GRACE_MS
}

/** The alarm that a status means by itself. */
function ofStatus({ view: v, status }: Judged): Told | undefined {
  const { sentence, since } = status
  const isNeeded = v.post === 'proving'
  switch (status.kind) {
    case 'banned':
      return { code: 'banned', severity: 'bad', sentence, since }
    case 'twin-suspected':
      return { code: 'twin-suspected', severity: 'bad', sentence, since, actBy: v.now }
    case 'drive-missing':
      return { code: 'drive-gone', severity: isNeeded ? 'bad' : 'warn', sentence, since, actBy: actBy(v) }
    case 'incomplete':
      return { code: 'data-incomplete', severity: isNeeded ? 'bad' : 'warn', sentence, since, actBy: actBy(v) }
    case 'failed':
      return { code: 'proof-failed', severity: 'bad', sentence, since, actBy: actBy(v) }
    case 'failing':
      return { code: 'proof-invalid', severity: 'bad', sentence, since, actBy: actBy(v) }
    case 'missed':
      return { code: 'missed', severity: 'bad', sentence, since }
    case 'not-known-to-node':
      return { code: 'service-not-connected', severity: 'warn', sentence, since, actBy: actBy(v) }
    case 'not-connected':
      return {
        code: v.belief.link?.why === 'already-registered' ? 'duplicate-service' : 'service-not-connected',
        severity: isNeeded ? 'bad' : 'warn',
        sentence,
        since,
        actBy: actBy(v),
      }
    case 'needs-service':
      return isJustStarted(v) ? undefined : { code: 'service-down', severity: isNeeded ? 'bad' : 'warn', sentence, since, actBy: actBy(v) }
    case 'proving':
      return status.phase === 'outdated' ? { code: 'outdated-proof', severity: 'warn', sentence, since } : undefined
    case 'stopped':
      return isNeeded ? { code: 'service-down', severity: 'warn', sentence, since, actBy: actBy(v) } : undefined
    case 'unknown':
    case 'held':
    case 'waiting':
    case 'queued':
    case 'handing-over':
    case 'proved':
    case 'published':
    case 'eligible':
      return undefined
    default:
      return assertNever(status)
  }
}

function ofTiming({ view: v, status }: Judged): Told | undefined {
  const isOpen = status.kind === 'proving' || status.kind === 'queued' || (status.kind === 'waiting' && v.post === 'proving')
  if (!isOpen || (status.kind === 'proving' && status.phase === 'outdated')) return undefined
  const { timing, sentence } = status
  if (timing === 'lost')
    return {
      code: 'will-be-lost',
      severity: 'bad',
      sentence,
      since: status.since,
      ...(v.due.publishEnd === undefined ? {} : { actBy: v.due.publishEnd }),
    }
  if (timing !== 'late' && timing !== 'tight') return undefined
  const told = `${sentence}${whatHelps(status)}`
  return { code: 'will-be-late', severity: 'warn', sentence: told, since: status.since, actBy: timing === 'late' ? actBy(v) : v.due.gapEnd }
}

/** What can still be done for a proof that hardly fits; stopping it would only lose what is done. */
function whatHelps(status: IdentityStatus): string {
  if (status.kind === 'queued') return ' What helps: nothing else on its disk, and room for one more proof at once in “Will it fit?”.'
  if (status.kind !== 'proving') return ''
  if (status.phase === 'reading') return ' What helps: end copies, scrubs and backups on its disk; do not stop it.'
  return ' What helps: end what else computes on this computer; do not stop it.'
}

/** Things that are wrong beside the status. */
function ofBelief({ view: v, status }: Judged): readonly Told[] {
  const told: Told[] = []
  const { belief, now } = v
  if (isPublicationFalse(v) && status.kind !== 'banned') {
    const since = belief.saidPublished?.at ?? now
    told.push({
      code: 'twin-suspected',
      severity: 'bad',
      since,
      sentence:
        'The node said that it published, but its ATX is not in the list: it refused its own ATX. Another node may have published for this key.',
    })
  }
  const isDown = v.alive === 'no' && !v.isParked && v.service?.wanted === 'up'
  const isDoneKind = status.kind === 'proved' || status.kind === 'published' || status.kind === 'eligible'
  if (isDown && isDoneKind) {
    told.push({
      code: 'service-down',
      severity: 'warn',
      since: belief.process?.at ?? now,
      sentence: `Its service does not run. Nothing is lost yet; it is needed again ${moment(v.due.gapOpens > now ? v.due.gapOpens : v.due.gapEnd, now)}.`,
    })
  }
  if (belief.duplicateAt !== undefined && now - belief.duplicateAt < 60_000 && status.kind !== 'not-connected') {
    told.push({
      code: 'duplicate-service',
      severity: 'warn',
      since: belief.duplicateAt,
      sentence: `A second service runs for this identity: ${linkWords(v)}.`,
    })
  }
  const isReadingBad = belief.dataTrouble !== undefined && belief.run !== undefined && belief.dataTrouble.at >= belief.run.startedAt
  // Of a proof that goes on: what else it may be (drive gone, proof failed, nothing known yet) is told by its own status.
  if (isReadingBad && (status.kind === 'proving' || status.kind === 'handing-over')) {
    told.push({
      code: 'data-incomplete',
      severity: 'bad',
      since: belief.dataTrouble.at,
      actBy: actBy(v),
      sentence: `Its PoS data is not whole (${belief.dataTrouble.text}): this proof may never end. Verify the PoS data.`,
    })
  }
  const poet = belief.poetTrouble
  if (poet !== undefined && now - poet.at < v.net.poet.cycleGapMs && !/409/.test(poet.text)) {
    told.push({
      code: 'poet-trouble',
      severity: 'warn',
      since: poet.at,
      sentence: `A PoET did not take its registration: ${poet.text}. One PoET is enough.`,
    })
  }
  return told
}

/** Whether the node runs and answers. */
function ofNodeLife(scene: Scene, verdict: NodeVerdict): readonly Told[] {
  const { world, now, limits, setup } = scene
  const { node } = world
  const told: Told[] = []
  const state = node.process?.value
  const isWanted = setup.node.mode === 'attached' || setup.node.wanted === 'up'
  if (verdict.kind === 'failed' && node.ended !== undefined) {
    told.push({ code: 'node-start-failed', severity: 'bad', since: node.ended.at, sentence: verdict.sentence })
  } else if (verdict.kind === 'stopped' && isWanted && now - (node.process?.at ?? now) < START_GRACE_MS) {
    return told // about to be started
  } else if (verdict.kind === 'failed' || (verdict.kind === 'stopped' && isWanted && state?.at !== 'stopping')) {
    told.push({ code: 'node-down', severity: 'bad', since: node.process?.at ?? now, sentence: verdict.sentence })
  } else if ((verdict.kind === 'unreachable' || verdict.kind === 'unknown') && !isApiUp(scene)) {
    const since = node.heardAt ?? world.firstAt ?? now
    // What the log told of earlier times is no silence: somebody must have asked since.
    const isAsked = Object.keys(node.api).length > 0
    if (isAsked && now - since > limits.apiLost)
      told.push({ code: 'api-lost', severity: 'bad', since, sentence: `${verdict.sentence} What the identities need nobody can say.` })
  } else if (verdict.kind === 'syncing') {
    told.push({
      code: 'node-out-of-sync',
      severity: 'warn',
      since: node.sync?.at ?? now,
      sentence: `${verdict.sentence} It makes no proposals until it is in sync, and a registration may fail.`,
    })
  }
  return told
}

/** A PoET that holds the start for longer than usual. */
function ofSlowStart({ world, now }: Scene, verdict: NodeVerdict): readonly Told[] {
  const { poetSlow, process, version } = world.node
  const startedFor = process?.value.at === 'starting' ? now - process.value.since : Number.POSITIVE_INFINITY
  if (poetSlow === undefined || verdict.kind !== 'starting' || startedFor <= POET_PATIENCE_MS) return []
  const parsed = version === undefined ? undefined : parseVersion(version.value)
  const most = parsed === undefined || isBefore(parsed, 1, 8) ? `up to ${figure(15)} minutes` : `up to ${figure(30)} s for each PoET`
  const sentence = `A PoET does not answer (${poetSlow.text}): the start takes longer, ${most}.`
  return [{ code: 'poet-trouble', severity: 'warn', since: poetSlow.at, sentence }]
}

/** Things that are wrong with the node or the machine, whether it answers or not. */
function ofNode(scene: Scene, verdict: NodeVerdict): readonly Told[] {
  const { world, now, net } = scene
  const { node } = world
  const told = [...ofNodeLife(scene, verdict)]
  const old = nodeTooOld(node.version?.value, net, scene.epoch)
  if (old !== undefined) told.push({ ...old, since: node.version?.at ?? now })
  if (node.noCoinbaseAt !== undefined) {
    told.push({
      code: 'no-coinbase',
      severity: 'bad',
      since: node.noCoinbaseAt,
      sentence: 'The node has no coinbase: it refuses every service. Set one and restart the node.',
    })
  }
  if (node.clockOff !== undefined && now - node.clockOff.at < 600_000) {
    told.push({
      code: 'clock-off',
      severity: 'bad',
      since: node.clockOff.at,
      sentence: `The clock of this machine is off (${node.clockOff.text}): the node stops when it stays so. Set the time.`,
    })
  }
  const jump = world.lastJump
  if (jump !== undefined && Math.abs(jump.byMs) > 10_000 && now - jump.at < 600_000) {
    told.push({
      code: 'clock-off',
      severity: 'warn',
      since: jump.at,
      sentence: `The clock jumped by ${duration(Math.abs(jump.byMs))} ${jump.byMs > 0 ? 'forward' : 'back'}. Check the time settings.`,
    })
  }
  if (node.twin !== undefined && now - node.twin.at < 2 * net.layerDurationMs * net.layersPerEpoch) {
    told.push({
      code: 'twin-suspected',
      severity: 'bad',
      since: node.twin.at,
      actBy: now,
      sentence: `A second node seems to run with a key of this one (${node.twin.text}). Two live copies mean a ban for ever. Stop one of the two now.`,
    })
  }
  if (node.namelessMalfeasanceAt !== undefined) {
    told.push({
      code: 'banned',
      severity: 'bad',
      since: node.namelessMalfeasanceAt,
      sentence: 'The node reports malfeasance of one of its identities without naming it.',
    })
  }
  return [...told, ...ofSlowStart(scene, verdict)]
}

const RANK: Readonly<Record<Severity, number>> = { bad: 0, warn: 1, info: 2 }

export type { Judged } from './alarm-told.ts'

/** All alarms, the most urgent first. The key is the same as long as the cause is. */
export function alarmsOf(scene: Scene, verdict: NodeVerdict, judged: readonly Judged[]): readonly Alarm[] {
  const alarms: Alarm[] = ofNode(scene, verdict).map((told) => ({ key: `${told.code}/node`, ...told }))
  for (const { about, ...told } of [...ofMachine(scene), ...ofCustody(scene)]) alarms.push({ key: `${told.code}/${about}`, ...told })
  for (const one of judged) {
    const all = [ofStatus(one), ofTiming(one), ...ofBelief(one), ...ofProgress(one), ...ofKey(one.view)]
    for (const told of all) {
      if (told === undefined) continue
      const key = `${told.code}/${one.view.id}`
      if (alarms.some((known) => known.key === key && known.identity === one.view.id)) continue
      alarms.push({ key, identity: one.view.id, ...told, sentence: `${one.view.name}: ${told.sentence}` })
    }
  }
  return alarms.sort(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] || (a.actBy ?? Number.MAX_VALUE) - (b.actBy ?? Number.MAX_VALUE) || (a.key < b.key ? -1 : 1),
  )
}
