import type { BareProcess, ProcessDetails, ProcessSource, RunForText } from './process-source.ts'
import { runForText } from './run-for-text.ts'
import type { InteropPlatform } from './types.ts'

/**
 * A Windows command line to arguments by the rules of the C runtime: backslashes count only before a quote, a doubled
 * quote inside quotes is one.
 */
export function splitWindows(command: string): readonly string[] {
  const argv: string[] = []
  let [word, isQuoted, hasWord] = ['', false, false]
  for (let at = 0; at < command.length; at += 1) {
    const slashes = /^\\*/.exec(command.slice(at))?.[0].length ?? 0
    if (slashes > 0 && command[at + slashes] === '"') {
      word += '\\'.repeat(Math.floor(slashes / 2))
      at += slashes
      if (slashes % 2 === 1) word += '"'
      else isQuoted = !isQuoted
      hasWord = true
    } else if (slashes > 0) {
      word += '\\'.repeat(slashes)
      at += slashes - 1
      hasWord = true
    } else if (command[at] === '"') {
      if (isQuoted && command[at + 1] === '"') {
        word += '"'
        at += 1
      } else isQuoted = !isQuoted
      hasWord = true
    } else if (!isQuoted && /[ \t]/.test(command[at] ?? '')) {
      if (hasWord) argv.push(word)
      ;[word, hasWord] = ['', false]
    } else {
      word += command[at]
      hasWord = true
    }
  }
  return hasWord ? [...argv, word] : argv
}

const QUERY =
  'Get-CimInstance Win32_Process | Select-Object ProcessId,ParentProcessId,ExecutablePath,CommandLine,' +
  "@{n='Start';e={$_.CreationDate.ToUniversalTime().ToString('o')}} | ConvertTo-Json -Compress"

interface CimRow extends BareProcess {
  readonly startedAt: number
}

/** Answer of {@link QUERY}: one object, or a list of them. */
export function parseCimRows(text: string): readonly CimRow[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return []
  }
  const all: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return all.flatMap((item) => {
    const field = (name: string): unknown => (typeof item === 'object' && item !== null ? Reflect.get(item, name) : undefined)
    const [pid, parent, exe, line, start] = ['ProcessId', 'ParentProcessId', 'ExecutablePath', 'CommandLine', 'Start'].map(field)
    // Without a command line it is another user's: what it runs is told by its executable alone.
    if (typeof pid !== 'number') return []
    const executable = typeof exe === 'string' && exe !== '' ? exe : undefined
    const argv = typeof line === 'string' && line.trim() !== '' ? splitWindows(line) : executable === undefined ? [] : [executable]
    return [
      {
        pid,
        parent: typeof parent === 'number' ? parent : 0,
        argv,
        startedAt: typeof start === 'string' ? Date.parse(start) : Number.NaN,
        ...(executable === undefined ? {} : { exe: executable }),
      },
    ]
  })
}

/** Windows: one question to CIM. It tells no working folder, so that relative paths stay unknown. */
export function windowsProcesses(systemRoot: string, platform: Pick<InteropPlatform, 'home'>, run: RunForText = runForText): ProcessSource {
  const powershell = `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`
  let rows: ReadonlyMap<number, CimRow> = new Map()
  return {
    async all() {
      const found = parseCimRows(await run(powershell, ['-NoProfile', '-NonInteractive', '-Command', QUERY]))
      rows = new Map(found.map((row) => [row.pid, row]))
      return found
    },
    async details(pids) {
      return new Map(
        pids.flatMap((pid): (readonly [number, ProcessDetails])[] => {
          const row = rows.get(pid)
          if (row === undefined) return []
          const isOurs = row.argv.length > 1
          const started = Number.isNaN(row.startedAt) ? {} : { startedAt: row.startedAt }
          return [[pid, { isOtherUser: !isOurs, ...started, ...(isOurs ? { home: platform.home } : {}) }]]
        }),
      )
    },
  }
}
