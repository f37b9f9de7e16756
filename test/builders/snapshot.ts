import type { Alarm, EvidenceLine, IdentityStatus } from '../../shared/domain/status.ts'
import type { AppSnapshot, IdentitySnapshot, Lane, NodeSnapshot, Ribbon, RibbonSegment } from '../../shared/ipc/snapshot.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
/** 02:42 UTC in the cycle gap of an epoch: the moment of the design's pictures. */
export const NOW = Date.UTC(2026, 10, 24, 2, 42)
export const GAP_END = Date.UTC(2026, 10, 24, 9, 0)
const GAP_OPENS = GAP_END - 12 * HOUR
const EPOCH_START = Date.UTC(2026, 10, 14)
const EPOCH_END = EPOCH_START + 14 * 24 * HOUR

const NAMES = ['Fjord', 'Basalt', 'Grove', 'Amber', 'Dune', 'Cedar', 'Juniper', 'Heron', 'Lark', 'Kelp', 'Moor', 'Slate'] as const

/** A valid id that differs in every part of it. */
export function anId(index: number): string {
  let state = (index + 1) * 2_654_435_761
  let text = ''
  while (text.length < 64) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += state.toString(16).padStart(8, '0')
  }
  return text.slice(0, 64)
}

type StatusParts = Partial<Pick<IdentityStatus, 'timing' | 'sentence' | 'cause' | 'finish' | 'since'>>
const common = (more: StatusParts = {}) =>
  ({ timing: 'on-time', sentence: '', epoch: 61, gapEnd: GAP_END, publishEnd: EPOCH_END, since: NOW - HOUR, ...more }) as const

/** Statuses of the design's pictures, by what they show. */
export const STATUSES = {
  driveMissing: (): IdentityStatus => ({
    kind: 'drive-missing',
    ...common({ timing: 'late', sentence: 'Drive West is gone since 02:11, the proof stopped at 72 %' }),
  }),
  reading: (): IdentityStatus => ({
    kind: 'proving',
    phase: 'reading',
    pass: 1,
    percent: 63,
    bytesPerSecond: 148 * 1_048_576,
    positionBytes: 2.52 * 2 ** 40,
    totalBytes: 4 * 2 ** 40,
    ...common({
      sentence: 'Reading, pass 1, 63 % at 148 MiB/s',
      finish: { p5: NOW + 98 * MINUTE, p50: NOW + 2 * HOUR, p95: NOW + 168 * MINUTE },
    }),
  }),
  tight: (): IdentityStatus => ({
    kind: 'proving',
    phase: 'reading',
    pass: 2,
    percent: 45,
    bytesPerSecond: 232 * 1_048_576,
    ...common({
      timing: 'tight',
      sentence: 'Reading, pass 2, 45 % at 232 MiB/s',
      finish: { p5: NOW + 68 * MINUTE, p50: NOW + 2 * HOUR, p95: GAP_END - 30 * MINUTE },
    }),
  }),
  pow: (): IdentityStatus => ({
    kind: 'proving',
    phase: 'pow',
    ...common({
      sentence: 'Proof of work for 11 min of about 16, then reads 2.0 TiB',
      finish: { p5: NOW + 63 * MINUTE, p50: NOW + 75 * MINUTE, p95: NOW + 88 * MINUTE },
    }),
  }),
  queued: (): IdentityStatus => ({
    kind: 'queued',
    place: 2,
    ...common({
      sentence: 'Queued behind Amber, starts 04:20–05:30',
      finish: { p5: NOW + 218 * MINUTE, p50: NOW + 4 * HOUR, p95: NOW + 298 * MINUTE },
    }),
  }),
  handing: (): IdentityStatus => ({ kind: 'handing-over', ...common({ sentence: 'Proof found at 02:39, the node is checking it' }) }),
  published: (): IdentityStatus => ({
    kind: 'published',
    atxId: 'ab12',
    provedAt: NOW - 156 * MINUTE,
    publishedAt: NOW - 153 * MINUTE,
    ...common({ sentence: 'Proved at 00:06 and published at 00:09; next proof in epoch 62' }),
  }),
  waiting: (): IdentityStatus => ({
    kind: 'waiting',
    phase: 'next-epoch',
    ...common({ timing: 'unknown', sentence: 'Waits for the next epoch' }),
  }),
  needsService: (): IdentityStatus => ({
    kind: 'needs-service',
    ...common({ timing: 'unknown', sentence: 'The node wants a proof, but its service is down' }),
  }),
  failed: (): IdentityStatus => ({
    kind: 'failed',
    ...common({ sentence: 'Proof failed at 01:50: file 212 is short by 1.2 GiB', cause: 'file 212 is short by 1.2 GiB' }),
  }),
  unknown: (): IdentityStatus => ({ kind: 'unknown', ...common({ timing: 'unknown', sentence: 'Nobody has said anything for 4 min' }) }),
} as const

