import { statSync } from 'node:fs'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { AppHandlers, LogLine } from '../../../shared/ipc/contract.ts'
import { readPageAfter, readPageBefore, type LogPage as RawPage } from '../../lib/tail.ts'
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

const lineOf = (line: RawPage['lines'][number]): LogLine => ({ offset: line.offset, level: levelOf(line.text), text: line.text })

export function logCalls(context: CallContext): AppHandlers['logs'] {
  const fileOf = (name: string): Result<string, 'logs/unknown'> => {
    const found = context
      .session()
      ?.logFiles()
      .find((one) => one.name === name)
    return found === undefined ? fail('logs/unknown', `there is no log named ${name}`) : ok(found.file)
  }
  return {
    list() {
      const files = context.session()?.logFiles() ?? []
      return ok(
        files.flatMap(({ name, label, file }) => {
          const stat = statSync(file, { throwIfNoEntry: false })
          return stat === undefined ? [] : [{ name, label, sizeBytes: stat.size, modifiedAt: stat.mtimeMs }]
        }),
      )
    },
    async page({ name, before, after, lines, minLevel }) {
      const file = fileOf(name)
      if (!file.ok) return file
      try {
        const ask = { file: file.value, lines, maxBytes: PAGE_BYTES }
        const page =
          after === undefined
            ? await readPageBefore({ ...ask, ...(before === undefined ? {} : { offset: before }) })
            : await readPageAfter({ ...ask, offset: after })
        const shown = page.lines.map(lineOf)
        const least = minLevel === undefined ? 0 : RANK[minLevel]
        return ok({
          lines: least === 0 ? shown : shown.filter((line) => RANK[line.level] >= least || line.level === 'none'),
          startOffset: page.from,
          endOffset: page.to,
          fileBytes: page.sizeBytes,
        })
      } catch (cause: unknown) {
        return fail('logs/unreadable', textOf(cause))
      }
    },
    async findError({ name, from, direction }) {
      const file = fileOf(name)
      if (!file.ok) return file
      try {
        let at = from
        for (let read = 0; read < SEARCH_BYTES;) {
          const ask = { file: file.value, offset: at, lines: 1000, maxBytes: PAGE_BYTES }
          const page = direction === 'back' ? await readPageBefore(ask) : await readPageAfter(ask)
          const errors = page.lines.filter(
            (line) => RANK[levelOf(line.text)] >= RANK.error && (direction === 'back' ? line.offset < from : line.offset > from),
          )
          const hit = direction === 'back' ? errors.at(-1) : errors[0]
          if (hit !== undefined) return ok({ offset: hit.offset })
          const next = direction === 'back' ? page.from : page.to
          if (next === at || (direction === 'back' ? page.isAtStart : page.isAtEnd)) break
          read += Math.abs(at - next)
          at = next
        }
        return ok({ offset: undefined })
      } catch (cause: unknown) {
        return fail('logs/unreadable', textOf(cause))
      }
    },
  }
}
