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
  /** The user has seen the change and wants it. */
  accept(binary: string): Result<void, 'pins/not-written'>
}

interface Known {
  readonly version: string | undefined
  readonly sha256: string | undefined
  readonly problem: string | undefined
}

const shorten = (sha256: string): string => sha256.slice(0, 12)

export function watchBinaries(pinFile: string, clock: Clock, log: Logger): BinaryWatch {
  const pins = openPins(pinFile, (detail) => log.warn('pins.damaged', { detail }))
  const known = new Map<string, Known>()

  const look = async (binary: string, isMainnet: boolean): Promise<Known> => {
    if (!existsSync(binary))
      return {
        version: undefined,
        sha256: undefined,
        problem: `${binary} does not exist. Nothing is started with it; choose the program in Settings.`,
      }
    const inspected = await inspectBinaries(binary, { isMainnet })
    const report = inspected.ok ? inspected.value[0] : undefined
    if (!inspected.ok) return { version: undefined, sha256: undefined, problem: `${binary} cannot be used: ${inspected.fault.detail}` }
    if (report === undefined || !report.runsHere)
      return { version: report?.version, sha256: report?.sha256, problem: report?.remark ?? `${binary} does not run on this machine` }
    const pin = pins.check(binary, report.sha256, clock.now())
    if (!pin.ok) log.error('pins.not-written', { detail: pin.fault.detail })
    const problem =
      pin.ok && pin.value.is === 'changed'
        ? `${binary} has changed since its first use (SHA-256 ${shorten(pin.value.pin.sha256)}… then, ${shorten(report.sha256)}… now). It is not started until you accept the change in Settings.`
        : undefined
    return { version: report.version, sha256: report.sha256, problem }
  }

  return {
    async read(setup) {
      const { isMainnet } = resolveNetwork(setup.network)
      const own = [
        ...(setup.node.mode === 'managed' && setup.node.owner === 'smeshkeeper' ? [setup.node.binary] : []),
        ...setup.services.flatMap((service) => (service.owner === 'smeshkeeper' ? [service.binary] : [])),
      ]
      const distinct = [...new Set(own)].filter((binary) => !binary.startsWith('practice:'))
      await Promise.all(distinct.map(async (binary) => known.set(binary, await look(binary, isMainnet))))
    },
    versionOf: (binary) => known.get(binary)?.version,
    problemOf: (binary) => known.get(binary)?.problem,
    accept(binary) {
      const { sha256, version } = known.get(binary) ?? {}
      if (sha256 === undefined) return ok(undefined)
      const accepted = pins.accept(binary, sha256, clock.now())
      if (accepted.ok) known.set(binary, { sha256, version, problem: undefined })
      return accepted
    },
  }
}
