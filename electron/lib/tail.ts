import type { FSWatcher } from 'node:fs'
import { watch } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, stat } from 'node:fs/promises'
import type { Clock } from './clock.ts'
import { LineCutter } from './tail-lines.ts'
import type { TailLine } from './tail-lines.ts'

export { readPageAfter, readPageBefore } from './tail-page.ts'
export type { LogPage, PageRequest } from './tail-page.ts'
export type { TailLine } from './tail-lines.ts'

/** Where a reader stopped; plain JSON, to be remembered across starts. */
export interface TailPosition {
  /** Inode of the file, decimal. */
  readonly inode: string
  /** Everything before this offset was handed out. */
  readonly offset: number
  /** base64 of the bytes just before `offset`: tells a file that was emptied and has grown again. */
  readonly mark: string
}

export interface TailOptions {
  readonly file: string
  readonly clock: Clock
  readonly from?: TailPosition
  /** Without a known position, or too far behind it: only this much of the end is read. */
  readonly startWindowBytes?: number
  /** How far behind a remembered position is still read in full. */
  readonly catchUpBytes?: number
  readonly maxLineBytes?: number
  readonly pollMs?: number
  onLines(lines: readonly TailLine[], position: TailPosition): void
  /** Bytes that were never handed out: `skipped` at the start, `truncated` when the file was emptied under us. */
  onGap?(gap: { readonly kind: 'skipped' | 'truncated'; readonly bytes: number }): void
}

export interface Tail {
  /** Undefined until the file was seen. */
  position(): TailPosition | undefined
  /** Reads what is there now; resolves when all of it was handed out. */
  poll(): Promise<void>
  stop(): Promise<void>
}

const CHUNK_BYTES = 256 * 1024
const MARK_BYTES = 32
const WATCH_PAUSE_MS = 50
/** With a live watch only every so many polls looks: it finds what a watch can miss. */
const WATCHED_POLLS = 3

interface OpenLog {
  readonly handle: FileHandle
  readonly inode: string
  cutter: LineCutter
  /** The bytes just before `cutter.readTo`, and those just before `cutter.lineOffset`. */
  mark: Buffer
  lineMark: Buffer
  /** Of the file under the name, at the last look. */
  changedNs?: bigint
}

/** Follows one log file across rotation (rename) and truncation. Watches it where the system can, and polls slowly besides. */
class Follower implements Tail {
  readonly #options: TailOptions
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  readonly #cancelPoll: () => void
  #log: OpenLog | undefined
  #watcher: FSWatcher | undefined
  #soon: (() => void) | undefined
  #running: Promise<void> | undefined
  #isStopped = false
  #isFirst = true
  #turn = 0

