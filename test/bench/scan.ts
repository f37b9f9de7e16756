import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { launchFromSource } from '../../electron/launch.ts'
import { systemClock } from '../../electron/lib/clock.ts'
import { silentLogger } from '../../electron/lib/logger.ts'
import { launchProbeBy, type ProbeChild } from '../../electron/pos-data/index.ts'
import { startScan } from '../../electron/scan/index.ts'
import { aKey, writeNodeFolder, writePosFolder } from '../builders/machine-tree.ts'
import { below, CannotRun, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'scan'
export const describe = 'a tree of 1,000,000 files with 1,000 identities in memory: time and memory of a scan (--minutes is not used)'

const FILES = 1_000_000
const IDENTITIES = 1000
const FILES_OF_DATA = 16
const PER_FOLDER = 500
const NEEDED_BYTES = 3 * 2 ** 30
/** What disks are full of; every tenth has a name that a key may have, every hundredth also a key's size. */
const ENDS = ['.jpg', '.js', '.txt', '.ts', '.json', '.mp4', '.h', '.png', '.md', '']

/** Folder in memory, so that the figure is ours and not a disk's. */
function memoryFolder(): string {
  const at = '/dev/shm'
  const stat = process.platform === 'linux' ? statfsSync(at) : undefined
  if (stat === undefined || stat.bavail * stat.bsize < NEEDED_BYTES) throw new CannotRun('3 GiB of memory in /dev/shm are needed')
  return mkdtempSync(path.join(at, 'smeshkeeper-scan-'))
}

function buildTree(root: string): void {
  writeNodeFolder(path.join(root, 'spacemesh'), Object.fromEntries(Array.from({ length: IDENTITIES }, (_, i) => [`k${i}.key`, i])))
  for (let i = 0; i < IDENTITIES; i += 1)
    writePosFolder(path.join(root, 'disks', `d${i % 10}`, `post-${i}`), { number: i, files: FILES_OF_DATA })
  const rest = FILES - IDENTITIES * (FILES_OF_DATA + 2)
  const sum = Buffer.alloc(100, 'z')
  for (let i = 0; i < rest; i += 1) {
    const folder = path.join(root, 'home', `a${Math.floor(i / PER_FOLDER / 50)}`, `b${Math.floor(i / PER_FOLDER) % 50}`)
    if (i % PER_FOLDER === 0) mkdirSync(folder, { recursive: true })
    const file = `${folder}/file-${i}${ENDS[i % ENDS.length] ?? ''}`
    if (i % 100 === 99) writeFileSync(file, sum)
    else closeSync(openSync(file, 'w'))
  }
}

/** Most memory that a process ever had, in MB. */
function mostMegabytes(pid: number | undefined): number {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1]
    return (Number(kib ?? 0) * 1024) / 1e6
  } catch {
    return 0 // it has ended
  }
}

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  const folder = memoryFolder()
  try {
    const home = path.join(folder, 'keeper')
    const tree = path.join(folder, 'tree')
    mkdirSync(home)
    say('making the tree')
    buildTree(tree)
    say('scanning it')
    const { file, prefixArgs, env } = launchFromSource(path.resolve('electron'))('scan')
    let child: ProbeChild | undefined
    let most = 0
    const keepAlive = setInterval(() => (most = Math.max(most, mostMegabytes(child?.pid))), 20)
    const began = performance.now()
    const scan = startScan({
      launch: () => ({ file, prefixArgs, env }),
      start: (events) => (child = launchProbeBy({ binary: file, args: [...prefixArgs], env: { ...process.env, ...env } })(events)),
      clock: systemClock,
      log: silentLogger,
      machine: { platform: 'linux', mounts: [], env: {}, resolve: (at) => at },
      request: { home, quarantine: path.join(home, 'quarantine'), homedir: tree, platform: 'linux' },
      onProgress: () => {},
    })
    const done = await scan.done
    const seconds = (performance.now() - began) / 1000
    clearInterval(keepAlive)
    if (!done.ok) throw new Error(done.fault.detail)
    const { identities, volumes, isWhole } = done.value
    const wanted = new Set(Array.from({ length: IDENTITIES }, (_, i) => aKey(i).identity))
    const whole = identities.filter((one) => wanted.has(one.id) && one.key === 'here' && one.data === 'complete').length
    return {
      figures: [
        below('time', seconds, 's', 30),
        below('most memory of the process', most, 'MB', 200),
        { name: 'identities with key and data', value: whole, unit: '', limit: `= ${IDENTITIES}`, ok: whole === IDENTITIES && isWhole },
        { name: 'files seen', value: volumes.reduce((all, one) => all + one.files, 0), unit: '' },
      ],
      notes: ['the tree lies in memory: a cold disk needs longer for the same number of folders'],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
