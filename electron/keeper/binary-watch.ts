import { existsSync } from 'node:fs'
import { ok, type Result } from '../../shared/domain/fault.ts'
import { resolveNetwork } from '../../shared/setup/network.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { inspectBinaries, openPins } from '../programs/index.ts'

/** What is known of the programs of a set-up: version, and whether they are what they were at first use. */
export interface BinaryWatch {
  /** Looks at every program of ours that the set-up names. */
  read(setup: Setup): Promise<void>
  versionOf(binary: string): string | undefined
  /** Why it is not started, when so. */
  problemOf(binary: string): string | undefined
  hasProblem(setup: Setup): boolean
  /** The user has seen the change and wants it. */
  accept(binary: string): Result<void, 'pins/not-written'>
}

type Looks = (
  binary: string,
  options: { readonly isMainnet: boolean; readonly mayRun: (file: string, sha256: string) => boolean },
) => ReturnType<typeof inspectBinaries>

interface Known {
  readonly version: string | undefined
  readonly sha256: string | undefined
  readonly problem: string | undefined
}

const shorten = (sha256: string): string => sha256.slice(0, 12)

type Role = 'go-spacemesh' | 'post-service'
const nothing = { version: undefined, sha256: undefined }

function rolesOf(setup: Setup): (readonly [string, Role])[] {
  const own = new Map<string, Role>()
  for (const service of setup.services) if (service.owner === 'smeshkeeper') own.set(service.binary, 'post-service')
  if (setup.node.mode === 'managed' && setup.node.owner === 'smeshkeeper') own.set(setup.node.binary, 'go-spacemesh')
  return [...own].filter(([binary]) => !binary.startsWith('practice:'))
}

export function watchBinaries(pinFile: string, clock: Clock, log: Logger, inspect: Looks = inspectBinaries): BinaryWatch {
  const pins = openPins(pinFile, (detail) => log.warn('pins.damaged', { detail }))
  const known = new Map<string, Known>()

  /** A changed program is not even asked for its version before the user has accepted it. */
  const look = async (binary: string, role: Role, isMainnet: boolean): Promise<Known> => {
    if (!existsSync(binary)) return { ...nothing, problem: `${binary} does not exist. Choose the program in Settings.` }
    let change: string | undefined
    const mayRun = (file: string, sha256: string): boolean => {
      const pin = pins.check(file, sha256, clock.now())
      if (!pin.ok) log.error('pins.not-written', { detail: pin.fault.detail })
      if (!pin.ok || pin.value.is !== 'changed') return true
      change =
        `${binary} has changed since its first use (SHA-256 ${shorten(pin.value.pin.sha256)}… then, ${shorten(sha256)}… now). It is ` +
        'neither run nor asked for its version until you accept the change in Settings.'
      return false
    }
    const inspected = await inspect(binary, { isMainnet, mayRun })
    if (!inspected.ok) return { ...nothing, problem: `${inspected.fault.detail}. Choose another program in Settings.` }
    const report = inspected.value[0]
    if (change !== undefined) return { version: undefined, sha256: report?.sha256, problem: change }
    if (report?.runsHere !== true)
      return {
        version: report?.version,
        sha256: report?.sha256,
        problem: `${binary}: ${report?.remark ?? 'This program does not run here.'}`,
      }
    const isOther = report.program !== role && report.program !== 'unknown'
    const problem = isOther ? `${binary} is ${report.program}, not ${role}. Choose the right program in Settings.` : undefined
    return { version: report.version, sha256: report.sha256, problem }
  }

  return {
    async read(setup) {
      const { isMainnet } = resolveNetwork(setup.network)
      await Promise.all(rolesOf(setup).map(async ([binary, role]) => known.set(binary, await look(binary, role, isMainnet))))
    },
    versionOf: (binary) => known.get(binary)?.version,
    problemOf: (binary) => known.get(binary)?.problem,
    hasProblem: (setup) => rolesOf(setup).some(([binary]) => known.get(binary)?.problem !== undefined),
    accept(binary) {
      const { sha256, version } = known.get(binary) ?? {}
      if (sha256 === undefined) return ok(undefined)
      const accepted = pins.accept(binary, sha256, clock.now())
      if (accepted.ok) known.set(binary, { sha256, version, problem: undefined })
      return accepted
    },
  }
}
