import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { ProbeEvents } from '../../../electron/pos-data/index.ts'
import { volumesOfScan } from '../../../electron/scan/collected.ts'
import { asLine, parseAsk, type ScanAsk, type ScanLine } from '../../../electron/scan/protocol.ts'
import { DEFAULT_LIMITS, type ScanRoot } from '../../../electron/scan/request.ts'
import { ScanRun } from '../../../electron/scan/run-scan.ts'
import type { ScanProgress } from '../../../shared/domain/inventory.ts'
import { aFoundProcess, aKeyCopy } from '../../builders/inventory.ts'

const root = (path: string): ScanRoot => ({ path, volume: path, label: path, is: 'volume' })
const NOTHING = { folders: 3, files: 5, closed: 0, failed: 0, unnameable: 0, tooDeep: 0 }

interface FakeProcess {
  readonly asks: ScanAsk[]
  isKilled: boolean
  say(line: ScanLine): void
  end(): void
}

/** A scan whose processes do what the test says. */
function begin(paths: readonly string[], launch?: () => never) {
  const clock = new FakeClock()
  const processes: FakeProcess[] = []
  const progress: ScanProgress[] = []
  const named: string[][] = []
  const start = (events: ProbeEvents) => {
    if (launch !== undefined) launch()
    const fake: FakeProcess = {
      asks: [],
      isKilled: false,
      say: (line) => events.onLine(asLine(line).trimEnd()),
      end: () => events.onEnd(),
    }
    processes.push(fake)
    return {
      pid: processes.length,
      send(line: string) {
        const ask = parseAsk(line)
        if ('ask' in ask) fake.asks.push(ask)
      },
      kill: () => void (fake.isKilled = true),
    }
  }
  const run = new ScanRun({
    start,
    clock,
    log: silentLogger,
    limits: DEFAULT_LIMITS,
    plan: (found) => {
      named.push([...found])
      return { roots: [...found, ...paths].map(root), stops: [] }
    },
    order: { temporary: '/t', quarantine: '/q', platform: 'linux' },
    ownPids: [],
    onProgress: (one) => progress.push(one),
  })
  const at = (index: number): FakeProcess => {
    const found = processes[index]
    if (found === undefined) throw new Error(`process ${index} was not started`)
    return found
  }
  const programs = (fake: FakeProcess): void => {
    fake.say({ is: 'processes', processes: [] })
    fake.say({ is: 'setups', setups: [] })
    fake.say({ is: 'end' })
  }
  const walk = (fake: FakeProcess, path: string): void => {
    fake.say({ is: 'at', root: path })
    fake.say({ is: 'root', root: path, end: { is: 'ended' }, counts: NOTHING, unreadable: 0 })
  }
  const volumes = () => volumesOfScan(run.plan.roots, run.collected)
  return { run, clock, processes, progress, named, at, programs, walk, volumes }
}

const key = (path: string): ScanLine => ({ is: 'key', key: aKeyCopy({ path }) })

