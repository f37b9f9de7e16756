import type { FileCell, InitJob, InitOptions, InitPlan, Rehearsal, VerifyRun } from '../../shared/domain/initialization.ts'
import type { DiskReport, MachineReport } from '../../shared/domain/machine.ts'
import type { PlanIdentity, PlanInputs } from '../../shared/domain/planner/types.ts'
import type { ReadyReport } from '../../shared/domain/readiness.ts'
import { anId, GAP_END, NOW } from './snapshot.ts'

const MIB = 1_048_576
const GIB = 1_073_741_824
const TIB = 2 ** 40
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MEASURED = NOW - 28 * MINUTE

const READING = { at: MEASURED, bytes: 4 * GIB, ms: 10_000, from: 'test' as const }

/** A disk of the design's pictures: North, with little in reserve. */
export function aDisk(more: Partial<DiskReport> = {}): DiskReport {
  const speed = { ...READING, bytesPerSecond: 148 * MIB, lowBytesPerSecond: 131 * MIB }
  return {
    id: 'disk:north',
    label: 'North',
    detail: 'HDD 6 TB',
    media: 'hdd',
    bus: 'sata',
    sizeBytes: 6e12,
    shingled: 'no',
    smart: { is: 'good', text: 'no reallocated sectors' },
    volumes: [{ mountPoint: '/mnt/north', fsType: 'ext4', totalBytes: 6e12, freeBytes: 0.2 * TIB }],
    folders: [
      { identity: anId(3), path: '/mnt/north/post-amber', sizeBytes: 4 * TIB },
      { identity: anId(2), path: '/mnt/north/post-grove', sizeBytes: TIB },
    ],
    speed,
    trend: [speed],
    needBytesPerSecond: 132 * MIB,
    verdict: 'tight',
    verdictText: '12 % in reserve',
    test: { is: 'idle' },
    ...more,
  }
}

