import type { BareProcess, ProcessSource, RunForText } from './process-source.ts'
import { runForText } from './run-for-text.ts'
import type { InteropPlatform } from './types.ts'

const ENV = '/usr/bin/env'
/** One language and zone: the start time is read. */
const PS = ['LC_ALL=C', 'TZ=UTC', '/bin/ps']
const LSOF = '/usr/sbin/lsof'

/**
 * ps joins arguments with spaces and quotes none. What follows the executable's path is split at flags instead: a folder
 * named `Application Support` stays one value, since no value begins with a dash.
 */
export function splitAtFlags(command: string, executable: string): readonly string[] {
  const rest = command.startsWith(executable) ? command.slice(executable.length) : command.replace(/^\S+/, '')
  const argv: string[] = [command.startsWith(executable) ? executable : (/^\S+/.exec(command)?.[0] ?? '')]
  let isValue = false
  for (const word of rest.split(' ').filter((one) => one !== '')) {
    const last = argv.at(-1) ?? ''
    if (word.startsWith('-')) {
      argv.push(word)
      isValue = false
    } else if (isValue || (last.startsWith('--') && last.includes('='))) {
      argv[argv.length - 1] = `${last} ${word}`
    } else {
      argv.push(word)
      isValue = argv.length > 2
    }
  }
  return argv
}

const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w{3} \w{3}\s+\d+ \d\d:\d\d:\d\d \d{4})\s+(.*)$/

interface PsRow {
  readonly pid: number
  readonly parent: number
  readonly user: string
  readonly startedAt: number
  readonly text: string
}

/** Lines of `ps -o pid=,ppid=,user=,lstart=,comm=` (or `command=` at the end). */
export function parsePsRows(text: string): readonly PsRow[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, user, started, rest] = PS_LINE.exec(line) ?? []
    if (pid === undefined || user === undefined || started === undefined || rest === undefined) return []
    return [{ pid: Number(pid), parent: Number(parent), user, startedAt: Date.parse(`${started} UTC`), text: rest.trimEnd() }]
  })
}

/** `lsof -a -d cwd,1,2 -Fpfn`: records of `p<pid>`, `f<descriptor>`, `n<name>`. */
export function parseLsof(text: string): ReadonlyMap<number, ReadonlyMap<string, string>> {
  const byPid = new Map<number, Map<string, string>>()
  let [pid, descriptor] = [0, '']
  for (const line of text.split('\n')) {
    const rest = line.slice(1)
    if (line.startsWith('p')) pid = Number(rest)
    else if (line.startsWith('f')) descriptor = rest
    else if (line.startsWith('n') && rest.startsWith('/') && !rest.startsWith('/dev/')) {
      byPid.set(pid, (byPid.get(pid) ?? new Map<string, string>()).set(descriptor, rest))
    }
  }
  return byPid
}

/** macOS: two looks by ps (full path, full command), and lsof for the few processes that matter. */
export function macosProcesses(platform: Pick<InteropPlatform, 'userName' | 'home'>, run: RunForText = runForText): ProcessSource {
  const ps = (last: string): Promise<string> => run(ENV, [...PS, '-axww', '-o', `pid=,ppid=,user=,lstart=,${last}=`])
  let rows: ReadonlyMap<number, PsRow> = new Map()
  return {
    async all() {
      const [paths, commands] = [parsePsRows(await ps('comm')), parsePsRows(await ps('command'))]
      rows = new Map(paths.map((row) => [row.pid, row]))
      return commands.flatMap(({ pid, parent, text, startedAt }): readonly BareProcess[] => {
        const path = rows.get(pid)
        // Another start time: the number was given to another process between the two looks.
        if (path?.startedAt !== startedAt) return []
        return [{ pid, parent, argv: splitAtFlags(text, path.text), ...(path.text.startsWith('/') ? { exe: path.text } : {}) }]
      })
    },
    async details(pids) {
      const files = parseLsof(await run(LSOF, ['-a', '-p', pids.join(','), '-d', 'cwd,1,2', '-Fpfn']))
      return new Map(
        pids.flatMap((pid) => {
          const row = rows.get(pid)
          if (row === undefined) return []
          const open = files.get(pid)
          const [cwd, stdoutFile, stderrFile] = [open?.get('cwd'), open?.get('1'), open?.get('2')]
          const isOtherUser = row.user !== platform.userName
          return [
            [
              pid,
              {
                isOtherUser,
                user: row.user,
                startedAt: row.startedAt,
                home: isOtherUser ? (row.user === 'root' ? '/var/root' : `/Users/${row.user}`) : platform.home,
                ...(cwd === undefined ? {} : { cwd }),
                ...(stdoutFile === undefined ? {} : { stdoutFile }),
                ...(stderrFile === undefined ? {} : { stderrFile }),
              },
            ] as const,
          ]
        }),
      )
    },
  }
}
