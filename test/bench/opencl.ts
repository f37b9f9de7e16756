import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { detectOpencl, type OpenclReport } from '../../electron/hardware/index.ts'
import { launchFromSource } from '../../electron/launch.ts'
import { systemClock } from '../../electron/lib/clock.ts'
import { badOpencl, has } from '../integration/hardware/bad-opencl.ts'
import { loadNote } from './parts/proc.ts'
import { median, percentile } from './parts/stats.ts'
import { atMost, below, CannotRun, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'opencl'
export const describe = 'a look at OpenCL beside clinfo: the same answers, in which time; what a driver costs that hangs'

const LOOKS = 20
const HANGS = 3
const DEADLINE_MS = 5000

const own = launchFromSource(path.resolve(import.meta.dirname, '../../electron'))('opencl-probe')
const look = (env: Readonly<Record<string, string>> = {}): Promise<OpenclReport> =>
  detectOpencl({ launch: () => ({ ...own, env: { ...own.env, ...env } }), clock: systemClock }).look()

/** What the same runtime needs to start and end: on a busy machine it grows with the look. */
function timeEmpty(): number {
  const began = performance.now()
  spawnSync(own.file, ['-e', '0'], { env: { ...process.env, ...own.env } })
  return performance.now() - began
}

/** One line a device: what both tell. */
function askClinfo(): { readonly rows: readonly string[]; readonly ms: number } {
  const began = performance.now()
  const { stdout, status } = spawnSync('clinfo', ['--json'], { encoding: 'utf8' })
  const ms = performance.now() - began
  if (status !== 0) throw new CannotRun('clinfo tells nothing')
  type Row = Readonly<Record<string, unknown>>
  const told = JSON.parse(stdout) as {
    readonly platforms: readonly Row[]
    readonly devices: readonly { readonly online: readonly Row[] }[]
  }
  const rows = told.devices.flatMap(({ online }, at) =>
    online.map((one) =>
      [
        told.platforms[at]?.['CL_PLATFORM_NAME'],
        one['CL_DEVICE_NAME'],
        one['CL_DEVICE_VENDOR'],
        one['CL_DRIVER_VERSION'],
        one['CL_DEVICE_GLOBAL_MEM_SIZE'],
        one['CL_DEVICE_MAX_COMPUTE_UNITS'],
      ].join(' | '),
    ),
  )
  return { rows, ms }
}

const rowsOf = (report: OpenclReport): readonly string[] =>
  report.is === 'failed'
    ? [report.text]
    : report.devices.map(({ platform, name: device, vendor, driver, memoryBytes, computeUnits }) =>
        [platform, device, vendor, driver, memoryBytes, computeUnits].join(' | '),
      )

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  const missing = ['clinfo', 'gcc'].filter((command) => !has(command))
  if (missing.length > 0) throw new CannotRun(`needs ${missing.join(' and ')} (Debian: clinfo, pocl-opencl-icd, gcc)`)
  const ours: number[] = []
  const theirs: number[] = []
  const empty: number[] = []
  let differing = 0
  for (let at = 0; at <= LOOKS; at += 1) {
    const clinfo = askClinfo()
    const report = await look()
    differing += JSON.stringify(clinfo.rows) === JSON.stringify(rowsOf(report)) ? 0 : 1
    if (at === 0) continue // warms the disk cache
    theirs.push(clinfo.ms)
    empty.push(timeEmpty())
    ours.push(report.is === 'seen' ? report.tookMs : Number.POSITIVE_INFINITY)
  }
  say(`${LOOKS} looks: median ${median(ours).toFixed(0)} ms; clinfo ${median(theirs).toFixed(0)} ms`)
  const hangs = await timeHangs()
  return {
    figures: [
      atMost('looks that differ from clinfo', differing, '', 0),
      below('a look, median', median(ours), 'ms', 300),
      { name: 'a look, P95', value: percentile(ours, 0.95), unit: 'ms' },
      { name: 'of that a process of ours that does nothing, median', value: median(empty), unit: 'ms' },
      { name: 'clinfo, median', value: median(theirs), unit: 'ms' },
      below('a driver that hangs: beyond its 5 s', Math.max(...hangs.map(({ ms }) => ms)) - DEADLINE_MS, 'ms', 250),
      below('our event loop meanwhile: longest stop', Math.max(...hangs.map(({ stallMs }) => stallMs)), 'ms', 100),
    ],
    notes: [`${LOOKS} looks from source, ${HANGS} hangs; times are of a machine with processors to spare: ${loadNote()}`],
  }
}

async function timeHangs(): Promise<{ readonly ms: number; readonly stallMs: number }[]> {
  const bad = badOpencl()
  const all: { readonly ms: number; readonly stallMs: number }[] = []
  try {
    for (let at = 0; at < HANGS; at += 1) {
      let [last, stallMs] = [performance.now(), 0]
      const tick = setInterval(() => {
        stallMs = Math.max(stallMs, performance.now() - last - 5)
        last = performance.now()
      }, 5)
      const began = performance.now()
      const report = await look(bad.loader('hang'))
      all.push({ ms: performance.now() - began, stallMs })
      clearInterval(tick)
      if (report.is !== 'failed' || report.why !== 'hung') throw new Error('it did not hang')
    }
  } finally {
    bad.end()
  }
  return all
}
