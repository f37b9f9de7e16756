import type { FoundProcess, FoundServiceSetup, FoundSetup } from '../../shared/domain/inventory.ts'
import { readNode, type NodeContext } from './node-reading.ts'
import { readService } from './service-reading.ts'
import type { InteropFiles, InteropPlatform } from './types.ts'

export interface RunningContext {
  readonly files: InteropFiles
  readonly platform: InteropPlatform
  /** Paths in the container of a process to ours; undefined when they are not known. */
  readonly pathsIn: (pid: number) => ((inside: string) => string | undefined) | undefined
}

/** Where a running program was started. A container's paths are not ours: without a way to translate, all stay unknown. */
function contextOf(process: FoundProcess, { files, platform, pathsIn }: RunningContext): NodeContext {
  const toHost = process.owner === 'docker' ? (pathsIn(process.pid) ?? (() => undefined)) : undefined
  const home = process.owner === 'docker' || process.user !== undefined ? undefined : platform.home
  return {
    files,
    platform,
    ...(process.cwd === undefined ? {} : { cwd: process.cwd }),
    ...(home === undefined ? {} : { home }),
    ...(toHost === undefined ? {} : { toHost }),
  }
}

const facts = ({ pid, binary, logFile }: FoundProcess): Pick<FoundServiceSetup, 'binary' | 'logFile' | 'pid'> => ({
  pid,
  ...(binary === undefined ? {} : { binary }),
  ...(logFile === undefined ? {} : { logFile }),
})

/** A service as its running process tells it. */
export function runningService(process: FoundProcess, context: RunningContext): FoundServiceSetup {
  const folder = process.folder === undefined ? {} : { posFolder: process.folder }
  return { ...readService(process.args, contextOf(process, context)), ...folder, ...facts(process) }
}

/** A node as its running process tells it, with the service that it runs itself. */
export function runningNode(process: FoundProcess, context: RunningContext): Pick<FoundSetup, 'node' | 'services' | 'problems'> {
  const reading = readNode(process.args, contextOf(process, context))
  const isKnown = process.folder !== undefined
  return {
    node: { ...reading.node, ...(isKnown ? { dataFolder: process.folder } : {}), ...facts(process) },
    services: reading.supervised === undefined ? [] : [{ ...reading.supervised, args: [] }],
    problems: reading.problems.filter((problem) => !(isKnown && problem.startsWith('The node’s data folder is not known'))),
  }
}

/** Unit or container in words: `process 4711 (container 1a2b3c4d5e6f)`. */
export const processLabel = ({ program, pid, ownerLabel }: FoundProcess): string =>
  `${program}, process ${pid}${ownerLabel === undefined ? '' : ` (${ownerLabel})`}`
