import { describe, expect, it } from 'vitest'
import { arrivalSentence } from '../../../shared/domain/init-arrival.ts'
import { firstDates } from '../../../shared/domain/init-firsts.ts'
import { jobView, rateOf, withLook, type InitRecord, type InitSight, type SizeLook } from '../../../shared/domain/init-job.ts'
import { asEpoch } from '../../../shared/domain/ids.ts'
import { cycleGap, epochStart, MAINNET, registrationWindow } from '../../../shared/domain/network.ts'
import { anId, NOW } from '../../builders/snapshot.ts'

const GIB = 2 ** 30
const record: InitRecord = {
  id: 'job-1',
  identity: anId(1),
  name: 'Iris',
  key: 'new',
  folder: '/mnt/east/post-iris',
  commitmentAtx: 'ab'.repeat(32),
  numUnits: 4,
  labelsPerUnit: 2 ** 32,
  maxFileBytes: 4 * GIB,
  scryptN: 8192,
  totalBytes: 256 * GIB,
  fileCount: 64,
  nonces: 288,
  randomx: 'fast',
  createdAt: NOW,
  parts: [
    { provider: 0, providerName: 'RTX', fromFile: 0, toFile: 47, totalBytes: 192 * GIB, isDone: false },
    { provider: 1, providerName: 'GTX', fromFile: 48, toFile: 63, totalBytes: 64 * GIB, isDone: false },
  ],
  is: 'wanted',
  isBegun: true,
  isChecked: false,
  isArmed: false,
  samples: [],
}
const sight: InitSight = {
  now: NOW,
  doneBytes: [96 * GIB, 32 * GIB],
  filesDone: 32,
  pids: [11, 12],
  speeds: [3 * 2 ** 20, 2 ** 20],
  verifyPercent: 0,
  windowText: 'now',
  backedUp: false,
}

describe('a job of new PoS data', () => {
  it('is ready when its slowest range is', () => {
    const view = jobView(record, sight)
    expect(view.stage).toEqual({ is: 'writing' })
    expect(view.bytesPerSecond).toBe(4 * 2 ** 20)
    expect(view.etaAt).toBe(NOW + 32_768_000)
    expect(view.sentence).toMatch(/^Iris: 50\u2009% of 256\u2009GiB written at 4\.0\u2009MiB\/s, ready .* \(in 9\u2009h 6\u2009m\)\.$/)
  })

  it('says no time while one of its ranges has no speed', () => {
    const view = jobView(record, { ...sight, speeds: [2 ** 20, undefined] })
    expect(view.etaAt).toBeUndefined()
    expect(view.sentence).not.toContain('ready')
  })

  it('pauses, and is paused when its processes have ended', () => {
    const hold = { because: 'user' as const, text: 'you paused it', since: NOW }
    expect(jobView(record, { ...sight, hold }).stage).toMatchObject({ is: 'pausing' })
    expect(jobView(record, { ...sight, hold, pids: [undefined, undefined] }).stage).toMatchObject({ is: 'paused', because: 'user' })
  })

  it('tells where the key is', () => {
    expect(jobView(record, sight).key).toBe('kept')
    expect(jobView({ ...record, is: 'done', isArmed: true }, sight)).toMatchObject({
      key: 'armed',
      sentence: 'Iris is whole and in service.',
    })
    expect(jobView({ ...record, is: 'done' }, sight).sentence).toContain('its key is kept here')
    const elsewhere = jobView({ ...record, key: 'public', is: 'done' }, sight)
    expect(elsewhere).toMatchObject({ key: 'none', sentence: expect.stringContaining('Move it to the machine that has the key') as string })
  })

  it('has a stage and a sentence for everything that can become of it', () => {
    const fault = { code: 'init/disk-full', text: 'The disk is full.', fix: 'Free space.' }
    for (const is of ['wanted', 'merging', 'searching-nonce', 'verifying', 'waiting-for-window', 'arming', 'done', 'failed'] as const) {
      const view = jobView({ ...record, is, fault }, { ...sight, pids: [undefined, undefined] })
      expect(view.sentence).toMatch(/\.$/)
      expect(view.sentence).not.toMatch(/undefined|\.\./)
    }
  })
})

describe('the speed of a job', () => {
  const grow = (looks: readonly (readonly [number, number])[]): readonly SizeLook[] =>
    looks.reduce<readonly SizeLook[]>((all, [mono, bytes]) => withLook(all, { mono, bytes }), [])

  it('counts from growth to growth, not from look to look', () => {
    expect(
      rateOf(
        grow([
          [0, 0],
          [1000, 0],
          [4000, 16],
          [5000, 16],
          [8000, 32],
          [9000, 32],
        ]),
      ),
    ).toBe(4)
  })

  it('is not known before the second growth', () => {
    expect(
      rateOf(
        grow([
          [0, 0],
          [4000, 16],
          [5000, 16],
        ]),
      ),
    ).toBeUndefined()
  })

  it('forgets what is older than ten minutes, and keeps two growths of a slow processor', () => {
    const fast = grow(Array.from({ length: 3000 }, (_, at) => [at * 1000, at < 2000 ? at : 2000 + (at - 2000) * 10] as const))
    expect(rateOf(fast)).toBeCloseTo(10)
    expect(
      rateOf(
        grow([
          [0, 0],
          [900_000, 16],
          [1_800_000, 32],
          [2_700_000, 48],
        ]),
      ),
    ).toBeCloseTo(16 / 900)
  })
})

describe('the first dates of an identity', () => {
  const at = (epoch: number): number => registrationWindow(MAINNET, asEpoch(epoch)).closesAt

  it('follow from the next registration', () => {
    expect(firstDates(MAINNET, at(50) - 1)).toEqual({
      firstRegistration: { from: registrationWindow(MAINNET, asEpoch(50)).opensAt, to: at(50), epoch: 50 },
      firstProof: { at: cycleGap(MAINNET, asEpoch(51)).opensAt, epoch: 51 },
      firstReward: { at: epochStart(MAINNET, asEpoch(52)), epoch: 52 },
    })
  })

  it('move by an epoch when it comes too late', () => {
    expect(firstDates(MAINNET, at(50)).firstReward.epoch).toBe(53)
  })
})

describe('data made elsewhere', () => {
  const figures = { doneBytes: GIB, totalBytes: 4 * GIB, fileCount: 4, checkedFiles: 1, problem: undefined, etaAt: undefined, now: NOW }

  it('is told as it comes', () => {
    expect(arrivalSentence('arriving', figures)).toBe('25\u2009% of 4.0\u2009GiB has come. 1 of 4 files are compared already.')
    expect(arrivalSentence('whole', { ...figures, checkedFiles: 4 })).toMatch(/a sample of every file is right/)
    expect(arrivalSentence('stalled', figures)).toMatch(/look whether the copy still runs/)
    expect(arrivalSentence('bad', { ...figures, problem: 'File 2 holds wrong labels.' })).toBe('File 2 holds wrong labels.')
  })
})
