import { fork, spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { homeAt, type Home } from '../../../electron/lib/home.ts'
import { setupSchema, type Setup } from '../../../shared/setup/schema.ts'
import { CannotRun } from '../types.ts'
import type { KeeperSample, KeeperSays } from './keeper-talk.ts'

const PARTS = import.meta.dirname
const DAY_MS = 86_400_000
const LABELS_PER_UNIT = 2 ** 32
const NUM_UNITS = 4
const FILE_BYTES = 64 * 2 ** 30

const homes = new Set<Home>()

/** Services outlive their keeper, by design: a bench that is broken off ends them here. */
function endAtSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const home of homes) removeHome(home)
      process.exit(130)
    })
  }
}

export function newBenchHome(): Home {
  if (homes.size === 0) endAtSignal()
  const home = homeAt(mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-bench-')))
  homes.add(home)
  return home
}

export const idOf = (index: number): string => createHash('sha256').update(`bench ${index}`).digest('hex')

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map((one) => new Promise<number>((resolve) => one.listen(0, '127.0.0.1', () => resolve((one.address() as AddressInfo).port)))),
  )
  await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))))
  return ports
}

/** Complete PoS data of 256 GiB by its sizes: sparse files. */
function posFolder(folder: string, id: string): void {
  mkdirSync(folder, { recursive: true })
  const metadata = {
    NodeId: Buffer.from(id, 'hex').toString('base64'),
    CommitmentAtxId: Buffer.alloc(32, 7).toString('base64'),
    LabelsPerUnit: LABELS_PER_UNIT,
    NumUnits: NUM_UNITS,
    MaxFileSize: FILE_BYTES,
    Nonce: 1,
    NonceValue: '00'.repeat(16),
  }
  writeFileSync(path.join(folder, 'postdata_metadata.json'), JSON.stringify(metadata))
  for (let file = 0; file * FILE_BYTES < NUM_UNITS * LABELS_PER_UNIT * 16; file += 1) {
    const at = path.join(folder, `postdata_${file}.bin`)
    writeFileSync(at, '')
    truncateSync(at, FILE_BYTES)
  }
}

export interface FleetPlan {
  readonly services: number
  readonly proving: number
  /** Services that nobody runs: the set-up alone is large. */
  readonly isFrozen?: boolean
}

/** A network of one-day epochs whose gap has just opened. */
function network(now: number): object {
  const genesis = Math.floor((now - 2 * DAY_MS - 0.3 * DAY_MS) / 1000) * 1000
  return {
    preset: 'custom',
    genesisTime: new Date(genesis).toISOString(),
    layerDurationMs: 300_000,
    layersPerEpoch: 288,
    poet: { phaseShiftMs: 0.7 * DAY_MS, cycleGapMs: 0.45 * DAY_MS, gracePeriodMs: 3_600_000 },
    post: {
      labelsPerUnit: LABELS_PER_UNIT,
      minNumUnits: NUM_UNITS,
      maxNumUnits: 1024,
      k1: 26,
      k2: 37,
      powDifficulty: 'ff'.repeat(32),
      scrypt: { n: 2, r: 1, p: 1 },
    },
    addressPrefix: 'standalone',
  }
}

/** Writes the set-up of a home: `services` real child processes, `proving` of them in a proof. */
export async function writeFleet(home: Home, plan: FleetPlan, node: { public: string; private: string; post: string }): Promise<Setup> {
  const ports = plan.isFrozen === true ? [] : await freePorts(plan.services)
  const all = Array.from({ length: plan.services }, (_, i) => {
    const folder = path.join(home.root, 'pos', `${i < plan.proving ? 'proving' : 'idle'}-${i}`)
    if (plan.isFrozen !== true) posFolder(folder, idOf(i))
    return { id: idOf(i), folder, operator: `127.0.0.1:${ports[i] ?? 1 + i}` }
  })
  const setup = setupSchema.parse({
    version: 1,
    network: network(Date.now()),
    node: { mode: 'attached', ...node },
    identities: all.map(({ id }, i) => ({ id, nickname: `Bench ${i + 1}`, colour: i % 12 })),
    services: all.map(({ id, folder, operator }) => ({
      identity: id,
      owner: plan.isFrozen === true ? 'someone' : 'smeshkeeper',
      binary: path.join(PARTS, 'post-service'),
      posFolder: folder,
      threads: 1,
      operator,
      nodeAddress: `http://${node.post}`,
    })),
    onQuit: 'leave-running',
  })
  mkdirSync(home.config, { recursive: true, mode: 0o700 })
  writeFileSync(path.join(home.config, 'setup.json'), JSON.stringify(setup, null, 2), { mode: 0o600 })
  return setup
}

