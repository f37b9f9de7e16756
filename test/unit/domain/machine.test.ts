import { describe, expect, it } from 'vitest'
import { checklist, type CheckFacts } from '../../../shared/domain/checklist.ts'
import { judgeClock } from '../../../shared/domain/clock-verdict.ts'
import { judgeDisk, neededSpeed } from '../../../shared/domain/disk-need.ts'
import { judgeMemory } from '../../../shared/domain/machine-memory.ts'
import { arePortsAtOdds, judgePort, type PortWanted } from '../../../shared/domain/machine-ports.ts'
import { machineAdvice, machineHeadline } from '../../../shared/domain/machine-words.ts'
import { MAINNET } from '../../../shared/domain/network.ts'
import { laneReadings } from '../../../shared/domain/lane-speed.ts'
import { expectedHashes, mergeRates, ratesFromProofs, type ProofTaken } from '../../../shared/domain/proof-rates.ts'
import { aDisk, aMachineReport } from '../../builders/machine.ts'
import { NOW } from '../../builders/snapshot.ts'

const GIB = 1024 ** 3
const MIB = 1024 ** 2
const HOUR = 3_600_000
const plain = (text: string): string => text.replaceAll('\u2009', ' ')

describe('the proof of work', () => {
  it('of mainnet takes 4687.5 hashes for a unit and 16 nonces', () => {
    expect(expectedHashes(MAINNET.post, 1, 16)).toBeCloseTo(4687.5, 1)
    // Documented: 4 SU with 64 nonces at 500 h/s take 150 s.
    expect(expectedHashes(MAINNET.post, 4, 64) / 500).toBeCloseTo(150, 1)
  })
  const proof = (more: Partial<ProofTaken>): ProofTaken => ({
    at: NOW,
    numUnits: 4,
    nonces: 64,
    threads: 4,
    randomx: 'fast',
    passes: 1,
    powMs: 150_000,
    ...more,
  })
  it('of real proofs gives the rate, luck evened out over all of them', () => {
    const rates = ratesFromProofs([proof({}), proof({ powMs: 450_000 }), proof({ passes: 2, powMs: 300_000 })], MAINNET.post)
    expect(rates?.fastHashesPerSecond).toBeCloseTo((500 * 4 * 150) / 900, 0)
    expect(rates?.lightHashesPerSecond).toBeUndefined()
  })
  it('is unknown when no proof tells of it', () => {
    expect(ratesFromProofs([], MAINNET.post)).toBeUndefined()
    expect(ratesFromProofs([{ ...proof({}), powMs: 0 }], MAINNET.post)).toBeUndefined()
  })
  it('of proofs beats a benchmark; a label speed is only ever raised', () => {
    const labelSpeeds = [{ nonces: 64, threads: 4, bytesPerSecond: 900 }]
    const measured = { at: 1, fastHashesPerSecond: 9, lightHashesPerSecond: 2, labelSpeeds, from: 'profiler' as const }
    const ofProofs = ratesFromProofs([proof({ bytesPerSecond: 500 })], MAINNET.post)
    expect(mergeRates(measured, ofProofs)).toMatchObject({ fastHashesPerSecond: 500, lightHashesPerSecond: 2, labelSpeeds, from: 'proofs' })
    const faster = ratesFromProofs([proof({ bytesPerSecond: 1000 })], MAINNET.post)
    expect(mergeRates(measured, faster)?.labelSpeeds[0]?.bytesPerSecond).toBe(1000)
    expect(mergeRates(measured, undefined)).toBe(measured)
    // A disk may have held it back: nobody knows what the processor could do.
    expect(mergeRates(undefined, faster)).toMatchObject({ fastHashesPerSecond: 500, labelSpeeds: [] })
  })
})

