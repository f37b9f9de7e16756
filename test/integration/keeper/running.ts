import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach } from 'vitest'
import { homeAt, type Home } from '../../../electron/lib/home.ts'
import { preparePractice } from '../../../electron/practice/index.ts'
import type { Setup } from '../../../shared/setup/schema.ts'

/** What a line of `--json` holds, as far as the tests look. */
export interface Line {
  readonly at: number
  readonly mode: string
  readonly headline: string
  readonly node: { readonly kind: string; readonly sentence: string; readonly step?: string }
  readonly identities: readonly {
    readonly id: string
    readonly name: string
    readonly status: {
      readonly kind: string
      readonly timing: string
      readonly sentence: string
      readonly phase?: string
      readonly percent?: number
    }
    readonly lastPublishedEpoch?: number
    readonly evidence: readonly { readonly what: string; readonly value: string }[]
  }[]
  readonly alarms: readonly { readonly code: string; readonly severity: string; readonly identity?: string; readonly sentence: string }[]
  readonly setupProblem?: string
}

const root = path.resolve(import.meta.dirname, '../../..')
const cli = path.join(root, 'electron', 'cli.ts')

export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly lines: readonly string[]
  readonly stderr: () => string
  /** Resolves with the first line, past or future, for which `test` holds. */
  until(what: string, test: (line: Line) => boolean, withinMs?: number): Promise<Line>
  last(): Line | undefined
  readonly exit: Promise<number | null>
}

const homes: Home[] = []
const children: ChildProcess[] = []
const others: number[] = []

export const isAlive = (pid: number): boolean => {
  try {
    // A zombie has ended: its parent has not asked yet.
    return process.kill(pid, 0) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Resolves when `test` holds; looked at often, so that nothing waits longer than needed. */
export async function eventually(what: string, test: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await test())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export function newHome(): Home {
  const home = homeAt(mkdtempSync(path.join(os.tmpdir(), 'sk-home-')))
  homes.push(home)
  return home
}

/** A practice network whose pace the test chooses, ready to be run. */
export async function preparedHome(options: {
  readonly identities: number
  readonly epochSeconds: number
  readonly pace?: Readonly<Record<string, number>>
  readonly script?: (setup: Setup) => object
  readonly change?: (setup: Setup) => Setup
}): Promise<{ readonly home: Home; readonly setup: Setup; readonly env: Readonly<Record<string, string>> }> {
  const home = newHome()
  const inside = homeAt(home.practice)
  const { identities, epochSeconds } = options
  const prepared = await preparePractice({ home: inside, identities, epochSeconds, now: Date.now() })
  if (!prepared.ok) throw new Error(prepared.fault.detail)
  const setup = options.change?.(prepared.value.setup) ?? prepared.value.setup
  const usual = JSON.parse(prepared.value.env['SMESHKEEPER_PRACTICE_PACE'] ?? '{}') as object
  const env: Record<string, string> = { ...prepared.value.env, SMESHKEEPER_PRACTICE_PACE: JSON.stringify({ ...usual, ...options.pace }) }
  for (const folder of [inside.config, inside.state, home.state]) mkdirSync(folder, { recursive: true })
  if (options.script !== undefined)
    writeFileSync(env['SMESHKEEPER_PRACTICE_SCRIPT'] ?? path.join(inside.state, 'script.json'), JSON.stringify(options.script(setup)))
  writeFileSync(path.join(inside.config, 'setup.json'), JSON.stringify(setup))
  writeFileSync(path.join(inside.state, 'practice-env.json'), JSON.stringify(env))
  writeFileSync(path.join(home.state, 'mode.json'), '{"mode":"practice"}')
  return { home, setup, env }
}

/** Starts a verb as a user would, without a terminal. */
export function startCli(home: Home, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', SMESHKEEPER_HOME: home.root, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let held = ''
  let errors = ''
  const look = (): void => {
    for (const one of waiting) one()
  }
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    const parts = (held + chunk).split('\n')
    held = parts.pop() ?? ''
    lines.push(...parts)
    look()
  })
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const exit = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
  const parsed = (text: string): Line | undefined => (text.startsWith('{') ? (JSON.parse(text) as Line) : undefined)
  return {
    child,
    pid: child.pid ?? 0,
    lines,
    stderr: () => errors,
    exit,
    last: () => parsed(lines.at(-1) ?? ''),
    until: (what, test, withinMs = 60_000) =>
      new Promise((resolve, reject) => {
        let seen = 0
        const stop = (): void => {
          waiting.delete(check)
          clearTimeout(timer)
        }
        const giveUp = (why: string): void => {
          stop()
          const last = parsed(lines.at(-1) ?? '')
          const states = last?.identities.map((one) => `${one.name}: ${one.status.sentence}`).join(' ') ?? lines.at(-1) ?? 'nothing'
          reject(new Error(`${why}: ${what}. Last: ${last?.node.sentence ?? ''} ${states} ${errors}`))
        }
        const check = (): void => {
          for (; seen < lines.length; seen += 1) {
            const line = parsed(lines[seen] ?? '')
            if (line === undefined || !test(line)) continue
            stop()
            return resolve(line)
          }
        }
        const timer = setTimeout(() => giveUp(`not within ${withinMs} ms`), withinMs)
        waiting.add(check)
        check()
        void exit.then((code) => waiting.has(check) && giveUp(`ended with ${code}`))
      }),
  }
}

/** Runs a verb to its end. */
export async function runCli(home: Home, ...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const running = startCli(home, args)
  const code = await running.exit
  return { code, out: running.lines.join('\n'), err: running.stderr() }
}

/** name → pid, as the process table of a home has it. */
export function childrenOf(home: Home, where: 'practice' | 'real' = 'practice'): Map<string, number> {
  const file = path.join((where === 'practice' ? homeAt(home.practice) : home).state, 'processes.json')
  if (!existsSync(file)) return new Map()
  const table = JSON.parse(readFileSync(file, 'utf8')) as { records: { name: string; pid?: number }[] }
  return new Map(table.records.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid] as const])))
}

/** A process that a test started itself. */
export const endLater = (pid: number): void => void others.push(pid)

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
  }
  for (const pid of others.splice(0)) end(pid)
  for (const home of homes.splice(0)) {
    for (const where of ['practice', 'real'] as const) {
      for (const pid of childrenOf(home, where).values()) {
        end(pid)
        await eventually(`process ${pid} has ended`, () => !isAlive(pid))
      }
    }
    rmSync(home.root, { recursive: true, force: true, maxRetries: 5 })
  }
})
