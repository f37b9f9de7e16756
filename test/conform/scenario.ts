import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export type ProgramName = 'post-service' | 'go-spacemesh' | 'postcli'

/** How a program is started: a practice program on Electron-as-node, or a real binary. */
export interface Program {
  readonly name: ProgramName
  readonly command: string
  /** Before the arguments of the scenario. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Real binaries keep real time and have no practice variables. */
  readonly isReal: boolean
}

/** What was seen, one list per channel (stderr of one thread, status, exit, wire …), already normalised. */
export type Transcript = Readonly<Record<string, readonly string[]>>

export interface Run {
  readonly program: Program
  /** Empty folder of this run; removed afterwards. */
  readonly folder: string
  /** Folder shared by all runs, for PoS data that nobody changes. */
  readonly shared: string
}

/** One recorded case, played again. The table of a program is data; each program brings its own driver. */
export interface Scenario {
  readonly name: string
  readonly program: ProgramName
  /** Which release was recorded; a real binary of another version is compared all the same. */
  readonly version: string
  /** As recorded; the driver maps its paths and ports. */
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  /** File below `test/fixtures/recordings`. */
  readonly recording: string
  /** What the recording says, normalised. */
  readonly expected: () => Transcript
  /** Does again what the recorder did. */
  readonly driver: (run: Run) => Promise<Transcript>
  /** Says nothing about a real binary. */
  readonly isPracticeOnly?: boolean
  readonly compare?: (expected: Transcript, seen: Transcript) => readonly string[]
}

const here = path.dirname(fileURLToPath(import.meta.url))
export const repository = path.resolve(here, '../..')
export const recordings = path.join(repository, 'test/fixtures/recordings')

export const readRecording = (file: string): readonly Record<string, unknown>[] =>
  readFileSync(path.join(recordings, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Repeats say nothing about how often: a block of up to `longest` entries that follows itself stays once. */
export function collapse(entries: readonly string[], longest = 3): string[] {
  const kept: string[] = []
  for (const entry of entries) {
    kept.push(entry)
    for (let size = 1; size <= longest; size += 1) {
      const last = kept.slice(-size).join('\u0000')
      if (kept.length >= 2 * size && kept.slice(-2 * size, -size).join('\u0000') === last) kept.length -= size
    }
  }
  return kept
}

/** Differences of each channel, line by line from the first one on; empty when the transcripts agree. */
export function compareTranscripts(expected: Transcript, seen: Transcript): readonly string[] {
  const differences: string[] = []
  for (const channel of new Set([...Object.keys(expected), ...Object.keys(seen)])) {
    const [wanted, found] = [expected[channel] ?? [], seen[channel] ?? []]
    const at = Array.from({ length: Math.max(wanted.length, found.length) }).findIndex((_, i) => wanted[i] !== found[i])
    if (at < 0) continue
    differences.push(
      `${channel}, entry ${at}:`,
      `  recorded: ${wanted[at] ?? '(nothing more)'}`,
      `  seen:     ${found[at] ?? '(nothing more)'}`,
    )
  }
  return differences
}

export const differencesOf = (scenario: Scenario, seen: Transcript): readonly string[] =>
  (scenario.compare ?? compareTranscripts)(scenario.expected(), seen)
