// The scan process: walks, reads, tells in lines, and may hang for ever on a dead disk. It is killed then.
import { realpathSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { assertNever, textOf } from '../../shared/domain/fault.ts'
import { Findings } from './findings.ts'
import { lookAt } from './look-at.ts'
import { asLine, parseAsk, type ScanAsk, type ScanLine } from './protocol.ts'
import type { ProgramReaders, Readers } from './readers.ts'
import type { ScanOrder, ScanRoot } from './request.ts'
import { walk, type WalkCounts } from './walk.ts'

/** A sign of life so often; the parent shows it. */
const BEAT_MS = 200

export interface ScanParts {
  /** @param temporary  private folder for copies of databases */
  readers(temporary: string): Readers
  programs(): ProgramReaders
}

/** Serves one order and ends; when the input closes before, its asker is gone and the work stops. */
export async function runScanProcess(input: Readable, output: Writable, parts: ScanParts): Promise<void> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const life = { isOver: false }
  const emit = (line: ScanLine): void => void output.write(asLine(line))
  const first = await new Promise<string | undefined>((resolve) => {
    lines.once('line', resolve)
    lines.once('close', () => {
      life.isOver = true
      resolve(undefined)
    })
  })
  if (first === undefined) return
  try {
    await serve(parseAsk(first), { parts, emit, life })
  } catch (cause: unknown) {
    emit({ is: 'broken', text: textOf(cause) })
  }
  lines.close()
  // What is still on its way would be lost when the process ends.
  await new Promise<void>((resolve) => output.write('', () => resolve()))
}

interface Serving {
  readonly parts: ScanParts
  readonly emit: (line: ScanLine) => void
  readonly life: { readonly isOver: boolean }
}

async function serve(ask: ScanAsk | { readonly problem: string }, serving: Serving): Promise<void> {
  if (!('ask' in ask)) return serving.emit({ is: 'broken', text: ask.problem })
  switch (ask.ask) {
    case 'scan':
      return scan(ask, serving)
    case 'look':
      return serving.emit({ is: 'looked', looked: lookAt(ask.path, ask.platform, serving.parts.readers(ask.temporary)) })
    default:
      return assertNever(ask)
  }
}

async function scan(order: ScanOrder, serving: Serving): Promise<void> {
  const { parts, emit, life } = serving
  const until = performance.now() + order.ms
  if (order.programs) await tellPrograms(order, serving)
  const readers = parts.readers(order.temporary)
  const composeFiles = [...order.composeFiles]
  const heard: Serving = {
    ...serving,
    emit(line) {
      if (line.is === 'compose') composeFiles.push(line.file)
      emit(line)
    },
  }
  for (const root of order.roots) {
    if (life.isOver) return
    emit({ is: 'at', root: root.path })
    if (root.path === order.hangAt) sleepForEver()
    await walkRoot(root, order, { serving: heard, readers, until })
  }
  if (order.programs && composeFiles.length > 0) await tellPrograms({ ...order, composeFiles }, serving)
  emit({ is: 'end' })
}

async function tellPrograms(order: Pick<ScanOrder, 'composeFiles' | 'ownPids'>, { parts, emit }: Serving): Promise<void> {
  const programs = parts.programs()
  const processes = await programs.findProcesses(order.ownPids)
  emit({ is: 'processes', processes })
  emit({ is: 'setups', setups: await programs.findSetups({ processes, composeFiles: order.composeFiles }) })
}

const NOTHING: WalkCounts = { folders: 0, files: 0, closed: 0, failed: 0, unnameable: 0, tooDeep: 0 }

async function walkRoot(
  root: ScanRoot,
  order: ScanOrder,
  { serving, readers, until }: { readonly serving: Serving; readonly readers: Readers; readonly until: number },
): Promise<void> {
  const { emit, life } = serving
  const real = resolveRoot(root)
  if (typeof real !== 'string')
    return emit({ is: 'root', root: root.path, end: { is: 'unreadable', ...real }, counts: NOTHING, unreadable: 0 })
  const { platform, quarantine, depth, stops } = order
  const findings = new Findings({ readers, platform, quarantine, label: root.label, emit })
  let toldAt = performance.now()
  const { counts, isWhole, rootFault } = await walk({
    root: real,
    depth,
    platform,
    stops: new Set(stops),
    onFile: findings.onFile,
    onFolder: findings.onFolder,
    onBeat({ folders, files }) {
      const now = performance.now()
      if (now - toldAt >= BEAT_MS) {
        toldAt = now
        emit({ is: 'beat', folders, files })
      }
      return now < until && !life.isOver
    },
  })
  const end = rootFault !== undefined ? ({ is: 'unreadable', code: rootFault } as const) : ({ is: isWhole ? 'ended' : 'time' } as const)
  emit({ is: 'root', root: root.path, end, counts, unreadable: findings.unreadable })
}

/** A folder that the user named may be reached through links; whatever else is walked is where its path says. */
function resolveRoot(root: ScanRoot): string | { readonly code: string } {
  if (root.is === 'volume') return root.path
  try {
    return realpathSync.native(root.path)
  } catch (cause: unknown) {
    return { code: cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN' }
  }
}

/** As a call to a dead disk does: no timer, no signal handler, no line. */
function sleepForEver(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
