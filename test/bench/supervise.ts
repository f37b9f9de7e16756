import { spawnSync } from 'node:child_process'
import { newBenchHome, needLinux, removeHome, startKeeper, startNode, writeFleet } from './parts/fleet.ts'
import type { KeeperSample } from './parts/keeper-talk.ts'
import { loadNote } from './parts/proc.ts'
import { slope } from './parts/stats.ts'
import { pause } from './parts/wait.ts'
import { below, type BenchOptions, type BenchResult, type Figure } from './types.ts'

export const name = 'supervise'
export const describe = '100 services, 20 proving: CPU of the keeper, heap and handles over time (--minutes 20 for the long one)'

const PLAN = { services: 100, proving: 20 }
const USUAL_MINUTES = 2
const SAMPLE_MS = 10_000
/** A shorter run sees the warm-up of code and caches, not a leak: its growth is told, not judged. */
const JUDGED_FROM_MINUTES = 10
const SETTLE_MS = 30_000
/** What a shell loop takes to look at all services once; it then waits and begins anew. */
const SHELL_ROUND_S = 120

/** One look at every service as a shell scheduler does it: a process list, and a request to the operator API. Bounded: one sweep. */
const SWEEP = `
for address in "$@"; do
  pgrep -f -- "--operator-address $address" >/dev/null
  state=$(curl -s --max-time 2 "http://$address/status")
  case "$state" in *Proving*) echo "$state" | sed 's/.*position"://; s/}.*//' >/dev/null ;; esac
done
times`

/** CPU seconds of one sweep, children included; `undefined` where pgrep or curl is missing. */
function shellSweepSeconds(operators: readonly string[]): number | undefined {
  const run = spawnSync('bash', ['-c', SWEEP, 'sweep', ...operators], { encoding: 'utf8', timeout: 120_000 })
  const times = [...(run.stdout ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s))
  return run.status === 0 && times.length === 4 ? times.reduce((sum, one) => sum + one, 0) : undefined
}

/** Samples for as long as asked, from the settled state on. */
async function measure(sample: () => Promise<KeeperSample>, minutes: number): Promise<{ readonly x: number; readonly s: KeeperSample }[]> {
  const points: { x: number; s: KeeperSample }[] = []
  const began = performance.now()
  for (;;) {
    const s = await sample()
    const x = (performance.now() - began) / 60_000
    points.push({ x, s })
    if (x >= minutes) return points
    await pause(SAMPLE_MS)
  }
}

function figuresOf(points: readonly { readonly x: number; readonly s: KeeperSample }[], sweepSeconds: number | undefined): Figure[] {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) throw new Error('no samples')
  const minutes = last.x - first.x
  const cpuPercent = (last.s.cpuMs - first.s.cpuMs) / (minutes * 600)
  const growth = (y: (s: KeeperSample) => number): number => slope(points.map(({ x, s }) => ({ x, y: y(s) }))) * 20
  const grown = (what: string, value: number, unit: string, limit: number): Figure =>
    minutes < JUDGED_FROM_MINUTES ? { name: what, value, unit } : { name: what, value, unit, limit: `≤ ${limit}`, ok: value <= limit }
  const perRound = (cpuPercent / 100) * SHELL_ROUND_S
  return [
    below('CPU of the keeper', cpuPercent, '% of one core', 2),
    { name: 'snapshots', value: (last.s.revision - first.s.revision) / (minutes * 60), unit: 'a second' },
    ...(sweepSeconds === undefined
      ? []
      : [
          { name: 'shell loop, one look at all', value: sweepSeconds, unit: 'CPU s' },
          { name: 'keeper, two minutes of looking', value: perRound, unit: 'CPU s' },
          { name: 'keeper / shell loop that looks once in two minutes', value: perRound / sweepSeconds, unit: '×' },
        ]),
    { name: 'heap after collection', value: last.s.heapBytes / 2 ** 20, unit: 'MiB' },
    { name: 'resident', value: last.s.rssBytes / 2 ** 20, unit: 'MiB' },
    grown('heap growth in 20 min', (growth((s) => s.heapBytes) / first.s.heapBytes) * 100, '% of the heap', 5),
    grown(
      'open files, growth in 20 min',
      growth((s) => s.files),
      'files',
      2,
    ),
    grown(
      'active resources, growth in 20 min',
      growth((s) => s.resources),
      'resources',
      2,
    ),
    { name: 'measured over', value: minutes, unit: 'min' },
  ]
}

export async function run({ say, minutes = USUAL_MINUTES }: BenchOptions): Promise<BenchResult> {
  needLinux()
  const home = newBenchHome()
  const node = await startNode(PLAN)
  try {
    const setup = await writeFleet(home, PLAN, node.listeners)
    const keeper = startKeeper(home)
    say('starting 100 services')
    await keeper.whenTrue(180_000)
    say(`all statuses are true; measuring for ${minutes} min`)
    await pause(SETTLE_MS)
    const points = await measure(() => keeper.sample(), minutes)
    const sweep = shellSweepSeconds(setup.services.map((service) => service.operator))
    await keeper.kill()
    return {
      figures: figuresOf(points, sweep),
      notes: [`${loadNote()}; services are light stand-ins, the keeper, its supervisor and its clients are the real ones`],
    }
  } finally {
    node.close()
    removeHome(home)
  }
}
