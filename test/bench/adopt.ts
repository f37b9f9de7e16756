import { childPids, newBenchHome, needLinux, removeHome, startKeeper, startNode, writeFleet } from './parts/fleet.ts'
import { loadNote } from './parts/proc.ts'
import { median } from './parts/stats.ts'
import { atMost, below, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'adopt'
export const describe = '100 running services after kill -9 of the keeper: time to 100 true statuses, restarts'

const PLAN = { services: 100, proving: 20 }
const TURNS = 5

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  needLinux()
  const home = newBenchHome()
  const node = await startNode(PLAN)
  try {
    await writeFleet(home, PLAN, node.listeners)
    let keeper = startKeeper(home)
    say('starting 100 services')
    await keeper.whenTrue(180_000)
    const before = childPids(home)
    const fromStart: number[] = []
    const fromSpawn: number[] = []
    let restarts = 0
    for (let turn = 0; turn < TURNS; turn += 1) {
      await keeper.kill()
      keeper = startKeeper(home)
      const { startedAt, at } = await keeper.whenTrue(60_000)
      fromStart.push(at - startedAt)
      fromSpawn.push(at - keeper.spawnedAt)
      const after = childPids(home)
      restarts += [...before].filter(([service, pid]) => after.get(service) !== pid).length
      say(`turn ${turn + 1}: ${at - startedAt} ms from keeper start, ${at - keeper.spawnedAt} ms from the start of its process`)
    }
    await keeper.kill()
    return {
      figures: [
        below('keeper start to 100 true statuses, median', median(fromStart), 'ms', 2000),
        below('the same, worst', Math.max(...fromStart), 'ms', 2000),
        { name: 'from the start of its process (from source), median', value: median(fromSpawn), unit: 'ms' },
        atMost('restarts', restarts, 'services', 0),
        { name: 'services', value: before.size, unit: '' },
      ],
      notes: [`${TURNS} turns; ${loadNote()}`],
    }
  } finally {
    node.close()
    removeHome(home)
  }
}
