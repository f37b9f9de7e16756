import type { CheckLine, DiskReport, MachineReport, Verdict } from './machine.ts'
import { clockOffset, NODE_LIMIT_MS } from './clock-verdict.ts'
import type { PostParameters } from './network.ts'
import { workMs } from './proof-work.ts'
import { bytes, duration, figure, plural, speed, THIN } from './words.ts'

/** One identity as far as this computer must serve it. */
export interface CheckIdentity {
  readonly id: string
  readonly name: string
  readonly numUnits: number
  readonly nonces: number
  readonly threads: number
  readonly randomx: 'fast' | 'light'
  /** Lane of its disk. */
  readonly disk?: string
}

/** What was measured, and what this set-up needs. */
export interface CheckFacts extends Pick<MachineReport, 'cpu' | 'memory' | 'pow' | 'clock' | 'ports' | 'p2p' | 'opencl' | 'disks'> {
  readonly identities: readonly CheckIdentity[]
  readonly post: Pick<PostParameters, 'powDifficulty'>
  /** Length of the cycle gap, ms. */
  readonly gapMs: number
  /** What goes over the network cards now, bytes/s, all programs together. */
  readonly traffic?: { readonly received: number; readonly sent: number }
}

/** The proof of work of one identity may take this share of the gap; of all together three times as much. */
const POW_SHARE = 1 / 4
const ALL_POW_SHARE = 3 / 4

const FASTER = 'Move an identity to another disk.'
const SAVE = 'Move its PoS data to another disk while it can be read.'

type Draft = Omit<CheckLine, 'about'>
const about = (who: string, lines: readonly Draft[]): readonly CheckLine[] => lines.map((line) => ({ ...line, about: who }))

function cpuLines({ cpu, identities }: CheckFacts): readonly Draft[] {
  if (identities.length === 0) return []
  const most = Math.max(...identities.map(({ threads }) => threads))
  const known = (has: boolean | undefined): string => (has === undefined ? 'not known' : has ? 'yes' : 'no')
  const flag = (has: boolean | undefined): Verdict => (has === undefined ? 'unknown' : has ? 'good' : 'tight')
  const slow = 'The proof of work takes several times longer here: prefer fewer nonces, or another computer for it.'
  return [
    {
      key: 'aes',
      verdict: flag(cpu.hasAes),
      what: 'AES instructions',
      measured: known(cpu.hasAes),
      needed: 'yes, for RandomX',
      ...(cpu.hasAes === false ? { fix: slow } : {}),
    },
    { key: 'avx2', verdict: flag(cpu.hasAvx2), what: 'AVX2 instructions', measured: known(cpu.hasAvx2), needed: 'helpful for RandomX' },
    {
      key: 'threads',
      verdict: most <= cpu.threads ? 'good' : 'bad',
      what: 'Processor threads',
      measured: `${cpu.threads}`,
      needed: `${most} for one service`,
      ...(most <= cpu.threads ? {} : { fix: `Give no service more than ${cpu.threads} threads.` }),
    },
  ]
}

function memoryLines({ memory, identities }: CheckFacts): readonly Draft[] {
  if (memory.totalBytes === 0) return []
  const provers = identities.length === 0 ? 0 : Math.max(1, Math.min(memory.proversPlanned, identities.length))
  const { verdict } = memory
  return [
    {
      key: 'memory',
      verdict,
      what: 'Memory',
      measured: bytes(memory.totalBytes),
      needed: `${bytes(memory.systemAndNodeBytes + provers * memory.perProverBytes)} for system, node and ${plural(provers, 'prover')}`,
      ...(verdict === 'bad' ? { fix: memory.text } : {}),
    },
  ]
}

function powLines({ pow, identities, post, gapMs }: CheckFacts): readonly Draft[] {
  const times = identities.map((one) => ({ one, ms: workMs(one, pow, post) }))
  const slowest = times.toSorted((a, b) => (b.ms ?? 0) - (a.ms ?? 0))[0]
  if (slowest === undefined) return []
  const needed = `below ${duration(gapMs * POW_SHARE)} each`
  const unknown = times.filter(({ ms }) => ms === undefined)
  if (slowest.ms === undefined || unknown.length > 0) {
    const fix = 'Run the profiler, or wait for the first proof.'
    return [{ key: 'pow', verdict: 'unknown', what: 'Proof of work', measured: 'not measured', needed, fix }]
  }
  const total = times.reduce((sum, { ms }) => sum + (ms ?? 0), 0)
  const fewer = 'Fewer nonces need less work; a second computer can do it as a k2pow service.'
  const { one, ms } = slowest
  const isSlow = ms > gapMs * POW_SHARE
  const isTooMuch = total > gapMs * ALL_POW_SHARE
  return [
    {
      key: 'pow',
      verdict: ms > gapMs ? 'bad' : isSlow ? 'tight' : 'good',
      what: `Proof of work of ${one.name}, ${figure(one.numUnits)}${THIN}SU with ${one.nonces} nonces`,
      measured: duration(ms),
      needed,
      ...(isSlow ? { fix: fewer } : {}),
    },
    {
      key: 'pow-all',
      verdict: total > gapMs ? 'bad' : isTooMuch ? 'tight' : 'good',
      what: `Proof of work of all ${figure(identities.length)}`,
      measured: duration(total),
      needed: `below ${duration(gapMs * ALL_POW_SHARE)} in one gap`,
      ...(isTooMuch ? { fix: fewer } : {}),
    },
  ]
}

