import { readFileSync } from 'node:fs'

/** What became of a process; undefined while it lives. */
export function lookAtPid(pid: number): 'not found' | 'Zombie' | 'Dead' | undefined {
  try {
    process.kill(pid, 0)
  } catch (cause: unknown) {
    const isForeign = cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
    if (!isForeign) return 'not found'
  }
  if (process.platform !== 'linux') return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const letter = stat.slice(stat.lastIndexOf(')') + 2).charAt(0)
    if (letter === 'Z') return 'Zombie'
    return letter === 'X' ? 'Dead' : undefined
  } catch {
    return 'not found'
  }
}
