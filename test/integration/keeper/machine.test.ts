import { createSocket, type Socket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MachineContext } from '../../../electron/keeper/machine/context.ts'
import { machineDesk, type MachineDesk } from '../../../electron/keeper/machine/machine-desk.ts'
import { noKeepAwake } from '../../../electron/keeper/keep-awake.ts'
import type { Session } from '../../../electron/keeper/session.ts'
import { msToNtp } from '../../../electron/hardware/clock/packet.ts'
import { launchFromSource } from '../../../electron/launch.ts'
import { systemClock } from '../../../electron/lib/clock.ts'
import { homeAt } from '../../../electron/lib/home.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { ok } from '../../../shared/domain/fault.ts'
import type { MachineReport } from '../../../shared/domain/machine.ts'
import type { StatusKind } from '../../../shared/domain/status.ts'
import { setupSchema, type Setup } from '../../../shared/setup/schema.ts'
import { expectedHashes } from '../../../shared/domain/proof-rates.ts'
import { MAINNET } from '../../../shared/domain/network.ts'

const AMBER = 'a7'.repeat(32)
const DAY = 86_400_000
const launch = launchFromSource(path.resolve(import.meta.dirname, '../../../electron'))
const root = mkdtempSync(path.join(os.tmpdir(), 'sk-machine-'))