/** Identities whose labels are checked more slowly than their disk reads: the processor holds them back. */
function labelLines({ pow, identities, disks }: CheckFacts): readonly CheckLine[] {
  return identities.flatMap((one) => {
    const disk = disks.find(({ id }) => id === one.disk)
    const need = disk?.needBytesPerSecond
    const labels = pow?.labelSpeeds.find(({ nonces, threads }) => nonces === one.nonces && threads === one.threads)
    if (need === undefined || labels === undefined) return []
    const isSlow = labels.bytesPerSecond < need
    const line: Draft = {
      key: `labels/${one.id}`,
      verdict: isSlow ? 'bad' : 'good',
      what: `Labels checked for ${one.name}, ${one.nonces} nonces`,
      measured: speed(labels.bytesPerSecond),
      needed: speed(need),
      ...(isSlow ? { fix: 'Fewer nonces or more threads check labels faster.' } : {}),
    }
    return about(one.id, [line])
  })
}

function clockLines({ clock }: CheckFacts): readonly Draft[] {
  const needed = `±${NODE_LIMIT_MS / 1000}${THIN}s`
  const fix = 'Turn on the time service of this computer, then look again.'
  const line = { key: 'clock', what: 'Clock', needed }
  if (clock === undefined) return [{ ...line, verdict: 'unknown', measured: 'not compared yet' }]
  const measured = clock.offsetMs === undefined ? clock.text : clockOffset(clock.offsetMs)
  return [{ ...line, verdict: clock.verdict, measured, ...(clock.verdict === 'bad' || clock.verdict === 'tight' ? { fix } : {}) }]
}

function portLines({ ports }: CheckFacts): readonly Draft[] {
  if (ports.length === 0) return []
  const wrong = ports.filter(({ verdict }) => verdict === 'bad' || verdict === 'tight')
  const first = wrong[0]
  if (first === undefined) {
    const verdict = ports.every((one) => one.verdict === 'unknown') ? 'unknown' : 'good'
    return [
      { key: 'ports', verdict, what: 'Ports', measured: `${figure(ports.length)} as they should be`, needed: 'each free for its program' },
    ]
  }
  return wrong.map((one) => ({
    key: `port/${one.address}`,
    verdict: one.verdict,
    what: `Port ${one.address} (${one.what})`,
    measured: one.by === undefined ? one.is : `${one.is} by ${one.by}`,
    needed: 'free for its program',
    fix: one.text,
  }))
}

function networkLines({ p2p, traffic }: CheckFacts): readonly Draft[] {
  const rate = (perSecond: number): string => speed(perSecond)
  return [
    {
      key: 'p2p',
      verdict: p2p.verdict,
      what: 'Reached by other nodes',
      measured: p2p.text,
      needed: 'helpful, not necessary',
    },
    ...(traffic === undefined
      ? []
      : [
          {
            key: 'bandwidth',
            verdict: 'good' as const,
            what: 'Network, all programs together',
            measured: `${rate(traffic.received)} in, ${rate(traffic.sent)} out`,
            needed: 'a line that is always on; proofs themselves need none',
          },
        ]),
  ]
}

const isSlow = ({ speed: read, needBytesPerSecond: need = 0 }: DiskReport): boolean => read !== undefined && read.bytesPerSecond < need

function measuredOf(disk: DiskReport): string {
  const read = disk.speed === undefined ? 'not measured' : speed(disk.speed.bytesPerSecond)
  return disk.verdict === 'bad' && !isSlow(disk) ? `${disk.verdictText}, ${read}` : read
}

function diskLines({ disks }: CheckFacts): readonly CheckLine[] {
  return disks
    .filter(({ folders }) => folders.length > 0)
    .flatMap((disk) =>
      about(disk.id, [
        {
          key: `disk/${disk.id}`,
          verdict: disk.verdict,
          what: `Reading from ${disk.label}`,
          measured: measuredOf(disk),
          needed: disk.needBytesPerSecond === undefined ? 'nothing yet' : speed(disk.needBytesPerSecond),
          ...(disk.verdict === 'bad' ? { fix: isSlow(disk) ? FASTER : SAVE } : {}),
        },
      ]),
    )
}

function openclLines({ opencl }: CheckFacts): readonly Draft[] {
  const line = { key: 'opencl', what: 'OpenCL device', needed: 'only to make PoS data' }
  if (opencl.is === 'failed') return [{ ...line, verdict: 'tight', measured: opencl.text }]
  if (opencl.is !== 'seen') return [{ ...line, verdict: 'unknown', measured: 'not looked at yet' }]
  const gpus = opencl.devices.filter(({ provider }) => provider !== undefined)
  const measured = gpus.length === 0 ? 'none that postcli can use' : gpus.map(({ name }) => name).join(', ')
  return [{ ...line, verdict: gpus.length === 0 ? 'tight' : 'good', measured }]
}

/**
 * Each need of this set-up with what was measured against it, and what to do. What nobody measured is `unknown`, never
 * good. @source design §4
 */
export function checklist(facts: CheckFacts): readonly CheckLine[] {
  return [
    ...diskLines(facts),
    ...about('memory', memoryLines(facts)),
    ...about('cpu', cpuLines(facts)),
    ...about('cpu', powLines(facts)),
    ...labelLines(facts),
    ...about('clock', clockLines(facts)),
    ...about('ports', portLines(facts)),
    ...about('node', networkLines(facts)),
    ...about('opencl', openclLines(facts)),
  ]
}
