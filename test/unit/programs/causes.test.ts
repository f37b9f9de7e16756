import { describe, expect, it } from 'vitest'
import { createNodeLogReader } from '../../../electron/programs/go-spacemesh/log-parser.ts'
import { NODE_CAUSES } from '../../../electron/programs/go-spacemesh/causes.ts'
import { createServiceLogReader } from '../../../electron/programs/post-service/log-parser.ts'
import { SERVICE_CAUSES } from '../../../electron/programs/post-service/causes.ts'

const LINE_CHARS = 64 * 1024
const FILLERS = ['a', '1', ':', '1:', '[', ' ', '\n ', 'x ']

/** The words of a pattern that stand for themselves: text that begins like a match and never becomes one. */
const wordsOf = (pattern: RegExp): string[] => pattern.source.split(/\\.|[()[\]?*+|{}^$]/).filter((word) => word.length > 4)

/** A pattern that backtracks without end needs minutes; a busy machine never this long. */
const HANGS_MS = 20_000

describe('what explains a failure', () => {
  it.each([...NODE_CAUSES, ...SERVICE_CAUSES].map((rule) => [rule.code, rule.pattern] as const))(
    '%s is decided at once on a long line that only begins like it',
    (_code, pattern) => {
      const startedAt = performance.now()
      for (const word of wordsOf(pattern)) {
        for (const filler of FILLERS) pattern.exec(word + filler.repeat((16 * 1024) / filler.length))
      }
      expect(performance.now() - startedAt).toBeLessThan(HANGS_MS)
    },
  )

  it('a log of endless lines holds up nobody', () => {
    const startedAt = performance.now()
    for (const begin of ['Error: ', "Error: p2p: can't listen: ", 'panic: ']) {
      for (const reader of [createNodeLogReader(), createServiceLogReader()]) {
        for (let line = 0; line < 3; line += 1) reader.push((begin + '1:'.repeat(LINE_CHARS)).slice(0, LINE_CHARS))
        reader.settle()
      }
    }
    expect(performance.now() - startedAt).toBeLessThan(HANGS_MS)
  })
})