/** The mix of a larger list: mostly done, some under way, few in need. */
const MIX = [
  'driveMissing',
  'tight',
  'queued',
  'reading',
  'pow',
  'handing',
  'published',
  'published',
  'queued',
  'published',
  'published',
  'waiting',
] as const

export const evidence = (at = NOW): readonly EvidenceLine[] => [
  { what: 'operator', value: 'Proving, 2.52 of 4.00 TiB', source: '127.0.0.1:50052', at: at - 600, isFresh: true },
  { what: 'node PostStates', value: 'PROVING', source: '127.0.0.1:9093', at: at - 2000, isFresh: true },
  { what: 'log', value: 'Reading file 645 of 1 024', source: 'post-service', at: at - 11_000, isFresh: true },
]

export function anIdentity(parts: Partial<IdentitySnapshot> & { readonly index?: number } = {}): IdentitySnapshot {
  const { index = 0, ...rest } = parts
  const id = rest.id ?? anId(index)
  const turn = Math.floor(index / NAMES.length)
  return {
    id,
    name: `${NAMES[index % NAMES.length] ?? 'Moor'}${turn === 0 ? '' : ` ${turn + 1}`}`,
    colour: index % 12,
    sizeBytes: 4 * 2 ** 40,
    numUnits: 64,
    lane: 'lane-0',
    disk: 'North',
    status: STATUSES.reading(),
    evidence: evidence(),
    service: {
      owner: 'smeshkeeper',
      process: { at: 'ready', since: NOW - 6 * HOUR, pid: 41_877 },
      operator: '127.0.0.1:50052',
      posFolder: `/mnt/north/post-${id.slice(0, 6)}`,
      version: 'v0.8.5',
      log: `service-${id.slice(0, 12)}`,
    },
    lastPublishedEpoch: 60,
    ...rest,
  }
}

function segmentsOf(identity: IdentitySnapshot, at: number): RibbonSegment[] {
  const { id, status } = identity
  switch (status.kind) {
    case 'published':
      return [
        { identity: id, is: 'pow', from: at - 5 * HOUR, to: at - 4.6 * HOUR },
        { identity: id, is: 'proved', from: at - 4.6 * HOUR, to: status.provedAt ?? at - 2 * HOUR },
      ]
    case 'proving':
      return [
        { identity: id, is: 'pow', from: at - 1.4 * HOUR, to: at - 1.1 * HOUR },
        ...(status.phase === 'reading'
          ? [{ identity: id, is: 'reading', from: at - 1.1 * HOUR, to: at, pass: status.pass ?? 1 } as const]
          : []),
        ...(status.finish === undefined
          ? []
          : [{ identity: id, is: 'expected', from: at, to: status.finish.p95, p5: status.finish.p5, p95: status.finish.p95 } as const]),
      ]
    case 'queued':
      return [
        {
          identity: id,
          is: 'queued',
          from: at + 2.8 * HOUR,
          to: at + 5 * HOUR,
          ...(status.finish === undefined ? {} : { p5: status.finish.p5, p95: status.finish.p95 }),
        },
      ]
    case 'drive-missing':
      return [
        { identity: id, is: 'lost', from: at - 3.8 * HOUR, to: at - 0.5 * HOUR },
        { identity: id, is: 'needed', from: at + 1.5 * HOUR, to: GAP_END },
      ]
    default:
      return []
  }
}

