import { closeSync, openSync, readFileSync, readSync, readdirSync, readlinkSync } from 'node:fs'
import { MARKER, parseMarker } from './platform.ts'
import type { Found, Glance } from './platform.ts'

/** The fields of /proc/<pid>/stat that we use. */
export interface ProcStat {
  readonly state: string
  readonly parent: number
  readonly session: number
  /** utime + stime in clock ticks. */
  readonly cpuTicks: number
  /** Clock ticks after boot, field 22. */
  readonly startTime: string
}

/** USER_HZ is 100 on every architecture we run on. */
const TICKS_PER_SECOND = 100

/** The name in parentheses may itself hold spaces and parentheses: fields are counted after the last one. */
export function parseStat(text: string): ProcStat | undefined {
  const end = text.lastIndexOf(')')
  if (end < 0) return undefined
  const fields = text.slice(end + 2).split(' ')
  const [state, parent, , session] = fields
  const [userTicks, systemTicks, startTime] = [fields[11], fields[12], fields[19]]
  if (state === undefined || parent === undefined || session === undefined || startTime === undefined) return undefined
  return { state, parent: Number(parent), session: Number(session), cpuTicks: Number(userTicks) + Number(systemTicks), startTime }
}

/** Linux's view of processes, all without starting one. */
export class ProcFs {
  readonly #root: string
  readonly #buffer = Buffer.allocUnsafe(2048)
  #bootAtMs: number | undefined

  constructor(root = '/proc') {
    this.#root = root
  }

  stat(pid: number): ProcStat | undefined {
    let fd: number
    try {
      fd = openSync(`${this.#root}/${pid}/stat`, 'r')
    } catch {
      return undefined // no such process
    }
    try {
      return parseStat(this.#buffer.toString('latin1', 0, readSync(fd, this.#buffer, 0, this.#buffer.length, 0)))
    } catch {
      return undefined // ended between open and read
    } finally {
      closeSync(fd)
    }
  }

  glance(pid: number): Glance {
    const stat = this.stat(pid)
    if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return { is: 'gone' }
    return { is: 'alive', startTime: stat.startTime, cpuMs: (stat.cpuTicks * 1000) / TICKS_PER_SECOND }
  }

  pids(): number[] {
    return readdirSync(this.#root)
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number)
  }

  bootId(): string {
    return readFileSync(`${this.#root}/sys/kernel/random/boot_id`, 'utf8').trim()
  }

  marker(pid: number): string | undefined {
    const prefix = `${MARKER}=`
    return this.#strings(pid, 'environ')
      .find((entry) => entry.startsWith(prefix))
      ?.slice(prefix.length)
  }

  args(pid: number): string[] {
    return this.#strings(pid, 'cmdline')
  }

  exe(pid: number): string {
    return this.#link(pid, 'exe') ?? ''
  }
  cwd(pid: number): string | undefined {
    return this.#link(pid, 'cwd')
  }

  /** Processes that carry a marker of `scope` and whose parent does not carry the same one. */
  findMarked(scope: string): Found[] {
    const marked = new Map<number, string>()
    for (const pid of this.pids()) {
      const text = this.marker(pid)
      if (text?.startsWith(`${scope}:`)) marked.set(pid, text)
    }
    const found: Found[] = []
    for (const [pid, text] of marked) {
      const stat = this.stat(pid)
      const marker = parseMarker(text)
      if (stat === undefined || marker === undefined || stat.state === 'Z' || marked.get(stat.parent) === text) continue
      const startedAt = Math.round(this.#bootAt() + (Number(stat.startTime) * 1000) / TICKS_PER_SECOND)
      found.push({ ...marker, pid, startTime: stat.startTime, startedAt, exe: this.exe(pid), args: this.args(pid) })
    }
    return found.sort((a, b) => Number(a.startTime) - Number(b.startTime))
  }

  /** Every process of the session that `leader` began. */
  session(leader: number): number[] {
    return this.pids().filter((pid) => this.stat(pid)?.session === leader)
  }

  #strings(pid: number, what: 'environ' | 'cmdline'): string[] {
    try {
      const text = readFileSync(`${this.#root}/${pid}/${what}`, 'utf8')
      return text === '' ? [] : text.replace(/\0$/, '').split('\0')
    } catch {
      return [] // gone, or of another user
    }
  }

  #link(pid: number, what: 'exe' | 'cwd'): string | undefined {
    try {
      return readlinkSync(`${this.#root}/${pid}/${what}`)
    } catch {
      return undefined // gone, or of another user
    }
  }

  #bootAt(): number {
    const line = /^btime (\d+)$/m.exec(readFileSync(`${this.#root}/stat`, 'utf8'))
    this.#bootAtMs ??= Number(line?.[1] ?? 0) * 1000
    return this.#bootAtMs
  }
}