describe('memory', () => {
  const fast = { randomx: 'fast' as const, isProving: false }
  const judge = (more: Partial<Parameters<typeof judgeMemory>[0]>) =>
    judgeMemory({ totalBytes: 32 * GIB, availableBytes: 24 * GIB, services: [fast, fast], isNodeDown: false, ...more })
  it('is what is there, less what system and node use', () => {
    expect(judge({})).toMatchObject({ systemAndNodeBytes: 8 * GIB, proversFit: 9, proversPlanned: 2, verdict: 'good' })
  })
  it('of provers that run now is not counted as the system’s', () => {
    const running = [{ ...fast, isProving: true }, fast]
    expect(judge({ services: running }).systemAndNodeBytes).toBe(8 * GIB - 2400 * MIB)
  })
  it('keeps room for a node that is down', () => {
    expect(judge({ isNodeDown: true }).systemAndNodeBytes).toBe(12 * GIB)
  })
  it('is tight when some must wait, bad when none fits or the limit is a lie', () => {
    expect(judge({ availableBytes: 5 * GIB }).verdict).toBe('tight')
    expect(judge({ availableBytes: 3 * GIB })).toMatchObject({ proversFit: 0, verdict: 'bad' })
    expect(judge({ availableBytes: 5 * GIB, maxProvers: 2 }).verdict).toBe('bad')
    expect(judge({ availableBytes: 5 * GIB, maxProvers: 1 }).verdict).toBe('good')
  })
})

describe('the clock', () => {
  const look = (offsetMs?: number) => ({
    at: NOW,
    servers: [{ name: 'a', is: 'answered' as const, text: '' }],
    ...(offsetMs === undefined ? {} : { offsetMs, uncertaintyMs: 10 }),
  })
  const facts = { now: NOW, isSynchronised: 'unknown' as const }
  it.each([
    ['good', 30],
    ['tight', -2500],
    ['bad', 8500],
  ] as const)('is %s when it is %d ms off', (verdict, offsetMs) => {
    expect(judgeClock({ ...facts, look: look(offsetMs) }).verdict).toBe(verdict)
  })
  it('is bad when the node says so, whatever servers say', () => {
    const complaint = { at: NOW - 60_000, text: 'peers are not time synced' }
    expect(judgeClock({ ...facts, look: look(0), complaint }).verdict).toBe('bad')
    expect(judgeClock({ ...facts, complaint }).verdict).toBe('bad')
    expect(judgeClock({ ...facts, look: look(0), complaint: { ...complaint, at: NOW - HOUR } }).verdict).toBe('good')
  })
  it('is unknown when servers contradict each other, are silent or are not set', () => {
    expect(judgeClock({ ...facts, look: look() }).text).toBe('the time servers contradict each other')
    expect(judgeClock({ ...facts, look: { at: NOW, servers: [] } }).text).toBe('no time server is set')
    expect(judgeClock(facts)).toMatchObject({ verdict: 'unknown', text: 'not compared yet' })
  })
  it('that nothing keeps in step is told even when it is right', () => {
    expect(judgeClock({ ...facts, isSynchronised: 'no', look: look(30) }).verdict).toBe('tight')
  })
})

