import { readFlags } from './flags.ts'
import type { FoundProcess } from '../../shared/domain/inventory.ts'

export type Program = FoundProcess['program']

export interface Called {
  readonly program: Program
  /** Its own arguments, without the program and whatever runs it. */
  readonly args: readonly string[]
}

/** `go-spacemesh`, `go-spacemesh-v1.8.3`, `go-spacemesh.exe`; not `go-spacemesh.log`. */
const NAMES: readonly (readonly [RegExp, Program])[] = [
  [/^go-spacemesh([-_.]v?\d[\w.]*)?(\.exe)?$/i, 'go-spacemesh'],
  [/^post-service([-_.]v?\d[\w.]*)?(\.exe)?$/i, 'post-service'],
  [/^postcli([-_.]v?\d[\w.]*)?(\.exe)?$/i, 'postcli'],
  [/^(spacemesh|spacemesh_app|smapp)(\.exe|\.appimage)?$/i, 'smapp'],
]
/** The simulated ones, from source and from the package: real processes that speak the real protocols. */
const PRACTICE = /[\\/]practice[\\/](node|post-service|postcli)[\\/]main\.[cm]?[jt]s$/
const PEER = /^--smeshkeeper-peer=(go-spacemesh|post-service|postcli)$/

export const baseName = (file: string): string => file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)

const isProgram = (text: string): text is 'go-spacemesh' | 'post-service' | 'postcli' =>
  text === 'go-spacemesh' || text === 'post-service' || text === 'postcli'

function simulated(argv: readonly string[]): Called | undefined {
  const script = PRACTICE.exec(argv[1] ?? '')?.[1]
  if (script !== undefined) {
    const program = script === 'node' ? 'go-spacemesh' : script
    return isProgram(program) ? { program, args: argv.slice(2) } : undefined
  }
  const own = argv.indexOf('--')
  const peer = argv.slice(0, own < 0 ? undefined : own).flatMap((word) => PEER.exec(word)?.[1] ?? [])[0]
  return peer !== undefined && isProgram(peer) ? { program: peer, args: own < 0 ? [] : argv.slice(own + 1) } : undefined
}

/**
 * Which program a command line runs, told by the name of its executable. Renamed by a version is fine; a script, an editor
 * or a `grep` that only mentions one is none. The official image of post-service calls its binary `service`: that name
 * counts only with the arguments of a post-service.
 * @param exe path of the executable where the system tells it; the first word of `argv` may say anything
 */
export function programOf(argv: readonly string[], exe?: string): Called | undefined {
  const practice = simulated(argv)
  if (practice !== undefined) return practice
  const args = argv.slice(1)
  for (const name of [baseName(argv[0] ?? ''), baseName(exe ?? '')]) {
    const program = NAMES.find(([pattern]) => pattern.test(name))?.[1]
    if (program === 'smapp') return isHelper(args) ? undefined : { program, args }
    if (program === 'go-spacemesh' && /^(version|relay|help)$/.test(args[0] ?? '')) return undefined
    if (program !== undefined) return { program, args }
    if (name === 'service' && isServiceCall(args)) return { program: 'post-service', args }
  }
  return undefined
}

/** Chromium's helpers (`--type=renderer`) are not the app. */
const isHelper = (args: readonly string[]): boolean => args.some((word) => word.startsWith('--type='))

function isServiceCall(args: readonly string[]): boolean {
  const flags = readFlags(args)
  return (flags.has('dir') || flags.has('-d')) && (flags.has('address') || flags.has('-a'))
}
