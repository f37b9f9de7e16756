import type { BackupState, BackupSummary } from '../../../shared/domain/backup.ts'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { Inventory, InventoryIdentity, ScanState } from '../../../shared/domain/inventory.ts'
import { ago, duration } from '../../../shared/domain/words.ts'
import type { KeysApi } from './context.ts'
import { base64Of } from './names.ts'

/** How an identity's key stands in the backups. */
export interface KnownBackup {
  readonly is: 'none' | 'there' | 'missing'
  /** Of the newest backup that holds it. */
  readonly madeAt?: number
  readonly place?: string
  readonly isOnOtherDisk?: boolean
}

/** One identity with all that is known of it: the set-up's, the last search's, the backups'. `identities --json`. */
export interface KnownIdentity {
  readonly id: string
  readonly idBase64: string
  readonly nickname?: string
  readonly isInSetup: boolean
  /** `unknown`: not seen by a search. */
  readonly key: InventoryIdentity['key'] | 'unknown'
  readonly data: InventoryIdentity['data'] | 'unknown'
  readonly copies: InventoryIdentity['copies']
  readonly posFolders: readonly string[]
  readonly numUnits?: number
  readonly expectedBytes?: number
  readonly actualBytes?: number
  readonly sentence?: string
  readonly hold?: { readonly code?: string; readonly reason: string; readonly until?: number; readonly since?: number }
  readonly backup: KnownBackup
}

export interface Known {
  readonly identities: readonly KnownIdentity[]
  /** When the last search ended; absent when there was none. */
  readonly searchedAt?: number
  readonly backup: BackupSummary
}

/** `none`: no backup holds it. `missing`: one does, but none that is known to be good. */
function backupOf(id: string, { entries, summary }: BackupState): KnownBackup {
  const newest = newestOf(
    entries.filter(({ identities }) => identities.some((one) => one === id)),
    ({ madeAt }) => madeAt,
  )
  if (newest === undefined) return { is: 'none' }
  const { madeAt, placeLabel, isOnOtherDisk } = newest
  return { is: summary.missing.some((one) => one === id) ? 'missing' : 'there', madeAt, place: placeLabel, isOnOtherDisk }
}

/** The last search that was finished. */
export const inventoryOf = (state: ScanState): Inventory | undefined =>
  state.is === 'done' ? state.inventory : state.is === 'never' ? undefined : state.last

export const newestOf = <T>(all: readonly T[], at: (one: T) => number): T | undefined =>
  all.reduce<T | undefined>((best, one) => (best === undefined || at(one) > at(best) ? one : best), undefined)

/** Puts together what the keeper knows of every identity: those of the set-up first, then what else was found. */
export async function knownIdentities(api: KeysApi): Promise<Result<Known>> {
  const [snapshot, setup, scan, backup, held] = await Promise.all([
    api.app.snapshot(),
    api.setup.read(),
    api.scan.state(),
    api.backup.state(),
    api.keys.held(),
  ])
  for (const answer of [snapshot, setup, scan, backup, held]) if (!answer.ok) return fail(answer.fault.code, answer.fault.detail)
  if (!snapshot.ok || !setup.ok || !scan.ok || !backup.ok || !held.ok) return fail('internal', 'no answer')
  const inventory = inventoryOf(scan.value)
  const found = new Map<string, InventoryIdentity>((inventory?.identities ?? []).map((one) => [one.id, one]))
  const ours = new Map((setup.value.setup?.identities ?? []).map((one) => [one.id, one]))
  const shown = new Map(snapshot.value.identities.map((one) => [one.id, one]))
  const holds = new Map(held.value.map((one) => [one.identity, one.hold]))
  const identities = [...new Set([...ours.keys(), ...shown.keys(), ...holds.keys(), ...found.keys()])].map((id): KnownIdentity => {
    const seen = found.get(id)
    const own = ours.get(id)
    const nickname = own?.nickname ?? seen?.nickname
    const hold = holds.get(id) ?? shown.get(id)?.hold ?? own?.held
    return {
      id,
      idBase64: base64Of(id),
      ...(nickname === undefined ? {} : { nickname }),
      isInSetup: own !== undefined,
      key: seen?.key ?? 'unknown',
      data: seen?.data ?? 'unknown',
      copies: seen?.copies ?? [],
      posFolders: seen?.posFolders ?? [],
      ...(seen?.numUnits === undefined ? {} : { numUnits: seen.numUnits }),
      ...(seen?.expectedBytes === undefined ? {} : { expectedBytes: seen.expectedBytes }),
      ...(seen?.actualBytes === undefined ? {} : { actualBytes: seen.actualBytes }),
      ...(seen?.sentence === undefined ? {} : { sentence: seen.sentence }),
      ...(hold === undefined
        ? {}
        : {
            hold: {
              reason: hold.reason,
              ...('code' in hold ? { code: hold.code, since: hold.since } : {}),
              ...(hold.until === undefined ? {} : { until: hold.until }),
            },
          }),
      backup: backupOf(id, backup.value),
    }
  })
  return ok({ identities, ...(inventory === undefined ? {} : { searchedAt: inventory.finishedAt }), backup: backup.value.summary })
}

export function backupText({ is, madeAt, place, isOnOtherDisk }: KnownBackup, now: number): string {
  if (is === 'none' || madeAt === undefined) return 'in no backup'
  const age = now - madeAt < 3_600_000 ? ago(madeAt, now) : `${duration(now - madeAt)} ago`
  const where = place === undefined ? '' : ` on ${place}`
  if (is === 'missing') return `in no backup that is known to be good; the newest was made ${age}${where}`
  return `backed up ${age}${where}${isOnOtherDisk === false ? ', the same disk as the key' : ''}`
}