/** The computer of the design's pictures. */
export function aMachineReport(more: Partial<MachineReport> = {}): MachineReport {
  const at = (bytesPerSecond: number) => ({ ...READING, bytesPerSecond: bytesPerSecond * MIB })
  return {
    at: NOW,
    headline: 'Fast enough for 7 proofs; North has 12 % in reserve',
    measuredAt: MEASURED,
    isLooking: false,
    cpu: { model: 'Ryzen 7 7700', cores: 8, threads: 16, hasAes: true, hasAvx2: true },
    memory: {
      totalBytes: 32 * GIB,
      availableBytes: 24 * GIB,
      systemAndNodeBytes: 9.4 * GIB,
      perProverBytes: 2400 * MIB,
      proversPlanned: 4,
      proversFit: 9,
      verdict: 'good',
      text: 'Up to 4 may prove at once (your limit); 9 would fit.',
    },
    pow: {
      at: MEASURED,
      fastHashesPerSecond: 3600,
      lightHashesPerSecond: 610,
      labelSpeeds: [
        { nonces: 128, threads: 12, bytesPerSecond: 1.3 * GIB },
        { nonces: 288, threads: 12, bytesPerSecond: 0.6 * GIB },
      ],
      from: 'profiler',
    },
    work: {
      kinds: [
        { numUnits: 64, nonces: 288, ms: 25 * MINUTE },
        { numUnits: 64, nonces: 128, ms: 11 * MINUTE },
      ],
      totalMs: 110 * MINUTE,
      identityCount: 7,
    },
    unitBytes: 64 * GIB,
    clock: {
      at: NOW - 2 * MINUTE,
      offsetMs: 30,
      uncertaintyMs: 12,
      servers: [{ name: 'time.example', is: 'answered', offsetMs: 30, text: '+0.03 s' }],
      node: 'node is content',
      isSynchronised: 'yes',
      verdict: 'good',
      text: 'in step',
    },
    ports: [
      { what: 'node public', address: '127.0.0.1:9092', is: 'ours', verdict: 'good', text: 'the node listens' },
      { what: 'Amber operator', address: '127.0.0.1:50051', is: 'ours', verdict: 'good', text: 'the service listens' },
    ],
    p2p: { verdict: 'unknown', text: 'Whether others reach port 7513 from outside cannot be known here; 42 peers are connected.' },
    opencl: {
      is: 'seen',
      at: MEASURED,
      tookMs: 84,
      loader: 'libOpenCL.so.1',
      platforms: [{ name: 'NVIDIA CUDA', vendor: 'NVIDIA Corporation', version: 'OpenCL 3.0' }],
      devices: [
        {
          platform: 'NVIDIA CUDA',
          name: 'GeForce RTX 4070',
          vendor: 'NVIDIA',
          kind: 'gpu',
          memoryBytes: 12 * GIB,
          isMemoryDoubtful: false,
          computeUnits: 46,
          driver: '570.86',
          version: 'OpenCL 3.0',
          provider: 0,
        },
      ],
      advice: [],
    },
    disks: [
      aDisk({
        id: 'disk:east',
        label: 'East',
        detail: 'SATA SSD 16 TB',
        media: 'ssd',
        folders: [{ identity: anId(6), path: '/mnt/east/post-juniper', sizeBytes: 10 * TIB }],
        volumes: [{ mountPoint: '/mnt/east', fsType: 'ext4', totalBytes: 16e12, freeBytes: 4.5 * TIB }],
        speed: at(440),
        trend: [at(440)],
        needBytesPerSecond: 265 * MIB,
        verdict: 'good',
        verdictText: '66 % in reserve',
      }),
      aDisk(),
      aDisk({
        id: 'disk:west',
        label: 'West',
        detail: 'USB HDD 4 TB',
        bus: 'usb',
        folders: [{ identity: anId(0), path: '/mnt/west/post-fjord', sizeBytes: 2 * TIB }],
        speed: at(126),
        trend: [at(126)],
        needBytesPerSecond: 53 * MIB,
        sleepsAfterMs: 20 * MINUTE,
        verdictText: 'sleeps after 20 min',
      }),
    ],
    checks: [
      { key: 'memory', about: 'memory', verdict: 'good', what: 'Memory for provers', measured: '22.6 GiB', needed: '9.4 GiB' },
      { key: 'clock', about: 'clock', verdict: 'good', what: 'Clock', measured: '+0.03 s', needed: '± 10 s' },
    ],
    advice: [
      {
        key: 'disk/sleeps',
        severity: 'warn',
        title: 'West falls asleep after 20 min.',
        text: 'Waking costs a pass up to 40 s a file.',
        about: 'disk:west',
        action: 'keep-awake',
      },
    ],
    ...more,
  }
}

export function aPlanIdentity(index: number, more: Partial<PlanIdentity> = {}): PlanIdentity {
  const names = ['Fjord', 'Basalt', 'Grove', 'Amber', 'Dune', 'Cedar', 'Juniper']
  const disks = ['disk:west', 'disk:south', 'disk:north', 'disk:north', 'disk:east', 'disk:east', 'disk:east']
  const units = [32, 48, 16, 64, 32, 64, 64]
  const numUnits = units[index % 7] ?? 32
  return {
    id: anId(index),
    name: names[index % 7] ?? 'Moor',
    colour: index % 12,
    disk: disks[index % 7] ?? 'disk:east',
    numUnits,
    totalBytes: numUnits * 64 * GIB,
    nonces: 128,
    threads: 12,
    randomx: 'fast',
    ...more,
  }
}

