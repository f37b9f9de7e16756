import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MachineContext } from '../../../../electron/keeper/machine/context.ts'
import { openMachinery, type Machinery } from '../../../../electron/keeper/machine/machinery.ts'
import { noKeepAwake } from '../../../../electron/keeper/keep-awake.ts'
import type { Session } from '../../../../electron/keeper/session.ts'
import { FakeClock } from '../../../../electron/lib/fake-clock.ts'
import { homeAt } from '../../../../electron/lib/home.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { ok } from '../../../../shared/domain/fault.ts'
import type { VerifyRun } from '../../../../shared/domain/initialization.ts'
import { setupSchema } from '../../../../shared/setup/schema.ts'

const AMBER = 'a7'.repeat(32)
const NOON = new Date(2026, 10, 28, 12, 0).getTime()
const METADATA = JSON.stringify({
  NodeId: Buffer.from(AMBER, 'hex').toString('base64'),
  CommitmentAtxId: Buffer.alloc(32, 7).toString('base64'),
  LabelsPerUnit: 64,
  NumUnits: 1,
  MaxFileSize: 1024,
})

let root = ''
let clock: FakeClock
let launched = 0
let machinery: Machinery

/** A postcli that works until it is killed, or until it may end. */
const mayEnd = (): string => path.join(root, 'may-end')
const endAll = (): void => writeFileSync(mayEnd(), '')

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'sk-verify-benchmark-'))
  clock = new FakeClock(NOON)
  launched = 0
  const posFolder = path.join(root, 'pos')
  mkdirSync(posFolder)
  writeFileSync(path.join(posFolder, 'postdata_metadata.json'), METADATA)
  const script = path.join(root, 'postcli.cjs')
  writeFileSync(script, `setInterval(() => require('node:fs').existsSync(${JSON.stringify(mayEnd())}) && process.exit(0), 10)`)
  const setup = setupSchema.parse({
    version: 1,
    // The epoch began a day ago, and its gap opens in a week.
    network: { preset: 'mainnet', genesisTime: new Date(NOON - 86_400_000).toISOString() },
    node: { mode: 'attached', public: '192.0.2.1:1', private: '192.0.2.1:2', post: '192.0.2.1:3' },
    identities: [{ id: AMBER }],
    services: [
      { identity: AMBER, binary: '/opt/post-service', posFolder, threads: 1, operator: '127.0.0.1:1', nodeAddress: 'http://192.0.2.1:3' },
    ],
    machine: { postcli: script, timeServers: [] },
  })
  const session = {
    setup: () => setup,
    snapshot: () => ({ node: { kind: 'unknown' }, identities: [{ id: AMBER, name: 'Amber', status: { kind: 'eligible' } }] }),
    world: { node: {}, identities: new Map() },
    processes: { state: () => undefined },
    setLimits: () => undefined,
  } as unknown as Session
  const context: MachineContext = {
    home: homeAt(root),
    clock,
    log: silentLogger,
    mode: 'practice',
    launch: () => ({ file: process.execPath, prefixArgs: ['-e', ''], env: { ELECTRON_RUN_AS_NODE: '1' } }),
    launcher() {
      launched += 1
      return { file: process.execPath, prefixArgs: [script], env: { ELECTRON_RUN_AS_NODE: '1' } }
    },
    setup: () => setup,
    session: () => session,
    editSetup: () => Promise.resolve(ok(undefined)),
    custody: () => ({ handlers: { operations: { state: () => ok({ operations: [], problems: [] }) } } }) as never,
    keepAwake: noKeepAwake,
    publish: () => undefined,
  }
  machinery = openMachinery(context)
  machinery.begin(session)
})
afterEach(async () => {
  endAll()
  await expect.poll(isTesting).toBe(false)
  await machinery.close('stop-all')
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
})

const isTesting = async (): Promise<boolean> => {
  const state = await machinery.handlers.init.state()
  return state.ok && state.value.benchmark.is === 'running'
}
const check = async (): Promise<VerifyRun | undefined> => {
  clock.advance(500)
  const state = await machinery.handlers.verify.state()
  return state.ok ? state.value.runs[0] : undefined
}
const benchmark = async (): Promise<unknown> => {
  const answer = await machinery.handlers.init.benchmark({})
  return answer.ok ? 'begun' : answer.fault
}
const beginCheck = () => machinery.handlers.verify.begin({ identity: AMBER, fractionPercent: 1 })

it('no device is tested beside a check, and one is as soon as the check is paused', async () => {
  await beginCheck()
  await expect.poll(check).toMatchObject({ is: 'running' })
  expect(await benchmark()).toMatchObject({ code: 'init/busy', detail: expect.stringMatching(/is checked.*Pause that/) as string })
  await expect.poll(() => launched).toBe(1)
  await machinery.handlers.verify.pause({ identity: AMBER })
  await expect.poll(benchmark).toBe('begun')
})

it('a check waits for the end of a test, in words, and goes on by itself', async () => {
  expect(await benchmark()).toBe('begun')
  await beginCheck()
  const why = 'a device is tested, and both would be slower than they are'
  await expect.poll(check).toMatchObject({ is: 'waiting', why })
  await expect.poll(() => launched).toBe(1)
  expect(await machinery.handlers.verify.rehearse({ identity: AMBER })).toMatchObject({ ok: false, fault: { detail: `Not now: ${why}.` } })
  endAll()
  await expect.poll(check).not.toMatchObject({ is: 'waiting' })
  await expect.poll(() => launched).toBeGreaterThan(1)
})
