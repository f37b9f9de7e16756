// The scan process: walks, reads, tells in lines, and may hang for ever on a dead disk. It is killed then.
import { realpathSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { assertNever, textOf } from '../../shared/domain/fault.ts'
import { Findings } from './findings.ts'
import { lookAt } from './look-at.ts'
import { asLine, parseAsk, type ScanAsk, type ScanLine } from './protocol.ts'
import type { ProgramReaders, Readers } from './readers.ts'
import type { ScanRoot, WalkOrder } from './request.ts'
import { walk, type WalkCounts } from './walk.ts'

/** A sign of life so often; the parent shows it. */
const BEAT_MS = 200

export interface ScanParts {
  /** @param temporary  private folder for copies of databases */
  readers(temporary: string): Readers
  programs(): ProgramReaders
}

/** Serves what it is asked, one after the other, until its input closes; then its asker is gone and the work stops. */
export function runScanProcess(input: Readable, output: Writable, parts: ScanParts): Promise<void> {
  const life = { isOver: false }
  const serving: Serving = { parts, life, emit: (line) => void output.write(asLine(line)) }
  let work = Promise.resolve()
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on('line', (line) => {
    work = work.then(() => answer(line, serving))
  })
  return new Promise((resolve) => {
    lines.once('close', () => {
      life.isOver = true
      // What is still on its way would be lost when the process ends.
      void work.then(() => output.write('', () => resolve()))
    })
  })
}

interface Serving {
  readonly parts: ScanParts
  readonly emit: (line: ScanLine) => void
  readonly life: { readonly isOver: boolean }
}

async function answer(line: string, serving: Serving): Promise<void> {
  const ask = parseAsk(line)
  try {
    if ('ask' in ask) await serve(ask, serving)
    serving.emit('ask' in ask ? { is: 'end' } : { is: 'broken', text: ask.problem })
  } catch (cause: unknown) {
    serving.emit({ is: 'broken', text: textOf(cause) })
  }
}

async function serve(ask: ScanAsk, { parts, emit, life }: Serving): Promise<void> {
  switch (ask.ask) {
    case 'programs': {
      const programs = parts.programs()
      const processes = await programs.findProcesses(ask.ownPids)
      emit({ is: 'processes', processes })
      return emit({ is: 'setups', setups: await programs.findSetups(processes, ask) })
    }
    case 'walk':
      return walkRoots(ask, { parts, emit, life })
    case 'look':
      return emit({ is: 'looked', looked: lookAt(ask.path, ask.platform, parts.readers(ask.temporary)) })
    default:
      return assertNever(ask)
  }
}

async function walkRoots(order: WalkOrder, serving: Serving): Promise<void> {
  const until = performance.now() + order.ms
  const readers = serving.parts.readers(order.temporary)
  for (const root of order.roots) {
    if (serving.life.isOver || performance.now() >= until) return
    serving.emit({ is: 'at', root: root.path })
    if (root.path === order.hangAt) sleepForEver()
    await walkRoot(root, order, { serving, readers, until })
  }
}

const NOTHING: WalkCounts = { folders: 0, files: 0, closed: 0, failed: 0, unnameable: 0, tooDeep: 0 }

async function walkRoot(
  root: ScanRoot,
  order: WalkOrder,
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