/** What the planner knows in the design's pictures. */
export function planInputs(more: Partial<PlanInputs> = {}): PlanInputs {
  const disk = (id: string, label: string, detail: string, mibs: number) => ({
    id: `disk:${id}`,
    label,
    detail,
    bytesPerSecond: mibs * MIB,
    spread: 0.05,
    measuredAt: MEASURED,
    freeBytes: 4 * TIB,
  })
  return {
    at: NOW,
    gapOpensAt: GAP_END - 12 * HOUR,
    gapClosesAt: GAP_END,
    publishEndsAt: GAP_END + 4 * 24 * HOUR,
    unitBytes: 64 * GIB,
    post: { k1: 26, k2: 37, powDifficulty: '000dfb23b0979b4b000000000000000000000000000000000000000000000000' },
    disks: [
      disk('east', 'East', 'SATA SSD', 440),
      disk('south', 'South', 'HDD', 232),
      disk('north', 'North', 'HDD', 148),
      disk('west', 'West', 'USB HDD', 126),
    ],
    identities: Array.from({ length: 7 }, (_, index) => aPlanIdentity(index)),
    machine: {
      threads: 16,
      proverMemoryBytes: 22 * GIB,
      maxProvers: 4,
      fastHashesPerSecond: 3600,
      lightHashesPerSecond: 610,
      labelSpeeds: [
        { nonces: 128, threads: 12, bytesPerSecond: 1.3 * GIB },
        { nonces: 288, threads: 12, bytesPerSecond: 0.6 * GIB },
      ],
    },
    ...more,
  }
}

export function anInitOptions(more: Partial<InitOptions> = {}): InitOptions {
  const disk = (label: string, detail: string, freeTib: number, mibs: number, more: Partial<InitOptions['disks'][number]> = {}) => ({
    lane: `disk:${label.toLowerCase()}`,
    label,
    detail,
    root: `/mnt/${label.toLowerCase()}`,
    freeBytes: freeTib * TIB,
    totalBytes: 16e12,
    usableBytes: freeTib * TIB,
    mostUnits: Math.floor((freeTib * TIB) / (64 * GIB)),
    readBytesPerSecond: mibs * MIB,
    provers: [],
    ...more,
  })
  return {
    disks: [
      disk('East', 'SATA SSD', 4.5, 440, { provers: ['Juniper', 'Cedar', 'Dune'] }),
      disk('North', 'HDD', 0.2, 148, { why: 'too little space' }),
      disk('South', 'HDD', 5.9, 232, { provers: ['Basalt'] }),
    ],
    providers: [
      { id: 0, name: 'GeForce RTX 4070', kind: 'gpu', bytesPerSecond: 5.2 * MIB, measuredAt: MEASURED, labels: 'correct' },
      { id: 4_294_967_295, name: 'CPU, 16 threads', kind: 'cpu', bytesPerSecond: 0.3 * MIB, measuredAt: MEASURED, labels: 'correct' },
    ],
    providersText: 'benchmarked here, 30 s each',
    commitment: { is: 'known', atxId: 'ab'.repeat(32), at: NOW - MINUTE },
    unitBytes: 64 * GIB,
    minUnits: 4,
    maxUnits: 1_048_576,
    maxFileBytes: 4 * GIB,
    reserveBytes: 10 * GIB,
    binary: { is: 'known', path: '/opt/smesh/postcli', version: '0.12.9' },
    ...more,
  }
}

export function anInitPlan(more: Partial<InitPlan> = {}): InitPlan {
  return {
    id: 'plan-1',
    at: NOW,
    headline: 'New identity: 4.0 TiB on East, ready Fri 5 Dec',
    name: 'Moor',
    folder: '/mnt/east/post-moor',
    numUnits: 64,
    totalBytes: 4 * TIB,
    fileCount: 1024,
    steps: [
      { text: 'Make the key of Moor and put it into a backup' },
      { text: 'Write 1 024 files of 4 GiB with GeForce RTX 4070', expectedMs: 9.3 * 24 * HOUR },
      { text: 'Check a sample of every file', expectedMs: 40 * MINUTE },
      { text: 'Put the key into the node in a safe window' },
    ],
    risks: [{ severity: 'info', text: 'Writing pauses in the cycle gap on a disk that also proves.' }],
    refusals: [],
    readyAt: NOW + 15 * 24 * HOUR,
    firstRegistration: { from: NOW + 18 * 24 * HOUR, to: NOW + 18 * 24 * HOUR + HOUR, epoch: 62 },
    firstProof: { at: NOW + 31 * 24 * HOUR, epoch: 63 },
    firstReward: { at: NOW + 36 * 24 * HOUR, epoch: 64 },
    ...more,
  }
}

