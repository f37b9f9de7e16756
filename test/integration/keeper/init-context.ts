import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach } from 'vitest'
import type { MachineContext } from '../../../electron/keeper/machine/context.ts'
import { openInitBook, type InitBook } from '../../../electron/keeper/machine/init-book.ts'
import { InitEngine } from '../../../electron/keeper/machine/init-engine.ts'
import { launchFromSource } from '../../../electron/launch.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import { homeAt, type Home } from '../../../electron/lib/home.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { setupSchema, type Setup } from '../../../shared/setup/schema.ts'
import { ok } from '../../../shared/domain/fault.ts'
import type { InitRecord } from '../../../shared/domain/init-job.ts'
import { rangeBytes, shareFiles } from '../../../shared/domain/init-space.ts'
import { expectedFiles } from '../../../electron/pos-data/index.ts'
import { anId } from '../../builders/snapshot.ts'
import { eventually } from './running.ts'

const launch = launchFromSource(path.resolve(import.meta.dirname, '../../../electron'))
export const LABELS_PER_UNIT = 1024
export const FILE_BYTES = 8192

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

export interface InitWorld {
  readonly home: Home
  readonly book: InitBook
  readonly context: MachineContext
  readonly engine: InitEngine
  /** Puts a job for somebody else's key into the queue. */
  add(providers: readonly number[], change?: Partial<InitRecord>): string
  /** Turns the queue until the test holds. */
  until(what: string, test: () => boolean, withinMs?: number): Promise<void>
  job(id: string): InitRecord
  /** As after the keeper was killed: nothing is told to the processes, and everything is read anew. */
  again(): InitWorld
}

const setup: Setup = setupSchema.parse({
  version: 1,
  network: {
    preset: 'custom',
    genesisTime: '2030-01-01T00:00:00Z',
    layerDurationMs: 1000,
    layersPerEpoch: 10,
    poet: { phaseShiftMs: 6000, cycleGapMs: 4000, gracePeriodMs: 1000 },
    post: {
      labelsPerUnit: LABELS_PER_UNIT,
      minNumUnits: 1,
      maxNumUnits: 100,
      k1: 26,
      k2: 37,
      powDifficulty: 'f'.repeat(64),
      scrypt: { n: 2, r: 1, p: 1 },
    },
    addressPrefix: 'standalone',
  },
  node: { mode: 'attached', public: '127.0.0.1:1', private: '127.0.0.1:2', post: '127.0.0.1:3' },
  machine: { postcli: 'practice:postcli', reserveGiB: 0 },
})

const answers = {
  operations: { state: () => ok({ operations: [] }) },
  keys: { held: () => ok([]) },
  backup: { state: () => ok({ entries: [] }) },
}

/** The queue with real processes of the simulated postcli, and nothing else of a keeper. */
export function initWorld(env: Readonly<Record<string, string>>, root = mkdtempSync(path.join(os.tmpdir(), 'sk-init-'))): InitWorld {
  const home = homeAt(root)
  for (const folder of [home.state, home.logs]) mkdirSync(folder, { recursive: true })
  const context = {
    home,
    clock: systemClock,
    log: silentLogger,
    mode: 'practice',
    launch,
    launcher: () => {
      const { file, prefixArgs, env: own } = launch('postcli')
      return { file, prefixArgs, env: { ...own, ...env } }
    },
    setup: () => setup,
    session: () => undefined,
    custody: () => ({ handlers: answers }),
  } as unknown as MachineContext
  const book = openInitBook(home.state, Date.now, silentLogger)
  const engine = new InitEngine(context, book, () => undefined)
  ends.push(async () => {
    await engine.close('stop-all')
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  })
  const job = (id: string): InitRecord => {
    const found = book.job(id)
    if (found === undefined) throw new Error(`no job ${id}`)
    return found
  }
  return {
    home,
    book,
    context,
    engine,
    job,
    add(providers, change = {}) {
      const record = aRecord(path.join(root, `post-${book.jobs().length}`), providers, change)
      mkdirSync(record.folder, { recursive: true })
      const volume = engine.holds.volume.mountPointOf(record.folder)
      book.change(({ jobs }) => ({ jobs: [...jobs, { ...record, volume }] }))
      return record.id
    },
    until: (what, test, withinMs = 60_000) =>
      eventually(
        what,
        async () => {
          await engine.turn()
          return test()
        },
        withinMs,
      ),
    again() {
      ends.pop()
      void engine.close('leave-running')
      return initWorld(env, root)
    },
  }
}

function aRecord(folder: string, providers: readonly number[], change: Partial<InitRecord>): InitRecord {
  const numUnits = 4
  const layout = expectedFiles({ numUnits, labelsPerUnit: LABELS_PER_UNIT, maxFileBytes: FILE_BYTES })
  const identity = anId(7)
  const parts = shareFiles(
    layout.count,
    providers.map(() => undefined),
  ).map(({ at, fromFile, toFile }) => ({
    provider: providers[at] ?? 0,
    providerName: `Card ${providers[at] ?? 0}`,
    fromFile,
    toFile,
    totalBytes: rangeBytes({ fromFile, toFile }, layout),
    isDone: false,
  }))
  return {
    id: `job-${path.basename(folder)}`,
    identity,
    name: 'Iris',
    key: 'public',
    folder,
    commitmentAtx: 'ab'.repeat(32),
    numUnits,
    labelsPerUnit: LABELS_PER_UNIT,
    maxFileBytes: FILE_BYTES,
    scryptN: 2,
    totalBytes: layout.totalBytes,
    fileCount: layout.count,
    nonces: 288,
    randomx: 'fast',
    createdAt: Date.now(),
    parts,
    is: 'wanted',
    isBegun: false,
    isChecked: false,
    isArmed: false,
    samples: [],
    ...change,
  }
}