describe('ports', () => {
  const port = (what: string, address: string, isOurs = true): PortWanted => ({ what, address, holder: 'node', isOurs })
  const a = port('node, public', '127.0.0.1:9092')
  it('clash when hosts meet on one number', () => {
    expect(arePortsAtOdds('127.0.0.1:1', '0.0.0.0:1')).toBe(true)
    expect(arePortsAtOdds('[::]:1', '127.0.0.1:1')).toBe(true)
    expect(arePortsAtOdds('127.0.0.1:1', '127.0.0.2:1')).toBe(false)
    expect(arePortsAtOdds('127.0.0.1:1', '127.0.0.1:11')).toBe(false)
  })
  it('that two of ours want are told before anybody listens', () => {
    const b = port('Amber, operator', '0.0.0.0:9092')
    expect(judgePort(a, [a, b], { is: 'nobody' }, false)).toMatchObject({ is: 'taken', by: 'Amber, operator', verdict: 'bad' })
  })
  it.each([
    ['ours', 'good', { is: 'holder' }, true],
    ['free', 'good', { is: 'nobody' }, false],
    ['not-listening', 'bad', { is: 'nobody' }, true],
    ['taken', 'bad', { is: 'other', by: 'nginx (process 7)' }, false],
    ['taken', 'bad', { is: 'somebody' }, false],
    ['ours', 'good', { is: 'somebody' }, true],
    ['free', 'unknown', { is: 'unknown', why: 'no /proc' }, false],
  ] as const)('are %s (%s) for %j', (is, verdict, seen, isUp) => {
    expect(judgePort(a, [a], seen, isUp)).toMatchObject({ is, verdict })
  })
  it('of somebody else’s programs are as they should be when somebody listens', () => {
    const theirs = port('node, public', '127.0.0.1:9092', false)
    expect(judgePort(theirs, [theirs], { is: 'other', by: 'x' }, false).verdict).toBe('good')
    expect(judgePort(theirs, [theirs], { is: 'nobody' }, false).verdict).toBe('tight')
  })
})

describe('a disk', () => {
  it('must be read once in the gap, less an hour', () => {
    expect(neededSpeed(10 * 1024 * GIB, 12 * HOUR) / MIB).toBeCloseTo(264.8, 1)
  })
  it.each([
    [148, 132, 'tight', '12 % in reserve'],
    [440, 265, 'good', '66 % in reserve'],
    [240, 79, 'good', '3 passes fit'],
    [50, 53, 'bad', 'too slow: needs 53 MiB/s'],
    [undefined, 53, 'unknown', 'not measured yet'],
    [100, undefined, 'good', 'no PoS data on it'],
  ] as const)('of %s MiB/s for %s MiB/s is %s', (speed, need, verdict, text) => {
    const judged = judgeDisk(speed === undefined ? undefined : speed * MIB, need === undefined ? undefined : need * MIB)
    expect(judged.verdict).toBe(verdict)
    expect(plain(judged.verdictText)).toBe(text)
  })
})

describe('a disk that is dying', () => {
  it('is bad however fast it is', () => {
    expect(judgeDisk(900 * MIB, MIB, { dying: 'may be dying' })).toEqual({ verdict: 'bad', verdictText: 'may be dying' })
    expect(judgeDisk(900 * MIB, MIB, { sleeps: 'sleeps after 20 m' }).verdict).toBe('tight')
  })
})

describe('the speed of a disk that several proofs read at once', () => {
  const reading = (at: number, ms: number, bytesPerSecond: number) => ({ at, ms, bytesPerSecond, bytes: ms, from: 'proof' as const })
  it('is what all of them got together', () => {
    const speeds = laneReadings([reading(100, 100, 40), reading(100, 100, 60)])
    expect(speeds.map((one) => one.bytesPerSecond)).toEqual([100, 100])
  })
  it('counts another only as far as it read at the same time', () => {
    expect(laneReadings([reading(100, 100, 40), reading(150, 100, 60)]).map((one) => one.bytesPerSecond)).toEqual([70, 80])
    expect(laneReadings([reading(100, 100, 40), reading(900, 100, 60)]).map((one) => one.bytesPerSecond)).toEqual([40, 60])
  })
  it('is left alone where the time is not known', () => {
    expect(laneReadings([reading(100, 0, 40)])).toEqual([reading(100, 0, 40)])
  })
})

