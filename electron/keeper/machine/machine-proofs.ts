import type { SpeedReading } from '../../../shared/domain/machine.ts'
import type { ProofTaken } from '../../../shared/domain/proof-rates.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { History } from '../../history/index.ts'

const MOST_PROOFS = 500

type Proof = ReturnType<History['proofs']>[number]

/** What history tells of the speed of this computer. */
export interface ProofFacts {
  readonly taken: readonly ProofTaken[]
  /** identity → speeds of its reading, oldest first. */
  readonly readings: ReadonlyMap<string, readonly SpeedReading[]>
}

/**
 * Finished proofs with the settings of today. History does not hold the nonces of a proof: one that was made before they
 * were changed is told with the new ones, and the next proof puts it right.
 */
export function proofFacts(setup: Setup, proofs: readonly Proof[], units: ReadonlyMap<string, number>, threads: number): ProofFacts {
  const services = new Map(setup.services.map((service) => [service.identity, service]))
  const taken: ProofTaken[] = []
  const readings = new Map<string, SpeedReading[]>()
  for (const proof of proofs) {
    const service = services.get(proof.identity)
    const numUnits = units.get(proof.identity)
    if (service === undefined || proof.finishedAt === undefined || proof.outcome === 'running') continue
    const { bytesPerSecond, powMs, passes, finishedAt: at, readMs = 0 } = proof
    if (numUnits !== undefined)
      taken.push({
        at,
        numUnits,
        passes,
        nonces: service.nonces,
        threads: service.threads ?? service.pinnedCores?.length ?? threads,
        randomx: service.randomx,
        // Work that another computer did tells nothing of this one.
        ...(powMs === undefined || service.remoteK2pow !== null ? {} : { powMs }),
        ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      })
    if (bytesPerSecond !== undefined && bytesPerSecond > 0) {
      const reading: SpeedReading = { at, bytesPerSecond, bytes: (bytesPerSecond * readMs) / 1000, ms: readMs, from: 'proof' }
      readings.set(proof.identity, [...(readings.get(proof.identity) ?? []), reading])
    }
  }
  for (const list of readings.values()) list.sort((a, b) => a.at - b.at)
  return { taken, readings }
}

/** Kept proofs of all identities; none where there is no history. */
export const keptProofs = (history: History | undefined): readonly Proof[] => history?.proofs({ limit: MOST_PROOFS }) ?? []