export interface NodeStandIn {
  readonly listeners: { public: string; private: string; post: string }
  close(): void
}

export async function startNode(plan: FleetPlan): Promise<NodeStandIn> {
  const states = Array.from({ length: plan.services }, (_, i) => [idOf(i), i < plan.proving])
  const child = spawn(process.execPath, [path.join(PARTS, 'node-main.ts'), JSON.stringify(states)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const first = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the node stand-in ended with ${code}`)))
    createInterface({ input: child.stdout }).once('line', resolve)
  })
  return { listeners: JSON.parse(first) as NodeStandIn['listeners'], close: () => void child.kill('SIGKILL') }
}

export interface KeeperProcess {
  readonly child: ChildProcess
  readonly spawnedAt: number
  /** When every status was true for the first time. */
  whenTrue(deadlineMs: number): Promise<{ readonly startedAt: number; readonly at: number }>
  sample(): Promise<KeeperSample>
  /** SIGKILL, and nothing else: the services go on. */
  kill(): Promise<void>
}

export function startKeeper(home: Home): KeeperProcess {
  const spawnedAt = Date.now()
  const child = fork(path.join(PARTS, 'keeper-main.ts'), {
    env: { ...process.env, SMESHKEEPER_HOME: home.root },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const told: KeeperSays[] = []
  const waiting = new Set<() => void>()
  child.on('message', (message) => {
    told.push(message as KeeperSays)
    for (const wake of waiting) wake()
  })
  const take = <K extends KeeperSays['is']>(is: K, deadlineMs: number): Promise<Extract<KeeperSays, { is: K }>> =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        waiting.delete(look)
        clearTimeout(timer)
        child.off('exit', onExit)
      }
      const onExit = (): void => {
        end()
        reject(new Error('the keeper ended'))
      }
      const look = (): void => {
        const at = told.findIndex((one) => one.is === is)
        if (at < 0) return
        end()
        resolve(told.splice(at, 1)[0] as Extract<KeeperSays, { is: K }>)
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`the keeper did not say '${is}' within ${deadlineMs / 1000} s`))
      }, deadlineMs)
      waiting.add(look)
      child.once('exit', onExit)
      look()
    })
  const kinds = async (): Promise<string> => {
    child.send('kinds')
    const { kinds, trouble } = await take('kinds', 10_000)
    const counts = new Map<string, number>()
    for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    return `${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')} ${trouble ?? ''}`
  }
  return {
    child,
    spawnedAt,
    async whenTrue(deadlineMs) {
      try {
        return await take('true', deadlineMs)
      } catch (cause) {
        throw new Error(`statuses did not become true: ${await kinds()}`, { cause })
      }
    },
    async sample() {
      child.send('sample')
      return (await take('sample', 30_000)).sample
    },
    async kill() {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** name → pid of every child in the process table. */
export function childPids(home: Home): Map<string, number> {
  const table = readFileSync(path.join(home.state, 'processes.json'), 'utf8')
  const pids = new Map<string, number>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) {
      const { name, pid } = value as { name?: unknown; pid?: unknown }
      if (typeof name === 'string' && typeof pid === 'number') pids.set(name, pid)
      Object.values(value).forEach(visit)
    }
  }
  visit(JSON.parse(table))
  return pids
}

/** Ends every child of the home by its pid and removes the home. */
export function removeHome(home: Home): void {
  homes.delete(home)
  try {
    for (const pid of childPids(home).values()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        continue // gone already
      }
    }
  } catch {
    // no process was ever started here
  }
  rmSync(home.root, { recursive: true, force: true, maxRetries: 5 })
}

export function needLinux(): void {
  if (process.platform !== 'linux') throw new CannotRun('it reads /proc, which only Linux has')
}
