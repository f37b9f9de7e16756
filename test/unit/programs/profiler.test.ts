import { describe, expect, it } from 'vitest'
import { profilerArguments, roundsDone, type ProfilerTask } from '../../../electron/programs/profiler/arguments.ts'
import { readProfiler } from '../../../electron/programs/profiler/output.ts'
import { jsonLines } from './recordings.ts'

const labels: ProfilerTask = { is: 'labels', nonces: 128, threads: 2, dataFile: '/scratch/file' }
const pow: ProfilerTask = { is: 'pow', mode: 'light', threads: 2 }

describe('the profiler’s figures', () => {
  const recorded = jsonLines('profiler/profiler.jsonl').map((run) => ({
    cmd: String(run['cmd']),
    code: Number(run['exit']),
    stdout: String(run['stdout']),
    stderr: String(run['stderr']),
  }))
  it.each(recorded.map((run) => [run.cmd, run] as const))('of %s are read', (cmd, { code, stdout, stderr }) => {
    const read = readProfiler(cmd.includes(' pow ') ? pow : labels, `${stderr}${stdout}`, { code })
    expect(read.ok).toBe(code === 0)
    if (read.ok) expect(read.value.perSecond).toBeGreaterThan(0)
  })
  it('are bytes a second for labels', () => {
    const read = readProfiler(labels, '{"time_s": 2.5, "speed_gib_s": 0.5}', { code: 0 })
    expect(read).toEqual({ ok: true, value: { perSecond: 2 ** 29 } })
  })
  it('are hashes a second for the proof of work', () => {
    // 18 hashes of each thread on the mean.
    const read = readProfiler(pow, '{"average_time":{"secs":0,"nanos":800000000},"iterations":2}', { code: 0 })
    expect(read).toEqual({ ok: true, value: { perSecond: 45 } })
  })
  it.each(['', '[]', '{"time_s":0,"speed_gib_s":1}', '{"speed_gib_s":-1,"time_s":1}', 'NaN', '{"time_s":1}'])(
    'are refused: %j',
    (stdout) => {
      const read = readProfiler(labels, stdout, { code: 0 })
      expect(!read.ok && read.fault.code).toBe('profiler/not-understood')
    },
  )
  it('of a version that panics are explained', () => {
    const stderr = "thread 'main' panicked at profiler/src/main.rs:1:2:\ncalled `Option::unwrap()` on a `None` value\nnote: run"
    const read = readProfiler(labels, stderr, { code: 101 })
    expect(!read.ok && read.fault.detail).toBe(
      'The profiler failed: it ended with code 101: called `Option::unwrap()` on a `None` value. Versions 0.8.0 to 0.8.2 do that: use 0.8.3 or newer.',
    )
  })
})

describe('the profiler’s command line', () => {
  it('measures labels on a file of its own', () => {
    expect(profilerArguments(labels).join(' ')).toBe(
      'proving --data-size 1 --duration 5 --threads 2 --nonces 128 --data-file /scratch/file',
    )
  })
  it('asks for many short rounds of work', () => {
    expect(profilerArguments(pow).join(' ')).toMatch(
      /^pow --iterations 64 --threads 2 --nonces 16 --num-units 1 --difficulty [0-9a-f]{64} --randomx-mode light$/,
    )
  })
  it('has rounds that take as long on any machine', () => {
    const hashes = (threads: number): number => {
      const args = profilerArguments({ ...pow, threads })
      return 2 ** 256 / Number(BigInt(`0x${args[args.indexOf('--difficulty') + 1]}`))
    }
    expect(hashes(32) / hashes(2)).toBeCloseTo(16, 6)
  })
  it('tells by its rounds how far it is', () => {
    expect(roundsDone('[15]: 2.50s (scaled: 2.50s)')).toBe(0.25)
    expect(roundsDone('Initializing RandomX VMs...')).toBeUndefined()
  })
})
