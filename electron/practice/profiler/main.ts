// The simulated profiler: figures of the practice network's pace, printed as the real one was recorded to print them.
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readPace } from '../post-service/pace.ts'
import { readFlags, type Asked } from './flags.ts'

const GIB = 1024 ** 3
/** Space Units and groups of nonces of a practice identity, whose proof of work takes the pace's `powMs` with one hash each. */
const PRACTICE_HASHES = 4 * (288 / 16)
/** Labels are checked so many times faster than the practice disks read. */
const OVER_DISK = 8

const pace = readPace(process.env['SMESHKEEPER_PRACTICE_PACE'])
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
const said = (text: string): void => void process.stderr.write(text)

/** Seconds as the real one's `Duration` prints them. */
const spoken = (seconds: number): string => (seconds < 1 ? `${(seconds * 1000).toFixed(2)}ms` : `${seconds.toFixed(2)}s`)
const spent = (seconds: number): { secs: number; nanos: number } => ({ secs: Math.floor(seconds), nanos: Math.floor((seconds % 1) * 1e9) })

/** Made with its folders, or made longer; it stays. (Ours is full of holes: nobody needs a GiB of random data here.) */
function growFile(file: string, bytes: number): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const handle = openSync(file, 'a')
  if (fstatSync(handle).size < bytes) ftruncateSync(handle, bytes)
  closeSync(handle)
}

async function proving({ dataFile, dataGib, seconds }: Extract<Asked, { is: 'proving' }>): Promise<void> {
  const own = path.join(os.tmpdir(), `profiler_data-${process.pid}.bin`)
  growFile(dataFile ?? own, dataGib * GIB)
  await sleep(pace.verifyMs)
  if (dataFile === undefined) rmSync(own, { force: true })
  print({ time_s: seconds + 0.25, speed_gib_s: (pace.bytesPerSecond * OVER_DISK) / GIB })
}

async function pow(asked: Extract<Asked, { is: 'pow' }>): Promise<void> {
  const { iterations, nonces, units, mode, difficulty } = asked
  const scale = (nonces / 16) * units
  said(
    `Benchmarking PoW for 1 space unit and 16 nonces (the result will be scaled automatically to ${units} units and ${nonces} nonces).\n`,
  )
  said('RandomX flags: FLAG_HARD_AES | FLAG_JIT | FLAG_ARGON2_SSSE3 | FLAG_ARGON2_AVX2\nInitializing RandomX VMs...\n')
  await sleep(pace.verifyMs)
  said(`Done initializing RandomX VMs in ${spoken(pace.verifyMs / 1000)}\n`)
  // The light mode computes what the fast one looks up: some six times slower.
  const perSecond = (PRACTICE_HASHES / (pace.powMs / 1000)) * (mode === 'fast' ? 6 : 1)
  const round = 2 ** 256 / Number(BigInt(`0x${difficulty}`)) / perSecond
  const lines = Array.from({ length: iterations }, (_, i) => {
    // Luck of each round, the same at every run; its mean is 1.
    const seconds = round * (i === iterations - 1 && iterations % 2 === 1 ? 1 : i % 2 === 0 ? 0.4 : 1.6)
    return `[${i}]: ${spoken(seconds)} (scaled: ${spoken(seconds * scale)})`
  })
  said(lines.join('\n'))
  print({ randomx_vm_init_time: spent(pace.verifyMs / 1000), average_time: spent(round * scale), iterations })
}

const asked = readFlags(process.argv.slice(2))
if (asked.is === 'wrong') {
  said(asked.text)
  process.exitCode = 2
} else await (asked.is === 'pow' ? pow(asked) : proving(asked))
