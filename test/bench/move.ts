import { execFile } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemFiles } from '../../electron/lib/files.ts'
import { silentLogger } from '../../electron/lib/logger.ts'
import { forgetPages } from '../../electron/lib/page-cache.ts'
import { asideOf, belowOneCore, moveRules, systemBulkFiles } from '../../electron/operations/move/index.ts'
import type { MovedFile } from '../../electron/operations/move/data.ts'
import type { StepTools } from '../../electron/operations/types.ts'
import { writePosFolder } from '../builders/machine-tree.ts'
import { atMost, below, CannotRun, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'move'
export const describe =
  'PoS data moved with hash, beside cp and sync of the same files: 7 pairs (MOVE_MIB=512, MOVE_DIR; --minutes is not used)'

const PAIRS = 7
const MiB = 1024 ** 2
/** Real ones have 4 GiB; of many small ones both would do something else than of those. */
const FILES = 2
const MOST_RATIO = 1.25
const REST_MS = 4000

interface Place {
  readonly root: string
  readonly from: string
  readonly files: readonly MovedFile[]
}

/** Data that cannot be compressed, on the disk and nowhere else. */
function makeData(root: string, bytes: number): Place {
  const from = path.join(root, 'old')
  const fileBytes = Math.floor(bytes / FILES / MiB) * MiB
  writePosFolder(from, { number: 1, files: FILES, fileBytes })
  const block = Buffer.alloc(MiB)
  for (let i = 0; i < FILES; i += 1) {
    const fd = openSync(path.join(from, `postdata_${i}.bin`), 'r+')
    for (let at = 0; at < fileBytes; at += MiB) writeSync(fd, randomFillSync(block), 0, MiB, at)
    fsyncSync(fd)
    closeSync(fd)
  }
  const files = readdirSync(from).map((name) => {
    const { size, mtimeMs, mode } = statSync(path.join(from, name))
    return { name, bytes: size, modifiedAt: mtimeMs, mode: mode & 0o777, isSparse: false }
  })
  return { root, from, files }
}

/**
 * The same beginning for each run: what one before it has left in memory goes, what it has left to be written is written, and
 * the disk has its rest (disks with a burst are fast and slow in turn otherwise, which decides the pairs).
 */
async function settle({ from, files }: Place): Promise<void> {
  await promisify(execFile)('sync', ['-f', from])
  await sleep(REST_MS)
  for (const { name } of files) {
    const fd = openSync(path.join(from, name), 'r')
    await forgetPages(fd, 0, 0)
    closeSync(fd)
  }
}

/** `sync` of just these files: one of the whole system would wait for what others have written. */
async function copyByCp({ root, from, files }: Place): Promise<{ readonly ms: number; readonly longestPauseMs: number }> {
  const to = path.join(root, 'by-cp')
  const pauses = watchPauses()
  const began = performance.now()
  await promisify(execFile)('cp', ['-r', from, to])
  await promisify(execFile)('sync', [...files.map(({ name }) => path.join(to, name)), to])
  const ms = performance.now() - began
  const longestPauseMs = pauses()
  rmSync(to, { recursive: true })
  return { ms, longestPauseMs }
}

interface Moved {
  readonly copyMs: number
  readonly verifyMs: number
  readonly cpuShare: number
  readonly longestPauseMs: number
}

/** How long the event loop was ever busy at once: that long nothing else in the process gets a turn. */
function watchPauses(): () => number {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 5)
    last = now
  }, 5)
  return () => {
    clearInterval(timer)
    return longest
  }
}

