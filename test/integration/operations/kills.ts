import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Engine } from '../../../electron/operations/engine.ts'
import { doneProblem, keysProblem, listing, makeWorld, mergeWorld, realEngine, type MergeWorld } from './merge-world.ts'

const MERGER = fileURLToPath(new URL('./peers/merger.ts', import.meta.url))
/** A merge and its undo take some hundred milliseconds on a disk that others use too. */
const MOST_MS = 400

/**
 * Kills a process at random moments that merges two nodes and takes it back. At each kill every key must be whole somewhere
 * and armed at most once; then it is finished or rolled back here, and what that promises must hold.
 */
export async function killMerges(
  times: number,
  random: () => number,
): Promise<{ readonly line: string; readonly broken: readonly string[] }> {
  const world = mergeWorld(mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-merge-kills-')))
  const broken: string[] = []
  const seen = new Map<string, number>()
  let left = 0
  let next = startMerger(world, 1000)
  try {
    makeWorld(world)
    const before = listing([world.attic, world.target])
    for (let kill = 1; kill <= times; kill += 1) {
      const signal = await next.killAfter(random() * MOST_MS)
      next = startMerger(world, (kill + 1) * 1000)
      if (signal !== 'SIGKILL') broken.push(`kill ${kill}: the merger ended by itself (${signal ?? 'no signal'})`)
      const engine = realEngine(world)
      // Every third is left to the next one, which is killed while it finishes or takes back.
      if (random() < 0.33 && kill < times) {
        const wrong = keysProblem(world)
        if (wrong !== undefined) broken.push(`kill ${kill}: ${wrong}`)
        left += 1
        continue
      }
      const { wrong, where } = await settle(world, { engine, before, finishes: random() < 0.5 })
      if (wrong !== undefined) broken.push(`kill ${kill}, ${where}: ${wrong}`)
      seen.set(where, (seen.get(where) ?? 0) + 1)
      if (wrong !== undefined) break
      rmSync(path.join(world.root, 'home', 'state', 'operations'), { recursive: true, force: true })
    }
  } finally {
    next.end()
    rmSync(world.root, { recursive: true, force: true })
  }
  const places = [...seen].map(([where, count]) => `${where} ${count}`).sort()
  return {
    line: `${times} kills of a merge and its undo (${places.join(', ')}; ${left} left to the next one), ${broken.length} broken`,
    broken,
  }
}

/** Finishes or rolls back what is open, looks at it, and takes back what is done. */
async function settle(
  world: MergeWorld,
  { engine, before, finishes }: { readonly engine: Engine; readonly before: string; readonly finishes: boolean },
): Promise<{ readonly wrong: string | undefined; readonly where: string }> {
  const { operations, problems } = await engine.state()
  const [last] = operations.toSorted((a, b) => Number(b.id.split('-')[1]) - Number(a.id.split('-')[1]))
  const step = last?.steps.find(({ state }) => state === 'failed' || state === 'running')
  const isOpen = last !== undefined && last.state === 'unfinished'
  const where = isOpen ? `${step?.title ?? 'between steps'}, then ${finishes ? 'finish' : 'roll back'}` : 'between operations'
  const atKill = problems[0] ?? keysProblem(world)
  if (atKill !== undefined) return { wrong: atKill, where }
  if (last === undefined) return { wrong: before === listing([world.attic, world.target]) ? undefined : 'not as before', where }
  if (isOpen) {
    const ended = finishes ? await engine.finish(last.id) : await engine.rollBack(last.id)
    if (!ended.ok) return { wrong: `stuck: ${ended.fault.detail}`, where }
  }
  const now = await engine.view(last.id)
  if (now?.state === 'done') {
    const wrong = doneProblem(world)
    if (wrong !== undefined) return { wrong, where }
    const back = await engine.rollBack(last.id)
    if (!back.ok) return { wrong: `not taken back: ${back.fault.detail}`, where }
  }
  return { wrong: listing([world.attic, world.target]) === before ? undefined : 'taken back, but not as before', where }
}

interface Merger {
  /** Lets it go, and kills it some time after. */
  killAfter(ms: number): Promise<NodeJS.Signals | null>
  end(): void
}

/** Loads while we look at what the last one left; it does nothing before its turn. */
function startMerger(world: MergeWorld, first: number): Merger {
  const child = spawn(process.execPath, [MERGER, world.root, world.attic, String(first)], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_COMPILE_CACHE: path.join(world.root, 'compiled') },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
  const ready = new Promise((resolve) => child.stdout.once('data', resolve))
  return {
    async killAfter(ms) {
      await Promise.race([ready, ended])
      child.stdin.write('go\n')
      setTimeout(() => child.kill('SIGKILL'), ms)
      return await ended
    },
    end: () => void child.kill('SIGKILL'),
  }
}
