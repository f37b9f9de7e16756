import { accessSync, constants, statSync } from 'node:fs'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { AppHandlers, LogLine, LogPage } from '../../../shared/ipc/contract.ts'
import { readPageAfter, readPageBefore, type TailLine } from '../../lib/tail.ts'
import type { CallContext } from './context.ts'

const PAGE_BYTES = 1024 * 1024
/** A search for an error reads at most this much a call; the next call goes on from there. */
const SEARCH_BYTES = 64 * 1024 * 1024

type Level = LogLine['level']
const RANK: Record<Level, number> = { none: 0, debug: 1, info: 2, warn: 3, error: 4, fatal: 5 }

/** Level of a line of any of our programs: env_logger, zap's console and JSON encoders, our own JSON lines. */
export function levelOf(text: string): Level {
  const named =
    /^\[20[^\]]*Z (ERROR|WARN|INFO|DEBUG|TRACE)/.exec(text)?.[1] ??
    /^\{.{0,80}?"(?:L|level)":"(\w+)"/.exec(text)?.[1] ??
    /^\S+\t(\w+)\t/.exec(text)?.[1]
  switch (named?.toUpperCase()) {
    case 'TRACE':
    case 'DEBUG':
      return 'debug'
    case 'INFO':
      return 'info'
    case 'WARN':
      return 'warn'
    case 'ERROR':
      return 'error'
    case 'FATAL':
    case 'PANIC':
    case 'DPANIC':
      return 'fatal'
    default:
      return /^(Error: |error: |panic: |thread '.*' panicked)/.test(text) ? 'error' : 'none'
  }
}

const lineOf = (line: TailLine): LogLine => ({ offset: line.offset, level: levelOf(line.text), text: line.text })

type Found = { readonly offset: number | undefined }

/** Reads on in pages until a line at error level or worse, the end of the file, or enough for one call. */
async function searchError(file: string, from: number, direction: 'back' | 'forward'): Promise<Found> {
  const isBack = direction === 'back'
  let at = from
  for (let read = 0; read < SEARCH_BYTES;) {
    const ask = { file, offset: at, lines: 1000, maxBytes: PAGE_BYTES }
    const page = await (isBack ? readPageBefore(ask) : readPageAfter(ask))
    const errors = page.lines.filter((line) => RANK[levelOf(line.text)] >= RANK.error && (isBack ? line.offset < from : line.offset > from))
    const hit = isBack ? errors.at(-1) : errors[0]
    if (hit !== undefined) return { offset: hit.offset }
    const next = isBack ? page.from : page.to
    if (next === at || (isBack ? page.isAtStart : page.isAtEnd)) break
    read += Math.abs(at - next)
    at = next
  }
  return { offset: undefined }
}

async function pageOf(file: string, ask: { before?: number; after?: number; lines: number; minLevel?: Level }): Promise<LogPage> {
  const { before, after, lines, minLevel } = ask
  const common = { file, lines, maxBytes: PAGE_BYTES }
  const page =
    after === undefined
      ? await readPageBefore({ ...common, ...(before === undefined ? {} : { offset: before }) })
      : await readPageAfter({ ...common, offset: after })
  const shown = page.lines.map(lineOf)
  const least = minLevel === undefined ? 0 : RANK[minLevel]
  return {
    lines: least === 0 ? shown : shown.filter((line) => RANK[line.level] >= least || line.level === 'none'),
    startOffset: page.from,
    endOffset: page.to,
    fileBytes: page.sizeBytes,
  }
}

export function logCalls(context: CallContext): AppHandlers['logs'] {
  const sources = () => context.session()?.logFiles() ?? []
  /** A log that somebody else owns may be a folder, or not ours to read: said, not thrown. */
  const withFile = async <T>(name: string, read: (file: string) => Promise<T>): Promise<Result<T, 'logs/unknown' | 'logs/unreadable'>> => {
    const found = sources().find((one) => one.name === name)
    if (found === undefined) return fail('logs/unknown', `there is no log named ${name}`)
    try {
      const stat = statSync(found.file, { throwIfNoEntry: false })
      if (stat === undefined) return fail('logs/unreadable', `${found.file} does not exist yet`)
      if (!stat.isFile()) return fail('logs/unreadable', `${found.file} is not a file`)
      accessSync(found.file, constants.R_OK)
      return ok(await read(found.file))
    } catch (cause: unknown) {
      return fail('logs/unreadable', textOf(cause))
    }
  }
  return {
    list() {
      return ok(
        sources().flatMap(({ name, label, file }) => {
          const stat = statSync(file, { throwIfNoEntry: false })
          return stat === undefined ? [] : [{ name, label, sizeBytes: stat.size, modifiedAt: stat.mtimeMs }]
        }),
      )
    },
    page: ({ name, before, after, lines, minLevel }) =>
      withFile(name, (file) =>
        pageOf(file, {
          lines,
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
          ...(minLevel === undefined ? {} : { minLevel }),
        }),
      ),
    findError: ({ name, from, direction }) => withFile(name, (file) => searchError(file, from, direction)),
  }
}
