import { MARKER, markerText, parseMarker } from './platform.ts'
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

/** Start times in one language and zone: they are compared as text, also after the user has travelled. */
const ENV = '/usr/bin/env'
const PS = ['LC_ALL=C', 'TZ=UTC', '/bin/ps']
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
      startedAt: Date.parse(`${startTime} UTC`),
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
  const identify = async (pids: readonly number[]): Promise<Map<number, string>> => {
    if (pids.length === 0) return new Map()
    const shown = await run(ENV, [...PS, '-ww', '-o', 'pid=,ppid=,lstart=,command=', '-p', pids.join(',')])
    if (shown.code === undefined) return new Map(pids.filter(isAlive).map((pid) => [pid, '']))
    return new Map(parsePs(shown.stdout).map((p) => [p.pid, p.startTime]))
  }
  const marked = async (): Promise<string> => (await run(ENV, [...PS, '-axwwE', '-o', 'pid=,ppid=,lstart=,command='])).stdout
  /** Whoever has the pid now and began at another time is left alone. */
  const ifSame = (target: Target, act: () => void): void => {
    if (isAlive(target.pid)) void isStill(target, identify).then((isSame) => isSame && act())
  }
  return {
    childrenIn: 'session',
    pollMs: 1000,
    hasDatedStarts: true,
    bootId: async () => (await run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim(),
    glance,
    identify,
    findMarked: async (scope) => markedIn(await marked(), scope),
    async spawn(request) {
      const checked = checkBinary(request.file)
      return checked.ok ? spawnDetached(request) : checked
    },
    terminate: (target) => ifSame(target, () => signal(target.pid, 'SIGTERM')),
    kill: (target) => ifSame(target, () => signal(-target.pid, 'SIGKILL')),
    // Not the group: long after its root, or after a boot, its number may belong to a stranger.
    sweep: (target) => void marked().then((text) => leftOf(target, text).forEach((pid) => signal(pid, 'SIGKILL'))),
    endingOf: async () => undefined,
  }
}

/** Whether `target` is certainly who it was; one whose start time was never known is believed. */
export const isStill = async (target: Target, identify: Platform['identify']): Promise<boolean> =>
  target.startTime === undefined || (await identify([target.pid])).get(target.pid) === target.startTime

/** Processes that carry the very mark of `target`, but for itself. */
function leftOf(target: Target, text: string): number[] {
  const word = `${MARKER}=${markerText(target.marker)}`
  return parsePs(text).flatMap((line) => (line.pid !== target.pid && line.command.split(' ').includes(word) ? [line.pid] : []))
}
