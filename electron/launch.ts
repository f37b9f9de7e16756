import path from 'node:path'
import type { OwnProgram } from './keeper/index.ts'

/** How a program of ours is started: an executable, arguments before its own, and what its environment needs. */
export interface Launcher {
  readonly file: string
  readonly prefixArgs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Starts of our own programs, by name. */
export type Launch = (program: OwnProgram) => Launcher

const SOURCES: Readonly<Record<OwnProgram, string>> = {
  'go-spacemesh': 'practice/node/main.ts',
  'post-service': 'practice/post-service/main.ts',
  postcli: 'practice/postcli/main.ts',
  'folder-probe': 'pos-data/probe-main.ts',
  scan: 'scan/scan-main.ts',
  vault: 'vault/vault-main.ts',
  operations: 'operations/process/operations-main.ts',
  profiler: 'practice/profiler/main.ts',
  'opencl-probe': 'hardware/opencl/opencl-main.ts',
  'speed-probe': 'hardware/speed/speed-main.ts',
}

/** The private switch of the packaged app, handled before anything else. */
export const PEER_SWITCH = '--smeshkeeper-peer='

/**
 * What a process of the packaged app gets that never shows a page. Without zygotes it is one single process; Chromium
 * allows that only without its sandbox, which would hold pages, and there are none. Its own messages stay out of ours.
 */
export const HEADLESS_SWITCHES = ['--ozone-platform=headless', '--disable-gpu', '--no-zygote', '--no-sandbox', '--log-level=3'] as const

/** Behind it nothing is Chromium's: a URL among our own arguments, a node's address for one, would else end the process. */
const OURS = '--'
/** Switches of Chromium and Electron as a debugger or a user adds them; never words of a verb. */
const FOREIGN = /^--(no-sandbox|ozone-platform|user-data-dir|disable-gpu|password-store|remote-debugging-|enable-|inspect)/

/** From source: Electron as Node on the TypeScript file. */
export function launchFromSource(electronFolder: string): Launch {
  // Where somebody keeps compiled sources, a program of ours starts in half the time.
  const cache = process.env['NODE_COMPILE_CACHE']
  return (program) => ({
    file: process.execPath,
    prefixArgs: [path.join(electronFolder, SOURCES[program])],
    env: { ELECTRON_RUN_AS_NODE: '1', ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) },
  })
}

/**
 * Identities of a practice network in the package: each of its programs is the app's whole binary (some 40 MiB of its
 * own), and node, services and folder probes together stay few.
 */
export const PACKAGED_PRACTICE_IDENTITIES = 3

/** Packaged, with the run-as-node fuse off: the app's own binary without a display and with its own profile. */
export function launchPackaged(executable: string, profileFolder: string): Launch {
  return (program) => ({
    file: executable,
    prefixArgs: [`${PEER_SWITCH}${program}`, ...HEADLESS_SWITCHES, `--user-data-dir=${path.join(profileFolder, `peer-${program}`)}`, OURS],
    env: {},
  })
}

/** The peer that this process is asked to be, with the arguments that are the peer's own. */
export function peerOf(argv: readonly string[]): { readonly program: string; readonly args: readonly string[] } | undefined {
  const at = argv.indexOf(OURS)
  const asked = argv.slice(0, at < 0 ? undefined : at).find((arg) => arg.startsWith(PEER_SWITCH))
  if (asked === undefined) return undefined
  return { program: asked.slice(PEER_SWITCH.length), args: at < 0 ? [] : argv.slice(at + 1) }
}

/** The words of a verb, without the switches before them. */
export function wordsOf(args: readonly string[]): readonly string[] {
  const at = args.indexOf(OURS)
  const first = at < 0 ? args.findIndex((arg) => !FOREIGN.test(arg)) : at + 1
  return first < 0 ? [] : args.slice(first)
}
