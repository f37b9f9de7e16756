import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { codeOf } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { parseMetadata } from '../../pos-data/index.ts'

const METADATA = 'postdata_metadata.json'
const MOST_METADATA_BYTES = 64 * 1024
const DATA_FILE = /^postdata_\d{1,9}\.bin$/

export type RetiredDataFault = 'retire/still-in-use' | 'retire/not-its-data' | 'retire/not-typed' | 'retire/not-removed'

/** What is known of a retired identity when its data is to be removed; all of it as it is now. */
export interface RetiredData {
  readonly identity: string
  readonly name: string
  readonly folder: string
  /** Key files of it that some node would load. */
  readonly armedAt: readonly string[]
  /** Whoever has a service on this folder: of our set-up, of another one, or a process that runs. */
  readonly usedBy: readonly string[]
  /** Whether its key lies in the quarantine, or the newest backup that was read back holds it. */
  readonly keyIsKept: boolean
}

export interface RemovableData {
  /** Full paths: data files in the order of their numbers, then the metadata, which says whose they are. */
  readonly files: readonly string[]
  readonly bytes: number
  /** What the user types to remove them. */
  readonly toType: string
  /** What else is in the folder and stays. */
  readonly stays: readonly string[]
}

const numberOf = (file: string): number => Number(/_(\d+)\.bin$/.exec(file)?.[1] ?? Number.MAX_SAFE_INTEGER)

/**
 * What of a retired identity's PoS data may be removed. Only reads.
 *
 * Data cannot be made again without its key, and takes weeks with it. So it is removed only while no node would load the key
 * (it might need the data), nobody serves it, and the key itself is safe: whoever finds out later that he was wrong must be
 * able to initialize anew for the same identity. Nothing but the numbered data files and their metadata is ever named.
 *
 * @fault `retire/still-in-use`, `retire/not-its-data`
 */
export function retiredData(files: Files, data: RetiredData): Result<RemovableData, 'retire/still-in-use' | 'retire/not-its-data'> {
  const { name, folder, armedAt, usedBy, keyIsKept, identity } = data
  const [armed] = armedAt
  const [user] = usedBy
  if (armed !== undefined)
    return fail('retire/still-in-use', `A node loads the key of ${name} as ${armed}, and would need this data. Retire it there first`)
  if (user !== undefined) return fail('retire/still-in-use', `${user} works with ${folder}. Stop and remove that service first`)
  if (!keyIsKept)
    return fail(
      'retire/still-in-use',
      `The key of ${name} is neither in the quarantine nor in a backup that was read back, so nothing of it is removed. Find the key and back it up first`,
    )
  try {
    const facts = files.facts(folder)
    if (facts?.is !== 'folder')
      return fail('retire/not-its-data', `${folder} is ${facts === undefined ? 'not there' : 'no folder'}. Connect its disk and try again`)
    const names = [...files.list(folder)]
    const metadata = path.join(folder, METADATA)
    const read = parseMetadata(Buffer.from(files.readWhole(metadata, MOST_METADATA_BYTES)).toString('utf8'))
    if (!read.ok)
      return fail(
        'retire/not-its-data',
        `${metadata} does not say whose data this is: ${read.fault.detail}. Remove the folder yourself when you are sure`,
      )
    if (read.value.identity !== identity)
      return fail(
        'retire/not-its-data',
        `${folder} holds the data of ${shortId(read.value.identity)}, not of ${name}. Look for the right folder`,
      )
    const found = names.filter((one) => DATA_FILE.test(one) && files.facts(path.join(folder, one))?.is === 'file')
    const own = [...found.sort((a, b) => numberOf(a) - numberOf(b)), METADATA]
    return ok({
      files: own.map((one) => path.join(folder, one)),
      bytes: own.reduce((sum, one) => sum + (files.facts(path.join(folder, one))?.bytes ?? 0), 0),
      toType: identity.slice(-8),
      stays: names.filter((one) => !own.includes(one)).sort(),
    })
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    const text =
      code === 'ENOENT' ? `${folder} has no ${METADATA}, so it is not known whose data it is` : `${folder} cannot be read: ${textOf(cause)}`
    return fail('retire/not-its-data', `${text}. Remove the folder yourself when you are sure`)
  }
}

/**
 * Removes a retired identity's PoS data, after all of `retiredData` was looked at again. The metadata goes last: until then
 * a removal that was cut short can be repeated.
 *
 * @param typed  what the user typed: the last 8 characters of the id
 * @fault        `retire/not-typed`, `retire/not-removed` with how far it came, and those of `retiredData`
 */
export function removeRetiredData(files: Files, data: RetiredData, typed: string): Result<{ readonly text: string }, RetiredDataFault> {
  const removable = retiredData(files, data)
  if (!removable.ok) return removable
  const { toType, bytes, files: own } = removable.value
  if (typed.trim().toLowerCase() !== toType)
    return fail(
      'retire/not-typed',
      `This is not the end of the id of ${data.name}. Type its last 8 characters, ${toType}, to remove the data`,
    )
  let done = 0
  try {
    for (const file of own) {
      if (path.basename(file) === METADATA) files.syncFolder(data.folder)
      files.unlink(file)
      done += 1
    }
    files.syncFolder(data.folder)
    return ok({ text: `${own.length} files removed from ${data.folder}, ${sizeOf(bytes)} are free again` })
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return fail(
      'retire/not-removed',
      `${done} of ${own.length} files were removed, then ${data.folder} let no more: ${textOf(cause)}. Mend the cause and remove it again`,
    )
  }
}
