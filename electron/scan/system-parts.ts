import { isLoadedByNode, parseKeyBytes, readIdentitiesFolder, readLocalDatabase } from '../identities/index.ts'
import { diskSystem } from '../hardware/index.ts'
import { findProcesses, findSetups, systemInterop, systemPathsIn, systemProcesses } from '../interop/index.ts'
import { systemFiles } from '../lib/files.ts'
import { inspectPosFolder } from '../pos-data/index.ts'
import type { ProgramReaders } from './readers.ts'
import type { ScanParts } from './scan-process.ts'

/** Programs of this machine. Folders of theirs are told without links, as the walk tells what it finds. */
function systemPrograms(): ProgramReaders {
  const platform = systemInterop()
  const source = systemProcesses(platform)
  const disks = diskSystem()
  return {
    async findProcesses(ownPids) {
      const mounts = disks.mounts()
      const found = await findProcesses({ source, files: systemFiles, platform, own: new Set(ownPids) })
      return found.map((one) => (one.folder === undefined ? one : { ...one, folder: disks.resolve(one.folder, mounts) }))
    },
    findSetups(processes, hints) {
      const mounts = disks.mounts()
      const resolve = (folder: string): string => disks.resolve(folder, mounts)
      return findSetups({ processes, ...hints, fs: systemFiles, platform, pathsIn: systemPathsIn, resolve })
    },
  }
}

/** The other rooms' readers, as the scan process uses them. */
export const systemParts: ScanParts = {
  readers: (temporary) => ({
    parseKeyBytes,
    readIdentitiesFolder,
    isLoadedByNode,
    readLocalDatabase: (dataFolder) => readLocalDatabase(dataFolder, { temporary }),
    inspectPosFolder: (folder) => inspectPosFolder(folder).state,
  }),
  programs: systemPrograms,
}
