import type { Fault } from '../../../shared/domain/fault.ts'
import type { FoundSetup } from '../../../shared/domain/inventory.ts'
import { foldersOf, refused, runningOf, sameFolder, type ForeignRefusal } from './found-targets.ts'
import type { TakeOverInput } from './take-over-input.ts'

/** Another set-up that starts or runs something on one of these folders. */
export function twoManagers(setup: FoundSetup, { setups }: TakeOverInput): Fault<ForeignRefusal> | undefined {
  const folders = foldersOf(setup)
  const isRunning = ({ node, services }: FoundSetup): boolean => node?.pid !== undefined || services.some(({ pid }) => pid !== undefined)
  const other = setups.find((one) => {
    // PSM decides over what compose only describes.
    if (one.label === setup.label || one.owner === 'smeshkeeper' || (setup.kind === 'psm' && one.kind === 'compose')) return false
    return (
      (one.isAutomatic || isRunning(one) || one.kind === 'psm') &&
      foldersOf(one).some((folder) => folders.some((own) => sameFolder(own, folder)))
    )
  })
  if (other === undefined) return undefined
  const shared = foldersOf(other).find((folder) => folders.includes(folder)) ?? other.file
  return refused(
    'foreign/two-managers',
    `${other.label} starts or runs ${shared} as well as ${setup.label}. Two managers of one folder start it twice. Switch off or take over ${other.label} first, then plan again`,
  )
}

/** Files that we could not work with afterwards. */
export function notPermitted(setup: FoundSetup, { managers, processes }: TakeOverInput): readonly Fault<ForeignRefusal>[] {
  const { node, services } = setup
  const user = runningOf({ setup, processes }).find((one) => one.user !== undefined)?.user
  const whose = user === undefined ? 'another user' : `the user ${user}`
  const folder = node?.dataFolder
  const denied = [
    ...(folder !== undefined && !managers.may('write', folder) ? [folder] : []),
    ...(node?.configFile !== undefined && !managers.may('read', node.configFile) ? [node.configFile] : []),
    ...services.flatMap(({ posFolder }) => (posFolder !== undefined && !managers.may('read', posFolder) ? [posFolder] : [])),
  ]
  return denied.map((one) =>
    refused(
      'foreign/not-permitted',
      `${one} belongs to ${whose}, and Smeshkeeper could not run with it. When it is stopped, give it to your user (sudo chown -R "$USER" '${one}'), then plan again`,
    ),
  )
}
