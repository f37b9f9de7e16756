import path from 'node:path'

/** How a program of ours is started: an executable, arguments before its own, and what its environment needs. */
export interface Launcher {
  readonly file: string
  readonly prefixArgs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Programs of ours that run as processes of their own. */
export type OwnProgram = 'go-spacemesh' | 'post-service' | 'postcli' | 'folder-probe'
export type Launch = (program: OwnProgram) => Launcher

const SOURCES: Readonly<Record<OwnProgram, string>> = {
  'go-spacemesh': 'practice/node/main.ts',
  'post-service': 'practice/post-service/main.ts',
  postcli: 'practice/postcli/main.ts',
  'folder-probe': 'pos-data/probe-main.ts',
}

/** The private switch of the packaged app, handled before anything else. */
export const PEER_SWITCH = '--smeshkeeper-peer='

/** From source: Electron as Node on the TypeScript file. */
export function launchFromSource(electronFolder: string): Launch {
  return (program) => ({
    file: process.execPath,
    prefixArgs: [path.join(electronFolder, SOURCES[program])],
    env: { ELECTRON_RUN_AS_NODE: '1' },
  })
}

/** Packaged, with the run-as-node fuse off: the app's own binary without a display and with its own profile. */
export function launchPackaged(executable: string, profileFolder: string): Launch {
  return (program) => ({
    file: executable,
    prefixArgs: [
      `${PEER_SWITCH}${program}`,
      '--ozone-platform=headless',
      '--disable-gpu',
      `--user-data-dir=${path.join(profileFolder, `peer-${program}`)}`,
    ],
    env: {},
  })
}

/** The peer that this process is asked to be, with the arguments that are the peer's own. */
export function peerOf(argv: readonly string[]): { readonly program: string; readonly args: readonly string[] } | undefined {
  const at = argv.findIndex((arg) => arg.startsWith(PEER_SWITCH))
  if (at < 0) return undefined
  const isOurs = (arg: string): boolean =>
    arg.startsWith(PEER_SWITCH) || arg.startsWith('--ozone-platform=') || arg === '--disable-gpu' || arg.startsWith('--user-data-dir=')
  return { program: (argv[at] ?? '').slice(PEER_SWITCH.length), args: argv.slice(at).filter((arg, i) => !(i < 4 && isOurs(arg))) }
}
