/** Which files of a PoS folder are looked at, and how closely. */
export interface VerifyRequest {
  readonly folder: string
  /** Inclusive. */
  readonly fromFile: number
  readonly toFile: number
  /** Share of the labels that are made anew and compared, percent. */
  readonly fractionPercent: number
  /** scrypt's N of the network; 8192 on mainnet. */
  readonly scryptN: number
}

/** What postcli found; `unusable`: nothing is said about the data. */
export type VerifyVerdict =
  | { readonly is: 'good' }
  | { readonly is: 'bad'; readonly file: number; readonly offsetBytes: number }
  | { readonly is: 'absent' | 'short'; readonly text: string }
  | { readonly is: 'unusable'; readonly text: string }

const MAINNET_SCRYPT_N = 8192

/**
 * The command line of one check. It only reads; `-yes` is never among the arguments.
 * @source facts/postcli-and-profiler.md §1, §5
 */
export function verifyArguments({ folder, fromFile, toFile, fractionPercent, scryptN }: VerifyRequest): string[] {
  const pairs: readonly (readonly [string, string | number])[] = [
    ['-datadir', folder],
    ['-fraction', fractionPercent],
    ['-fromFile', fromFile],
    ['-toFile', toFile],
    ...(scryptN === MAINNET_SCRYPT_N ? [] : [['-scryptN', scryptN] as const]),
  ]
  return ['-verify', ...pairs.flatMap(([flag, value]) => [flag, String(value)])]
}

const BAD = /cli: invalid POS: file (\d+) contains invalid label at offset (\d+)/
const CAUSE = /\tERROR\tError verifying POS data: ([^\n\t]*)/

/**
 * What its output means. Data is good only when that is said, and the program ended with 0 as well.
 * @source facts/postcli-and-profiler.md §2; recordings/postcli, cases `verify-*`
 */
export function verifyVerdict(output: string, exitCode: number | null): VerifyVerdict {
  const bad = BAD.exec(output)
  if (bad !== null) return { is: 'bad', file: Number(bad[1]), offsetBytes: Number(bad[2]) }
  if (exitCode === 0 && /cli: POS data is valid/.test(output)) return { is: 'good' }
  const cause = CAUSE.exec(output)?.[1]
  if (cause?.includes('UnexpectedEof')) return { is: 'short', text: 'The file is shorter than it must be.' }
  if (cause?.includes('kind: NotFound')) return { is: 'absent', text: 'The file is not there.' }
  if (/identity\.key is invalid/.test(output))
    return { is: 'unusable', text: 'The folder holds a key of another identity (identity.key). Move that file away and check again.' }
  if (cause !== undefined) return { is: 'unusable', text: `postcli cannot check it: ${cause}` }
  const last = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  return { is: 'unusable', text: last === '' ? `postcli ended with ${exitCode ?? 'a signal'} and said nothing.` : `postcli says: ${last}` }
}