describe('a run of the scan', () => {
  it('looks at programs, then at all roots, and is done', async () => {
    const { run, at, programs, walk, volumes } = begin(['/a', '/b'])
    programs(at(0))
    expect(at(0).asks.map((ask) => ask.ask)).toEqual(['programs', 'walk'])
    walk(at(0), '/a')
    at(0).say(key('/b/x'))
    walk(at(0), '/b')
    at(0).say({ is: 'end' })
    expect(await run.done).toBe('done')
    expect(at(0).isKilled).toBe(true)
    expect(volumes()).toMatchObject({ isWhole: true, volumes: [{ is: 'scanned', files: 5 }, { is: 'scanned' }] })
    expect([...run.collected.keys.keys()]).toEqual(['/b/x'])
  })

  it('walks the folders that running programs name', () => {
    const { at, named } = begin(['/a'])
    at(0).say({ is: 'processes', processes: [aFoundProcess({ folder: '/srv/node' })] })
    at(0).say({ is: 'setups', setups: [] })
    at(0).say({ is: 'end' })
    expect(named.at(-1)).toEqual(['/srv/node'])
    expect(at(0).asks.at(-1)).toMatchObject({ ask: 'walk', roots: [{ path: '/srv/node' }, { path: '/a' }] })
  })

  it('looks at set-ups once more when the walk has led to some', async () => {
    const { run, at, programs, walk } = begin(['/a'])
    programs(at(0))
    at(0).say({ is: 'hint', hint: 'composeFiles', path: '/a/compose.yaml' })
    walk(at(0), '/a')
    at(0).say({ is: 'end' })
    expect(at(0).asks.at(-1)).toMatchObject({ ask: 'programs', composeFiles: ['/a/compose.yaml'] })
    programs(at(0))
    expect(await run.done).toBe('done')
  })

  it('puts a silent volume aside, tries it again at the end with patience, and then names it', async () => {
    const { run, clock, at, programs, walk, volumes } = begin(['/a', '/dead', '/b'])
    programs(at(0))
    walk(at(0), '/a')
    at(0).say({ is: 'at', root: '/dead' })
    at(0).say(key('/dead/found-before'))
    clock.advance(4999)
    expect(at(0).isKilled).toBe(false)
    clock.advance(1)
    expect(at(0).isKilled).toBe(true)
    expect(at(1).asks).toMatchObject([{ ask: 'walk', roots: [{ path: '/b' }, { path: '/dead' }] }])
    walk(at(1), '/b')
    at(1).say({ is: 'at', root: '/dead' })
    clock.advance(19_999)
    expect(at(1).isKilled).toBe(false)
    clock.advance(1)
    expect(await run.done).toBe('done')
    const { volumes: told, isWhole } = volumes()
    expect(isWhole).toBe(false)
    expect(told.map((one) => one.is)).toEqual(['scanned', 'not-answering', 'scanned'])
    expect(told[1]?.why).toContain('did not answer')
    expect(run.collected.keys.has('/dead/found-before')).toBe(true)
  })

  it('takes a disk that only slept as scanned', async () => {
    const { run, clock, at, programs, walk, volumes } = begin(['/sleepy'])
    programs(at(0))
    at(0).say({ is: 'at', root: '/sleepy' })
    clock.advance(5000)
    at(1).say({ is: 'at', root: '/sleepy' })
    clock.advance(9000)
    walk(at(1), '/sleepy')
    at(1).say({ is: 'end' })
    expect(await run.done).toBe('done')
    expect(volumes()).toMatchObject({ isWhole: true, volumes: [{ is: 'scanned' }] })
  })

  it('waits for a large folder as long as signs of life come', () => {
    const { clock, at, programs } = begin(['/a'])
    programs(at(0))
    at(0).say({ is: 'at', root: '/a' })
    for (let i = 0; i < 10; i += 1) {
      clock.advance(4000)
      at(0).say({ is: 'beat', folders: 1, files: i })
    }
    expect(at(0).isKilled).toBe(false)
  })

  it('goes on without a root that broke its process', async () => {
    const { run, at, programs, walk, volumes } = begin(['/bad', '/b'])
    programs(at(0))
    at(0).say({ is: 'at', root: '/bad' })
    at(0).end()
    walk(at(1), '/b')
    at(1).say({ is: 'end' })
    expect(await run.done).toBe('done')
    expect(volumes().volumes.map((one) => one.is)).toEqual(['partly', 'scanned'])
  })

  it('goes on without programs when looking for them hangs, and is not whole', async () => {
    const { run, clock, at, walk } = begin(['/a'])
    at(0).say({ is: 'processes', processes: [] })
    clock.advance(30_000)
    walk(at(1), '/a')
    at(1).say({ is: 'end' })
    expect(await run.done).toBe('done')
    expect(run.collected.hasPrograms).toBe(false)
  })

  it('fails when its process never says a word', async () => {
    const { run, at, processes } = begin(['/a'])
    at(0).end()
    at(1).end()
    expect(await run.done).toMatchObject({ failed: expect.stringContaining('before it said a word') as string })
    expect(processes).toHaveLength(2)
  })

  it('fails when no process can be started', async () => {
    const { run } = begin(['/a'], () => {
      throw new Error('spawn EAGAIN')
    })
    expect(await run.done).toEqual({ failed: 'the process that searches could not be started: spawn EAGAIN' })
  })

  it('ends at once when cancelled and keeps what it has', async () => {
    const { run, at, programs, volumes } = begin(['/a', '/b'])
    programs(at(0))
    at(0).say({ is: 'at', root: '/a' })
    at(0).say(key('/a/x'))
    run.cancel()
    expect(await run.done).toBe('cancelled')
    expect(at(0).isKilled).toBe(true)
    at(0).say(key('/a/late'))
    expect([...run.collected.keys.keys()]).toEqual(['/a/x'])
    expect(volumes()).toMatchObject({ isWhole: false, volumes: [{ is: 'skipped' }, { is: 'skipped' }] })
  })

  it('says what the time limit left out', async () => {
    const { run, at, programs, volumes } = begin(['/a', '/b'])
    programs(at(0))
    at(0).say({ is: 'at', root: '/a' })
    at(0).say({ is: 'root', root: '/a', end: { is: 'time' }, counts: NOTHING, unreadable: 0 })
    at(0).say({ is: 'end' })
    expect(await run.done).toBe('done')
    expect(volumes()).toMatchObject({ isWhole: false })
    expect(volumes().volumes[0]).toMatchObject({ is: 'partly', why: expect.stringContaining('the time for the search ended') as string })
    expect(volumes().volumes[1]).toMatchObject({ is: 'skipped', why: expect.stringContaining('was not reached') as string })
  })

  it('starts no new process when its time is over', async () => {
    const { run, clock, at, programs, processes } = begin(['/a', '/b'])
    programs(at(0))
    at(0).say({ is: 'at', root: '/a' })
    for (let ms = 0; ms < DEFAULT_LIMITS.ms; ms += 4000) {
      clock.advance(4000)
      at(0).say({ is: 'beat', folders: 1, files: 1 })
    }
    clock.advance(5000)
    expect(await run.done).toBe('done')
    expect(processes).toHaveLength(1)
  })

  it('tells its progress at most four times a second', () => {
    const { clock, at, programs, progress } = begin(['/a'])
    programs(at(0))
    at(0).say({ is: 'at', root: '/a' })
    for (let i = 0; i < 100; i += 1) {
      clock.advance(10)
      at(0).say({ is: 'beat', folders: i, files: i })
    }
    expect(progress.length).toBeLessThanOrEqual(5)
    expect(progress.at(-1)).toMatchObject({ at: '/a', volumesInAll: 1 })
    clock.advance(250)
    expect(progress.at(-1)).toMatchObject({ files: 99 })
    const told = progress.length
    clock.advance(4000)
    expect(progress).toHaveLength(told)
  })
})
