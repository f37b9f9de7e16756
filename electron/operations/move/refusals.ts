import { fail, type Fault } from '../../../shared/domain/fault.ts'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { expectedFiles } from '../../pos-data/index.ts'
import { asideOf, type MovedFile } from './data.ts'
import { isInside, type SourceLook, type TargetLook, type VolumeLook } from './look.ts'

const no = (code: string, text: string): Fault => fail(`move/${code}`, text).fault

/** The largest file of FAT, in all its forms. exFAT has no such limit. */
const FAT = /^(?:vfat|msdos|fat|fat16|fat32|umsdos|msdosfs)$/
const MOST_FAT_BYTES = 2 ** 32 - 1

export interface MoveFacts {
  readonly identity: string
  readonly name: string
  readonly source: SourceLook
  readonly target: TargetLook
  readonly fromVolume: VolumeLook
  readonly toVolume: VolumeLook
  readonly platform: NodeJS.Platform
  /** PoS folders of other services, links resolved. */
  readonly others: readonly { readonly name: string; readonly posFolder: string }[]
}

/** One file system for both: nothing needs to be copied. */
export const isOneVolume = ({ fromVolume, toVolume }: MoveFacts): boolean => fromVolume.id === toVolume.id

/** What must be free: a hundredth more than the files take, for the file system's own notes. */
export const neededBytes = (facts: MoveFacts): number => (isOneVolume(facts) ? 0 : Math.ceil(facts.source.heldBytes * 1.01))

export function moveRefusals(facts: MoveFacts): readonly Fault[] {
  return [...sourceRefusals(facts), ...placeRefusals(facts), ...targetRefusals(facts)]
}

function sourceRefusals({ identity, name, source }: MoveFacts): readonly Fault[] {
  const { folder, metadata, problem, linkedData } = source
  if (linkedData.length > 0)
    return [
      no(
        'linked',
        `${linkedData[0] ?? ''} in ${folder} is a link or a folder, so the data lies elsewhere. Bring the files together in one folder first`,
      ),
    ]
  if (metadata === undefined)
    return [
      no(
        'source-incomplete',
        `${folder} is no whole PoS folder: ${problem ?? 'it has no metadata'}. Choose the right folder in the service first`,
      ),
    ]
  if (metadata.identity !== identity)
    return [
      no(
        'other-identity',
        `The data in ${folder} is of ${metadata.identity.slice(0, 8)}…, not of ${name} (${identity.slice(0, 8)}…). Point the service of ${name} to its own data first`,
      ),
    ]
  const wrong = incompleteFile(source.files, expectedFiles(metadata))
  if (wrong !== undefined)
    return [no('source-incomplete', `${folder} is not complete: ${wrong}. Mend or finish the data before it is moved`)]
  if (!metadata.hasVrfNonce)
    return [
      no(
        'source-incomplete',
        `The initialization of ${folder} is not finished: its metadata has no nonce yet. Let postcli finish before the data is moved`,
      ),
    ]
  return []
}

function incompleteFile(
  files: readonly MovedFile[],
  { count, fileBytes, lastFileBytes }: ReturnType<typeof expectedFiles>,
): string | undefined {
  const sizes = new Map(files.map(({ name, bytes }) => [name, bytes]))
  for (let number = 0; number < count; number += 1) {
    const name = `postdata_${number}.bin`
    const wanted = number === count - 1 ? lastFileBytes : fileBytes
    const bytes = sizes.get(name)
    if (bytes === undefined) return `${name} is missing`
    if (bytes !== wanted) return `${name} has ${bytes} bytes instead of ${wanted}`
  }
  const data = files.filter(({ name }) => /^postdata_\d+\.bin$/.test(name)).map(({ name }) => name)
  const surplus = data.find((name) => !/^postdata_(?:0|[1-9]\d*)\.bin$/.test(name) || Number(/\d+/.exec(name)?.[0]) >= count)
  return surplus === undefined ? undefined : `${surplus} should not be there, and the service would read it as data`
}

function placeRefusals({ source, target, toVolume, others, platform }: MoveFacts): readonly Fault[] {
  const { folder: to } = target
  if (target.isSource || to === source.folder) return [no('same', `${to} is where the data is already. Choose another folder`)]
  if (isInside(to, source.folder, platform))
    return [no('nested', `${to} lies inside the folder that is to be moved. Choose one beside it or on another disk`)]
  if (isInside(source.folder, to, platform)) return [no('nested', `The data lies inside ${to}. Choose another folder`)]
  const used = others.find(({ posFolder }) => isInside(to, posFolder, platform) || isInside(posFolder, to, platform))
  if (used !== undefined)
    return [no('in-use', `${to} and the data of ${used.name} in ${used.posFolder} would lie in one another. Choose another folder`)]
  if (toVolume.mountPoint === to)
    return [no('target-is-disk', `${to} is a whole disk. Choose a new folder on it, for example ${to.replace(/[\\/]+$/, '')}/post-data`)]
  return []
}

function targetRefusals(facts: MoveFacts): readonly Fault[] {
  const { source, target, toVolume, identity } = facts
  const { folder: to } = target
  if (target.isSource || to === source.folder) return []
  const found: Fault[] = []
  if (!target.hasParent)
    return [
      no(
        'no-parent',
        `The folder in which ${to} should lie does not exist, or its disk is not there. Connect the disk, or make the folder first`,
      ),
    ]
  if (target.is === 'taken' && target.identity !== undefined && target.identity !== identity)
    found.push(
      no(
        'target-other-identity',
        `${to} holds the PoS data of ${target.identity.slice(0, 8)}…, and nothing is written over. Choose another folder`,
      ),
    )
  else if (target.is === 'taken')
    found.push(no('target-taken', `${to} is not empty, and nothing is written over. Choose a new or an empty folder`))
  if (target.hasLeftover && !isOneVolume(facts))
    found.push(no('leftover', `${asideOf(to)} is there already. If it is what an earlier move left, remove it; then plan again`))
  if (toVolume.isReadOnly)
    found.push(no('target-read-only', `The disk of ${to} is mounted read-only. Make it writable, or choose another one`))
  const large = source.files.find(({ bytes }) => bytes > MOST_FAT_BYTES)
  if (FAT.test(toVolume.fsType) && large !== undefined)
    found.push(
      no(
        'file-size',
        `The disk of ${to} has the file system ${toVolume.fsType}, which holds files below 4 GiB only; ${large.name} has ${sizeOf(large.bytes)}. Choose a disk with another file system (ext4, NTFS, exFAT, APFS)`,
      ),
    )
  const needed = neededBytes(facts)
  if (needed > target.freeBytes)
    found.push(
      no(
        'no-space',
        `The move needs ${sizeOf(needed)} on the disk of ${to}, and ${sizeOf(target.freeBytes)} are free. Make room, or choose another disk`,
      ),
    )
  return found
}
