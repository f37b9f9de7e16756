import { MAINNET } from '../../../shared/domain/network.ts'

/** PoS data that postcli makes, whole or a range of its files. */
export interface InitializeRequest {
  readonly folder: string
  readonly identity: string
  /** 64 hex characters. */
  readonly commitmentAtx: string
  readonly numUnits: number
  readonly labelsPerUnit: number
  readonly maxFileBytes: number
  readonly scryptN: number
  readonly provider: number
  /** Inclusive; absent = all files, and the VRF nonce is looked for beyond them. */
  readonly range?: { readonly fromFile: number; readonly toFile: number }
}

/** Values about which postcli asks nothing. */
const isMainnet = ({ numUnits, labelsPerUnit, scryptN }: Pick<InitializeRequest, 'numUnits' | 'labelsPerUnit' | 'scryptN'>): boolean =>
  labelsPerUnit === MAINNET.post.labelsPerUnit && scryptN === MAINNET.post.scrypt.n && numUnits >= MAINNET.post.minNumUnits

/**
 * The command line of an initialization. Everything is said, so that nothing is guessed from the folder, and `-id` always:
 * without it a key would be made there. `-reset` is never among the arguments. `-yes` is only where the network's values
 * are not mainnet's, about which it asks otherwise; it also silences the question before files are deleted, so the
 * caller has looked that there is none to delete (`docs/decisions/0064-new-pos-data.md`).
 * @source facts/postcli-and-profiler.md §1, §3
 */
export function initializeArguments(request: InitializeRequest): string[] {
  const { folder, identity, commitmentAtx, numUnits, labelsPerUnit, maxFileBytes, scryptN, provider, range } = request
  const pairs: readonly (readonly [string, string | number])[] = [
    ['-provider', provider],
    ['-datadir', folder],
    ['-id', identity],
    ['-commitmentAtxId', commitmentAtx],
    ['-numUnits', numUnits],
    ['-labelsPerUnit', labelsPerUnit],
    ['-maxFileSize', maxFileBytes],
    ['-scryptN', scryptN],
    ...(range === undefined
      ? []
      : ([
          ['-fromFile', range.fromFile],
          ['-toFile', range.toFile],
        ] as const)),
  ]
  return [...pairs.flatMap(([flag, value]) => [flag, String(value)]), ...(isMainnet(request) ? [] : ['-yes'])]
}

export type InitializeVerdict =
  | { readonly is: 'completed' }
  /** It was told to stop, and what it wrote is whole. */
  | { readonly is: 'interrupted' }
  /** It said nothing of its end: it was killed, or the machine was. */
  | { readonly is: 'killed' }
  | { readonly is: 'failed'; readonly code: InitializeFault; readonly text: string; readonly fix: string }

export type InitializeFault =
  'init/disk-full' | 'init/disk-gone' | 'init/disk-error' | 'init/no-provider' | 'init/provider-lost' | 'init/other-data' | 'init/postcli'

/** cause in its output → what it means; the first that fits. */
const CAUSES: readonly (readonly [RegExp, InitializeFault, string, string])[] = [
  [
    /no space left on device|disk quota exceeded/i,
    'init/disk-full',
    'The disk is full.',
    'Free space on it, then resume: what is written stays.',
  ],
  [
    /no such file or directory|read-only file system|transport endpoint|device not configured/i,
    'init/disk-gone',
    'The disk is gone, or only readable now.',
    'Attach it again, then resume: what is written stays.',
  ],
  [/input\/output error/i, 'init/disk-error', 'The disk reports an error.', 'Look at its health on the Machine page before you resume.'],
  [/permission denied/i, 'init/disk-error', 'The folder does not let us write.', 'Give your user the right to write there, then resume.'],
  [
    /invalid provider ID|InvalidProviderId/i,
    'init/no-provider',
    'The device is not there, or it has another number since the driver changed.',
    'Look at OpenCL on the Machine page, then resume or choose another device.',
  ],
  [
    /failed to compute labels|OclCore|CL_[A-Z_]+/,
    'init/provider-lost',
    'The device stopped computing.',
    'Look at its driver and temperature, then resume: what is written stays.',
  ],
  [
    /config mismatch|was previously initialized|does not match metadata/,
    'init/other-data',
    'The folder holds other data.',
    'Choose another folder.',
  ],
]

/** Last words of a start that came to nothing, behind the log's time or alone. */
const REFUSED =
  /^(?:\d{4}\/\S+ \S+ )?(aborting|Aborting|-\w+ flag is required|-\w+ must be specified[^\n]*|failed to decode [^\n]*|flag provided [^\n]*|invalid value [^\n]*)$/m

/**
 * What the output means. Success is the line, never the exit code: an initialization that failed ends with 0 as well.
 * @source facts/postcli-and-profiler.md §2; recordings/postcli, cases `init-*`
 */
export function initializeVerdict(output: string): InitializeVerdict {
  if (/cli: initialization completed/.test(output)) return { is: 'completed' }
  const error = /cli: initialization error ([^\n]*)/.exec(output)?.[1]
  const panic = /^panic: ([^\n]*)/m.exec(output)?.[1]
  const refused = REFUSED.exec(output)?.[1]
  const said = error ?? panic ?? refused
  if (said === undefined) return /cli: initialization interrupted/.test(output) ? { is: 'interrupted' } : { is: 'killed' }
  const known = CAUSES.find(([pattern]) => pattern.test(refused === undefined ? said : output))
  if (known === undefined)
    return { is: 'failed', code: 'init/postcli', text: `postcli says: ${said}.`, fix: 'Look at its log, then resume.' }
  const [, code, text, fix] = known
  return { is: 'failed', code, text, fix }
}
