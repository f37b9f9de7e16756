import { baseName, programOf, type Called } from './program.ts'

/** Programs that run another one with what follows. */
const WRAPPERS =
  /^(env|nice|ionice|taskset|numactl|chrt|stdbuf|nohup|setsid|time|sudo|runuser|setpriv|gosu|su-exec|tini|dumb-init|catchsegv)$/

export interface CalledIn extends Called {
  readonly binary: string
}

/** The program of a configured command, also behind `env`, `nice`, `ionice` and their like. */
export function calledIn(words: readonly string[]): CalledIn | undefined {
  const first = words[0]
  if (first === undefined) return undefined
  const called = programOf(words, first)
  if (called !== undefined) return { ...called, binary: first }
  if (!WRAPPERS.test(baseName(first))) return undefined
  for (let at = 1; at < words.length; at += 1) {
    const rest = words.slice(at)
    const inner = rest[0]?.includes('-') === true && rest[0].startsWith('-') ? undefined : programOf(rest, rest[0])
    if (inner !== undefined) return { ...inner, binary: rest[0] ?? '' }
  }
  return undefined
}

/** Whether a shell command or a script speaks of one of the programs: what it does with it is not read. */
export const mentioned = (text: string): 'go-spacemesh' | 'post-service' | undefined =>
  /(^|[\s"'/=])go-spacemesh(?=[\s"':@]|$)/m.test(text)
    ? 'go-spacemesh'
    : /(^|[\s"'/=])post-service(?=[\s"':@]|$)/m.test(text)
      ? 'post-service'
      : undefined
