import type { BinaryReport } from '../../../shared/ipc/contract.ts'
import { plainVersion } from './version.ts'
import type { ProbeOutput, RunProgram } from './version-probe.ts'

export type Program = BinaryReport['program']

const NAMES = ['go-spacemesh', 'post-service', 'postcli', 'profiler', 'merge-nodes'] as const

/** By file name: `go-spacemesh`, `post-service.exe`, `go-spacemesh-v1.8.3`; `undefined` for other names. */
export function programByName(name: string): Exclude<Program, 'unknown'> | undefined {
  const plain = name.toLowerCase().replace(/\.exe$/, '')
  return NAMES.find(
    (known) => plain === known || (plain.startsWith(`${known}-`) && !/\.(zip|sha256|sig|txt|json|yaml|md|log|key)$/.test(plain)),
  )
}

/**
 * How each program is asked. postcli is never run: wrong arguments may make it write a key. profiler and old
 * merge-nodes know no version and are asked for their help.
 * @source facts/node-config-and-cli.md §1, facts/post-service.md §1, facts/merge-nodes.md §1, recordings help
 */
const QUESTIONS: Readonly<Record<Exclude<Program, 'unknown' | 'postcli'>, readonly { args: readonly string[]; answer: RegExp }[]>> = {
  'go-spacemesh': [{ args: ['version'], answer: /^v?\d+\.\d+\.\d+/m }],
  'post-service': [{ args: ['--version'], answer: /^service \d+\.\d+\.\d+/m }],
  profiler: [{ args: ['--help'], answer: /Profiler to measure/ }],
  'merge-nodes': [
    { args: ['--version'], answer: /merge-nodes version/ },
    { args: ['--help'], answer: /merge/i },
  ],
}

export interface AskedVersion {
  readonly program: Program
  readonly version?: string
  /** It was started and answered as this program does. */
  readonly runs: boolean
  /** What it said instead. */
  readonly last?: ProbeOutput
}

/** Asks a program for its version; one with an unknown name is asked as node and as service. */
export async function askVersion(file: string, program: Program, run: RunProgram, deadlineMs: number): Promise<AskedVersion> {
  if (program === 'postcli') return { program, runs: true }
  const candidates = program === 'unknown' ? (['post-service', 'go-spacemesh'] as const) : ([program] as const)
  let last: ProbeOutput | undefined
  for (const candidate of candidates) {
    for (const question of QUESTIONS[candidate]) {
      last = await run(file, question.args, deadlineMs)
      if (last.code !== undefined && question.answer.test(last.text)) return answered(candidate, last)
      if (last.startError !== undefined || last.isTimeout) return { program, runs: false, last }
    }
  }
  return { program, runs: false, ...(last === undefined ? {} : { last }) }
}

function answered(program: Program, output: ProbeOutput): AskedVersion {
  const version = program === 'profiler' ? undefined : plainVersion(output.text)
  return { program, runs: true, ...(version === undefined ? {} : { version }) }
}