  constructor(options: TailOptions) {
    this.#options = options
    this.#cancelPoll = options.clock.every(options.pollMs ?? 1000, () => {
      this.#turn += 1
      if (this.#watcher === undefined || this.#turn % WATCHED_POLLS === 0) void this.poll()
    })
  }

  position(): TailPosition | undefined {
    const log = this.#log
    return log && { inode: log.inode, offset: log.cutter.lineOffset, mark: log.lineMark.toString('base64') }
  }

  poll(): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelPoll()
    this.#soon?.()
    await this.#running
    await this.#close()
  }

  async #read(): Promise<void> {
    try {
      if (this.#log === undefined && !(await this.#open())) return
      if (await this.#isUnchanged()) return
      await this.#drain()
      // Rotated: the name has another file. The old one was read to its end above, as its writer is gone.
      for (let turn = 0; turn < 16 && !this.#isStopped && (await this.#isReplaced()); turn++) {
        await this.#drain()
        this.#flush()
        await this.#close()
        if (!(await this.#open())) return
        await this.#drain()
      }
    } catch {
      await this.#close() // the volume went away or the file cannot be read: the next poll tries again
    }
  }

  async #open(): Promise<boolean> {
    const { file, from } = this.#options
    let handle: FileHandle
    try {
      handle = await open(file, 'r')
    } catch {
      return false
    }
    const { ino, size } = await handle.stat({ bigint: true })
    const inode = String(ino)
    const bytes = Number(size)
    const isFirst = this.#isFirst
    this.#isFirst = false
    let offset = 0
    let mark: Buffer = Buffer.alloc(0)
    if (isFirst && from !== undefined && from.inode === inode && (await markIsAt(handle, from.offset, Buffer.from(from.mark, 'base64')))) {
      offset = from.offset
      mark = Buffer.from(from.mark, 'base64')
    }
    const window =
      isFirst && offset === 0 ? (this.#options.startWindowBytes ?? 256 * 1024) : (this.#options.catchUpBytes ?? 16 * 1024 * 1024)
    if (bytes - offset > window) {
      const start = await lineStartAfter(handle, bytes - window, window)
      this.#options.onGap?.({ kind: 'skipped', bytes: start - offset })
      offset = start
      mark = Buffer.alloc(0)
    }
    this.#log = { handle, inode, cutter: new LineCutter(this.#options.maxLineBytes ?? 64 * 1024, offset), mark, lineMark: mark }
    this.#watch()
    return true
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#options.file, { persistent: false }, () => {
        this.#soon ??= this.#options.clock.after(WATCH_PAUSE_MS, () => {
          this.#soon = undefined
          void this.poll()
        })
      })
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      this.#watcher = undefined // no watches left or an odd file system: the poll is enough
    }
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  async #close(): Promise<void> {
    this.#unwatch()
    const log = this.#log
    this.#log = undefined
    await log?.handle.close().catch(() => undefined)
  }

  /** One question instead of three: a hundred logs are looked at, and most are quiet. */
  async #isUnchanged(): Promise<boolean> {
    const log = this.#log
    const there = await stat(this.#options.file, { bigint: true }).catch(() => undefined)
    if (log === undefined || there === undefined) return false
    const isSame = String(there.ino) === log.inode && there.size === BigInt(log.cutter.readTo) && there.mtimeNs === log.changedNs
    log.changedNs = there.mtimeNs
    return isSame
  }

  async #isReplaced(): Promise<boolean> {
    const there = await stat(this.#options.file, { bigint: true }).catch(() => undefined)
    return there !== undefined && this.#log !== undefined && String(there.ino) !== this.#log.inode
  }

  async #drain(): Promise<void> {
    const log = this.#log
    if (log === undefined) return
    const { size } = await log.handle.stat()
    const readTo = log.cutter.readTo
    if (size < readTo || (size > readTo && !(await markIsAt(log.handle, readTo, log.mark)))) {
      this.#flush()
      this.#options.onGap?.({ kind: 'truncated', bytes: 0 })
      log.cutter = new LineCutter(this.#options.maxLineBytes ?? 64 * 1024, 0)
      log.mark = Buffer.alloc(0)
      log.lineMark = log.mark
    }
    while (!this.#isStopped) {
      const { bytesRead } = await log.handle.read(this.#chunk, 0, CHUNK_BYTES, log.cutter.readTo)
      if (bytesRead === 0) return
      const fresh = this.#chunk.subarray(0, bytesRead)
      const lines = log.cutter.push(fresh)
      const heldBytes = log.cutter.readTo - log.cutter.lineOffset
      if (lines.length > 0) log.lineMark = lastBytes(log.mark, fresh.subarray(0, bytesRead - heldBytes))
      log.mark = lastBytes(log.mark, fresh)
      const position = this.position()
      if (lines.length > 0 && position !== undefined) this.#options.onLines(lines, position)
    }
  }

  #flush(): void {
    const rest = this.#log?.cutter.flush()
    const position = this.position()
    if (rest !== undefined && position !== undefined) this.#options.onLines([rest], position)
  }
}

const lastBytes = (before: Buffer, fresh: Buffer): Buffer => Buffer.concat([before, fresh.subarray(-MARK_BYTES)]).subarray(-MARK_BYTES)

async function markIsAt(handle: FileHandle, offset: number, mark: Buffer): Promise<boolean> {
  if (mark.length === 0) return true
  const there = Buffer.alloc(mark.length)
  const { bytesRead } = await handle.read(there, 0, mark.length, Math.max(0, offset - mark.length))
  return bytesRead === mark.length && there.equals(mark)
}

/** The first line start after `offset`; `offset` itself when there is none near it (one giant line). */
async function lineStartAfter(handle: FileHandle, offset: number, withinBytes: number): Promise<number> {
  const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, withinBytes))
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
  const newline = buffer.subarray(0, bytesRead).indexOf(10)
  return newline < 0 ? offset : offset + newline + 1
}

/** Follows `file` until stopped; starts with what is there. */
export function createTail(options: TailOptions): Tail {
  const tail = new Follower(options)
  void tail.poll()
  return tail
}
