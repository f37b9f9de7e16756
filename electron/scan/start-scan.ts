import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import type { FoundSetup, Inventory, NodeStarter, ScanProgress } from '../../shared/domain/inventory.ts'
import { joinInventory } from '../../shared/domain/inventory-join.ts'
import { diskSystem } from '../hardware/index.ts'
import { startersOf } from '../interop/index.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startChildBy, type ScanLauncher, type StartScanChild } from './child.ts'
import { volumesOfScan } from './collected.ts'
import { planScan, type ScanMachine } from './places.ts'
import { DEFAULT_LIMITS, type ScanRequest } from './request.ts'
import { ScanRun, type RunEnd } from './run-scan.ts'

export interface ScanOptions {
  readonly launch: () => ScanLauncher
  readonly clock: Clock
  readonly log: Logger
  readonly request: ScanRequest
  readonly onProgress: (progress: ScanProgress) => void
  /** Absent: this machine. */
  readonly machine?: ScanMachine
  /** Absent: a real process. */
  readonly start?: StartScanChild
  /** Of tests: the process goes to sleep at this root. */
  readonly hangAt?: string
}

export interface RunningScan {
  /** `scan/cancelled` only when nothing had been found; else what had, as not whole. */
  readonly done: Promise<Result<Inventory, 'scan/failed' | 'scan/cancelled'>>
  cancel(): void
}

function thisMachine(platform: NodeJS.Platform): ScanMachine {
  const disks = diskSystem(platform)
  const mounts = disks.mounts()
  return { platform, mounts, env: process.env, resolve: (folder) => disks.resolve(folder, mounts) }
}

/** `scan-…` of a search, `local-sql-…` of a look at one node. */
const TEMPORARY = /^(scan|local-sql)-[0-9A-Za-z]{6}$/
/** No search takes so long. */
const LEFT_MS = 86_400_000

/** Looks at this machine through a process that can be killed, and joins what it found. */
export function startScan(options: ScanOptions): RunningScan {
  const { clock, log, request } = options
  let temporary: string
  try {
    const state = path.join(request.home, 'state')
    mkdirSync(state, { recursive: true, mode: 0o700 })
    sweep(state, clock.now(), log)
    temporary = mkdtempSync(path.join(state, 'scan-'))
  } catch (cause: unknown) {
    const detail = `no folder for copies could be made in ${request.home}: ${textOf(cause)}`
    return { done: Promise.resolve(fail('scan/failed', detail)), cancel: () => {} }
  }
  const startedAt = clock.now()
  const machine = options.machine ?? thisMachine(request.platform)
  const run = new ScanRun({
    start: options.start ?? startChildBy(options.launch),
    clock,
    log,
    limits: { ...DEFAULT_LIMITS, ...request.limits },
    plan: (found) => planScan(request, machine, found),
    ownPids: request.ownPids ?? [],
    order: {
      temporary,
      quarantine: request.quarantine,
      platform: request.platform,
      ...(options.hangAt === undefined ? {} : { hangAt: options.hangAt }),
    },
    onProgress: options.onProgress,
  })
  const done = run.done.then((end): Awaited<RunningScan['done']> => {
    removeTemporary(temporary, log)
    if (typeof end === 'object') return fail('scan/failed', end.failed)
    const inventory = inventoryOf(run, { end, request, machine, times: { startedAt, finishedAt: clock.now() } })
    const isEmpty = inventory.keys.length + inventory.posFolders.length + inventory.nodes.length + inventory.setups.length === 0
    if (end === 'cancelled' && isEmpty) return fail('scan/cancelled', 'the search was cancelled')
    log.info('scan.done', { isWhole: inventory.isWhole, keys: inventory.keys.length, ms: clock.now() - startedAt })
    return ok(inventory)
  })
  return { done, cancel: () => run.cancel() }
}

/** With paths as the walk tells them, to be compared; what the user sees keeps the paths of its file. */
function withResolved(setup: FoundSetup, resolve: (folder: string) => string): FoundSetup {
  const { node, services } = setup
  const folder = node?.dataFolder
  return {
    ...setup,
    ...(node === undefined || folder === undefined ? {} : { node: { ...node, dataFolder: resolve(folder) } }),
    services: services.map((one) => (one.posFolder === undefined ? one : { ...one, posFolder: resolve(one.posFolder) })),
  }
}

/** Copies of databases that a search left when it was killed. One that runs beside this one is younger. */
function sweep(state: string, now: number, log: Logger): void {
  for (const name of readdirSync(state).filter((one) => TEMPORARY.test(one))) {
    const folder = path.join(state, name)
    const facts = lstatSync(folder, { throwIfNoEntry: false })
    if (facts?.isDirectory() === true && now - facts.mtimeMs > LEFT_MS) removeTemporary(folder, log)
  }
}

function removeTemporary(folder: string, log: Logger): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch (cause: unknown) {
    log.warn('scan.leftover', { folder, detail: textOf(cause) })
  }
}

function inventoryOf(
  { collected, plan }: ScanRun,
  more: {
    readonly end: RunEnd
    readonly request: ScanRequest
    readonly machine: ScanMachine
    readonly times: Pick<Inventory, 'startedAt' | 'finishedAt'>
  },
): Inventory {
  const { end, request, machine, times } = more
  const { processes, setups } = collected
  const asWalked = setups.map((setup) => withResolved(setup, machine.resolve))
  const own = (dataFolder: string): NodeStarter[] =>
    (request.nodes ?? [])
      .filter((node) => machine.resolve(node.dataFolder) === dataFolder)
      .map(({ label }) => ({ owner: 'smeshkeeper', label, isAutomatic: true }))
  const nodes = [...collected.nodes.values()].map((node) => ({
    ...node,
    starters: [...own(node.dataFolder), ...startersOf(node.dataFolder, asWalked, processes)],
  }))
  const { volumes, isWhole } = volumesOfScan(plan.roots, collected)
  const found = {
    isWhole: isWhole && end === 'done' && collected.hasPrograms,
    volumes,
    keys: [...collected.keys.values()],
    posFolders: [...collected.posFolders.values()],
    nodes,
    processes,
    setups,
  }
  const identities = joinInventory({
    ...found,
    setups: asWalked,
    nicknames: request.nicknames ?? {},
    ownPosFolders: Object.fromEntries(Object.entries(request.posFolders ?? {}).map(([id, folder]) => [id, machine.resolve(folder)])),
    homedir: request.homedir,
  })
  return { ...times, ...found, backups: [...collected.backups], identities }
}
