/** What one run of the profiler measures. */
export type ProfilerTask =
  | { readonly is: 'pow'; readonly mode: 'fast' | 'light'; readonly threads: number }
  | { readonly is: 'labels'; readonly nonces: number; readonly threads: number; readonly dataFile: string }

/**
 * A sixteenth of mainnet's work for one Space Unit and 16 nonces: short rounds, many of them. The number of hashes of a
 * round is left to luck; the mean of this many is within some 12 % of what is expected.
 * @source recordings/profiler
 */
const DIFFICULTY = '00dfb23b0979b4b0000000000000000000000000000000000000000000000000'
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
    const pairs = ['--iterations', ROUNDS, '--threads', task.threads, '--nonces', 16, '--num-units', 1, '--difficulty', DIFFICULTY]
    return ['pow', ...pairs.map(String), '--randomx-mode', task.mode]
  }
  const pairs = ['--data-size', DATA_GIB, '--duration', SECONDS, '--threads', task.threads, '--nonces', task.nonces]
  return ['proving', ...pairs.map(String), '--data-file', task.dataFile]
}

/** Hashes that a round of {@link profilerArguments} takes on average. */
export const hashesOfRound = (): number => 2 ** 256 / Number(BigInt(`0x${DIFFICULTY}`))

/** Bytes that a run for labels writes to its data file, and reads again and again. */
export const PROFILER_FILE_BYTES = DATA_GIB * 1024 ** 3
