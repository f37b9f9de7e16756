/** One file of PoS data that is made anew in a folder of its own, whose metadata is a copy of the data's. */
export interface RewriteRequest {
  /** Holds the copied metadata and nothing else: postcli removes files there that it thinks redundant. */
  readonly folder: string
  readonly file: number
  /** As the metadata says, all of it: postcli deletes or refuses what differs. */
  readonly identity: string
  readonly commitmentAtx: string
  readonly numUnits: number
  readonly labelsPerUnit: number
  readonly maxFileBytes: number
  readonly scryptN: number
  /** postcli's number of the device; 4294967295 is the CPU. */
  readonly provider: number
}

export const CPU_PROVIDER = 4_294_967_295
const MAINNET = { labelsPerUnit: 4_294_967_296, scryptN: 8192 } as const

/**
 * The command line that writes exactly one file. `-yes` is added only where postcli asks about other values than those of
 * mainnet; the folder is never the one with the data.
 * @source facts/postcli-and-profiler.md §1, §3, §5
 */
export function rewriteArguments(request: RewriteRequest): string[] {
  const { folder, file, identity, commitmentAtx, numUnits, labelsPerUnit, maxFileBytes, scryptN, provider } = request
  const isMainnet = labelsPerUnit === MAINNET.labelsPerUnit && scryptN === MAINNET.scryptN && numUnits >= 4
  const pairs: readonly (readonly [string, string | number])[] = [
    ['-provider', provider],
    ['-datadir', folder],
    ['-id', identity],
    ['-commitmentAtxId', commitmentAtx],
    ['-numUnits', numUnits],
    ['-labelsPerUnit', labelsPerUnit],
    ['-maxFileSize', maxFileBytes],
    ['-scryptN', scryptN],
    ['-fromFile', file],
    ['-toFile', file],
  ]
  return [...pairs.flatMap(([flag, value]) => [flag, String(value)]), ...(isMainnet ? [] : ['-yes'])]
}

/** Its exit code says nothing: an initialization that failed ends with 0 as well. @source facts/postcli-and-profiler.md §2 */
export function rewriteFault(output: string): string | undefined {
  if (/cli: initialization completed/.test(output)) return undefined
  const error = /cli: initialization error ([^\n]*)/.exec(output)?.[1]
  if (error?.includes('no space left on device')) return 'the disk is full'
  if (error !== undefined) return error
  const last = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  return last === '' ? 'postcli ended and said nothing' : last
}
