import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openForReading, type BlockFile } from '../../electron/hardware/speed/direct-file.ts'
import { BLOCK_BYTES, measureRead } from '../../electron/hardware/speed/measure-read.ts'
import { runSpeed } from '../../electron/hardware/speed/run-speed.ts'
import { windowsOf } from '../../electron/hardware/speed/windows-of.ts'
import { launchFromSource } from '../../electron/launch.ts'
import { systemClock } from '../../electron/lib/clock.ts'
import { has } from '../integration/hardware/bad-opencl.ts'
import { loadNote } from './parts/proc.ts'
import { median, percentile } from './parts/stats.ts'
import { atMost, CannotRun, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'disk'
export const describe = 'reading speed beside fio on the same file (`DISK_DIR`, `DISK_MIB`), and of a disk whose speed is known'

const ROUNDS = 20
const RATE = 60 * 1024 * 1024
const BLOCK_MS = (BLOCK_BYTES * 1000) / RATE
const launch = () => launchFromSource(path.resolve(import.meta.dirname, '../../electron'))('speed-probe')

/** Bytes/s by fio: the same file and block, direct, one at a time, as long as ours. */
function askFio(file: string): number {
  const job = [
    '--name=read',
    `--filename=${file}`,
    '--readonly',
    '--rw=read',
    '--bs=1M',
    '--direct=1',
    '--ioengine=psync',
    '--invalidate=1',
  ]
  const { stdout, status, stderr } = spawnSync('fio', [...job, '--output-format=json'], { encoding: 'utf8' })
  if (status !== 0) throw new CannotRun(`fio ends with ${String(status)}: ${stderr.slice(0, 200)}`)
  const told = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
    readonly jobs: readonly { readonly read: { readonly bw_bytes: number } }[]
  }
  return told.jobs[0]?.read.bw_bytes ?? 0
}

async function askOurs(folder: string): Promise<{ readonly bytesPerSecond: number; readonly wallMs: number }> {
  const began = performance.now()
  const run = runSpeed({
    launch,
    clock: systemClock,
    request: { what: 'read', folders: [folder], budgetMs: 7000 },
    deadlineMs: 60_000,
    onProgress: () => undefined,
  })
  const { end } = await run.done
  if (end.is !== 'measured') throw new CannotRun(end.is === 'fault' ? end.text : end.is)
  if (!end.isDirect) throw new CannotRun('this file system knows no direct access; name another with DISK_DIR')
  return { bytesPerSecond: end.bytesPerSecond, wallMs: performance.now() - began }
}

const nap = new Int32Array(new SharedArrayBuffer(4))

/** The real file, held back to a speed that is known: the layer below the measurement. */
async function throttled(file: string): Promise<BlockFile> {
  const real = await openForReading(file, BLOCK_BYTES)
  let due: number | undefined
  return {
    ...real,
    read: (offset) => {
      // A disk turns on while nobody asks: what a busy machine slept too long is not lost.
      due = (due ?? performance.now()) + BLOCK_MS
      const length = real.read(offset)
      while (performance.now() < due) Atomics.wait(nap, 0, 0, Math.max(0.1, due - performance.now()))
      return length
    },
  }
}

async function measureThrottled(file: string): Promise<number> {
  const windows = windowsOf([{ path: file, bytes: statSync(file).size }], BLOCK_BYTES, 24)
  const { figure } = await measureRead(windows, 7000, {
    open: throttled,
    monotonic: () => performance.now(),
    tell: () => undefined,
    breathe: () => new Promise((resolve) => void setImmediate(resolve)),
  })
  return figure?.bytesPerSecond ?? 0
}

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  if (!has('fio')) throw new CannotRun('needs fio (Debian: fio)')
  const mib = Number(process.env['DISK_MIB'] ?? 512)
  const folder = mkdtempSync(path.join(process.env['DISK_DIR'] ?? os.tmpdir(), 'smeshkeeper-disk-'))
  const file = path.join(folder, 'postdata_0.bin')
  try {
    for (let at = 0; at < mib; at += 16) appendFileSync(file, randomBytes(16 * BLOCK_BYTES))
    spawnSync('sync', [file])
    const [ours, theirs, walls]: [number[], number[], number[]] = [[], [], []]
    for (let at = 0; at <= ROUNDS; at += 1) {
      // Each is first as often as the other: neither has a quieter disk.
      const fioFirst = at % 2 === 0 ? askFio(file) : undefined
      const own = await askOurs(folder)
      const fio = fioFirst ?? askFio(file)
      if (at === 0) continue // the first warms what lies below the file system
      ours.push(own.bytesPerSecond)
      theirs.push(fio)
      walls.push(own.wallMs)
    }
    const ratio = median(ours.map((one, i) => one / (theirs[i] ?? one)))
    const middle = median(theirs)
    const [low, high] = [percentile(theirs, 0.25) / middle, percentile(theirs, 0.75) / middle]
    say(`${ROUNDS} pairs: ours ${(median(ours) / 1e6).toFixed(0)} MB/s, fio ${(middle / 1e6).toFixed(0)} MB/s`)
    const slow = await measureThrottled(file)
    return {
      figures: [
        {
          name: 'ours / fio, median of pairs',
          value: ratio,
          unit: '',
          limit: `${low.toFixed(3)} … ${high.toFixed(3)}`,
          ok: ratio >= low && ratio <= high,
        },
        { name: 'fio, interquartile range / median', value: high - low, unit: '' },
        atMost('throttled disk: off by', Math.abs(slow / RATE - 1) * 100, '%', 5),
        atMost('a disk takes, longest', Math.max(...walls) / 1000, 's', 10),
      ],
      notes: [`one file of ${mib} MiB, blocks of 1 MiB, direct; the limit is fio’s own interquartile range; ${loadNote()}`],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
