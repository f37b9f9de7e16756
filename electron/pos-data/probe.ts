// The probe process: answers questions about folders, one line each, and may hang for ever on a dead disk. It is killed then.
import { statfsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { textOf } from '../../shared/domain/fault.ts'
import { inspectPosFolder } from './inspect.ts'
import { parseAsk, type ProbeAnswer, type ProbeAsk } from './probe-protocol.ts'

export function answerProbe(ask: ProbeAsk): ProbeAnswer {
  try {
    if (ask.ask === 'folder') return { id: ask.id, is: 'folder', ...inspectPosFolder(ask.path, ask.known) }
    const stat = statfsSync(ask.path)
    return { id: ask.id, is: 'space', freeBytes: stat.bavail * stat.bsize, totalBytes: stat.blocks * stat.bsize }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN'
    return { id: ask.id, is: 'error', code, text: textOf(cause) }
  }
}

/** Serves questions until the input ends. The packaged app calls this for its private switch. */
export function runProbe(input: Readable, output: Writable): Promise<void> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
    lines.on('line', (line) => {
      const ask = parseAsk(line)
      if ('ask' in ask) output.write(`${JSON.stringify(answerProbe(ask))}\n`)
    })
    lines.on('close', () => resolve())
  })
}