/** A time server on this machine, an hour fast when it lies. */
async function timeServer(aheadMs: number): Promise<{ readonly name: string; readonly socket: Socket }> {
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const answer = Buffer.alloc(48)
    answer.set([0x24, 1])
    question.copy(answer, 24, 40, 48)
    const [seconds, fraction] = msToNtp(Date.now() + aheadMs)
    for (const at of [32, 40]) {
      answer.writeUInt32BE(seconds, at)
      answer.writeUInt32BE(fraction, at + 4)
    }
    socket.send(answer, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return { name: `127.0.0.1:${socket.address().port}`, socket }
}

const listening = (): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
const portOf = (server: Server): number => (server.address() as AddressInfo).port

function setupFor(ports: { readonly taken: number; readonly free: number }, timeServers: readonly string[]): Setup {
  return setupSchema.parse({
    version: 1,
    network: { preset: 'mainnet', genesisTime: new Date(Date.now() - DAY).toISOString() },
    node: {
      mode: 'managed',
      binary: 'practice:go-spacemesh',
      dataFolder: path.join(root, 'node'),
      configFile: path.join(root, 'node.json'),
      listeners: { public: `127.0.0.1:${ports.free}`, private: `127.0.0.1:${ports.taken}`, post: '127.0.0.1:3' },
    },
    identities: [{ id: AMBER, nickname: 'Amber' }],
    services: [
      {
        identity: AMBER,
        binary: 'practice:post-service',
        posFolder: path.join(root, 'pos'),
        nonces: 64,
        threads: 1,
        randomx: 'light',
        operator: '127.0.0.1:3',
        nodeAddress: 'http://127.0.0.1:3',
      },
    ],
    machine: { postcli: 'practice:postcli', profiler: 'practice:profiler', timeServers },
  })
}

describe('the machine’s desk', () => {
  const told: MachineReport[] = []
  const listeners: ((report: MachineReport) => void)[] = []
  let kind: StatusKind = 'eligible'
  let powMs: number | undefined
  let setup: Setup
  let desk: MachineDesk
  const open: { close(): unknown }[] = []

  const session = {
    setup: () => setup,
    snapshot: () => ({
      node: { kind: 'stopped' },
      identities: [{ id: AMBER, name: 'Amber', numUnits: 4, sizeBytes: 4 * 64 * 1024 ** 3, status: { kind } }],
    }),
    world: { node: {}, identities: new Map() },
    processes: { state: () => undefined },
    history: {
      proofs: () =>
        powMs === undefined
          ? []
          : [
              {
                identity: AMBER,
                epoch: 1,
                startedAt: 0,
                finishedAt: 5,
                outcome: 'accepted',
                passes: 1,
                powMs,
                readMs: 1000,
                bytesPerSecond: 2e8,
              },
            ],
    },
  } as unknown as Session

  const newDesk = (): MachineDesk => {
    const context: MachineContext = {
      home: homeAt(root),
      clock: systemClock,
      log: silentLogger,
      mode: 'real',
      launch,
      launcher: () => {
        const own = launch('profiler')
        return { ...own, env: { ...own.env, SMESHKEEPER_PRACTICE_PACE: JSON.stringify({ verifyMs: 0, powMs: 3600, bytesPerSecond: 1e6 }) } }
      },
      setup: () => setup,
      session: () => session,
      editSetup: () => Promise.resolve(ok(undefined)),
      custody: () => ({ handlers: { operations: { state: () => ok({ operations: [], problems: [] }) } } }) as never,
      keepAwake: noKeepAwake,
      publish: (topic, value) => {
        if (topic !== 'machine.changed') return
        told.push(value as MachineReport)
        for (const listener of listeners.splice(0)) listener(value as MachineReport)
      },
    }
    const made = machineDesk(context)
    made.begin(session)
    return made
  }
  /** The first report, now or told later, for which `test` holds. */
  const reported = async (test: (report: MachineReport) => boolean): Promise<MachineReport> => {
    let report = desk.report()
    while (!test(report)) report = await new Promise((resolve) => listeners.push(resolve))
    return report
  }
  const idle = (): Promise<MachineReport> => reported(({ isLooking, profiler }) => !isLooking && profiler === undefined)

  beforeAll(async () => {
    const [server, spare] = [await listening(), await listening()]
    const free = portOf(spare)
    await new Promise((resolve) => spare.close(resolve))
    const times = await Promise.all([timeServer(-4000), timeServer(-4000), timeServer(-4000), timeServer(3_600_000)])
    open.push(server, ...times.map(({ socket }) => socket))
    setup = setupFor(
      { taken: portOf(server), free },
      times.map(({ name }) => name),
    )
    writeFileSync(path.join(root, 'node.json'), JSON.stringify({ p2p: { listen: '/ip4/0.0.0.0/tcp/17513' } }))
    mkdirSync(path.join(root, 'pos'))
    for (const file of [0, 1]) writeFileSync(path.join(root, 'pos', `postdata_${file}.bin`), randomBytes(16 * 1024 ** 2))
    desk = newDesk()
  })
  afterAll(async () => {
    await desk.close('stop-all')
    for (const one of open) one.close()
    rmSync(root, { recursive: true, force: true })
  })

  it('knows nothing before it has looked, and looks when a page asks', async () => {
    expect(desk.report()).toMatchObject({ clock: undefined, ports: [], opencl: { is: 'never' }, isLooking: false })
    await desk.handlers.report()
    expect(desk.report().isLooking).toBe(true)
    const report = await idle()
    expect(report.cpu.threads).toBe(os.cpus().length)
    expect(report.memory.totalBytes).toBeGreaterThan(0)
    expect(['seen', 'failed']).toContain(report.opencl.is)
    expect(told.length).toBeGreaterThan(0)
  })

  it('believes the time that most servers tell', () => {
    const { clock } = desk.report()
    expect(clock?.servers.map(({ is }) => is)).toEqual(['answered', 'answered', 'answered', 'liar'])
    expect(Math.round((clock?.offsetMs ?? 0) / 1000)).toBe(4)
    expect(clock?.verdict).toBe('tight')
  })

  it('sees a port that another program has, and two of ours that want one', () => {
    const lines = new Map(desk.report().ports.map((one) => [one.what, one]))
    expect(lines.get('node, public')).toMatchObject({ is: 'free', verdict: 'good' })
    expect(lines.get('node, private')).toMatchObject({ is: 'taken', verdict: 'bad' })
    if (process.platform === 'linux') expect(lines.get('node, private')?.by).toContain(`(process ${process.pid})`)
    expect(lines.get('node, peers')?.address).toBe('0.0.0.0:17513')
    expect(lines.get('Amber, operator')).toMatchObject({ is: 'taken', by: 'node, post' })
  })

  it('names the worst in its headline, and has a line for each need', () => {
    const { headline, checks } = desk.report()
    expect(headline).toContain('Port ')
    const keys = checks.map(({ key }) => key)
    expect(keys).toEqual(expect.arrayContaining(['memory', 'threads', 'pow', 'clock', 'p2p', 'opencl']))
  })

  it('knows the disk of the PoS data before anything was measured', () => {
    const [disk, ...others] = desk.report().disks
    expect(others).toEqual([])
    expect(disk?.folders).toEqual([{ identity: AMBER, path: path.join(root, 'pos'), sizeBytes: 4 * 64 * 1024 ** 3 }])
    // 256 GiB in a gap of 12 h, less an hour.
    expect((disk?.needBytesPerSecond ?? 0) / 1024 ** 2).toBeCloseTo(6.62, 1)
    expect(disk).toMatchObject({ verdict: 'unknown', test: { is: 'idle' } })
  })

  it('measures no disk that proves, and none that is not there', async () => {
    const code = async (ask: Partial<{ disks: string[]; acceptsNow: boolean }>): Promise<unknown> => {
      const answer = await desk.handlers.measure({ what: 'read', acceptsNow: true, ...ask })
      return answer.ok ? 'ok' : answer.fault.code
    }
    expect(await code({ disks: ['disk:none'] })).toBe('machine/unknown-disk')
    kind = 'proving'
    expect(await code({})).toBe('machine/proving')
    expect(await code({ acceptsNow: false })).toBe('ok')
    expect(desk.report().disks[0]?.test).toMatchObject({ is: 'waiting', why: 'Amber is at a proof' })
    await desk.handlers.cancel()
    kind = 'eligible'
  })

  it('measures the disk on the real files', async () => {
    const begun = await desk.handlers.measure({ what: 'read', acceptsNow: true })
    expect(begun.ok && desk.report().disks[0]?.test.is).toBe('running')
    const { disks } = await reported(({ disks: [disk] }) => !['running', 'waiting'].includes(disk?.test.is ?? ''))
    expect(disks[0]).toMatchObject({ test: { is: 'idle' }, speed: { from: 'test' }, verdict: 'good' })
    expect(desk.report().headline).not.toContain('never measured')
  })

  it('runs no benchmark beside a proof', async () => {
    kind = 'proving'
    const refused = await desk.handlers.benchmark()
    expect(!refused.ok && refused.fault.code).toBe('machine/proving')
    kind = 'eligible'
  })

  it('measures by the profiler, keeps the figures, and leaves no file', async () => {
    expect((await desk.handlers.benchmark()).ok).toBe(true)
    const again = await desk.handlers.benchmark()
    expect(!again.ok && again.fault.code).toBe('machine/busy')
    const { pow } = await idle()
    expect(pow?.from).toBe('profiler')
    // The practice pace: 72 hashes in 3.6 s.
    expect(pow?.lightHashesPerSecond).toBeCloseTo(20, 1)
    expect(pow?.labelSpeeds.map(({ nonces }) => nonces)).toEqual([64, 128, 288])
    expect(JSON.parse(readFileSync(path.join(root, 'state', 'machine-rates.json'), 'utf8'))).toMatchObject({ from: 'profiler' })
    expect(newDesk().pow()?.lightHashesPerSecond).toBeCloseTo(20, 1)
  })

  it('believes a real proof more than the profiler', () => {
    powMs = 60_000
    const other = newDesk()
    expect(other.pow()).toMatchObject({ from: 'proofs' })
    expect(other.pow()?.lightHashesPerSecond).toBeCloseTo(expectedHashes(MAINNET.post, 4, 64) / 60, 3)
  })
})
