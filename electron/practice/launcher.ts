import { fileURLToPath } from 'node:url'

export type PracticeProgram = 'go-spacemesh' | 'post-service' | 'postcli'

/** How a simulated program is started: the file, what stands before the program's own arguments, and its environment. */
export interface PracticeLauncher {
  readonly file: string
  readonly prefixArgs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** The process that will start it. */
export interface PracticeHost {
  /** `process.execPath`: Electron or the packaged app's own binary. */
  readonly execPath: string
  readonly isPackaged: boolean
  /** Chromium data of a packaged peer; every peer needs its own. */
  readonly peerDataFolder: string
  /** Folder with the sources when this code is bundled. */
  readonly sourceFolder?: string
}

/** The private switch that makes the packaged app's binary play a program. */
export const PEER_SWITCH = '--smeshkeeper-peer='

const ENTRIES: Readonly<Record<PracticeProgram, string>> = {
  'go-spacemesh': 'node/main.ts',
  'post-service': 'post-service/main.ts',
  postcli: 'postcli/main.ts',
}

let peers = 0

/**
 * From source a program runs on Electron-as-node. The packaged app has that fuse off: there its own binary plays the
 * program, told by a switch in argv.
 */
export function practiceLauncher(program: PracticeProgram, host: PracticeHost): PracticeLauncher {
  if (!host.isPackaged) {
    const folder = host.sourceFolder ?? fileURLToPath(new URL('.', import.meta.url))
    return { file: host.execPath, prefixArgs: [`${folder.replace(/[/\\]+$/, '')}/${ENTRIES[program]}`], env: { ELECTRON_RUN_AS_NODE: '1' } }
  }
  peers += 1
  const dataFolder = `${host.peerDataFolder}/${program}-${peers}`
  return {
    file: host.execPath,
    prefixArgs: [`${PEER_SWITCH}${program}`, '--ozone-platform=headless', `--user-data-dir=${dataFolder}`, '--'],
    env: {},
  }
}