const LANE_NAMES = ['East', 'North', 'South', 'West'] as const

function lanesOf(identities: readonly IdentitySnapshot[]): Lane[] {
  const ids = [...new Set(identities.map((one) => one.lane ?? 'lane-0'))]
  return ids.map((id, i) => ({
    id,
    label: identities.find((one) => one.lane === id)?.disk ?? LANE_NAMES[i % 4] ?? 'disk',
    detail: i === 0 ? 'SATA SSD, 440 MiB/s' : 'HDD, 148 MiB/s',
    segments: identities.filter((one) => one.lane === id).flatMap((one) => segmentsOf(one, NOW)),
  }))
}

export const aNode = (parts: Partial<NodeSnapshot> = {}): NodeSnapshot => ({
  mode: 'managed',
  owner: 'smeshkeeper',
  kind: 'synced',
  sentence: 'Node synced',
  version: 'v1.8.3',
  layer: 248_756,
  peers: 42,
  startedAt: NOW - 12 * 24 * HOUR,
  heardAt: NOW - 1000,
  evidence: [],
  ...parts,
})

export const anAlarm = (parts: Partial<Alarm> = {}): Alarm => ({
  key: 'drive-gone:1',
  code: 'drive-gone',
  severity: 'bad',
  sentence: 'Drive West disappeared. Fjord misses this gap unless it reads again by 04:10. Nothing is deleted.',
  since: NOW - 31 * MINUTE,
  actBy: NOW + 88 * MINUTE,
  ...parts,
})

export const aRibbon = (identities: readonly IdentitySnapshot[]): Ribbon => ({
  epoch: 61,
  epochStart: EPOCH_START,
  epochEnd: EPOCH_END,
  gapOpens: GAP_OPENS,
  gapCloses: GAP_END,
  isGapOpen: true,
  lanes: lanesOf(identities),
})

const lanesFor = (count: number): number => (count <= 1 ? 1 : count <= 12 ? 4 : count <= 100 ? 10 : 24)

const diskName = (lane: number, count: number): string =>
  count <= 12 ? (LANE_NAMES[lane % 4] ?? 'East') : `Shelf ${Math.floor(lane / 8) + 1}, bay ${(lane % 8) + 1}`

/** A whole snapshot with that many identities in a natural mix. */
export function aSnapshot(
  parts: Partial<Omit<AppSnapshot, 'identities'>> & { readonly identities?: number | readonly IdentitySnapshot[] } = {},
): AppSnapshot {
  const { identities: wanted = 7, ...rest } = parts
  const identities =
    typeof wanted === 'number'
      ? Array.from({ length: wanted }, (_, index) => {
          const kind = (wanted <= 12 ? MIX[index] : MIX[(index * 7) % MIX.length]) ?? 'published'
          const rare = wanted > 12 && (kind === 'driveMissing' || kind === 'tight') && index % 5 !== 0 ? 'published' : kind
          const lane = index % lanesFor(wanted)
          return anIdentity({ index, status: STATUSES[rare](), lane: `lane-${lane}`, disk: diskName(lane, wanted) })
        })
      : wanted
  const first = identities.find((one) => one.status.kind === 'drive-missing')
  return {
    revision: 1,
    at: NOW,
    mode: 'real',
    headline: `${identities.length - 2} of ${identities.length} on time. Basalt is tight, Fjord needs you.`,
    node: aNode(),
    identities,
    alarms:
      first === undefined
        ? []
        : [
            anAlarm({ identity: first.id }),
            anAlarm({
              key: 'will-be-late:2',
              code: 'will-be-late',
              severity: 'warn',
              sentence: 'Basalt may be late. Its third pass would end after the gap. Stop other readers of disk South.',
            }),
          ],
    ribbon: aRibbon(identities),
    host: { kind: 'app', pid: 1, version: '0.1.0', childrenIn: 'systemd' },
    ...rest,
  }
}
