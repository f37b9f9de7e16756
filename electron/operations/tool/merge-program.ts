import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import { codeOf } from '../../identities/index.ts'

const HELP_DEADLINE_MS = 10_000
const MOST_SAID_BYTES = 64 * 1024
const MOST_TOLD = 400

/** Another release's merge-nodes, as a plan saw it. */
export interface MergeTool {
  readonly file: string
  /** 64 hex characters. */
  readonly sha256: string
}

/** One run of it on copies: evidence for the journal. */
export interface ToolRun {
  readonly args: readonly string[]
  /** Exit status; null: it was killed or did not start. */
  readonly status: number | null
  readonly signal: string | null
  /** Why the system did not start it, or stopped waiting for it. */
  readonly error?: string
  /** The end of what it wrote to stderr. */
  readonly stderr: string
}

export const toolHash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

/** The tool that the user named, or why it cannot be used (no full stop) and what to do. */
export function lookAtTool(named: string): MergeTool | { readonly file: string; readonly problem: string } {
  const file = path.resolve(named)
  try {
    if (!statSync(file).isFile()) return { file, problem: 'it is no file. Name the program itself' }
    accessSync(file, constants.X_OK)
    const sha256 = toolHash(file)
    if (helps(file)) return { file, sha256 }
    return { file, problem: 'asked for its help, it does not answer as merge-nodes. Name the merge-nodes of the release of these nodes' }
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    return { file, problem: problemOf(code) }
  }
}

function problemOf(code: string): string {
  if (code === 'ENOENT') return 'it is not there. Unpack the release of these nodes and name its merge-nodes'
  if (code === 'EACCES') return 'it may not be run by your user. Give it the right (chmod +x), then plan again'
  return `the system says ${code}. Name the program itself`
}

/** Nothing of the machine that the program needs not know. Windows starts little without its own folder. */
function environment(home: string): Record<string, string> {
  const kept = ['PATH', 'Path', 'SystemRoot', 'LANG', 'TZ'].flatMap((name): [string, string][] => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(kept), HOME: home, TMPDIR: home, TEMP: home, TMP: home }
}

/** @source facts/merge-nodes.md §1: both parsers list their flags; `--version` is not in every build */
function helps(file: string): boolean {
  const home = path.dirname(file)
  const asked = spawnSync(file, ['--help'], {
    encoding: 'utf8',
    timeout: HELP_DEADLINE_MS,
    killSignal: 'SIGKILL',
    env: environment(home),
    windowsHide: true,
  })
  const said = `${asked.stdout ?? ''}${asked.stderr ?? ''}`
  return asked.status === 0 && /merge/i.test(said) && /--from\b/.test(said) && /--to\b/.test(said)
}

/**
 * Runs it once, without a shell. Its words go to a file: a grandchild that holds a pipe open cannot make us wait past the
 * deadline.
 * @param folder  its home, working folder and place for temporary files
 */
export function runTool(
  { file }: MergeTool,
  { from, to, folder }: { readonly from: string; readonly to: string; readonly folder: string },
  deadlineMs: number,
): ToolRun {
  const args = ['--from', from, '--to', to]
  const words = path.join(folder, 'stderr.txt')
  const out = openSync(words, 'w', 0o600)
  try {
    const ran = spawnSync(file, args, {
      stdio: ['ignore', 'ignore', out],
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
      cwd: folder,
      env: environment(folder),
      windowsHide: true,
    })
    const isLate = ran.error !== undefined && codeOf(ran.error) === 'ETIMEDOUT'
    const error = isLate ? `it did not end within ${Math.ceil(deadlineMs / 1000)} s` : ran.error?.message
    return { args, status: ran.status, signal: ran.signal, ...(error === undefined ? {} : { error }), stderr: endOf(words) }
  } finally {
    closeSync(out)
  }
}

function endOf(file: string): string {
  const { size } = statSync(file)
  const buffer = Buffer.alloc(Math.min(size, MOST_SAID_BYTES))
  const fd = openSync(file, 'r')
  try {
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, size - buffer.length)).toString('utf8')
  } finally {
    closeSync(fd)
  }
}

/** The message of a line of its log: time, level, place, message, fields. */
const messageOf = (line: string): string => line.split('\t')[3] ?? line

/**
 * Why a run failed, in its own words; undefined: it says that it did not. `Error: …` stands before the usage text; releases
 * before v1.7 have a line `app run: …`.
 * @source facts/merge-nodes.md §2
 */
export function whyFailed({ status, signal, error, stderr }: ToolRun): string | undefined {
  if (status === 0 && error === undefined) return undefined
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const line =
    lines.find((one) => one.startsWith('Error: '))?.slice(7) ??
    lines.find((one) => one.includes('app run: '))?.replace(/^.*app run: /, '') ??
    lines.filter((one) => /\t(error|fatal|panic)\t/.test(one)).map(messageOf)[0] ??
    lines.map(messageOf).at(-1)
  const how = error ?? (signal === null ? `it ended with ${status ?? 'nothing'}` : `it was killed by ${signal}`)
  return line === undefined ? how : `${line.trim().slice(0, MOST_TOLD)} (${how})`
}
