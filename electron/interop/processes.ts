import { assertNever } from '../../shared/domain/fault.ts'
import type { FoundProcess } from '../../shared/domain/inventory.ts'
import { flagText, readFlags } from './flags.ts'
import { readNode, resolveIn, type NodeContext } from './node-reading.ts'
import { ownerByGroup, type Ownership } from './owner.ts'
import { programOf, type Called } from './program.ts'
import type { BareProcess, ProcessDetails, ProcessSource } from './process-source.ts'
import type { InteropFiles, InteropPlatform } from './types.ts'

export interface ProcessSystem {
  readonly source: ProcessSource
  readonly files: InteropFiles
  readonly platform: InteropPlatform
  /** Pids of this Smeshkeeper's own children. */
  readonly own?: ReadonlySet<number>
}

/** A script of a PSM that runs in a shell: `bash ./sm-psm.sh`, `/bin/bash /psm/psm.sh`. */
export const isPsm = (argv: readonly string[]): boolean => argv.slice(0, 3).some((word) => /(^|\/)(sm-)?psm(-[\w.]+)?\.sh$/.test(word))

/** Chain of parents, nearest first; a loop in a torn listing ends it. */
function ancestors(process: BareProcess, byPid: ReadonlyMap<number, BareProcess>): readonly BareProcess[] {
  const chain: BareProcess[] = []
  for (let at = byPid.get(process.parent); at !== undefined && !chain.includes(at) && chain.length < 64; at = byPid.get(at.parent))
    chain.push(at)
  return chain
}

interface Candidate {
  readonly process: BareProcess
  readonly called: Called
  readonly details: ProcessDetails
  readonly above: readonly BareProcess[]
}

/** A node that Smapp started gets Smapp's own config, whatever became of Smapp since. */
const hasSmappConfig = (args: readonly string[]): boolean =>
  /[\\/]Spacemesh[\\/]node-config\.json$/.test(flagText(readFlags(args), 'config', '-c') ?? '')

function ownerOf({ process, called, details, above }: Candidate, own: ReadonlySet<number>): Ownership {
  if ([process, ...above].some(({ pid }) => own.has(pid))) return { owner: 'smeshkeeper' }
  const byGroup = details.groups === undefined ? undefined : ownerByGroup(details.groups)
  if (byGroup?.owner === 'smeshkeeper') return byGroup
  const isSmapps = above.some(({ argv, exe }) => programOf(argv, exe)?.program === 'smapp')
  if (called.program === 'smapp' || isSmapps || hasSmappConfig(called.args) || above.some(({ argv }) => hasSmappConfig(argv.slice(1)))) {
    return { owner: 'smapp', label: 'Smapp' }
  }
  const psm = above.find(({ argv }) => isPsm(argv))
  if (psm !== undefined) return { owner: 'psm', label: `PSM, process ${psm.pid}` }
  return byGroup ?? { owner: 'someone' }
}

function folderOf({ program, args }: Called, context: NodeContext): string | undefined {
  switch (program) {
    case 'go-spacemesh':
      return readNode(args, context).node.dataFolder
    case 'post-service': {
      const dir = flagText(readFlags(args), 'dir', '-d')
      return dir === undefined ? undefined : resolveIn(dir, context)
    }
    case 'postcli': {
      const dir = flagText(readFlags(args, { isSingleDash: true }), 'datadir')
      return dir === undefined ? undefined : resolveIn(dir, context)
    }
    case 'smapp':
      return undefined
    default:
      return assertNever(program)
  }
}

/** Where a running program was started, for reading its arguments. */
export const contextOf = (
  details: Pick<ProcessDetails, 'cwd' | 'home' | 'toHost'>,
  system: Pick<ProcessSystem, 'files' | 'platform'>,
): NodeContext => ({
  files: system.files,
  platform: system.platform,
  ...(details.cwd === undefined ? {} : { cwd: details.cwd }),
  ...(details.home === undefined ? {} : { home: details.home }),
  ...(details.toHost === undefined ? {} : { toHost: details.toHost }),
})

function found(candidate: Candidate, system: ProcessSystem): FoundProcess {
  const { process, called, details } = candidate
  const { owner, label } = ownerOf(candidate, system.own ?? new Set())
  const folder = folderOf(called, contextOf(details, system))
  const logFile = called.program === 'post-service' ? details.stderrFile : details.stdoutFile
  const binary = process.exe ?? process.argv[0]
  return {
    pid: process.pid,
    program: called.program,
    owner,
    args: called.args,
    ...(label === undefined ? {} : { ownerLabel: label }),
    ...(details.isOtherUser && details.user !== undefined ? { user: details.user } : {}),
    ...(details.startedAt === undefined ? {} : { startedAt: details.startedAt }),
    ...(details.cwd === undefined ? {} : { cwd: details.cwd }),
    ...(folder === undefined ? {} : { folder }),
    ...(logFile === undefined ? {} : { logFile }),
    ...(binary === undefined ? {} : { binary }),
  }
}

/**
 * Running programs of the network, with who runs them and which folder they use. Never throws: what cannot be asked is
 * left out of the answer, what ends meanwhile is left out whole.
 */
export async function findProcesses(system: ProcessSystem): Promise<FoundProcess[]> {
  const all = await system.source.all().catch(() => [])
  const byPid = new Map(all.map((process) => [process.pid, process]))
  const known = all.flatMap((process) => {
    const called = programOf(process.argv, process.exe)
    return called === undefined ? [] : [{ process, called }]
  })
  if (known.length === 0) return []
  const details = await system.source.details(known.map(({ process }) => process.pid)).catch(() => new Map<number, ProcessDetails>())
  return known.flatMap(({ process, called }) => {
    const detail = details.get(process.pid)
    return detail === undefined ? [] : [found({ process, called, details: detail, above: ancestors(process, byPid) }, system)]
  })
}
