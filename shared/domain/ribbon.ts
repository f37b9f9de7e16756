import type { Lane, Ribbon, RibbonSegment } from '../ipc/snapshot.ts'
import type { Judged } from './alarms.ts'
import { laneOf } from './lanes.ts'
import { currentGap, epochLengthMs, epochStart } from './network.ts'
import type { Scene } from './view.ts'
import { bytes } from './words.ts'

/** What one identity draws on its lane. */
function segmentsOf({ view: v, status }: Judged): readonly RibbonSegment[] {
  const identity = v.id
  const run = v.belief.run
  switch (status.kind) {
    case 'proving': {
      if (run === undefined || status.phase === 'outdated')
        return run === undefined ? [] : [{ identity, is: 'lost', from: run.startedAt, to: v.now }]
      const done: RibbonSegment[] = []
      if (run.phaseSince > run.startedAt)
        done.push({ identity, is: run.phase === 'reading' ? 'pow' : 'preparing', from: run.startedAt, to: run.phaseSince })
      done.push({ identity, is: status.phase, from: run.phaseSince, to: v.now, pass: run.pass })
      const finish = status.finish
      return finish === undefined
        ? done
        : [...done, { identity, is: 'expected', from: v.now, to: finish.p95, p5: finish.p5, p95: finish.p95 }]
    }
    case 'queued': {
      const from = status.expectedStart ?? v.now
      return [{ identity, is: 'queued', from, to: status.finish?.p95 ?? from }]
    }
    case 'handing-over':
      return [{ identity, is: 'proved', from: run?.startedAt ?? status.since, to: status.foundAt ?? v.now }]
    case 'proved':
      return [{ identity, is: 'proved', from: v.belief.complete?.askedAt ?? status.provedAt, to: status.provedAt }]
    case 'published': {
      const to = status.provedAt ?? status.publishedAt ?? v.now
      return [{ identity, is: 'proved', from: v.belief.complete?.askedAt ?? to, to }]
    }
    case 'failed':
    case 'failing':
      return [{ identity, is: 'lost', from: v.belief.lastRun?.startedAt ?? status.since, to: v.now }]
    case 'drive-missing':
    case 'needs-service':
    case 'not-connected':
    case 'incomplete':
    case 'stopped':
      return v.post === 'proving' && v.now < v.due.gapEnd ? [{ identity, is: 'needed', from: v.now, to: v.due.gapEnd }] : []
    default:
      return []
  }
}

/** The gap that is open or next, with a lane a disk. */
export function ribbonOf(scene: Scene, judged: readonly Judged[]): Ribbon {
  const gap = currentGap(scene.net, scene.now)
  const lanes = new Map<string, { readonly members: Judged[]; readonly segments: RibbonSegment[] }>()
  for (const one of judged) {
    if (one.view.service === undefined) continue
    const id = laneOf(one.view)
    const lane = lanes.get(id) ?? { members: [], segments: [] }
    lane.members.push(one)
    lane.segments.push(...segmentsOf(one))
    lanes.set(id, lane)
  }
  const start = epochStart(scene.net, gap.epoch)
  return {
    epoch: gap.epoch,
    epochStart: start,
    epochEnd: start + epochLengthMs(scene.net),
    gapOpens: gap.opensAt,
    gapCloses: gap.closesAt,
    isGapOpen: gap.isOpen,
    lanes: [...lanes].map(([id, { members, segments }]): Lane => {
      const isOwn = members.length === 1 && id === members[0]?.view.id
      const total = members.reduce((sum, { view }) => sum + (view.totalBytes ?? 0), 0)
      return { id, label: isOwn ? (members[0]?.view.name ?? id) : id, detail: total > 0 ? bytes(total) : '', segments }
    }),
  }
}
