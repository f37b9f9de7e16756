import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../../electron/lib/clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { ProcFs } from '../../../electron/supervisor/proc-fs.ts'
import { createSupervisor } from '../../../electron/supervisor/index.ts'
import type { Supervisor } from '../../../electron/supervisor/index.ts'
import type { ProcessState } from '../../../shared/domain/process.ts'

export const procFs = new ProcFs()
export const isAlive = (pid: number): boolean => procFs.glance(pid).is === 'alive'
const own: Supervisor[] = []
const folders: string[] = []

export function newFolder(under = os.tmpdir()): string {
  const folder = mkdtempSync(path.join(under, 'supervisor-'))
  folders.push(folder)
  return folder
}

export const tableOf = (folder: string): string => path.join(folder, 'state', 'processes.json')
export const recordsOf = (folder: string): { name: string; pid?: number; startTime?: string }[] =>
  (JSON.parse(readFileSync(tableOf(folder), 'utf8')) as { records: { name: string; pid?: number }[] }).records

export function newSupervisor(folder: string, tableFile = tableOf(folder)): Supervisor {
  const supervisor = createSupervisor({ tableFile, clock: systemClock, log: silentLogger })
  own.push(supervisor)
  return supervisor
}

/** Ends every child that a test left: those that work in a folder of ours. */
export async function endChildren(): Promise<void> {
  await Promise.all(own.splice(0).map((s) => s.leaveRunning()))
  const left = procFs.pids().filter((pid) => folders.some((folder) => procFs.cwd(pid)?.startsWith(folder)))
  for (const pid of left) process.kill(pid, 'SIGKILL')
  await until(() => !left.some(isAlive), 'children ended')
}

export async function cleanUp(): Promise<void> {
  await endChildren()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Resolves when `is` holds; looks again at every change and every 20 ms. */
export async function until(is: () => boolean, what: string, withinMs = 20_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!is()) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export async function untilAt<At extends ProcessState['at']>(
  supervisor: Supervisor,
  name: string,
  at: At,
): Promise<Extract<ProcessState, { at: At }>> {
  await until(() => supervisor.state(name)?.at === at, `${name} ${at}, is ${JSON.stringify(supervisor.state(name))}`)
  return supervisor.state(name) as Extract<ProcessState, { at: At }>
}

export interface KeeperRun {
  readonly process: ChildProcess
  /** pids of its children, when all were ready. */
  readonly ready: Promise<number[]>
  readonly ended: Promise<void>
}

export function runKeeper(folder: string, count: number, dieAt = ''): KeeperRun {
  const script = fileURLToPath(new URL('peers/keeper.ts', import.meta.url))
  const keeper = spawn(process.execPath, [script, folder, String(count), dieAt], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  })
  const ended = new Promise<void>((resolve) => {
    keeper.once('exit', () => resolve())
  })
  const ready = new Promise<number[]>((resolve) => {
    let text = ''
    keeper.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(JSON.parse(text.slice(0, text.indexOf('\n'))) as number[])
    })
  })
  return { process: keeper, ready, ended }
}
