import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'

export interface KeeperSample {
  /** Of the keeper's process since its start, without the garbage collections that the measurement asked for. */
  readonly cpuMs: number
  readonly heapBytes: number
  readonly rssBytes: number
  readonly files: number
  readonly resources: number
  readonly revision: number
}

export type KeeperSays =
  | { readonly is: 'true'; readonly startedAt: number; readonly at: number }
  | { readonly is: 'sample'; readonly sample: KeeperSample }
  | { readonly is: 'kinds'; readonly kinds: readonly string[]; readonly trouble: string | undefined }

/** Names of the stand-ins' folders say what each of them does. */
export const PROVING_FOLDER = /\/proving-[^/]*$/

/** Every status is what really goes on, and its evidence was seen by this keeper itself. */
export function isTrue(snapshot: AppSnapshot, since: number): boolean {
  if (snapshot.identities.length === 0) return false
  return snapshot.identities.every(({ status, service, evidence }) => {
    const expected = PROVING_FOLDER.test(service?.posFolder ?? '') ? 'proving' : 'waiting'
    const isSeen = (what: string): boolean => evidence.some((line) => line.what === what && line.isFresh && line.at >= since)
    return status.kind === expected && isSeen('operator') && isSeen('node PostStates') && isSeen('process')
  })
}
