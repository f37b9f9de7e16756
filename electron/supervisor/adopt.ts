import type { Explanation } from './types.ts'
import type { Found } from './platform.ts'
import type { ProcessRecord } from './table.ts'

/** What becomes of one record, or of one process that no record knows. */
export type Verdict =
  | { readonly is: 'adopted'; readonly record: ProcessRecord; readonly pid: number; readonly startTime: string }
  | { readonly is: 'gone'; readonly record: ProcessRecord; readonly why: Explanation }
  | { readonly is: 'foreign'; readonly name: string; readonly why: string }

export interface AdoptFacts {
  readonly records: readonly ProcessRecord[]
  readonly bootId: string
  /** See `Platform`: a boot id that comes from the clock may change without a boot. */
  readonly hasDatedStarts?: boolean
  /** Start time of each recorded pid that is alive; '' = it could not be asked. */
  readonly alive: ReadonlyMap<number, string>
  /** Processes with our marker, oldest first. */
  readonly marked: readonly Found[]
}

const AWAY = 'It ended while Smeshkeeper was not watching; its exit code is unknown.'

/** Decides about every record and every marked process. Pure. */
export function classify(facts: AdoptFacts): Verdict[] {
  const taken = new Set<number>()
  const verdicts = facts.records.map((record) => {
    const verdict = classifyRecord(record, facts)
    if (verdict.is === 'adopted') taken.add(verdict.pid)
    return verdict
  })
  const running = new Map(verdicts.flatMap((v) => (v.is === 'adopted' ? [[v.record.name, v.pid] as const] : [])))
  const lost = new Map<string, Verdict>()
  for (const found of facts.marked) {
    if (taken.has(found.pid) || isRemnant(found, facts.records)) continue
    const first = running.get(found.name)
    if (first !== undefined) {
      verdicts.push({
        is: 'foreign',
        name: found.name,
        why: `process ${found.pid} carries the mark of ${found.name}, which runs as ${first}`,
      })
      continue
    }
    running.set(found.name, found.pid)
    lost.set(found.name, { is: 'adopted', record: recordOf(found, facts.bootId), pid: found.pid, startTime: found.startTime })
  }
  // A record that is gone and a process of the same name that is there: the process is the truth.
  return [...verdicts.filter((v) => !(v.is === 'gone' && lost.has(v.record.name))), ...lost.values()]
}

/** A helper that outlived its root: swept with the root, not taken for it. */
const isRemnant = (found: Found, records: readonly ProcessRecord[]): boolean =>
  records.some((r) => r.name === found.name && r.generation === found.generation && !isSameProgram(found, r))

function classifyRecord(record: ProcessRecord, facts: AdoptFacts): Verdict {
  if (record.owner !== 'smeshkeeper') return { is: 'foreign', name: record.name, why: `it belongs to ${record.owner}` }
  const { pid, startTime } = record
  const there = pid === undefined ? undefined : facts.alive.get(pid)
  // Alive, and nobody can say who: better a stranger watched than a second one started.
  const isIt = startTime !== undefined && (there === startTime || there === '')
  if (record.bootId !== facts.bootId && !(isIt && facts.hasDatedStarts === true)) {
    return { is: 'gone', record, why: { cause: 'The computer was restarted.', causeCode: 'process/rebooted' } }
  }
  if (pid !== undefined && startTime !== undefined) {
    if (isIt) return { is: 'adopted', record, pid, startTime }
    const reused = there === undefined ? '' : ` Process ${pid} is another one now.`
    return { is: 'gone', record, why: { cause: `${AWAY}${reused}`, causeCode: 'process/gone-unwatched' } }
  }
  // The keeper ended between the intent and the pid: the marker tells whether the child came to be.
  const found = facts.marked.find((f) => f.name === record.name && f.generation === record.generation && isSameProgram(f, record))
  if (found !== undefined) return { is: 'adopted', record, pid: found.pid, startTime: found.startTime }
  return { is: 'gone', record, why: { cause: AWAY, causeCode: 'process/gone-unwatched' } }
}

/** A script's interpreter stands before its arguments; a program may have rewritten them, but not its binary. */
export function isSameProgram(found: Pick<Found, 'exe' | 'args'>, program: Pick<ProcessRecord, 'file' | 'args'>): boolean {
  const tail = found.args.slice(found.args.length - program.args.length)
  const hasArgs = found.args.length > program.args.length && program.args.every((argument, i) => tail[i] === argument)
  // Also `<file> (deleted)` of a replaced binary, and a whole command line where the system tells no more.
  return hasArgs || found.exe === program.file || found.exe.startsWith(`${program.file} `)
}

/** What a process itself tells, when its record was lost. */
function recordOf(found: Found, bootId: string): ProcessRecord {
  const { name, generation, pid, startTime } = found
  return {
    name,
    owner: 'smeshkeeper',
    generation,
    file: found.exe,
    args: found.args.slice(1),
    cwd: '/',
    logFile: '',
    specHash: '',
    bootId,
    spawnedAt: found.startedAt,
    pid,
    startTime,
  }
}
