import { MARKER, parseMarker } from './platform.ts'
import type { Found, Glance, Platform, Target } from './platform.ts'
import { sendSignal } from './platform-linux.ts'
import { checkBinary, spawnDetached } from './spawn-detached.ts'
import { runProgram } from './systemd.ts'
import type { Run } from './systemd.ts'

interface MacosParts {
  readonly run?: Run
  readonly signal?: (pid: number, signal: NodeJS.Signals) => void
  readonly isAlive?: (pid: number) => boolean
}

const PS = '/bin/ps'
/** `Sat Nov 21 02:36:15 2026`, of fixed width. */
const LSTART = /^\s*(\d+)\s+(\d+)\s+(\w{3} \w{3}\s+\d+ \d\d:\d\d:\d\d \d{4})\s*(.*)$/

/** Whether a pid exists at all; whose it is, `identify` tells. */
export function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

interface PsLine {
  readonly pid: number
  readonly parent: number
  readonly startTime: string
  readonly command: string
}

/** Lines of `ps -o pid=,ppid=,lstart=,command=`. */
export function parsePs(text: string): PsLine[] {
  const lines: PsLine[] = []
  for (const line of text.split('\n')) {
    const [, pid, parent, startTime, command] = LSTART.exec(line) ?? []
    if (pid === undefined || startTime === undefined) continue
    lines.push({ pid: Number(pid), parent: Number(parent), startTime, command: command ?? '' })
  }
  return lines
}

/** With `-E`, ps appends the environment to the command, so that our marker is a word of it. */
export function markedIn(text: string, scope: string): Found[] {
  const marked = parsePs(text).flatMap((line) => {
    const words = line.command.split(' ')
    const word = words.find((w) => w.startsWith(`${MARKER}=${scope}:`))
    const marker = word === undefined ? undefined : parseMarker(word.slice(MARKER.length + 1))
    return word === undefined || marker === undefined ? [] : [{ ...line, word, marker, words }]
  })
  return marked
    .filter((p) => !marked.some((other) => other.pid === p.parent && other.word === p.word))
    .map(({ pid, startTime, marker, words, command }) => ({
      ...marker,
      pid,
      startTime,
      startedAt: Date.parse(startTime),
      exe: command.slice(0, command.indexOf(` ${MARKER}=`)),
      args: words,
    }))
}

/** macOS: a new session; one `ps` for all processes where identity matters, signal 0 between. */
export function macosPlatform(parts: MacosParts = {}): Platform {
  const run = parts.run ?? runProgram
  const signal = parts.signal ?? sendSignal
  const isAlive = parts.isAlive ?? pidExists
  const glance = (pid: number): Glance => (isAlive(pid) ? { is: 'alive' } : { is: 'gone' })
  const killGroup = (target: Target): void => {
    signal(-target.pid, 'SIGKILL')
  }
  return {
    childrenIn: 'session',
    pollMs: 1000,
    bootId: async () => (await run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim(),
    glance,
    async identify(pids) {
      if (pids.length === 0) return new Map()
      const shown = await run(PS, ['-ww', '-o', 'pid=,ppid=,lstart=,command=', '-p', pids.join(',')])
      return new Map(parsePs(shown.stdout).map((p) => [p.pid, p.startTime]))
    },
    async findMarked(scope) {
      const shown = await run(PS, ['-axwwE', '-o', 'pid=,ppid=,lstart=,command='])
      return markedIn(shown.stdout, scope)
    },
    async spawn(request) {
      const checked = checkBinary(request.file)
      return checked.ok ? spawnDetached(request) : checked
    },
    terminate(target) {
      if (isAlive(target.pid)) signal(target.pid, 'SIGTERM')
    },
    kill(target) {
      if (isAlive(target.pid)) killGroup(target)
    },
    // A group's number is not given out again while a member lives; once its root's pid has a new owner, the group is not ours.
    sweep(target) {
      if (!isAlive(target.pid)) killGroup(target)
    },
    endingOf: async () => undefined,
  }
}
