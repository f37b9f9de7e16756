export type Level = 'INFO' | 'WARN' | 'ERROR' | 'DEBUG'

/** Writes one entry as env_logger does: to stderr, never to stdout. Further lines of `message` follow without a head. */
export type ServiceLog = (level: Level, target: string, message: string) => void

export function serviceLog(write: (text: string) => void, now: () => number): ServiceLog {
  return (level, target, message) => {
    const time = new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z')
    write(`[${time} ${level.padEnd(5)} ${target}] ${message}\n`)
  }
}

/** A duration as the service prints it: `2m 4s`. */
export const minutes = (ms: number): string => `${Math.floor(ms / 60_000)}m ${Math.floor((ms % 60_000) / 1000)}s`

/** A duration as Rust prints it: `0.655564511s`. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(9)}s`

/** An error with causes and place, indented as in a multi-line entry. */
export function report(text: string, causes: readonly string[], location: string, indent = '    '): string {
  const numbered = causes.map((cause, i) => `${indent}${causes.length > 1 ? `   ${i}: ` : '    '}${cause}`)
  const list = causes.length === 0 ? [] : [indent, `${indent}Caused by:`, ...numbered]
  return [text, ...list, indent, `${indent}Location:`, `${indent}    ${location}`].join('\n')
}

/** What ends the program at its start: `Error: …` on stderr, exit 1. */
export class FatalStart extends Error {
  readonly causes: readonly string[]
  readonly location: string

  constructor(message: string, location: string, causes: readonly string[] = []) {
    super(message)
    this.location = location
    this.causes = causes
  }

  text(): string {
    const list = this.causes.map((cause, i) => `${this.causes.length > 1 ? `   ${i}: ` : '    '}${cause}\n`).join('')
    return `Error: ${this.message}\n${list === '' ? '' : `\nCaused by:\n${list}`}\nLocation:\n    ${this.location}\n`
  }
}
