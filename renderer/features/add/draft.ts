import { identityIdFromBase64, parseIdentityId } from '../../../shared/domain/ids.ts'
import type { InitDisk, InitOptions, InitProvider } from '../../../shared/domain/initialization.ts'
import type { PlanIdentity } from '../../../shared/domain/planner/index.ts'
import type { ParsedInitRequest } from '../../../shared/ipc/machine-contract.ts'
import { jobColour } from '../../components/init-words.ts'
import type { AddDraft } from '../../state/init.ts'

/** What a newcomer is offered first, Space Units: 4 TiB on mainnet. */
const FIRST_UNITS = 64
/** What the keeper takes when nothing is chosen. @source shared/ipc/machine-contract.ts, initRequestSchema */
export const DEFAULT_NONCES = 288

/** An id as typed, hex or base64; `undefined` when it is none. */
export const idOf = (text: string): string | undefined => parseIdentityId(text.trim()) ?? identityIdFromBase64(text.trim())

/** Whether the first step says all that is needed. */
export const hasKey = (draft: AddDraft): boolean => (draft.way === 'new' ? draft.name.trim() !== '' : idOf(draft.id) !== undefined)

/** What the new identity is called on this page. */
export function titleOf(draft: AddDraft): string {
  if (draft.name.trim() !== '') return draft.name.trim()
  const id = draft.way === 'new' ? undefined : idOf(draft.id)
  return id === undefined ? '' : `${id.slice(0, 8)}…`
}

/** Name as part of a path: letters, figures and hyphens. */
const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

/** The chosen disk, or the first that can be taken. */
export const diskOf = (draft: AddDraft, options: InitOptions): InitDisk | undefined =>
  options.disks.find((disk) => disk.lane === draft.lane && disk.why === undefined) ?? options.disks.find((disk) => disk.why === undefined)

export function folderOf(draft: AddDraft, disk: InitDisk): string {
  if (draft.folder !== undefined) return draft.folder
  const separator = disk.root.includes('\\') ? '\\' : '/'
  const name = slug(titleOf(draft))
  return `${disk.root.replace(/[\\/]+$/, '')}${separator}post${name === '' ? '' : `-${name}`}`
}

/** Most Space Units that may be made on this disk. */
export const mostUnits = (disk: InitDisk, options: InitOptions): number => Math.min(disk.mostUnits, options.maxUnits)

export function unitsOf(draft: AddDraft, disk: InitDisk, options: InitOptions): number {
  const most = mostUnits(disk, options)
  return Math.max(options.minUnits, Math.min(most, draft.numUnits ?? FIRST_UNITS))
}

export const canTake = (provider: InitProvider): boolean => provider.labels !== 'wrong'

/** The chosen providers; where none is chosen the fastest that makes right labels. */
export function providersOf(draft: AddDraft, options: InitOptions): readonly InitProvider[] {
  const usable = options.providers.filter(canTake)
  const chosen = usable.filter((one) => draft.providers.includes(one.id))
  if (chosen.length > 0) return chosen
  const fastest = [...usable].sort((a, b) => (b.bytesPerSecond ?? -1) - (a.bytesPerSecond ?? -1))[0]
  return fastest === undefined ? [] : [fastest]
}

/** Speed of several together, bytes/s; `undefined` while one of them is not measured. */
export function speedOf(providers: readonly InitProvider[]): number | undefined {
  let sum = 0
  for (const one of providers) {
    if (one.bytesPerSecond === undefined) return undefined
    sum += one.bytesPerSecond
  }
  return sum > 0 ? sum : undefined
}

function keyOf(draft: AddDraft): ParsedInitRequest['key'] | undefined {
  const name = draft.name.trim()
  if (draft.way === 'new') return name === '' ? undefined : { is: 'new', name }
  const id = idOf(draft.id)
  if (id === undefined) return undefined
  if (draft.way === 'existing') return { is: 'existing', id }
  return { is: 'public', id, ...(name === '' ? {} : { name }) }
}

/** What is asked of the keeper; `undefined` while something is missing. */
export function requestOf(draft: AddDraft, options: InitOptions): ParsedInitRequest | undefined {
  const disk = diskOf(draft, options)
  const key = keyOf(draft)
  if (disk === undefined || key === undefined) return undefined
  const providers = providersOf(draft, options).map((one) => one.id)
  const folder = folderOf(draft, disk).trim()
  if (providers.length === 0 || folder === '') return undefined
  return {
    key,
    folder,
    numUnits: unitsOf(draft, disk, options),
    providers,
    nonces: draft.nonces ?? DEFAULT_NONCES,
    randomx: draft.randomx ?? 'fast',
    ...(draft.maxFileBytes === undefined ? {} : { maxFileBytes: draft.maxFileBytes }),
    ...(draft.threads === undefined ? {} : { threads: draft.threads }),
  }
}

/** The new identity as the planner sees it. */
export function plannedOf(draft: AddDraft, disk: InitDisk, options: InitOptions): PlanIdentity {
  const numUnits = unitsOf(draft, disk, options)
  const id = (draft.way === 'new' ? undefined : idOf(draft.id)) ?? 'new'
  const name = titleOf(draft)
  return {
    id,
    name: name === '' ? 'The new one' : name,
    colour: jobColour(id),
    disk: disk.lane,
    numUnits,
    totalBytes: numUnits * options.unitBytes,
    nonces: draft.nonces ?? DEFAULT_NONCES,
    threads: draft.threads ?? 0,
    randomx: draft.randomx ?? 'fast',
  }
}
