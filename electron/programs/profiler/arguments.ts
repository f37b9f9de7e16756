/** What one run of the profiler measures. */
export type ProfilerTask =
  | { readonly is: 'pow'; readonly mode: 'fast' | 'light'; readonly threads: number }
  | { readonly is: 'labels'; readonly nonces: number; readonly threads: number; readonly dataFile: string }

/**
 * Short rounds, many of them, as long on any machine: each thread makes some 18 hashes of a round, or one of its last and
 * useless hashes would count too much. The number of hashes of a round is left to luck; the mean of this many rounds is
 * within some 12 % of what is expected. In light mode, with 22 hashes a second and thread, they take a minute.
 * @source recordings/profiler
 */
const HASHES_A_THREAD = 18
const ROUNDS = 64
const DATA_GIB = 1
const SECONDS = 5

/**
 * The command line of one run. All threads of one service work on it, as in a proof.
 *
 * `dataFile` is overwritten or extended with random data: never one of PoS data.
 * @source facts/postcli-and-profiler.md §6
 */
export function profilerArguments(task: ProfilerTask): readonly string[] {
  if (task.is === 'pow') {
    const pairs = [
      '--iterations',
      ROUNDS,
      '--threads',
      task.threads,
      '--nonces',
      16,
      '--num-units',
      1,
      '--difficulty',
      difficultyOf(task.threads),
    ]
    return ['pow', ...pairs.map(String), '--randomx-mode', task.mode]
  }
  const pairs = ['--data-size', DATA_GIB, '--duration', SECONDS, '--threads', task.threads, '--nonces', task.nonces]
  return ['proving', ...pairs.map(String), '--data-file', task.dataFile]
}

/** Hashes that a round of {@link profilerArguments} takes on average. */
export const hashesOfRound = (threads: number): number => HASHES_A_THREAD * Math.max(1, threads)

const difficultyOf = (threads: number): string => (2n ** 256n / BigInt(hashesOfRound(threads))).toString(16).padStart(64, '0')

/** What one run takes on an older desktop, ms: for a promise until it has begun. */
export const usualMs = (task: ProfilerTask): number => (task.is === 'labels' ? 2 * SECONDS * 1000 : task.mode === 'light' ? 55_000 : 30_000)

/** Share of its rounds that a run has done with this line of its output; undefined when the line does not tell. */
export function roundsDone(line: string): number | undefined {
  const round = /^\[(\d+)\]: /.exec(line)?.[1]
  return round === undefined ? undefined : Math.min(1, (Number(round) + 1) / ROUNDS)
}

/** Bytes that a run for labels writes to its data file, and reads again and again. */
export const PROFILER_FILE_BYTES = DATA_GIB * 1024 ** 3