export function anInitJob(more: Partial<InitJob> = {}): InitJob {
  return {
    id: 'init-harbor',
    identity: anId(9),
    name: 'Harbor',
    folder: '/mnt/south/post-harbor',
    lane: 'disk:south',
    disk: 'South',
    numUnits: 32,
    totalBytes: 2 * TIB,
    doneBytes: 0.412 * 2 * TIB,
    fileCount: 512,
    filesDone: 210,
    stage: { is: 'writing' },
    parts: [
      {
        provider: 0,
        providerName: 'GeForce RTX 4070',
        fromFile: 0,
        toFile: 511,
        doneBytes: 0.412 * 2 * TIB,
        totalBytes: 2 * TIB,
        bytesPerSecond: 5.2 * MIB,
      },
    ],
    bytesPerSecond: 5.2 * MIB,
    etaAt: NOW + 2.8 * 24 * HOUR,
    createdAt: NOW - 3 * 24 * HOUR,
    samples: Array.from({ length: 48 }, (_, i) => ({ at: NOW - (48 - i) * 30 * MINUTE, bytesPerSecond: i > 18 && i < 22 ? 0 : 5.2 * MIB })),
    key: 'kept',
    backedUp: true,
    sentence: '41.2 % of 2.0 TiB at 5.2 MiB/s',
    ...more,
  }
}

export function aReadyReport(more: Partial<ReadyReport> = {}): ReadyReport {
  return {
    at: NOW,
    gapOpensAt: GAP_END - 12 * HOUR,
    gapClosesAt: GAP_END,
    epoch: 61,
    sentence: 'Ready for Sunday: 6 of 7. Fjord’s drive is missing.',
    readyCount: 6,
    identityCount: 7,
    checks: [
      { key: 'volume', identity: anId(0), is: 'fail', text: 'The drive of Fjord is missing.', fix: 'Connect the drive West.', at: NOW },
      { key: 'sync', is: 'pass', text: 'The node is in sync.', at: NOW },
    ],
    isChecking: false,
    ...more,
  }
}

/** As many good files, but those named. */
export const fileCellsOf = (count: number, others: Readonly<Record<number, FileCell['is']>> = {}): FileCell[] =>
  Array.from({ length: count }, (_, index) => ({ index, is: others[index] ?? 'good', sizeBytes: 4 * GIB }))

export function aVerifyRun(more: Partial<VerifyRun> = {}): VerifyRun {
  return {
    identity: anId(3),
    name: 'Amber',
    is: 'running',
    fractionPercent: 0.1,
    filesDone: 256,
    fileCount: 1024,
    badFiles: [],
    startedAt: NOW - HOUR,
    etaAt: NOW + 3 * HOUR,
    sentence: '256 of 1024 files of Amber checked, done in about 3 h.',
    ...more,
  }
}

export function aRehearsal(more: Partial<Rehearsal> = {}): Rehearsal {
  return {
    identity: anId(3),
    is: 'passed',
    startedAt: NOW - HOUR,
    endedAt: NOW - 50 * MINUTE,
    steps: [
      { text: 'All files are there, of the right size, and the metadata fits', is: 'pass', detail: '1024 files' },
      { text: 'Labels of the first, the middle and the last file are right', is: 'pass' },
      { text: 'The service makes a proof from these files', is: 'pass', detail: '148 MiB/s' },
      { text: 'A real proof fits into the cycle gap', is: 'pass', detail: 'in about 8 h' },
    ],
    bytesPerSecond: 148 * MIB,
    powMs: 16 * MINUTE,
    sentence: 'Amber will prove: a proof from its real files was found and checked at 148 MiB/s.',
    ...more,
  }
}
