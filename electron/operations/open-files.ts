import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

/** A process that has one of the files open, or of which nobody can tell. */
export interface Holder {
  readonly pid: number
  /** Its program and arguments, as far as they may be read. */
  readonly command: string
  /** `unknown`: a node of another user, whose open files may not be seen. */
  readonly is: 'open' | 'unknown'
}

/** Who has any of these files open; `undefined` where the system cannot be asked. */
export type FindHolders = (files: readonly string[]) => Promise<readonly Holder[] | undefined>

const real = (file: string): string => {
  try {
    return realpathSync.native(file)
  } catch {
    return path.resolve(file)
  }
}

/** Linux: the descriptors of every process. Those of another user's are seen by root alone: nodes among them are told. */
export function holdersOnLinux(files: readonly string[], proc = '/proc', own = process.pid): readonly Holder[] {
  const wanted = new Set(files.map(real))
  const found: Holder[] = []
  for (const pid of readdirSync(proc).filter((name) => /^\d+$/.test(name) && Number(name) !== own)) {
    const command = commandOf(proc, pid)
    try {
      const fds = readdirSync(`${proc}/${pid}/fd`)
      if (fds.some((fd) => wanted.has(targetOf(`${proc}/${pid}/fd/${fd}`)))) found.push({ pid: Number(pid), command, is: 'open' })
    } catch {
      // It ended meanwhile, or it is another user's.
      if (/(^|\/)go-spacemesh(\s|$)/.test(command) && couldUse(command, files)) found.push({ pid: Number(pid), command, is: 'unknown' })
    }
  }
  return found
}

const targetOf = (link: string): string => {
  try {
    return readlinkSync(link).replace(/ \(deleted\)$/, '')
  } catch {
    return ''
  }
}

const commandOf = (proc: string, pid: string): string => {
  try {
    return readFileSync(`${proc}/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
  } catch {
    return ''
  }
}

/** A node that names another data folder does not have ours open. */
function couldUse(command: string, files: readonly string[]): boolean {
  const folder = /(?:^|\s)(?:-d|--data-folder)(?:=|\s+)(\S+)/.exec(command)?.[1]
  return folder === undefined || files.some((file) => real(path.dirname(file)) === real(folder))
}

const run = promisify(execFile)

/** macOS: `lsof` with machine-readable lines, `p<pid>` and `c<command>`; exit 1 = nobody. */
export async function holdersOnMac(files: readonly string[], ask = run): Promise<readonly Holder[] | undefined> {
  try {
    const { stdout } = await ask('/usr/sbin/lsof', ['-Fpc', '--', ...files], { timeout: 10_000 })
    return parseLsof(stdout)
  } catch (cause) {
    const stdout: unknown = Reflect.get(Object(cause), 'stdout')
    return Reflect.get(Object(cause), 'code') === 1 && typeof stdout === 'string' ? parseLsof(stdout) : undefined
  }
}

export function parseLsof(text: string): readonly Holder[] {
  const found: Holder[] = []
  let pid: number | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1))
    else if (line.startsWith('c') && pid !== undefined && pid !== process.pid) found.push({ pid, command: line.slice(1), is: 'open' })
  }
  return found
}

/** Windows does not tell: there the lock files alone are held (a file that is open cannot be renamed there anyway). */
export const findHolders: FindHolders = (files) =>
  process.platform === 'linux'
    ? Promise.resolve(holdersOnLinux(files))
    : process.platform === 'darwin'
      ? holdersOnMac(files)
      : Promise.resolve(undefined)
