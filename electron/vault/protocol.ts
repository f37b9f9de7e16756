import { z } from 'zod'
import type { BackupPlace, BackupPlan, VaultProgress } from '../../shared/domain/backup.ts'
import { textOf, type Fault } from '../../shared/domain/fault.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { BackupSources, CollectItem } from './collect.ts'
import type { DrillJob, DrillOutcome } from './drill.ts'
import type { MadeBackup, MakeFault, MakeJob } from './make.ts'
import type { OpenFault } from './open.ts'
import type { RestoreHere, RestoreOutlook } from './restore-plan.ts'
import type { RestoreOutcome } from './restore.ts'

/** What opens a backup, as the user gives it. Exactly one of the two. */
export interface SecretSource {
  readonly passphrase?: string
  /** Path of an age identity file (`AGE-SECRET-KEY-1…`). */
  readonly identityFile?: string
}

/** What a backup holds, for those who ask before restoring. */
export interface OpenedOutlook extends RestoreOutlook {
  readonly identities: readonly IdentityId[]
}

/** Where backups can go is asked in the vault process too: a dead drive hangs whoever looks at it. */
export interface PlacesJob {
  readonly folders: readonly string[]
  /** Also every mounted volume. */
  readonly withVolumes: boolean
  readonly keyFolders: readonly string[]
  readonly posFolders: readonly { readonly path: string; readonly name: string }[]
  readonly home: string
}

/** One request: one JSON line on stdin, the only place where a passphrase crosses. */
export type VaultRequest =
  /** Planning looks at files on every drive, and one may be dead. */
  | { readonly job: 'plan'; readonly sources: BackupSources }
  /** `temporary`: a folder of ours; its subfolder `vault` is this job's alone, emptied before and after. */
  | { readonly job: 'backup'; readonly make: MakeJob; readonly temporary: string }
  | { readonly job: 'drill'; readonly drill: DrillJob; readonly secret: SecretSource }
  | { readonly job: 'open'; readonly file: string; readonly secret: SecretSource; readonly here: RestoreHere }
  | {
      readonly job: 'restore'
      readonly file: string
      readonly secret: SecretSource
      readonly here: RestoreHere
      readonly ids: readonly string[]
      /** `<home>/quarantine`, where keys are put on hold. */
      readonly quarantine: string
      readonly mark: string
    }
  | { readonly job: 'places'; readonly places: PlacesJob }
  | { readonly job: 'sweep'; readonly folders: readonly string[]; readonly temporary: string; readonly mark: string }

export type VaultJob = VaultRequest['job']

export interface VaultAnswers {
  readonly plan: { readonly plan: BackupPlan; readonly items: readonly CollectItem[] }
  readonly backup: MadeBackup
  readonly drill: DrillOutcome
  readonly open: OpenedOutlook
  readonly restore: RestoreOutcome
  readonly places: readonly BackupPlace[]
  /** Unfinished files that were taken away. */
  readonly sweep: number
}

export interface VaultFaults {
  readonly plan: 'backup/nothing'
  readonly backup: MakeFault
  readonly drill: 'backup/no-secret'
  readonly open: OpenFault | 'backup/no-secret'
  readonly restore: OpenFault | 'backup/no-secret'
  readonly places: never
  readonly sweep: never
}

/** Lines of the vault process. */
export type VaultLine =
  | { readonly is: 'progress'; readonly step: VaultProgress['step']; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly is: 'answer'; readonly value: unknown }
  | { readonly is: 'fault'; readonly fault: Fault }

const lineSchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('progress'), step: z.string(), doneBytes: z.number(), totalBytes: z.number() }),
  z.object({ is: z.literal('answer'), value: z.unknown() }),
  z.object({ is: z.literal('fault'), fault: z.looseObject({ code: z.string(), detail: z.string(), retry: z.string() }) }),
])

/** The other side is our own program: the envelope is checked, its content is what we wrote. */
export function parseLine(line: string): VaultLine | undefined {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(line))
    return parsed.success ? (parsed.data as unknown as VaultLine) : undefined
  } catch {
    return undefined // half a line of a killed process
  }
}

const requestSchema = z.looseObject({ job: z.enum(['plan', 'backup', 'drill', 'open', 'restore', 'places', 'sweep']) })

/** A text of what is wrong never quotes the line: it holds a passphrase. */
export function parseRequest(line: string): VaultRequest | { readonly problem: string } {
  try {
    const parsed = requestSchema.safeParse(JSON.parse(line))
    return parsed.success ? (parsed.data as unknown as VaultRequest) : { problem: 'no job of this name' }
  } catch (cause) {
    return { problem: cause instanceof SyntaxError ? 'the request is not JSON' : textOf(cause) }
  }
}
