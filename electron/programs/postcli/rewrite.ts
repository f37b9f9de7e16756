import { initializeArguments } from './initialize.ts'

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

/** The command line that writes exactly one file, in a folder that never is the one with the data. @source facts/postcli-and-profiler.md §5 */
export const rewriteArguments = ({ file, ...request }: RewriteRequest): string[] =>
  initializeArguments({ ...request, range: { fromFile: file, toFile: file } })

/** Its exit code says nothing: an initialization that failed ends with 0 as well. @source facts/postcli-and-profiler.md §2 */
export function rewriteFault(output: string): string | undefined {
  if (/cli: initialization completed/.test(output)) return undefined
  const error = /cli: initialization error ([^\n]*)/.exec(output)?.[1]
  if (error?.includes('no space left on device')) return 'the disk is full'
  if (error !== undefined) return error
  const last = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  return last === '' ? 'postcli ended and said nothing' : last
}