async function copyByUs({ root, from, files }: Place, run: number): Promise<Moved> {
  const rules = moveRules({ bulk: systemBulkFiles, pace: belowOneCore(), mayUse: () => Promise.resolve() })
  const data = { identity: '00'.repeat(32), from, to: path.join(root, 'by-us'), fromMount: null, toMount: null, files: [...files] }
  const folder = path.join(root, `operation-${run}`)
  mkdirSync(folder)
  const tools: StepTools = {
    files: systemFiles,
    folder,
    quarantine: folder,
    temporary: folder,
    id: 'bench',
    log: silentLogger,
    now: () => Date.now(),
    onProgress: () => {},
    signal: new AbortController().signal,
  }
  const cpu = process.cpuUsage()
  const pauses = watchPauses()
  const began = performance.now()
  await rules['move-copy'].apply({ is: 'move-copy', ...data }, tools)
  const copied = performance.now()
  const { user, system } = process.cpuUsage(cpu)
  const longestPauseMs = pauses()
  await rules['move-verify'].apply({ is: 'move-verify', ...data }, tools)
  const ended = performance.now()
  rmSync(asideOf(data.to), { recursive: true })
  return { copyMs: copied - began, verifyMs: ended - copied, cpuShare: (user + system) / 1000 / (copied - began), longestPauseMs }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  if (process.platform !== 'linux') throw new CannotRun('it needs Linux: the memory of the system must be emptied between the runs')
  const bytes = Number(process.env['MOVE_MIB'] ?? '512') * MiB
  const parent = process.env['MOVE_DIR'] ?? tmpdir()
  const free = statfsSync(parent)
  if (!existsSync(parent) || free.bavail * free.bsize < bytes * 3) throw new CannotRun(`${parent} needs three times the data`)
  const root = mkdtempSync(path.join(parent, 'smeshkeeper-move-'))
  try {
    say('making the data')
    const place = makeData(root, bytes)
    const theirs: Awaited<ReturnType<typeof copyByCp>>[] = []
    const ours: Moved[] = []
    for (let pair = 0; pair < PAIRS; pair += 1) {
      for (const who of pair % 2 === 0 ? ['cp', 'us'] : ['us', 'cp']) {
        await settle(place)
        if (who === 'cp') theirs.push(await copyByCp(place))
        else ours.push(await copyByUs(place, pair))
      }
      say(
        `pair ${pair + 1}: cp ${((theirs.at(-1)?.ms ?? 0) / 1000).toFixed(2)} s, move ${((ours.at(-1)?.copyMs ?? 0) / 1000).toFixed(2)} s`,
      )
    }
    const ratios = ours.map(({ copyMs }, pair) => copyMs / (theirs[pair]?.ms ?? Number.NaN))
    return {
      figures: [
        atMost('copy with hash / cp and sync, median', median(ratios), '×', MOST_RATIO),
        below('CPU while copying, most', Math.max(...ours.map(({ cpuShare }) => cpuShare)), 'cores', 1),
        {
          name: 'longest pause of the event loop while copying',
          value: Math.max(...ours.map(({ longestPauseMs }) => longestPauseMs)),
          unit: 'ms',
        },
        {
          name: 'the same while it waits for cp (the load of the machine)',
          value: Math.max(...theirs.map(({ longestPauseMs }) => longestPauseMs)),
          unit: 'ms',
        },
        {
          name: 'reading back / cp and sync, median',
          value: median(ours.map(({ verifyMs }, pair) => verifyMs / (theirs[pair]?.ms ?? Number.NaN))),
          unit: '×',
        },
        { name: 'speed of the copy, median', value: bytes / MiB / (median(ours.map(({ copyMs }) => copyMs)) / 1000), unit: 'MiB/s' },
      ],
      notes: [
        `${bytes / MiB} MiB in ${FILES} files, from and to one disk in ${parent}; the source is read from the disk each time; ratios ${ratios.map((one) => one.toFixed(2)).join(' ')}`,
        `load of the machine ${loadavg()[0]?.toFixed(1) ?? '?'} on ${availableParallelism()} cores: what others do decides the pairs when it is above the cores`,
        'reading back comes after the copy and is not in the first figure: cp has nothing like it',
      ],
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
