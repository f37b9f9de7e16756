import { readFileSync, readdirSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

/** CPU ms that a process has used, user and system; `undefined` when it is gone. Linux. */
export function cpuMsOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return undefined
  }
}

interface Listed {
  readonly pid: number
  readonly parent: number
  readonly args: readonly string[]
}

function processes(): Listed[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
        return [{ pid: Number(name), parent, args: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') }]
      } catch {
        return [] // ended meanwhile
      }
    })
}

/** Every process below `root`, itself left out. */
export function descendants(root: number): Listed[] {
  const all = processes()
  const below: Listed[] = []
  const grow = (parent: number): void => {
    for (const one of all.filter((p) => p.parent === parent)) {
      below.push(one)
      grow(one.pid)
    }
  }
  grow(root)
  return below
}

export const loadNote = (): string => `load of the machine ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`
