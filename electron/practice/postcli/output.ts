/** Ends the program with what stands on stderr already. */
export class Exit extends Error {
  readonly code: number
  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

/** The two voices of postcli: Go's log on stderr, zap on stdout. */
export interface Voices {
  /** `YYYY/MM/DD HH:MM:SS text`. */
  readonly log: (text: string) => void
  /** Time, level, message and fields, divided by tabs. */
  readonly zap: (level: 'DEBUG' | 'INFO' | 'ERROR', message: string, fields: object) => void
  /** A line on stdout as it is. */
  readonly print: (text: string) => void
}

export function voices(stdout: (text: string) => void, stderr: (text: string) => void, isDebug: boolean): Voices {
  const stamp = (): string => new Date().toISOString().replace('T', ' ').replaceAll('-', '/').slice(0, 19)
  return {
    log: (text) => stderr(`${stamp()} ${text}\n`),
    zap: (level, message, fields) => {
      if (level !== 'DEBUG' || isDebug)
        stdout(`${new Date().toISOString()}\t${level}\t${message}${Object.keys(fields).length === 0 ? '' : `\t${spaced(fields)}`}\n`)
    },
    print: (text) => stdout(`${text}\n`),
  }
}

/** JSON with a space after each colon and comma, as zap's console encoder writes the fields. */
const spaced = (fields: object): string =>
  `{${Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(', ')}}`

/** Logs and panics as Go's `log.Panic` does. */
export function goPanic({ log }: Voices, stderr: (text: string) => void, text: string): Exit {
  log(text)
  const frames = [
    'log.Panic({0xc000119e98?, 0x38?, 0xc0001205f0?})',
    '\t$GOROOT/src/log/log.go:451 +0x6e',
    'main.main()',
    '\tpost/cmd/postcli/main.go:343 +0xc05',
  ]
  stderr([`panic: ${text}`, '', 'goroutine 1 [running]:', ...frames, ''].join('\n'))
  return new Exit(2)
}
