import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'

/**
 * The snapshot as `--json` prints it: one object a line on every change. Times are Unix ms, UTC.
 * Documented in docs/cli.md; fields are added, never renamed.
 */
export function snapshotJson(snapshot: AppSnapshot): string {
  const { node } = snapshot
  return JSON.stringify({
    at: snapshot.at,
    mode: snapshot.mode,
    headline: snapshot.headline,
    node: {
      kind: node.kind,
      mode: node.mode,
      sentence: node.sentence,
      ...(node.version === undefined ? {} : { version: node.version }),
      ...(node.step === undefined ? {} : { step: node.step }),
      ...(node.layer === undefined ? {} : { layer: node.layer }),
      ...(node.peers === undefined ? {} : { peers: node.peers }),
      evidence: node.evidence,
    },
    identities: snapshot.identities.map(({ id, name, status, evidence, lastPublishedEpoch }) => ({
      id,
      name,
      status,
      ...(lastPublishedEpoch === undefined ? {} : { lastPublishedEpoch }),
      evidence,
    })),
    alarms: snapshot.alarms,
    ...(snapshot.setupProblem === undefined ? {} : { setupProblem: snapshot.setupProblem }),
  })
}

/** One line for scripts and cron: `status --plain`. */
export function plainLines(snapshot: AppSnapshot): string[] {
  const at = new Date(snapshot.at).toISOString()
  const count = (test: (timing: string) => boolean): number => snapshot.identities.filter((i) => test(i.status.timing)).length
  const head = [
    at,
    `epoch=${snapshot.ribbon?.epoch ?? '?'}`,
    `identities=${snapshot.identities.length}`,
    `on_time=${count((t) => t === 'on-time')}`,
    `tight=${count((t) => t === 'tight')}`,
    `late=${count((t) => t === 'late')}`,
    `lost=${count((t) => t === 'lost')}`,
    `alarms=${snapshot.alarms.length}`,
    `node=${snapshot.node.kind}`,
    ...(snapshot.ribbon === undefined ? [] : [`gap_closes=${new Date(snapshot.ribbon.gapCloses).toISOString()}`]),
  ].join(' ')
  const lines = snapshot.identities.map(({ name, status }) => {
    const phase = 'phase' in status ? ` phase=${status.phase}` : ''
    const percent = status.kind === 'proving' && status.percent !== undefined ? ` percent=${Math.round(status.percent)}` : ''
    const finish = status.finish === undefined ? '' : ` finish=${new Date(status.finish.p50).toISOString()}`
    return `${at} identity=${JSON.stringify(name)} status=${status.kind}${phase} timing=${status.timing}${percent}${finish} sentence=${JSON.stringify(status.sentence)}`
  })
  return [
    head,
    ...lines,
    ...snapshot.alarms.map((a) => `${at} alarm=${a.code} severity=${a.severity} sentence=${JSON.stringify(a.sentence)}`),
  ]
}

/** Exit code of `status`: 0 on time, 1 tight or late, 2 somebody is needed. */
export function statusExit(snapshot: AppSnapshot): number {
  if (snapshot.alarms.some((alarm) => alarm.severity === 'bad')) return 2
  return snapshot.identities.some((i) => i.status.timing === 'tight' || i.status.timing === 'late') ? 1 : 0
}
