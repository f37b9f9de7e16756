import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MachineContext } from '../../../../electron/keeper/machine/context.ts'
import { machineDesk, type MachineDesk } from '../../../../electron/keeper/machine/machine-desk.ts'
import { noKeepAwake } from '../../../../electron/keeper/keep-awake.ts'
import type { OwnProgram } from '../../../../electron/keeper/keeper.ts'
import type { Session } from '../../../../electron/keeper/session.ts'
import { FakeClock } from '../../../../electron/lib/fake-clock.ts'
import { homeAt } from '../../../../electron/lib/home.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { ok } from '../../../../shared/domain/fault.ts'
import type { StatusKind } from '../../../../shared/domain/status.ts'
import { setupSchema, type Setup } from '../../../../shared/setup/schema.ts'

const AMBER = 'a7'.repeat(32)
const MINUTE = 60_000
const DAY = 86_400_000
const NOON = new Date(2026, 10, 28, 12, 0).getTime()

describe('the machine’s desk does by itself', () => {
  let root = ''
  let clock: FakeClock
  let launched: OwnProgram[] = []
  let kind: StatusKind = 'eligible'
  let desk: MachineDesk | undefined

  const begin = (machine: object = {}, mode: 'real' | 'practice' = 'real'): void => {
    const setup: Setup = setupSchema.parse({
      version: 1,
      // The epoch began a day ago, and its gap opens in a week.
      network: { preset: 'mainnet', genesisTime: new Date(NOON - DAY).toISOString() },
      node: { mode: 'attached', public: '192.0.2.1:1', private: '192.0.2.1:2', post: '192.0.2.1:3' },
      identities: [{ id: AMBER }],
      services: [
        {
          identity: AMBER,
          binary: '/opt/post-service',
          posFolder: path.join(root, 'pos'),
          threads: 1,
          operator: '127.0.0.1:1',
          nodeAddress: 'http://192.0.2.1:3',
        },
      ],
      machine: { timeServers: [], ...machine },
    })
    const session = {
      setup: () => setup,
      snapshot: () => ({ node: { kind: 'unknown' }, identities: [{ id: AMBER, name: 'Amber', status: { kind } }] }),
      world: { node: {}, identities: new Map() },
      processes: { state: () => undefined },
    } as unknown as Session
    const context: MachineContext = {
      home: homeAt(root),
      clock,
      log: silentLogger,
      mode,
      launch(program) {
        launched.push(program)
        return { file: process.execPath, prefixArgs: ['-e', ''], env: { ELECTRON_RUN_AS_NODE: '1' } }
      },
      launcher: () => ({ file: process.execPath, prefixArgs: ['-e', ''], env: { ELECTRON_RUN_AS_NODE: '1' } }),
      setup: () => setup,
      session: () => session,
      editSetup: () => Promise.resolve(ok(undefined)),
      custody: () => undefined as never,
      keepAwake: noKeepAwake,
      publish: () => undefined,
    }
    desk = machineDesk(context)
    desk.begin(session)
  }

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'sk-desk-'))
    mkdirSync(path.join(root, 'pos'))
    clock = new FakeClock(NOON)
    launched = []
    kind = 'eligible'
  })
  afterEach(async () => {
    await desk?.close('stop-all')
    rmSync(root, { recursive: true, force: true })
  })

  it('nothing at the start of the app, and a look after a minute', () => {
    begin()
    clock.advance(MINUTE - 1)
    expect(launched).toEqual([])
    clock.advance(1)
    expect(launched).toEqual(['opencl-probe'])
  })
  it('no look while a proof is made', () => {
    kind = 'proving'
    begin()
    clock.advance(20 * MINUTE)
    expect(launched).toEqual([])
  })
  it('a measurement of a disk that never was measured', () => {
    begin()
    clock.advance(10 * MINUTE)
    expect(launched).toContain('speed-probe')
    expect(desk?.disks()[0]?.test.is).toBe('running')
  })
  it('no measurement when the user does not want it, outside the hours for tests, or in practice', () => {
    for (const [machine, mode] of [
      [{ measuresItself: false }, 'real'],
      [{ testHours: { from: '02:00', to: '05:00' } }, 'real'],
      [{}, 'practice'],
    ] as const) {
      begin(machine, mode)
      clock.advance(30 * MINUTE)
      expect(launched).not.toContain('speed-probe')
      void desk?.close('stop-all')
    }
  })
  it('an end of the measurement when a proof becomes due', () => {
    begin()
    clock.advance(10 * MINUTE)
    expect(desk?.disks()[0]?.test.is).toBe('running')
    kind = 'queued'
    clock.advance(1000)
    return expect.poll(() => desk?.disks()[0]?.test).toMatchObject({ is: 'waiting', why: 'Amber is at a proof' })
  })
})
