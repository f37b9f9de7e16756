import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import path from 'node:path'
import { LABEL_BYTES, PracticeLabels, seedIn, smallestLabel, type VrfNonce } from '../pos-labels.ts'
import type { CliFlags } from './flags.ts'
import { writeMetadata, type CliMetadata } from './metadata.ts'
import type { Voices } from './output.ts'
import type { Gpu } from './print.ts'

const BATCH_LABELS = 1_048_576
export const CPU_PROVIDER = 4_294_967_295

export interface InitHost {
  readonly voices: Voices
  readonly sleep: (ms: number) => Promise<void>
  readonly secondMs: number
  readonly bytesPerSecond: number
  readonly hasOpenCl: boolean
  readonly gpus: readonly Gpu[]
  /** Turns true with SIGINT; looked at after each batch. */
  readonly isStopped: () => boolean
}

export type InitEnd = { readonly at: 'completed' | 'interrupted' } | { readonly at: 'error'; readonly why: string }

interface Layout {
  readonly perFile: number
  readonly last: number
  readonly first: number
  readonly final: number
}

export const fileCount = (flags: Pick<CliFlags, 'numUnits' | 'labelsPerUnit' | 'maxFileSize'>): number =>
  Math.ceil((flags.numUnits * flags.labelsPerUnit * LABEL_BYTES) / flags.maxFileSize)

function layoutOf(flags: CliFlags): Layout {
  const perFile = Math.min(Math.floor(flags.maxFileSize / LABEL_BYTES), flags.numUnits * flags.labelsPerUnit)
  const files = Math.ceil((flags.numUnits * flags.labelsPerUnit) / perFile)
  const last = flags.numUnits * flags.labelsPerUnit - (files - 1) * perFile
  return { perFile, last, first: flags.fromFile, final: flags.toFile ?? files - 1 }
}

const dataFile = (datadir: string, index: number): string => path.join(datadir, `postdata_${index}.bin`)

function removeRedundant(datadir: string, final: number, { zap }: Voices): void {
  zap('DEBUG', 'attempting to remove redundant files above index', { maxFileIndex: final })
  for (const name of readdirSync(datadir).sort()) {
    const number = /^postdata_(\d+)\.bin$/.exec(name)?.[1]
    if (number === undefined) {
      if (name !== 'postdata_metadata.json') zap('DEBUG', 'found unrecognized file', { fileName: name })
    } else if (Number(number) > final) {
      zap('INFO', 'removing redundant file', { fileName: name })
      rmSync(path.join(datadir, name))
    }
  }
}

/** The seed of labels that are there already; 0 for new data. */
function seedOf(datadir: string, metadata: CliMetadata): number {
  if (!existsSync(dataFile(datadir, 0))) return 0
  const label = Buffer.alloc(LABEL_BYTES)
  const handle = openSync(dataFile(datadir, 0), 'r')
  readSync(handle, label, 0, LABEL_BYTES, 0)
  closeSync(handle)
  return seedIn(label, metadata) ?? 0
}

/** A nonce counts when it lies in the lowest 8/numLabels of all values. @source facts/postcli-and-profiler.md §4 */
const isLowEnough = (nonce: VrfNonce, numLabels: number): boolean => nonce.label.readUIntBE(0, 6) < Math.floor((2 ** 48 * 8) / numLabels)

async function providerFault(flags: CliFlags, { voices, sleep, secondMs, hasOpenCl, gpus }: InitHost): Promise<string | undefined> {
  if (flags.provider === CPU_PROVIDER || gpus[flags.provider ?? 0] !== undefined) return undefined
  const at = { module: 'post::initialization', file: 'ffi/src/initialization.rs', line: 160 }
  if (hasOpenCl) {
    const place = { module: 'scrypt_ocl', file: 'scrypt-ocl/src/lib.rs', line: 380 }
    voices.zap('INFO', `selecting ${flags.provider ?? 0} provider from ${gpus.length} available`, place)
    voices.zap('ERROR', `error creating initializer: InvalidProviderId(ProviderId(${flags.provider ?? 0}))`, at)
  } else {
    await sleep(10 * secondMs)
    voices.zap('ERROR', 'error creating initializer: OclCoreError(ApiWrapper(GetPlatformIdsPlatformListUnavailable(10)))', at)
  }
  return 'failed to compute labels: initializing scrypter: invalid provider ID'
}

/** What the system says of a disk, in the words of the real program. */
const DISK_WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EIO: 'input/output error',
  ENOENT: 'no such file or directory',
  EROFS: 'read-only file system',
}

/** Writes what is missing of the labels, file by file; full files are skipped, a partial one goes on at its length. */
export async function initialize(flags: CliFlags, begin: CliMetadata, host: InitHost): Promise<InitEnd> {
  try {
    return await writeFiles(flags, begin, host)
  } catch (cause: unknown) {
    const { code = '', syscall = '', path: file = '' } = cause as NodeJS.ErrnoException
    const words = DISK_WORDS[code]
    if (words === undefined) throw cause
    return { at: 'error', why: `${syscall} ${file}: ${words}` }
  }
}