describe('the checklist', () => {
  const report = aMachineReport()
  const identity = { id: 'a7', name: 'Amber', numUnits: 64, nonces: 128, threads: 12, randomx: 'fast' as const, disk: 'disk:north' }
  const facts: CheckFacts = { ...report, identities: [identity], post: MAINNET.post, gapMs: 12 * HOUR }
  const lines = (more: Partial<CheckFacts> = {}) => new Map(checklist({ ...facts, ...more }).map((line) => [line.key, line]))
  it('holds measured value and need of everything that this set-up uses', () => {
    expect([...lines().keys()]).toEqual([
      'disk/disk:east',
      'disk/disk:north',
      'disk/disk:west',
      'memory',
      'aes',
      'avx2',
      'threads',
      'pow',
      'pow-all',
      'labels/a7',
      'clock',
      'ports',
      'p2p',
      'opencl',
    ])
    const pow = lines().get('pow')
    expect(plain(`${pow?.what}: ${pow?.measured}`)).toBe('Proof of work of Amber, 64 SU with 128 nonces: 11 m 7 s')
    expect(plain(lines().get('clock')?.measured ?? '')).toBe('+0.03 s')
  })
  it('never calls good what nobody measured', () => {
    const unknown = lines({ pow: undefined, clock: undefined, opencl: { is: 'never' }, disks: [aDisk({ verdict: 'unknown' })] })
    expect(['pow', 'clock', 'opencl', 'disk/disk:north'].map((key) => unknown.get(key)?.verdict)).toEqual(Array(4).fill('unknown'))
  })
  it('says what to do about what is bad', () => {
    const bad = lines({
      cpu: { ...report.cpu, threads: 4, hasAes: false },
      pow: {
        ...report.pow,
        at: NOW,
        fastHashesPerSecond: 30,
        labelSpeeds: [{ nonces: 128, threads: 12, bytesPerSecond: MIB }],
        from: 'profiler',
      },
      ports: [{ what: 'node, public', address: '127.0.0.1:9092', is: 'taken', by: 'nginx', verdict: 'bad', text: 'End nginx.' }],
    })
    for (const key of ['threads', 'pow', 'pow-all', 'labels/a7', 'port/127.0.0.1:9092']) {
      expect(bad.get(key)?.verdict).toBe('bad')
      expect(bad.get(key)?.fix).toBeTruthy()
    }
    expect(bad.get('aes')?.verdict).toBe('tight')
  })
  it('of a computer without identities asks for nothing that only they need', () => {
    const keys = [...lines({ identities: [], disks: [], ports: [] }).keys()]
    expect(keys).toEqual(['memory', 'clock', 'p2p', 'opencl'])
  })
  it('gives one sentence: bad, then unknown, then close, then good', () => {
    const say = (disks: readonly ReturnType<typeof aDisk>[], checks = checklist({ ...facts, disks })): string =>
      plain(machineHeadline(disks, checks, 7, 9))
    expect(say([aDisk()])).toBe('Fast enough for 7 proofs; North: 12 % in reserve')
    expect(say([aDisk({ verdict: 'good' })])).toBe('Fast enough for 7 proofs')
    const { speed: _, ...never } = aDisk({ verdict: 'unknown' })
    expect(say([never])).toBe('Not known whether 7 proofs can be made in time: North was never measured')
    expect(say([aDisk({ verdict: 'bad', needBytesPerSecond: 200 * MIB })])).toBe('Reading from North: 148 MiB/s, needed 200 MiB/s')
    const dying = aDisk({ verdict: 'bad', verdictText: 'may be dying' })
    expect(say([dying])).toBe('Reading from North: may be dying, 148 MiB/s, needed 132 MiB/s')
    expect(plain(machineHeadline([], [], 0, 9))).toBe('No identity yet; 9 provers would fit into memory')
  })
  it('has advice for what is wrong, the worst first', () => {
    const { speed: _, ...never } = aDisk({ id: 'disk:x', label: 'X', verdict: 'unknown' })
    const sleepy = aDisk({ sleepsAfterMs: 20 * 60_000, smart: { is: 'failing', text: 'it says so' } })
    const found = machineAdvice({ ...report, disks: [never, sleepy, aDisk({ needBytesPerSecond: 200 * MIB, verdict: 'bad' })] })
    expect(found.map(({ key }) => key)).toEqual(['disk/failing', 'disk/slow', 'disk/sleeps', 'disk/unmeasured'])
  })
})
