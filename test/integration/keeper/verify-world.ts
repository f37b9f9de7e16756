import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { launchFromSource } from '../../../electron/launch.ts'
import { inspectPosFolder } from '../../../electron/pos-data/index.ts'
import { createPracticePosData } from '../../../electron/practice/pos-data.ts'
import type { MachineContext } from '../../../electron/keeper/machine/context.ts'
import type { MachineDesk } from '../../../electron/keeper/machine/machine-desk.ts'
import { verifyDesk } from '../../../electron/keeper/machine/verify-desk.ts'
import { noKeepAwake } from '../../../electron/keeper/keep-awake.ts'
import type { Session } from '../../../electron/keeper/session.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import { homeAt } from '../../../electron/lib/home.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { ok } from '../../../shared/domain/fault.ts'
import type { VerifyState } from '../../../shared/domain/initialization.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { StatusKind } from '../../../shared/domain/status.ts'
import { setupSchema, type Setup } from '../../../shared/setup/schema.ts'

export const IDENTITY = 'a7'.repeat(32)
const LABELS_PER_UNIT = 1024
/** Two files of 512 labels to a unit: 4 files. */
const FILE_BYTES = 512 * 16
const launch = launchFromSource(path.resolve(import.meta.dirname, '../../../electron'))

type VerifyHandlers = AppHandlers['verify']

/** One identity with real practice data, and a network whose gap is far away. */
export interface VerifyWorld {
  readonly folder: string
  readonly home: string
  readonly verify: () => VerifyHandlers
  /** What the identity does from now on. */
  become(kind: StatusKind): void
  /** Resolves with the first state, now or later, for which `test` holds. */
  until(what: string, test: (state: VerifyState) => boolean): Promise<VerifyState>
  /** The keeper goes and comes again. */
  restart(): Promise<void>
  /** As if nothing had ever been checked. */
  forget(): Promise<void>
  /** Changes what the set-up says. */
  setUp(change: (setup: Setup) => Setup): void
  close(): Promise<void>
}

const DAY = 86_400_000
/** Nothing of the machine was looked at yet. */
const machine = { report: () => ({ opencl: { is: 'never' } }), pow: () => undefined } as unknown as MachineDesk

function setupFor(folder: string, root: string): Setup {
  return setupSchema.parse({
    version: 1,
    network: {
      preset: 'custom',
      // The epoch began a day ago and its gap opens in a week.
      genesisTime: new Date(Date.now() - DAY).toISOString(),
      layerDurationMs: 300_000,
      layersPerEpoch: 4032,
      poet: { phaseShiftMs: 10 * DAY, cycleGapMs: DAY / 2, gracePeriodMs: 3_600_000 },
      post: {
        labelsPerUnit: LABELS_PER_UNIT,
        minNumUnits: 1,
        maxNumUnits: 1024,
        k1: 26,
        k2: 37,
        powDifficulty: 'ff'.repeat(32),
        scrypt: { n: 2, r: 1, p: 1 },
      },
      addressPrefix: 'standalone',
    },
    node: {
      mode: 'managed',
      binary: 'practice:go-spacemesh',
      dataFolder: path.join(root, 'node'),
      configFile: path.join(root, 'node.json'),
      listeners: { public: '127.0.0.1:1', private: '127.0.0.1:2', post: '127.0.0.1:3' },
    },
    identities: [{ id: IDENTITY, nickname: 'Amber' }],
    services: [
      {
        identity: IDENTITY,
        binary: 'practice:post-service',
        posFolder: folder,
        nonces: 288,
        threads: 1,
        operator: '127.0.0.1:4',
        nodeAddress: 'http://127.0.0.1:3',
      },
    ],
  })
}

export async function verifyWorld(
  pace: Readonly<Record<string, number>> = {},
  mode: MachineContext['mode'] = 'practice',
): Promise<VerifyWorld> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'sk-verify-'))
  const folder = path.join(root, 'pos')
  const owner = { identity: Buffer.from(IDENTITY, 'hex'), commitmentAtxId: Buffer.alloc(32, 7) }
  await createPracticePosData(folder, { ...owner, numUnits: 2, labelsPerUnit: LABELS_PER_UNIT, maxFileSize: FILE_BYTES, seed: 0 })
  let setup = setupFor(folder, root)
  let kind: StatusKind = 'eligible'
  const listeners = new Set<(state: VerifyState) => void>()
  const session = {
    setup: () => setup,
    snapshot: () => ({ identities: [{ id: IDENTITY, name: 'Amber', status: { kind } }] }),
    get world() {
      return { identities: new Map([[IDENTITY, { folder: { value: inspectPosFolder(folder).state, at: Date.now() } }]]) }
    },
  } as unknown as Session
  const context: MachineContext = {
    home: homeAt(root),
    clock: systemClock,
    log: silentLogger,
    mode,
    launch,
    launcher: (binary) => {
      if (!binary.startsWith('practice:')) return { file: binary, prefixArgs: [], env: {} }
      const own = launch(binary === 'practice:postcli' ? 'postcli' : 'post-service')
      return { ...own, env: { ...own.env, SMESHKEEPER_PRACTICE_PACE: JSON.stringify(pace) } }
    },
    setup: () => setup,
    session: () => session,
    editSetup: () => Promise.resolve(ok(undefined)),
    custody: () => ({ handlers: { operations: { state: () => ok({ operations: [], problems: [] }) } } }) as never,
    keepAwake: noKeepAwake,
    publish: (topic, value) => {
      if (topic === 'verify.changed') for (const listener of listeners) listener(value as VerifyState)
    },
  }
  const begun = (): ReturnType<typeof verifyDesk> => {
    const made = verifyDesk(context, machine, () => false)
    made.begin(session)
    return made
  }
  let desk = begun()
  return {
    folder,
    home: root,
    verify: () => desk.handlers,
    become(next) {
      kind = next
    },
    async until(what, test) {
      const now = await desk.handlers.state()
      if (now.ok && test(now.value)) return now.value
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not within a minute: ${what}`)), 60_000)
        const listener = (state: VerifyState): void => {
          if (!test(state)) return
          clearTimeout(timer)
          listeners.delete(listener)
          resolve(state)
        }
        listeners.add(listener)
      })
    },
    async restart() {
      await desk.close('leave-running')
      desk = begun()
    },
    async forget() {
      await desk.close('leave-running')
      rmSync(path.join(root, 'state'), { recursive: true, force: true })
      desk = begun()
    },
    setUp(change) {
      setup = change(setup)
    },
    async close() {
      await desk.close('stop-all')
      rmSync(root, { recursive: true, force: true })
    },
  }
}