async function writeFiles(flags: CliFlags, begin: CliMetadata, host: InitHost): Promise<InitEnd> {
  const { zap } = host.voices
  const { datadir, numUnits, maxFileSize, labelsPerUnit } = flags
  const layout = layoutOf(flags)
  writeMetadata(datadir, begin)
  zap('INFO', 'initialization started', { datadir, numUnits, maxFileSize, labelsPerUnit })
  zap('INFO', 'initialization file layout', {
    labelsPerFile: layout.perFile,
    labelsLastFile: layout.last,
    firstFileIndex: layout.first,
    lastFileIndex: layout.final,
  })
  removeRedundant(datadir, layout.final, host.voices)
  const labels = new PracticeLabels(begin, seedOf(datadir, begin))
  let metadata = begin
  const onNonce = (fileIndex: number, nonce: VrfNonce): void => {
    metadata = { ...metadata, nonce }
    writeMetadata(datadir, metadata)
    zap('INFO', 'initialization: found new best nonce', { fileIndex, nonce: nonce.index, value: nonce.label.toString('hex') })
  }
  const files = Math.ceil((numUnits * labelsPerUnit) / layout.perFile)
  for (let index = layout.first; index <= layout.final; index += 1) {
    const target = index === files - 1 ? layout.last : layout.perFile
    const end = await writeFile({ index, target, start: index * layout.perFile, flags, labels, best: () => metadata.nonce, onNonce }, host)
    if (end !== undefined) return end
  }
  if (metadata.nonce === undefined && (layout.first > 0 || layout.final < files - 1)) {
    // Another range may have it: nothing is searched beyond.
    zap('INFO', 'initialization: no nonce found while computing labels', {})
    return { at: 'completed' }
  }
  if (metadata.nonce === undefined) return searchBeyond(flags, metadata, labels, host)
  zap('INFO', 'initialization: completed, found nonce', { nonce: metadata.nonce.index })
  return { at: 'completed' }
}

interface FileWork {
  readonly index: number
  readonly target: number
  readonly start: number
  readonly flags: CliFlags
  readonly labels: PracticeLabels
  readonly best: () => VrfNonce | undefined
  readonly onNonce: (fileIndex: number, nonce: VrfNonce) => void
}

async function writeFile(work: FileWork, host: InitHost): Promise<InitEnd | undefined> {
  const { zap } = host.voices
  const { index, target, start, flags } = work
  const file = dataFile(flags.datadir, index)
  const current = Math.floor((statSync(file, { throwIfNoEntry: false })?.size ?? 0) / LABEL_BYTES)
  const fields = { fileIndex: index, currentNumLabels: current, targetNumLabels: target, startPosition: start }
  if (current === target) {
    zap('INFO', 'initialization: file already initialized', fields)
    return undefined
  }
  if (current > target) {
    zap('INFO', 'initialization: truncating file', { fileIndex: index, currentNumLabels: current, targetNumLabels: target })
    truncateSync(file, target * LABEL_BYTES)
    return undefined
  }
  zap('INFO', current === 0 ? 'initialization: starting to write file' : 'initialization: continuing to write file', fields)
  closeSync(openSync(file, 'a', 0o600))
  if (host.isStopped()) {
    zap('INFO', 'initialization: stopped', {})
    return { at: 'interrupted' }
  }
  const fault = await providerFault(flags, host)
  if (fault !== undefined) return { at: 'error', why: fault }
  return writeBatches(work, current, file, host)
}

async function writeBatches(work: FileWork, current: number, file: string, host: InitHost): Promise<InitEnd | undefined> {
  const { zap } = host.voices
  const { index, target, start, flags } = work
  const numLabels = flags.numUnits * flags.labelsPerUnit
  for (let at = current; at < target; at += BATCH_LABELS) {
    if (at > current && host.isStopped()) {
      zap('INFO', 'initialization: stopped', {})
      return { at: 'interrupted' }
    }
    zap('DEBUG', 'initialization: status', { fileIndex: index, currentPosition: at, remaining: target - at })
    const count = Math.min(BATCH_LABELS, target - at)
    const gpu = host.gpus[flags.provider ?? 0]
    if (gpu === 'lost' && (at > 0 || index > flags.fromFile))
      return { at: 'error', why: 'failed to compute labels: gpu-scrypt-jane-rs: OclCoreError(CL_DEVICE_NOT_AVAILABLE)' }
    const bytes = work.labels.bytes((start + at) * LABEL_BYTES, count * LABEL_BYTES)
    if (gpu === 'wrong') bytes.fill(0xa5, LABEL_BYTES)
    await host.sleep((bytes.length / host.bytesPerSecond) * 1000)
    const nonce = smallestLabel(bytes, start + at, work.best())
    if (nonce !== undefined && nonce !== work.best() && isLowEnough(nonce, numLabels)) work.onNonce(index, nonce)
    const why = append(file, bytes)
    if (why !== undefined) return { at: 'error', why: `failed to flush disk writer: write ${file}: ${why}` }
  }
  zap('INFO', 'initialization: completed', { fileIndex: index, numLabelsWritten: target })
  return undefined
}

function append(file: string, bytes: Buffer): string | undefined {
  const handle = openSync(file, 'a', 0o600)
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done)
    return undefined
  } catch (cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    return DISK_WORDS[code] ?? String(cause)
  } finally {
    closeSync(handle)
  }
}

/** Looks for the nonce behind the data, as postcli does when no label of the data is low enough. */
function searchBeyond(flags: CliFlags, metadata: CliMetadata, labels: PracticeLabels, { voices }: InitHost): InitEnd {
  const numLabels = flags.numUnits * flags.labelsPerUnit
  voices.zap('INFO', 'initialization: no nonce found while computing labels, continue initializing', {})
  for (let at = numLabels; ; at += numLabels) {
    const nonce = smallestLabel(labels.bytes(at * LABEL_BYTES, numLabels * LABEL_BYTES), at, undefined)
    if (nonce === undefined || !isLowEnough(nonce, numLabels)) continue
    writeMetadata(flags.datadir, { ...metadata, nonce })
    voices.zap('INFO', 'initialization: completed, found nonce', { nonce: nonce.index })
    return { at: 'completed' }
  }
}
